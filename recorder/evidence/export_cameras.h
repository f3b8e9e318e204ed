/*
 * The cameras of an export: which clips are made of which segments, and which segments cannot be
 * copied.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_CAMERAS_H
#define SEALROOM_EVIDENCE_EXPORT_CAMERAS_H

#include "evidence/clip_plan.h"
#include "evidence/export_segments.h"

struct export_camera {
    char id[ID_SIZE];
    struct export_segments *segments;
    struct clip_plan *plan;
};

struct export_cameras {
    struct export_camera list[EXPORT_SOURCES_MAX];
    size_t count;
    uint32_t clips;
    uint64_t bytes; /* of all clips, about */
    uint64_t fragments;
};

struct export_ground {
    struct ledger_view *view; /* in one snapshot */
    int video;                /* the video folder */
    const struct export_record *request;
    const struct selection *selection;
};

/* A still of the segment with that record, at a time, by the sealroom-picture at the socket. */
MUST_CHECK enum status export_cameras_still(const struct export_cameras *cameras, int picture,
                                            uint64_t record, int64_t at_utc_ns, struct buffer *jpeg,
                                            int64_t *taken_utc_ns, struct error *error);
/* Release with this, also after a failure. */
void export_cameras_release(struct export_cameras *cameras);
/* Plans the clips of every camera that was asked for. What is found on the way to be no use is
 * added to *absents. With `thoroughly` every segment is looked through first; `looked` (may be
 * NULL) is told of each, and ends it by anything but STATUS_OK. */
MUST_CHECK enum status export_cameras_plan(const struct export_ground *ground, bool thoroughly,
                                           enum status (*looked)(void *context,
                                                                 struct error *error),
                                           void *context, struct export_absents *absents,
                                           struct export_cameras *cameras, struct error *error);

#endif
