/*
 * The camera's side of its connection to the keeper: grants, what is told, and telling it again
 * after the keeper was started anew. Never waits.
 *
 * Order: what happened first is told first; segments and reports are stamped with one counter.
 * While the keeper is gone everything is kept: the open segment's pieces (journal.h), at most
 * LINK_REPORTS_MAX reports. When those are full, an odd thing that is already waiting to be told
 * counts on, and the oldest report makes way for anything else.
 *
 * On a new connection the state of the stream is told again, and only the newest segment. One
 * before it whose end was not told is the keeper's to salvage from its file.
 */
#ifndef SEALROOM_CAMERA_LINK_H
#define SEALROOM_CAMERA_LINK_H

#include "base/clock.h"
#include "base/message.h"
#include "base/vocabulary.h"

#define LINK_REPORTS_MAX 32

struct link;

MUST_CHECK enum status link_new(struct link **link, struct error *error);
void link_free(struct link *link);

/* A (new) keeper: takes the descriptor. The grant in hand ended with the old one. */
void link_attach(struct link *link, int descriptor);
/* Receives and sends what can be at once. Call whenever the descriptor is readable, and often. */
void link_serve(struct link *link);
/* For polling; -1 while there is no keeper. */
int link_descriptor(const struct link *link);
/* Connected, and the keeper has answered. */
bool link_is_up(const struct link *link);
/* The keeper hears nothing more from this process: it must end and write nothing more. */
bool link_is_cut_off(const struct link *link);
bool link_wants_sm3(const struct link *link);

/* The disk has no room: nothing may be written, whatever is in hand. It stays so while the keeper
 * is gone. */
bool link_is_paused(const struct link *link);
/* A granted file is in hand. */
bool link_has_grant(const struct link *link);
/* Begins the granted segment: fills in begin->segment. *file is the caller's to close. */
MUST_CHECK enum status link_begin(struct link *link, struct message_segment_begin *begin, int *file,
                                  struct error *error);
/* The next piece of it is written. */
MUST_CHECK enum status link_piece(struct link *link, const struct message_fragment *piece,
                                  struct error *error);
/* It ends: fills in end->segment. */
void link_end(struct link *link, struct message_segment_end *end);

/* STREAM_UP, STREAM_DOWN or STREAM_NOTE. */
void link_report(struct link *link, enum message_type type, const void *payload);

/* The keeper asked for the open segment to be sealed; asked once, true once. */
bool link_take_seal(struct link *link);
/* Is there anything that has not been told? */
bool link_is_idle(const struct link *link);

#endif
