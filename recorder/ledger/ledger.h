/*
 * The ledger: records, the tree over them, checkpoints, and the indexes that belong to them, in
 * one SQLite file. ledger.c describes the schema column by column.
 *
 * One writer. Records are appended to a batch in memory and committed together: rows, nodes and
 * the signed checkpoint are one transaction, signed before the commit. Nothing is visible or
 * acknowledged before ledger_commit returns STATUS_OK. If it returns STATUS_UNCERTAIN the
 * outcome is unknown: the process must end and open the ledger again.
 */
#ifndef SEALROOM_LEDGER_LEDGER_H
#define SEALROOM_LEDGER_LEDGER_H

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/record.h"

struct ledger;

/* What opening found and mended; each is a fact for a health record. */
struct ledger_findings {
    bool nodes_rebuilt;           /* stored nodes did not fit the checkpoint, rows did */
    uint64_t rows_quarantined;    /* rows beyond the newest checkpoint, moved aside */
    bool needs_replacement;       /* neither nodes nor rows fit the newest checkpoint */
    char detail[ERROR_TEXT_SIZE];
};

/* Makes an empty ledger file with a fresh origin. STATUS_EXISTS if there is one. */
MUST_CHECK enum status ledger_create(const char *path, const struct suite *suite,
                                     struct error *error);
/* Opens for writing. With needs_replacement set the result is STATUS_MISMATCH and *ledger NULL:
 * the keeper then calls ledger_set_aside and makes a new one. */
MUST_CHECK enum status ledger_open(const char *path, struct device_key *key,
                                   const struct clock *clock, struct ledger **ledger,
                                   struct ledger_findings *findings, struct error *error);
void ledger_free(struct ledger *ledger);
/* Renames the ledger's files to PATH.aside-<UTC>; writes the new name into `name`. */
MUST_CHECK enum status ledger_set_aside(const char *path, int64_t utc_ns, char *name,
                                        size_t name_size, struct error *error);

const char *ledger_origin(const struct ledger *ledger);
const struct suite *ledger_suite(const struct ledger *ledger);
/* Records committed. */
uint64_t ledger_size(const struct ledger *ledger);
/* Records committed and waiting. */
uint64_t ledger_pending_size(const struct ledger *ledger);

/* Adds a record to the batch. `members` is a JSON object and is borrowed. *number is the record's
 * number (leaf index, from 0). */
MUST_CHECK enum status ledger_append(struct ledger *ledger, enum record_kind kind,
                                     const char *source, const json_t *members, uint64_t *number,
                                     struct error *error);
/* Everything waiting, in one durable transaction with its checkpoint. Nothing waiting is
 * STATUS_OK and does nothing. */
MUST_CHECK enum status ledger_commit(struct ledger *ledger, struct error *error);
/* The newest checkpoint's note; borrowed until the next commit. Empty before the first. */
struct bytes ledger_checkpoint(const struct ledger *ledger);

/* Latest seq and time of a source, 0 if it has never spoken. */
void ledger_source_state(const struct ledger *ledger, const char *source, uint64_t *seq,
                         int64_t *at_utc_ns, int64_t *monotonic_ns);

/* The connection, for the modules that keep indexes in the same transaction (ledger_index.h);
 * struct sqlite3, borrowed. The index statement is run inside the next commit. */
struct sqlite3;
struct sqlite3 *ledger_database(struct ledger *ledger);

/* One row as it is stored. `body` is empty with has_body false after it expired. Borrowed until
 * the next call on the same reader. */
struct ledger_row {
    uint64_t number;
    struct bytes head;
    struct bytes body;
    bool has_body;
    struct digest leaf; /* as stored among the nodes */
};

/* Reading, by any process: its own read-only connection. */
struct ledger_view;
MUST_CHECK enum status ledger_view_open(const char *path, struct ledger_view **view,
                                        struct error *error);
void ledger_view_free(struct ledger_view *view);
const char *ledger_view_origin(const struct ledger_view *view);
const struct suite *ledger_view_suite(const struct ledger_view *view);
/* Begins a snapshot: what is read until ledger_view_end is of one moment. */
MUST_CHECK enum status ledger_view_begin(struct ledger_view *view, struct error *error);
void ledger_view_end(struct ledger_view *view);
/* Every row from `from` in order, until `each` returns other than STATUS_OK. */
MUST_CHECK enum status ledger_view_rows(struct ledger_view *view, uint64_t from,
                                        enum status (*each)(void *context,
                                                            const struct ledger_row *row),
                                        void *context, struct error *error);
MUST_CHECK enum status ledger_view_row(struct ledger_view *view, uint64_t number,
                                       struct ledger_row *row, struct error *error);
/* Every stored checkpoint, smallest size first. */
MUST_CHECK enum status ledger_view_checkpoints(struct ledger_view *view,
                                               enum status (*each)(void *context, uint64_t size,
                                                                   struct bytes note),
                                               void *context, struct error *error);
/* A stored tree node, for proofs. */
struct merkle_nodes ledger_view_nodes(struct ledger_view *view);

#endif
