/*
 * Copying a stretch of one camera's segments into a package as a clip.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_COPY_H
#define SEALROOM_EVIDENCE_EXPORT_COPY_H

#include "evidence/clip.h"
#include "evidence/export_segments.h"
#include "evidence/package_writer.h"
#include "evidence/report.h"

struct export_copy {
    struct package_writer *package;
    const struct export_segments *segments;
    const struct clip_stretch *stretch;
    const char *name; /* of the member */
    /* Told of each part that was written: bytes more; anything but STATUS_OK ends it. */
    enum status (*wrote)(void *context, uint64_t bytes, struct error *error);
    void *context;
    struct report_item *item; /* out: when it begins and ends, its digest */
    bool is_package_at_fault; /* out: not the footage failed, but the package or who watches */
};

/* A clip as players know it, sealed. With STATUS_UNSUPPORTED nothing was written: the footage
 * cannot be made into one. */
MUST_CHECK enum status export_copy_clip(struct export_copy *copy, const struct clip_about *about,
                                        const struct clip_sealer *sealer, struct error *error);
/* The recorded init part and fragments end to end, and nothing else: what any player opens that
 * knows fragmented MP4. */
MUST_CHECK enum status export_copy_pieces(struct export_copy *copy, struct error *error);

#endif
