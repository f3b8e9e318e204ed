#include "evidence/manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/text_line.h"
#include "ledger/note.h"

#define FIRST_LINE "sealroom package v1"
#define CLIPS      "clips/"

void manifest_release(struct manifest *manifest)
{
    free(manifest->members);
    *manifest = (struct manifest){0};
}

bool manifest_is_clip(const char *name)
{
    return strncmp(name, CLIPS, strlen(CLIPS)) == 0;
}

enum status manifest_add(struct manifest *manifest, const struct manifest_member *member,
                         struct error *error)
{
    if (manifest->count == ZIP_MEMBERS_MAX - 1) {
        return error_set(error, STATUS_FULL, "a package of more than %u members", ZIP_MEMBERS_MAX);
    }
    if (manifest->count == manifest->capacity) {
        uint32_t capacity = manifest->capacity == 0 ? 16 : 2 * manifest->capacity;
        struct manifest_member *members = realloc(manifest->members, capacity * sizeof(*members));
        if (members == NULL) {
            return error_set(error, STATUS_NO_MEMORY, "no memory for a package's manifest");
        }
        manifest->members = members;
        manifest->capacity = capacity;
    }
    manifest->members[manifest->count++] = *member;
    return STATUS_OK;
}

/* ---- writing ---- */

static enum status write_member(const struct manifest_member *member, struct buffer *text)
{
    char digest[2 * DIGEST_BYTES + 1];
    hex_encode(digest, member->digest.bytes, DIGEST_BYTES);
    return manifest_is_clip(member->name)
               ? buffer_append_format(text, "clip %" PRIu32 " %08" PRIx32 " %s\n", member->size,
                                      member->crc, member->name)
               : buffer_append_format(text, "file %" PRIu32 " %08" PRIx32 " %s %s\n", member->size,
                                      member->crc, digest, member->name);
}

enum status manifest_write(const struct manifest *manifest, struct buffer *text,
                           struct error *error)
{
    char root[2 * DIGEST_BYTES + 1];
    buffer_clear(text);
    hex_encode(root, manifest->checkpoint.root.bytes, DIGEST_BYTES);
    enum status status = buffer_append_format(
        text, FIRST_LINE "\norigin %s\ncheckpoint %" PRIu64 " %s\nrequest %" PRIu64 "\n",
        manifest->checkpoint.origin, manifest->checkpoint.size, root, manifest->request);
    for (uint32_t i = 0; i < manifest->count && status == STATUS_OK; i++) {
        status = write_member(&manifest->members[i], text);
    }
    if (status != STATUS_OK) {
        return error_set(error, status, "no memory for a package's manifest");
    }
    /* What is written must be readable. */
    struct manifest again = {0};
    status = manifest_read(buffer_bytes(text), &again, error);
    manifest_release(&again);
    return status;
}

/* ---- reading ---- */

struct source {
    struct bytes rest;
    unsigned line; /* the one taken last */
};

/* Without its newline; `failed` if there is no whole one. */
static struct text_line next_line(struct source *source)
{
    const uint8_t *end =
        source->rest.size > 0 ? memchr(source->rest.data, '\n', source->rest.size) : NULL;
    source->line++;
    if (end == NULL) {
        return (struct text_line){.failed = true};
    }
    struct text_line line =
        text_line_of((struct bytes){source->rest.data, (size_t)(end - source->rest.data)});
    source->rest.size -= line.rest.size + 1;
    source->rest.data = end + 1;
    return line;
}

static bool read_head(struct source *source, struct manifest *manifest)
{
    struct text_line line = next_line(source);
    if (!bytes_equal(line.rest, bytes_of_text(FIRST_LINE))) {
        return false;
    }
    line = next_line(source);
    line.failed = line.failed || !text_is(&line, "origin");
    text_word(&line, manifest->checkpoint.origin, sizeof(manifest->checkpoint.origin));
    if (!text_line_is_over(&line) || !note_name_is_valid(manifest->checkpoint.origin)) {
        return false;
    }
    line = next_line(source);
    line.failed = line.failed || !text_is(&line, "checkpoint");
    manifest->checkpoint.size = text_u64(&line);
    text_digest(&line, &manifest->checkpoint.root);
    if (!text_line_is_over(&line)) {
        return false;
    }
    line = next_line(source);
    line.failed = line.failed || !text_is(&line, "request");
    manifest->request = text_u64(&line);
    return text_line_is_over(&line) && manifest->request < manifest->checkpoint.size;
}

static bool read_member(struct source *source, struct manifest_member *member)
{
    struct text_line line = next_line(source);
    bool is_clip = text_is(&line, "clip");
    *member = (struct manifest_member){0};
    line.failed = line.failed || (!is_clip && !text_is(&line, "file"));
    member->size = (uint32_t)text_u64_within(&line, ZIP_MEMBER_SIZE_MAX);
    member->crc = text_crc(&line);
    if (!is_clip) {
        text_digest(&line, &member->digest);
    }
    text_word(&line, member->name, sizeof(member->name));
    return text_line_is_over(&line) && zip_name_is_valid(member->name) &&
           manifest_is_clip(member->name) == is_clip && strcmp(member->name, MANIFEST_NAME) != 0;
}

static int compare_names(const void *left, const void *right)
{
    const struct manifest_member *const *a = left;
    const struct manifest_member *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static enum status check_names(const struct manifest *manifest, struct error *error)
{
    enum status status = STATUS_OK;
    const struct manifest_member **members =
        calloc((size_t)manifest->count + 1, sizeof(const struct manifest_member *));
    if (members == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a package's manifest");
    }
    for (uint32_t i = 0; i < manifest->count; i++) {
        members[i] = &manifest->members[i];
    }
    qsort(members, manifest->count, sizeof(const struct manifest_member *), compare_names);
    for (uint32_t i = 1; i < manifest->count && status == STATUS_OK; i++) {
        if (strcmp(members[i - 1]->name, members[i]->name) == 0) {
            status = error_set(error, STATUS_INVALID, "a name stands twice");
        }
    }
    free(members);
    return status;
}

enum status manifest_read(struct bytes text, struct manifest *manifest, struct error *error)
{
    struct source source = {.rest = text};
    manifest_release(manifest);
    if (!read_head(&source, manifest)) {
        return error_set(error, STATUS_INVALID, "line %u is malformed", source.line);
    }
    while (source.rest.size > 0) {
        struct manifest_member member;
        if (!read_member(&source, &member)) {
            return error_set(error, STATUS_INVALID, "line %u is malformed", source.line);
        }
        enum status status = manifest_add(manifest, &member, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return check_names(manifest, error);
}
