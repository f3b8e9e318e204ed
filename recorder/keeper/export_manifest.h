/*
 * The manifest of a package, held against the ledger before the device key signs it: its text is
 * parsed here, whoever made it.
 */
#ifndef SEALROOM_KEEPER_EXPORT_MANIFEST_H
#define SEALROOM_KEEPER_EXPORT_MANIFEST_H

#include "evidence/manifest.h"
#include "keeper/parts.h"

#define EXPORT_PAGE_NAME     "verify.html"
#define EXPORT_PAGE_SIZE_MAX ((size_t)4 * 1024 * 1024)

/* What a manifest must be, to be signed. */
struct export_terms {
    uint64_t request; /* the record */
    struct checkpoint
        checkpoint;     /* that the exporter named, and export_manifest_checkpoint found */
    bool has_page;      /* verify.html is installed */
    struct digest page; /* of the suite */
};

/* The checkpoint of `size` records, as this ledger signed it, newer than the request.
 * STATUS_MISMATCH: there is none. */
MUST_CHECK enum status export_manifest_checkpoint(const struct keeper *keeper, uint64_t size,
                                                  uint64_t request, struct checkpoint *checkpoint,
                                                  struct error *error);
/* Reads the text from a sealed memfd, checks it, and signs. *note is cleared first, and then holds
 * the whole note; *text_size of it is the text; *digest is the package's. */
MUST_CHECK enum status export_manifest_sign(struct keeper *keeper, const struct export_terms *terms,
                                            int file, uint32_t size, struct buffer *note,
                                            size_t *text_size, struct digest *digest,
                                            struct error *error);

#endif
