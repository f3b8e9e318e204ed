#include "evidence/member_lines.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/record.h"

#define CHUNK ((size_t)64 * 1024)
#define ROOM  (BODY_SIZE_MAX + 1 + CHUNK)

struct member_lines {
    const struct zip_reader *reader;
    const struct zip_member *member;
    struct hasher *hasher;
    uint64_t read;    /* bytes of the member that were read */
    uint64_t line_at; /* in the member */
    bool is_over;     /* a line was none: the rest is one */
    size_t begin;     /* of what is unused, in `data` */
    size_t end;
    size_t capacity; /* grows with the longest line, to ROOM at most */
    uint8_t *data;
};

enum status member_lines_open(const struct zip_reader *reader, const struct zip_member *member,
                              enum digest_algorithm algorithm, struct member_lines **lines,
                              struct error *error)
{
    struct member_lines *made = calloc(1, sizeof(*made));
    *lines = NULL;
    if (made == NULL || (made->data = malloc(2 * CHUNK)) == NULL) {
        free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory to read %s", member->name);
    }
    made->reader = reader;
    made->member = member;
    made->capacity = 2 * CHUNK;
    enum status status = hasher_new(algorithm, &made->hasher, error);
    if (status != STATUS_OK) {
        member_lines_free(made);
        return status;
    }
    hasher_begin(made->hasher);
    *lines = made;
    return STATUS_OK;
}

void member_lines_free(struct member_lines *lines)
{
    if (lines != NULL) {
        hasher_free(lines->hasher);
        free(lines->data);
        free(lines);
    }
}

/* Room for so many bytes more, behind what is unused. */
static enum status make_room(struct member_lines *lines, size_t size, struct error *error)
{
    memmove(lines->data, lines->data + lines->begin, lines->end - lines->begin);
    lines->end -= lines->begin;
    lines->begin = 0;
    if (lines->capacity - lines->end >= size) {
        return STATUS_OK;
    }
    size_t capacity = 2 * lines->capacity < ROOM ? 2 * lines->capacity : ROOM;
    uint8_t *data = realloc(lines->data, capacity);
    if (data == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to read %s", lines->member->name);
    }
    lines->data = data;
    lines->capacity = capacity;
    return STATUS_OK;
}

/* STATUS_END: nothing is left. */
static enum status read_more(struct member_lines *lines, struct error *error)
{
    uint64_t left = lines->member->size - lines->read;
    size_t size = left < CHUNK ? (size_t)left : CHUNK;
    if (size == 0) {
        return STATUS_END;
    }
    enum status status =
        lines->capacity - lines->end < size ? make_room(lines, size, error) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t *to = lines->data + lines->end;
    status = zip_reader_read(lines->reader, lines->member, lines->read, to, size, error);
    if (status == STATUS_OK) {
        hasher_add(lines->hasher, (struct bytes){to, size});
        lines->read += size;
        lines->end += size;
    }
    return status;
}

enum status member_lines_next(struct member_lines *lines, struct bytes *line, struct error *error)
{
    size_t searched = 0;
    lines->line_at = member_lines_next_at(lines);
    for (;;) {
        const uint8_t *from = lines->data + lines->begin;
        size_t size = lines->end - lines->begin;
        const uint8_t *end = memchr(from + searched, '\n', size - searched);
        if (end != NULL) {
            *line = (struct bytes){from, (size_t)(end - from)};
            lines->begin += line->size + 1;
            return STATUS_OK;
        }
        if (size > BODY_SIZE_MAX) {
            lines->is_over = true;
            return error_set(error, STATUS_INVALID, "a line is too long");
        }
        searched = size;
        enum status status = read_more(lines, error);
        if (status == STATUS_END && size > 0) {
            lines->is_over = true;
            return error_set(error, STATUS_INVALID, "its last line is not ended");
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
}

uint64_t member_lines_at(const struct member_lines *lines)
{
    return lines->line_at;
}

uint64_t member_lines_next_at(const struct member_lines *lines)
{
    return lines->is_over ? lines->member->size : lines->read - (lines->end - lines->begin);
}

enum status member_lines_finish(struct member_lines *lines, struct digest *digest,
                                struct error *error)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        lines->begin = lines->end;
        status = read_more(lines, error);
    }
    if (status != STATUS_END) {
        return status;
    }
    hasher_end(lines->hasher, digest);
    return STATUS_OK;
}
