#include "camera/journal.h"

#include <stdlib.h>

void journal_release(struct journal *journal)
{
    free(journal->pieces);
    *journal = (struct journal){0};
}

void journal_begin(struct journal *journal, const struct message_segment_begin *begin,
                   uint64_t ticket)
{
    journal->used = true;
    journal->begin = *begin;
    journal->begin_ticket = ticket;
    journal->count = 0;
    journal->ended = false;
    journal->told = 0;
}

enum status journal_add(struct journal *journal, const struct message_fragment *piece,
                        uint64_t ticket)
{
    if (journal->count == JOURNAL_PIECES_MAX) {
        return STATUS_FULL;
    }
    if (journal->count == journal->capacity) {
        size_t capacity = journal->capacity == 0 ? 64 : journal->capacity * 2;
        struct journal_piece *pieces = realloc(journal->pieces, capacity * sizeof *journal->pieces);
        if (pieces == NULL) {
            return STATUS_NO_MEMORY;
        }
        journal->pieces = pieces;
        journal->capacity = capacity;
    }
    journal->pieces[journal->count++] = (struct journal_piece){ticket, *piece};
    return STATUS_OK;
}

void journal_end(struct journal *journal, const struct message_segment_end *end, uint64_t ticket)
{
    journal->ended = true;
    journal->end = *end;
    journal->end_ticket = ticket;
}

bool journal_next(const struct journal *journal, enum message_type *type, const void **payload,
                  uint64_t *ticket)
{
    if (!journal->used) {
        return false;
    }
    if (journal->told == 0) {
        *type = MESSAGE_SEGMENT_BEGIN;
        *payload = &journal->begin;
        *ticket = journal->begin_ticket;
        return true;
    }
    if (journal->told <= journal->count) {
        const struct journal_piece *piece = &journal->pieces[journal->told - 1];
        *type = MESSAGE_FRAGMENT;
        *payload = &piece->message;
        *ticket = piece->ticket;
        return true;
    }
    if (journal->ended && journal->told == journal->count + 1) {
        *type = MESSAGE_SEGMENT_END;
        *payload = &journal->end;
        *ticket = journal->end_ticket;
        return true;
    }
    return false;
}

bool journal_is_done(const struct journal *journal)
{
    return journal->used && journal->ended && journal->told == journal->count + 2;
}
