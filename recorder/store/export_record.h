/*
 * What an `operator` record with action `export` says: somebody asked for a package. FORMAT.md,
 * "Operator". It is durable before a byte is copied, and the package is judged by it.
 */
#ifndef SEALROOM_STORE_EXPORT_RECORD_H
#define SEALROOM_STORE_EXPORT_RECORD_H

#include "base/message.h"
#include "ledger/record.h"

#define EXPORT_ACTION      "export"
#define EXPORT_SOURCES_MAX 256u

struct export_source {
    char source[SOURCE_SIZE];
    uint64_t latest; /* its newest seq then; 0: it never spoke */
};

struct export_record {
    uint32_t uid; /* of the process that asked */
    uint32_t process;
    char account[ID_SIZE]; /* for whom; "": for the local user */
    char person[NAME_SIZE];
    char second[ID_SIZE]; /* "" if there was no second person */
    int64_t from_utc_ns;
    int64_t to_utc_ns;       /* not in it */
    char doors[DETAIL_SIZE]; /* ids by single spaces, "" if it was not said of doors */
    char purpose[DETAIL_SIZE];
    char case_number[DETAIL_SIZE];
    char medium[DETAIL_SIZE]; /* "" if it is not known */
    size_t count;
    struct export_source sources[EXPORT_SOURCES_MAX]; /* ascending by name */
};

/* Is this body of an `operator` record a request for a package? */
bool export_record_is(const json_t *body);
/* *members is the caller's to json_decref. */
MUST_CHECK enum status export_record_members(const struct export_record *record, json_t **members,
                                             struct error *error);
/* Strict. Large: keep *record on the heap. */
MUST_CHECK enum status export_record_parse(const json_t *body, struct export_record *record,
                                           struct error *error);

#endif
