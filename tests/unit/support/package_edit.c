#include "package_edit.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/manifest.h"
#include "ledger/merkle.h"

static const char *line_of(const char *text, const char *begin)
{
    for (const char *at = text; at != NULL && *at != '\0'; at = strchr(at, '\n') + 1) {
        if (strncmp(at, begin, strlen(begin)) == 0) {
            return at;
        }
        if (strchr(at, '\n') == NULL) {
            break;
        }
    }
    return NULL;
}

void package_edit_lines(void *context, const char *name, struct buffer *content)
{
    struct package_edit *edit = context;
    struct buffer made = {0};
    if (strcmp(name, edit->member) != 0) {
        return;
    }
    assert_int_equal(buffer_append(content, "", 1), STATUS_OK);
    const char *text = (const char *)content->data;
    const char *begin = edit->after != NULL ? strstr(text, edit->after) : text;
    begin = begin != NULL ? line_of(begin, edit->from) : NULL;
    const char *end = begin;
    for (unsigned i = 0; i < edit->lines && end != NULL; i++) {
        end = strchr(end, '\n');
        end = end != NULL ? end + 1 : NULL;
    }
    if (end == NULL) {
        fail_msg("%s has no such lines", name);
        return;
    }
    const char *hash = edit->to != NULL ? strstr(edit->to, "%h") : NULL;
    assert_int_equal(buffer_append(&made, text, (size_t)(begin - text)), STATUS_OK);
    if (hash != NULL) {
        const char *stated = strchr(begin, '\n') - 64;
        assert_int_equal(buffer_append(&made, edit->to, (size_t)(hash - edit->to)), STATUS_OK);
        assert_int_equal(buffer_append(&made, stated, 64), STATUS_OK);
        assert_int_equal(buffer_append_text(&made, hash + 2), STATUS_OK);
    } else if (edit->to != NULL) {
        assert_int_equal(buffer_append_text(&made, edit->to), STATUS_OK);
    }
    assert_int_equal(buffer_append_text(&made, end), STATUS_OK);
    buffer_release(content);
    *content = made;
    edit->done = true;
}

/* The line of the fragment that is meant. */
static const char *fragment_line(const char *text, const struct package_retiming *retiming)
{
    const char *line = strstr(text, retiming->clip);
    for (unsigned i = 0; i <= retiming->fragment && line != NULL; i++) {
        line = strchr(line, '\n');
        line = line != NULL ? line_of(line + 1, "piece 2 ") : NULL;
    }
    return line;
}

void package_retime(void *context, const char *name, struct buffer *content)
{
    struct package_retiming *retiming = context;
    struct buffer made = {0};
    if (strcmp(name, "proof/clips.txt") != 0) {
        return;
    }
    assert_int_equal(buffer_append(content, "", 1), STATUS_OK);
    const char *text = (const char *)content->data;
    const char *line = fragment_line(text, retiming);
    const char *end = line != NULL ? strchr(line, '\n') : NULL;
    if (end == NULL) {
        fail_msg("%s has no such fragment", retiming->clip);
        return;
    }
    const char *duration = memrchr(line, ' ', (size_t)(end - line));
    const char *start = memrchr(line, ' ', (size_t)(duration - line));
    assert_int_equal(buffer_append(&made, text, (size_t)(start - text)), STATUS_OK);
    assert_int_equal(
        buffer_append_format(&made, " %" PRId64 " %" PRId64 "%s",
                             (int64_t)strtoll(start, NULL, 10) + retiming->later_ns,
                             (int64_t)strtoll(duration, NULL, 10) + retiming->longer_ns, end),
        STATUS_OK);
    buffer_release(content);
    *content = made;
    retiming->done = true;
}

void package_withhold(void *context, const char *name, struct buffer *content)
{
    struct buffer made = {0};
    if (strcmp(name, "proof/records.txt") != 0) {
        return;
    }
    (void)context;
    assert_int_equal(buffer_append(content, "", 1), STATUS_OK);
    const char *text = (const char *)content->data;
    const char *begin = line_of(text, "run ");
    assert_non_null(begin);
    const char *body = strchr(strchr(begin, '\n') + 1, '\n') + 1;
    assert_int_equal(buffer_append(&made, text, (size_t)(begin - text)), STATUS_OK);
    assert_int_equal(buffer_append_text(&made, "head"), STATUS_OK);
    assert_int_equal(buffer_append(&made, begin + 3, (size_t)(body - begin - 3)), STATUS_OK);
    assert_int_equal(buffer_append_text(&made, strchr(body, '\n') + 1), STATUS_OK);
    buffer_release(content);
    *content = made;
}

void package_add_signature(void *context, const char *name, struct buffer *content)
{
    (void)context;
    if (strcmp(name, MANIFEST_NAME) == 0) {
        assert_int_equal(buffer_append_text(content, "\xe2\x80\x94 someone AAAAAAAA\n"), STATUS_OK);
    }
}

void package_edit_nothing(void *context, const char *name, struct buffer *content)
{
    (void)context;
    (void)name;
    (void)content;
}

void package_add_record(void *context, const char *name, struct buffer *content)
{
    const enum digest_algorithm *algorithm = context;
    struct buffer made = {0};
    struct digest leaf;
    char hash[2 * DIGEST_BYTES + 1];
    if (strcmp(name, PROOF_RECORDS) != 0) {
        return;
    }
    assert_int_equal(buffer_append(content, "", 1), STATUS_OK);
    const char *text = (const char *)content->data;
    const char *size = line_of(text, "size ");
    const char *run = line_of(text, "run ");
    if (size == NULL || run == NULL) {
        fail_msg("there is no record");
        return;
    }
    const char *head = strchr(run, '\n') + 1;
    const char *body = strchr(head, '\n') + 1;
    const char *end = strchr(body, '\n') + 1;
    unsigned long count = strtoul(size + strlen("size "), NULL, 10);
    merkle_leaf(*algorithm, (struct bytes){(const uint8_t *)head, (size_t)(body - head - 1)},
                &leaf);
    hex_encode(hash, leaf.bytes, DIGEST_BYTES);
    assert_int_equal(buffer_append(&made, text, (size_t)(size - text)), STATUS_OK);
    assert_int_equal(buffer_append_format(&made, "size %lu\n%sbeside %lu %s\n", count + 1,
                                          strchr(size, '\n') + 1, count, hash),
                     STATUS_OK);
    assert_int_equal(buffer_append(&made, head, (size_t)(end - head)), STATUS_OK);
    buffer_release(content);
    *content = made;
}
