#pragma once

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* `EVP_EC_gen` is a macro over a function with variable arguments; Swift can call neither. */
static inline EVP_PKEY *gather_p256_key(void) {
    return EVP_EC_gen("P-256");
}

/* `BIO_get_mem_data` is a macro. The bytes belong to the BIO and live as long as it does. */
static inline long gather_bio_bytes(BIO *bio, const char **bytes) {
    char *start = NULL;
    long count = BIO_get_mem_data(bio, &start);
    *bytes = start;
    return count;
}

/* `X509V3_set_ctx_nodb` is a macro, and the context it fills must live through the call that uses it:
   so one extension of a self-signed certificate is made and added here. Returns 1 on success. */
static inline int gather_add_extension(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}
