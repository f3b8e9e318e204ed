#include "keeper/news.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define REST_US UINT64_C(100000)

struct news {
    struct keeper *keeper;
    sd_event_source *timer; /* runs while the console rests */
    bool rests;
    bool is_due;
    uint64_t console; /* the peer; 0: there was none */
    uint64_t through;
};

static void tell(struct news *news)
{
    struct peer *console = peers_find(news->keeper->peers, news->console);
    struct message_news said = {.records = ledger_size(news->keeper->identity.ledger),
                                .through = news->through};
    news->is_due = false;
    if (console == NULL)
        return;
    peer_send(console, MESSAGE_NEWS, &said, -1);
    int result = sd_event_source_set_time_relative(news->timer, REST_US);
    if (result >= 0)
        result = sd_event_source_set_enabled(news->timer, SD_EVENT_ONESHOT);
    news->rests = result >= 0;
    if (result < 0)
        log_error("no rest for the console: %s", strerror(-result));
}

static int rest_is_over(sd_event_source *source, uint64_t usec, void *context)
{
    struct news *news = context;
    (void)source;
    (void)usec;
    news->rests = false;
    if (news->is_due)
        tell(news);
    return 0;
}

enum status news_new(struct keeper *keeper, struct news **news, struct error *error)
{
    struct news *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for news");
    made->keeper = keeper;
    int result = sd_event_add_time_relative(keeper->event, &made->timer, CLOCK_MONOTONIC, REST_US,
                                            0, rest_is_over, made);
    if (result >= 0)
        result = sd_event_source_set_enabled(made->timer, SD_EVENT_OFF);
    if (result < 0) {
        news_free(made);
        return error_set_errno(error, STATUS_IO, -result, "cannot make a timer");
    }
    *news = made;
    return STATUS_OK;
}

void news_free(struct news *news)
{
    if (news == NULL)
        return;
    (void)sd_event_source_disable_unref(news->timer);
    free(news);
}

void news_greet(struct news *news, const struct peer *console)
{
    news->console = peer_number(console);
    tell(news);
}

void news_note(struct news *news, uint64_t through)
{
    if (through == news->through)
        return;
    news->through = through;
    news->is_due = true;
    if (!news->rests)
        tell(news);
}
