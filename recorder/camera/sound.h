/*
 * The sound beside a picture, where it is recorded: AAC and Opus, copied.
 */
#ifndef SEALROOM_CAMERA_SOUND_H
#define SEALROOM_CAMERA_SOUND_H

#include "base/bytes.h"

enum sound_codec { SOUND_NONE = 0, SOUND_AAC, SOUND_OPUS };

#define SOUND_CONFIGURATION_MAX 64

struct sound_format {
    enum sound_codec codec;
    uint32_t rate; /* Hz: ticks of its media time in a second */
    uint8_t channels;
    /* AAC: AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). Opus: OpusHead (RFC 7845, 5.1). */
    uint8_t configuration[SOUND_CONFIGURATION_MAX];
    size_t configuration_size;
};

/* "aac", "opus", "" */
const char *sound_name(enum sound_codec codec);
/* RFC 7845, 5.1, for streams whose description has none (RFC 7587). */
void sound_describe_opus(struct sound_format *format, uint8_t channels);
/* How long one frame or packet plays, in ticks of its rate; 0 if it cannot be told. */
uint32_t sound_duration(const struct sound_format *format, struct bytes frame);

#endif
