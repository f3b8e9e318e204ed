/*
 *   sealroom custody v1
 *   <time> <package's digest> <digest of the line before> <verdict> <name>
 *
 * Digests are of the package's suite, of lines without their newline.
 */
#include "evidence/custody.h"

#include <string.h>

#include "audit/verdict_word.h"
#include "base/utf8.h"
#include "evidence/text_line.h"

#define FIRST_LINE   "sealroom custody v1"
#define VERDICT_SIZE 16

/* The next line without its newline; false if there is no whole one. */
static bool next_line(struct bytes *text, struct bytes *line)
{
    const uint8_t *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    if (end == NULL) {
        return false;
    }
    *line = (struct bytes){text->data, (size_t)(end - text->data)};
    text->size -= line->size + 1;
    text->data = end + 1;
    return true;
}

static bool follows(struct bytes bytes, const struct digest *before, struct digest *package)
{
    struct text_line line = text_line_of(bytes);
    struct digest previous;
    char at[TIME_TEXT_SIZE];
    char verdict[VERDICT_SIZE];
    int64_t at_utc_ns = 0;
    text_word(&line, at, sizeof(at));
    text_digest(&line, package);
    text_digest(&line, &previous);
    text_word(&line, verdict, sizeof(verdict));
    return !line.failed && line.rest.size > 0 && line.rest.size < CUSTODY_NAME_SIZE &&
           utf8_is_clean(line.rest, false) && audit_verdict_is_named(verdict) &&
           time_parse(at, &at_utc_ns) == STATUS_OK && digest_equal(&previous, before);
}

void custody_judge(enum digest_algorithm algorithm, struct bytes text, const struct digest *package,
                   struct custody_state *state)
{
    struct bytes line;
    struct digest before;
    unsigned number = 1;
    *state = (struct custody_state){0};
    if (!next_line(&text, &line) || !bytes_equal(line, bytes_of_text(FIRST_LINE))) {
        state->broken = number;
        return;
    }
    while (text.size > 0) {
        struct digest spoken;
        digest_of(algorithm, line, &before);
        number++;
        if (!next_line(&text, &line) || !follows(line, &before, &spoken)) {
            state->broken = number;
            return;
        }
        state->acts++;
        state->is_other = state->is_other || !digest_equal(&spoken, package);
    }
}

/* The last line of a text that was judged; empty if there is none. */
static struct bytes last_line(struct bytes text)
{
    struct bytes line = {0};
    while (next_line(&text, &line)) {
    }
    return line;
}

bool custody_name_is_valid(const char *name)
{
    struct bytes bytes = bytes_of_text(name);
    return bytes.size < CUSTODY_NAME_SIZE && utf8_is_legible(bytes);
}

enum status custody_append(enum digest_algorithm algorithm, const struct custody_act *act,
                           struct buffer *text, struct error *error)
{
    struct custody_state state;
    struct digest before;
    char at[TIME_TEXT_SIZE];
    char package[2 * DIGEST_BYTES + 1];
    char previous[2 * DIGEST_BYTES + 1];
    if (!custody_name_is_valid(act->name)) {
        return error_set(error, STATUS_INVALID, CUSTODY_BAD_NAME);
    }
    enum status status = text->size == 0 ? buffer_append_text(text, FIRST_LINE "\n") : STATUS_OK;
    if (status != STATUS_OK) {
        return error_set(error, status, "no memory for the custody");
    }
    custody_judge(algorithm, buffer_bytes(text), &act->package, &state);
    if (state.broken != 0) {
        return error_set(error, STATUS_INVALID, "line %u is malformed", state.broken);
    }
    if (state.is_other) {
        return error_set(error, STATUS_INVALID, "it speaks of another package");
    }
    digest_of(algorithm, last_line(buffer_bytes(text)), &before);
    time_format(at, act->at_utc_ns);
    hex_encode(package, act->package.bytes, DIGEST_BYTES);
    hex_encode(previous, before.bytes, DIGEST_BYTES);
    status = buffer_append_format(text, "%s %s %s %s %s\n", at, package, previous, act->verdict,
                                  act->name);
    if (status != STATUS_OK) {
        return error_set(error, status, "no memory for the custody");
    }
    return text->size <= CUSTODY_SIZE_MAX ? STATUS_OK
                                          : error_set(error, STATUS_FULL, "the custody is full");
}
