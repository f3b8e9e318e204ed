/*
 * What an `expiry` record of the appliance says: every record whose body is about to go. FORMAT.md,
 * "Expiry of bodies".
 */
#ifndef SEALROOM_STORE_BODY_EXPIRY_RECORD_H
#define SEALROOM_STORE_BODY_EXPIRY_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* So many ranges one record holds: what does not fit is for the next. */
#define BODY_RANGES_MAX 1024

struct body_range {
    uint64_t first; /* records, both in it */
    uint64_t last;
};

struct body_expiry_record {
    uint32_t record_days; /* the setting in force */
    size_t count;
    struct body_range ranges[BODY_RANGES_MAX]; /* ascending, not touching */
};

/* Is this expiry record of bodies? Else it is of segments (expiry_record.h). */
bool body_expiry_record_is(const json_t *body);
/* *members is the caller's to json_decref. */
MUST_CHECK enum status body_expiry_record_members(const struct body_expiry_record *record,
                                                  json_t **members, struct error *error);
/* The same as the next of a reason that this version does not know. */
MUST_CHECK enum status body_expiry_record_parse_any(const json_t *body,
                                                    struct body_expiry_record *record,
                                                    struct error *error);
/* Strict. Large: keep *record on the heap. */
MUST_CHECK enum status body_expiry_record_parse(const json_t *body,
                                                struct body_expiry_record *record,
                                                struct error *error);

#endif
