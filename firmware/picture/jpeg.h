/*
 * A decoded picture as JPEG (ISO/IEC 10918-1, JFIF), smaller if wanted, and marked: its comment
 * (COM, B.2.4.5) says that it is derived from recorded video and no evidence.
 */
#ifndef SEALROOM_PICTURE_JPEG_H
#define SEALROOM_PICTURE_JPEG_H

#include <libavutil/frame.h>

#include "base/bytes.h"

#define JPEG_COMMENT "sealroom: derived from recorded video by decoding and scaling; not evidence"

/* At most `width_max` pixels wide, pixels made square; quality 1 (small) to 100. *jpeg is cleared
 * first. */
MUST_CHECK enum status jpeg_make(const AVFrame *frame, unsigned width_max, unsigned quality,
                                 struct buffer *jpeg, struct error *error);

#endif
