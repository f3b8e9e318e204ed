/*
 * A field: where in a register window a value stands, and how it is written there.
 *
 * Windows come from a controller and are decoded from (words, count): nothing beyond `count` is
 * ever read, and what a field's encoding does not allow is STATUS_INVALID.
 */
#ifndef SEALROOM_DOOR_FIELD_H
#define SEALROOM_DOOR_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "yaml/yaml_walk.h"

enum field_encoding {
    FIELD_UNSIGNED = 1, /* binary */
    FIELD_BCD,          /* a decimal digit in each four bits */
    FIELD_ASCII,        /* characters; ends at the first NUL, blanks at the end are left out */
    FIELD_HEX,          /* bytes, shown as hexadecimal */
    FIELD_BITS,         /* a long number, shown as hexadecimal without zeros ahead; 0 is nothing */
};

#define FIELD_NUMBER_BITS 64
#define FIELD_TEXT_BITS   256
#define FIELD_TEXT_SIZE   (FIELD_TEXT_BITS / 4 + 1)

/* Zero is a field that the profile does not have. The value is made thus: the words from `at` on
 * are joined, the first being the highest unless low_word_first, the bytes of each exchanged if
 * low_byte_first; then `width` bits are taken from bit `bit` up (0 is the lowest), and masked. */
struct field {
    bool is_there;
    enum field_encoding encoding;
    uint16_t at;    /* first word, from 0 */
    uint16_t bit;   /* 0 for text */
    uint16_t width; /* bits: 1 to 64; text: 8 to 256, a multiple of 8 */
    bool low_word_first;
    bool low_byte_first;
    uint64_t mask; /* 0: none */
    bool has_none; /* `none` is how the controller writes that there is nothing */
    uint64_t none;
    uint8_t digits; /* a number's text is filled up with leading zeros to so many; 0: not */
    struct yaml_place place; /* in the profile */
};

/* Text, as opposed to a number. */
bool field_is_text(const struct field *field);

/* A number's bits as the mask leaves them, from its own lowest up; those of `none` too. */
uint64_t field_bits(const struct field *field);
/* Whether the field's value can ever be this number. */
bool field_can_be(const struct field *field, uint64_t number);

/* How many words of the window the field covers, from its start: at + its own length. */
size_t field_end(const struct field *field);

/* The value as a number. STATUS_NOT_FOUND: absent, or `none`; STATUS_INVALID: it lies beyond the
 * window, is no number, or has a digit above 9. */
MUST_CHECK enum status field_number(const struct field *field, const uint16_t *words, size_t count,
                                    uint64_t *value);
/* The reverse: puts a number into the window and leaves every other bit of it. STATUS_INVALID also
 * if it does not fit. */
MUST_CHECK enum status field_put(const struct field *field, uint16_t *words, size_t count,
                                 uint64_t value);
/* The value as text, always ended by NUL; `size` should be FIELD_TEXT_SIZE. Statuses as above.
 * Bytes are handed on as they are: message_text cleans them. */
MUST_CHECK enum status field_text(const struct field *field, const uint16_t *words, size_t count,
                                  char *text, size_t size);

/* Bit `number` of a window, counted from the lowest bit of its first word; false beyond it. */
bool field_window_bit(const uint16_t *words, size_t count, size_t number);

#endif
