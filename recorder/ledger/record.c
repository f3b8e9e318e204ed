/*
 * The head, byte for byte: one line, in exactly this order and form, no blanks, no escapes.
 *
 *   {"kind":"K","source":"S","seq":"N","at":"T","boot":"B","monotonic":"M","clock":"C","body":"D"}
 *
 *   K  a name of vocabulary.c       S  ID or ID/ID, an ID being [a-z0-9][a-z0-9-]{0,31}
 *   N  decimal, from 1              T  2026-11-22T08:13:42.000000123Z
 *   B  36 of [0-9a-f-]              M  decimal nanoseconds
 *   C  synced or unsynced           D  64 lower-case hexadecimal digits
 *
 * One form and no other, so that a head can be read without a JSON parser and two programs can
 * never read it in two ways.
 *
 * The body: one line, a JSON object without blanks, its first member "salt": 32 lower-case
 * hexadecimal digits. No member is a real number, no integer exceeds 2^53 - 1 in size.
 */
#include "ledger/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/number.h"

#define SALT_BYTES     16
#define MEMBERS_DEPTH  16
#define SAFE_INTEGER   ((INT64_C(1) << 53) - 1)
#define HEAD_TEXT_SIZE 80 /* longest value of a head's member, the digest, and some room */

static bool is_id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Length of the ID that `text` begins with; 0 if there is none. */
static size_t id_length(const char *text)
{
    if (!is_id_character(text[0])) {
        return 0;
    }
    size_t length = 1;
    while (is_id_character(text[length]) || text[length] == '-') {
        length++;
    }
    return length <= 32 ? length : 0;
}

static enum status parse_kind(const char *text, struct record_head *head)
{
    const struct word *word = word_record_kind_named(text);
    head->kind = word != NULL ? (enum record_kind)word->code : RECORD_KIND_UNKNOWN;
    return word != NULL || word_is_formed(text) ? STATUS_OK : STATUS_INVALID;
}

static enum status parse_source(const char *text, struct record_head *head)
{
    size_t size = strlen(text);
    size_t first = id_length(text);
    size_t second = text[first] == '/' ? id_length(text + first + 1) : 0;
    size_t whole = second == 0 ? first : first + 1 + second;
    if (first == 0 || size >= sizeof head->source || whole != size) {
        return STATUS_INVALID;
    }
    memcpy(head->source, text, size + 1);
    return STATUS_OK;
}

static enum status parse_seq(const char *text, struct record_head *head)
{
    enum status status = number_parse_u64(text, &head->seq);
    return status == STATUS_OK && head->seq == 0 ? STATUS_INVALID : status;
}

static enum status parse_at(const char *text, struct record_head *head)
{
    return time_parse(text, &head->at_utc_ns);
}

static enum status parse_boot(const char *text, struct record_head *head)
{
    if (strlen(text) != BOOT_ID_SIZE - 1 || strspn(text, "0123456789abcdef-") != BOOT_ID_SIZE - 1) {
        return STATUS_INVALID;
    }
    memcpy(head->boot_id, text, BOOT_ID_SIZE);
    return STATUS_OK;
}

static enum status parse_monotonic(const char *text, struct record_head *head)
{
    return number_parse_i64(text, &head->monotonic_ns);
}

static enum status parse_clock(const char *text, struct record_head *head)
{
    bool synced = strcmp(text, "synced") == 0;
    if (!synced && strcmp(text, "unsynced") != 0) {
        return STATUS_INVALID;
    }
    head->quality = synced ? CLOCK_SYNCED : CLOCK_UNSYNCED;
    return STATUS_OK;
}

static enum status parse_body(const char *text, struct record_head *head)
{
    return hex_decode(head->body.bytes, sizeof head->body.bytes, text);
}

/* The members in their order: what stands before the value, and how the value is read. */
static const struct head_member {
    const char *name;
    const char *before;
    enum status (*parse)(const char *text, struct record_head *head);
} head_members[] = {
    {"kind", "{\"kind\":\"", parse_kind},
    {"source", "\",\"source\":\"", parse_source},
    {"seq", "\",\"seq\":\"", parse_seq},
    {"at", "\",\"at\":\"", parse_at},
    {"boot", "\",\"boot\":\"", parse_boot},
    {"monotonic", "\",\"monotonic\":\"", parse_monotonic},
    {"clock", "\",\"clock\":\"", parse_clock},
    {"body", "\",\"body\":\"", parse_body},
};

#define HEAD_MEMBERS (sizeof head_members / sizeof head_members[0])

static bool take_literal(struct reader *reader, const char *literal)
{
    struct bytes there = read_bytes(reader, strlen(literal));
    return !reader->failed && bytes_equal(there, bytes_of_text(literal));
}

/* Up to the next quotation mark, which stays. */
static bool take_value(struct reader *reader, char value[HEAD_TEXT_SIZE])
{
    size_t size = 0;
    while (size < reader_left(reader) && reader->data[reader->at + size] != '"') {
        size++;
    }
    struct bytes there = read_bytes(reader, size);
    if (size >= HEAD_TEXT_SIZE || memchr(there.data, 0, size) != NULL) {
        return false;
    }
    memcpy(value, there.data, size);
    value[size] = 0;
    return true;
}

static enum status member_malformed(const char *name, struct error *error)
{
    return error_set(error, STATUS_INVALID, "the head's member \"%s\" is malformed", name);
}

enum status record_head_parse_any(struct bytes head_line, struct record_head *head,
                                  struct error *error)
{
    memset(head, 0, sizeof *head);
    if (head_line.size > HEAD_SIZE_MAX) {
        return error_set(error, STATUS_INVALID, "the head has %zu bytes, more than %d",
                         head_line.size, HEAD_SIZE_MAX);
    }
    struct reader reader = reader_of(head_line);
    for (size_t i = 0; i < HEAD_MEMBERS; i++) {
        char value[HEAD_TEXT_SIZE];
        if (!take_literal(&reader, head_members[i].before) || !take_value(&reader, value) ||
            head_members[i].parse(value, head) != STATUS_OK) {
            return member_malformed(head_members[i].name, error);
        }
    }
    if (!take_literal(&reader, "\"}") || reader_left(&reader) != 0) {
        return error_set(error, STATUS_INVALID, "the head does not end after \"body\"");
    }
    return STATUS_OK;
}

enum status record_head_parse(struct bytes head_line, struct record_head *head, struct error *error)
{
    enum status status = record_head_parse_any(head_line, head, error);
    return status == STATUS_OK && head->kind == RECORD_KIND_UNKNOWN
               ? member_malformed(head_members[0].name, error)
               : status;
}

/* I-JSON that reads the same everywhere: no reals, no integers beyond 2^53 - 1, no depth that
 * a recursive reader would fall over. */
static bool members_are_plain(const json_t *value, unsigned depth)
{
    if (depth > MEMBERS_DEPTH || json_is_real(value)) {
        return false;
    }
    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        return number >= -SAFE_INTEGER && number <= SAFE_INTEGER;
    }
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (!members_are_plain(json_array_get(value, i), depth + 1)) {
                return false;
            }
        }
    }
    if (json_is_object(value)) {
        json_t *object = (json_t *)value; /* the iterator reads only */
        for (void *at = json_object_iter(object); at != NULL;
             at = json_object_iter_next(object, at)) {
            if (!members_are_plain(json_object_iter_value(at), depth + 1)) {
                return false;
            }
        }
    }
    return true;
}

/* {"salt":…} and then the members; NULL if memory is short. */
static json_t *salted(const json_t *members)
{
    uint8_t salt[SALT_BYTES];
    char text[2 * SALT_BYTES + 1];
    random_fill(salt, sizeof salt);
    hex_encode(text, salt, sizeof salt);
    json_t *body = json_object();
    if (body == NULL || json_object_set_new(body, "salt", json_string(text)) != 0 ||
        json_object_update(body, (json_t *)members) != 0) {
        json_decref(body);
        return NULL;
    }
    return body;
}

static enum status make_body(const json_t *members, struct buffer *line, struct error *error)
{
    buffer_clear(line);
    if (!json_is_object(members) || json_object_get(members, "salt") != NULL ||
        !members_are_plain(members, 0)) {
        return error_set(error, STATUS_INVALID, "these members cannot stand in a record's body");
    }
    json_t *body = salted(members);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (text == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a record's body");
    }
    size_t size = strlen(text);
    enum status status =
        size > BODY_SIZE_MAX
            ? error_set(error, STATUS_INVALID, "the body would have %zu bytes, more than %zu", size,
                        BODY_SIZE_MAX)
            : buffer_append(line, text, size);
    free(text);
    return status;
}

static enum status make_head(const struct record_head *head, struct buffer *line)
{
    buffer_clear(line);
    const struct word *kind = word_record_kind(head->kind);
    if (kind == NULL) {
        return STATUS_INVALID;
    }
    char at[TIME_TEXT_SIZE];
    char body[2 * DIGEST_BYTES + 1];
    time_format(at, head->at_utc_ns);
    hex_encode(body, head->body.bytes, sizeof head->body.bytes);
    return buffer_append_format(
        line,
        "{\"kind\":\"%s\",\"source\":\"%s\",\"seq\":\"%" PRIu64 "\",\"at\":\"%s\","
        "\"boot\":\"%s\",\"monotonic\":\"%" PRId64 "\",\"clock\":\"%s\",\"body\":\"%s\"}",
        kind->name, head->source, head->seq, at, head->boot_id, head->monotonic_ns,
        head->quality == CLOCK_SYNCED ? "synced" : "unsynced", body);
}

enum status record_make(enum digest_algorithm algorithm, struct record_head *head,
                        const json_t *members, struct buffer *head_line, struct buffer *body_line,
                        struct error *error)
{
    enum status status = make_body(members, body_line, error);
    if (status != STATUS_OK) {
        return status;
    }
    digest_of(algorithm, buffer_bytes(body_line), &head->body);
    status = make_head(head, head_line);
    if (status != STATUS_OK) {
        return error_set(error, status, "a record's head could not be made");
    }
    /* What is written must be readable: a source or boot id that is not well-formed ends here. */
    struct record_head again;
    return record_head_parse(buffer_bytes(head_line), &again, error);
}

enum status record_body_check(enum digest_algorithm algorithm, const struct record_head *head,
                              struct bytes body_line, struct error *error)
{
    struct digest digest;
    digest_of(algorithm, body_line, &digest);
    if (!digest_equal(&digest, &head->body)) {
        return error_set(error, STATUS_MISMATCH,
                         "the body does not have the digest that stands in its head");
    }
    return STATUS_OK;
}

/* No blanks between tokens. Of a text that is JSON: a quotation mark begins or ends a string, but
 * for one behind a backslash. */
static bool is_compact(struct bytes line)
{
    bool in_string = false;
    for (size_t i = 0; i < line.size; i++) {
        uint8_t byte = line.data[i];
        if (!in_string && (byte == ' ' || byte == '\t' || byte == '\r')) {
            return false;
        }
        if (byte == '"') {
            in_string = !in_string;
        } else if (byte == '\\' && in_string) {
            i++;
        }
    }
    return true;
}

static bool begins_with_salt(struct bytes line)
{
    static const char first[] = "{\"salt\":\"";
    uint8_t salt[SALT_BYTES];
    char text[2 * SALT_BYTES + 1] = {0};
    struct reader reader = reader_of(line);
    if (!take_literal(&reader, first)) {
        return false;
    }
    struct bytes digits = read_bytes(&reader, sizeof text - 1);
    if (!take_literal(&reader, "\"")) {
        return false;
    }
    memcpy(text, digits.data, digits.size);
    return hex_decode(salt, sizeof salt, text) == STATUS_OK;
}

enum status record_body_parse(struct bytes body_line, json_t **body, struct error *error)
{
    *body = NULL;
    if (body_line.size == 0 || body_line.size > BODY_SIZE_MAX ||
        memchr(body_line.data, '\n', body_line.size) != NULL) {
        return error_set(error, STATUS_INVALID, "the body is empty, too long, or has a line break");
    }
    json_error_t problem;
    json_t *object =
        json_loadb((const char *)body_line.data, body_line.size, JSON_REJECT_DUPLICATES, &problem);
    if (object == NULL) {
        return error_set(error, STATUS_INVALID, "the body is not JSON: %s", problem.text);
    }
    bool is_plain = members_are_plain(object, 0) && is_compact(body_line);
    if (!is_plain || !begins_with_salt(body_line)) {
        json_decref(object);
        return error_set(error, STATUS_INVALID,
                         is_plain ? "the body has no well-formed salt"
                                  : "the body is not written as a record's body is");
    }
    *body = object;
    return STATUS_OK;
}
