/*
 * From the end of a segment to its record: the rest of the file is hashed if its camera is gone,
 * the flusher makes it durable, the record is appended with its pieces, and after the commit the
 * file is let go.
 *
 * When the system fails the fsync, the pages may be lost although the file reads well now. The
 * segment is recorded with the digests of what the camera sent, so that a loss shows, and a
 * `health` record and an alarm name the file. It is no gap: nobody knows yet whether video is
 * missing.
 */
#ifndef SEALROOM_KEEPER_SEALER_H
#define SEALROOM_KEEPER_SEALER_H

#include "keeper/parts.h"

/* Between the end of a segment and its record. */
struct sealing {
    struct sealer *sealer;
    struct camera *camera;
    struct segment *segment;
    int64_t not_before_ns; /* monotonic: its camera may still be writing until then */
    bool completing;       /* the rest of the file is to be hashed first */
    struct sealing *next;
};

MUST_CHECK enum status sealer_new(struct keeper *keeper, struct sealer **sealer,
                                  struct error *error);
/* What is not on record yet stays for the next start. NULL is allowed. */
void sealer_free(struct sealer *sealer);

/* Takes the segment, which ended as told. */
void sealer_seal(struct sealer *sealer, struct camera *camera, struct segment *segment);
/* Takes the segment of a camera process that is gone, or will be by `not_before_ns`: what lies
 * beyond the told pieces is hashed first; an empty file is removed. */
void sealer_complete(struct sealer *sealer, struct camera *camera, struct segment *segment,
                     int64_t not_before_ns);
/* The camera's process has ended: nothing writes to its files any more. */
void sealer_writer_ended(struct sealer *sealer, const struct camera *camera);
/* Everything handed in is on record. */
bool sealer_is_idle(const struct sealer *sealer);
/* The list, for the progress note; borrowed until the next call of the loop. */
const struct sealing *sealer_list(const struct sealer *sealer);

#endif
