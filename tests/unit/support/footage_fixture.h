/*
 * Recorded footage to make clips of: segments in memory, made by the muxer that records, of
 * pictures that nobody can decode; and keys to seal with.
 */
#ifndef SEALROOM_TESTS_FOOTAGE_FIXTURE_H
#define SEALROOM_TESTS_FOOTAGE_FIXTURE_H

#include "base/clock.h"
#include "camera/assembler.h"
#include "evidence/clip.h"

#define UTC      (INT64_C(1700000000) * NS_PER_SECOND) /* of the first picture */
#define FRAME    3600                                  /* in units of the video's timescale */
#define FRAME_NS (40 * NS_PER_MS)
/* An even number, so that a fragment begins with a picture that is shown before the one in front
 * of it, where they are reordered. */
#define FRAGMENT_FRAMES INT64_C(24)
#define FRAGMENTS       INT64_C(3) /* a segment; the first one begins with a keyframe */
#define SEGMENT_NS      (FRAGMENTS * FRAGMENT_FRAMES * FRAME_NS)
#define SEGMENTS_MAX    8

struct recorded {
    char name[16];
    int descriptor;
    struct piece_list *pieces;
    bool continues;
};

/* What is recorded next. */
struct fixture {
    char directory[64];
    struct export_key *keys[CLIP_SEALS];
    struct certificate *certificates[CLIP_SEALS];
    struct clip_sealer sealer;
    struct assembler *assembler;
    struct recorded segments[SEGMENTS_MAX];
    struct footage footage;
    bool reordered;
    bool sound;
    bool jittery;        /* no sample lasts as long as the one before */
    bool all_keys;       /* every fragment begins with a keyframe */
    int64_t sound_after; /* samples of sound that are missing at the start */
    int64_t frame;
    int64_t sound_at;
};

/* For cmocka: the keys are made once, the footage is each test's own. *state is a struct
 * fixture. */
int footage_make_keys(void **state);
int footage_drop_keys(void **state);
int footage_set_up(void **state);
int footage_tear_down(void **state);

/* The next segment, with its file and no pieces. */
struct recorded *footage_begin(struct fixture *fixture, bool continues);
/* Adds a piece with these bytes, which are then forgotten. */
void footage_add(struct recorded *segment, struct buffer *bytes, struct piece piece);
/* A whole segment of FRAGMENTS fragments. */
struct recorded *footage_record(struct fixture *fixture, bool continues);
/* Another bit in a segment's file. */
void footage_flip(const struct recorded *segment, uint64_t offset, uint32_t bit);

#endif
