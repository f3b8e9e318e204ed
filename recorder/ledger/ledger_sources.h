/*
 * The sources' counters: who has spoken, how often, and in which record last.
 */
#ifndef SEALROOM_LEDGER_LEDGER_SOURCES_H
#define SEALROOM_LEDGER_LEDGER_SOURCES_H

#include "ledger/record.h"

/* More sources than an appliance can have: cameras, doors, and uids that asked something. */
#define LEDGER_SOURCES_MAX 4096

struct ledger_source {
    char name[SOURCE_SIZE];
    uint64_t seq;    /* of its newest record, waiting ones counted */
    uint64_t number; /* of that record */
    int64_t at_utc_ns;
    int64_t monotonic_ns;
    bool changed; /* since the last commit */
};

/* Zero-initialise; release with ledger_sources_release. */
struct ledger_sources {
    struct ledger_source *items;
    size_t count;
    size_t capacity;
};

void ledger_sources_release(struct ledger_sources *sources);
/* NULL if the source has never spoken. Valid until the next ledger_sources_add. */
struct ledger_source *ledger_sources_find(const struct ledger_sources *sources, const char *name);
/* A new source with counters of 0. `name` must fit. STATUS_FULL beyond the limit. */
MUST_CHECK enum status ledger_sources_add(struct ledger_sources *sources, const char *name,
                                          struct ledger_source **source);
/* Takes the record `number` into its source's counters, adding the source if it is new. */
MUST_CHECK enum status ledger_sources_note(struct ledger_sources *sources,
                                           const struct record_head *head, uint64_t number);
/* The sum of all seq: the number of records there must be. */
uint64_t ledger_sources_sum(const struct ledger_sources *sources);

#endif
