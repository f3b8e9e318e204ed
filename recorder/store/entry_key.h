/*
 * Entries seen before: (controller, boot epoch, device number) to the record's number, and what is
 * needed to tell whether another reading with that number is the same record. Table `entry_key` in
 * ledger.db, in the same transaction as the record.
 */
#ifndef SEALROOM_STORE_ENTRY_KEY_H
#define SEALROOM_STORE_ENTRY_KEY_H

#include "base/message.h"
#include "ledger/ledger.h"

struct entry_key {
    char controller[ID_SIZE];
    uint64_t boot_epoch;
    uint64_t device_seq;
    /* Not of the key, but of the entry: digests of its registers (0: it has none) and of their
     * meaning. The body may expire; these stay. */
    uint64_t registers;
    uint64_t meaning;
};

struct entry_key_index;

/* Attaches the table to a ledger that was just opened. The ledger must outlive it. */
MUST_CHECK enum status entry_key_attach(struct ledger *ledger, struct entry_key_index **index,
                                        struct error *error);
/* Of an entry that has a device number. */
void entry_key_of(const char *controller, const struct message_entry *entry, struct entry_key *key);
/* NULL is allowed. */
void entry_key_free(struct entry_key_index *index);
/* With the next commit; found by entry_key_find at once. STATUS_FULL: LEDGER_BATCH_RECORDS wait
 * already. */
MUST_CHECK enum status entry_key_add(struct entry_key_index *index, const struct entry_key *key,
                                     uint64_t record, struct error *error);
/* STATUS_NOT_FOUND if it was never seen; STATUS_MISMATCH if what was seen with this number is not
 * the same by registers or meaning (entry_is_same). *waiting (may be NULL): it is not committed
 * yet, do not acknowledge. */
MUST_CHECK enum status entry_key_find(struct entry_key_index *index, const struct entry_key *key,
                                      uint64_t *record, bool *waiting, struct error *error);
/* The newest key of key->controller: the highest device_seq of its newest boot epoch, waiting or
 * committed. STATUS_NOT_FOUND if there is none. */
MUST_CHECK enum status entry_key_newest(struct entry_key_index *index, struct entry_key *key,
                                        struct error *error);

/* SQL that makes the table, as it stands in the file. */
extern const char entry_key_schema[];

#endif
