/*
 * The two video codecs that are recorded, as tables: what a NAL unit is, and how the decoder
 * configuration record of the MP4 sample entry is made (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1).
 *
 * A *sample* is an access unit as MP4 has it: each NAL unit after its length, four bytes,
 * big-endian. NAL units are never changed, dropped or reordered.
 */
#ifndef SEALROOM_CAMERA_NAL_CODEC_H
#define SEALROOM_CAMERA_NAL_CODEC_H

#include "camera/nal/sequence.h"

#define NAL_LENGTH_SIZE 4

enum parameter_kind { PARAMETER_NONE = 0, PARAMETER_VPS, PARAMETER_SPS, PARAMETER_PPS };

struct nal_traits {
    enum parameter_kind parameter;
    bool picture;       /* a coded slice */
    bool first_slice;   /* the first of its picture */
    bool random_access; /* decoding can begin with its picture */
};

struct parameter_sets;

struct video_codec {
    const char *name; /* as in message_stream_up */
    bool has_vps;
    /* From the first bytes of a NAL unit; what is too short is nothing at all. */
    struct nal_traits (*look)(struct bytes nal);
    /* The id of a parameter set; STATUS_INVALID if it cannot be read. */
    enum status (*parameter_id)(enum parameter_kind kind, struct bytes nal, uint32_t *id);
    enum status (*parse_sequence)(struct bytes nal, struct sequence *sequence);
    /* Appends the decoder configuration record to *record. */
    enum status (*configuration)(const struct parameter_sets *sets, struct buffer *record);
};

extern const struct video_codec codec_h264;
extern const struct video_codec codec_h265;

/* Walks the NAL units of a sample. Starts with *at = 0; false when there are no more. */
bool sample_next_nal(struct bytes sample, size_t *at, struct bytes *nal);

#endif
