/*
 * One end of a message socket (AF_UNIX, SOCK_SEQPACKET): counts sequences, passes descriptors.
 */
#ifndef SEALROOM_BASE_CHANNEL_H
#define SEALROOM_BASE_CHANNEL_H

#include "base/message.h"

struct channel;

/* Takes `descriptor` on success. The socket is made non-blocking and close-on-exec. */
MUST_CHECK enum status channel_new(int descriptor, struct channel **channel, struct error *error);
/* Closes it; NULL is allowed. */
void channel_free(struct channel *channel);
void channel_cleanup(struct channel **channel);
#define AUTO_CHANNEL __attribute__((cleanup(channel_cleanup)))

/* The descriptor, for polling; stays the channel's. */
int channel_descriptor(const struct channel *channel);

/* Sends one message. `attached` is a descriptor that is lent for the call, or -1.
 * STATUS_FULL: the other side does not read; STATUS_END: it is gone. *sequence may be NULL. */
MUST_CHECK enum status channel_send(struct channel *channel, enum message_type type,
                                    const void *payload, int attached, uint32_t *sequence,
                                    struct error *error);
/* Receives one message. STATUS_AGAIN: none is there; STATUS_END: the other side is gone;
 * STATUS_INVALID: malformed, out of sequence, or a descriptor too many or missing.
 * *attached is the caller's to close, -1 if none. */
MUST_CHECK enum status channel_receive(struct channel *channel, enum message_type *type,
                                       uint32_t *sequence, union message_payload *payload,
                                       int *attached, struct error *error);
/* Waits up to timeout_ms for a message to receive; STATUS_TIMEOUT if none came. */
MUST_CHECK enum status channel_wait(struct channel *channel, int timeout_ms);
/* Sends, then waits for the DONE (or other answer) that refers to it; other messages that come
 * meanwhile are handed to `other` (may be NULL: they are dropped). For clients that may block. */
MUST_CHECK enum status channel_ask(struct channel *channel, enum message_type type,
                                   const void *payload, int timeout_ms,
                                   void (*other)(void *context, enum message_type type,
                                                 const union message_payload *payload),
                                   void *context, struct message_done *done, struct error *error);

/* A connected pair, both close-on-exec. */
MUST_CHECK enum status channel_pair(int descriptors[2], struct error *error);

#endif
