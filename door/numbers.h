/*
 * Numbers: a controller's sequence, of limited width and wrapping, carried on to one that never
 * runs backwards within a boot epoch, so that what was lost is known exactly.
 *
 * The sequence runs first, first+1, …, last, first, …. Its continued number is the sequence
 * itself on the first round, and last-first+1 more on each later one.
 */
#ifndef SEALROOM_DOOR_NUMBERS_H
#define SEALROOM_DOOR_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct numbers {
    uint64_t first;
    uint64_t last;
    bool is_known;   /* `newest` says something: else whatever comes is where counting begins */
    uint64_t newest; /* continued number of the newest record; first - 1 after a restart */
    uint64_t epoch;
    uint64_t leap; /* continued number of a jump that was seen once; 0: none */
};

enum numbers_step {
    NUMBERS_NEXT,    /* the one after the newest, or the first that is seen */
    NUMBERS_SAME,    /* the newest once more */
    NUMBERS_JUMP,    /* ahead: what lies between is lost */
    NUMBERS_BACK,    /* behind the newest: an old record again, or counting began anew */
    NUMBERS_OUTSIDE, /* no number that this sequence can have */
};

/* What the sequence `number` is against the newest, which is not changed; *continued is its
 * continued number. Ahead and behind are told apart by the shorter way round; of as many as half
 * a round ahead it is behind. */
enum numbers_step numbers_look(const struct numbers *numbers, uint64_t number, uint64_t *continued);
/* What numbers_look said can be acted upon. Of a jump only when the reading before was one too, and
 * no further: a number can be read while the controller writes it, or what it counts. */
bool numbers_believe(struct numbers *numbers, enum numbers_step step, uint64_t continued);
/* `continued`, from numbers_look, is the newest now. */
void numbers_take(struct numbers *numbers, uint64_t continued);
/* The number that the controller has for a continued one. */
uint64_t numbers_original(const struct numbers *numbers, uint64_t continued);
/* Counting began anew, in the given epoch: what is expected next is `first`. */
void numbers_begin_anew(struct numbers *numbers, uint64_t epoch);

#endif
