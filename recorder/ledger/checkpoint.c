/*
 * The text of a checkpoint (C2SP tlog-checkpoint), three lines:
 *
 *   origin "\n"                 the key's name in the signature line too
 *   size "\n"                   decimal, no leading zero
 *   base64(root) "\n"           32 bytes
 *
 * then an empty line and the signature lines of note.h. Extension lines are refused.
 */
#include "ledger/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "ledger/note.h"

enum status checkpoint_sign(struct device_key *key, const struct checkpoint *checkpoint,
                            struct buffer *note, struct error *error)
{
    buffer_clear(note);
    if (memchr(checkpoint->origin, '\0', ORIGIN_SIZE) == NULL) {
        return error_set(error, STATUS_INVALID, "the origin is too long");
    }
    enum status status =
        buffer_append_format(note, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
    if (status == STATUS_OK) {
        status = base64_append(note, (struct bytes){checkpoint->root.bytes, DIGEST_BYTES});
    }
    if (status == STATUS_OK) {
        status = buffer_append_text(note, "\n");
    }
    if (status != STATUS_OK) {
        return error_set(error, status, "no memory for a checkpoint");
    }
    return note_sign(key, checkpoint->origin, note, error);
}

/* The next line of *text, without its newline; false if there is none. */
static bool next_line(struct bytes *text, struct bytes *line)
{
    const uint8_t *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    if (end == NULL) {
        return false;
    }
    *line = (struct bytes){text->data, (size_t)(end - text->data)};
    text->data += line->size + 1;
    text->size -= line->size + 1;
    return true;
}

static bool parse_origin(struct bytes line, char origin[ORIGIN_SIZE])
{
    if (line.size >= ORIGIN_SIZE) {
        return false;
    }
    memcpy(origin, line.data, line.size);
    origin[line.size] = '\0';
    return note_name_is_valid(origin);
}

static bool parse_size(struct bytes line, uint64_t *size)
{
    uint64_t value = 0;
    if (line.size == 0 || (line.size > 1 && line.data[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < line.size; i++) {
        unsigned digit = (unsigned)line.data[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *size = value;
    return true;
}

static enum status parse_root(struct bytes line, struct digest *root)
{
    struct buffer bytes = {0};
    enum status status = base64_decode(line, &bytes);
    if (status == STATUS_OK && bytes.size != DIGEST_BYTES) {
        status = STATUS_INVALID;
    }
    if (status == STATUS_OK) {
        memcpy(root->bytes, bytes.data, DIGEST_BYTES);
    }
    buffer_release(&bytes);
    return status;
}

static enum status parse_text(struct bytes text, struct checkpoint *checkpoint, struct error *error)
{
    struct checkpoint parsed = {0};
    struct bytes origin, size, root;
    if (!next_line(&text, &origin) || !next_line(&text, &size) || !next_line(&text, &root) ||
        text.size != 0) {
        return error_set(error, STATUS_INVALID, "a checkpoint has three lines");
    }
    if (!parse_origin(origin, parsed.origin)) {
        return error_set(error, STATUS_INVALID, "the checkpoint's origin is malformed");
    }
    if (!parse_size(size, &parsed.size)) {
        return error_set(error, STATUS_INVALID, "the checkpoint's size is malformed");
    }
    enum status status = parse_root(root, &parsed.root);
    if (status != STATUS_OK) {
        return error_set(error, status,
                         status == STATUS_NO_MEMORY ? "no memory for a checkpoint"
                                                    : "the checkpoint's root is malformed");
    }
    *checkpoint = parsed;
    return STATUS_OK;
}

enum status checkpoint_parse(struct bytes note, struct checkpoint *checkpoint, struct error *error)
{
    struct bytes text;
    if (note.size > CHECKPOINT_SIZE_MAX) {
        return error_set(error, STATUS_INVALID, "a checkpoint of %zu bytes", note.size);
    }
    enum status status = note_text(note, &text, error);
    return status == STATUS_OK ? parse_text(text, checkpoint, error) : status;
}

enum status checkpoint_verify(const struct suite *suite, const struct public_key *key,
                              struct bytes note, struct checkpoint *checkpoint, struct error *error)
{
    struct checkpoint parsed;
    struct bytes text;
    enum status status = checkpoint_parse(note, &parsed, error);
    if (status == STATUS_OK) {
        status = note_verify(suite, key, parsed.origin, note, &text, error);
    }
    if (status == STATUS_OK) {
        *checkpoint = parsed;
    }
    return status;
}
