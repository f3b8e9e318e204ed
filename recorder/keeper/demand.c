#include "keeper/demand.h"

/* Once short, so much more than needed is freed, so that it is not short again at once: as much as
 * comes in the time of a segment, not less than this, and never more than this part of the volume.
 */
#define SLACK_BYTES UINT64_C(67108864)
#define SLACK_PART  16u
/* A camera that writes has room for so long at least, and for so much: it goes on over its cut. */
#define OPEN_MIN_S     (JANITOR_LOOK_MS / 1000u)
#define OPEN_MIN_BYTES (UINT64_C(1024) * 1024)
/* The first keyframe of a segment says nothing of its rate. */
#define RATE_MIN_S 3u
/* Until its rate is known a camera may write as fast as its line, 100 Mbit/s, lets it. On a small
 * volume room for that is not kept: at most a slack's part of it for each camera. */
#define UNKNOWN_RATE UINT64_C(12500000)

/* Seconds since the camera's open segment began; its rate is measured on the way. */
static uint64_t measure_open(struct demand *demand, const struct keeper *keeper, size_t which)
{
    const struct segment_record *known = segment_known(keeper->roster.cameras[which]->open);
    int64_t age_ns = keeper_moment(keeper).monotonic_ns - known->start_monotonic_ns;
    uint64_t age = age_ns > 0 ? (uint64_t)(age_ns / NS_PER_SECOND) : 0;
    uint64_t rate = known->size / (age > RATE_MIN_S ? age : RATE_MIN_S);
    if (age >= RATE_MIN_S || rate > demand->measured[which])
        demand->measured[which] = rate;
    demand->rated[which] = demand->rated[which] || age >= RATE_MIN_S;
    return age;
}

static uint64_t unknown_rate(uint64_t total_bytes)
{
    uint64_t most = total_bytes / SLACK_PART / OPEN_MIN_S;
    return most < UNKNOWN_RATE ? most : UNKNOWN_RATE;
}

/* Has a file, or asks for one? */
static bool may_write(const struct camera *camera)
{
    return camera->open != NULL || camera->grant != NULL || camera->wants_grant ||
           camera->coverage.recording;
}

/* Adds what the camera may write up to its cut, and soon after, and its rate. One that is paused
 * goes on when there is room for that. */
static void add_camera(struct demand *demand, const struct keeper *keeper,
                       const struct janitor_view *view, size_t which)
{
    const struct camera *camera = keeper->roster.cameras[which];
    uint64_t nominal = keeper->roster.settings.segment_seconds;
    uint64_t usual = view->bytes_per_second[which];
    if (!may_write(camera))
        return;
    uint64_t age = camera->open == NULL ? nominal : measure_open(demand, keeper, which);
    uint64_t rate = demand->measured[which] > usual ? demand->measured[which] : usual;
    bool known = demand->rated[which] || usual > 0;
    if (!known && rate < unknown_rate(view->total_bytes))
        rate = unknown_rate(view->total_bytes);
    demand->rate += rate;
    demand->writes = demand->writes || !camera->paused;
    uint64_t left = known && nominal > age + OPEN_MIN_S ? nominal - age : OPEN_MIN_S;
    demand->bytes += rate * left > OPEN_MIN_BYTES ? rate * left : OPEN_MIN_BYTES;
}

void demand_measure(struct demand *demand, const struct keeper *keeper,
                    const struct janitor_view *view)
{
    demand->bytes = 0;
    demand->rate = 0;
    demand->writes = false;
    for (size_t i = 0; i < keeper->roster.camera_count; i++)
        add_camera(demand, keeper, view, i);
}

uint64_t demand_slack(const struct demand *demand, const struct keeper *keeper,
                      uint64_t total_bytes)
{
    uint64_t bytes = demand->rate * keeper->roster.settings.segment_seconds;
    bytes = bytes > SLACK_BYTES ? bytes : SLACK_BYTES;
    return bytes < total_bytes / SLACK_PART ? bytes : total_bytes / SLACK_PART;
}
