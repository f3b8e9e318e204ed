/*
 * How numbers, times and digests stand in the JSON of a record: always as strings, for RFC 7493
 * 2.2 promises nothing about numbers beyond 2^53.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/number.h"
#include "ledger/record.h"

json_t *json_u64(uint64_t value)
{
    char text[NUMBER_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    return json_string(text);
}

json_t *json_i64(int64_t value)
{
    char text[NUMBER_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    return json_string(text);
}

json_t *json_time(int64_t utc_ns)
{
    char text[TIME_TEXT_SIZE];
    time_format(text, utc_ns);
    return json_string(text);
}

json_t *json_digest(const struct digest *digest)
{
    char text[2 * DIGEST_BYTES + 1];
    hex_encode(text, digest->bytes, sizeof digest->bytes);
    return json_string(text);
}

const char *json_get_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

enum status json_get_u64(const json_t *object, const char *key, uint64_t *value)
{
    const char *text = json_get_text(object, key);
    return text == NULL ? STATUS_INVALID : number_parse_u64(text, value);
}

enum status json_get_i64(const json_t *object, const char *key, int64_t *value)
{
    const char *text = json_get_text(object, key);
    return text == NULL ? STATUS_INVALID : number_parse_i64(text, value);
}

enum status json_get_time(const json_t *object, const char *key, int64_t *utc_ns)
{
    const char *text = json_get_text(object, key);
    return text == NULL ? STATUS_INVALID : time_parse(text, utc_ns);
}

enum status json_get_digest(const json_t *object, const char *key, struct digest *digest)
{
    const char *text = json_get_text(object, key);
    return text == NULL ? STATUS_INVALID : hex_decode(digest->bytes, sizeof digest->bytes, text);
}

json_t *json_ids(const char *ids)
{
    json_t *list = json_array();
    while (*ids != '\0') {
        size_t size = strcspn(ids, " ");
        if (size > 0)
            json_array_append_new(list, json_stringn(ids, size));
        ids += size + (ids[size] == ' ');
    }
    return list;
}
