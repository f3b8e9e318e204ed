/*
 * The progress note: what was durable of every open segment a moment ago, signed by the device
 * key. Written every two seconds to one of two slots in turn, so that a power cut can tear one
 * and the other still stands. progress.c gives it byte for byte.
 */
#ifndef SEALROOM_STORE_PROGRESS_H
#define SEALROOM_STORE_PROGRESS_H

#include "base/clock.h"
#include "ledger/checkpoint.h"
#include "store/segment_record.h"

#define PROGRESS_SLOTS        2
#define PROGRESS_SEGMENTS_MAX 128
#define PROGRESS_SIZE_MAX     ((size_t)64 * 1024)
extern const char *const progress_slot_names[PROGRESS_SLOTS]; /* "progress.0", "progress.1" */

struct progress_segment {
    char camera[ID_SIZE];
    char id[SEGMENT_ID_SIZE];
    uint64_t size;   /* bytes that are durable and told of */
    uint32_t pieces; /* that make up those bytes */
    int64_t start_utc_ns;
    int64_t end_utc_ns; /* of the last of these pieces */
    struct piece_roots roots;
};

struct progress_note {
    char origin[ORIGIN_SIZE];
    char boot_id[BOOT_ID_SIZE];
    uint64_t sequence; /* one more than the newest valid note before it */
    int64_t at_utc_ns;
    uint64_t checkpoint_size; /* the newest checkpoint then; 0 if none */
    struct digest checkpoint_root;
    size_t count;
    struct progress_segment segments[PROGRESS_SEGMENTS_MAX];
};

/* NULL if the note has no such segment. Borrowed. */
const struct progress_segment *progress_find(const struct progress_note *note, const char *id);

/* The signed note, byte for byte as it goes into a slot (FORMAT.md, "Progress note"). */
MUST_CHECK enum status progress_sign(struct device_key *key, const struct progress_note *note,
                                     struct buffer *bytes, struct error *error);
/* STATUS_INVALID: malformed; STATUS_MISMATCH: another origin, or the signature is wrong;
 * STATUS_NOT_FOUND: not signed by this key. */
MUST_CHECK enum status progress_verify(const struct suite *suite, const struct public_key *key,
                                       const char *origin, struct bytes bytes,
                                       struct progress_note *note, struct error *error);

enum progress_slot_state {
    PROGRESS_ABSENT = 0,
    PROGRESS_VALID,
    PROGRESS_INVALID, /* torn or altered: beside a valid one a finding, not an alteration */
};

struct progress_found {
    enum progress_slot_state state[PROGRESS_SLOTS];
    int newest;                   /* the slot of the newer valid note; -1 if none is valid */
    struct progress_note note;    /* of that slot */
    char detail[ERROR_TEXT_SIZE]; /* what is wrong with the invalid one, "" if nothing */
};

/* Reads both slots in `directory` (the state's, borrowed). Fails only if reading itself fails. */
MUST_CHECK enum status progress_read(int directory, const struct suite *suite,
                                     const struct public_key *key, const char *origin,
                                     struct progress_found *found, struct error *error);

/* Writes `bytes` durably over a slot, in place: write → ftruncate → fdatasync; the folder too
 * if the file is new. `slot` must not be that of the newest valid note: write (newest + 1) % 2.
 * May be called on the flusher's thread. STATUS_UNCERTAIN as file_sync. */
MUST_CHECK enum status progress_write(int directory, int slot, struct bytes bytes,
                                      struct error *error);

#endif
