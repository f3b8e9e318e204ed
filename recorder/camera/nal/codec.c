#include "camera/nal/codec.h"

bool sample_next_nal(struct bytes sample, size_t *at, struct bytes *nal)
{
    if (sample.size - *at < NAL_LENGTH_SIZE) {
        return false;
    }
    const uint8_t *length = sample.data + *at;
    size_t size = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 |
                  (size_t)length[3];
    if (size > sample.size - *at - NAL_LENGTH_SIZE) {
        return false;
    }
    *nal = (struct bytes){length + NAL_LENGTH_SIZE, size};
    *at += NAL_LENGTH_SIZE + size;
    return true;
}
