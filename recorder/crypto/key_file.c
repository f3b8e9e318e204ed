/*
 * The file backend: DIRECTORY/device.key, one PKCS#8 PrivateKeyInfo (RFC 5958) in PEM, mode 0600,
 * owned by the user that opens it. OpenSSL keeps the private number in its secure heap, which is
 * locked in memory and left out of core dumps; the PEM text passes through that heap as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/key_backend.h"
#include "crypto/openssl.h"
#include "crypto/suite_table.h"

#define KEY_NAME          "device.key"
#define KEY_SIZE_MAX      4096
#define SECURE_HEAP_BYTES 65536
#define SECURE_HEAP_UNIT  32

struct file_key {
    const struct suite *suite;
    EVP_PKEY *key;
};

/* A second call of a process finds the heap made and changes nothing. */
static void prepare_memory(void)
{
    if (CRYPTO_secure_malloc_initialized()) {
        return;
    }
    if (CRYPTO_secure_malloc_init(SECURE_HEAP_BYTES, SECURE_HEAP_UNIT) != 1) {
        log_warning("the device key's memory could not be locked (RLIMIT_MEMLOCK)");
    }
    ERR_clear_error();
}

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

/* Only a plain file that nobody else can read, and that is ours, is a key. */
static enum status open_private(int directory, int *descriptor, size_t *size, struct error *error)
{
    struct stat facts;

    *descriptor = openat(directory, KEY_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (*descriptor < 0 && errno == ENOENT) {
        return error_set(error, STATUS_NOT_FOUND, "there is no %s", KEY_NAME);
    }
    if (*descriptor < 0) {
        return error_set_errno(error, STATUS_IO, errno, "%s cannot be opened", KEY_NAME);
    }
    if (fstat(*descriptor, &facts) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "%s cannot be examined", KEY_NAME);
    }
    if (!S_ISREG(facts.st_mode)) {
        return error_set(error, STATUS_REFUSED, "%s is not a plain file", KEY_NAME);
    }
    if ((facts.st_mode & 07777) != 0600) {
        return error_set(error, STATUS_REFUSED, "%s has mode %04o where 0600 is required", KEY_NAME,
                         (unsigned)(facts.st_mode & 07777));
    }
    if (facts.st_uid != geteuid()) {
        return error_set(error, STATUS_REFUSED, "%s belongs to uid %u, not to uid %u", KEY_NAME,
                         (unsigned)facts.st_uid, (unsigned)geteuid());
    }
    if (facts.st_size <= 0 || facts.st_size > KEY_SIZE_MAX) {
        return error_set(error, STATUS_INVALID, "%s has %lld bytes and is no key", KEY_NAME,
                         (long long)facts.st_size);
    }
    *size = (size_t)facts.st_size;
    return STATUS_OK;
}

static enum status read_private(int directory, uint8_t *text, size_t *size, struct error *error)
{
    AUTO_CLOSE int descriptor = -1;
    enum status status = open_private(directory, &descriptor, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t at = 0; at < *size;) {
        ssize_t got = read(descriptor, text + at, *size - at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_set_errno(error, STATUS_IO, errno, "%s cannot be read", KEY_NAME);
        }
        if (got == 0) {
            return error_set(error, STATUS_INVALID, "%s became shorter while it was read",
                             KEY_NAME);
        }
        at += (size_t)got;
    }
    return STATUS_OK;
}

/* An encrypted key would ask at the terminal for its password; there is none, so it is refused. */
static int no_password(char *text, int size, int writing, void *context)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static enum status parse_private(const struct suite *suite, const uint8_t *text, size_t size,
                                 void **state, struct public_key **public_key, struct error *error)
{
    AUTO_BIO BIO *bio = BIO_new_mem_buf(text, (int)size);
    if (bio == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "no memory for the device key");
    }
    AUTO_PKEY EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    if (key == NULL) {
        ERR_clear_error();
        return error_set(error, STATUS_INVALID, "%s is not a private key in PEM", KEY_NAME);
    }
    if (!suite_owns_key(suite, key)) {
        return error_set(error, STATUS_MISMATCH, "%s is not a key of suite %s", KEY_NAME,
                         suite->name);
    }
    AUTO_PKEY_CONTEXT EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (check == NULL || EVP_PKEY_pairwise_check(check) != 1) {
        ERR_clear_error();
        return error_set(error, STATUS_INVALID,
                         "%s is damaged: its public and private parts differ", KEY_NAME);
    }
    return hold(suite, key, state, public_key, error);
}

static enum status file_key_open(const struct suite *suite, int directory, void **state,
                                 struct public_key **public_key, struct error *error)
{
    prepare_memory();
    uint8_t *text = OPENSSL_secure_malloc(KEY_SIZE_MAX);
    if (text == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "no memory for the device key");
    }

    size_t size = 0;
    enum status status = read_private(directory, text, &size, error);
    if (status == STATUS_OK) {
        status = parse_private(suite, text, size, state, public_key, error);
    }
    OPENSSL_secure_clear_free(text, KEY_SIZE_MAX);
    return status;
}

static enum status file_key_create(const struct suite *suite, int directory, void **state,
                                   struct public_key **public_key, struct error *error)
{
    prepare_memory();
    AUTO_PKEY EVP_PKEY *key = suite->generate();
    AUTO_BIO BIO *bio = BIO_new(BIO_s_secmem()); /* clears what it held */
    if (key == NULL || bio == NULL ||
        PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "the device key could not be made");
    }

    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    struct bytes content = {(const uint8_t *)text, (size_t)size};
    enum status status = file_create(directory, KEY_NAME, content, 0600, error);
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
