/*
 * A ledger with the store's tables attached, and a video folder beside it. Real files, real
 * signatures, and a clock that a test moves.
 */
#ifndef SEALROOM_TESTS_STORE_FIXTURE_H
#define SEALROOM_TESTS_STORE_FIXTURE_H

#include "ledger_fixture.h"
#include "store/entry_key.h"
#include "store/expiry.h"
#include "store/hold_check.h"
#include "store/segment.h"

/* Fills an array of characters. */
#define SET_TEXT(array, text) ((void)snprintf((array), sizeof(array), "%s", (text)))

struct store_fixture {
    struct ledger_fixture base;
    char video[96];
    int volume;
    struct piece_table *pieces;
    struct segment_index *segments;
    struct entry_key_index *entries;
    struct hold_index *holds;
    struct segment_books books;
    bool continues; /* what is recorded goes on in the camera's next segment */
};

void store_begin(struct store_fixture *fixture, const char *suite);
void store_end(struct store_fixture *fixture);
#define AUTO_STORE __attribute__((cleanup(store_end)))
/* As after a kill: what was not committed is gone, everything is opened again. */
void store_reopen(struct store_fixture *fixture);
/* Commits, or fails the test. */
void store_commit(struct store_fixture *fixture);
bool store_with_sm3(const struct store_fixture *fixture);
/* Time goes by: wall clock and monotonic alike. */
void store_pass(struct store_fixture *fixture, int64_t ns);

/* The appliance runs on: a record a day, so that the ledger lives through the time. Committed. */
void store_live(struct store_fixture *fixture, unsigned days);
/* How long it has lived by now. */
int64_t store_lived_ns(const struct store_fixture *fixture);

/* Appends a record of these members, which it takes, and commits. Its number. */
uint64_t store_append(struct store_fixture *fixture, enum record_kind kind, const char *source,
                      json_t *members);
/* The same with what an operator holds or releases. */
uint64_t store_hold(struct store_fixture *fixture, const struct hold_record *hold);
/* Holds the holds against the records, as the keeper does at a start; true if they differed. */
bool store_check_holds(struct store_fixture *fixture);

/* What expiries are told of. */
struct expiry_books store_expiry_books(const struct store_fixture *fixture);

/* The bytes of a piece that store_record writes: init part (0), fragments of a second each, of four
 * pictures that nobody can decode. */
#define FRAGMENT_SIZE 1000
void store_piece(unsigned which, int64_t start_utc_ns, uint8_t data[FRAGMENT_SIZE]);
/* Pretends to be a camera: a segment of `fragments` made-up fragments of a second each, written,
 * told of, synced and sealed; not committed. *number may be NULL. The wall clock and the
 * monotonic clock are at its end. */
void store_record(struct store_fixture *fixture, const char *camera, unsigned fragments,
                  char id[SEGMENT_ID_SIZE], uint64_t *number);
/* The file below the video folder: does it exist? */
bool store_has_file(const struct store_fixture *fixture, const char *file);

/* Are two bodies the same, member for member? Structs have gaps between their fields, bodies have
 * not. Both are given up. */
bool store_same_body(json_t *a, json_t *b);

/* The small fragmented MP4 of tests/unit/vectors, whole. The caller's to release. */
struct buffer store_vector(void);

#endif
