/*
 * Stretches of members hashed on several threads, and held against what they should be. Internal.
 */
#ifndef SEALROOM_EVIDENCE_PIECE_HASHING_H
#define SEALROOM_EVIDENCE_PIECE_HASHING_H

#include "crypto/suite.h"
#include "evidence/zip_reader.h"

struct stretch_job {
    const struct zip_member *member;
    uint32_t offset; /* in it */
    uint32_t size;
    struct digest digest; /* what it should be */
    bool is_piece;        /* else the clip's own */
    uint64_t record;      /* a piece: its segment's */
    int64_t start_utc_ns;
    int64_t duration_ns;
    enum status status; /* filled in: STATUS_OK, STATUS_MISMATCH, STATUS_IO, STATUS_NO_MEMORY */
};

void stretch_jobs_run(const struct zip_reader *reader, enum digest_algorithm algorithm,
                      unsigned threads, struct stretch_job *jobs, size_t count);

#endif
