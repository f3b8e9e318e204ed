/*
 * A clip: a stretch of one camera's recorded fragments, byte for byte, in a file that any player
 * opens and seeks in, and that the ONVIF Export File Format (26.06) seals.
 *
 *   ftyp, moov     complete sample tables, which point into the recorded fragments
 *   mdat           the recorded init part, then the recorded fragments, verbatim
 *   meta           who, when, two seals (clip_meta.h)
 *
 * It is made in two passes over the segments, so that its memory is that of its tables, whatever
 * its size; how long it will be is known after the first. FORMAT.md, "Clip", gives every byte.
 */
#ifndef SEALROOM_EVIDENCE_CLIP_H
#define SEALROOM_EVIDENCE_CLIP_H

#include "evidence/clip_meta.h"
#include "evidence/clip_plan.h"

struct clip;

/* A recorded piece as it stands in the clip: first the init part, then the fragments. */
struct clip_fragment {
    size_t segment;  /* of the footage */
    size_t piece;    /* of the segment */
    uint64_t offset; /* in the clip */
    uint64_t size;
    struct digest sha256;
    struct digest sm3; /* zeros where the segment has none */
};

/* Takes the bytes of a clip, in order. */
struct clip_sink {
    enum status (*write)(void *context, struct bytes bytes, struct error *error);
    void *context;
};

/* The first pass: reads the boxes of the stretch's fragments. All that is given must live as long
 * as the clip. Certificates that no export keys have are STATUS_INVALID; damaged footage is
 * STATUS_INVALID, STATUS_MISMATCH or STATUS_UNSUPPORTED, and named by file and offset. */
MUST_CHECK enum status clip_open(const struct footage *footage, const struct clip_stretch *stretch,
                                 const struct clip_about *about, const struct clip_sealer *sealer,
                                 struct clip **clip, struct error *error);
/* NULL is allowed. */
void clip_free(struct clip *clip);
/* Bytes of the whole file. */
uint64_t clip_size(const struct clip *clip);
/* When the first picture that is shown was taken, a keyframe; and when the last one ends. */
int64_t clip_start_utc_ns(const struct clip *clip);
int64_t clip_end_utc_ns(const struct clip *clip);
size_t clip_fragment_count(const struct clip *clip);
/* Borrowed. */
const struct clip_fragment *clip_fragment_at(const struct clip *clip, size_t index);

/* The second pass: hands the file to the sink, once. Each recorded piece is held against its
 * digest on the way; STATUS_MISMATCH names the file and the range that is not what was recorded.
 * What the sink returns is returned. */
MUST_CHECK enum status clip_write(struct clip *clip, const struct clip_sink *sink,
                                  struct error *error);
/* SHA-256 of the whole file, after clip_write. */
const struct digest *clip_sha256(const struct clip *clip);

#endif
