/*
 * A clip's own bytes, held against its recorded pieces: they follow from them (FORMAT.md, "Clip").
 * Else an exporter could have a player show other bytes, in another order, at other times, than
 * were recorded. Internal.
 */
#ifndef SEALROOM_EVIDENCE_CHECK_OWN_H
#define SEALROOM_EVIDENCE_CHECK_OWN_H

#include "evidence/check_parts.h"
#include "evidence/clip_movie.h"

struct stretch_job;

/* What is known of the clip at hand. Zero-initialise; release. */
struct own_bytes {
    const struct zip_member *clip;
    bool is_judged; /* or cannot be: a stretch of it is not whole, or it has pieces alone */
    uint64_t front; /* bytes before its first piece */
    uint64_t data;  /* of its pieces */
    struct piece init;
    struct clip_movie movie;
    struct footage_fragment fragment; /* memory to read into */
};

void own_bytes_release(struct own_bytes *own);
/* The clips' stretches after they were hashed, in their order. Only STATUS_IO and STATUS_NO_MEMORY
 * fail. */
MUST_CHECK enum status own_bytes_take(struct check *check, struct own_bytes *own,
                                      const struct stretch_job *job, struct error *error);

#endif
