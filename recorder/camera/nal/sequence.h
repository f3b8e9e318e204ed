/*
 * What a sequence parameter set says that a recorder needs: the picture's size, how many pictures
 * are reordered, and what the decoder configuration record repeats.
 */
#ifndef SEALROOM_CAMERA_NAL_SEQUENCE_H
#define SEALROOM_CAMERA_NAL_SEQUENCE_H

#include "base/bytes.h"

#define REORDER_MAX 16

struct sequence {
    uint32_t id;
    uint32_t width; /* of the cropped picture, in luma samples */
    uint32_t height;
    uint32_t reorder;     /* pictures that may precede one in decoding and follow it in output */
    bool reorder_known;   /* false: the set does not say */
    bool frames_only;     /* no field pictures */
    uint32_t frame_ticks; /* of 1/90000 s; 0 if the set does not say */
    uint8_t profile_level[12]; /* general_… of profile_tier_level() (H.265 only) */
    uint8_t chroma_format;
    uint8_t bit_depth_luma;
    uint8_t bit_depth_chroma;
    uint8_t temporal_layers; /* H.265 only */
    bool temporal_nesting;   /* H.265 only */
};

/* A whole NAL unit, header included. STATUS_INVALID if it cannot be read or names a picture
 * without extent. H.264 7.3.2.1.1 and E.1.1; H.265 7.3.2.2. */
MUST_CHECK enum status sequence_parse_h264(struct bytes nal, struct sequence *sequence);
MUST_CHECK enum status sequence_parse_h265(struct bytes nal, struct sequence *sequence);

#endif
