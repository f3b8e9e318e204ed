/*
 * What of a camera's time is covered by video, and which gap records follow from that.
 *
 * Pure: it is told what happened and when, and answers with the gap that is to be recorded, if
 * any. Coverage begins at the camera's first keyframe. From then on every moment is inside a
 * segment or inside a gap; a gap of at most COVERAGE_TOLERANCE_NS between two segments is none.
 * A gap that lasts is cut at COVERAGE_HOUR_NS. Lengths are judged by the monotonic clock where
 * both ends are of this boot, so that no clock step makes or hides a gap.
 */
#ifndef SEALROOM_KEEPER_COVERAGE_H
#define SEALROOM_KEEPER_COVERAGE_H

#include "base/clock.h"
#include "base/message.h"
#include "base/vocabulary.h"

#define COVERAGE_TOLERANCE_NS (100 * NS_PER_MS)
#define COVERAGE_HOUR_NS      (3600 * NS_PER_SECOND)

/* A moment by both clocks; monotonic_ns is 0 if it is of another boot or not known. */
struct moment {
    int64_t utc_ns;
    int64_t monotonic_ns;
};

struct coverage {
    bool begun;     /* a keyframe was recorded since the camera was configured */
    bool recording; /* a segment is open */
    struct moment covered_to;
    enum gap_cause cause; /* of the gap that is open, or of the next one */
    bool said;            /* `cause` was reported, not assumed */
    char detail[DETAIL_SIZE];
};

/* What is to be recorded; nothing if `exists` is false. */
struct coverage_gap {
    bool exists;
    bool continued; /* it goes on after to_utc_ns */
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    enum gap_cause cause;
    char detail[DETAIL_SIZE];
};

/* A camera that was never recorded. */
void coverage_init(struct coverage *coverage);
/* Takes up what an earlier run of the recorder had covered; `cause` is why that run ended. */
void coverage_resume(struct coverage *coverage, int64_t covered_to_utc_ns, enum gap_cause cause);
/* A segment's first frame; its gap ends the open one. */
struct coverage_gap coverage_begin(struct coverage *coverage, struct moment start);
/* A segment's end. `continues`: the next one begins with the very next frame. */
void coverage_end(struct coverage *coverage, struct moment end, bool continues);
/* Why there is no video, as reported. The last report before the picture comes back names the
 * gap; only a gap of the recorder's or its disk's making is cut where another's begins. What
 * nobody named is GAP_NOT_DELIVERED between segments of one stream, and else GAP_ENDED. */
struct coverage_gap coverage_cause(struct coverage *coverage, enum gap_cause cause,
                                   const char *detail, struct moment at);
/* What was reported did not come to pass: the segment goes on. */
void coverage_unsay(struct coverage *coverage);
/* To be called every few seconds: cuts a gap that lasts. */
struct coverage_gap coverage_tick(struct coverage *coverage, struct moment now);
/* The recorder stops in order: what is open is recorded up to now. */
struct coverage_gap coverage_stop(struct coverage *coverage, struct moment now);
/* The wall clock stepped by `difference_ns`. */
void coverage_step(struct coverage *coverage, int64_t difference_ns);

#endif
