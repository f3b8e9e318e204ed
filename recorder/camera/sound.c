#include "camera/sound.h"

#include <string.h>

#define AAC_FRAME_SAMPLES 1024
#define OPUS_RATE         48000u

const char *sound_name(enum sound_codec codec)
{
    static const char *const names[] = {
        [SOUND_NONE] = "", [SOUND_AAC] = "aac", [SOUND_OPUS] = "opus"};
    return names[codec];
}

void sound_describe_opus(struct sound_format *format, uint8_t channels)
{
    uint8_t head[19] = {'O',  'p',  'u', 's', 'H', 'e', 'a', 'd', 1, channels, 0, 0, /* pre-skip */
                        0x80, 0xbb, 0,   0 /* 48000 */};
    memcpy(format->configuration, head, sizeof head);
    format->configuration_size = sizeof head;
    format->channels = channels;
    format->rate = OPUS_RATE;
}

/* RFC 6716, 3.1: the first byte says the frame size and how many frames follow. */
static uint32_t opus_duration(struct bytes packet)
{
    static const uint16_t sizes[32] = {480,  960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920,
                                       2880, 480, 960,  480,  960, 120, 240,  480,  960, 120, 240,
                                       480,  960, 120,  240,  480, 960, 120,  240,  480, 960};
    if (packet.size == 0) {
        return 0;
    }
    uint8_t toc = packet.data[0];
    uint32_t frames = (toc & 3) == 0 ? 1 : 2;
    if ((toc & 3) == 3) {
        frames = packet.size > 1 ? packet.data[1] & 0x3fu : 0;
    }
    return sizes[toc >> 3] * frames;
}

uint32_t sound_duration(const struct sound_format *format, struct bytes frame)
{
    return format->codec == SOUND_OPUS ? opus_duration(frame) : AAC_FRAME_SAMPLES;
}
