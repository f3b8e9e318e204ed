#include "camera/nal/bit_reader.h"

size_t rbsp_extract(struct bytes nal, size_t skip, uint8_t *rbsp, size_t capacity)
{
    size_t written = 0;
    unsigned zeros = 0;
    for (size_t i = skip; i < nal.size && written < capacity; i++) {
        uint8_t byte = nal.data[i];
        if (zeros >= 2 && byte == 3) {
            zeros = 0;
            continue;
        }
        zeros = byte == 0 ? zeros + 1 : 0;
        rbsp[written++] = byte;
    }
    return written;
}

struct bit_reader bit_reader_of(const uint8_t *data, size_t size)
{
    return (struct bit_reader){.data = data, .size_bits = size * 8};
}

uint32_t bits_u(struct bit_reader *reader, unsigned count)
{
    if (reader->failed || count > 32 || reader->size_bits - reader->at < count) {
        reader->failed = true;
        return 0;
    }
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++, reader->at++) {
        unsigned bit = (unsigned)(reader->data[reader->at / 8] >> (7 - reader->at % 8)) & 1u;
        value = (value << 1) | bit;
    }
    return value;
}

bool bits_flag(struct bit_reader *reader)
{
    return bits_u(reader, 1) != 0;
}

void bits_skip(struct bit_reader *reader, size_t count)
{
    if (reader->failed || reader->size_bits - reader->at < count) {
        reader->failed = true;
        return;
    }
    reader->at += count;
}

uint32_t bits_ue(struct bit_reader *reader)
{
    unsigned zeros = 0;
    while (!bits_flag(reader)) {
        if (reader->failed || ++zeros > 31) {
            reader->failed = true;
            return 0;
        }
    }
    uint32_t rest = bits_u(reader, zeros);
    return reader->failed ? 0 : (1u << zeros) - 1u + rest;
}

int32_t bits_se(struct bit_reader *reader)
{
    uint32_t code = bits_ue(reader);
    int64_t half = ((int64_t)code + 1) / 2;
    return (int32_t)(code % 2 == 1 ? half : -half);
}
