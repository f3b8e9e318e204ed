#include "crypto/verifier.h"

#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/openssl.h"

#define SCRYPT_N      16384u
#define SCRYPT_R      8u
#define SCRYPT_P      1u
#define PBKDF2_ROUNDS 100000u

/* What is taken from a file: no less than was ever made, no more than a small board bears. */
#define SCRYPT_N_MAX      131072u
#define SCRYPT_R_MAX      16u
#define SCRYPT_P_MAX      4u
#define PBKDF2_ROUNDS_MAX 1000000u
#define SCRYPT_MEMORY_MAX ((uint64_t)512 * 1024 * 1024)

typedef EVP_KDF_CTX *derivation;

static void derivation_free(derivation *context)
{
    EVP_KDF_CTX_free(*context);
}

static bool begin(const char *name, derivation *context)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
    *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    return *context != NULL;
}

/* OpenSSL wants its octets writable and leaves them alone. */
static OSSL_PARAM octets(const char *key, const void *data, size_t size)
{
    return OSSL_PARAM_construct_octet_string(key, (void *)(uintptr_t)data, size);
}

static bool derive_scrypt(const struct verifier *verifier, struct bytes password, uint8_t *hash)
{
    __attribute__((cleanup(derivation_free))) derivation context = NULL;
    uint64_t n = verifier->rounds;
    uint32_t r = verifier->blocks;
    uint32_t p = verifier->lanes;
    uint64_t memory = SCRYPT_MEMORY_MAX;
    OSSL_PARAM parameters[] = {
        octets(OSSL_KDF_PARAM_PASSWORD, password.data, password.size),
        octets(OSSL_KDF_PARAM_SALT, verifier->salt, sizeof verifier->salt),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end(),
    };
    return begin("SCRYPT", &context) &&
           EVP_KDF_derive(context, hash, VERIFIER_HASH_BYTES, parameters) > 0;
}

static bool derive_pbkdf2(const struct verifier *verifier, struct bytes password, uint8_t *hash)
{
    __attribute__((cleanup(derivation_free))) derivation context = NULL;
    unsigned rounds = verifier->rounds;
    char digest[] = "SM3";
    OSSL_PARAM parameters[] = {
        octets(OSSL_KDF_PARAM_PASSWORD, password.data, password.size),
        octets(OSSL_KDF_PARAM_SALT, verifier->salt, sizeof verifier->salt),
        OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &rounds),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return begin("PBKDF2", &context) &&
           EVP_KDF_derive(context, hash, VERIFIER_HASH_BYTES, parameters) > 0;
}

static bool derive(const struct verifier *verifier, struct bytes password, uint8_t *hash)
{
    return verifier->kind == VERIFIER_SCRYPT ? derive_scrypt(verifier, password, hash)
                                             : derive_pbkdf2(verifier, password, hash);
}

/* The suite's way and cost. */
static struct verifier blank_of(const struct suite *suite)
{
    if (suite_digest_algorithm(suite) == DIGEST_SM3)
        return (struct verifier){.kind = VERIFIER_PBKDF2_SM3, .rounds = PBKDF2_ROUNDS};
    return (struct verifier){
        .kind = VERIFIER_SCRYPT, .rounds = SCRYPT_N, .blocks = SCRYPT_R, .lanes = SCRYPT_P};
}

enum status verifier_make(const struct suite *suite, struct bytes password,
                          struct verifier *verifier, struct error *error)
{
    *verifier = blank_of(suite);
    random_fill(verifier->salt, sizeof verifier->salt);
    return derive(verifier, password, verifier->hash)
               ? STATUS_OK
               : openssl_error(error, STATUS_NO_MEMORY, "a password cannot be taken in");
}

void verifier_of_nobody(const struct suite *suite, struct verifier *verifier)
{
    *verifier = blank_of(suite);
    random_fill(verifier->salt, sizeof verifier->salt);
    random_fill(verifier->hash, sizeof verifier->hash);
}

enum status verifier_check(const struct verifier *verifier, struct bytes password)
{
    uint8_t hash[VERIFIER_HASH_BYTES] = {0};
    bool fits =
        derive(verifier, password, hash) && CRYPTO_memcmp(hash, verifier->hash, sizeof hash) == 0;
    OPENSSL_cleanse(hash, sizeof hash);
    return fits ? STATUS_OK : STATUS_MISMATCH;
}

void verifier_text(const struct verifier *verifier, char text[VERIFIER_TEXT_SIZE])
{
    char salt[2 * VERIFIER_SALT_BYTES + 1];
    char hash[2 * VERIFIER_HASH_BYTES + 1];
    hex_encode(salt, verifier->salt, sizeof verifier->salt);
    hex_encode(hash, verifier->hash, sizeof verifier->hash);
    if (verifier->kind == VERIFIER_SCRYPT)
        (void)snprintf(text, VERIFIER_TEXT_SIZE, "scrypt:%" PRIu32 ":%" PRIu32 ":%" PRIu32 ":%s:%s",
                       verifier->rounds, verifier->blocks, verifier->lanes, salt, hash);
    else
        (void)snprintf(text, VERIFIER_TEXT_SIZE, "pbkdf2-sm3:%" PRIu32 ":%s:%s", verifier->rounds,
                       salt, hash);
}

/* ---- read ---- */

/* Up to the next colon, or to the end; false if it does not fit. */
static bool next_part(const char **at, char *part, size_t size)
{
    size_t length = strcspn(*at, ":");
    if (length == 0 || length >= size)
        return false;
    memcpy(part, *at, length);
    part[length] = '\0';
    *at += length + ((*at)[length] == ':' ? 1 : 0);
    return true;
}

static bool next_number(const char **at, uint32_t least, uint32_t most, uint32_t *number)
{
    char part[12];
    if (!next_part(at, part, sizeof part) || strspn(part, "0123456789") != strlen(part) ||
        part[0] == '0')
        return false;
    unsigned long value = strtoul(part, NULL, 10);
    *number = (uint32_t)value;
    return value >= least && value <= most;
}

static bool costs_are_sound(const char **at, struct verifier *verifier)
{
    if (verifier->kind == VERIFIER_PBKDF2_SM3)
        return next_number(at, PBKDF2_ROUNDS, PBKDF2_ROUNDS_MAX, &verifier->rounds);
    return next_number(at, SCRYPT_N, SCRYPT_N_MAX, &verifier->rounds) &&
           (verifier->rounds & (verifier->rounds - 1)) == 0 &&
           next_number(at, SCRYPT_R, SCRYPT_R_MAX, &verifier->blocks) &&
           next_number(at, SCRYPT_P, SCRYPT_P_MAX, &verifier->lanes);
}

enum status verifier_parse(const char *text, struct verifier *verifier)
{
    char part[2 * VERIFIER_HASH_BYTES + 1];
    char again[VERIFIER_TEXT_SIZE];
    const char *at = text;
    *verifier = (struct verifier){.kind = VERIFIER_SCRYPT};
    if (!next_part(&at, part, sizeof part))
        return STATUS_INVALID;
    if (strcmp(part, "pbkdf2-sm3") == 0)
        verifier->kind = VERIFIER_PBKDF2_SM3;
    else if (strcmp(part, "scrypt") != 0)
        return STATUS_INVALID;
    if (!costs_are_sound(&at, verifier) || !next_part(&at, part, sizeof part) ||
        hex_decode(verifier->salt, sizeof verifier->salt, part) != STATUS_OK ||
        !next_part(&at, part, sizeof part) ||
        hex_decode(verifier->hash, sizeof verifier->hash, part) != STATUS_OK)
        return STATUS_INVALID;
    verifier_text(verifier, again);
    return strcmp(again, text) == 0 ? STATUS_OK : STATUS_INVALID;
}
