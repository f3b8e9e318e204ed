/* What the files of evidence.h share. */
#ifndef SEALROOM_COMMAND_EVIDENCE_INTERNAL_H
#define SEALROOM_COMMAND_EVIDENCE_INTERNAL_H

#include "firmware/command/evidence.h"
#include "firmware/command/keeper_link.h"
#include "store/body_expiry_record.h"
#include "store/catalog.h"

struct evidence {
    const struct invocation *invocation;
    struct keeper_link *link; /* NULL: the appliance does not run */
    struct ledger_view *ledger;
    enum digest_algorithm algorithm;
    struct catalog_view *catalog; /* NULL: absent, or of another ledger */
    uint64_t through;             /* records the catalog has taken in */
    uint64_t end;                 /* records in the ledger's snapshot */
    json_t *configuration;        /* body of the newest configuration record; NULL until asked */
    bool configuration_read;
    struct body_range *expired; /* records whose bodies expiry records name */
    size_t expired_count;
    size_t expired_capacity;
    bool expired_read;
};

/* Numbers of records, sorted, each once. Zero-initialise; free(items). */
struct evidence_numbers {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

/* Where the filter's records can be: what the catalog says, and what it has not taken in. */
MUST_CHECK enum status evidence_candidates(struct evidence *evidence,
                                           const struct evidence_filter *filter,
                                           struct evidence_numbers *numbers, struct error *error);
/* Reads and judges a record; *row borrows from the ledger's view and owns row->body, which the
 * caller gives to json_decref. */
MUST_CHECK enum status evidence_read(struct evidence *evidence, uint64_t number,
                                     struct evidence_row *row, struct error *error);

#endif
