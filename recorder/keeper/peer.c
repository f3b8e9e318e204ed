#include "keeper/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/file.h"
#include "base/log.h"

/* Messages of one peer in a row before the others have their turn. */
#define PEER_TURN 16

struct peer {
    struct peers *peers;
    struct peer *next;
    uint64_t number;
    const struct desk *desk;
    char source[ID_SIZE];
    struct operator_peer operator;
    struct channel *channel;
    sd_event_source *readable;
    sd_event_source *failed; /* fires once after a send failed */
    struct error failure;
    bool greeted;
    bool paused;
};

struct peers {
    sd_event *event;
    void *context;
    void (*counted)(void *context);
    struct peer *first;
    size_t count;
    uint64_t last_number;
};

enum status peers_new(sd_event *event, void *context, void (*counted)(void *context),
                      struct peers **peers, struct error *error)
{
    struct peers *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for peers");
    *made = (struct peers){.event = event, .context = context, .counted = counted};
    *peers = made;
    return STATUS_OK;
}

static void peer_free(struct peer *peer)
{
    (void)sd_event_source_disable_unref(peer->readable);
    (void)sd_event_source_disable_unref(peer->failed);
    channel_free(peer->channel);
    free(peer);
}

void peers_free(struct peers *peers)
{
    if (peers == NULL)
        return;
    while (peers->first != NULL) {
        struct peer *peer = peers->first;
        peers->first = peer->next;
        peer_free(peer);
    }
    free(peers);
}

void peer_close(struct peer *peer, const char *reason)
{
    struct peers *peers = peer->peers;
    for (struct peer **link = &peers->first; *link != NULL; link = &(*link)->next) {
        if (*link == peer) {
            *link = peer->next;
            break;
        }
    }
    peers->count--;
    if (peer->desk->gone != NULL)
        peer->desk->gone(peers->context, peer, reason);
    peer_free(peer);
}

/* Tells the peer why, as far as it still listens, and closes. */
static void cut_off(struct peer *peer, uint32_t sequence, const struct error *error)
{
    char reason[ERROR_TEXT_SIZE];
    memcpy(reason, error->text, sizeof reason);
    log_warning("%s %s is cut off: %s", role_name(peer->desk->role), peer->source, reason);
    struct message_done done = {.reference = sequence, .status = STATUS_REFUSED};
    message_text(done.text, sizeof done.text, reason);
    if (channel_send(peer->channel, MESSAGE_DONE, &done, -1, NULL, NULL) != STATUS_OK)
        log_debug("%s %s does not hear it", role_name(peer->desk->role), peer->source);
    peer_close(peer, reason);
}

static enum status handle(struct peer *peer, const struct letter *letter, struct error *error)
{
    enum role role = peer->desk->role;
    if (!message_allowed(letter->type, role))
        return error_set(error, STATUS_REFUSED, "%s is not a %s's to send",
                         message_name(letter->type), role_name(role));
    if (peer->greeted == (letter->type == MESSAGE_HELLO))
        return error_set(error, STATUS_REFUSED, "%s out of order: HELLO comes first, and once",
                         message_name(letter->type));
    if (letter->type == MESSAGE_HELLO) {
        if (letter->payload->hello.protocol != MESSAGE_PROTOCOL)
            return error_set(error, STATUS_UNSUPPORTED, "protocol %u, not %u",
                             letter->payload->hello.protocol, MESSAGE_PROTOCOL);
        peer->greeted = true;
    }
    for (size_t i = 0; i < peer->desk->count; i++) {
        const struct desk_handler *handler = &peer->desk->handlers[i];
        if (handler->type == letter->type)
            return handler->handle(peer->peers->context, peer, letter, error);
    }
    return error_set(error, STATUS_REFUSED, "nobody here takes %s", message_name(letter->type));
}

/* Reads and handles one message. False: stop reading this peer for now; it may be freed. */
static bool receive(struct peer *peer)
{
    struct peers *peers = peer->peers;
    struct error error = {.status = STATUS_OK};
    union message_payload payload;
    AUTO_CLOSE int attached = -1;
    struct letter letter = {.payload = &payload, .attached = &attached};
    enum status status =
        channel_receive(peer->channel, &letter.type, &letter.sequence, &payload, &attached, &error);
    if (status == STATUS_AGAIN)
        return false;
    if (status == STATUS_END || status == STATUS_IO) {
        peer_close(peer, NULL);
        return false;
    }
    if (status == STATUS_OK)
        status = handle(peer, &letter, &error);
    if (status != STATUS_OK) {
        cut_off(peer, letter.sequence, &error);
        return false;
    }
    /* the commit that this may bring about can pause the peer, but not close it */
    if (peers->counted != NULL)
        peers->counted(peers->context);
    return true;
}

/* The list runs from the newest to the oldest: the one after `number`. */
static struct peer *next_of(const struct peers *peers, uint64_t number)
{
    struct peer *peer = peers->first;
    while (peer != NULL && peer->number >= number)
        peer = peer->next;
    return peer;
}

void peers_let_go(struct peers *peers, enum role role, bool paused_only)
{
    struct peer *peer = peers->first;
    while (peer != NULL) {
        uint64_t number = peer->number;
        if (peer->desk->role == role && (peer->paused || !paused_only))
            peer_close(peer, NULL);
        peer = next_of(peers, number);
    }
}

static int peer_is_readable(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    (void)source;
    (void)descriptor;
    (void)events;
    struct peer *peer = context;
    for (int i = 0; i < PEER_TURN && !peer->paused; i++) {
        if (!receive(peer))
            break;
    }
    return 0;
}

static int peer_has_failed(sd_event_source *source, void *context)
{
    (void)source;
    struct peer *peer = context;
    if (peer->failure.status == STATUS_FULL)
        cut_off(peer, 0, &peer->failure);
    else
        peer_close(peer, NULL);
    return 0;
}

static enum status watch(struct peer *peer, struct error *error)
{
    sd_event *event = peer->peers->event;
    int result = sd_event_add_io(event, &peer->readable, channel_descriptor(peer->channel), EPOLLIN,
                                 peer_is_readable, peer);
    if (result >= 0 && peer->paused)
        result = sd_event_source_set_enabled(peer->readable, SD_EVENT_OFF);
    if (result >= 0)
        result = sd_event_add_defer(event, &peer->failed, peer_has_failed, peer);
    if (result >= 0)
        result = sd_event_source_set_enabled(peer->failed, SD_EVENT_OFF);
    if (result < 0)
        return error_set_errno(error, STATUS_IO, -result, "cannot watch a peer's socket");
    return STATUS_OK;
}

enum status peers_add(struct peers *peers, int descriptor, const struct desk *desk,
                      const char *source, bool paused, struct peer **peer, struct error *error)
{
    AUTO_CLOSE int owned = descriptor;
    if (peers->count >= PEERS_MAX)
        return error_set(error, STATUS_FULL, "%u peers are connected already", PEERS_MAX);
    struct peer *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a peer");
    made->peers = peers;
    made->desk = desk;
    made->paused = paused;
    message_text(made->source, sizeof made->source, source);
    enum status status = channel_new(owned, &made->channel, error);
    if (status == STATUS_OK) {
        (void)file_steal(&owned);
        status = watch(made, error);
    }
    if (status != STATUS_OK) {
        peer_free(made);
        return status;
    }
    made->number = ++peers->last_number;
    made->next = peers->first;
    peers->first = made;
    peers->count++;
    if (peer != NULL)
        *peer = made;
    return STATUS_OK;
}

struct peer *peers_find(const struct peers *peers, uint64_t number)
{
    struct peer *peer = peers->first;
    while (peer != NULL && peer->number != number)
        peer = peer->next;
    return peer;
}

struct peer *peers_of(const struct peers *peers, enum role role, const char *source)
{
    struct peer *peer = peers->first;
    while (peer != NULL && (peer->desk->role != role || strcmp(peer->source, source) != 0))
        peer = peer->next;
    return peer;
}

size_t peers_count(const struct peers *peers, enum role role)
{
    size_t count = 0;
    for (const struct peer *peer = peers->first; peer != NULL; peer = peer->next)
        count += peer->desk->role == role;
    return count;
}

uint64_t peer_number(const struct peer *peer)
{
    return peer->number;
}

const char *peer_source(const struct peer *peer)
{
    return peer->source;
}

enum role peer_role(const struct peer *peer)
{
    return peer->desk->role;
}

void peer_set_operator(struct peer *peer, const struct operator_peer *operator)
{
    peer->operator= * operator;
}

const struct operator_peer *peer_operator(const struct peer *peer)
{
    return &peer->operator;
}

void peer_pause(struct peer *peer, bool paused)
{
    if (peer->paused == paused)
        return;
    peer->paused = paused;
    int result = sd_event_source_set_enabled(peer->readable, paused ? SD_EVENT_OFF : SD_EVENT_ON);
    if (result < 0)
        log_error("cannot watch %s: %s", peer->source, strerror(-result));
}

bool peer_is_paused(const struct peer *peer)
{
    return peer->paused;
}

void peer_send(struct peer *peer, enum message_type type, const void *payload, int attached)
{
    if (peer->failure.status != STATUS_OK)
        return;
    struct error error;
    if (channel_send(peer->channel, type, payload, attached, NULL, &error) == STATUS_OK)
        return;
    peer->failure = error;
    int result = sd_event_source_set_enabled(peer->failed, SD_EVENT_ONESHOT);
    if (result < 0)
        log_error("cannot let go of %s: %s", peer->source, strerror(-result));
}

void peer_done(struct peer *peer, uint32_t reference, enum status status, uint64_t record,
               const char *text)
{
    struct message_done done = {
        .reference = reference, .status = (uint16_t)status, .record = record};
    message_text(done.text, sizeof done.text, text == NULL ? "" : text);
    peer_send(peer, MESSAGE_DONE, &done, -1);
}
