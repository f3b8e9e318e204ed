/*
 * Text of a package that tiles a tree (FORMAT.md, "Package"): what is shown, and for what is not
 * as few nodes as there can be.
 */
#ifndef SEALROOM_EVIDENCE_TILING_H
#define SEALROOM_EVIDENCE_TILING_H

#include "ledger/merkle.h"

/* Where text goes to. */
struct text_sink {
    enum status (*put)(void *context, struct bytes bytes, struct error *error);
    void *context;
};

/* A line of at most 255 bytes. */
MUST_CHECK enum status text_sink_format(const struct text_sink *sink, struct error *error,
                                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct tiling {
    enum digest_algorithm algorithm;
    struct merkle_nodes nodes;
    struct text_sink sink;
    struct merkle_frontier frontier; /* so far */
};

/* "skip" lines from where the tree ends up to leaf `end`. */
MUST_CHECK enum status tiling_skip_to(struct tiling *tiling, uint64_t end, struct error *error);
/* A leaf that is shown; its text is the caller's. */
MUST_CHECK enum status tiling_add(struct tiling *tiling, const struct digest *leaf,
                                  struct error *error);

#endif
