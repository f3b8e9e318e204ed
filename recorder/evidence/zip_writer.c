/*
 * By minizip, which is asked for exactly what zip_layout.h says. A failed write never reaches it:
 * it would lose the reason, pass over some of them, and leak. The first failure is kept and said
 * by whatever is called next, and nothing is written after it.
 */
#include "evidence/zip_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <minizip/zip.h>

#include "base/file.h"

#define MADE_BY  45
#define DOS_1980 0x00210000

struct zip_writer {
    int file; /* borrowed */
    zipFile zip;
    uint64_t at; /* where minizip writes next */
    enum status status;
    struct error failure; /* valid where the status is not STATUS_OK */
    bool is_open;         /* the last member may grow */
    struct zip_member *members;
    uint32_t count;
    uint32_t capacity;
};

/* ---- what minizip writes through ---- */

static voidpf open_file(voidpf writer, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return writer;
}

static uLong read_nothing(voidpf writer, voidpf stream, void *data, uLong size)
{
    (void)writer;
    (void)stream;
    (void)data;
    (void)size;
    return 0;
}

static uLong write_file(voidpf opaque, voidpf stream, const void *data, uLong size)
{
    struct zip_writer *writer = opaque;
    (void)stream;
    if (writer->status == STATUS_OK) {
        struct error why = {0};
        writer->status = file_write_all(writer->file, (struct bytes){data, size}, &why);
        if (writer->status != STATUS_OK) {
            (void)error_set_errno(&writer->failure, writer->status, why.errno_value,
                                  "the package cannot be written");
        }
    }
    writer->at += size;
    return size;
}

static ZPOS64_T tell_file(voidpf opaque, voidpf stream)
{
    const struct zip_writer *writer = opaque;
    (void)stream;
    return writer->at;
}

/* minizip goes back into a header and forth to the end, nowhere else. */
static long seek_file(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    struct zip_writer *writer = opaque;
    (void)stream;
    (void)origin;
    if (writer->status == STATUS_OK && lseek(writer->file, (off_t)offset, SEEK_SET) < 0) {
        writer->status =
            error_set_errno(&writer->failure, STATUS_IO, errno, "the package cannot be written");
    }
    writer->at = offset;
    return 0;
}

static int say_nothing(voidpf writer, voidpf stream)
{
    (void)writer;
    (void)stream;
    return 0;
}

/* What became of a call, first of all of the file below it. */
static enum status outcome(const struct zip_writer *writer, int result, struct error *error)
{
    if (writer->status != STATUS_OK && error != NULL) {
        *error = writer->failure;
    }
    return writer->status != STATUS_OK || result == ZIP_OK
               ? writer->status
               : error_set(error, STATUS_NO_MEMORY, "no memory to write a package");
}

/* ---- */

enum status zip_writer_new(int file, struct zip_writer **writer, struct error *error)
{
    struct zip_writer *made = calloc(1, sizeof(*made));
    off_t at = lseek(file, 0, SEEK_CUR);
    *writer = NULL;
    if (made == NULL || at < 0) {
        free(made);
        return at < 0 ? error_set_errno(error, STATUS_IO, errno, "the package cannot be written")
                      : error_set(error, STATUS_NO_MEMORY, "no memory to write a package");
    }
    made->file = file;
    made->at = (uint64_t)at;
    zlib_filefunc64_def functions = {
        .zopen64_file = open_file,
        .zread_file = read_nothing,
        .zwrite_file = write_file,
        .ztell64_file = tell_file,
        .zseek64_file = seek_file,
        .zclose_file = say_nothing,
        .zerror_file = say_nothing,
        .opaque = made,
    };
    made->zip = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &functions);
    if (made->zip == NULL) {
        free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory to write a package");
    }
    *writer = made;
    return STATUS_OK;
}

void zip_writer_free(struct zip_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    if (writer->zip != NULL) {
        writer->status = STATUS_END; /* closing it would make a ZIP of what is only a part */
        (void)zipClose(writer->zip, NULL);
    }
    free(writer->members);
    free(writer);
}

static enum status make_room(struct zip_writer *writer, struct error *error)
{
    if (writer->count == ZIP_MEMBERS_MAX) {
        return error_set(error, STATUS_FULL, "a package of more than %u members", ZIP_MEMBERS_MAX);
    }
    if (writer->count == writer->capacity) {
        uint32_t capacity = writer->capacity == 0 ? 16 : 2 * writer->capacity;
        struct zip_member *members = realloc(writer->members, capacity * sizeof(*members));
        if (members == NULL) {
            return error_set(error, STATUS_NO_MEMORY, "no memory to write a package");
        }
        writer->members = members;
        writer->capacity = capacity;
    }
    return STATUS_OK;
}

enum status zip_writer_begin(struct zip_writer *writer, const char *name, struct error *error)
{
    static const zip_fileinfo about = {.dosDate = DOS_1980};
    if (writer->zip == NULL || writer->is_open || !zip_name_is_valid(name)) {
        return error_set(error, STATUS_INVALID, "%.96s cannot be a member of a package", name);
    }
    for (uint32_t i = 0; i < writer->count; i++) {
        if (strcmp(writer->members[i].name, name) == 0) {
            return error_set(error, STATUS_INVALID, "%s stands in the package already", name);
        }
    }
    enum status status = make_room(writer, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct zip_member *member = &writer->members[writer->count];
    *member = (struct zip_member){.offset = writer->at};
    memcpy(member->name, name, strlen(name) + 1);
    status = outcome(writer,
                     zipOpenNewFileInZip4_64(writer->zip, name, &about, NULL, 0, NULL, 0, NULL, 0,
                                             0, 1, 0, 0, 0, NULL, 0, MADE_BY, 0, 0),
                     error);
    if (status == STATUS_OK) {
        writer->count++;
        writer->is_open = true;
    }
    return status;
}

enum status zip_writer_add(struct zip_writer *writer, struct bytes bytes, struct error *error)
{
    if (!writer->is_open) {
        return error_set(error, STATUS_INVALID, "no member of the package is open");
    }
    struct zip_member *member = &writer->members[writer->count - 1];
    if (bytes.size > ZIP_MEMBER_SIZE_MAX - member->size) {
        return error_set(error, STATUS_FULL, "%s would be larger than 4 GiB", member->name);
    }
    member->crc = (uint32_t)crc32_z(member->crc, bytes.data, bytes.size);
    member->size += (uint32_t)bytes.size;
    return outcome(writer, zipWriteInFileInZip(writer->zip, bytes.data, (unsigned)bytes.size),
                   error);
}

enum status zip_writer_end(struct zip_writer *writer, struct error *error)
{
    if (!writer->is_open) {
        return error_set(error, STATUS_INVALID, "no member of the package is open");
    }
    writer->is_open = false;
    const struct zip_member *member = &writer->members[writer->count - 1];
    return outcome(writer, zipCloseFileInZipRaw64(writer->zip, member->size, member->crc), error);
}

enum status zip_writer_finish(struct zip_writer *writer, struct error *error)
{
    if (writer->zip == NULL || writer->is_open || writer->count == 0) {
        return error_set(error, STATUS_INVALID, "the package is not complete");
    }
    int result = zipClose(writer->zip, NULL);
    writer->zip = NULL;
    return outcome(writer, result, error);
}

size_t zip_writer_count(const struct zip_writer *writer)
{
    return writer->count;
}

const struct zip_member *zip_writer_at(const struct zip_writer *writer, size_t index)
{
    return &writer->members[index];
}
