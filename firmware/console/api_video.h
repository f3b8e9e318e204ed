/*
 * Recorded video: what there is of a camera's time, and its pieces, each with its verdict.
 */
#ifndef SEALROOM_CONSOLE_API_VIDEO_H
#define SEALROOM_CONSOLE_API_VIDEO_H

#include "firmware/console/call.h"
#include "firmware/console/video_cache.h"

#define VERDICT_HEADER "Sealroom-Verdict"

/* GET /api/video/CAMERA?from&to&live */
void api_video(struct call *call);
/* GET /api/video/SEGMENT/PIECE */
void api_piece(struct call *call);

/* Was anything asked for that touches this segment? False: a reason is asked for, and that is the
 * answer. */
bool video_may_be_shown(struct call *call, const struct video_segment *segment);
/* Answers with what it is in place of what was sealed. */
void video_refuse(struct call *call, enum video_verdict verdict);
/* Of a segment whose sheet was refused, or did not prove it. */
enum video_verdict video_verdict_of(enum status status);
/* For a route whose first placeholder is a segment that is not known, or not any more: finds it and
 * calls the route's handler again, or answers that there is none. */
void video_seek(struct call *call);

#endif
