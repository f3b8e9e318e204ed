/* The file backend of the export keys: files as private_file.h describes them. */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/export_key_backend.h"
#include "crypto/openssl.h"
#include "crypto/private_file.h"
#include "crypto/suite_table.h"

#define SALT_LENGTH 20

/* What is different of an RSA key and one of the suite. */
struct form {
    const char *file;
    bool (*fits)(const struct suite *suite, EVP_PKEY *key);
    EVP_PKEY *(*generate)(const struct suite *suite, const _Atomic bool *cancel);
    bool (*prepare)(EVP_PKEY_CTX *context); /* to sign */
};

static bool is_rsa(const struct suite *suite, EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);
    (void)suite;
    return EVP_PKEY_is_a(key, "RSA") == 1 && bits >= EXPORT_KEY_BITS_MIN &&
           bits <= EXPORT_KEY_BITS_MAX;
}

/* Called now and then while primes are looked for; 0 gives it up. */
static int go_on(EVP_PKEY_CTX *context)
{
    const _Atomic bool *cancel = EVP_PKEY_CTX_get_app_data(context);
    return cancel == NULL || !*cancel;
}

static EVP_PKEY *generate_rsa(const struct suite *suite, const _Atomic bool *cancel)
{
    EVP_PKEY *key = NULL;
    AUTO_PKEY_CONTEXT EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    (void)suite;
    if (context == NULL || EVP_PKEY_keygen_init(context) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(context, EXPORT_KEY_BITS_MIN) != 1) {
        return NULL;
    }
    EVP_PKEY_CTX_set_app_data(context, (void *)(uintptr_t)cancel);
    EVP_PKEY_CTX_set_cb(context, go_on);
    return EVP_PKEY_generate(context, &key) == 1 ? key : NULL;
}

static bool prepare_rsa(EVP_PKEY_CTX *context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, SALT_LENGTH) == 1;
}

static EVP_PKEY *generate_suite(const struct suite *suite, const _Atomic bool *cancel)
{
    (void)cancel;
    return suite->generate();
}

static bool prepare_suite(EVP_PKEY_CTX *context)
{
    (void)context;
    return true;
}

static const struct form forms[EXPORT_KEY_KINDS] = {
    [EXPORT_KEY_RSA] = {"export-rsa.key", is_rsa, generate_rsa, prepare_rsa},
    [EXPORT_KEY_SUITE] = {"export-suite.key", suite_owns_key, generate_suite, prepare_suite},
};

const char *export_key_file(enum export_key_kind kind)
{
    return forms[kind].file;
}

/* Takes a reference of `key`. */
static enum status hold(EVP_PKEY *key, void **state, struct buffer *spki, struct error *error)
{
    uint8_t *der = NULL;
    int size = i2d_PUBKEY(key, &der);
    if (size <= 0) {
        return openssl_error(error, STATUS_INVALID, "the public key cannot be encoded");
    }
    enum status status = buffer_append(spki, der, (size_t)size);
    OPENSSL_free(der);
    if (status != STATUS_OK) {
        return error_set(error, status, "no memory for an export key");
    }
    EVP_PKEY_up_ref(key);
    *state = key;
    return STATUS_OK;
}

static enum status file_open(enum export_key_kind kind, const struct suite *suite, int directory,
                             void **state, struct buffer *spki, struct error *error)
{
    AUTO_PKEY EVP_PKEY *key = NULL;
    enum status status = private_file_read(directory, forms[kind].file, &key, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (!forms[kind].fits(suite, key)) {
        return error_set(error, STATUS_MISMATCH, "%s is a key of another kind", forms[kind].file);
    }
    return hold(key, state, spki, error);
}

static enum status file_generate(enum export_key_kind kind, const struct suite *suite,
                                 const _Atomic bool *cancel, void **state, struct buffer *spki,
                                 struct error *error)
{
    private_file_prepare();
    AUTO_PKEY EVP_PKEY *key = forms[kind].generate(suite, cancel);
    if (key == NULL && cancel != NULL && *cancel) {
        ERR_clear_error();
        return error_set(error, STATUS_AGAIN, "the export key was not waited for");
    }
    if (key == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "the export key could not be made");
    }
    return hold(key, state, spki, error);
}

static enum status file_store(enum export_key_kind kind, void *state, int directory,
                              struct error *error)
{
    return private_file_create(directory, forms[kind].file, state, error);
}

static enum status file_sign(enum export_key_kind kind, void *state, const struct digest *digest,
                             uint8_t *signature, size_t *size, struct error *error)
{
    AUTO_PKEY_CONTEXT EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, state, NULL);
    *size = EXPORT_KEY_SIGNATURE_SIZE_MAX;
    if (context == NULL || EVP_PKEY_sign_init(context) != 1 || !forms[kind].prepare(context) ||
        EVP_PKEY_sign(context, signature, size, digest->bytes, DIGEST_BYTES) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "the export key could not sign");
    }
    return STATUS_OK;
}

static void file_close_key(void *state)
{
    EVP_PKEY_free(state); /* clears its private numbers */
}

const struct export_key_backend export_key_backend_file = {
    .name = "file",
    .open = file_open,
    .generate = file_generate,
    .store = file_store,
    .sign = file_sign,
    .close = file_close_key,
};
