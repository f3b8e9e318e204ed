/*
 * Makes access units of the pieces of a byte stream that libavformat hands on: an RTP packet's
 * payload at a time, NAL units after start codes, the rest of a fragmented NAL unit without one.
 *
 * An access unit is what has one RTP timestamp (RFC 6184, 5.1). Where the timestamp stands still,
 * the first slice of a picture begins the next one, and its time is not known.
 *
 * Bounded: an access unit of more than ACCESS_UNIT_MAX bytes is dropped whole and counted.
 */
#ifndef SEALROOM_CAMERA_ASSEMBLER_H
#define SEALROOM_CAMERA_ASSEMBLER_H

#include "camera/access_unit.h"
#include "camera/nal/parameter_sets.h"

#define ACCESS_UNIT_MAX ((size_t)8 * 1024 * 1024)

struct assembler;

MUST_CHECK enum status assembler_new(const struct video_codec *codec, struct assembler **assembler,
                                     struct error *error);
void assembler_free(struct assembler *assembler);
/* The parameter sets seen so far, in band and from assembler_describe; borrowed. */
const struct parameter_sets *assembler_parameters(const struct assembler *assembler);
/* Parameter sets from the stream's description, as an Annex B byte stream. */
void assembler_describe(struct assembler *assembler, struct bytes annex_b);

/* One piece with its media time. */
MUST_CHECK enum status assembler_add(struct assembler *assembler, struct bytes piece,
                                     bool time_known, int64_t media_time, int64_t arrival_ns);
/* Nothing more comes: what is there is an access unit. */
void assembler_finish(struct assembler *assembler);
/* Takes the next whole access unit; STATUS_AGAIN if there is none. *unit's old memory is kept for
 * the next one. At most two wait after one assembler_add: take them all before the next. */
MUST_CHECK enum status assembler_take(struct assembler *assembler, struct access_unit *unit);

/* Bytes that were left out since the start: no NAL unit, no picture, or too much. */
uint64_t assembler_dropped_bytes(const struct assembler *assembler);

#endif
