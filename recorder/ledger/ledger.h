/*
 * The ledger: records, the tree over them, checkpoints, and the indexes that belong to them, in
 * one SQLite file. ledger_schema.c describes the schema column by column.
 *
 * One writer. Records are appended to a batch in memory and committed together: rows, nodes, the
 * signed checkpoint, source counters and the attached indexes are one transaction, signed before
 * the commit. Nothing is visible or acknowledged before ledger_commit returns STATUS_OK. If any
 * call returns STATUS_UNCERTAIN the outcome is unknown: the ledger refuses every later call with
 * the same status, and the process must end and open the ledger again.
 *
 * Used from one thread.
 */
#ifndef SEALROOM_LEDGER_LEDGER_H
#define SEALROOM_LEDGER_LEDGER_H

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/record.h"
#include "ledger/unread.h"

struct ledger;
struct sqlite3;

/* What opening found and mended; each is a fact for a health record. */
struct ledger_findings {
    bool nodes_rebuilt;        /* stored nodes did not fit the checkpoint; leaves or rows did */
    bool file_rebuilt;         /* the file's structure was damaged: copied row by row into a new
                                  file, the damaged one kept as PATH.damaged-<UTC> */
    bool checkpoint_mended;    /* one of the newest checkpoint's two copies was wrong */
    bool sources_rebuilt;      /* the sources' counters did not fit the records */
    bool identity_mended;      /* origin or suite in table `ledger` did not fit the checkpoint */
    uint64_t rows_quarantined; /* rows and checkpoints beyond the newest checkpoint, moved aside */
    bool needs_replacement;    /* neither nodes nor rows fit a checkpoint of this key */
    bool has_last;             /* `last` and `last_note` are filled */
    struct checkpoint last;    /* the newest checkpoint that verifies: what a successor names */
    char last_note[CHECKPOINT_SIZE_MAX + 1];
    char damage[96]; /* file_rebuilt: what was met first */
    char detail[ERROR_TEXT_SIZE];
};

/* Makes an empty ledger file with a fresh origin. STATUS_EXISTS if there is one. */
MUST_CHECK enum status ledger_create(const char *path, const struct suite *suite,
                                     struct error *error);
/* Opens for writing. Absent is STATUS_NOT_FOUND. With needs_replacement set the result is
 * STATUS_MISMATCH and *ledger NULL: the keeper then calls ledger_set_aside and makes a new one.
 * `key` and `clock` are borrowed for the ledger's life. */
MUST_CHECK enum status ledger_open(const char *path, struct device_key *key,
                                   const struct clock *clock, struct ledger **ledger,
                                   struct ledger_findings *findings, struct error *error);
/* The same; the file may hold the ledger's tables and those that `others` makes (schemas ended by
 * NULL, borrowed for the ledger's life, all with IF NOT EXISTS), and nothing else. Where it differs
 * from that, by a table or by a trigger, it is copied like a damaged one, without what differs. */
MUST_CHECK enum status ledger_open_with(const char *path, const char *const *others,
                                        struct device_key *key, const struct clock *clock,
                                        struct ledger **ledger, struct ledger_findings *findings,
                                        struct error *error);
/* Gives up what waits, closes. NULL is allowed. */
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

/* At most so many records, and so many bytes of them, wait for a commit. */
#define LEDGER_BATCH_RECORDS 1024
#define LEDGER_BATCH_BYTES   ((size_t)4 * 1024 * 1024)

/* Adds a record to the batch. `members` is a JSON object and is borrowed. *number is the record's
 * number (leaf index, from 0). STATUS_FULL: the batch is full, commit first; STATUS_INVALID: the
 * members or the source cannot stand in a record, and nothing was added. The checkpoint
 * that is committed with an `anchor` record is the one that leaves the box: it is never thinned. */
MUST_CHECK enum status ledger_append(struct ledger *ledger, enum record_kind kind,
                                     const char *source, const json_t *members, uint64_t *number,
                                     struct error *error);
/* Everything waiting, in one durable transaction with its checkpoint. Nothing waiting is
 * STATUS_OK and does nothing. STATUS_TIMEOUT: somebody else holds the file's write lock; nothing
 * was written and everything still waits. Otherwise STATUS_UNCERTAIN. */
MUST_CHECK enum status ledger_commit(struct ledger *ledger, struct error *error);
/* Folds the WAL into the file when it is worth it. Call it after a commit's acknowledgements went
 * out: so the fsyncs of it delay nobody. Often nothing is to be done. STATUS_UNCERTAIN as ever. */
MUST_CHECK enum status ledger_tidy(struct ledger *ledger, struct error *error);
/* The newest checkpoint's note; borrowed until the next commit. Empty before the first. */
struct bytes ledger_checkpoint(const struct ledger *ledger);

/* Latest seq and time of a source, waiting records counted; 0 if it has never spoken. The
 * monotonic time is of the boot the record was made in. */
void ledger_source_state(const struct ledger *ledger, const char *source, uint64_t *seq,
                         int64_t *at_utc_ns, int64_t *monotonic_ns);

/* An index of another module, kept in the same file and written in the same transaction. The
 * module queues what belongs to records it appended, and writes the queue when it is asked. */
struct ledger_index {
    /* SQL that makes the module's tables; run once by ledger_attach. Use IF NOT EXISTS. */
    const char *schema;
    /* Between BEGIN and COMMIT of every ledger_commit, after the records' rows: run the queued
     * statements on `database`. Must not begin or end a transaction. Any failure gives up the
     * whole transaction and is STATUS_UNCERTAIN. */
    enum status (*write)(void *context, struct sqlite3 *database, struct error *error);
    /* After COMMIT: what was written is durable; forget the queue. May be NULL. */
    void (*committed)(void *context);
    void *context;
};

#define LEDGER_INDEXES_MAX 8

/* `index` is copied. Call right after ledger_open, before the first commit. */
MUST_CHECK enum status ledger_attach(struct ledger *ledger, const struct ledger_index *index,
                                     struct error *error);
/* Runs `write` in a durable transaction of its own, for changes that belong to no new record
 * (an index cleared after an expiry). Waiting records go on waiting; attached indexes are not
 * called. Failures as with ledger_commit. */
MUST_CHECK enum status ledger_transaction(struct ledger *ledger,
                                          enum status (*write)(void *context,
                                                               struct sqlite3 *database,
                                                               struct error *error),
                                          void *context, struct error *error);
/* The connection, for reading an index and preparing its statements. Borrowed; finalize every
 * statement before ledger_free. Nothing may be written but by the two ways above. */
struct sqlite3 *ledger_database(struct ledger *ledger);

/* Removes the bodies of records named by the committed record `expiry`, which must be of kind
 * expiry (the caller names the same numbers in it). Records of permanent kinds are refused:
 * STATUS_REFUSED, and nothing is removed. A body already gone is no error. */
MUST_CHECK enum status ledger_expire_bodies(struct ledger *ledger, uint64_t expiry,
                                            const uint64_t *numbers, size_t count,
                                            struct error *error);

/* What the check of stored rows found. */
enum ledger_fault {
    LEDGER_ROW_MISSING = 1,
    LEDGER_ROW_HEAD,       /* the head does not hash to its leaf */
    LEDGER_ROW_BODY,       /* the body does not have the digest that its head names */
    LEDGER_ROW_BODY_GONE,  /* a permanent record has no body */
    LEDGER_ROW_UNREADABLE, /* the file failed where the row lies */
    LEDGER_NODES_MENDED,   /* nodes below `number` were wrong and were rebuilt */
    LEDGER_LEAVES_ALTERED, /* leaf hashes from `number` on were altered and rows do not help */
};

/* Checks committed rows from `from` on against their leaves, and the leaves against the tree:
 * about `budget` rows (rounded up to a whole subtree of 256), so that a step stays short. Each
 * fault is handed to `fault` with its record number. *next is where to go on; it equals
 * ledger_size when the end is reached. For the keeper to call when it is idle. STATUS_UNCERTAIN if
 * mending meets a damaged page: the next ledger_open copies the file row by row. */
MUST_CHECK enum status
ledger_check_rows(struct ledger *ledger, uint64_t from, uint32_t budget, uint64_t *next,
                  void (*fault)(void *context, enum ledger_fault fault, uint64_t number),
                  void *context, struct error *error);

#define LEDGER_LEAVES_MAX 256u

/* Leaf hashes of committed records from `first` on, a multiple of LEDGER_LEAVES_MAX, so many or
 * what there is: those that give what the tree says, whether stored or the rows' own. Changes
 * nothing. STATUS_NOT_FOUND: neither do, and nothing of these records can be believed. */
MUST_CHECK enum status ledger_leaves(struct ledger *ledger, uint64_t first,
                                     struct digest leaves[LEDGER_LEAVES_MAX], unsigned *count,
                                     struct error *error);

/* One row as it is stored. `body` is empty with has_body false after it expired. Borrowed until
 * the next call on the same reader. */
struct ledger_row {
    uint64_t number;
    struct bytes head;
    struct bytes body;
    bool has_body;
    struct digest leaf; /* as stored among the nodes */
};

/* Reading, by any process: its own read-only connection. While the appliance runs it is
 * an ordinary WAL reader, which delays nobody. Of a stopped or killed state, with a log or
 * without one, nothing is changed and nothing is made beside it (reading.h); if the appliance is
 * started in the middle of that, the call that notices returns STATUS_AGAIN: begin again. */
struct ledger_view;
MUST_CHECK enum status ledger_view_open(const char *path, struct ledger_view **view,
                                        struct error *error);
void ledger_view_free(struct ledger_view *view);
/* As table `ledger` says; "" and NULL if that is damaged. Record 0 and the checkpoints name the
 * origin too. */
const char *ledger_view_origin(const struct ledger_view *view);
const struct suite *ledger_view_suite(const struct ledger_view *view);
/* Begins a snapshot: what is read until ledger_view_end is of one moment. */
MUST_CHECK enum status ledger_view_begin(struct ledger_view *view, struct error *error);
void ledger_view_end(struct ledger_view *view);
/* What of the file, or of its log, could not be read until now. Borrowed. */
const struct unread *ledger_view_unread(const struct ledger_view *view, enum unread_file which);
/* Every row from `from` in order (none with a negative number), until `each` returns other than
 * STATUS_OK, which is returned. A missing row is passed over: `each` sees the numbers. A part of
 * the file that cannot be read is STATUS_IO; ledger_view_row can then be asked for single rows. */
MUST_CHECK enum status ledger_view_rows(struct ledger_view *view, uint64_t from,
                                        enum status (*each)(void *context,
                                                            const struct ledger_row *row),
                                        void *context, struct error *error);
MUST_CHECK enum status ledger_view_row(struct ledger_view *view, uint64_t number,
                                       struct ledger_row *row, struct error *error);
/* The numbers of the rows from `from` on, in order. */
MUST_CHECK enum status ledger_view_numbers(struct ledger_view *view, uint64_t from,
                                           enum status (*each)(void *context, uint64_t number),
                                           void *context, struct error *error);
/* One more than the largest number among the rows, 0 without any. */
MUST_CHECK enum status ledger_view_end_number(struct ledger_view *view, uint64_t *number,
                                              struct error *error);
/* Every stored checkpoint, smallest size first; `size` is the column's. */
MUST_CHECK enum status ledger_view_checkpoints(struct ledger_view *view,
                                               enum status (*each)(void *context, uint64_t size,
                                                                   struct bytes note),
                                               void *context, struct error *error);
/* The second copy of the newest checkpoint's note; empty if there is none. Borrowed until the
 * next call. */
MUST_CHECK enum status ledger_view_newest(struct ledger_view *view, struct bytes *note,
                                          struct error *error);
/* A stored tree node, for proofs. */
struct merkle_nodes ledger_view_nodes(struct ledger_view *view);
/* What stands in quarantine: rows and checkpoints found beyond the newest checkpoint at some
 * start. Never empty again once it was used. `table` is "record" or "checkpoint"; a checkpoint's
 * note is in `head`. */
struct ledger_quarantined {
    const char *table;
    int64_t found_utc_ns;
    int64_t number; /* as it was claimed */
    struct bytes head;
    struct bytes body;
};
MUST_CHECK enum status
ledger_view_quarantine(struct ledger_view *view,
                       enum status (*each)(void *context, const struct ledger_quarantined *row),
                       void *context, struct error *error);
/* A source's counter as it is stored: its latest seq and the number of that record. */
MUST_CHECK enum status ledger_view_sources(struct ledger_view *view,
                                           enum status (*each)(void *context, const char *source,
                                                               uint64_t seq, uint64_t number),
                                           void *context, struct error *error);
/* The connection, for reading other modules' indexes in the same snapshot. Borrowed. */
struct sqlite3 *ledger_view_database(struct ledger_view *view);

#endif
