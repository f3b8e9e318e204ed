/*
 * What has to be told to the keeper of one segment: its beginning, its pieces, its end; kept until
 * the segment is sealed, so that all of it can be told again to a keeper that was started anew.
 *
 * Bounded: JOURNAL_PIECES_MAX pieces (more than nine hours of one-second fragments).
 */
#ifndef SEALROOM_CAMERA_JOURNAL_H
#define SEALROOM_CAMERA_JOURNAL_H

#include "base/message.h"

#define JOURNAL_PIECES_MAX 32768u

struct journal_piece {
    uint64_t ticket;
    struct message_fragment message;
};

/* Zero-initialise; release with journal_release. */
struct journal {
    bool used;
    struct message_segment_begin begin;
    uint64_t begin_ticket;
    struct journal_piece *pieces;
    size_t count;
    size_t capacity;
    bool ended;
    struct message_segment_end end;
    uint64_t end_ticket;
    size_t told; /* items told on this connection: the beginning, each piece, the end */
};

void journal_release(struct journal *journal);
/* Begins anew; memory is kept. */
void journal_begin(struct journal *journal, const struct message_segment_begin *begin,
                   uint64_t ticket);
/* STATUS_FULL at the bound. */
MUST_CHECK enum status journal_add(struct journal *journal, const struct message_fragment *piece,
                                   uint64_t ticket);
void journal_end(struct journal *journal, const struct message_segment_end *end, uint64_t ticket);

/* The next item to tell, and its ticket; false if all is told. The payload is borrowed. */
bool journal_next(const struct journal *journal, enum message_type *type, const void **payload,
                  uint64_t *ticket);
/* Everything is told, the end too. */
bool journal_is_done(const struct journal *journal);

#endif
