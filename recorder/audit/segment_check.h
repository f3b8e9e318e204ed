/*
 * One sealed file against its record: every byte, and where it differs.
 */
#ifndef SEALROOM_AUDIT_SEGMENT_CHECK_H
#define SEALROOM_AUDIT_SEGMENT_CHECK_H

#include <stdatomic.h>

#include "audit/finding.h"
#include "store/segment_record.h"

/* Faults of one file, apart from one another. */
#define SEGMENT_FAULTS_MAX 32u

struct segment_fault {
    enum audit_fault fault;
    uint64_t from;
    uint64_t to;
    char detail[96];
};

struct segment_check {
    /* in */
    int volume; /* the open video folder */
    struct segment_record record;
    struct piece_list *pieces; /* as stored, owned; NULL if there is none that fits the record */
    enum digest_algorithm algorithm;
    bool both_digests;
    _Atomic uint64_t *hashed; /* bytes, added to */
    /* out */
    size_t count;
    struct segment_fault faults[SEGMENT_FAULTS_MAX]; /* the last one reaches to the last fault */
};

/* Runs on any thread. */
void segment_check(struct segment_check *check);

/* Does a stored list of pieces say what the record says, as far as the record can tell? The
 * reason it does not is put into `detail`. */
bool segment_pieces_fit(const struct segment_record *record, const struct piece_list *pieces,
                        char *detail, size_t size);

#endif
