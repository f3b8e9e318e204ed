#include "crypto/export_key.h"

#include <openssl/rsa.h>
#include <stdlib.h>

#include "crypto/export_key_pkey.h"
#include "crypto/openssl.h"
#include "crypto/private_file.h"

#define KEY_NAME    "export.key"
#define SALT_LENGTH 20

struct export_key {
    EVP_PKEY *key;
};

/* Takes a reference of `pkey`. */
static enum status hold(EVP_PKEY *pkey, struct export_key **key, struct error *error)
{
    struct export_key *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the export key");
    }
    EVP_PKEY_up_ref(pkey);
    made->key = pkey;
    *key = made;
    return STATUS_OK;
}

enum status export_key_open(int directory, struct export_key **key, struct error *error)
{
    AUTO_PKEY EVP_PKEY *pkey = NULL;
    enum status status = private_file_read(directory, KEY_NAME, &pkey, error);
    if (status != STATUS_OK) {
        return status;
    }
    int bits = EVP_PKEY_get_bits(pkey);
    if (EVP_PKEY_is_a(pkey, "RSA") != 1 || bits < EXPORT_KEY_BITS_MIN ||
        bits > EXPORT_KEY_BITS_MAX) {
        return error_set(error, STATUS_MISMATCH, "%s is not an RSA key of %d to %d bits", KEY_NAME,
                         EXPORT_KEY_BITS_MIN, EXPORT_KEY_BITS_MAX);
    }
    return hold(pkey, key, error);
}

enum status export_key_create(int directory, struct export_key **key, struct error *error)
{
    private_file_prepare();
    AUTO_PKEY EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)EXPORT_KEY_BITS_MIN);
    if (pkey == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "the export key could not be made");
    }
    enum status status = private_file_create(directory, KEY_NAME, pkey, error);
    if (status != STATUS_OK) {
        return status;
    }
    return hold(pkey, key, error);
}

void export_key_free(struct export_key *key)
{
    if (key == NULL) {
        return;
    }
    EVP_PKEY_free(key->key); /* clears its private numbers */
    free(key);
}

size_t export_key_signature_size(const struct export_key *key)
{
    return (size_t)EVP_PKEY_get_size(key->key);
}

EVP_PKEY *export_key_pkey(const struct export_key *key)
{
    return key->key;
}

enum status export_key_sign(const struct export_key *key, const struct digest *sha256,
                            uint8_t *signature, struct error *error)
{
    AUTO_PKEY_CONTEXT EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
    size_t size = export_key_signature_size(key);

    if (context == NULL || EVP_PKEY_sign_init(context) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) != 1 ||
        EVP_PKEY_CTX_set_rsa_pss_saltlen(context, SALT_LENGTH) != 1 ||
        EVP_PKEY_sign(context, signature, &size, sha256->bytes, DIGEST_BYTES) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "the export key could not sign");
    }
    return STATUS_OK;
}
