#include "camera/nal/codec.h"

bool sample_next_nal(struct bytes sample, size_t *at, struct bytes *nal)
{
    if (sample.size - *at < NAL_LENGTH_SIZE) {
        return false;
    }
    const uint8_t *length = sample.data + *at;
    size_t size = big_u32(length);
    if (size > sample.size - *at - NAL_LENGTH_SIZE) {
        return false;
    }
    *nal = (struct bytes){length + NAL_LENGTH_SIZE, size};
    *at += NAL_LENGTH_SIZE + size;
    return true;
}
