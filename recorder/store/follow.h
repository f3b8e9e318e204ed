/*
 * An index that follows the records: everything in it is derived from them, in order, in the
 * transaction that commits them. What it lacks when the ledger is opened it reads up, so it can
 * be lost at any time. Internal to the store.
 */
#ifndef SEALROOM_STORE_FOLLOW_H
#define SEALROOM_STORE_FOLLOW_H

#include <jansson.h>

#include "ledger/ledger.h"

/* Kinds whose bodies a follower wants. */
#define FOLLOW_KIND(kind) (UINT64_C(1) << (unsigned)(kind))

/* One record, as a follower is handed it. */
struct followed_record {
    uint64_t number;
    struct record_head head;
    const json_t *body; /* NULL: not wanted, expired, or not what its head says */
};

struct follower {
    const char *name; /* of the index, in table `followed` */
    uint64_t kinds;
    /* One record more, in order, inside the transaction. */
    enum status (*take)(void *context, struct sqlite3 *database,
                        const struct followed_record *record, struct error *error);
    /* After the records of a transaction; may be NULL. */
    enum status (*finish)(void *context, struct sqlite3 *database, struct error *error);
    /* Everything is to be taken anew, from record 0; may be NULL. */
    enum status (*restart)(void *context, struct sqlite3 *database, struct error *error);
    void *context;
    /* The rest is this module's. */
    struct ledger *ledger;
    uint64_t next;
};

/* Makes the tables, reads up what the index lacks, and follows from now on. *follower must stay
 * where it is for the ledger's life. */
MUST_CHECK enum status follow_attach(struct follower *follower, struct ledger *ledger,
                                     const char *schema, struct error *error);

/* Hands at most `limit` records from *next on to `take`; *next is one more than the last seen.
 * A row whose head cannot be read is passed over: the ledger's own check reports it. */
MUST_CHECK enum status follow_records(struct sqlite3 *database, enum digest_algorithm algorithm,
                                      uint64_t kinds, uint64_t *next, uint64_t limit,
                                      enum status (*take)(void *context, struct sqlite3 *database,
                                                          const struct followed_record *record,
                                                          struct error *error),
                                      void *context, struct error *error);

/* SQL that makes the table, as it stands in the file. */
extern const char followed_schema[];

#endif
