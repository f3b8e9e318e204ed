/*
 * Contacts: what the edges and levels of a profile's lines mean. An edge is an event. After each
 * opening and each loss the levels are read, and what is otherwise than known is marked as found,
 * and says how.
 *
 * The kernel tells of an edge after it has looked at the level, so a pulse shorter than that shows
 * as an edge to the level that was there before: both of its changes are said. And a change that
 * reading the levels found may come as an edge afterwards: that one is no second change.
 *
 * Lines have no numbers of their own: what happens is numbered here, on from where the ledger
 * stands, so that an entry that is sent twice is known again.
 */
#ifndef SEALROOM_DOOR_CONTACTS_H
#define SEALROOM_DOOR_CONTACTS_H

#include "door/lines_voice.h"

struct contact {
    bool is_known;
    bool is_on;
    bool is_doubtful; /* read otherwise than known, once */
    bool is_unsure;   /* edges were lost: what it was before the next one is not known */
};

/* A plain value, which begins as zeros. */
struct contacts {
    int64_t read_ns; /* after the newest reading of levels that found changes; edges' clock */
    struct contact items[PROFILE_LINES_MAX];
};

/* At most so many entries come of one edge. */
#define CONTACT_ENTRIES 2

/* Edges were lost, until the levels are read. */
void contacts_lost(struct contacts *contacts);
/* An edge, whose `lost` is said already. */
MUST_CHECK enum status contacts_take_edge(struct contacts *contacts,
                                          const struct lines_voice *voice,
                                          const struct lines_edge *edge, struct error *error);
/* The levels after an opening or a loss, read at read_ns at the latest; `how` is the detail of what
 * is otherwise than known. */
MUST_CHECK enum status contacts_take_levels(struct contacts *contacts,
                                            const struct lines_voice *voice, const bool *levels,
                                            int64_t read_ns, const char *how, struct error *error);
/* The levels, read in between. What is otherwise than known two times on end, without an edge, is a
 * change that the kernel did not see. */
MUST_CHECK enum status contacts_compare(struct contacts *contacts, const struct lines_voice *voice,
                                        const bool *levels, int64_t read_ns, struct error *error);

#endif
