/*
 * Bits of a NAL unit, with bounds: emulation prevention taken out (H.264 7.3.1, H.265 7.3.1.1),
 * fixed-length and Exp-Golomb codes (H.264 9.1, H.265 9.2) read.
 *
 * An overrun or a code longer than 32 bits sets `failed`, returns zeros from then on, and is
 * checked once at the end.
 */
#ifndef SEALROOM_CAMERA_NAL_BIT_READER_H
#define SEALROOM_CAMERA_NAL_BIT_READER_H

#include "base/bytes.h"

struct bit_reader {
    const uint8_t *data;
    size_t size_bits;
    size_t at;
    bool failed;
};

/* Copies at most `capacity` bytes of the NAL unit into `rbsp`, leaving out the header's `skip`
 * bytes and every emulation_prevention_three_byte. Returns how many were written. */
size_t rbsp_extract(struct bytes nal, size_t skip, uint8_t *rbsp, size_t capacity);

struct bit_reader bit_reader_of(const uint8_t *data, size_t size);
/* u(n), n up to 32. */
uint32_t bits_u(struct bit_reader *reader, unsigned count);
bool bits_flag(struct bit_reader *reader);
void bits_skip(struct bit_reader *reader, size_t count);
uint32_t bits_ue(struct bit_reader *reader);
int32_t bits_se(struct bit_reader *reader);

#endif
