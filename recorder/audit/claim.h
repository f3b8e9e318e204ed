/*
 * What somebody states about the ledger's tree: "with so many records the root is this".
 * Checkpoints, progress notes and a checkpoint from outside all come down to claims.
 */
#ifndef SEALROOM_AUDIT_CLAIM_H
#define SEALROOM_AUDIT_CLAIM_H

#include "crypto/suite.h"

enum claim_verdict {
    CLAIM_UNKNOWN = 0, /* altered records stand before it, and nothing tells what they were */
    CLAIM_FITS,
    CLAIM_DIFFERS,
    CLAIM_BEYOND, /* it speaks of more records than are sealed here */
};

struct claim {
    uint64_t size;
    struct digest root;
    enum claim_verdict verdict;
    bool is_checkpoint; /* signed, stored in the ledger: may prove records */
};

struct claims {
    struct claim *list; /* in the order of sizes after claims_sort */
    size_t count;
    size_t capacity;
};

MUST_CHECK enum status claims_add(struct claims *claims, const struct claim *claim);
void claims_sort(struct claims *claims);
void claims_release(struct claims *claims);
/* The verdict on a claim of this size and root; it must have been added. */
enum claim_verdict claims_verdict(const struct claims *claims, uint64_t size,
                                  const struct digest *root);

#endif
