#include "firmware/console/keeper_link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define SWEEP_US UINT64_C(1000000)

struct question {
    uint32_t sequence; /* 0: free */
    uint64_t until_us;
    keeper_answered answered;
    void *context;
};

struct keeper_link {
    sd_event *event;
    struct keeper_link_hooks hooks;
    struct channel *channel; /* NULL: there is no keeper */
    sd_event_source *readable;
    sd_event_source *sweep;
    uint32_t exporting; /* whose EXPORT_PLAN and EXPORT_PROGRESS come */
    uint32_t listing;   /* whose STATUS_CAMERA and so on come now, which bear no reference */
    struct question questions[KEEPER_LINK_QUESTIONS];
};

/* Answers that begin with the sequence of what they answer. */
static const enum message_type referring[] = {
    MESSAGE_DONE,          MESSAGE_SESSION,        MESSAGE_SECOND_GIVEN, MESSAGE_ACCOUNT,
    MESSAGE_SHEET,         MESSAGE_OPEN_SEGMENT,   MESSAGE_STATUS,       MESSAGE_CHECKPOINT_NOTE,
    MESSAGE_EXPORT_BEGUN,  MESSAGE_EXPORT_RESULT,  MESSAGE_HOLDS,        MESSAGE_EXPORT_SPOOL,
    MESSAGE_INSPECT_STATE, MESSAGE_INSPECT_RESULT,
};
static const enum message_type listed[] = {MESSAGE_STATUS_CAMERA, MESSAGE_STATUS_SOURCE,
                                           MESSAGE_STATUS_ALARM};

/* Of the one export that can be under way. */
static const enum message_type exporting[] = {MESSAGE_EXPORT_PLAN, MESSAGE_EXPORT_PROGRESS};

static bool stands_in(enum message_type type, const enum message_type *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == type)
            return true;
    return false;
}
#define STANDS_IN(type, list) stands_in(type, list, sizeof(list) / sizeof((list)[0]))

static struct question *question_of(struct keeper_link *link, uint32_t sequence)
{
    for (size_t i = 0; i < KEEPER_LINK_QUESTIONS; i++)
        if (link->questions[i].sequence == sequence)
            return &link->questions[i];
    return NULL;
}

static void say_no(keeper_answered answered, void *context, enum status status, const char *text)
{
    union message_payload payload = {.done = {.status = (uint16_t)status}};
    int none = -1;
    message_text(payload.done.text, sizeof payload.done.text, text);
    const struct keeper_answer answer = {MESSAGE_DONE, &payload, &none};
    (void)answered(context, &answer);
}

static void give_up(struct question *question, enum status status, const char *text)
{
    const struct question kept = *question;
    question->sequence = 0;
    say_no(kept.answered, kept.context, status, text);
}

static void give_up_all(struct keeper_link *link)
{
    for (size_t i = 0; i < KEEPER_LINK_QUESTIONS; i++)
        if (link->questions[i].sequence != 0)
            give_up(&link->questions[i], STATUS_END, "the recorder is being started again");
}

static void unlink_keeper(struct keeper_link *link)
{
    bool was_linked = link->channel != NULL;
    link->readable = sd_event_source_disable_unref(link->readable);
    channel_free(link->channel);
    link->channel = NULL;
    link->listing = link->exporting = 0;
    give_up_all(link);
    if (was_linked)
        link->hooks.linked(link->hooks.context, false);
}

static void deliver(struct keeper_link *link, uint32_t sequence, const struct keeper_answer *answer)
{
    struct question *question = sequence == 0 ? NULL : question_of(link, sequence);
    if (question == NULL)
        return;
    const struct question kept = *question;
    if (answer->type == MESSAGE_DONE)
        question->sequence = 0;
    bool is_last = kept.answered(kept.context, answer);
    if (is_last && question->sequence == sequence)
        question->sequence = 0;
}

static void take(struct keeper_link *link, const struct keeper_answer *answer)
{
    const union message_payload *payload = answer->payload;
    uint32_t reference = 0;
    if (answer->type == MESSAGE_NEWS)
        link->hooks.news(link->hooks.context, &payload->news);
    else if (answer->type == MESSAGE_ACCOUNTS_STATE)
        link->hooks.accounts(link->hooks.context, &payload->accounts_state);
    if (STANDS_IN(answer->type, referring))
        memcpy(&reference, payload, sizeof reference);
    else if (STANDS_IN(answer->type, listed))
        reference = link->listing;
    else if (STANDS_IN(answer->type, exporting))
        reference = link->exporting;
    if (answer->type == MESSAGE_EXPORT_BEGUN)
        link->exporting = reference;
    if (answer->type == MESSAGE_STATUS)
        link->listing = reference;
    deliver(link, reference, answer);
}

static int on_readable(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    struct keeper_link *link = context;
    struct error error = {0};
    enum status status = STATUS_OK;
    (void)source;
    (void)descriptor;
    (void)events;
    while (status == STATUS_OK && link->channel != NULL) {
        union message_payload payload;
        enum message_type type = 0;
        uint32_t sequence = 0;
        AUTO_CLOSE int attached = -1;
        status = channel_receive(link->channel, &type, &sequence, &payload, &attached, &error);
        const struct keeper_answer answer = {type, &payload, &attached};
        if (status == STATUS_OK)
            take(link, &answer);
    }
    if (status == STATUS_OK || status == STATUS_AGAIN)
        return 0;
    if (status != STATUS_END)
        log_error("the keeper is not understood: %s", error.text);
    unlink_keeper(link);
    return 0;
}

static int on_sweep(sd_event_source *source, uint64_t at_us, void *context)
{
    struct keeper_link *link = context;
    uint64_t now = clock_timer_us();
    (void)at_us;
    for (size_t i = 0; i < KEEPER_LINK_QUESTIONS; i++)
        if (link->questions[i].sequence != 0 && now > link->questions[i].until_us)
            give_up(&link->questions[i], STATUS_TIMEOUT, "the recorder does not answer");
    sd_event_source_set_time_relative(source, SWEEP_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

enum status keeper_link_new(sd_event *event, const struct keeper_link_hooks *hooks,
                            struct keeper_link **result, struct error *error)
{
    struct keeper_link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the keeper's link");
    link->event = sd_event_ref(event);
    link->hooks = *hooks;
    if (sd_event_add_time_relative(event, &link->sweep, CLOCK_MONOTONIC, SWEEP_US, 0, on_sweep,
                                   link) < 0) {
        keeper_link_free(link);
        return error_set(error, STATUS_IO, "cannot set a timer");
    }
    *result = link;
    return STATUS_OK;
}

void keeper_link_free(struct keeper_link *link)
{
    if (link == NULL)
        return;
    sd_event_source_disable_unref(link->readable);
    sd_event_source_disable_unref(link->sweep);
    channel_free(link->channel);
    sd_event_unref(link->event);
    free(link);
}

static enum status greet(struct keeper_link *link, struct error *error)
{
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    message_text(hello.program, sizeof hello.program, "sealroom-console");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);
    return channel_send(link->channel, MESSAGE_HELLO, &hello, -1, NULL, error);
}

enum status keeper_link_take(struct keeper_link *link, int descriptor, struct error *error)
{
    unlink_keeper(link);
    enum status status = channel_new(descriptor, &link->channel, error);
    if (status != STATUS_OK) {
        file_close(&descriptor);
        return status;
    }
    if (sd_event_add_io(link->event, &link->readable, channel_descriptor(link->channel), EPOLLIN,
                        on_readable, link) < 0)
        return error_set(error, STATUS_IO, "cannot watch the keeper's link");
    status = greet(link, error);
    if (status == STATUS_OK)
        link->hooks.linked(link->hooks.context, true);
    return status;
}

/* Its sequence; 0 if it cannot be asked, which was answered. */
static uint32_t ask(struct keeper_link *link, enum message_type type, const void *payload,
                    int attached, const struct question *asked)
{
    struct error error = {0};
    struct question *free_one = question_of(link, 0);
    uint32_t sequence = 0;
    if (link->channel == NULL) {
        say_no(asked->answered, asked->context, STATUS_END, "the recorder is being started again");
        return 0;
    }
    if (free_one == NULL) {
        say_no(asked->answered, asked->context, STATUS_FULL,
               "too much is being asked at once: try again");
        return 0;
    }
    enum status status = channel_send(link->channel, type, payload, attached, &sequence, &error);
    if (status != STATUS_OK) {
        log_warning("the keeper cannot be asked: %s", error.text);
        say_no(asked->answered, asked->context, status,
               "the recorder cannot be asked just now: try again");
        return 0;
    }
    *free_one = *asked;
    free_one->sequence = sequence;
    return sequence;
}

void keeper_link_ask(struct keeper_link *link, enum message_type type, const void *payload,
                     int attached, keeper_answered answered, void *context)
{
    const struct question asked = {.until_us =
                                       clock_timer_us() + KEEPER_LINK_PATIENCE_MS * UINT64_C(1000),
                                   .answered = answered,
                                   .context = context};
    (void)ask(link, type, payload, attached, &asked);
}

uint32_t keeper_link_ask_long(struct keeper_link *link, enum message_type type, const void *payload,
                              int attached, keeper_answered answered, void *context)
{
    const struct question asked = {
        .until_us = UINT64_MAX, .answered = answered, .context = context};
    return ask(link, type, payload, attached, &asked);
}

enum status keeper_link_tell(struct keeper_link *link, enum message_type type, const void *payload,
                             int attached, struct error *error)
{
    return link->channel == NULL
               ? error_set(error, STATUS_END, "the recorder is being started again")
               : channel_send(link->channel, type, payload, attached, NULL, error);
}
