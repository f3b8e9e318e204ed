#include "ledger/note.h"

#include <string.h>

#define KEY_ID_SIZE      4
#define SIGNATURE_PREFIX "\xe2\x80\x94 " /* U+2014, U+0020 */
#define SM2_LONG_TYPE                                                                              \
    "\xff"                                                                                         \
    "sealroom SM2-SM3 signed note v1"

/* The white space of Unicode that is not a control character. */
static const char *const spaces[] = {
    " ",
    "\xc2\x85",
    "\xc2\xa0",
    "\xe1\x9a\x80",
    "\xe2\x80\x80",
    "\xe2\x80\x81",
    "\xe2\x80\x82",
    "\xe2\x80\x83",
    "\xe2\x80\x84",
    "\xe2\x80\x85",
    "\xe2\x80\x86",
    "\xe2\x80\x87",
    "\xe2\x80\x88",
    "\xe2\x80\x89",
    "\xe2\x80\x8a",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xe2\x80\xaf",
    "\xe2\x81\x9f",
    "\xe3\x80\x80",
};

bool note_name_is_valid(const char *name)
{
    if (*name == '\0' || strchr(name, '+') != NULL || !utf8_is_clean(bytes_of_text(name), false)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        if (strstr(name, spaces[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static void key_id_nist(const char *name, struct bytes spki, struct digest *digest)
{
    (void)name;
    digest_of(DIGEST_SHA256, spki, digest);
}

static void key_id_sm(const char *name, struct bytes spki, struct digest *digest)
{
    const struct bytes parts[] = {bytes_of_text(name), bytes_of_text("\n"),
                                  bytes_of_text(SM2_LONG_TYPE), spki};
    digest_of_parts(DIGEST_SHA256, parts, sizeof(parts) / sizeof(parts[0]), digest);
}

struct signature_type {
    const char *suite;
    void (*key_id)(const char *name, struct bytes spki, struct digest *digest);
};

static const struct signature_type signature_types[] = {
    {"sm", key_id_sm},
    {"nist", key_id_nist},
};

static void key_id(const struct suite *suite, const char *name, const struct public_key *key,
                   uint8_t id[KEY_ID_SIZE])
{
    struct digest digest = {{0}};
    for (size_t i = 0; i < sizeof(signature_types) / sizeof(signature_types[0]); i++) {
        if (suite == suite_named(signature_types[i].suite)) {
            signature_types[i].key_id(name, public_key_spki(key), &digest);
        }
    }
    memcpy(id, digest.bytes, KEY_ID_SIZE);
}

enum status note_sign(struct device_key *key, const char *name, struct buffer *note,
                      struct error *error)
{
    struct bytes text = buffer_bytes(note);
    if (!note_name_is_valid(name) || text.size == 0 || text.data[text.size - 1] != '\n' ||
        !utf8_is_clean(text, true)) {
        return error_set(error, STATUS_INVALID, "this text cannot be signed as a note");
    }
    uint8_t signature[KEY_ID_SIZE + SIGNATURE_SIZE_MAX];
    size_t size = 0;
    key_id(device_key_suite(key), name, device_key_public(key), signature);
    enum status status = device_key_sign(key, text, signature + KEY_ID_SIZE, &size, error);
    if (status != STATUS_OK) {
        return status;
    }
    status = buffer_append_format(note, "\n" SIGNATURE_PREFIX "%s ", name);
    if (status == STATUS_OK) {
        status = base64_append(note, (struct bytes){signature, KEY_ID_SIZE + size});
    }
    if (status == STATUS_OK) {
        status = buffer_append_text(note, "\n");
    }
    return status == STATUS_OK ? STATUS_OK : error_set(error, status, "no memory for a note");
}

/* Where the signature lines begin; 0 if there is no empty line before them. */
static size_t signatures_begin(struct bytes note)
{
    for (size_t at = note.size; at >= 2; at--) {
        if (note.data[at - 1] == '\n' && note.data[at - 2] == '\n') {
            return at;
        }
    }
    return 0;
}

struct signature_line {
    struct bytes name;
    struct buffer value; /* key id, signature */
};

/* Takes one line, without its newline, apart. */
static enum status line_parse(struct bytes line, struct signature_line *parsed)
{
    const size_t prefix = sizeof(SIGNATURE_PREFIX) - 1;
    if (line.size <= prefix || memcmp(line.data, SIGNATURE_PREFIX, prefix) != 0) {
        return STATUS_INVALID;
    }
    const uint8_t *name = line.data + prefix;
    const uint8_t *space = memchr(name, ' ', line.size - prefix);
    if (space == NULL || space == name) {
        return STATUS_INVALID;
    }
    parsed->name = (struct bytes){name, (size_t)(space - name)};
    const size_t value_at = (size_t)(space + 1 - line.data);
    enum status status =
        base64_decode((struct bytes){line.data + value_at, line.size - value_at}, &parsed->value);
    if (status == STATUS_OK && parsed->value.size <= KEY_ID_SIZE) {
        status = STATUS_INVALID;
    }
    return status;
}

/* Called for each signature line, until it returns other than STATUS_OK. */
typedef enum status line_judge(void *context, const struct signature_line *line);

static enum status each_line(struct bytes lines, line_judge *judge, void *context)
{
    struct signature_line line = {0};
    enum status status = STATUS_OK;
    unsigned count = 0;

    while (status == STATUS_OK && lines.size > 0) {
        const uint8_t *end = memchr(lines.data, '\n', lines.size);
        if (end == NULL || ++count > NOTE_SIGNATURES_MAX) {
            status = STATUS_INVALID;
            break;
        }
        size_t length = (size_t)(end - lines.data);
        status = line_parse((struct bytes){lines.data, length}, &line);
        if (status == STATUS_OK) {
            status = judge(context, &line);
        }
        lines.data += length + 1;
        lines.size -= length + 1;
    }
    buffer_release(&line.value);
    return status == STATUS_OK && count == 0 ? STATUS_INVALID : status;
}

/* Checks the form, and lets `judge` see each signature line. */
static enum status note_split(struct bytes note, struct bytes *text, line_judge *judge,
                              void *context)
{
    size_t begin = signatures_begin(note);
    if (begin < 2 || !utf8_is_clean(note, true)) {
        return STATUS_INVALID;
    }
    *text = (struct bytes){note.data, begin - 1};
    return each_line((struct bytes){note.data + begin, note.size - begin}, judge, context);
}

static enum status no_note(enum status status, struct error *error)
{
    return error_set(error, status,
                     status == STATUS_NO_MEMORY ? "no memory for a note"
                                                : "this is not a signed note");
}

static enum status judge_nothing(void *context, const struct signature_line *line)
{
    (void)context;
    (void)line;
    return STATUS_OK;
}

enum status note_text(struct bytes note, struct bytes *text, struct error *error)
{
    struct bytes found;
    enum status status = note_split(note, &found, judge_nothing, NULL);
    if (status != STATUS_OK) {
        return no_note(status, error);
    }
    *text = found;
    return STATUS_OK;
}

struct verification {
    const struct public_key *key;
    struct bytes name;
    uint8_t id[KEY_ID_SIZE];
    struct bytes text;
    bool found;
};

static enum status judge_ours(void *context, const struct signature_line *line)
{
    struct verification *verification = context;
    if (!bytes_equal(line->name, verification->name) ||
        memcmp(line->value.data, verification->id, KEY_ID_SIZE) != 0) {
        return STATUS_OK;
    }
    verification->found = true;
    struct bytes signature = {line->value.data + KEY_ID_SIZE, line->value.size - KEY_ID_SIZE};
    return public_key_verify(verification->key, verification->text, signature, NULL);
}

enum status note_verify(const struct suite *suite, const struct public_key *key, const char *name,
                        struct bytes note, struct bytes *text, struct error *error)
{
    struct verification verification = {.key = key, .name = bytes_of_text(name)};
    key_id(suite, name, key, verification.id);
    enum status status = note_split(note, &verification.text, judge_ours, &verification);
    if (status == STATUS_MISMATCH) {
        return error_set(error, status, "the note's signature does not fit its text");
    }
    if (status != STATUS_OK) {
        return no_note(status, error);
    }
    if (!verification.found) {
        return error_set(error, STATUS_NOT_FOUND, "the note is not signed by %s with this key",
                         name);
    }
    *text = verification.text;
    return STATUS_OK;
}
