/*
 * What an `expiry` record says: every segment that is about to be deleted. FORMAT.md,
 * "Expiry". One record is of one camera (source camera/ID), so that whoever is shown that
 * camera's records sees its expiries.
 */
#ifndef SEALROOM_STORE_EXPIRY_RECORD_H
#define SEALROOM_STORE_EXPIRY_RECORD_H

#include "store/retention.h"
#include "store/segment_record.h"

/* One segment that an expiry record names. */
struct expiry_segment {
    uint64_t record; /* of its `segment` record */
    char id[SEGMENT_ID_SIZE];
    char file[SEGMENT_FILE_SIZE];
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    uint64_t size;
    bool below_floor; /* younger than video_days */
    struct piece_roots roots;
};

struct expiry_record {
    char camera[ID_SIZE];
    enum retention_reason reason;
    uint32_t video_days; /* the setting in force */
    size_t count;
    struct expiry_segment segments[RETENTION_CHOICES_MAX];
};

/* *members is the caller's to json_decref. */
MUST_CHECK enum status expiry_record_members(const struct expiry_record *record, json_t **members,
                                             struct error *error);
/* The same as the next of a reason that this version does not know: it is 0 then. */
MUST_CHECK enum status expiry_record_parse_any(const json_t *body, struct expiry_record *record,
                                               struct error *error);
/* Strict. Large: keep *record on the heap. */
MUST_CHECK enum status expiry_record_parse(const json_t *body, struct expiry_record *record,
                                           struct error *error);

#endif
