/*
 * Bodies go after their floor, heads stay: an `expiry` record that names every record whose body
 * goes, durable; then the bodies, a batch at a time. FORMAT.md, "Expiry of bodies", says which may
 * go. One expiry record is finished before the next is made, so a kill at any point leaves the
 * newest one at most to be taken up.
 *
 * A round: body_expiry_look until it has looked at everything that is of age, body_expiry_append,
 * ledger_commit, body_expiry_remove until nothing is left; and again while body_expiry_append says
 * so. Nothing is kept on disk but the records: all of age is looked through again after a start.
 */
#ifndef SEALROOM_STORE_BODY_EXPIRY_H
#define SEALROOM_STORE_BODY_EXPIRY_H

#include "store/expiry.h"

struct body_expiry;

struct body_expiry_now {
    int64_t utc_ns;
    int64_t lived_ns;
    uint32_t record_days; /* the setting in force */
};

/* `books` is copied, what it points to is borrowed. */
MUST_CHECK enum status body_expiry_new(const struct expiry_books *books,
                                       struct body_expiry **expiry, struct error *error);
/* NULL is allowed. */
void body_expiry_free(struct body_expiry *expiry);

/* Once after a start, before anything else: looks back through at most `rows` records for the
 * newest expiry of bodies, which an earlier run may not have finished. STATUS_AGAIN: look further
 * back. */
MUST_CHECK enum status body_expiry_resume(struct body_expiry *expiry,
                                          const struct body_expiry_now *now, uint64_t rows,
                                          struct error *error);
/* Looks through at most `rows` records more. STATUS_AGAIN: there are more of age. Nothing may be
 * looked through before the holds were confirmed from their records (hold.h), or while bodies are
 * to be removed. */
MUST_CHECK enum status body_expiry_look(struct body_expiry *expiry,
                                        const struct body_expiry_now *now, uint64_t rows,
                                        struct error *error);
/* Appends one expiry record for all that was found; *appended tells whether there was anything.
 * STATUS_AGAIN: a hold was set meanwhile, or there was more than one record names: begin another
 * round when this one's bodies are removed. */
MUST_CHECK enum status body_expiry_append(struct body_expiry *expiry,
                                          const struct body_expiry_now *now, bool *appended,
                                          struct error *error);
/* Is there anything to be removed? */
bool body_expiry_is_removing(const struct body_expiry *expiry);
/* After ledger_commit: removes at most `limit` bodies in a transaction of its own. STATUS_AGAIN:
 * there are more. STATUS_UNCERTAIN as ledger_transaction. */
#define BODY_EXPIRY_BATCH 256u
MUST_CHECK enum status body_expiry_remove(struct body_expiry *expiry, size_t limit,
                                          struct error *error);

#endif
