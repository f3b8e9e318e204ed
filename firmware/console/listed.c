#include "firmware/console/listed.h"

#include <stdlib.h>

#include "base/clock.h"
#include "firmware/console/console.h"

#define WAITING_MAX 64

struct waiting {
    struct call *call; /* NULL: free */
    uint64_t record;
    uint64_t until_us;
};

struct listed {
    sd_event_source *limit;
    struct waiting waiting[WAITING_MAX];
};

static void answer(struct call *call, uint64_t record)
{
    call_answer(call, json_pack("{s:I}", "record", (json_int_t)record));
}

/* Those before `through` and those whose time is over; the next to be answered sets the timer. */
static void look(struct listed *listed, uint64_t through)
{
    uint64_t now_us = clock_timer_us();
    uint64_t next_us = UINT64_MAX;
    for (size_t i = 0; i < WAITING_MAX; i++) {
        struct waiting each = listed->waiting[i];
        if (each.call == NULL)
            continue;
        if (each.record < through || each.until_us <= now_us) {
            listed->waiting[i].call = NULL;
            answer(each.call, each.record);
        } else if (each.until_us < next_us) {
            next_us = each.until_us;
        }
    }
    if (next_us != UINT64_MAX)
        (void)sd_event_source_set_time(listed->limit, next_us);
    (void)sd_event_source_set_enabled(listed->limit,
                                      next_us == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int on_limit(sd_event_source *source, uint64_t at_us, void *context)
{
    (void)source;
    (void)at_us;
    look(context, 0);
    return 0;
}

enum status listed_new(sd_event *event, struct listed **result, struct error *error)
{
    struct listed *listed = calloc(1, sizeof *listed);
    if (listed == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for what waits for the catalog");
    if (sd_event_add_time(event, &listed->limit, CLOCK_MONOTONIC, UINT64_MAX, 0, on_limit, listed) <
        0) {
        free(listed);
        return error_set(error, STATUS_IO, "cannot set a timer");
    }
    *result = listed;
    return STATUS_OK;
}

void listed_free(struct listed *listed)
{
    if (listed == NULL)
        return;
    sd_event_source_disable_unref(listed->limit);
    free(listed);
}

void listed_answer(struct listed *listed, struct call *call, uint64_t record)
{
    struct waiting *free_one = NULL;
    for (size_t i = 0; i < WAITING_MAX && free_one == NULL; i++)
        if (listed->waiting[i].call == NULL)
            free_one = &listed->waiting[i];
    if (free_one == NULL) {
        answer(call, record);
        return;
    }
    *free_one =
        (struct waiting){call, record, clock_timer_us() + LISTED_PATIENCE_MS * UINT64_C(1000)};
    look(listed, catalog_view_through(call->console->catalog));
}

void listed_news(struct listed *listed, uint64_t through)
{
    look(listed, through);
}
