#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPE_SIZE 7 /* "\u202e" and NUL */

/* RFC 3629, section 3: each form's lead byte, its length, and its smallest code point. */
static const struct form {
    uint8_t mask;
    uint8_t lead;
    uint8_t length;
    uint32_t smallest;
} forms[] = {
    {0x80, 0x00, 1, 0x0},
    {0xe0, 0xc0, 2, 0x80},
    {0xf0, 0xe0, 3, 0x800},
    {0xf8, 0xf0, 4, 0x10000},
};

static const struct form *form_of(uint8_t lead)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if ((lead & forms[i].mask) == forms[i].lead) {
            return &forms[i];
        }
    }
    return NULL;
}

size_t utf8_next(struct bytes text, uint32_t *character)
{
    const struct form *form = text.size > 0 ? form_of(text.data[0]) : NULL;
    if (form == NULL || form->length > text.size) {
        return 0;
    }
    uint32_t value = text.data[0] & (uint8_t)~form->mask;
    for (size_t i = 1; i < form->length; i++) {
        if ((text.data[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (text.data[i] & 0x3fu);
    }
    if (value < form->smallest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return 0;
    }
    if (character != NULL) {
        *character = value;
    }
    return form->length;
}

bool utf8_is_valid(struct bytes text)
{
    for (size_t at = 0; at < text.size;) {
        uint32_t character = 0;
        size_t length = utf8_next((struct bytes){text.data + at, text.size - at}, &character);
        if (length == 0 || character == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

bool utf8_is_clean(struct bytes text, bool lines)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if ((byte < 0x20 || byte == 0x7f) && !(lines && byte == '\n')) {
            return false;
        }
    }
    return utf8_is_valid(text);
}

/* What a terminal obeys instead of showing it: controls, and of the format characters (Unicode
 * 15.0, category Cf, and U+2028, U+2029) those that turn text around or take no room. */
static bool is_hidden(uint32_t character)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } hidden[] = {
        {0x0, 0x1f},      {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (character >= hidden[i].first && character <= hidden[i].last) {
            return true;
        }
    }
    return false;
}

bool utf8_is_visible(struct bytes text)
{
    for (size_t at = 0; at < text.size;) {
        uint32_t character = 0;
        size_t length = utf8_next((struct bytes){text.data + at, text.size - at}, &character);
        if (length == 0 || is_hidden(character)) {
            return false;
        }
        at += length;
    }
    return true;
}

/* White_Space of Unicode 15.0 beside the controls, and what shows nothing without being one. */
static bool is_space(uint32_t character)
{
    static const uint32_t spaces[] = {0x20,   0xa0,   0x1680, 0x180e, 0x202f, 0x205f, 0x2800,
                                      0x3000, 0x3164, 0xffa0, 0x34f,  0x115f, 0x1160};
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (character == spaces[i]) {
            return true;
        }
    }
    return (character >= 0x2000 && character <= 0x200a) ||
           (character >= 0xfe00 && character <= 0xfe0f);
}

bool utf8_is_blank(struct bytes text)
{
    for (size_t at = 0; at < text.size;) {
        uint32_t character = 0;
        size_t length = utf8_next((struct bytes){text.data + at, text.size - at}, &character);
        if (length == 0 || (!is_hidden(character) && !is_space(character))) {
            return false;
        }
        at += length;
    }
    return true;
}

bool utf8_is_legible(struct bytes text)
{
    return utf8_is_visible(text) && !utf8_is_blank(text);
}

char *utf8_visible(const char *text)
{
    struct bytes left = bytes_of_text(text);
    /* Every byte may be one to escape. */
    char *copy = calloc(left.size + 1, ESCAPE_SIZE - 1);
    char *end = copy;
    while (copy != NULL && left.size > 0) {
        uint32_t character = 0;
        size_t length = utf8_next(left, &character);
        if (length == 0) {
            *end++ = '?';
            length = 1;
        } else if (is_hidden(character)) {
            end += snprintf(end, ESCAPE_SIZE, "\\u%04x", (unsigned)character);
        } else {
            memcpy(end, left.data, length);
            end += length;
        }
        left = (struct bytes){left.data + length, left.size - length};
    }
    return copy;
}
