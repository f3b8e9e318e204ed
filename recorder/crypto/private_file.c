#include "crypto/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/openssl.h"

#define KEY_SIZE_MAX      8192
#define SECURE_HEAP_BYTES 65536
#define SECURE_HEAP_UNIT  32

void private_file_prepare(void)
{
    if (CRYPTO_secure_malloc_initialized()) {
        return;
    }
    if (CRYPTO_secure_malloc_init(SECURE_HEAP_BYTES, SECURE_HEAP_UNIT) != 1) {
        log_warning("a private key's memory could not be locked (RLIMIT_MEMLOCK)");
    }
    ERR_clear_error();
}

/* Only a plain file that nobody else can read, and that is ours, is a key. */
static enum status open_private(int directory, const char *name, int *descriptor, size_t *size,
                                struct error *error)
{
    struct stat facts;

    *descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (*descriptor < 0 && errno == ENOENT) {
        return error_set(error, STATUS_NOT_FOUND, "there is no %s", name);
    }
    if (*descriptor < 0) {
        return error_set_errno(error, STATUS_IO, errno, "%s cannot be opened", name);
    }
    if (fstat(*descriptor, &facts) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "%s cannot be examined", name);
    }
    if (!S_ISREG(facts.st_mode)) {
        return error_set(error, STATUS_REFUSED, "%s is not a plain file", name);
    }
    if ((facts.st_mode & 07777) != 0600) {
        return error_set(error, STATUS_REFUSED, "%s has mode %04o where 0600 is required", name,
                         (unsigned)(facts.st_mode & 07777));
    }
    if (facts.st_uid != geteuid()) {
        return error_set(error, STATUS_REFUSED, "%s belongs to uid %u, not to uid %u", name,
                         (unsigned)facts.st_uid, (unsigned)geteuid());
    }
    if (facts.st_size <= 0 || facts.st_size > KEY_SIZE_MAX) {
        return error_set(error, STATUS_INVALID, "%s has %lld bytes and is no key", name,
                         (long long)facts.st_size);
    }
    *size = (size_t)facts.st_size;
    return STATUS_OK;
}

static enum status read_private(int directory, const char *name, uint8_t *text, size_t *size,
                                struct error *error)
{
    AUTO_CLOSE int descriptor = -1;
    enum status status = open_private(directory, name, &descriptor, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t at = 0; at < *size;) {
        ssize_t got = read(descriptor, text + at, *size - at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_set_errno(error, STATUS_IO, errno, "%s cannot be read", name);
        }
        if (got == 0) {
            return error_set(error, STATUS_INVALID, "%s became shorter while it was read", name);
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

static enum status parse_private(const char *name, const uint8_t *text, size_t size, EVP_PKEY **key,
                                 struct error *error)
{
    AUTO_BIO BIO *bio = BIO_new_mem_buf(text, (int)size);
    if (bio == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "no memory for a private key");
    }
    AUTO_PKEY EVP_PKEY *parsed = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    if (parsed == NULL) {
        ERR_clear_error();
        return error_set(error, STATUS_INVALID, "%s is not a private key in PEM", name);
    }
    AUTO_PKEY_CONTEXT EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, parsed, NULL);
    if (check == NULL || EVP_PKEY_pairwise_check(check) != 1) {
        ERR_clear_error();
        return error_set(error, STATUS_INVALID,
                         "%s is damaged: its public and private parts differ", name);
    }
    EVP_PKEY_up_ref(parsed);
    *key = parsed;
    return STATUS_OK;
}

enum status private_file_read(int directory, const char *name, EVP_PKEY **key, struct error *error)
{
    private_file_prepare();
    uint8_t *text = OPENSSL_secure_malloc(KEY_SIZE_MAX);
    if (text == NULL) {
        return openssl_error(error, STATUS_NO_MEMORY, "no memory for a private key");
    }

    size_t size = 0;
    enum status status = read_private(directory, name, text, &size, error);
    if (status == STATUS_OK) {
        status = parse_private(name, text, size, key, error);
    }
    OPENSSL_secure_clear_free(text, KEY_SIZE_MAX);
    return status;
}

enum status private_file_create(int directory, const char *name, const EVP_PKEY *key,
                                struct error *error)
{
    AUTO_BIO BIO *bio = BIO_new(BIO_s_secmem()); /* clears what it held */
    if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        return openssl_error(error, STATUS_NO_MEMORY, "a private key could not be written");
    }

    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    struct bytes content = {(const uint8_t *)text, (size_t)size};
    return file_create(directory, name, content, 0600, error);
}
