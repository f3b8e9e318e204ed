/*
 * What an `operator` record with action `exported` says: what became of a request for a package.
 * FORMAT.md, "Operator". Every request gets one, at the latest at the keeper's next start.
 */
#ifndef SEALROOM_STORE_EXPORTED_RECORD_H
#define SEALROOM_STORE_EXPORTED_RECORD_H

#include "base/message.h"
#include "ledger/record.h"

#define EXPORTED_ACTION "exported"

struct exported_record {
    uint32_t uid; /* who asked */
    uint32_t process;
    uint64_t request; /* its record */
    bool done;
    /* done: */
    struct digest package;
    uint64_t size;           /* bytes of the package */
    uint64_t encrypted_size; /* of the file that holds it encrypted; 0: it is the file */
    uint32_t records;
    uint32_t clips;
    /* failed: */
    char detail[DETAIL_SIZE];
};

bool exported_record_is(const json_t *body);
/* *members is the caller's to json_decref. */
MUST_CHECK enum status exported_record_members(const struct exported_record *record,
                                               json_t **members, struct error *error);
/* Strict. */
MUST_CHECK enum status exported_record_parse(const json_t *body, struct exported_record *record,
                                             struct error *error);

#endif
