#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml/yaml_walk.h"

void yaml_mistakes_release(struct yaml_mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++) {
        free(mistakes->items[i].text);
    }
    free(mistakes->items);
    *mistakes = (struct yaml_mistakes){0};
}

static bool make_room(struct yaml_mistakes *mistakes)
{
    if (mistakes->count < mistakes->capacity) {
        return true;
    }
    size_t capacity = mistakes->capacity == 0 ? 8 : 2 * mistakes->capacity;
    struct yaml_mistake *items = realloc(mistakes->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    mistakes->items = items;
    mistakes->capacity = capacity;
    return true;
}

void yaml_mistakes_add(struct yaml_mistakes *mistakes, struct yaml_place place, const char *format,
                       ...)
{
    if (mistakes->count >= YAML_MISTAKES_MAX) {
        mistakes->left_out++;
        return;
    }
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        mistakes->no_memory = true;
        return;
    }
    if (!make_room(mistakes)) {
        mistakes->no_memory = true;
        free(text);
        return;
    }
    mistakes->items[mistakes->count++] = (struct yaml_mistake){place, text};
}

size_t yaml_mistakes_count(const struct yaml_mistakes *mistakes)
{
    return mistakes->count + mistakes->left_out;
}

static int compare(const void *left, const void *right)
{
    const struct yaml_mistake *a = left;
    const struct yaml_mistake *b = right;
    if (a->place.line != b->place.line) {
        return a->place.line < b->place.line ? -1 : 1;
    }
    if (a->place.column != b->place.column) {
        return a->place.column < b->place.column ? -1 : 1;
    }
    return strcmp(a->text, b->text);
}

enum status yaml_mistakes_print(struct yaml_mistakes *mistakes, const char *file,
                                struct buffer *text)
{
    if (mistakes->count > 1) {
        qsort(mistakes->items, mistakes->count, sizeof mistakes->items[0], compare);
    }
    for (size_t i = 0; i < mistakes->count; i++) {
        const struct yaml_mistake *mistake = &mistakes->items[i];
        enum status status = buffer_append_format(text, "%s:%u:%u: %s\n", file, mistake->place.line,
                                                  mistake->place.column, mistake->text);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (mistakes->left_out > 0) {
        return buffer_append_format(text, "%s: and %zu mistakes more\n", file, mistakes->left_out);
    }
    return STATUS_OK;
}
