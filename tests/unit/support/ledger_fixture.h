/*
 * A ledger in a folder of its own, with a key and a clock that a test moves. Real files, real
 * signatures.
 */
#ifndef SEALROOM_TESTS_LEDGER_FIXTURE_H
#define SEALROOM_TESTS_LEDGER_FIXTURE_H

#include "ledger/ledger.h"

struct ledger_fixture {
    char folder[64];
    char path[96];
    const struct suite *suite;
    struct device_key *key;
    struct clock_reading now;
    struct clock clock;
    struct ledger *ledger;
    struct ledger_findings findings;
};

/* An empty ledger, made and open. Fails the test if that does not work. */
void fixture_begin(struct ledger_fixture *fixture, const char *suite);
void fixture_end(struct ledger_fixture *fixture);
/* Closes and opens again; the findings are in fixture->findings. */
enum status fixture_reopen(struct ledger_fixture *fixture);
/* Closes without opening again. */
void fixture_close(struct ledger_fixture *fixture);

/* Appends an entry of `source` whose body holds "n": number. Time moves by a second. */
uint64_t fixture_append(struct ledger_fixture *fixture, const char *source);
/* Appends `count` entries of a few sources in turn, a commit after every `batch`. */
void fixture_fill(struct ledger_fixture *fixture, uint64_t count, uint64_t batch);

/* Runs SQL behind the ledger's back, on a connection of its own. */
void fixture_tamper(const struct ledger_fixture *fixture, const char *sql);
/* One number by SQL, on a connection of its own. */
int64_t fixture_query(const struct ledger_fixture *fixture, const char *sql);

/* Reads everything as a stranger would: every row against its leaf, every body against its head,
 * the tree against the newest checkpoint, whose signature is verified. The number of records. */
uint64_t fixture_audit(const struct ledger_fixture *fixture);

#endif
