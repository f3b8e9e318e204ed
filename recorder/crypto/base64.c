/*
 * RFC 4648, section 4. Written out rather than taken from OpenSSL, whose decoder passes over
 * blanks and bits that a canonical encoding leaves zero: two texts for one signature would mean
 * that a byte of a note could change unseen.
 */
#include <string.h>

#include "crypto/suite.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum status base64_append(struct buffer *text, struct bytes bytes)
{
    for (size_t at = 0; at < bytes.size; at += 3) {
        size_t left = bytes.size - at;
        uint32_t group = (uint32_t)bytes.data[at] << 16;
        if (left > 1) {
            group |= (uint32_t)bytes.data[at + 1] << 8;
        }
        if (left > 2) {
            group |= bytes.data[at + 2];
        }
        const char quad[4] = {
            alphabet[group >> 18],
            alphabet[group >> 12 & 63],
            (char)(left > 1 ? alphabet[group >> 6 & 63] : '='),
            (char)(left > 2 ? alphabet[group & 63] : '='),
        };
        enum status status = buffer_append(text, quad, sizeof(quad));
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* The six bits of a character, or -1. */
static int digit(uint8_t character)
{
    const char *found = character != 0 ? strchr(alphabet, character) : NULL;
    return found != NULL ? (int)(found - alphabet) : -1;
}

/* One quad of which `count` (2 to 4) characters count; the bits beyond the bytes must be zero. */
static enum status decode_quad(const uint8_t *quad, unsigned count, struct buffer *bytes)
{
    uint32_t group = 0;
    for (unsigned i = 0; i < 4; i++) {
        int bits = i < count ? digit(quad[i]) : 0;
        if (bits < 0) {
            return STATUS_INVALID;
        }
        group = group << 6 | (uint32_t)bits;
    }
    const uint8_t plain[3] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group};
    if ((count < 3 && plain[1] != 0) || (count < 4 && plain[2] != 0)) {
        return STATUS_INVALID;
    }
    return buffer_append(bytes, plain, count - 1);
}

enum status base64_decode(struct bytes text, struct buffer *bytes)
{
    buffer_clear(bytes);
    if (text.size % 4 != 0) {
        return STATUS_INVALID;
    }
    for (size_t at = 0; at < text.size; at += 4) {
        const uint8_t *quad = text.data + at;
        unsigned count = 4;
        if (at + 4 == text.size && quad[3] == '=') {
            count = quad[2] == '=' ? 2 : 3;
        }
        enum status status = decode_quad(quad, count, bytes);
        if (status != STATUS_OK) {
            buffer_clear(bytes);
            return status;
        }
    }
    return STATUS_OK;
}
