/*
 * What a `hold` record says: a range of time that may not be deleted, or that one of these may be
 * again.
 */
#ifndef SEALROOM_STORE_HOLD_RECORD_H
#define SEALROOM_STORE_HOLD_RECORD_H

#include <jansson.h>

#include "base/message.h"

/* Body of a `hold` record. */
struct hold_record {
    bool release;        /* else it sets one */
    uint64_t hold;       /* release: the record number of the hold that ends */
    int64_t from_utc_ns; /* set: the range, to_utc_ns not in it */
    int64_t to_utc_ns;
    char cameras[DETAIL_SIZE]; /* set: ids by single spaces; "" is all */
    char doors[DETAIL_SIZE];
    char reason[DETAIL_SIZE];
    char by[NAME_SIZE];   /* "uid 1000", or an account */
    char second[ID_SIZE]; /* the second person's account; "" if none was asked for */
};

/* The body's members; *members is the caller's to json_decref. */
MUST_CHECK enum status hold_record_members(const struct hold_record *record, json_t **members,
                                           struct error *error);
MUST_CHECK enum status hold_record_parse(const json_t *body, struct hold_record *record,
                                         struct error *error);

#endif
