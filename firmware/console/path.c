#include "firmware/console/path.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_DIGITS_MAX 15 /* below 2^53, as JSON carries it everywhere */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_number(const char *text, size_t size)
{
    bool right = size >= 1 && size <= NUMBER_DIGITS_MAX && (size == 1 || text[0] != '0');
    for (size_t i = 0; i < size; i++)
        right = right && is_digit(text[i]);
    return right;
}

static bool is_id(const char *text, size_t size)
{
    bool right = size >= 1 && size < ID_SIZE && text[0] != '-';
    for (size_t i = 0; i < size; i++)
        right = right && (is_digit(text[i]) || is_lower(text[i]) || text[i] == '-');
    return right;
}

static bool is_segment(const char *text, size_t size)
{
    bool right = size >= 1 && size < SEGMENT_ID_SIZE;
    for (size_t i = 0; i < size; i++)
        right = right && (is_digit(text[i]) || is_lower(text[i]) || text[i] == '-' ||
                          (text[i] >= 'A' && text[i] <= 'Z'));
    return right;
}

static const struct {
    const char *name;
    bool (*fits)(const char *text, size_t size);
} placeholders[] = {{"{number}", is_number}, {"{id}", is_id}, {"{segment}", is_segment}};

#define PLACEHOLDERS (sizeof placeholders / sizeof placeholders[0])

/* Takes one placeholder off the pattern and what stands for it off the path. */
static bool take_value(const char **pattern, const char **path, struct path_values *values)
{
    size_t size = strcspn(*path, "/");
    for (size_t i = 0; i < PLACEHOLDERS; i++) {
        size_t length = strlen(placeholders[i].name);
        if (strncmp(*pattern, placeholders[i].name, length) != 0)
            continue;
        if (!placeholders[i].fits(*path, size) || values->count == PATH_VALUES_MAX)
            return false;
        char *text = values->texts[values->count++];
        memcpy(text, *path, size);
        text[size] = '\0';
        *pattern += length;
        *path += size;
        return true;
    }
    return false;
}

bool path_fits(const char *pattern, const char *path, struct path_values *values)
{
    *values = (struct path_values){0};
    while (*pattern != '\0') {
        if (*pattern == '{') {
            if (!take_value(&pattern, &path, values))
                return false;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

uint64_t path_number(const struct path_values *values, size_t index)
{
    return strtoull(values->texts[index], NULL, 10);
}
