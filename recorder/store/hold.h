/*
 * Evidence holds: a range of time that may not be deleted. Set and released by `hold` records;
 * the index is rebuilt from them and nothing else.
 *
 * A hold record that cannot be read any more, because somebody altered it, may have held anything:
 * so it holds everything, until a release names it.
 */
#ifndef SEALROOM_STORE_HOLD_H
#define SEALROOM_STORE_HOLD_H

#include "ledger/ledger.h"
#include "store/hold_record.h"

struct hold {
    uint64_t record;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    char cameras[DETAIL_SIZE];
    char doors[DETAIL_SIZE];
    char reason[DETAIL_SIZE];
    bool released;
    uint64_t release; /* the record that released it */
    bool unreadable;  /* what it said is not known: it holds everything */
};

/* The holds of a ledger, in memory. */
struct hold_index;

/* The keeper's: reads the hold records of a ledger that was just opened (table `hold` in
 * ledger.db says which they are), and takes in further ones as they are committed. The ledger
 * must outlive it. */
MUST_CHECK enum status hold_index_attach(struct ledger *ledger, struct hold_index **index,
                                         struct error *error);
/* Puts what the records themselves say (hold_check.h) in the place of what table and index said:
 * the holds of `found`, and `numbers` of all hold records in order. *differed tells whether that
 * was anything else. For an attached index. STATUS_UNCERTAIN as ledger_transaction. */
MUST_CHECK enum status hold_index_replace(struct hold_index *index, struct hold_index *found,
                                          const uint64_t *numbers, size_t count, bool *differed,
                                          struct error *error);
/* An empty one, for readers. */
MUST_CHECK enum status hold_index_new(struct hold_index **index, struct error *error);
/* NULL is allowed. */
void hold_index_free(struct hold_index *index);
/* Takes in a `hold` record, in order of numbers; not for an attached index. STATUS_NOT_FOUND: it
 * releases what is not held. */
MUST_CHECK enum status hold_index_add(struct hold_index *index, uint64_t number,
                                      const struct hold_record *record, struct error *error);
/* Takes in a hold record that cannot be read. */
MUST_CHECK enum status hold_index_add_unreadable(struct hold_index *index, uint64_t number,
                                                 struct error *error);
/* Takes in a row if its head, which the caller believes, is a hold's: as unreadable if its body is
 * not the one its head names. */
MUST_CHECK enum status hold_index_add_row(struct hold_index *index, enum digest_algorithm algorithm,
                                          const struct ledger_row *row, struct error *error);
/* Forgets an unreadable one again: it was no hold. */
void hold_index_drop(struct hold_index *index, uint64_t number);
/* Reads the hold records of a ledger through a view, in full, checking each body against its
 * head. */
MUST_CHECK enum status hold_index_load(struct hold_index *index, struct ledger_view *view,
                                       struct error *error);
/* What somebody needs just now is kept as if it were held: `wants` is asked of [from, to) of a
 * camera. Nothing of it is on record. */
void hold_index_ask(struct hold_index *index,
                    bool (*wants)(const void *context, const char *camera, int64_t from_utc_ns,
                                  int64_t to_utc_ns),
                    const void *context);
/* Does a hold in force touch [from, to) of a camera? */
bool hold_is_held(const struct hold_index *index, const char *camera, int64_t from_utc_ns,
                  int64_t to_utc_ns);
/* Does a hold in force cover a record of `source`, made at at_utc_ns? One of camera/ID is covered
 * as that camera's video is, any other by every hold; a record tells of what was before it, so the
 * day after the hold's end belongs to it. */
bool hold_is_held_record(const struct hold_index *index, const char *source, int64_t at_utc_ns);
size_t hold_index_count(const struct hold_index *index);    /* in force or released */
size_t hold_index_in_force(const struct hold_index *index); /* in force */
/* Unreadable and in force; *first is the first one's record. */
size_t hold_index_unreadable(const struct hold_index *index, uint64_t *first);
/* Borrowed until the next add. */
const struct hold *hold_index_at(const struct hold_index *index, size_t which);

/* SQL that makes the table, as it stands in the file. */
extern const char hold_schema[];

#endif
