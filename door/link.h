/*
 * A link: the door's side of its socket to the keeper. Holds what was said until the keeper has
 * answered that it is durable, and says it again on the next link if it has not.
 *
 * When the keeper is gone, the supervisor starts another and sends a new socket to it. While it
 * lives there is no other: one whose link it has cut off, or who does not understand it, has to
 * end, and is started again.
 *
 * Room for LINK_ROOM messages, allocated once. What does not fit is refused: a shape reads no
 * more of its controller before there is room.
 */
#ifndef SEALROOM_DOOR_LINK_H
#define SEALROOM_DOOR_LINK_H

#include "base/channel.h"
#include "base/clock.h"
#include "door/origin.h"

#define LINK_ROOM     64
#define LINK_RETRY_MS 1000
/* The state is said again and again, so that the keeper hears that this process goes on. */
#define LINK_STATE_MS 5000

enum source_state { SOURCE_UNKNOWN = 0, SOURCE_ONLINE, SOURCE_OFFLINE };

struct link;

/* `clock` is borrowed. */
MUST_CHECK enum status link_new(const struct clock *clock, struct link **link, struct error *error);
/* NULL is allowed. */
void link_free(struct link *link);
void link_cleanup(struct link **link);
#define AUTO_LINK __attribute__((cleanup(link_cleanup)))

/* What every state says besides; it is copied. From then on the first entry, too, says that the
 * source is online. Before the first link. */
void link_set_origin(struct link *link, const struct origin *origin);

/* Takes the socket to a (newly started) keeper, gives up the one before, and says HELLO. */
MUST_CHECK enum status link_attach(struct link *link, int descriptor, struct error *error);
/* For polling; -1 without a keeper. */
int link_descriptor(const struct link *link);
/* Takes in what the keeper said; on WELCOME, sends again what it has not answered. Losing the
 * keeper is no failure: the link then waits for link_attach. */
void link_receive(struct link *link);
/* The keeper hears nothing more from this process. */
bool link_is_cut_off(const struct link *link);
/* Sends what the socket had no room for, once LINK_RETRY_MS are over; and the state, once
 * LINK_STATE_MS are. */
void link_tick(struct link *link);

/* A keeper has said WELCOME, now or before: it is known where the numbers stand. */
bool link_was_welcomed(const struct link *link);
/* Where the controller's numbers stood in the ledger at the last WELCOME; false if nowhere. */
bool link_position(const struct link *link, uint64_t *boot_epoch, uint64_t *device_seq);

/* How many more messages there is room for. */
size_t link_room(const struct link *link);
/* Everything that was said is durable. */
bool link_is_idle(const struct link *link);

/* An entry that was said again is not on record: its number is another's, or nobody's. True
 * once. */
bool link_take_mismatch(struct link *link);

/* Says an entry, or keeps it until there is a keeper. STATUS_FULL if there is no room. */
MUST_CHECK enum status link_say_entry(struct link *link, const struct message_entry *entry);
/* The same for the source's own state (at `address`, polled every interval_ns as measured), which
 * every later link begins with: so without room it is told later. */
void link_say_source(struct link *link, enum source_state source, const char *address,
                     int64_t interval_ns, const char *detail);
/* How often the source is polled by now, for when its state is said again. */
void link_set_interval(struct link *link, int64_t interval_ns);
/* The state last said; SOURCE_UNKNOWN before the first. */
enum source_state link_source(const struct link *link);

#endif
