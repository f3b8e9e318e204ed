#include "door/cursor_find.h"

void cursor_find_resumed(struct cursor_find *find)
{
    find->is_verified = false;
    find->is_doubtful = false;
}

uint64_t cursor_find_number(const struct cursor_find *find, const struct numbers *numbers)
{
    return numbers_original(numbers, find->wanted);
}

bool cursor_find_gives_another(const struct cursor_find *find, const struct numbers *numbers,
                               const struct watch *watch)
{
    const struct profile_window *window = &watch->profile->record.window;
    const uint64_t others[] = {find->newest, find->wanted + 1};
    uint16_t words[BUS_WORDS_MAX] = {0};
    for (size_t at = 0; at < sizeof others / sizeof others[0]; at++) {
        uint64_t number = numbers_original(numbers, others[at]);
        if (find->wanted != find->newest &&
            shape_write(watch, &watch->profile->select, number, NULL) == STATUS_OK &&
            bus_read(watch->bus, window, number, words, NULL) == STATUS_OK)
            return true;
    }
    return false;
}

/* Which record to ask for, when there are newer ones than what was recorded. */
static enum status choose(struct cursor_find *find, struct reporter *reporter,
                          const struct watch *watch, const uint16_t *words, size_t count,
                          bool *is_settled, struct error *error)
{
    const struct profile_status *status = &watch->profile->status;
    struct numbers *numbers = &reporter->numbers;
    uint64_t newest = find->newest;
    uint64_t ahead = newest - numbers->newest;
    uint64_t oldest = 0;
    uint64_t continued = 0;
    find->wanted = numbers->newest + 1;
    if (field_number(&status->oldest, words, count, &oldest) == STATUS_OK) {
        if (numbers_look(numbers, oldest, &continued) == NUMBERS_JUMP && continued <= newest)
            find->wanted = continued;
    } else if (watch->profile->capacity != 0 && ahead > watch->profile->capacity) {
        find->wanted = newest - watch->profile->capacity + 1;
    }
    *is_settled = numbers_believe(
        numbers, find->wanted == numbers->newest + 1 ? NUMBERS_NEXT : NUMBERS_JUMP, find->wanted);
    return !*is_settled || watch->profile->when_full == FULL_STOPS
               ? STATUS_OK
               : reporter_look_at_log(reporter, watch, ahead, error);
}

/* The newest that was recorded is still in the log, whose newest is `newest`. */
static bool can_verify(const struct numbers *numbers, const struct watch *watch, uint64_t newest,
                       const uint16_t *words, size_t count)
{
    uint64_t capacity = watch->profile->capacity;
    uint64_t oldest = 0;
    uint64_t continued = 0;
    if (numbers->newest + 1 == numbers->first)
        return false;
    if (field_number(&watch->profile->status.oldest, words, count, &oldest) == STATUS_OK)
        return numbers_look(numbers, oldest, &continued) != NUMBERS_JUMP &&
               continued <= numbers->newest;
    return capacity == 0 || newest - numbers->newest < capacity;
}

/* Nothing was ever recorded of this controller: what it has is read from its oldest on. */
static void begin_at_oldest(struct cursor_find *find, struct numbers *numbers,
                            const struct watch *watch, uint64_t newest, const uint16_t *words,
                            size_t count)
{
    uint64_t capacity = watch->profile->capacity;
    uint64_t oldest = numbers->first;
    if (field_number(&watch->profile->status.oldest, words, count, &oldest) != STATUS_OK &&
        capacity != 0 && newest - numbers->first >= capacity)
        oldest = newest - capacity + 1;
    numbers_take(numbers, oldest - 1);
    find->is_verified = true; /* none was recorded that could be asked for again */
}

/* The newest record's number; false if there is none. */
static bool read_newest(const struct watch *watch, const uint16_t *words, size_t count,
                        uint64_t *newest)
{
    const struct profile_status *status = &watch->profile->status;
    const struct profile_sequence *sequence = &watch->profile->record.sequence;
    if (status->newest.is_there)
        return field_number(&status->newest, words, count, newest) == STATUS_OK &&
               *newest >= sequence->first && *newest <= sequence->last;
    uint64_t next = 0;
    uint64_t oldest = 0;
    if (field_number(&status->next, words, count, &next) != STATUS_OK || next < sequence->first ||
        next > sequence->last)
        return false;
    if (field_number(&status->oldest, words, count, &oldest) == STATUS_OK && oldest == next)
        return false;
    *newest = next == sequence->first ? sequence->last : next - 1;
    return true;
}

enum status cursor_find_next(struct cursor_find *find, struct reporter *reporter,
                             const struct watch *watch, const uint16_t *words, size_t count,
                             bool *waiting, bool *is_settled, struct error *error)
{
    struct numbers *numbers = &reporter->numbers;
    uint64_t newest = 0;
    uint64_t continued = 0;
    bool has_any = read_newest(watch, words, count, &newest);
    *waiting = false;
    if (!has_any && (!numbers->is_known || numbers->newest + 1 == numbers->first ||
                     watch->profile->status.next.is_there))
        return STATUS_OK;
    if (!numbers->is_known)
        begin_at_oldest(find, numbers, watch, newest, words, count);
    enum numbers_step step = has_any ? numbers_look(numbers, newest, &continued) : NUMBERS_BACK;
    *waiting = step == NUMBERS_NEXT || step == NUMBERS_JUMP;
    bool is_back = !*waiting && step != NUMBERS_SAME;
    bool was_doubtful = find->is_doubtful;
    find->is_doubtful = is_back && !was_doubtful;
    *is_settled = !is_back;
    find->newest = continued;
    if (!*waiting)
        numbers->leap = 0;
    find->is_verifying =
        !is_back && !find->is_verified && can_verify(numbers, watch, continued, words, count);
    if (find->is_verifying) {
        find->wanted = numbers->newest;
        *waiting = true;
        return STATUS_OK;
    }
    if (*waiting)
        return choose(find, reporter, watch, words, count, is_settled, error);
    if (is_back && was_doubtful)
        return reporter_begin_anew(reporter, watch, numbers->epoch + 1, error);
    return STATUS_OK;
}
