#include "evidence/zip_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CENTRAL_FIXED 46u
#define DIRECTORY_MAX ((uint64_t)ZIP_MEMBERS_MAX * ZIP_CENTRAL_SIZE_MAX)
#define NO_OFFSET     UINT32_C(0xffffffff)
#define METHOD_AES    99 /* of WinZip */

struct zip_reader {
    int file; /* borrowed */
    uint64_t size;
    struct zip_member *members;
    uint32_t count;
    uint32_t *by_name; /* indexes of members, in the order of their names */
};

/* What is needed while the file is looked at. */
struct look {
    struct zip_reader *reader;
    void (*fault)(void *context, const struct zip_fault *fault);
    void *context;
    uint64_t directory; /* where it begins */
    uint8_t *bytes;     /* from there to the file's end */
    size_t size;
};

static void report_bytes(const struct look *look, uint64_t from, uint64_t to, const char *what)
{
    look->fault(look->context, &(struct zip_fault){from, to, what});
}

/* All of it cannot be read. */
static enum status refuse(const struct look *look, uint64_t from, uint64_t to, const char *what,
                          struct error *error)
{
    report_bytes(look, from, to, what);
    return error_set(error, STATUS_INVALID, "%s", what);
}

static enum status read_at(int file, uint64_t offset, void *data, size_t size, struct error *error)
{
    uint8_t *to = data;
    while (size > 0) {
        ssize_t got = pread(file, to, size, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_set_errno(error, STATUS_IO, errno, "the package cannot be read");
        }
        if (got == 0) {
            return error_set(error, STATUS_IO, "the package became shorter while it was read");
        }
        to += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return STATUS_OK;
}

/* ---- where the directory begins ---- */

/* By the end records; whether all of them is as it must be is judged by comparing, later. */
static enum status find_directory(struct look *look, uint32_t *count, struct error *error)
{
    uint8_t tail[ZIP_ENDS_SIZE_MAX];
    uint64_t file_size = look->reader->size;
    size_t size = file_size < sizeof(tail) ? (size_t)file_size : sizeof(tail);
    if (size < ZIP_END_SIZE) {
        return refuse(look, 0, file_size, "it is too short to be a package", error);
    }
    enum status status = read_at(look->reader->file, file_size - size, tail, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct reader end = reader_of((struct bytes){tail + size - ZIP_END_SIZE, ZIP_END_SIZE});
    (void)read_bytes(&end, 10);
    *count = read_u16(&end);
    (void)read_u32(&end);
    look->directory = read_u32(&end);
    if (look->directory == NO_OFFSET && size == sizeof(tail)) {
        struct reader end64 = reader_of((struct bytes){tail + 48, 8});
        look->directory = read_u64(&end64);
    }
    if (memcmp(tail + size - ZIP_END_SIZE, "PK\5\6", 4) != 0 || look->directory > file_size ||
        file_size - look->directory > DIRECTORY_MAX + sizeof(tail) || *count == 0 ||
        *count > ZIP_MEMBERS_MAX) {
        return refuse(look, file_size - ZIP_END_SIZE, file_size,
                      "it does not end as a package does", error);
    }
    return STATUS_OK;
}

static enum status read_directory(struct look *look, struct error *error)
{
    look->size = (size_t)(look->reader->size - look->directory);
    look->bytes = malloc(look->size);
    if (look->bytes == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a package's directory");
    }
    return read_at(look->reader->file, look->directory, look->bytes, look->size, error);
}

/* ---- the members ---- */

/* Name, size, CRC and offset out of a central header; all else is compared. */
static bool take_member(struct reader *from, struct zip_member *member)
{
    (void)read_bytes(from, 16);
    member->crc = read_u32(from);
    member->size = read_u32(from);
    (void)read_u32(from);
    size_t name_size = read_u16(from);
    size_t extra_size = read_u16(from);
    (void)read_bytes(from, 10);
    uint32_t offset = read_u32(from);
    struct bytes name = read_bytes(from, name_size);
    struct reader extra = reader_of(read_bytes(from, extra_size));
    if (from->failed || name_size == 0 || name_size >= ZIP_NAME_SIZE ||
        memchr(name.data, 0, name_size) != NULL) {
        return false;
    }
    memcpy(member->name, name.data, name_size);
    member->name[name_size] = '\0';
    member->offset = offset;
    if (offset == NO_OFFSET) {
        (void)read_u32(&extra);
        member->offset = read_u64(&extra);
    }
    return !extra.failed && member->size <= ZIP_MEMBER_SIZE_MAX && zip_name_is_valid(member->name);
}

/* They lie end to end from byte 0: so they cannot overlap, and nothing lies between them. */
static enum status take_members(struct look *look, uint32_t count, size_t *size,
                                struct error *error)
{
    struct zip_reader *reader = look->reader;
    struct reader from = reader_of((struct bytes){look->bytes, look->size});
    uint64_t end = 0;
    for (; reader->count < count; reader->count++) {
        struct zip_member *member = &reader->members[reader->count];
        uint8_t header[ZIP_CENTRAL_SIZE_MAX];
        uint64_t begin = look->directory + from.at;
        size_t at = from.at;
        if (!take_member(&from, member)) {
            return refuse(look, begin, reader->size, "an entry of its directory is malformed",
                          error);
        }
        size_t made = zip_central_header(member, header);
        if (made != from.at - at || memcmp(header, look->bytes + at, made) != 0) {
            report_bytes(look, begin, look->directory + from.at,
                         "an entry of its directory is not as it must be");
        }
        if (member->offset != end || zip_member_end(member) > look->directory) {
            return refuse(look, begin, look->directory + from.at,
                          "its members do not lie end to end", error);
        }
        end = zip_member_end(member);
    }
    if (end != look->directory) {
        return refuse(look, end, look->directory, "bytes that belong to no member", error);
    }
    *size = from.at;
    return STATUS_OK;
}

static enum status check_ends(struct look *look, uint32_t count, size_t directory_size,
                              struct error *error)
{
    uint8_t ends[ZIP_ENDS_SIZE_MAX];
    size_t size = zip_end_records(count, look->directory, directory_size, ends);
    uint64_t begin = look->directory + directory_size;
    if (look->size - directory_size != size) {
        return refuse(look, begin, look->reader->size, "its end is not as it must be", error);
    }
    if (memcmp(look->bytes + directory_size, ends, size) != 0) {
        report_bytes(look, begin, look->reader->size, "its end is not as it must be");
    }
    return STATUS_OK;
}

static enum status check_local(struct look *look, const struct zip_member *member,
                               struct error *error)
{
    uint8_t made[ZIP_LOCAL_SIZE_MAX];
    uint8_t there[ZIP_LOCAL_SIZE_MAX];
    size_t size = zip_local_header(member, made);
    enum status status = read_at(look->reader->file, member->offset, there, size, error);
    if (status == STATUS_OK && memcmp(made, there, size) != 0) {
        report_bytes(look, member->offset, member->offset + size,
                     "a member's header is not as it must be");
    }
    return status;
}

/* ---- names ---- */

static int compare_names(const void *left, const void *right, void *context)
{
    const struct zip_member *members = context;
    return strcmp(members[*(const uint32_t *)left].name, members[*(const uint32_t *)right].name);
}

static enum status sort_names(struct look *look, struct error *error)
{
    struct zip_reader *reader = look->reader;
    for (uint32_t i = 0; i < reader->count; i++) {
        reader->by_name[i] = i;
    }
    qsort_r(reader->by_name, reader->count, sizeof(*reader->by_name), compare_names,
            reader->members);
    for (uint32_t i = 1; i < reader->count; i++) {
        const struct zip_member *member = &reader->members[reader->by_name[i]];
        if (strcmp(reader->members[reader->by_name[i - 1]].name, member->name) == 0) {
            return refuse(look, member->offset, zip_member_end(member), "a name stands twice",
                          error);
        }
    }
    return STATUS_OK;
}

static enum status look_through(struct look *look, struct error *error)
{
    struct zip_reader *reader = look->reader;
    uint32_t count = 0;
    size_t directory_size = 0;
    enum status status = find_directory(look, &count, error);
    if (status == STATUS_OK) {
        status = read_directory(look, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    reader->members = calloc(count, sizeof(*reader->members));
    reader->by_name = calloc(count, sizeof(*reader->by_name));
    if (reader->members == NULL || reader->by_name == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a package's directory");
    }
    status = take_members(look, count, &directory_size, error);
    if (status == STATUS_OK) {
        status = check_ends(look, count, directory_size, error);
    }
    for (uint32_t i = 0; i < reader->count && status == STATUS_OK; i++) {
        status = check_local(look, &reader->members[i], error);
    }
    return status == STATUS_OK ? sort_names(look, error) : status;
}

enum status zip_reader_open(int file, void (*fault)(void *context, const struct zip_fault *fault),
                            void *context, struct zip_reader **reader, struct error *error)
{
    struct look look = {.fault = fault, .context = context};
    struct stat about;
    *reader = NULL;
    if (fstat(file, &about) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "the package cannot be read");
    }
    if (!S_ISREG(about.st_mode)) {
        return error_set(error, STATUS_IO, "the package is no file");
    }
    look.reader = calloc(1, sizeof(*look.reader));
    if (look.reader == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to read a package");
    }
    look.reader->file = file;
    look.reader->size = (uint64_t)about.st_size;
    enum status status = look_through(&look, error);
    free(look.bytes);
    if (status != STATUS_OK) {
        zip_reader_free(look.reader);
        return status;
    }
    *reader = look.reader;
    return STATUS_OK;
}

void zip_reader_free(struct zip_reader *reader)
{
    if (reader != NULL) {
        free(reader->members);
        free(reader->by_name);
        free(reader);
    }
}

size_t zip_reader_count(const struct zip_reader *reader)
{
    return reader->count;
}

const struct zip_member *zip_reader_at(const struct zip_reader *reader, size_t index)
{
    return &reader->members[index];
}

const struct zip_member *zip_reader_find(const struct zip_reader *reader, const char *name)
{
    uint32_t low = 0;
    uint32_t high = reader->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct zip_member *member = &reader->members[reader->by_name[middle]];
        int order = strcmp(name, member->name);
        if (order == 0) {
            return member;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

enum status zip_reader_read(const struct zip_reader *reader, const struct zip_member *member,
                            uint64_t offset, void *data, size_t size, struct error *error)
{
    if (offset > member->size || size > member->size - offset) {
        return error_set(error, STATUS_INVALID, "%s has not so many bytes", member->name);
    }
    return read_at(reader->file, zip_data_offset(member) + offset, data, size, error);
}

int zip_reader_file(const struct zip_reader *reader)
{
    return reader->file;
}

bool zip_is_encrypted(int file)
{
    uint8_t begin[10];
    return read_at(file, 0, begin, sizeof(begin), NULL) == STATUS_OK &&
           memcmp(begin, "PK\3\4", 4) == 0 && (begin[6] & 1) != 0 && begin[8] == METHOD_AES &&
           begin[9] == 0;
}
