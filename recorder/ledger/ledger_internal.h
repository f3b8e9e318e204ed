/*
 * What ledger.c, ledger_commit.c, ledger_recovery.c, ledger_tree.c and ledger_check.c share.
 */
#ifndef SEALROOM_LEDGER_LEDGER_INTERNAL_H
#define SEALROOM_LEDGER_LEDGER_INTERNAL_H

#include "ledger/ledger.h"
#include "ledger/ledger_sources.h"
#include "ledger/sql.h"

enum ledger_statement {
    LEDGER_BEGIN,
    LEDGER_COMMIT,
    LEDGER_INSERT_RECORD,
    LEDGER_INSERT_NODE,
    LEDGER_INSERT_CHECKPOINT,
    LEDGER_SET_NEWEST,
    LEDGER_SET_SOURCE,
    LEDGER_THIN_CHECKPOINTS,
    LEDGER_CLEAR_BODY,
    LEDGER_SELECT_RECORD,
    LEDGER_SELECT_NODE,
    LEDGER_STATEMENTS,
};

struct waiting_node {
    struct digest hash;
    uint64_t position;
    unsigned level;
};

/* A record that waits: its lines lie one behind the other in the batch's text. */
struct waiting_record {
    size_t head_at;
    size_t head_size;
    size_t body_size;
};

struct ledger_batch {
    struct waiting_record *records; /* LEDGER_BATCH_RECORDS */
    struct waiting_node *nodes;     /* LEDGER_BATCH_NODES */
    size_t record_count;
    size_t node_count;
    struct buffer text;
    int64_t last_at_utc_ns; /* of the newest waiting record */
    bool leaves_box;        /* an anchor record waits: its checkpoint is never thinned */
};

/* n leaves complete fewer than 2n nodes and those their carry runs through. */
#define LEDGER_BATCH_NODES (2 * LEDGER_BATCH_RECORDS + MERKLE_LEVELS)

struct ledger {
    char *path;
    const char *const *others; /* schemas of the other modules, borrowed; NULL: whatever there is */
    sqlite3 *database;
    sqlite3_stmt *statements[LEDGER_STATEMENTS];
    struct device_key *key;    /* borrowed */
    const struct clock *clock; /* borrowed */
    const struct suite *suite;
    enum digest_algorithm algorithm;
    char origin[ORIGIN_SIZE];
    struct merkle_frontier committed;
    struct merkle_frontier pending;
    struct ledger_sources sources;
    struct ledger_batch batch;
    struct buffer note; /* the newest checkpoint */
    struct buffer head_line;
    struct buffer body_line;
    struct ledger_index indexes[LEDGER_INDEXES_MAX];
    size_t index_count;
    int64_t thinned_hour; /* hour of the last thinning, counted from 1970 */
    int wal_pages;        /* in the WAL after the last commit */
    bool failed;          /* an outcome is unknown: everything is refused */
    enum status cause;    /* what failed */
    bool unsound;         /* a page of nodes was found damaged: SQLite says so once, and from then
                             on reads it, and writes to it, as if it were whole */
};

/* STATUS_UNCERTAIN once something has failed. */
MUST_CHECK enum status ledger_usable(const struct ledger *ledger, struct error *error);
/* BEGIN IMMEDIATE, `write`, COMMIT. Failing at BEGIN because of another's lock is
 * STATUS_TIMEOUT; any other failure sets `failed` and is STATUS_UNCERTAIN. */
MUST_CHECK enum status ledger_run_transaction(struct ledger *ledger,
                                              enum status (*write)(void *context,
                                                                   struct sqlite3 *database,
                                                                   struct error *error),
                                              void *context, struct error *error);
/* A transaction met damage in the file's structure: the next opening copies the file, or the
 * same damage would end the process again and again. Kept in PRAGMA user_version. */
void ledger_mark_damaged(struct ledger *ledger);
bool ledger_is_marked_damaged(const struct ledger *ledger);
/* For merkle_frontier_add: context is the ledger; the node joins the batch. */
void ledger_batch_node(void *context, unsigned level, uint64_t position, const struct digest *node);

/* ledger_recovery.c: reads and checks everything that signing goes on from. */
MUST_CHECK enum status ledger_recover(struct ledger *ledger, struct ledger_findings *findings,
                                      struct error *error);

/* Makes every statement of the table above. */
MUST_CHECK enum status ledger_prepare(struct ledger *ledger, struct error *error);
void ledger_finalize(struct ledger *ledger);

#endif
