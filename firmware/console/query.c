#include "firmware/console/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character off `text`; -1 for an escape that is none. */
static int take_character(struct reader *text)
{
    uint8_t c = read_u8(text);
    if (c != '%')
        return c == '+' ? ' ' : c;
    int high = hex_value(read_u8(text));
    int low = hex_value(read_u8(text));
    return text->failed || high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decodes into *at, ends it with a NUL, and moves *at behind it. */
static enum status decode(struct bytes text, char **at)
{
    struct reader reader = reader_of(text);
    char *begin = *at;
    while (reader_left(&reader) > 0) {
        int c = take_character(&reader);
        if (c < 0)
            return STATUS_INVALID;
        *(*at)++ = (char)c;
    }
    struct bytes decoded = {(const uint8_t *)begin, (size_t)(*at - begin)};
    *(*at)++ = '\0';
    return utf8_is_clean(decoded, false) ? STATUS_OK : STATUS_INVALID;
}

static bool has(const struct query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++)
        if (strcmp(query->items[i].name, name) == 0)
            return true;
    return false;
}

static enum status read_item(struct bytes item, const char *names, struct query *query, char **at,
                             struct error *error)
{
    const uint8_t *equals = memchr(item.data, '=', item.size);
    size_t size = equals == NULL ? item.size : (size_t)(equals - item.data);
    struct bytes name = {item.data, size};
    struct bytes value = {item.data, 0};
    if (equals != NULL)
        value = (struct bytes){equals + 1, item.size - size - 1};
    char *name_text = *at;
    enum status status = decode(name, at);
    char *value_text = *at;
    if (status == STATUS_OK)
        status = decode(value, at);
    if (status != STATUS_OK)
        return error_set(error, STATUS_INVALID, "the address is not well-formed");
    if (strchr(name_text, ' ') != NULL || !text_names(names, name_text))
        return error_set(error, STATUS_INVALID, "the address asks for something that is not known");
    if (has(query, name_text) || query->count == QUERY_ITEMS_MAX)
        return error_set(error, STATUS_INVALID, "the address says something twice");
    query->items[query->count].name = name_text;
    query->items[query->count++].value = value_text;
    return STATUS_OK;
}

enum status query_read(struct bytes text, const char *names, struct query *query,
                       struct error *error)
{
    char *at = query->text;
    query->count = 0;
    /* Decoded it is no longer; each item has two NULs in place of its '=' and its '&'. */
    if (text.size > QUERY_SIZE_MAX)
        return error_set(error, STATUS_INVALID, "the address is too long");
    size_t begin = 0;
    while (begin < text.size) {
        const uint8_t *end = memchr(text.data + begin, '&', text.size - begin);
        size_t size = end == NULL ? text.size - begin : (size_t)(end - text.data) - begin;
        struct bytes item = {text.data + begin, size};
        enum status status = size == 0 ? STATUS_INVALID : read_item(item, names, query, &at, error);
        if (size == 0)
            return error_set(error, STATUS_INVALID, "the address is not well-formed");
        if (status != STATUS_OK)
            return status;
        begin += size + 1;
    }
    return STATUS_OK;
}

const char *query_text(const struct query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++)
        if (strcmp(query->items[i].name, name) == 0)
            return query->items[i].value;
    return "";
}

enum status query_number(const struct query *query, const char *name, int64_t least, int64_t most,
                         int64_t absent, int64_t *number, struct error *error)
{
    const char *text = query_text(query, name);
    char *end = NULL;
    *number = absent;
    if (text[0] == '\0')
        return STATUS_OK;
    errno = 0;
    long long said = strtoll(text, &end, 10);
    bool is_plain = (text[0] >= '0' && text[0] <= '9') || text[0] == '-';
    if (!is_plain || *end != '\0' || errno != 0 || said < least || said > most)
        return error_set(error, STATUS_INVALID, "%s is no number that is allowed", name);
    *number = said;
    return STATUS_OK;
}
