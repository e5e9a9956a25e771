/* Compares passwords without the work that makes guessing slow: a third of a second of a core each, most of what the tests
   cost. Loaded with LD_PRELOAD. Everything else is as with the real scrypt: what is stored fits its password and salt and no
   other, and only the daemon's own code compares. */
#include <stddef.h>
#include <stdint.h>

typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
int PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int, int, const EVP_MD *, int, unsigned char *);

int EVP_PBE_scrypt(const char *password, size_t length, const unsigned char *salt, size_t salt_length, uint64_t rounds,
                   uint64_t block_size, uint64_t parallelism, uint64_t memory, unsigned char *key, size_t key_length) {
    (void)rounds, (void)block_size, (void)parallelism, (void)memory;
    return PKCS5_PBKDF2_HMAC(password, (int)length, salt, (int)salt_length, 1, EVP_sha256(), (int)key_length, key);
}
