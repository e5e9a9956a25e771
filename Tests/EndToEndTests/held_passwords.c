/* Holds the threads that compare passwords for as long as the file HELD_PASSWORDS is there; then each password costs nothing.
   Loaded with LD_PRELOAD. What is stored fits its password and no other, as with the real scrypt. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int EVP_PBE_scrypt(const char *password, size_t length, const unsigned char *salt, size_t salt_length, uint64_t rounds,
                   uint64_t block_size, uint64_t parallelism, uint64_t memory, unsigned char *key, size_t key_length) {
    const char *path = getenv("HELD_PASSWORDS");
    (void)salt, (void)salt_length, (void)rounds, (void)block_size, (void)parallelism, (void)memory;
    while (path && access(path, F_OK) == 0) usleep(5000);
    for (size_t place = 0; place < key_length; place++) key[place] = length ? (unsigned char)password[place % length] : 0;
    return 1;
}
