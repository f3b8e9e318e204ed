#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/openssl.h"
#include "crypto/suite_table.h"

#define FIELD_BYTES 32 /* of both curves */

struct public_key {
    const struct suite *suite;
    EVP_PKEY *key;
    uint8_t *spki; /* OpenSSL's */
    size_t spki_size;
};

void public_key_free(struct public_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_free(key->key);
    OPENSSL_free(key->spki);
    free(key);
}

enum status public_key_of(const struct suite *suite, EVP_PKEY *key, struct public_key **public_key,
                          struct error *error)
{
    if (!suite_owns_key(suite, key)) {
        return error_set(error, STATUS_MISMATCH, "the key is not one of suite %s", suite->name);
    }

    struct public_key *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a public key");
    }
    int size = i2d_PUBKEY(key, &made->spki);
    if (size <= 0) {
        public_key_free(made);
        return openssl_error(error, STATUS_INVALID, "the public key cannot be encoded");
    }
    EVP_PKEY_up_ref(key);
    made->suite = suite;
    made->key = key;
    made->spki_size = (size_t)size;
    *public_key = made;
    return STATUS_OK;
}

enum status public_key_parse(const struct suite *suite, struct bytes spki, struct public_key **key,
                             struct error *error)
{
    if (spki.size == 0 || spki.size > 1024) {
        return error_set(error, STATUS_INVALID, "a public key of %zu bytes", spki.size);
    }

    const uint8_t *at = spki.data;
    AUTO_PKEY EVP_PKEY *parsed = d2i_PUBKEY(NULL, &at, (long)spki.size);
    if (parsed == NULL) {
        return openssl_error(error, STATUS_INVALID, "not a public key");
    }

    struct public_key *made = NULL;
    enum status status = public_key_of(suite, parsed, &made, error);
    if (status != STATUS_OK || made == NULL) {
        return status;
    }
    /* One key, one encoding: a key's id in a note is a digest of these bytes. */
    if (!bytes_equal(public_key_spki(made), spki)) {
        public_key_free(made);
        return error_set(error, STATUS_INVALID, "the public key is not in its canonical encoding");
    }
    *key = made;
    return STATUS_OK;
}

struct bytes public_key_spki(const struct public_key *key)
{
    return (struct bytes){key->spki, key->spki_size};
}

EVP_PKEY *public_key_pkey(const struct public_key *key)
{
    return key->key;
}

enum status public_key_verify(const struct public_key *key, struct bytes message,
                              struct bytes signature, struct error *error)
{
    AUTO_DIGEST_CONTEXT EVP_MD_CTX *context = suite_verifying_context(key->suite, key->key);
    if (context == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "a signature cannot be verified");
    }
    if (signature.size == 0 || EVP_DigestVerify(context, signature.data, signature.size,
                                                message.data, message.size) != 1) {
        ERR_clear_error();
        return error_set(error, STATUS_MISMATCH, "the signature does not fit");
    }
    return STATUS_OK;
}

/* One of the key's numbers, as 32 bytes. */
static void add_number(EVP_PKEY *key, const char *name, struct hasher *hasher)
{
    uint8_t bytes[FIELD_BYTES];
    BIGNUM *number = NULL;
    bool got = EVP_PKEY_get_bn_param(key, name, &number) == 1 &&
               BN_bn2binpad(number, bytes, sizeof(bytes)) == (int)sizeof(bytes);
    BN_free(number);
    if (!got) {
        openssl_abort("a public key's numbers");
    }
    hasher_add(hasher, (struct bytes){bytes, sizeof(bytes)});
}

/* GM/T 0003.2, 5.5: the id's length in bits, the id, a, b, the generator, the public point. */
void public_key_hash_identity(const struct public_key *key, struct hasher *hasher)
{
    const char *identifier = key->suite->identifier;
    uint8_t generator[1 + 2 * FIELD_BYTES];
    size_t size = 0;
    struct digest z;
    struct hasher *of_z = NULL;
    if (identifier == NULL) {
        return;
    }
    size_t bits = 8 * strlen(identifier);
    if (EVP_PKEY_get_octet_string_param(key->key, OSSL_PKEY_PARAM_EC_GENERATOR, generator,
                                        sizeof(generator), &size) != 1 ||
        size != sizeof(generator) || hasher_new(key->suite->digest, &of_z, NULL) != STATUS_OK) {
        openssl_abort("a public key's curve");
    }
    hasher_begin(of_z);
    hasher_add(of_z, (struct bytes){(const uint8_t[]){(uint8_t)(bits >> 8), (uint8_t)bits}, 2});
    hasher_add(of_z, bytes_of_text(identifier));
    add_number(key->key, OSSL_PKEY_PARAM_EC_A, of_z);
    add_number(key->key, OSSL_PKEY_PARAM_EC_B, of_z);
    hasher_add(of_z, (struct bytes){generator + 1, sizeof(generator) - 1});
    add_number(key->key, OSSL_PKEY_PARAM_EC_PUB_X, of_z);
    add_number(key->key, OSSL_PKEY_PARAM_EC_PUB_Y, of_z);
    hasher_end(of_z, &z);
    hasher_free(of_z);
    hasher_add(hasher, (struct bytes){z.bytes, DIGEST_BYTES});
}
