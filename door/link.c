#include "door/link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/vocabulary.h"

/* One message that the keeper has not answered. */
struct pending {
    enum message_type type;
    bool is_sent;
    uint32_t sequence;    /* of the packet, once sent */
    int64_t resend_at_ns; /* monotonic; 0: there was room for it so far */
    union {
        struct message_entry entry;
        struct message_source_state state;
    } payload;
};

struct link {
    const struct clock *clock;
    struct channel *channel; /* NULL without a keeper */
    bool is_welcomed;        /* on this channel */
    bool was_welcomed;
    bool is_cut_off;
    bool has_mismatch;
    struct message_welcome welcome;
    struct origin origin; /* without an address: not set */
    enum source_state source;
    struct message_source_state state; /* the present one */
    int64_t state_due_ns;              /* monotonic: it is said again */
    size_t count;
    struct pending *queue[LINK_ROOM]; /* oldest first; all of them point into `pool` */
    struct pending pool[LINK_ROOM];
};

enum status link_new(const struct clock *clock, struct link **link, struct error *error)
{
    struct link *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a link");
    made->clock = clock;
    for (size_t at = 0; at < LINK_ROOM; at++)
        made->queue[at] = &made->pool[at];
    *link = made;
    return STATUS_OK;
}

void link_free(struct link *link)
{
    if (link == NULL)
        return;
    channel_free(link->channel);
    free(link);
}

void link_cleanup(struct link **link)
{
    link_free(*link);
    *link = NULL;
}

void link_set_origin(struct link *link, const struct origin *origin)
{
    link->origin = *origin;
}

static void drop(struct link *link)
{
    channel_free(link->channel);
    link->channel = NULL;
    link->is_welcomed = false;
}

static void cut_off(struct link *link, const char *why)
{
    log_error("cut off from the keeper: %s", why);
    link->is_cut_off = true;
    drop(link);
}

/* STATUS_END: the keeper has gone, and another will come. */
static void give_up(struct link *link, enum status status, const char *why)
{
    if (status != STATUS_END) {
        cut_off(link, why);
        return;
    }
    log_warning("the link to the keeper is gone: %s", why);
    drop(link);
}

bool link_is_cut_off(const struct link *link)
{
    return link->is_cut_off;
}

int link_descriptor(const struct link *link)
{
    return link->channel == NULL ? -1 : channel_descriptor(link->channel);
}

/* Sends one message if there is a keeper that listens. What fails stays in the queue. */
static void send_pending(struct link *link, struct pending *pending)
{
    if (!link->is_welcomed || pending->is_sent)
        return;
    struct error error = {0};
    enum status status = channel_send(link->channel, pending->type, &pending->payload, -1,
                                      &pending->sequence, &error);
    if (status == STATUS_OK) {
        pending->is_sent = true;
        pending->resend_at_ns = 0;
    } else if (status == STATUS_FULL) {
        pending->resend_at_ns = clock_monotonic_ns(link->clock) + LINK_RETRY_MS * NS_PER_MS;
    } else {
        give_up(link, status, error.text);
    }
}

enum status link_attach(struct link *link, int descriptor, struct error *error)
{
    struct channel *channel = NULL;
    enum status status = channel_new(descriptor, &channel, error);
    if (status != STATUS_OK) {
        (void)close(descriptor);
        return status;
    }
    channel_free(link->channel);
    link->channel = channel;
    link->is_welcomed = false;
    for (size_t at = 0; at < link->count; at++)
        link->queue[at]->is_sent = false;
    struct message_hello hello = {.protocol = MESSAGE_PROTOCOL, .process = (uint32_t)getpid()};
    message_text(hello.program, sizeof hello.program, "sealroom-door");
    message_text(hello.version, sizeof hello.version, SEALROOM_VERSION);
    status = channel_send(channel, MESSAGE_HELLO, &hello, -1, NULL, error);
    if (status != STATUS_OK)
        give_up(link, status, "it does not take a greeting");
    return STATUS_OK;
}

static bool has_pending_state(const struct link *link)
{
    for (size_t at = 0; at < link->count; at++)
        if (link->queue[at]->type == MESSAGE_SOURCE_STATE)
            return true;
    return false;
}

/* The present state, as it was said before. The answer refers to nothing that is kept, and is
 * passed over. */
static void repeat_state(struct link *link)
{
    struct error error = {0};
    link->state_due_ns = clock_monotonic_ns(link->clock) + LINK_STATE_MS * NS_PER_MS;
    if (link->source == SOURCE_UNKNOWN || has_pending_state(link))
        return;
    enum status status =
        channel_send(link->channel, MESSAGE_SOURCE_STATE, &link->state, -1, NULL, &error);
    if (status != STATUS_OK && status != STATUS_FULL)
        give_up(link, status, error.text);
}

static void receive_welcome(struct link *link, const struct message_welcome *welcome)
{
    if (welcome->protocol != MESSAGE_PROTOCOL) {
        cut_off(link, "it speaks another protocol");
        return;
    }
    link->welcome = *welcome;
    link->is_welcomed = true;
    link->was_welcomed = true;
    repeat_state(link);
    for (size_t at = 0; at < link->count && link->is_welcomed; at++)
        send_pending(link, link->queue[at]);
}

static void forget(struct link *link, size_t place)
{
    struct pending *freed = link->queue[place];
    link->count--;
    memmove(&link->queue[place], &link->queue[place + 1],
            (link->count - place) * sizeof(struct pending *));
    link->queue[link->count] = freed;
}

static void receive_done(struct link *link, const struct message_done *done)
{
    link->has_mismatch = link->has_mismatch || done->status == STATUS_MISMATCH;
    if (done->status != STATUS_OK && done->status != STATUS_MISMATCH) {
        cut_off(link, done->text);
        return;
    }
    for (size_t at = 0; at < link->count; at++) {
        if (link->queue[at]->is_sent && link->queue[at]->sequence == done->reference) {
            forget(link, at);
            return;
        }
    }
}

static enum status receive_one(struct link *link)
{
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    struct error error = {0};
    enum status status =
        channel_receive(link->channel, &type, &sequence, &payload, &attached, &error);
    if (attached >= 0)
        (void)close(attached);
    if (status == STATUS_AGAIN)
        return status;
    if (status != STATUS_OK) {
        give_up(link, status, status == STATUS_END ? "it ended" : error.text);
        return STATUS_END;
    }
    if (type == MESSAGE_WELCOME)
        receive_welcome(link, &payload.welcome);
    else if (type == MESSAGE_DONE)
        receive_done(link, &payload.done);
    else
        cut_off(link, "it sent what a keeper does not send to a door");
    return STATUS_OK;
}

void link_receive(struct link *link)
{
    while (link->channel != NULL)
        if (receive_one(link) != STATUS_OK)
            return;
}

void link_tick(struct link *link)
{
    int64_t now_ns = clock_monotonic_ns(link->clock);
    for (size_t at = 0; at < link->count && link->is_welcomed; at++)
        if (now_ns >= link->queue[at]->resend_at_ns)
            send_pending(link, link->queue[at]);
    if (link->is_welcomed && now_ns >= link->state_due_ns)
        repeat_state(link);
}

bool link_take_mismatch(struct link *link)
{
    bool has_mismatch = link->has_mismatch;
    link->has_mismatch = false;
    return has_mismatch;
}

bool link_was_welcomed(const struct link *link)
{
    return link->was_welcomed;
}

bool link_position(const struct link *link, uint64_t *boot_epoch, uint64_t *device_seq)
{
    *boot_epoch = link->welcome.boot_epoch;
    *device_seq = link->welcome.device_seq;
    return link->welcome.has_position != 0;
}

size_t link_room(const struct link *link)
{
    return LINK_ROOM - link->count;
}

bool link_is_idle(const struct link *link)
{
    return link->count == 0;
}

static struct pending *take_place(struct link *link, enum message_type type)
{
    if (link->count == LINK_ROOM)
        return NULL;
    struct pending *pending = link->queue[link->count++];
    *pending = (struct pending){.type = type};
    return pending;
}

enum status link_say_entry(struct link *link, const struct message_entry *entry)
{
    /* Whoever has an entry answers, and the entry is to come after what it was read by. */
    if (link->source == SOURCE_UNKNOWN && link->origin.address[0] != '\0') {
        log_info("%s answers", link->origin.address);
        link_say_source(link, SOURCE_ONLINE, link->origin.address, 0, "");
    }
    struct pending *pending = take_place(link, MESSAGE_ENTRY);
    if (pending == NULL)
        return STATUS_FULL;
    pending->payload.entry = *entry;
    send_pending(link, pending);
    return STATUS_OK;
}

void link_say_source(struct link *link, enum source_state source, const char *address,
                     int64_t interval_ns, const char *detail)
{
    struct clock_reading now = clock_now(link->clock);
    link->state = (struct message_source_state){
        .event = source == SOURCE_ONLINE ? DOOR_SOURCE_ONLINE : DOOR_SOURCE_OFFLINE,
        .at_utc_ns = now.utc_ns,
        .at_monotonic_ns = now.monotonic_ns,
        .poll_interval_ns = (uint64_t)interval_ns};
    message_text(link->state.address, sizeof link->state.address, address);
    message_text(link->state.detail, sizeof link->state.detail, detail);
    message_text(link->state.profile, sizeof link->state.profile, link->origin.profile);
    memcpy(link->state.profile_sha256, link->origin.sha256, sizeof link->state.profile_sha256);
    memcpy(link->state.profile_sm3, link->origin.sm3, sizeof link->state.profile_sm3);
    link->source = source;
    struct pending *pending = take_place(link, MESSAGE_SOURCE_STATE);
    if (pending == NULL) {
        log_warning("the keeper has no room for the state of %s; it is told later", address);
        return;
    }
    pending->payload.state = link->state;
    send_pending(link, pending);
}

void link_set_interval(struct link *link, int64_t interval_ns)
{
    link->state.poll_interval_ns = (uint64_t)interval_ns;
}

enum source_state link_source(const struct link *link)
{
    return link->source;
}
