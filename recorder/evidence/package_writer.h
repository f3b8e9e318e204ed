/*
 * Making a package out of a ledger: files for people, clips, and last everything that proves
 * them. Entirely from the ledger (ledger_view) and the bytes that are handed in.
 *
 *   new → files and clips, in the order they shall stand in → proofs → text → (the keeper signs)
 *   → finish
 *
 * Whatever fails, the file is no package: only finish makes it one.
 */
#ifndef SEALROOM_EVIDENCE_PACKAGE_WRITER_H
#define SEALROOM_EVIDENCE_PACKAGE_WRITER_H

#include "crypto/certificate.h"
#include "evidence/manifest.h"
#include "evidence/selection.h"
#include "store/piece.h"

struct package_writer;

struct package_plan {
    struct ledger_view *view; /* in one snapshot until finish */
    int file;                 /* empty, for writing anywhere in it */
    int scratch;              /* the same, for reading too: as much as proof/clips.txt will have */
    const struct certificate *certificate; /* the device's */
    uint64_t request;                      /* the record of the request */
    const struct bytes *outside; /* checkpoints held outside, whose history is to be proved */
    size_t outside_count;
};

/* All of *plan is borrowed for the writer's life. STATUS_MISMATCH: a checkpoint is not this
 * ledger's or this key's; STATUS_NOT_FOUND: no such request. */
MUST_CHECK enum status package_writer_new(const struct package_plan *plan,
                                          struct package_writer **writer, struct error *error);
/* NULL is allowed. */
void package_writer_free(struct package_writer *writer);
/* What was asked for, what is shown, and up to which checkpoint. Borrowed. */
const struct export_record *package_writer_request(const struct package_writer *writer);
const struct selection *package_writer_selection(const struct package_writer *writer);
const struct checkpoint *package_writer_checkpoint(const struct package_writer *writer);

/* The member that was written last, as the manifest has it. Borrowed until the next. */
const struct manifest_member *package_writer_last(const struct package_writer *writer);
/* Records that are shown, after package_writer_proofs. */
uint64_t package_writer_records(const struct package_writer *writer);

/* A file for people, whole, or in parts. */
MUST_CHECK enum status package_writer_file(struct package_writer *writer, const char *name,
                                           struct bytes content, struct error *error);
MUST_CHECK enum status package_file_begin(struct package_writer *writer, const char *name,
                                          struct error *error);
MUST_CHECK enum status package_file_add(struct package_writer *writer, struct bytes bytes,
                                        struct error *error);
MUST_CHECK enum status package_file_end(struct package_writer *writer, struct error *error);

/* Where a recorded piece stands in a clip. */
struct package_place {
    uint64_t record; /* of its segment */
    size_t piece;    /* in it */
    uint64_t offset; /* in the clip */
};

/* A clip, from its first byte to its last. `name` begins with "clips/". The places are ascending by
 * offset, those of a segment together, and borrowed until the end; what lies between them is the
 * clip's own. That a piece's bytes are those that were recorded is the caller's to have seen: he
 * reads them (clip_write does). The init part stands in the clip once, before its first segment's
 * fragments. STATUS_MISMATCH: a segment's list of pieces is altered, or its init part another. */
MUST_CHECK enum status package_clip_begin(struct package_writer *writer, const char *name,
                                          const struct package_place *places, size_t count,
                                          struct error *error);
MUST_CHECK enum status package_clip_add(struct package_writer *writer, struct bytes bytes,
                                        struct error *error);
MUST_CHECK enum status package_clip_end(struct package_writer *writer, struct error *error);
/* A segment of the range that could not be copied: "unreadable", "altered" or "missing". */
MUST_CHECK enum status package_absent(struct package_writer *writer, uint64_t record,
                                      const char *cause, struct error *error);

/* Everything below proof/. STATUS_MISMATCH: the ledger is altered. */
MUST_CHECK enum status package_writer_proofs(struct package_writer *writer, struct error *error);
/* The manifest's text, for the keeper to check and to sign. *text is cleared first. */
MUST_CHECK enum status package_writer_text(struct package_writer *writer, struct buffer *text,
                                           struct error *error);
/* The signed manifest, and the end of the file. STATUS_MISMATCH: it is signed by another key, or
 * its text is another. Not synced. */
MUST_CHECK enum status package_writer_finish(struct package_writer *writer, struct bytes note,
                                             struct error *error);

#endif
