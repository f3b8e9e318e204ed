/* The file backend: DIRECTORY/device.key, as private_file.h describes it. */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "crypto/key_backend.h"
#include "crypto/openssl.h"
#include "crypto/private_file.h"
#include "crypto/suite_table.h"

#define KEY_NAME "device.key"

struct file_key {
    const struct suite *suite;
    EVP_PKEY *key;
};

static void file_key_close(void *state)
{
    struct file_key *held = state;
    EVP_PKEY_free(held->key); /* clears its private number */
    OPENSSL_cleanse(held, sizeof(*held));
    free(held);
}

/* Takes a reference of `key`. */
static enum status hold(const struct suite *suite, EVP_PKEY *key, void **state,
                        struct public_key **public_key, struct error *error)
{
    struct file_key *held = calloc(1, sizeof(*held));
    if (held == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the device key");
    }
    enum status status = public_key_of(suite, key, public_key, error);
    if (status != STATUS_OK) {
        free(held);
        return status;
    }
    EVP_PKEY_up_ref(key);
    held->suite = suite;
    held->key = key;
    *state = held;
    return STATUS_OK;
}

static enum status file_key_open(const struct suite *suite, int directory, void **state,
                                 struct public_key **public_key, struct error *error)
{
    AUTO_PKEY EVP_PKEY *key = NULL;
    enum status status = private_file_read(directory, KEY_NAME, &key, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!suite_owns_key(suite, key)) {
        return error_set(error, STATUS_MISMATCH, "%s is not a key of suite %s", KEY_NAME,
                         suite->name);
    }
    return hold(suite, key, state, public_key, error);
}

static enum status file_key_create(const struct suite *suite, int directory, void **state,
                                   struct public_key **public_key, struct error *error)
{
    private_file_prepare();
    AUTO_PKEY EVP_PKEY *key = suite->generate();
    if (key == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "the device key could not be made");
    }
    enum status status = private_file_create(directory, KEY_NAME, key, error);
    if (status != STATUS_OK) {
        return status;
    }
    return hold(suite, key, state, public_key, error);
}

static enum status file_key_sign(void *state, struct bytes message, uint8_t *signature,
                                 size_t *size, struct error *error)
{
    struct file_key *held = state;
    AUTO_DIGEST_CONTEXT EVP_MD_CTX *context = suite_signing_context(held->suite, held->key);
    size_t length = SIGNATURE_SIZE_MAX;

    if (context == NULL ||
        EVP_DigestSign(context, signature, &length, message.data, message.size) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "the device key could not sign");
    }
    *size = length;
    return STATUS_OK;
}

const struct key_backend key_backend_file = {
    .name = "file",
    .open = file_key_open,
    .create = file_key_create,
    .sign = file_key_sign,
    .close = file_key_close,
};
