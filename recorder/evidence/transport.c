/*
 * By libzip, which pulls: the package and the file are two of its sources, made of functions.
 * A failure is kept beside it, for libzip has a number only.
 */
#include "evidence/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zip.h>

#include "base/file.h"
#include "evidence/zip_layout.h"

#define DOS_TIME 0
#define DOS_DATE 0x21 /* 1980-01-01: when it was made stands inside */

struct end {
    int file; /* borrowed */
    uint64_t at;
    uint64_t size; /* of the package */
    const struct transport_plan *transport;
    enum status status;
    struct error failure; /* valid where the status is not STATUS_OK */
};

/* libzip's answer to a failure that is kept. */
static zip_int64_t keep(struct end *end, enum status status)
{
    end->status = status;
    return -1;
}

static zip_int64_t say_failure(const struct end *end, void *data, zip_uint64_t size, int code)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_error_set(&error, code, end->failure.errno_value);
    zip_int64_t said = zip_error_to_data(&error, data, size);
    zip_error_fini(&error);
    return said;
}

/* ---- the package, read ---- */

static zip_int64_t read_package(struct end *end, void *data, zip_uint64_t size)
{
    ssize_t got = -1;
    do {
        got = pread(end->file, data, size, (off_t)end->at);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return keep(end,
                    error_set_errno(&end->failure, STATUS_IO, errno, "the package cannot be read"));
    }
    if (got == 0 && end->at < end->size) {
        return keep(end, error_set(&end->failure, STATUS_INVALID,
                                   "the package became shorter while it was read"));
    }
    end->at += (uint64_t)got;
    enum status status =
        end->transport->progress != NULL
            ? end->transport->progress(end->transport->context, end->at, end->size, &end->failure)
            : STATUS_OK;
    return status == STATUS_OK ? got : keep(end, status);
}

static zip_int64_t tell_about(const struct end *end, void *data, zip_uint64_t size)
{
    zip_stat_t *about = data;
    if (size < sizeof(*about)) {
        return -1;
    }
    zip_stat_init(about);
    about->valid = ZIP_STAT_SIZE;
    about->size = end->size;
    return sizeof(*about);
}

static zip_int64_t serve_package(void *context, void *data, zip_uint64_t size,
                                 zip_source_cmd_t command)
{
    struct end *end = context;
    switch ((int)command) {
    case ZIP_SOURCE_OPEN:
        end->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return read_package(end, data, size);
    case ZIP_SOURCE_STAT:
        return tell_about(end, data, size);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_ERROR:
        return say_failure(end, data, size, ZIP_ER_READ);
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_READABLE;
    default:
        return -1;
    }
}

/* ---- the file, written ---- */

static zip_int64_t seek_file(struct end *end, uint64_t at)
{
    if (lseek(end->file, (off_t)at, SEEK_SET) < 0) {
        return keep(
            end, error_set_errno(&end->failure, STATUS_IO, errno, "the package cannot be written"));
    }
    end->at = at;
    return 0;
}

static zip_int64_t write_file(struct end *end, const void *data, zip_uint64_t size)
{
    enum status status = file_write_all(end->file, (struct bytes){data, size}, &end->failure);
    if (status != STATUS_OK) {
        return keep(end, status);
    }
    end->at += size;
    end->size = end->at > end->size ? end->at : end->size;
    return (zip_int64_t)size;
}

static zip_int64_t seek_to(struct end *end, void *data, zip_uint64_t size)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_int64_t at = zip_source_seek_compute_offset(end->at, end->size, data, size, &error);
    zip_error_fini(&error);
    return at < 0 ? -1 : seek_file(end, (uint64_t)at);
}

static zip_int64_t serve_file(void *context, void *data, zip_uint64_t size,
                              zip_source_cmd_t command)
{
    struct end *end = context;
    switch ((int)command) {
    case ZIP_SOURCE_BEGIN_WRITE:
        return seek_file(end, 0);
    case ZIP_SOURCE_WRITE:
        return write_file(end, data, size);
    case ZIP_SOURCE_SEEK_WRITE:
        return seek_to(end, data, size);
    case ZIP_SOURCE_TELL_WRITE:
        return (zip_int64_t)end->at;
    case ZIP_SOURCE_STAT:
        return tell_about(end, data, size);
    case ZIP_SOURCE_COMMIT_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_OPEN:
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_ERROR:
        return say_failure(end, data, size, ZIP_ER_WRITE);
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
    default:
        return -1;
    }
}

/* ---- */

static enum status add_package(zip_t *zip, struct end *package, const struct pass_phrase *phrase,
                               struct error *error)
{
    zip_source_t *source = zip_source_function(zip, serve_package, package);
    zip_int64_t index =
        source != NULL ? zip_file_add(zip, package->transport->name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(source);
        return error_set(error, STATUS_NO_MEMORY, "no memory to encrypt a package");
    }
    zip_uint64_t member = (zip_uint64_t)index;
    if (zip_set_file_compression(zip, member, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, member, DOS_TIME, DOS_DATE, 0) != 0 ||
        zip_file_set_encryption(zip, member, ZIP_EM_AES_256, phrase->text) != 0) {
        return error_set(error, STATUS_UNSUPPORTED, "the package cannot be encrypted: %s",
                         zip_strerror(zip));
    }
    return STATUS_OK;
}

static enum status close_zip(zip_t *zip, const struct end *package, const struct end *file,
                             struct error *error)
{
    if (zip_close(zip) == 0) {
        return STATUS_OK;
    }
    const struct end *failed = file->status != STATUS_OK ? file : package;
    enum status status = failed->status;
    if (status == STATUS_OK) {
        status = error_set(error, STATUS_UNSUPPORTED, "the package cannot be encrypted: %s",
                           zip_strerror(zip));
    } else if (error != NULL) {
        *error = failed->failure;
    }
    zip_discard(zip);
    return status;
}

enum status transport_encrypt(const struct transport_plan *transport,
                              const struct pass_phrase *phrase, struct error *error)
{
    struct stat about;
    struct end file = {.file = transport->to, .transport = transport};
    if (!zip_name_is_valid(transport->name)) {
        return error_set(error, STATUS_INVALID, "%.96s cannot be the name of a package",
                         transport->name);
    }
    if (fstat(transport->from, &about) != 0 || !S_ISREG(about.st_mode)) {
        return error_set(error, STATUS_IO, "the package is no file");
    }
    struct end package = {
        .file = transport->from, .size = (uint64_t)about.st_size, .transport = transport};
    zip_error_t failure;
    zip_error_init(&failure);
    zip_source_t *source = zip_source_function_create(serve_file, &file, &failure);
    zip_t *zip =
        source != NULL ? zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &failure) : NULL;
    zip_error_fini(&failure);
    if (zip == NULL) {
        zip_source_free(source);
        return error_set(error, STATUS_NO_MEMORY, "no memory to encrypt a package");
    }
    enum status status = add_package(zip, &package, phrase, error);
    if (status != STATUS_OK) {
        zip_discard(zip);
        return status;
    }
    return close_zip(zip, &package, &file, error);
}
