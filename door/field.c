#include "door/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

#define WORD_BITS 16u
#define BCD_MAX   UINT64_C(9999999999999999)

static size_t field_words(const struct field *field)
{
    return ((size_t)field->bit + field->width + WORD_BITS - 1) / WORD_BITS;
}

size_t field_end(const struct field *field)
{
    return field->is_there ? field->at + field_words(field) : 0;
}

static size_t place_of(const struct field *field, size_t index)
{
    return field->at + (field->low_word_first ? field_words(field) - 1 - index : index);
}

static uint16_t in_order(const struct field *field, uint16_t word)
{
    return field->low_byte_first ? (uint16_t)((word & 0xffu) << 8 | word >> 8) : word;
}

static uint16_t word_at(const struct field *field, const uint16_t *words, size_t index)
{
    return in_order(field, words[place_of(field, index)]);
}

bool field_is_text(const struct field *field)
{
    return field->encoding == FIELD_ASCII || field->encoding == FIELD_HEX ||
           field->encoding == FIELD_BITS;
}

/* Profiles are checked when they are loaded; this holds for fields made in any other way. */
static enum status check(const struct field *field, size_t count)
{
    if (!field->is_there)
        return STATUS_NOT_FOUND;
    size_t limit = field_is_text(field) ? FIELD_TEXT_BITS : FIELD_NUMBER_BITS;
    if (field->width == 0 || (size_t)field->bit + field->width > limit || field_end(field) > count)
        return STATUS_INVALID;
    return STATUS_OK;
}

static enum status number_of_bcd(uint64_t digits, uint64_t *value)
{
    uint64_t sum = 0;
    for (int shift = FIELD_NUMBER_BITS - 4; shift >= 0; shift -= 4) {
        uint64_t digit = digits >> shift & 0xf;
        if (digit > 9)
            return STATUS_INVALID;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return STATUS_OK;
}

static uint64_t bcd_of_number(uint64_t value)
{
    uint64_t digits = 0;
    for (unsigned shift = 0; shift < FIELD_NUMBER_BITS; shift += 4, value /= 10)
        digits |= value % 10 << shift;
    return digits;
}

static uint64_t join(const struct field *field, const uint16_t *words)
{
    uint64_t joined = 0;
    for (size_t index = 0; index < field_words(field); index++)
        joined = joined << WORD_BITS | word_at(field, words, index);
    return joined;
}

uint64_t field_bits(const struct field *field)
{
    uint64_t bits =
        field->width < FIELD_NUMBER_BITS ? (UINT64_C(1) << field->width) - 1 : UINT64_MAX;
    return field->mask != 0 ? bits & field->mask : bits;
}

bool field_can_be(const struct field *field, uint64_t number)
{
    bool is_bcd = field->encoding == FIELD_BCD;
    if (is_bcd && number > BCD_MAX)
        return false;
    return ((is_bcd ? bcd_of_number(number) : number) & ~field_bits(field)) == 0;
}

enum status field_put(const struct field *field, uint16_t *words, size_t count, uint64_t value)
{
    enum status status = check(field, count);
    if (status != STATUS_OK)
        return status;
    bool is_bcd = field->encoding == FIELD_BCD;
    uint64_t bits = is_bcd ? bcd_of_number(value) : value;
    if (field_is_text(field) || (is_bcd && value > BCD_MAX) || (bits & ~field_bits(field)) != 0)
        return STATUS_INVALID;
    uint64_t joined = (join(field, words) & ~(field_bits(field) << field->bit)) | bits
                                                                                      << field->bit;
    for (size_t index = field_words(field); index-- > 0; joined >>= WORD_BITS)
        words[place_of(field, index)] = in_order(field, (uint16_t)joined);
    return STATUS_OK;
}

enum status field_number(const struct field *field, const uint16_t *words, size_t count,
                         uint64_t *value)
{
    enum status status = check(field, count);
    if (status != STATUS_OK)
        return status;
    if (field_is_text(field))
        return STATUS_INVALID;
    uint64_t joined = join(field, words) >> field->bit & field_bits(field);
    if (field->has_none && joined == field->none)
        return STATUS_NOT_FOUND;
    if (field->encoding == FIELD_BCD)
        return number_of_bcd(joined, value);
    *value = joined;
    return STATUS_OK;
}

static size_t text_bytes(const struct field *field, const uint16_t *words, uint8_t *bytes)
{
    size_t length = field->width / 8u;
    for (size_t at = 0; at < length; at++) {
        uint16_t word = word_at(field, words, at / 2);
        bytes[at] = (uint8_t)(at % 2 == 0 ? word >> 8 : word);
    }
    return length;
}

static enum status text_of_ascii(const uint8_t *bytes, size_t length, char *text, size_t size)
{
    size_t end = 0;
    while (end < length && bytes[end] != 0)
        end++;
    while (end > 0 && (bytes[end - 1] == ' ' || bytes[end - 1] == 0xff))
        end--;
    if (end == 0)
        return STATUS_NOT_FOUND;
    if (end >= size)
        return STATUS_INVALID;
    memcpy(text, bytes, end);
    text[end] = '\0';
    return STATUS_OK;
}

static enum status text_of_bits(const uint8_t *bytes, size_t length, char *text)
{
    char digits[FIELD_TEXT_SIZE];
    hex_encode(digits, bytes, length);
    size_t zeros = strspn(digits, "0");
    memcpy(text, digits + zeros, 2 * length - zeros + 1);
    return zeros == 2 * length ? STATUS_NOT_FOUND : STATUS_OK;
}

enum status field_text(const struct field *field, const uint16_t *words, size_t count, char *text,
                       size_t size)
{
    text[0] = '\0';
    enum status status = check(field, count);
    if (status != STATUS_OK)
        return status;
    if (field_is_text(field)) {
        uint8_t bytes[FIELD_TEXT_BITS / 8];
        size_t length = text_bytes(field, words, bytes);
        if (field->encoding == FIELD_ASCII)
            return text_of_ascii(bytes, length, text, size);
        if (2 * length + 1 > size)
            return STATUS_INVALID;
        if (field->encoding == FIELD_BITS)
            return text_of_bits(bytes, length, text);
        hex_encode(text, bytes, length);
        return STATUS_OK;
    }
    uint64_t value = 0;
    status = field_number(field, words, count, &value);
    if (status != STATUS_OK)
        return status;
    int written = snprintf(text, size, "%0*" PRIu64, field->digits, value);
    return written > 0 && (size_t)written < size ? STATUS_OK : STATUS_INVALID;
}

bool field_window_bit(const uint16_t *words, size_t count, size_t number)
{
    size_t word = number / WORD_BITS;
    return word < count && (words[word] >> (number % WORD_BITS) & 1u) != 0;
}
