/*
 * What a package consists of, signed by the device: FORMAT.md, "Manifest", byte for byte. Its
 * members are those of the ZIP, in the same order, but for itself.
 */
#ifndef SEALROOM_EVIDENCE_MANIFEST_H
#define SEALROOM_EVIDENCE_MANIFEST_H

#include "evidence/zip_layout.h"
#include "ledger/checkpoint.h"

#define MANIFEST_NAME     "manifest.txt"
#define MANIFEST_SIZE_MAX ((size_t)4 * 1024 * 1024)

#define PROOF_RECORDS     "proof/records.txt"
#define PROOF_CLIPS       "proof/clips.txt"
#define PROOF_CERTIFICATE "proof/device.crt"
#define PROOF_CHECKPOINTS "proof/checkpoints/"

struct manifest_member {
    char name[ZIP_NAME_SIZE];
    uint32_t size;
    uint32_t crc;
    struct digest digest; /* of the suite; zeros for a clip, whose bytes proof/clips.txt covers */
};

struct manifest {
    struct checkpoint checkpoint; /* what the records are proved by; its origin is the ledger's */
    uint64_t request;             /* the record of the request */
    struct manifest_member *members;
    uint32_t count;
    uint32_t capacity;
};

/* Zero-initialise; release with manifest_release. */
void manifest_release(struct manifest *manifest);
/* Adds a copy. STATUS_FULL: there is room for one less than ZIP_MEMBERS_MAX. */
MUST_CHECK enum status manifest_add(struct manifest *manifest, const struct manifest_member *member,
                                    struct error *error);
/* Is it a clip, by its name? */
bool manifest_is_clip(const char *name);

/* The text that is signed (note.h), without its signature. *text is cleared first. */
MUST_CHECK enum status manifest_write(const struct manifest *manifest, struct buffer *text,
                                      struct error *error);
/* Reads it strictly; *manifest is released first. STATUS_INVALID names the line. */
MUST_CHECK enum status manifest_read(struct bytes text, struct manifest *manifest,
                                     struct error *error);

#endif
