/*
 * A connected peer: who it is (as the supervisor or the kernel says), and its messages in order.
 *
 * What waits for a peer waits in its socket's buffer, and nowhere else: a peer that lets it fill
 * is cut off. A message that does not fit the table of message_table.h, is not its role's to send,
 * comes before HELLO, or is refused by its desk has the peer cut off: it is told so in a DONE
 * whose status is not STATUS_OK, the socket is closed, the desk is told, and nothing else happens.
 */
#ifndef SEALROOM_KEEPER_PEER_H
#define SEALROOM_KEEPER_PEER_H

#include <systemd/sd-event.h>

#include "base/channel.h"
#include "keeper/bodies.h"

#define PEERS_MAX 320u

struct peer;
struct peers;

/* One message as it reaches a desk. */
struct letter {
    enum message_type type;
    uint32_t sequence;
    const union message_payload *payload;
    int *attached; /* the desk steals it, or it is closed afterwards; -1 if there is none */
};

struct desk_handler {
    enum message_type type;
    /* Anything but STATUS_OK has the peer cut off, with *error as the reason. */
    enum status (*handle)(void *context, struct peer *peer, const struct letter *letter,
                          struct error *error);
};

/* What is done with the messages of one role. */
struct desk {
    enum role role;
    size_t count;
    const struct desk_handler *handlers;
    /* The peer is about to go; `reason` is NULL if it closed its end, else why it was cut off.
     * May be NULL. */
    void (*gone)(void *context, struct peer *peer, const char *reason);
};

/* `context` is handed to the desks; `counted` (may be NULL) is called after each message. */
MUST_CHECK enum status peers_new(sd_event *event, void *context, void (*counted)(void *context),
                                 struct peers **peers, struct error *error);
/* Closes all, telling no desk. NULL is allowed. */
void peers_free(struct peers *peers);

/* Takes `descriptor`, also on failure. `source` is the camera or controller, "" for others.
 * STATUS_FULL past PEERS_MAX. The peer is read at once unless `paused`. *peer may be NULL. */
MUST_CHECK enum status peers_add(struct peers *peers, int descriptor, const struct desk *desk,
                                 const char *source, bool paused, struct peer **peer,
                                 struct error *error);
/* NULL if it is gone. */
struct peer *peers_find(const struct peers *peers, uint64_t number);
/* The live peer of a role and source; NULL if there is none. */
struct peer *peers_of(const struct peers *peers, enum role role, const char *source);
size_t peers_count(const struct peers *peers, enum role role);

/* Never used again while the keeper lives; from 1. */
uint64_t peer_number(const struct peer *peer);
const char *peer_source(const struct peer *peer);
enum role peer_role(const struct peer *peer);
/* Who is at the other end of a command's socket. */
void peer_set_operator(struct peer *peer, const struct operator_peer *operator);
const struct operator_peer *peer_operator(const struct peer *peer);

/* Reads it, or leaves its messages where they are. */
void peer_pause(struct peer *peer, bool paused);
bool peer_is_paused(const struct peer *peer);
/* Sends; `attached` is lent. A peer that is gone or does not read is cut off later in this round,
 * so that no desk loses its peer in the middle of a message. */
void peer_send(struct peer *peer, enum message_type type, const void *payload, int attached);
/* DONE. `text` may be NULL. */
void peer_done(struct peer *peer, uint32_t reference, enum status status, uint64_t record,
               const char *text);
/* Lets all peers of a role go in order, or only those that are paused. */
void peers_let_go(struct peers *peers, enum role role, bool paused_only);
/* Cuts it off now. `reason` NULL: in order, nobody is to blame. *peer is freed. */
void peer_close(struct peer *peer, const char *reason);

#endif
