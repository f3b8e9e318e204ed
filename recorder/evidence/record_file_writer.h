/*
 * Making proof/records.txt: records as they are handed over, in order, and between them as few
 * stored nodes as stand for what is not shown.
 */
#ifndef SEALROOM_EVIDENCE_RECORD_FILE_WRITER_H
#define SEALROOM_EVIDENCE_RECORD_FILE_WRITER_H

#include "evidence/record_file.h"
#include "evidence/tiling.h"

struct record_file_writer {
    struct tiling tiling;  /* algorithm, nodes and sink are the caller's to fill */
    uint64_t size;         /* records of the checkpoint */
    const uint64_t *marks; /* sizes of checkpoints from outside, ascending: an item begins there */
    size_t mark_count;
};

MUST_CHECK enum status record_file_begin(struct record_file_writer *writer, struct error *error);
/* `leaf` is the stored one. `body` is passed over with SHOWN_HEAD. */
MUST_CHECK enum status record_file_add(struct record_file_writer *writer, enum shown_as as,
                                       uint64_t number, const struct digest *leaf,
                                       struct bytes head, struct bytes body, struct error *error);
/* The rest of the tree. STATUS_MISMATCH: its root is not `root`; the ledger is altered. */
MUST_CHECK enum status record_file_end(struct record_file_writer *writer, const struct digest *root,
                                       struct error *error);

#endif
