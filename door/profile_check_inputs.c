#include "door/profile_check.h"

/* Bits of a window, as inputs are counted. */
static size_t window_bits(const struct profile_window *window)
{
    return profile_is_bits(window->table) ? window->count : 16 * profile_window_words(window);
}

/* A counter whose words come in two reads could be neither its old value nor its new one. */
static bool comes_in_one(const struct profile *profile, const struct field *field)
{
    struct profile_window window = profile->inputs.window;
    unsigned end = (unsigned)window.address + window.count;
    size_t from = (size_t)window.address + field->at;
    size_t to = (size_t)window.address + field_end(field);
    window.largest_read = profile->largest_read;
    if (window.table != TABLE_INPUT && window.table != TABLE_HOLDING)
        return true;
    for (unsigned at = window.address; at < end;) {
        unsigned skip = 0;
        unsigned piece = profile_window_piece(&window, at, &skip);
        if (from >= at && from < at + piece)
            return to <= at + piece;
        at += piece != 0 ? piece : skip;
    }
    return false;
}

/* Two of one width. */
static bool is_same_place(const struct field *one, const struct field *other)
{
    if (one->at >= field_end(other) || other->at >= field_end(one))
        return false;
    bool same_words = one->at == other->at && field_end(one) == field_end(other);
    return !same_words ||
           (one->bit < other->bit + other->width && other->bit < one->bit + one->width);
}

/* One count cannot tell which of two inputs changed. */
static void check_own(const struct profile_inputs *inputs, size_t index,
                      struct yaml_mistakes *mistakes)
{
    const struct profile_level *level = &inputs->levels[index];
    for (size_t at = 0; at < index; at++) {
        const struct profile_level *other = &inputs->levels[at];
        if (other->input == level->input)
            yaml_mistakes_add(mistakes, level->place, "input %u stands in line %u already",
                              level->input, other->place.line);
        if (level->counter.is_there && other->counter.is_there &&
            is_same_place(&level->counter, &other->counter))
            yaml_mistakes_add(mistakes, level->counter.place,
                              "the input in line %u has this counter already: each needs one of "
                              "its own",
                              other->place.line);
    }
}

static bool bit_in_gap(const struct profile_window *window, unsigned bit)
{
    if (!profile_is_bits(window->table))
        return profile_in_gap(window, bit / 16, bit / 16 + 1);
    for (size_t at = 0; at < window->gap_count; at++)
        if (window->address + bit >= window->gaps[at].address &&
            window->address + bit < (unsigned)window->gaps[at].address + window->gaps[at].count)
            return true;
    return false;
}

static void check_counter(const struct profile *profile, const struct profile_level *level,
                          struct yaml_mistakes *mistakes)
{
    const struct profile_inputs *inputs = &profile->inputs;
    const struct field *counter = &level->counter;
    const struct profile_window *overflows =
        inputs->has_overflows ? &inputs->overflows : &inputs->window;
    if (!counter->is_there) {
        if (level->has_overflow || inputs->levels[0].counter.is_there)
            yaml_mistakes_add(mistakes, level->place,
                              "either every input has a counter, or none has");
        return;
    }
    profile_check_numbers(&(const struct named_field){counter, "counter"}, 1, &inputs->window,
                          mistakes);
    if (!profile_in_gap(&inputs->window, counter->at, field_end(counter)) &&
        !comes_in_one(profile, counter))
        yaml_mistakes_add(mistakes, counter->place,
                          "the counter is parted by largest_read: it must come in one read");
    if (counter->width < 8 || counter->width > 32 || counter->encoding != FIELD_UNSIGNED ||
        counter->mask != 0 || counter->width != inputs->levels[0].counter.width)
        yaml_mistakes_add(mistakes, counter->place,
                          "a counter is unsigned, of 8 to 32 bits, and all have the same width");
    if (level->has_overflow && level->overflow >= window_bits(overflows))
        yaml_mistakes_add(mistakes, level->place,
                          "overflow is %u, but the window has only 0 to %zu", level->overflow,
                          window_bits(overflows) - 1);
}

void profile_check_inputs(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_inputs *inputs = &profile->inputs;
    profile_check_window(profile, &inputs->window, PROFILE_READ_WORDS, true, mistakes);
    if (inputs->has_overflows)
        profile_check_window(profile, &inputs->overflows, PROFILE_READ_WORDS, true, mistakes);
    size_t bits = window_bits(&inputs->window);
    for (size_t at = 0; at < inputs->level_count; at++) {
        const struct profile_level *level = &inputs->levels[at];
        if (level->input >= bits)
            yaml_mistakes_add(mistakes, level->place,
                              "input is %u, but the window has only 0 to %zu", level->input,
                              bits - 1);
        if (level->on == 0 && level->off == 0)
            yaml_mistakes_add(mistakes, level->place,
                              "an input needs a meaning: give on, or off, or both");
        if (bit_in_gap(&inputs->window, level->input))
            yaml_mistakes_add(mistakes, level->place,
                              "input %u lies in a gap of its window, where nothing is read: leave "
                              "out of gaps what has a meaning",
                              level->input);
        check_counter(profile, level, mistakes);
        check_own(inputs, at, mistakes);
    }
}
