#include "store/retention.h"

#include <string.h>

#include "store/lived.h"

enum status retention_policy_check(const struct retention_policy *policy, struct error *error)
{
    if (policy->video_days < RETENTION_VIDEO_DAYS_FLOOR)
        return error_set(error, STATUS_REFUSED, "video must be kept at least %u days, not %u",
                         RETENTION_VIDEO_DAYS_FLOOR, policy->video_days);
    if (policy->record_days < RETENTION_RECORD_DAYS_FLOOR)
        return error_set(error, STATUS_REFUSED, "records must be kept at least %u days, not %u",
                         RETENTION_RECORD_DAYS_FLOOR, policy->record_days);
    if (policy->full != FULL_DELETE_OLDEST && policy->full != FULL_STOP)
        return error_set(error, STATUS_REFUSED, "no such policy for a full disk: %d",
                         (int)policy->full);
    return STATUS_OK;
}

const char *retention_reason_name(enum retention_reason reason)
{
    static const char *const names[] = {
        [RETENTION_AGE] = "age", [RETENTION_SHARE] = "share", [RETENTION_SPACE] = "space"};

    if (reason < RETENTION_AGE || reason > RETENTION_SPACE)
        return NULL;
    return names[reason];
}

/* What video may fill of the volume. */
static uint64_t usable_bytes(const struct retention_policy *policy, uint64_t total_bytes)
{
    return total_bytes > policy->reserve_bytes ? total_bytes - policy->reserve_bytes : 0;
}

uint64_t retention_share_bytes(const struct retention_policy *policy, uint64_t total_bytes,
                               const struct retention_camera *cameras, size_t count, size_t which)
{
    uint64_t usable = usable_bytes(policy, total_bytes);
    uint64_t given = 0;
    uint64_t equal = 0;

    for (size_t i = 0; i < count; i++) {
        given += cameras[i].share_percent;
        equal += cameras[i].share_percent == 0;
    }
    if (cameras[which].share_percent > 0)
        return usable / (given > 100 ? given : 100) * cameras[which].share_percent;
    if (given >= 100 || equal == 0)
        return 0;
    return usable / 100 * (100 - given) / equal;
}

uint32_t retention_reach_days(const struct retention_policy *policy,
                              const struct retention_now *now,
                              const struct retention_camera *cameras, size_t count)
{
    uint64_t room =
        now->free_bytes > policy->reserve_bytes ? now->free_bytes - policy->reserve_bytes : 0;
    uint64_t stored = 0;
    uint64_t rate = 0;
    uint64_t least = RETENTION_UNKNOWN_DAYS;

    for (size_t i = 0; i < count; i++) {
        stored += cameras[i].stored_bytes;
        rate += cameras[i].bytes_per_day;
        if (cameras[i].share_percent > 0 && cameras[i].bytes_per_day > 0) {
            uint64_t days = retention_share_bytes(policy, now->total_bytes, cameras, count, i) /
                            cameras[i].bytes_per_day;

            least = days < least ? days : least;
        }
    }
    if (rate > 0 && (stored + room) / rate < least)
        least = (stored + room) / rate;
    return (uint32_t)least;
}

/* One decision in the making. */
struct round {
    const struct retention_policy *policy;
    const struct retention_now *now;
    const struct retention_camera *cameras;
    size_t count;
    const struct retention_source *source;
    struct retention_decision *decision;
    uint64_t freed;
    uint64_t share[RETENTION_CAMERAS_MAX];
    uint64_t stored[RETENTION_CAMERAS_MAX];
    /* The oldest segment of each camera that may go and was not chosen. */
    struct retention_segment front[RETENTION_CAMERAS_MAX];
    bool has_front[RETENTION_CAMERAS_MAX];
};

static int64_t floor_ns(const struct round *round)
{
    return (int64_t)round->policy->video_days * NS_PER_DAY;
}

static bool is_of_age(const struct round *round, const struct retention_segment *segment)
{
    return lived_age_ns(round->now->utc_ns, round->now->lived_ns, segment->end_utc_ns,
                        segment->lived_ns) >= floor_ns(round);
}

static bool is_full(const struct retention_decision *decision)
{
    return decision->count == RETENTION_CHOICES_MAX;
}

static void choose(struct round *round, size_t which, const struct retention_segment *segment,
                   enum retention_reason reason)
{
    uint64_t *stored = &round->stored[which];

    round->decision->choices[round->decision->count] = (struct retention_choice){
        .camera = which,
        .segment = *segment,
        .reason = reason,
        .below_floor = !is_of_age(round, segment),
    };
    round->decision->count++;
    round->freed += segment->size;
    *stored -= segment->size < *stored ? segment->size : *stored;
}

static bool is_chosen(const struct retention_decision *decision, uint64_t record)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->choices[i].segment.record == record)
            return true;
    return false;
}

/* Moves a camera's front to its first segment from `from` on that may go. */
static enum status advance(struct round *round, size_t which, uint64_t from, struct error *error)
{
    struct retention_segment *front = &round->front[which];
    const char *camera = round->cameras[which].camera;

    round->has_front[which] = false;
    for (;;) {
        enum status status =
            round->source->next(round->source->context, camera, from, front, error);

        if (status == STATUS_END)
            return STATUS_OK;
        if (status != STATUS_OK)
            return status;
        if (!front->held && !is_chosen(round->decision, front->record)) {
            round->has_front[which] = true;
            return STATUS_OK;
        }
        from = front->record + 1;
    }
}

/* The camera whose front has the smallest record number, over its share only if asked. */
static bool oldest_front(const struct round *round, bool over_share, size_t *which)
{
    bool found = false;

    for (size_t i = 0; i < round->count; i++) {
        if (!round->has_front[i] || (over_share && round->stored[i] <= round->share[i]))
            continue;
        if (!found || round->front[i].record < round->front[*which].record)
            *which = i;
        found = true;
    }
    return found;
}

/* Lived time grows with the record number, so the first that the ledger has not lived past ends
 * the search. Wall-clock time need not: one segment stamped by a wrong clock must not keep those
 * behind it. */
static enum status choose_by_age(struct round *round, size_t which, struct error *error)
{
    const char *camera = round->cameras[which].camera;
    struct retention_segment segment = {0};

    for (uint64_t from = 0;; from = segment.record + 1) {
        enum status status =
            round->source->next(round->source->context, camera, from, &segment, error);

        if (status == STATUS_END)
            return STATUS_OK;
        if (status != STATUS_OK)
            return status;
        if (round->now->lived_ns - segment.lived_ns < floor_ns(round))
            return STATUS_OK;
        if (segment.held || !is_of_age(round, &segment))
            continue;
        if (is_full(round->decision)) {
            round->decision->more = true;
            return STATUS_OK;
        }
        choose(round, which, &segment, RETENTION_AGE);
    }
}

/* Until `wanted` bytes are freed: from cameras over their share first, then the oldest of all. */
static enum status choose_by_space(struct round *round, uint64_t wanted, struct error *error)
{
    while (round->freed < wanted) {
        size_t which = 0;
        uint64_t from = 0;
        bool over = oldest_front(round, true, &which);
        enum status status = STATUS_OK;

        if (!over && !oldest_front(round, false, &which)) {
            round->decision->nothing_may_go = round->decision->count == 0;
            return STATUS_OK;
        }
        if (is_full(round->decision)) {
            round->decision->more = true;
            return STATUS_OK;
        }
        from = round->front[which].record + 1;
        choose(round, which, &round->front[which], over ? RETENTION_SHARE : RETENTION_SPACE);
        status = advance(round, which, from, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void stop_cameras(struct round *round)
{
    struct retention_decision *decision = round->decision;

    decision->stop_all = decision->is_short;
    for (size_t i = 0; i < round->count; i++)
        decision->stop[i] = decision->is_short || decision->over_share[i];
}

/* What stored video may have of the volume, and the reserve: what others have taken of it, or what
 * is to be freed for the next minute, is no camera's share. So whenever something must go, some
 * camera has more than its share. */
static uint64_t video_bytes(const struct round *round)
{
    uint64_t bytes = round->now->free_bytes;
    uint64_t kept_free = round->now->promised_bytes + round->policy->slack_bytes;

    for (size_t i = 0; i < round->count; i++)
        bytes += round->cameras[i].stored_bytes;
    bytes = bytes < round->now->total_bytes ? bytes : round->now->total_bytes;
    return bytes > kept_free ? bytes - kept_free : 0;
}

static void begin(struct round *round)
{
    uint64_t total = round->now->total_bytes;
    uint64_t had = video_bytes(round);

    for (size_t i = 0; i < round->count; i++) {
        round->stored[i] = round->cameras[i].stored_bytes;
        round->share[i] =
            retention_share_bytes(round->policy, had, round->cameras, round->count, i);
        round->decision->over_share[i] =
            round->stored[i] >
            retention_share_bytes(round->policy, total, round->cameras, round->count, i);
    }
}

/* Frees space up to the reserve, what is promised, and the slack. */
static enum status relieve(struct round *round, uint64_t relief, struct error *error)
{
    for (size_t i = 0; i < round->count; i++) {
        enum status status = advance(round, i, 0, error);

        if (status != STATUS_OK)
            return status;
    }
    return choose_by_space(round, relief - round->now->free_bytes, error);
}

enum status retention_decide(const struct retention_policy *policy, const struct retention_now *now,
                             const struct retention_camera *cameras, size_t count,
                             const struct retention_source *source, bool was_short,
                             struct retention_decision *decision, struct error *error)
{
    struct round round = {.policy = policy,
                          .now = now,
                          .cameras = cameras,
                          .count = count,
                          .source = source,
                          .decision = decision};
    uint64_t wanted = policy->reserve_bytes + now->promised_bytes;
    uint64_t relief = wanted + policy->slack_bytes;
    enum status status = STATUS_OK;

    memset(decision, 0, sizeof(*decision));
    if (count > RETENTION_CAMERAS_MAX)
        return error_set(error, STATUS_FULL, "more than %u cameras", RETENTION_CAMERAS_MAX);
    decision->is_short = now->free_bytes < wanted || (was_short && now->free_bytes < relief);
    begin(&round);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = choose_by_age(&round, i, error);
    if (status != STATUS_OK)
        return status;
    if (policy->full == FULL_STOP)
        stop_cameras(&round);
    else if (decision->is_short && now->free_bytes < relief && !decision->more)
        status = relieve(&round, relief, error);
    return status;
}
