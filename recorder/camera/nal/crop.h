/*
 * The cropping window of a sequence parameter set, the same four codes in H.264 and H.265.
 */
#ifndef SEALROOM_CAMERA_NAL_CROP_H
#define SEALROOM_CAMERA_NAL_CROP_H

#include "camera/nal/bit_reader.h"

/* Reads left, right, top, bottom, in units of so many samples, and takes them off. False if
 * nothing would be left. H.264 7.4.2.1.1; H.265 7.4.3.2.1. */
bool sequence_crop(struct bit_reader *bits, uint64_t unit_x, uint64_t unit_y, uint64_t *width,
                   uint64_t *height);

#endif
