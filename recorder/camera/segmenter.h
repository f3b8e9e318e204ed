/*
 * Makes segments of access units: when a fragment ends, when a segment ends, and what is said of
 * each. Where the pieces go is the sink's.
 *
 * A segment begins with a keyframe and ends right before the next segment's: nothing falls in
 * between. A fragment ends before every keyframe, after FRAGMENT_NS, or at FRAGMENT_BYTES.
 *
 * A cut that is due waits for a keyframe and for the sink to be ready; until then the open
 * segment goes on. Changed parameter sets then stand in the samples, as the camera sent them.
 */
#ifndef SEALROOM_CAMERA_SEGMENTER_H
#define SEALROOM_CAMERA_SEGMENTER_H

#include "base/clock.h"
#include "camera/access_unit.h"
#include "camera/nal/parameter_sets.h"
#include "camera/segment_sink.h"
#include "camera/sound.h"

#define FRAGMENT_NS    (1 * NS_PER_SECOND)
#define FRAGMENT_BYTES ((size_t)4 * 1024 * 1024)

struct segmenter;

/* The clock is borrowed for its life, the sink is copied; `segment_ns` is the length at which a
 * segment is due to be cut. */
MUST_CHECK enum status segmenter_new(const struct clock *clock, const struct segment_sink *sink,
                                     int64_t segment_ns, struct segmenter **segmenter,
                                     struct error *error);
/* NULL is allowed. */
void segmenter_free(struct segmenter *segmenter);

/* A connection begins. `parameters` is borrowed and followed until segmenter_disconnect; `sound`
 * is copied. `connection` counts. */
void segmenter_connect(struct segmenter *segmenter, const struct parameter_sets *parameters,
                       const struct sound_format *sound, uint32_t connection);
/* Takes the next unit (its memory is exchanged). Before the first keyframe with parameter sets
 * nothing is recorded. STATUS_INVALID: the muxer refuses; STATUS_FULL, STATUS_IO: from the sink. */
MUST_CHECK enum status segmenter_add(struct segmenter *segmenter, struct access_unit *unit,
                                     struct error *error);
/* The camera's own clock showed `camera_utc_ns` at this media time (1/90000 s, the camera's). */
void segmenter_camera_clock(struct segmenter *segmenter, int64_t media_time, int64_t camera_utc_ns);
/* Cut at the next keyframe. */
void segmenter_seal(struct segmenter *segmenter);
/* The connection is over: writes and ends what is open. */
MUST_CHECK enum status segmenter_disconnect(struct segmenter *segmenter, struct error *error);
/* Writes and ends what is open. The stream goes on, placed anew, as one with this number. */
MUST_CHECK enum status segmenter_pause(struct segmenter *segmenter, uint32_t connection,
                                       struct error *error);
/* The same as segmenter_disconnect, when something has failed: what was not yet a piece is lost,
 * the pieces are the segment. */
void segmenter_abandon(struct segmenter *segmenter);

/* A segment is open. */
bool segmenter_is_open(const struct segmenter *segmenter);

#endif
