/*
 * What differs between FFmpeg 5.1 and 7.1, in one place.
 */
#ifndef SEALROOM_CAMERA_LIBAV_H
#define SEALROOM_CAMERA_LIBAV_H

#include <libavformat/avformat.h>

/* Since libavformat 61 an AVIO write callback is handed bytes it may not change. */
#if LIBAVFORMAT_VERSION_MAJOR >= 61
typedef const uint8_t libav_written;
#else
typedef uint8_t libav_written;
#endif

#endif
