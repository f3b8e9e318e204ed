#include <string.h>

#include "yaml/yaml_inner.h"

#define NAME_LENGTH_MAX 40

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance: how many letters are to be put in, taken out or changed. */
static size_t distance(const char *from, size_t from_length, const char *to, size_t to_length)
{
    size_t row[NAME_LENGTH_MAX + 1];
    for (size_t j = 0; j <= to_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= from_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= to_length; j++) {
            size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = smaller(changed, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[to_length];
}

const char *yaml_nearest(const char *text, const char *(*next)(void *context), void *context)
{
    size_t length = strnlen(text, NAME_LENGTH_MAX + 1);
    const char *nearest = NULL;
    /* Beyond a third of its letters a word is another word, not a mistyped one. */
    size_t best = length / 3 + 1;
    const char *name = NULL;
    while (length <= NAME_LENGTH_MAX && (name = next(context)) != NULL) {
        size_t name_length = strnlen(name, NAME_LENGTH_MAX + 1);
        if (name_length > NAME_LENGTH_MAX) {
            continue;
        }
        size_t apart = distance(text, length, name, name_length);
        if (apart <= best && apart < name_length && (nearest == NULL || apart < best)) {
            nearest = name;
            best = apart;
        }
    }
    return nearest;
}
