/*
 * The room that a package takes on its medium: how much at most, before anything is copied, and in
 * words where it is not there.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_ROOM_H
#define SEALROOM_EVIDENCE_EXPORT_ROOM_H

#include "evidence/export_cameras.h"
#include "evidence/selection.h"

/* What a package is made of. */
struct export_parts {
    const struct export_cameras *cameras;
    const struct selection *selection;
    int page;         /* verify.html; -1: none */
    bool with_stills; /* the report has them */
};

/* Plain values, bytes. */
struct export_room {
    uint64_t package; /* at most */
    uint64_t scratch; /* the same, of what is made on the way */
    uint64_t free;    /* where the package goes, before it was begun */
};

/* Fills in *room. STATUS_FULL: the file that is open as `output` has less than the package needs.
 */
MUST_CHECK enum status export_room_plan(const struct export_parts *parts, int output,
                                        struct export_room *room, struct error *error);
/* What `error` says of a medium that has no more room, in words that a person can act on; anything
 * else is left as it is. Returns the status. */
enum status export_room_explain(const struct export_room *room, enum status status,
                                struct error *error);

#endif
