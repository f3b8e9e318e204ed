/*
 * The time a ledger has lived through: the sum, over its records in order, of the monotonic
 * time from one record to the next where both are of the same boot. What passes between boots
 * counts nothing. So it can be computed again by anyone from the heads alone, no wall clock can
 * change it, and no step of a clock can age anything.
 */
#ifndef SEALROOM_STORE_LIVED_H
#define SEALROOM_STORE_LIVED_H

#include "ledger/record.h"

/* A plain value; zero-initialise for an empty ledger. */
struct lived {
    char boot_id[BOOT_ID_SIZE];
    int64_t monotonic_ns;
    int64_t total_ns;
    uint64_t next; /* number of the record that comes next */
};

/* The next record, in order. */
void lived_add(struct lived *lived, const struct record_head *head);
/* The lived time now: the total, and the time since the last record if the boot is the same. */
int64_t lived_now(const struct lived *lived, const char *boot_id, int64_t monotonic_ns);

/* The age of something whose end is at end_utc_ns and whose record was made at lived time
 * lived_ns: the lesser of wall-clock age and lived time since. Never below 0. */
int64_t lived_age_ns(int64_t now_utc_ns, int64_t now_lived_ns, int64_t end_utc_ns,
                     int64_t lived_ns);

#endif
