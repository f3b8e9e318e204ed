/*
 * The sample table of a track (ISO/IEC 14496-12, 8.5 to 8.7), grown sample by sample and kept as
 * it will be written: four bytes a sample for its size, four for a keyframe, and eight for each
 * change of duration, of composition offset, and of samples a chunk. Internal: its fields are for
 * clip_movie.c to read.
 */
#ifndef SEALROOM_EVIDENCE_SAMPLE_TABLE_H
#define SEALROOM_EVIDENCE_SAMPLE_TABLE_H

#include "evidence/box_writer.h"
#include "store/box_sample.h"

/* More have no room in a clip's memory; longer footage is several clips. */
#define SAMPLE_TABLE_MAX (UINT32_C(1) << 20)

/* Equal values that follow each other. */
struct sample_run {
    uint32_t value;
    uint32_t count;
};

struct sample_table {
    uint32_t samples;
    uint32_t chunks;
    uint32_t sync_samples;
    uint32_t chunk_samples;         /* in the chunk that is open */
    uint32_t chunk_samples_written; /* of the newest entry of `chunk_runs` */
    uint64_t first_decode;
    uint64_t last_decode;
    uint32_t last_duration;
    uint64_t data_end; /* of the sample before, in the clip's mdat */
    bool reordered;    /* a composition offset is not 0 */
    struct sample_run duration;
    struct sample_run composition;
    /* entries of the boxes, big-endian */
    struct buffer durations;     /* stts */
    struct buffer compositions;  /* ctts */
    struct buffer syncs;         /* stss */
    struct buffer chunk_runs;    /* stsc */
    struct buffer sizes;         /* stsz */
    struct buffer chunk_offsets; /* stco: from the first byte of the mdat's content */
};

void sample_table_release(struct sample_table *table);
/* Where the next sample is to be decoded, if nothing is missing in between. */
uint64_t sample_table_next_decode(const struct sample_table *table);
/* Adds a sample whose bytes stand at `offset` of the mdat's content. STATUS_INVALID: it is decoded
 * no later than the one before, or its composition offset is negative; STATUS_FULL. */
MUST_CHECK enum status sample_table_add(struct sample_table *table, const struct box_sample *sample,
                                        uint64_t offset);
/* After the last one. */
MUST_CHECK enum status sample_table_end(struct sample_table *table);
/* Writes stts, ctts, stss, stsc, stsz and stco. `base` is where the mdat's content begins in the
 * file; all offsets must then be below 4 GiB. */
void sample_table_put(const struct sample_table *table, uint64_t base, struct box_writer *writer);

#endif
