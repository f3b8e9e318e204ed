#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes bytes_of_text(const char *text)
{
    return (struct bytes){.data = (const uint8_t *)text, .size = strlen(text)};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

static enum status buffer_reserve(struct buffer *buffer, size_t more)
{
    if (more > SIZE_MAX / 2 - buffer->size) {
        return STATUS_NO_MEMORY;
    }
    size_t needed = buffer->size + more;
    if (needed <= buffer->capacity) {
        return STATUS_OK;
    }
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    uint8_t *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        return STATUS_NO_MEMORY;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return STATUS_OK;
}

enum status buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    if (size == 0) {
        return STATUS_OK;
    }
    enum status status = buffer_reserve(buffer, size);
    if (status != STATUS_OK) {
        return status;
    }
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    return STATUS_OK;
}

enum status buffer_append_text(struct buffer *buffer, const char *text)
{
    return buffer_append(buffer, text, strlen(text));
}

enum status buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    enum status status = STATUS_INVALID;
    if (length >= 0) {
        /* vsnprintf ends with a NUL, which is reserved but not counted. */
        status = buffer_reserve(buffer, (size_t)length + 1);
    }
    if (status == STATUS_OK) {
        (void)vsnprintf((char *)buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
    return status;
}

struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){.data = buffer->data, .size = buffer->size};
}

struct reader reader_of(struct bytes bytes)
{
    return (struct reader){.data = bytes.data, .size = bytes.size};
}

size_t reader_left(const struct reader *reader)
{
    return reader->failed ? 0 : reader->size - reader->at;
}

struct bytes read_bytes(struct reader *reader, size_t size)
{
    if (reader->failed || size > reader->size - reader->at) {
        reader->failed = true;
        return (struct bytes){0};
    }
    struct bytes result = {.data = reader->data + reader->at, .size = size};
    reader->at += size;
    return result;
}

static uint64_t read_integer(struct reader *reader, size_t size)
{
    struct bytes bytes = read_bytes(reader, size);
    uint64_t value = 0;
    for (size_t i = bytes.size; i > 0; i--) {
        value = value << 8 | bytes.data[i - 1];
    }
    return value;
}

uint8_t read_u8(struct reader *reader)
{
    return (uint8_t)read_integer(reader, 1);
}

uint16_t read_u16(struct reader *reader)
{
    return (uint16_t)read_integer(reader, 2);
}

uint32_t read_u32(struct reader *reader)
{
    return (uint32_t)read_integer(reader, 4);
}

uint64_t read_u64(struct reader *reader)
{
    return read_integer(reader, 8);
}

int64_t read_i64(struct reader *reader)
{
    return (int64_t)read_integer(reader, 8);
}

uint16_t big_u16(const uint8_t *data)
{
    return (uint16_t)(data[0] << 8 | data[1]);
}

uint32_t big_u32(const uint8_t *data)
{
    return (uint32_t)big_u16(data) << 16 | big_u16(data + 2);
}

uint64_t big_u64(const uint8_t *data)
{
    return (uint64_t)big_u32(data) << 32 | big_u32(data + 4);
}

uint16_t read_big_u16(struct reader *reader)
{
    struct bytes bytes = read_bytes(reader, 2);
    return bytes.size == 2 ? big_u16(bytes.data) : 0;
}

uint32_t read_big_u32(struct reader *reader)
{
    struct bytes bytes = read_bytes(reader, 4);
    return bytes.size == 4 ? big_u32(bytes.data) : 0;
}

uint64_t read_big_u64(struct reader *reader)
{
    struct bytes bytes = read_bytes(reader, 8);
    return bytes.size == 8 ? big_u64(bytes.data) : 0;
}

struct writer writer_of(void *data, size_t capacity)
{
    return (struct writer){.data = data, .capacity = capacity};
}

void write_bytes(struct writer *writer, const void *data, size_t size)
{
    if (writer->failed || size > writer->capacity - writer->size) {
        writer->failed = true;
        return;
    }
    if (size > 0) {
        memcpy(writer->data + writer->size, data, size);
        writer->size += size;
    }
}

static void write_integer(struct writer *writer, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    write_bytes(writer, bytes, size);
}

void write_u8(struct writer *writer, uint8_t value)
{
    write_integer(writer, value, 1);
}

void write_u16(struct writer *writer, uint16_t value)
{
    write_integer(writer, value, 2);
}

void write_u32(struct writer *writer, uint32_t value)
{
    write_integer(writer, value, 4);
}

void write_u64(struct writer *writer, uint64_t value)
{
    write_integer(writer, value, 8);
}

void write_i64(struct writer *writer, int64_t value)
{
    write_integer(writer, (uint64_t)value, 8);
}

bool text_names(const char *list, const char *id)
{
    size_t length = strlen(id);
    for (const char *at = list; *at != '\0';) {
        size_t word = strcspn(at, " ");
        if (word == length && memcmp(at, id, length) == 0) {
            return true;
        }
        at += word;
        at += *at == ' ';
    }
    return false;
}

void hex_encode(char *text, const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

void hex_grouped(char text[HEX_GROUPED_SIZE], const char *hex)
{
    size_t at = 0;
    for (size_t i = 0; i < HEX_GROUPED_MAX && hex[i] != '\0'; i++) {
        if (i > 0 && i % 4 == 0) {
            text[at++] = ' ';
        }
        text[at++] = hex[i];
    }
    text[at] = '\0';
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return -1;
}

enum status hex_decode(void *data, size_t size, const char *text)
{
    uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text[2 * i]);
        /* A NUL is no digit, so nothing beyond the text's end is read. */
        int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);
        if (low < 0) {
            return STATUS_INVALID;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return text[2 * size] == '\0' ? STATUS_OK : STATUS_INVALID;
}
