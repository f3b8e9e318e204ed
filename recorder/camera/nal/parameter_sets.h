/*
 * The parameter sets a stream has shown, from its description and in band: the newest of each
 * kind and id. When one changes, `generation` counts on, and the next keyframe starts a segment
 * with a decoder configuration record of its own.
 *
 * Bounded: at most PARAMETER_SETS_MAX sets of PARAMETER_SIZE_MAX bytes. What is beyond stays in
 * the samples, where the stream put it, and out of the configuration record.
 */
#ifndef SEALROOM_CAMERA_NAL_PARAMETER_SETS_H
#define SEALROOM_CAMERA_NAL_PARAMETER_SETS_H

#include "camera/nal/codec.h"

#define PARAMETER_SETS_MAX 32
#define PARAMETER_SIZE_MAX 1024

struct parameter_set {
    enum parameter_kind kind;
    uint32_t id;
    size_t size;
    uint8_t *data; /* owned */
};

struct parameter_sets {
    const struct video_codec *codec;
    unsigned count;
    struct parameter_set sets[PARAMETER_SETS_MAX]; /* by kind, then in order of arrival */
    uint32_t generation;                           /* 0: nothing seen */
    bool sequence_known;
    struct sequence sequence; /* of the sequence parameter set that changed last */
    uint64_t refused;         /* sets that could not be read, or beyond the bounds */
};

void parameter_sets_init(struct parameter_sets *sets, const struct video_codec *codec);
void parameter_sets_release(struct parameter_sets *sets);
/* One NAL unit of the kind; it is copied. */
void parameter_sets_add(struct parameter_sets *sets, enum parameter_kind kind, struct bytes nal);
/* Every parameter set in an Annex B byte stream (start codes), as libavformat hands them on. */
void parameter_sets_add_stream(struct parameter_sets *sets, struct bytes annex_b);
/* Is there enough to begin a segment: each kind the codec needs, and a picture size? */
bool parameter_sets_complete(const struct parameter_sets *sets);
/* How many of a kind there are, and the first of them (the others follow); NULL if none. */
const struct parameter_set *parameter_sets_of(const struct parameter_sets *sets,
                                              enum parameter_kind kind, unsigned *count);

/* Finds 00 00 01 at or after `from`; size if there is none. */
size_t start_code_find(struct bytes bytes, size_t from);

#endif
