/*
 * Byte ranges, a growing buffer, and reading and writing of numbers with bounds: little-endian,
 * and big-endian where others' formats are (boxes, NAL units, SQLite's pages).
 *
 * Everything that comes from outside is parsed through `struct reader`, which never reads past
 * its end: an overrun sets `failed`, returns zeros, and is checked once at the end.
 */
#ifndef SEALROOM_BASE_BYTES_H
#define SEALROOM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* A borrowed range; owns nothing. */
struct bytes {
    const uint8_t *data;
    size_t size;
};

/* The bytes of a NUL-terminated string, without the NUL. */
struct bytes bytes_of_text(const char *text);
bool bytes_equal(struct bytes a, struct bytes b);

/* An owned, growing range. Zero-initialise; release with buffer_release. */
struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

void buffer_release(struct buffer *buffer);
/* Forgets the content, keeps the memory. */
void buffer_clear(struct buffer *buffer);
MUST_CHECK enum status buffer_append(struct buffer *buffer, const void *data, size_t size);
MUST_CHECK enum status buffer_append_text(struct buffer *buffer, const char *text);
MUST_CHECK enum status buffer_append_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct bytes buffer_bytes(const struct buffer *buffer);

struct reader {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool failed;
};

struct reader reader_of(struct bytes bytes);
uint8_t read_u8(struct reader *reader);
uint16_t read_u16(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
int64_t read_i64(struct reader *reader);
uint16_t read_big_u16(struct reader *reader);
uint32_t read_big_u32(struct reader *reader);
uint64_t read_big_u64(struct reader *reader);
/* A borrowed range of `size` bytes, or an empty one with `failed` set. */
struct bytes read_bytes(struct reader *reader, size_t size);
size_t reader_left(const struct reader *reader);

/* Big-endian, of bytes that the caller knows are there. */
uint16_t big_u16(const uint8_t *data);
uint32_t big_u32(const uint8_t *data);
uint64_t big_u64(const uint8_t *data);

/* Writes into memory that the caller gives; an overflow sets `failed` and writes nothing more. */
struct writer {
    uint8_t *data;
    size_t capacity;
    size_t size;
    bool failed;
};

struct writer writer_of(void *data, size_t capacity);
void write_u8(struct writer *writer, uint8_t value);
void write_u16(struct writer *writer, uint16_t value);
void write_u32(struct writer *writer, uint32_t value);
void write_u64(struct writer *writer, uint64_t value);
void write_i64(struct writer *writer, int64_t value);
void write_bytes(struct writer *writer, const void *data, size_t size);

/* Is `id` one of the ids in the list, which are parted by single spaces? */
bool text_names(const char *list, const char *id);

/* Lower-case hexadecimal of `size` bytes into `text` (2 * size + 1 characters). */
void hex_encode(char *text, const void *data, size_t size);
/* Hexadecimal digits in groups of four, for comparing by eye; of a text that is longer than a
 * digest's so many. */
#define HEX_GROUPED_MAX  64
#define HEX_GROUPED_SIZE (HEX_GROUPED_MAX + HEX_GROUPED_MAX / 4)
void hex_grouped(char text[HEX_GROUPED_SIZE], const char *hex);
/* Exactly 2 * size lower-case digits and a NUL; anything else is STATUS_INVALID. */
MUST_CHECK enum status hex_decode(void *data, size_t size, const char *text);

/* Well-formed UTF-8 (no overlong forms, no surrogates), no NUL. */
bool utf8_is_valid(struct bytes text);
/* The same, and no control characters (U+0000–U+001F, U+007F); '\n' allowed if `lines`. */
bool utf8_is_clean(struct bytes text, bool lines);

#endif
