#include "firmware/console/cookie.h"

#include <ctype.h>
#include <string.h>

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* Is it a pair of this name? If so, its value. */
static bool is_pair(struct bytes pair, struct bytes name, struct bytes *value)
{
    if (pair.size <= name.size || pair.data[name.size] != '=' ||
        memcmp(pair.data, name.data, name.size) != 0)
        return false;
    *value = (struct bytes){pair.data + name.size + 1, pair.size - name.size - 1};
    return true;
}

static bool is_token(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] >= 0x80 ||
            !(isalnum(value.data[i]) || value.data[i] == '-' || value.data[i] == '_'))
            return false;
    return value.size > 0;
}

bool cookie_find(struct bytes header, const char *name, char *value, size_t size)
{
    struct bytes found = {0};
    unsigned times = 0;
    size_t begin = 0;
    value[0] = '\0';
    while (begin < header.size) {
        const uint8_t *end = memchr(header.data + begin, ';', header.size - begin);
        size_t length = end == NULL ? header.size - begin : (size_t)(end - header.data) - begin;
        struct bytes pair = trim((struct bytes){header.data + begin, length});
        times += is_pair(pair, bytes_of_text(name), &found);
        begin += length + 1;
    }
    if (times != 1 || !is_token(found) || found.size >= size)
        return false;
    memcpy(value, found.data, found.size);
    value[found.size] = '\0';
    return true;
}
