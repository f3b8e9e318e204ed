#include "keeper/ticker.h"

#include <stdlib.h>

#include "keeper/fatal.h"

/* After the committer, which is SD_EVENT_PRIORITY_IDLE: an entry comes before any idle work. */
#define PRIORITY_STEPS (SD_EVENT_PRIORITY_IDLE + 10)

struct ticker {
    sd_event_source *source;
    uint64_t period_us;
    void (*turn)(void *context);
    void *context;
};

struct idler {
    sd_event_source *source;
    bool (*step)(void *context);
    void *context;
};

/* The loop refusing what it has room for is a broken process. */
static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    struct error error;
    (void)error_set_errno(&error, STATUS_IO, -result, "%s", what);
    fatal("the event loop", &error);
}

static int tick(sd_event_source *source, uint64_t usec, void *context)
{
    (void)usec;
    struct ticker *ticker = context;
    must(sd_event_source_set_time_relative(source, ticker->period_us), "cannot set a timer");
    must(sd_event_source_set_enabled(source, SD_EVENT_ONESHOT), "cannot set a timer");
    ticker->turn(ticker->context);
    return 0;
}

enum status ticker_new(sd_event *event, uint64_t period_ms, void (*turn)(void *context),
                       void *context, struct ticker **ticker, struct error *error)
{
    struct ticker *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a timer");
    *made = (struct ticker){.period_us = period_ms * 1000, .turn = turn, .context = context};
    int result = sd_event_add_time_relative(event, &made->source, CLOCK_MONOTONIC, made->period_us,
                                            0, tick, made);
    if (result < 0) {
        free(made);
        return error_set_errno(error, STATUS_IO, -result, "cannot make a timer");
    }
    *ticker = made;
    return STATUS_OK;
}

void ticker_free(struct ticker *ticker)
{
    if (ticker == NULL)
        return;
    (void)sd_event_source_disable_unref(ticker->source);
    free(ticker);
}

static int step(sd_event_source *source, void *context)
{
    struct idler *idler = context;
    if (!idler->step(idler->context))
        must(sd_event_source_set_enabled(source, SD_EVENT_OFF), "cannot end idle work");
    return 0;
}

enum status idler_new(sd_event *event, bool (*step_function)(void *context), void *context,
                      struct idler **idler, struct error *error)
{
    struct idler *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for idle work");
    *made = (struct idler){.step = step_function, .context = context};
    int result = sd_event_add_defer(event, &made->source, step, made);
    if (result >= 0)
        result = sd_event_source_set_priority(made->source, PRIORITY_STEPS);
    if (result >= 0)
        result = sd_event_source_set_enabled(made->source, SD_EVENT_OFF);
    if (result < 0) {
        idler_free(made);
        return error_set_errno(error, STATUS_IO, -result, "cannot make idle work");
    }
    *idler = made;
    return STATUS_OK;
}

void idler_free(struct idler *idler)
{
    if (idler == NULL)
        return;
    (void)sd_event_source_disable_unref(idler->source);
    free(idler);
}

void idler_wake(struct idler *idler)
{
    must(sd_event_source_set_enabled(idler->source, SD_EVENT_ON), "cannot begin idle work");
}
