/*
 * Keeps the volume in order: measures space and rates, decides with the store's retention what
 * goes, carries the expiry out, forecasts the reach, raises the alarms about space, and says which
 * camera may begin a segment.
 */
#ifndef SEALROOM_KEEPER_JANITOR_H
#define SEALROOM_KEEPER_JANITOR_H

#include "keeper/parts.h"
#include "store/retention.h"

/* The volume is looked at so often. */
#define JANITOR_LOOK_MS 5000u

/* What it knows, for status. */
struct janitor_view {
    bool known; /* the volume was looked at */
    uint64_t total_bytes;
    uint64_t free_bytes;
    uint32_t reach_days;         /* RETENTION_UNKNOWN_DAYS while unknown */
    int64_t oldest_video_utc_ns; /* 0 if none */
    size_t camera_count;
    uint64_t stored_bytes[ROSTER_CAMERAS_MAX];
    uint64_t bytes_per_second[ROSTER_CAMERAS_MAX];
};

MUST_CHECK enum status janitor_new(struct keeper *keeper, struct janitor **janitor,
                                   struct error *error);
/* NULL is allowed. */
void janitor_free(struct janitor *janitor);
/* START. */
MUST_CHECK enum status janitor_start(struct janitor *janitor, struct error *error);
/* Is there room for what cameras may write, with those that ask for a segment just now? If not,
 * they get it when janitor_wake has found some. */
bool janitor_has_room(struct janitor *janitor);
/* A segment's file could not be made. Space is looked at as soon as there is time, and the camera
 * gets its segment when there is room, or is tried again in a while. */
void janitor_refused(struct janitor *janitor, struct camera *camera, const struct error *error);
/* The disk refused somebody: space is looked at as soon as there is time. */
void janitor_wake(struct janitor *janitor);
/* Were the holds read from the records themselves since the start? Before that nothing goes. */
bool janitor_knows_holds(const struct janitor *janitor);
/* As of the last look; borrowed. */
const struct janitor_view *janitor_look(const struct janitor *janitor);

#endif
