/*
 * Pictures that sealroom-picture makes of recorded video: stills, and video for browsers that
 * cannot play what was recorded. Derived, never evidence, and marked so; the verdict that goes with
 * them is that of the pieces they were made of, which are held against their digests just before.
 */
#ifndef SEALROOM_CONSOLE_API_DERIVED_H
#define SEALROOM_CONSOLE_API_DERIVED_H

#include "firmware/console/call.h"

#define DERIVED_HEADER      "Sealroom-Derived"
#define DERIVED_WIDTH       640  /* of a still, if no other is asked for */
#define DERIVED_VIDEO_WIDTH 1280 /* at most */

/* GET /api/still/CAMERA?at&width: a JPEG of what was on the screen then. */
void api_still(struct call *call);
/* GET /api/derived/SEGMENT/FIRST/LAST: these pieces as H.264 in MP4, an init part and a fragment,
 * whose decoding times count from the segment's start. */
void api_derived(struct call *call);

#endif
