/*
 * proof/records.txt: what is shown of a ledger, and the tree over all of it (FORMAT.md, "Records"
 * of "Package"). Read as a stream; what it takes in memory does not grow with it.
 */
#ifndef SEALROOM_EVIDENCE_RECORD_FILE_H
#define SEALROOM_EVIDENCE_RECORD_FILE_H

#include "evidence/member_lines.h"
#include "ledger/merkle.h"

#define RECORD_FILE_FIRST_LINE "sealroom records v1"

enum shown_as {
    SHOWN_RUN = 1, /* of a source that was asked for */
    SHOWN_HEAD,    /* the same, its body not shown */
    SHOWN_BESIDE,  /* what others are judged by */
};

struct shown_record {
    enum shown_as as;
    uint64_t number;
    struct bytes head;
    struct bytes body; /* empty with SHOWN_HEAD */
    bool leaf_fits;    /* the stated leaf is that of the head */
    uint64_t from;     /* the item's bytes in the member */
    uint64_t to;
};

/* The root of the first `size` records, where an item begins. */
struct record_mark {
    uint64_t size;
    bool reached;
    struct digest by_leaves; /* by the leaves that are stated */
    struct digest by_heads;  /* by those that the heads have */
};

struct record_file {
    enum digest_algorithm algorithm;
    /* Each record, in order. The bytes are borrowed for the call. Anything but STATUS_OK ends the
     * reading and is returned. */
    enum status (*each)(void *context, const struct shown_record *record, struct error *error);
    void *context;
    struct record_mark *marks; /* ascending by size; filled in */
    size_t mark_count;
};

/* Reads to the last line. STATUS_INVALID: the line that was read last is malformed. Whether marks
 * were reached, and whether one of them is at the end, is the caller's to judge: *size is how many
 * records are tiled. */
MUST_CHECK enum status record_file_read(struct record_file *file, struct member_lines *lines,
                                        uint64_t *size, struct error *error);

#endif
