/* A record's two lines, as a ledger or a package would hold them. */
#include <string.h>

#include "fuzz.h"
#include "ledger/record.h"

static void read_members(const json_t *body)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)body, key, value)
    {
        uint64_t u64 = 0;
        int64_t i64 = 0;
        struct digest digest;
        (void)!json_get_u64(body, key, &u64);
        (void)!json_get_i64(body, key, &i64);
        (void)!json_get_time(body, key, &i64);
        (void)!json_get_digest(body, key, &digest);
        (void)json_get_text(body, key);
    }
}

/* A head that was taken is the one its values make: there is no second way to write it. */
static void check_head(const struct record_head *head, struct bytes line)
{
    struct record_head copy = *head;
    struct buffer head_line = {0};
    struct buffer body_line = {0};
    json_t *members = json_object();
    MUST(record_make(DIGEST_SHA256, &copy, members, &head_line, &body_line, NULL) == STATUS_OK);
    /* All but the body's digest, 64 digits and two characters at the end. */
    MUST(head_line.size == line.size && line.size > 66);
    MUST(memcmp(head_line.data, line.data, line.size - 66) == 0);
    json_decref(members);
    buffer_release(&head_line);
    buffer_release(&body_line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t head_size = newline != NULL ? (size_t)(newline - data) : size;
    struct bytes head_line = {data, head_size};
    struct bytes body_line = {data + head_size, 0};
    if (newline != NULL) {
        body_line = (struct bytes){newline + 1, size - head_size - 1};
    }
    struct record_head head;
    if (record_head_parse(head_line, &head, NULL) == STATUS_OK) {
        check_head(&head, head_line);
        (void)!record_body_check(DIGEST_SHA256, &head, body_line, NULL);
        (void)!record_body_check(DIGEST_SM3, &head, body_line, NULL);
    }
    json_t *body = NULL;
    if (record_body_parse(body_line, &body, NULL) == STATUS_OK) {
        read_members(body);
        json_decref(body);
    }
    return 0;
}
