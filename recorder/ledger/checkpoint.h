/*
 * A checkpoint: origin, size and root of the tree, as a C2SP tlog-checkpoint in a C2SP
 * signed-note. Signature types: ECDSA P-256 (0x02; key id = SHA-256(SPKI DER)[:4]) for `nist`;
 * 0xFF with the long identifier of FORMAT.md for `sm`.
 */
#ifndef SEALROOM_LEDGER_CHECKPOINT_H
#define SEALROOM_LEDGER_CHECKPOINT_H

#include "crypto/key.h"

#define ORIGIN_SIZE         97
#define CHECKPOINT_SIZE_MAX 2048

struct checkpoint {
    char origin[ORIGIN_SIZE];
    uint64_t size;
    struct digest root;
};

/* Appends the signed note to *note, which is cleared first. */
MUST_CHECK enum status checkpoint_sign(struct device_key *key, const struct checkpoint *checkpoint,
                                       struct buffer *note, struct error *error);
/* Reads the note's text without judging signatures. Strict: three lines, canonical numbers,
 * root of the right length. */
MUST_CHECK enum status checkpoint_parse(struct bytes note, struct checkpoint *checkpoint,
                                        struct error *error);
/* Parses and verifies. STATUS_MISMATCH: a signature under this key's id is there and wrong;
 * STATUS_NOT_FOUND: none is there under this key's id. Lines by other keys are passed over, as
 * the standard says. */
MUST_CHECK enum status checkpoint_verify(const struct suite *suite, const struct public_key *key,
                                         struct bytes note, struct checkpoint *checkpoint,
                                         struct error *error);

#endif
