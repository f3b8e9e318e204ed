#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/openssl.h"
#include "crypto/suite.h"

struct hasher {
    EVP_MD *algorithm; /* fetched once: the implicit fetch of each use costs as much as 64 bytes */
    EVP_MD_CTX *context;
};

struct algorithm {
    const char *fetch_name;
    const EVP_MD *(*message_digest)(void);
};

static const struct algorithm algorithms[] = {
    [DIGEST_SHA256] = {"SHA256", EVP_sha256},
    [DIGEST_SM3] = {"SM3", EVP_sm3},
};

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

bool digest_is_zero(const struct digest *digest)
{
    static const struct digest zero;
    return digest_equal(digest, &zero);
}

void digest_of(enum digest_algorithm algorithm, struct bytes bytes, struct digest *digest)
{
    unsigned size = 0;

    if (EVP_Digest(bytes.data, bytes.size, digest->bytes, &size,
                   algorithms[algorithm].message_digest(), NULL) != 1 ||
        size != DIGEST_BYTES) {
        openssl_abort("digest");
    }
}

void digest_of_parts(enum digest_algorithm algorithm, const struct bytes *parts, size_t count,
                     struct digest *digest)
{
    unsigned size = 0;
    AUTO_DIGEST_CONTEXT EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL &&
              EVP_DigestInit_ex(context, algorithms[algorithm].message_digest(), NULL) == 1;
    for (size_t i = 0; ok && i < count; i++) {
        ok = EVP_DigestUpdate(context, parts[i].data, parts[i].size) == 1;
    }
    if (!ok || EVP_DigestFinal_ex(context, digest->bytes, &size) != 1 || size != DIGEST_BYTES) {
        openssl_abort("digest");
    }
}

enum status hasher_new(enum digest_algorithm algorithm, struct hasher **hasher, struct error *error)
{
    struct hasher *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a digest");
    }
    made->algorithm = EVP_MD_fetch(NULL, algorithms[algorithm].fetch_name, NULL);
    made->context = EVP_MD_CTX_new();
    if (made->algorithm == NULL || made->context == NULL) {
        hasher_free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory for a digest");
    }
    *hasher = made;
    return STATUS_OK;
}

void hasher_free(struct hasher *hasher)
{
    if (hasher == NULL) {
        return;
    }
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->algorithm);
    free(hasher);
}

void hasher_begin(struct hasher *hasher)
{
    if (EVP_DigestInit_ex(hasher->context, hasher->algorithm, NULL) != 1) {
        openssl_abort("digest");
    }
}

void hasher_add(struct hasher *hasher, struct bytes bytes)
{
    if (EVP_DigestUpdate(hasher->context, bytes.data, bytes.size) != 1) {
        openssl_abort("digest");
    }
}

void hasher_copy(struct hasher *hasher, const struct hasher *from)
{
    if (EVP_MD_CTX_copy_ex(hasher->context, from->context) != 1) {
        openssl_abort("digest");
    }
}

void hasher_end(struct hasher *hasher, struct digest *digest)
{
    unsigned size = 0;

    if (EVP_DigestFinal_ex(hasher->context, digest->bytes, &size) != 1 || size != DIGEST_BYTES) {
        openssl_abort("digest");
    }
}

void random_fill(void *data, size_t size)
{
    /* OpenSSL takes an int; nobody here asks for more than a few bytes. */
    uint8_t *at = data;
    while (size > 0) {
        int part = size > 4096 ? 4096 : (int)size;
        if (RAND_bytes(at, part) != 1) {
            openssl_abort("random generator");
        }
        at += part;
        size -= (size_t)part;
    }
}

void crypto_warm_up(void)
{
    struct digest digest;
    uint8_t random = 0;
    digest_of(DIGEST_SHA256, bytes_of_text(""), &digest);
    digest_of(DIGEST_SM3, bytes_of_text(""), &digest);
    random_fill(&random, sizeof random);
}
