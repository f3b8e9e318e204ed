#include "door/numbers.h"

enum numbers_step numbers_look(const struct numbers *numbers, uint64_t number, uint64_t *continued)
{
    uint64_t round = numbers->last - numbers->first + 1;
    *continued = number;
    if (number < numbers->first || number > numbers->last)
        return NUMBERS_OUTSIDE;
    if (!numbers->is_known)
        return NUMBERS_NEXT;
    /* Nothing was seen of this epoch yet, so nothing of it can be behind. */
    if (numbers->newest + 1 == numbers->first)
        return number == numbers->first ? NUMBERS_NEXT : NUMBERS_JUMP;
    uint64_t here = (numbers->newest - numbers->first) % round;
    uint64_t ahead = (number - numbers->first + round - here) % round;
    if (ahead <= round / 2) {
        *continued = numbers->newest + ahead;
        if (ahead == 0)
            return NUMBERS_SAME;
        return ahead == 1 ? NUMBERS_NEXT : NUMBERS_JUMP;
    }
    uint64_t behind = round - ahead;
    *continued = numbers->newest - behind;
    /* Behind the beginning of this epoch there is nothing that could come again. */
    if (numbers->newest < numbers->first + behind)
        *continued = number;
    return NUMBERS_BACK;
}

bool numbers_believe(struct numbers *numbers, enum numbers_step step, uint64_t continued)
{
    bool is_sure = step != NUMBERS_JUMP || (numbers->leap != 0 && continued >= numbers->leap);
    numbers->leap = is_sure ? 0 : continued;
    return is_sure;
}

uint64_t numbers_original(const struct numbers *numbers, uint64_t continued)
{
    return numbers->first + (continued - numbers->first) % (numbers->last - numbers->first + 1);
}

void numbers_take(struct numbers *numbers, uint64_t continued)
{
    numbers->is_known = true;
    numbers->newest = continued;
}

void numbers_begin_anew(struct numbers *numbers, uint64_t epoch)
{
    numbers->is_known = true;
    numbers->newest = numbers->first - 1;
    numbers->epoch = epoch;
}
