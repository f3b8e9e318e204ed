#include "evidence/zip_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

struct zip_writer {
    int file; /* borrowed */
    struct zip_crc crc;
    bool is_open; /* the last member may grow */
    uint64_t at;
    struct zip_member *members;
    uint32_t count;
    uint32_t capacity;
};

enum status zip_writer_new(int file, struct zip_writer **writer, struct error *error)
{
    *writer = calloc(1, sizeof(**writer));
    if (*writer == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to write a package");
    }
    (*writer)->file = file;
    zip_crc_prepare(&(*writer)->crc);
    return STATUS_OK;
}

void zip_writer_free(struct zip_writer *writer)
{
    if (writer != NULL) {
        free(writer->members);
        free(writer);
    }
}

static enum status put_at(const struct zip_writer *writer, uint64_t offset, struct bytes bytes,
                          struct error *error)
{
    if (lseek(writer->file, (off_t)offset, SEEK_SET) < 0) {
        return error_set_errno(error, STATUS_IO, errno, "the package cannot be written");
    }
    return file_write_all(writer->file, bytes, error);
}

static enum status put(struct zip_writer *writer, struct bytes bytes, struct error *error)
{
    enum status status = file_write_all(writer->file, bytes, error);
    writer->at += status == STATUS_OK ? bytes.size : 0;
    return status;
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
    uint8_t header[ZIP_LOCAL_SIZE_MAX];
    if (writer->is_open || !zip_name_is_valid(name)) {
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
    status = put(writer, (struct bytes){header, zip_local_header(member, header)}, error);
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
    member->crc = zip_crc_add(&writer->crc, member->crc, bytes);
    member->size += (uint32_t)bytes.size;
    return put(writer, bytes, error);
}

enum status zip_writer_end(struct zip_writer *writer, struct error *error)
{
    uint8_t header[ZIP_LOCAL_SIZE_MAX];
    if (!writer->is_open) {
        return error_set(error, STATUS_INVALID, "no member of the package is open");
    }
    writer->is_open = false;
    const struct zip_member *member = &writer->members[writer->count - 1];
    size_t size = zip_local_header(member, header);
    enum status status = put_at(writer, member->offset, (struct bytes){header, size}, error);
    if (status == STATUS_OK && lseek(writer->file, (off_t)writer->at, SEEK_SET) < 0) {
        status = error_set_errno(error, STATUS_IO, errno, "the package cannot be written");
    }
    return status;
}

enum status zip_writer_finish(struct zip_writer *writer, struct error *error)
{
    uint8_t bytes[ZIP_CENTRAL_SIZE_MAX];
    uint64_t begin = writer->at;
    enum status status = STATUS_OK;
    if (writer->is_open || writer->count == 0) {
        return error_set(error, STATUS_INVALID, "the package is not complete");
    }
    for (uint32_t i = 0; i < writer->count && status == STATUS_OK; i++) {
        size_t size = zip_central_header(&writer->members[i], bytes);
        status = put(writer, (struct bytes){bytes, size}, error);
    }
    if (status == STATUS_OK) {
        uint8_t ends[ZIP_ENDS_SIZE_MAX];
        size_t size = zip_end_records(writer->count, begin, writer->at - begin, ends);
        status = put(writer, (struct bytes){ends, size}, error);
    }
    return status;
}

size_t zip_writer_count(const struct zip_writer *writer)
{
    return writer->count;
}

const struct zip_member *zip_writer_at(const struct zip_writer *writer, size_t index)
{
    return &writer->members[index];
}
