/*
 * What a `gap` record says: time without video of one camera, and why. FORMAT.md, "Gap".
 */
#ifndef SEALROOM_STORE_GAP_RECORD_H
#define SEALROOM_STORE_GAP_RECORD_H

#include "base/message.h"
#include "ledger/record.h"

struct gap_record {
    char camera[ID_SIZE];
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    enum gap_cause cause;
    bool continues; /* the gap goes on: the next record of this camera's gaps follows on */
    char detail[DETAIL_SIZE];
};

/* The body's members; *members is the caller's to json_decref. */
MUST_CHECK enum status gap_record_members(const struct gap_record *record, json_t **members,
                                          struct error *error);
/* The same as the next of a cause that this version does not know: it is 0 then. */
MUST_CHECK enum status gap_record_parse_any(const json_t *body, struct gap_record *record,
                                            struct error *error);
/* Strict; end before start is STATUS_INVALID. */
MUST_CHECK enum status gap_record_parse(const json_t *body, struct gap_record *record,
                                        struct error *error);

#endif
