/*
 * What the files of the package writer share. Internal.
 */
#ifndef SEALROOM_EVIDENCE_PACKAGE_WRITER_PARTS_H
#define SEALROOM_EVIDENCE_PACKAGE_WRITER_PARTS_H

#include "evidence/package_writer.h"
#include "evidence/tiling.h"
#include "evidence/zip_writer.h"
#include "store/segment_record.h"

/* An init part that the clip has: where, and which. */
struct clip_init {
    uint32_t offset;
    uint64_t size;
    struct digest digest;
};

#define CLIP_INITS_MAX 64u

/* The clip that is being written. */
struct clip_state {
    bool is_open;
    uint64_t segment;          /* its record; valid with `pieces` */
    struct piece_list *pieces; /* of the segment; NULL: none yet */
    struct tiling tiling;
    struct clip_init inits[CLIP_INITS_MAX];
    size_t init_count;
};

struct package_writer {
    const struct package_plan *plan; /* borrowed */
    const struct suite *suite;
    enum digest_algorithm algorithm;
    struct public_key *key;
    struct hasher *hasher;
    struct zip_writer *zip;
    bool file_is_open;
    struct export_record *request;
    struct selection *selection;
    struct manifest manifest;
    struct buffer note; /* the checkpoint's */
    uint64_t *marks;    /* sizes of the checkpoints from outside, ascending */
    size_t *outside;    /* which of the plan's they are */
    size_t mark_count;
    uint64_t scratch_size;
    struct clip_state clip;
};

/* Adds the member that was written last to the manifest. */
MUST_CHECK enum status package_list_member(struct package_writer *writer,
                                           const struct digest *digest, struct error *error);
/* Text for proof/clips.txt. */
struct text_sink package_clip_sink(struct package_writer *writer);
void package_clip_release(struct package_writer *writer);

#endif
