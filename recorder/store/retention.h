/*
 * Which video goes, and when: pure decisions. The clock, the space and the segments are handed
 * in; nothing here reads a disk or a clock. expiry.h carries the decisions out.
 *
 * Age is that of lived.h: a step of the clock ages nothing. Older than the setting: the segment
 * goes. Disk short under `delete_oldest`: cameras over their share of what video has give first,
 * then the oldest of all goes, `below_floor` if it is younger than the setting. Disk short under
 * `stop`: recording stops, a camera over its share first. Nothing under hold ever goes.
 */
#ifndef SEALROOM_STORE_RETENTION_H
#define SEALROOM_STORE_RETENTION_H

#include "base/clock.h"
#include "base/message.h"

#define RETENTION_VIDEO_DAYS_FLOOR  30u
#define RETENTION_RECORD_DAYS_FLOOR 180u
#define RETENTION_CAMERAS_MAX       128u
#define RETENTION_UNKNOWN_DAYS      UINT32_MAX

struct retention_policy {
    uint32_t video_days;
    uint32_t record_days;
    enum full_policy full;
    uint64_t reserve_bytes; /* free space that video never uses */
    uint64_t slack_bytes;   /* once short, so much more than the reserve is freed */
};

/* STATUS_REFUSED below a floor, with a sentence that says which. */
MUST_CHECK enum status retention_policy_check(const struct retention_policy *policy,
                                              struct error *error);

/* A kept segment as a decision sees it. */
struct retention_segment {
    uint64_t record;
    uint64_t size;
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    int64_t lived_ns; /* lived time at its record */
    bool held;
};

struct retention_camera {
    const char *camera;
    uint8_t share_percent;  /* 0: an equal part of what the others leave */
    uint64_t stored_bytes;  /* kept segments, and the one being written */
    uint64_t bytes_per_day; /* measured; 0 while unknown */
};

struct retention_now {
    int64_t utc_ns;
    int64_t lived_ns;
    uint64_t total_bytes; /* of the volume */
    uint64_t free_bytes;
    uint64_t promised_bytes; /* what the segments that are being written may still take */
};

/* Hands out a camera's kept segments in the order of their records: the first with
 * record >= from. STATUS_END if there is none. */
struct retention_source {
    enum status (*next)(void *context, const char *camera, uint64_t from,
                        struct retention_segment *segment, struct error *error);
    void *context;
};

enum retention_reason {
    RETENTION_AGE = 1, /* older than the setting */
    RETENTION_SHARE,   /* disk short, and its camera over its share */
    RETENTION_SPACE,   /* disk short, and it is the oldest of all */
};
const char *retention_reason_name(enum retention_reason reason); /* "age", "share", "space" */

struct retention_choice {
    size_t camera; /* index into the cameras handed in */
    struct retention_segment segment;
    enum retention_reason reason;
    bool below_floor; /* younger than policy.video_days */
};

#define RETENTION_CHOICES_MAX 256

struct retention_decision {
    size_t count; /* in the order in which they go; the rest is for the next round */
    struct retention_choice choices[RETENTION_CHOICES_MAX];
    bool more;                        /* there is more to go than fits: decide again at once */
    bool is_short;                    /* less is free than the reserve and what is promised */
    bool nothing_may_go;              /* short, and all that is left is held or being written */
    bool stop_all;                    /* policy `stop`: no camera may begin a segment */
    bool stop[RETENTION_CAMERAS_MAX]; /* this camera may not begin a segment */
    bool over_share[RETENTION_CAMERAS_MAX]; /* worth an alarm */
};

/* `was_short` is is_short of the decision before: relief needs the slack as well. At most
 * RETENTION_CAMERAS_MAX cameras. Large: keep *decision on the heap. */
MUST_CHECK enum status retention_decide(const struct retention_policy *policy,
                                        const struct retention_now *now,
                                        const struct retention_camera *cameras, size_t count,
                                        const struct retention_source *source, bool was_short,
                                        struct retention_decision *decision, struct error *error);

/* A camera's share of the volume in bytes, the reserve taken off. */
uint64_t retention_share_bytes(const struct retention_policy *policy, uint64_t total_bytes,
                               const struct retention_camera *cameras, size_t count, size_t which);

/* How many days of video the volume holds at the measured rates; RETENTION_UNKNOWN_DAYS while no
 * rate is known. The least over the cameras that were given a share, each in its own, and over all
 * together. */
uint32_t retention_reach_days(const struct retention_policy *policy,
                              const struct retention_now *now,
                              const struct retention_camera *cameras, size_t count);

#endif
