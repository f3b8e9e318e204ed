#include "evidence/box_writer.h"

#include <string.h>

static void put(struct box_writer *writer, const void *data, size_t size)
{
    if (!writer->failed && buffer_append(writer->out, data, size) != STATUS_OK)
        writer->failed = true;
}

void put_u8(struct box_writer *writer, uint8_t value)
{
    put(writer, &value, 1);
}

void put_u16(struct box_writer *writer, uint16_t value)
{
    uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};

    put(writer, bytes, sizeof(bytes));
}

void put_u32(struct box_writer *writer, uint32_t value)
{
    uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                       (uint8_t)value};

    put(writer, bytes, sizeof(bytes));
}

void put_u64(struct box_writer *writer, uint64_t value)
{
    put_u32(writer, (uint32_t)(value >> 32));
    put_u32(writer, (uint32_t)value);
}

void put_bytes(struct box_writer *writer, struct bytes bytes)
{
    if (bytes.size > 0)
        put(writer, bytes.data, bytes.size);
}

void put_zeros(struct box_writer *writer, size_t size)
{
    static const uint8_t zeros[64];

    while (size > 0) {
        size_t part = size < sizeof(zeros) ? size : sizeof(zeros);

        put(writer, zeros, part);
        size -= part;
    }
}

void put_text(struct box_writer *writer, const char *text)
{
    put_bytes(writer, bytes_of_text(text != NULL ? text : ""));
    put_u8(writer, 0);
}

size_t box_begin(struct box_writer *writer, uint32_t type)
{
    size_t begin = writer->out->size;

    put_u32(writer, 0);
    put_u32(writer, type);
    return begin;
}

size_t full_box_begin(struct box_writer *writer, uint32_t type, uint8_t version, uint32_t flags)
{
    size_t begin = box_begin(writer, type);

    put_u32(writer, (uint32_t)version << 24 | flags);
    return begin;
}

void box_end(struct box_writer *writer, size_t begin)
{
    size_t size = writer->out->size - begin;

    if (size > UINT32_MAX)
        writer->failed = true;
    if (writer->failed)
        return;
    for (int i = 0; i < 4; i++)
        writer->out->data[begin + (size_t)i] = (uint8_t)(size >> (24 - 8 * i));
}

void put_box(struct box_writer *writer, uint32_t type, struct bytes content)
{
    size_t begin = box_begin(writer, type);

    put_bytes(writer, content);
    box_end(writer, begin);
}
