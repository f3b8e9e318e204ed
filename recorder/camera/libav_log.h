/*
 * What libavformat keeps to itself but says to its log: the SDP, the Server header, how many RTP
 * packets were missed. Nothing of that log is printed: it may hold credentials.
 */
#ifndef SEALROOM_CAMERA_LIBAV_LOG_H
#define SEALROOM_CAMERA_LIBAV_LOG_H

#include <stdint.h>

#include "camera/source.h"

struct libav_heard {
    struct source_facts *facts; /* borrowed: sdp_sha256 and server are set as they are heard */
    uint64_t missed;            /* RTP packets */
};

/* From now on the log of every AVFormatContext goes to the struct libav_heard that its `opaque`
 * points to, and nowhere if that is NULL. For the whole process. */
void libav_log_listen(void);

#endif
