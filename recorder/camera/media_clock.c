#include "camera/media_clock.h"

#include <string.h>

#define TICKS_PER_SECOND INT64_C(90000)
#define NS_PER_TICK_NUM  INT64_C(100000) /* 1e9 / 90000 = 100000 / 9 */
#define NS_PER_TICK_DEN  INT64_C(9)
#define FRAME_DEFAULT    3600 /* 25 a second */
/* Media time may run ahead of arrival by this much (a camera that sends what it has kept), and
 * back by as much as pictures are reordered. */
#define JUMP_TICKS (2 * TICKS_PER_SECOND)

static int64_t ticks_of_ns(int64_t ns)
{
    return ns / NS_PER_TICK_NUM * NS_PER_TICK_DEN +
           ns % NS_PER_TICK_NUM * NS_PER_TICK_DEN / NS_PER_TICK_NUM;
}

static void insert(struct media_clock *clock, int64_t presentation)
{
    unsigned at = clock->waiting_count;
    while (at > 0 && clock->waiting[at - 1] > presentation) {
        clock->waiting[at] = clock->waiting[at - 1];
        at--;
    }
    clock->waiting[at] = presentation;
    clock->waiting_count++;
}

static int64_t take_earliest(struct media_clock *clock)
{
    int64_t earliest = clock->waiting[0];
    clock->waiting_count--;
    memmove(clock->waiting, clock->waiting + 1, clock->waiting_count * sizeof clock->waiting[0]);
    return earliest;
}

void media_clock_start(struct media_clock *clock, unsigned reorder, uint32_t frame_ticks,
                       int64_t first_presentation, int64_t arrival_ns)
{
    int64_t frame = frame_ticks > 0 ? frame_ticks : FRAME_DEFAULT;
    *clock = (struct media_clock){.running = true, .reorder = reorder, .arrival_ns = arrival_ns};
    int64_t first = reorder * frame; /* so that the first decoding time is 0 */
    clock->offset = first - first_presentation;
    clock->latest = first;
    clock->last_input = first_presentation;
    clock->last_decode = -1;
    for (unsigned i = 0; i < reorder; i++) {
        insert(clock, (int64_t)i * frame);
    }
}

void media_clock_reorder(struct media_clock *clock, unsigned reorder)
{
    if (reorder > REORDER_MAX) {
        reorder = REORDER_MAX;
    }
    while (clock->reorder < reorder) {
        /* one more is held back: the picture before is counted twice, and bent apart below */
        insert(clock, clock->last_decode);
        clock->reorder++;
    }
}

/* Where the camera's time falls, unless it cannot be used. */
static int64_t place(struct media_clock *clock, bool known, int64_t presentation,
                     int64_t arrival_ns, struct media_time *result)
{
    int64_t elapsed = ticks_of_ns(arrival_ns - clock->arrival_ns);
    int64_t by_arrival = clock->latest + (elapsed > 0 ? elapsed : 1);
    if (!known) {
        result->synthetic = true;
        clock->offset = by_arrival - presentation;
        return by_arrival;
    }
    int64_t placed = 0;
    bool lost = __builtin_add_overflow(presentation, clock->offset, &placed);
    int64_t ahead = lost ? INT64_MAX : placed - clock->latest;
    if (lost || ahead > JUMP_TICKS + elapsed || ahead < -JUMP_TICKS) {
        result->jumped = true;
        result->jump_ticks = ahead;
        clock->offset = (int64_t)((uint64_t)by_arrival - (uint64_t)presentation);
        return by_arrival;
    }
    return placed;
}

struct media_time media_clock_next(struct media_clock *clock, bool known, int64_t presentation,
                                   int64_t arrival_ns)
{
    struct media_time result = {0};
    int64_t placed = place(clock, known, presentation, arrival_ns, &result);
    insert(clock, placed);
    int64_t decode = take_earliest(clock);
    if (decode <= clock->last_decode) {
        decode = clock->last_decode + 1;
    }
    if (decode > placed) {
        result.bent = true;
        placed = decode;
        media_clock_reorder(clock, clock->reorder + 1);
    }
    clock->last_decode = decode;
    clock->latest = placed > clock->latest ? placed : clock->latest;
    clock->last_input = presentation;
    clock->arrival_ns = arrival_ns;
    result.presentation = placed;
    result.decode = decode;
    return result;
}

int64_t media_clock_shift(const struct media_clock *clock, int64_t presentation)
{
    return (int64_t)((uint64_t)presentation + (uint64_t)clock->offset);
}
