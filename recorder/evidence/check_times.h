/*
 * What proof/clips.txt says of a fragment's time, held against the fragment itself and against its
 * segment's record (FORMAT.md, "Clips"): else an exporter could leave out video and stretch what is
 * left over it. Internal.
 */
#ifndef SEALROOM_EVIDENCE_CHECK_TIMES_H
#define SEALROOM_EVIDENCE_CHECK_TIMES_H

#include "evidence/check_stretches.h"

/* The video track that an init part in a clip tells of. *track is all zeros, and times are held
 * against the record only, where it tells of none. STATUS_IO: the disk. */
MUST_CHECK enum status check_times_track(const struct zip_reader *zip,
                                         const struct zip_member *clip, uint64_t offset,
                                         uint64_t size, struct box_track *track,
                                         struct error *error);
/* What the fragment says of its time, into the job; from any thread. `room` is to read into.
 */
MUST_CHECK enum status check_times_read(const struct zip_reader *zip, struct stretch_job *job,
                                        uint8_t *room, size_t size);
/* Judges a fragment whose digest fits; those of a segment in their order. */
void check_times_judge(struct check *check, const struct stretch_job *job);

#endif
