#include "camera/nal/crop.h"

bool sequence_crop(struct bit_reader *bits, uint64_t unit_x, uint64_t unit_y, uint64_t *width,
                   uint64_t *height)
{
    uint64_t left = bits_ue(bits);
    uint64_t right = bits_ue(bits);
    uint64_t top = bits_ue(bits);
    uint64_t bottom = bits_ue(bits);
    uint64_t crop_x = (left + right) * unit_x;
    uint64_t crop_y = (top + bottom) * unit_y;
    if (crop_x >= *width || crop_y >= *height) {
        return false;
    }
    *width -= crop_x;
    *height -= crop_y;
    return true;
}
