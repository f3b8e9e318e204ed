/*
 * A progress note is a signed note (ledger/note.h) under the ledger's origin as the key's name.
 * Its text is these lines, each ended by '\n', single spaces between the words:
 *
 *   sealroom progress v1
 *   origin <origin>
 *   boot <boot id>
 *   sequence <decimal>
 *   time <RFC 3339 with nine decimals, UTC>
 *   checkpoint <size, decimal> <root, 64 lower-case hexadecimal digits>
 *   segment <camera> <id> <size> <pieces> <start ns> <end ns> <SHA-256 root> <SM3 root, or "-">
 *
 * and one `segment` line for each open segment, none if there is none, at most
 * PROGRESS_SEGMENTS_MAX. Size and pieces are what was durable and told of when the note was
 * made; the roots are over these pieces (piece.c). Times are ns since 1970-01-01T00:00:00Z. Before
 * the first checkpoint its size is 0 and its root zeros. There is one way to write a note: what
 * would be written otherwise is malformed.
 *
 * The first line keeps a note from passing for a checkpoint, whose first line is the origin: an
 * origin holds no space.
 *
 * Slots: STATE/progress.0 and STATE/progress.1, mode 0640, written over in place and in turn, so
 * that a power cut tears one at most. The newer is the one with the larger sequence.
 */
#include "store/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/note.h"
#include "ledger/number.h"

const char *const progress_slot_names[PROGRESS_SLOTS] = {"progress.0", "progress.1"};

#define FIRST_LINE "sealroom progress v1\n"
#define HEX_SIZE   (2 * DIGEST_BYTES + 1)

const struct progress_segment *progress_find(const struct progress_note *note, const char *id)
{
    for (size_t i = 0; i < note->count; i++)
        if (strcmp(note->segments[i].id, id) == 0)
            return &note->segments[i];
    return NULL;
}

static enum status format_segment(const struct progress_segment *segment, struct buffer *text)
{
    char sha256[HEX_SIZE];
    char sm3[HEX_SIZE] = "-";

    hex_encode(sha256, segment->roots.sha256.bytes, DIGEST_BYTES);
    if (segment->roots.has_sm3)
        hex_encode(sm3, segment->roots.sm3.bytes, DIGEST_BYTES);
    return buffer_append_format(
        text, "segment %s %s %" PRIu64 " %" PRIu32 " %" PRId64 " %" PRId64 " %s %s\n",
        segment->camera, segment->id, segment->size, segment->pieces, segment->start_utc_ns,
        segment->end_utc_ns, sha256, sm3);
}

static enum status format_note(const struct progress_note *note, struct buffer *text)
{
    char time[TIME_TEXT_SIZE];
    char root[HEX_SIZE];
    enum status status = STATUS_OK;

    buffer_clear(text);
    time_format(time, note->at_utc_ns);
    hex_encode(root, note->checkpoint_root.bytes, DIGEST_BYTES);
    status = buffer_append_format(
        text,
        FIRST_LINE "origin %s\nboot %s\nsequence %" PRIu64 "\ntime %s\ncheckpoint %" PRIu64 " %s\n",
        note->origin, note->boot_id, note->sequence, time, note->checkpoint_size, root);
    for (size_t i = 0; i < note->count && status == STATUS_OK; i++)
        status = format_segment(&note->segments[i], text);
    return status;
}

enum status progress_sign(struct device_key *key, const struct progress_note *note,
                          struct buffer *bytes, struct error *error)
{
    if (note->count > PROGRESS_SEGMENTS_MAX)
        return error_set(error, STATUS_FULL, "more than %d open segments", PROGRESS_SEGMENTS_MAX);
    if (format_note(note, bytes) != STATUS_OK)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a progress note");
    return note_sign(key, note->origin, bytes, error);
}

/* Takes the next word, ended by `end`, off *at, and puts a NUL in place of the end. */
static char *take_word(char **at, char end)
{
    char *word = *at;
    char *stop = word ? strchr(word, end) : NULL;

    *at = stop ? stop + 1 : NULL;
    if (!stop)
        return NULL;
    *stop = '\0';
    return word;
}

/* The same where the word must be `name`; then the rest up to `end`. */
static char *take_named(char **at, const char *name, char end)
{
    const char *word = take_word(at, ' ');

    return word && strcmp(word, name) == 0 ? take_word(at, end) : NULL;
}

static bool copy_word(char *target, size_t size, const char *word)
{
    if (!word || strlen(word) >= size)
        return false;
    memcpy(target, word, strlen(word) + 1);
    return true;
}

static bool take_u64(char **at, char end, uint64_t *value)
{
    const char *word = take_word(at, end);

    return word && number_parse_u64(word, value) == STATUS_OK;
}

static bool take_i64(char **at, char end, int64_t *value)
{
    const char *word = take_word(at, end);

    return word && number_parse_i64(word, value) == STATUS_OK;
}

static bool take_digest(char **at, char end, struct digest *digest)
{
    const char *word = take_word(at, end);

    return word && hex_decode(digest->bytes, DIGEST_BYTES, word) == STATUS_OK;
}

static bool parse_segment(char **at, struct progress_segment *segment)
{
    uint64_t pieces = 0;
    const char *sm3 = NULL;

    if (!copy_word(segment->camera, sizeof(segment->camera), take_named(at, "segment", ' ')) ||
        !copy_word(segment->id, sizeof(segment->id), take_word(at, ' ')) ||
        !take_u64(at, ' ', &segment->size) || !take_u64(at, ' ', &pieces) ||
        !take_i64(at, ' ', &segment->start_utc_ns) || !take_i64(at, ' ', &segment->end_utc_ns) ||
        !take_digest(at, ' ', &segment->roots.sha256))
        return false;
    sm3 = take_word(at, '\n');
    segment->roots.has_sm3 = sm3 && strcmp(sm3, "-") != 0;
    segment->pieces = (uint32_t)pieces;
    return sm3 && pieces <= PIECE_LIST_MAX && camera_id_is_valid(segment->camera) &&
           segment_id_is_valid(segment->id) &&
           (!segment->roots.has_sm3 ||
            hex_decode(segment->roots.sm3.bytes, DIGEST_BYTES, sm3) == STATUS_OK);
}

static bool parse_lines(char *text, struct progress_note *note)
{
    char *at = text + strlen(FIRST_LINE);
    const char *sequence = NULL;
    const char *time = NULL;
    const char *size = NULL;

    if (strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0 ||
        !copy_word(note->origin, sizeof(note->origin), take_named(&at, "origin", '\n')) ||
        !copy_word(note->boot_id, sizeof(note->boot_id), take_named(&at, "boot", '\n')))
        return false;
    sequence = take_named(&at, "sequence", '\n');
    time = take_named(&at, "time", '\n');
    size = take_named(&at, "checkpoint", ' ');
    if (!sequence || number_parse_u64(sequence, &note->sequence) != STATUS_OK || !time ||
        time_parse(time, &note->at_utc_ns) != STATUS_OK || !size ||
        number_parse_u64(size, &note->checkpoint_size) != STATUS_OK ||
        !take_digest(&at, '\n', &note->checkpoint_root))
        return false;
    while (*at != '\0') {
        if (note->count == PROGRESS_SEGMENTS_MAX ||
            !parse_segment(&at, &note->segments[note->count]))
            return false;
        note->count++;
    }
    return true;
}

/* Parses, and holds the result against the one way to write it. */
static enum status parse_text(struct bytes text, struct progress_note *note, struct error *error)
{
    struct buffer copy __attribute__((cleanup(buffer_release))) = {0};
    struct buffer again __attribute__((cleanup(buffer_release))) = {0};

    memset(note, 0, sizeof(*note));
    if (buffer_append(&copy, text.data, text.size) != STATUS_OK ||
        buffer_append(&copy, "", 1) != STATUS_OK)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a progress note");
    if (memchr(text.data, '\0', text.size) || !parse_lines((char *)copy.data, note))
        return error_set(error, STATUS_INVALID, "the progress note is malformed");
    if (format_note(note, &again) != STATUS_OK)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a progress note");
    if (!bytes_equal(buffer_bytes(&again), text))
        return error_set(error, STATUS_INVALID, "the progress note is malformed");
    return STATUS_OK;
}

enum status progress_verify(const struct suite *suite, const struct public_key *key,
                            const char *origin, struct bytes bytes, struct progress_note *note,
                            struct error *error)
{
    struct bytes text = {0};
    enum status status = STATUS_OK;

    if (bytes.size > PROGRESS_SIZE_MAX)
        return error_set(error, STATUS_INVALID, "the progress note is too long");
    status = note_verify(suite, key, origin, bytes, &text, error);
    if (status == STATUS_OK)
        status = parse_text(text, note, error);
    if (status == STATUS_OK && strcmp(note->origin, origin) != 0)
        return error_set(error, STATUS_MISMATCH, "the progress note is of another ledger");
    return status;
}

static enum status read_slot(int directory, int slot, const struct suite *suite,
                             const struct public_key *key, const char *origin,
                             struct progress_found *found, struct progress_note *note,
                             struct error *error)
{
    struct buffer bytes __attribute__((cleanup(buffer_release))) = {0};
    struct error why = {0};
    enum status status =
        file_read(directory, progress_slot_names[slot], PROGRESS_SIZE_MAX, &bytes, &why);

    found->state[slot] = PROGRESS_ABSENT;
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (status == STATUS_IO || status == STATUS_NO_MEMORY)
        return error_set_errno(error, status, why.errno_value, "cannot read %s",
                               progress_slot_names[slot]);
    if (status == STATUS_OK)
        status = progress_verify(suite, key, origin, buffer_bytes(&bytes), note, &why);
    found->state[slot] = status == STATUS_OK ? PROGRESS_VALID : PROGRESS_INVALID;
    if (status != STATUS_OK)
        snprintf(found->detail, sizeof(found->detail), "%s: %.200s", progress_slot_names[slot],
                 why.text);
    return STATUS_OK;
}

enum status progress_read(int directory, const struct suite *suite, const struct public_key *key,
                          const char *origin, struct progress_found *found, struct error *error)
{
    struct progress_note *note = calloc(1, sizeof(*note));
    enum status status = STATUS_OK;

    memset(found, 0, sizeof(*found));
    found->newest = -1;
    if (!note)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a progress note");
    for (int slot = 0; slot < PROGRESS_SLOTS && status == STATUS_OK; slot++) {
        status = read_slot(directory, slot, suite, key, origin, found, note, error);
        if (status == STATUS_OK && found->state[slot] == PROGRESS_VALID &&
            (found->newest < 0 || note->sequence > found->note.sequence)) {
            found->newest = slot;
            found->note = *note;
        }
    }
    free(note);
    return status;
}

enum status progress_write(int directory, int slot, struct bytes bytes, struct error *error)
{
    const char *name = progress_slot_names[slot];
    AUTO_CLOSE int file = -1;
    enum status status = file_open_regular(directory, name, O_WRONLY | O_NOFOLLOW, &file, error);
    bool made = status == STATUS_NOT_FOUND;

    if (made) {
        file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        status = file >= 0 ? STATUS_OK
                           : error_set_errno(error, errno == ENOSPC ? STATUS_FULL : STATUS_IO,
                                             errno, "cannot open %s", name);
    }
    if (status != STATUS_OK)
        return status;
    status = file_write_all(file, bytes, error);
    if (status != STATUS_OK)
        return status;
    if (ftruncate(file, (off_t)bytes.size) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot cut %s to its length", name);
    status = file_sync(file, name, error);
    if (status == STATUS_OK && made)
        status = directory_sync(directory, name, error);
    return status;
}
