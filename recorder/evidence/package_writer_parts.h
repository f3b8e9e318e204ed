/*
 * What the files of the package writer share. Internal.
 */
#ifndef SEALROOM_EVIDENCE_PACKAGE_WRITER_PARTS_H
#define SEALROOM_EVIDENCE_PACKAGE_WRITER_PARTS_H

#include "evidence/package_writer.h"
#include "evidence/tiling.h"
#include "evidence/zip_writer.h"
#include "store/segment_record.h"

/* The clip that is being written. */
struct clip_state {
    bool is_open;
    const struct package_place *places; /* borrowed */
    size_t count;
    size_t next;         /* the first that was not reached */
    uint64_t at;         /* bytes so far */
    uint64_t piece_left; /* of the piece at hand */
    uint64_t own_size;   /* bytes since the last piece; in the writer's hasher */
    uint64_t record;     /* of the segment at hand; valid with `pieces` */
    struct piece_list *pieces;
    struct tiling tiling; /* of its tree */
    bool has_init;
    uint64_t init_offset;
    uint64_t init_size;
    struct digest init_digest;
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
    uint64_t records; /* that are shown */
    struct clip_state clip;
};

/* Adds the member that was written last to the manifest. */
MUST_CHECK enum status package_list_member(struct package_writer *writer,
                                           const struct digest *digest, struct error *error);
/* Text for proof/clips.txt. */
struct text_sink package_clip_sink(struct package_writer *writer);
void package_clip_release(struct package_writer *writer);

#endif
