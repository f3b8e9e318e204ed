/*
 * Which segments there are: table `segment` in ledger.db, one row a segment record. It follows
 * the records (follow.h): rows come with `segment` records and are marked by `expiry` records, in
 * the same transaction. Rows stay after the segment's expiry, so that an id is known again
 * for ever. Beside it the ledger's lived time (lived.h) up to the last commit.
 *
 * It serves to find quickly. Before anything is decided on a row, the record itself is read
 * (expiry_confirm in expiry.h), for a row can be altered; segment_index_check compares the two
 * in steps and mends the index.
 */
#ifndef SEALROOM_STORE_SEGMENT_INDEX_H
#define SEALROOM_STORE_SEGMENT_INDEX_H

#include "ledger/ledger.h"
#include "store/lived.h"
#include "store/segment_record.h"

struct sqlite3;
struct segment_index;

enum segment_state {
    SEGMENT_KEPT = 0,
    SEGMENT_EXPIRED, /* its expiry record is durable, its file may still be there */
    SEGMENT_GONE,    /* file removed, folder synced */
};

struct segment_row {
    uint64_t record;
    char camera[ID_SIZE];
    char id[SEGMENT_ID_SIZE];
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    uint64_t size;
    int64_t lived_ns; /* lived time of the ledger at the record */
    enum segment_state state;
    uint64_t expired_by; /* number of the expiry record that names it; 0 while it is kept */
};

/* Attaches the tables to a ledger that was just opened; reads what lived time lacks from the
 * heads. The ledger must outlive it. */
MUST_CHECK enum status segment_index_attach(struct ledger *ledger, struct segment_index **index,
                                            struct error *error);
/* NULL is allowed. */
void segment_index_free(struct segment_index *index);
/* Files are removed and their folders synced: marks them SEGMENT_GONE, with the next commit. */
MUST_CHECK enum status segment_index_gone(struct segment_index *index, uint64_t record,
                                          struct error *error);
/* As of the last commit. Borrowed. */
const struct lived *segment_index_lived(const struct segment_index *index);
/* What is stored, in SEGMENT_KEPT; zeros if nothing. */
struct segment_total {
    uint64_t segments;
    uint64_t bytes;
    int64_t oldest_start_utc_ns;
    int64_t newest_end_utc_ns;
};
/* Of a camera, from sums kept in memory. */
MUST_CHECK enum status segment_index_stored(const struct segment_index *index, const char *camera,
                                            struct segment_total *total, struct error *error);
/* Compares at most `budget` records from *next on with their rows, and mends the rows in a
 * transaction of its own; *mended is added to. Begin with *next = 0 and go on in order; at the
 * end *next is the ledger's size. */
MUST_CHECK enum status segment_index_check(struct segment_index *index, uint64_t *next,
                                           uint64_t budget, uint64_t *mended, struct error *error);

/* Reading, by any connection to ledger.db. What waits for a commit is not seen.
 * STATUS_NOT_FOUND if there is no such row. */
MUST_CHECK enum status segment_index_find(struct sqlite3 *database, const char *id,
                                          struct segment_row *row, struct error *error);
MUST_CHECK enum status segment_index_of_record(struct sqlite3 *database, uint64_t record,
                                               struct segment_row *row, struct error *error);
/* Rows of a camera (NULL: of all) in a state with record >= from, in the order of records, at
 * most `limit`; *count are filled in. */
MUST_CHECK enum status segment_index_list(struct sqlite3 *database, const char *camera,
                                          enum segment_state state, uint64_t from,
                                          struct segment_row *rows, size_t limit, size_t *count,
                                          struct error *error);
/* Every row of a camera whose id begins with `day` (YYYYMMDD), in the order of ids. */
MUST_CHECK enum status
segment_index_day(struct sqlite3 *database, const char *camera, const char *day,
                  enum status (*each)(void *context, const struct segment_row *row), void *context,
                  struct error *error);
/* The times of a total, by any connection, of a camera (NULL: of all); the rest is left as it is.
 */
MUST_CHECK enum status segment_index_bounds(struct sqlite3 *database, const char *camera,
                                            struct segment_total *total, struct error *error);
/* Bytes of a camera's segments (NULL: all; any state) whose records were made at a lived time
 * after lived_from_ns: the measured rate. */
MUST_CHECK enum status segment_index_bytes_since(struct sqlite3 *database, const char *camera,
                                                 int64_t lived_from_ns, uint64_t *bytes,
                                                 struct error *error);

/* SQL that makes the table, as it stands in the file. */
extern const char segment_index_schema[];

#endif
