/*
 * Recorded video: what there is of a camera's time, and its pieces, each with its verdict.
 */
#ifndef SEALROOM_CONSOLE_API_VIDEO_H
#define SEALROOM_CONSOLE_API_VIDEO_H

#include "firmware/console/call.h"

/* GET /api/video/CAMERA?from&to&live */
void api_video(struct call *call);
/* GET /api/video/SEGMENT/PIECE */
void api_piece(struct call *call);

#endif
