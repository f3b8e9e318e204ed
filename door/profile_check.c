#include <string.h>

#include "door/profile_table.h"

static bool is_bits(enum profile_table table)
{
    return table == TABLE_COIL || table == TABLE_DISCRETE;
}

static void check_request(const struct profile_request *request, struct yaml_place place,
                          struct yaml_mistakes *mistakes)
{
    if (request->bytes[0] == 0 || request->bytes[0] > 127)
        yaml_mistakes_add(mistakes, place,
                          "a request begins with a function code, 1 to 127, not %u",
                          request->bytes[0]);
    bool has_number = request->number_at != 0;
    if (has_number != (request->number_bytes != 0) || request->number_bytes == 3)
        yaml_mistakes_add(mistakes, place,
                          "number_at says where a number goes and number_bytes how long it is, 1, "
                          "2 or 4: give both or neither");
    else if (request->number_at + request->number_bytes > (int)request->size)
        yaml_mistakes_add(mistakes, place,
                          "the number ends at byte %u, but the request has only %zu (number_at "
                          "counts from 0)",
                          request->number_at + request->number_bytes, request->size);
}

static bool check_address(const struct profile *profile, uint16_t address, struct yaml_place place,
                          struct yaml_mistakes *mistakes)
{
    if (address >= profile->address_base)
        return true;
    yaml_mistakes_add(mistakes, place,
                      "address is %u, but address_base says that addresses begin at %u", address,
                      profile->address_base);
    return false;
}

static void check_gaps(const struct profile_window *window, struct yaml_mistakes *mistakes)
{
    unsigned from = window->address;
    for (size_t at = 0; at < window->gap_count; at++) {
        const struct profile_gap *gap = &window->gaps[at];
        if (gap->address < from || gap->address + gap->count > window->address + window->count)
            yaml_mistakes_add(mistakes, gap->place,
                              "gaps lie in their window, one after the other");
        from = (unsigned)gap->address + gap->count;
    }
}

/* may_be_cut: nothing in it changes between two reads, or it does no harm. */
static void check_place(const struct profile *profile, const struct profile_window *window,
                        bool may_be_cut, struct yaml_mistakes *mistakes)
{
    unsigned limit = is_bits(window->table) ? PROFILE_READ_BITS : profile->largest_read;
    if (window->table == 0 || !window->has_address || window->count == 0) {
        yaml_mistakes_add(mistakes, window->place,
                          "a window needs table, address and count, or request and answer");
        return;
    }
    if (!may_be_cut && (window->count > limit || window->gap_count != 0))
        yaml_mistakes_add(mistakes, window->place,
                          "count is %u, but one read gives at most %u, without gaps: a record "
                          "must come in one",
                          window->count, limit);
    if (check_address(profile, window->address, window->place, mistakes) &&
        window->address - profile->address_base + window->count > UINT16_MAX + 1)
        yaml_mistakes_add(mistakes, window->place, "address and count reach past register 65535");
    check_gaps(window, mistakes);
}

static void check_window(const struct profile *profile, const struct profile_window *window,
                         size_t most_words, bool may_be_cut, struct yaml_mistakes *mistakes)
{
    bool is_request = window->request.size != 0;
    if (is_request) {
        check_request(&window->request, window->place, mistakes);
        if (window->table != 0 || window->has_address || window->count != 0 ||
            window->gap_count != 0)
            yaml_mistakes_add(mistakes, window->place,
                              "a window has a request, or table, address and count, not both");
        if (window->request.answer <= window->skip)
            yaml_mistakes_add(mistakes, window->place,
                              "answer is %u bytes, of which %u are skipped: nothing is left",
                              window->request.answer, window->skip);
    } else {
        if (window->request.answer != 0 || window->skip != 0 || window->request.number_at != 0 ||
            window->request.number_bytes != 0)
            yaml_mistakes_add(mistakes, window->place,
                              "answer, skip and number_at belong to a request");
        check_place(profile, window, may_be_cut, mistakes);
    }
    if (profile_window_words(window) > most_words)
        yaml_mistakes_add(mistakes, window->place,
                          "it has %zu registers, but here it may have at most %zu",
                          profile_window_words(window), most_words);
}

static void check_inside(const struct field *field, const struct profile_window *window,
                         const char *name, struct yaml_mistakes *mistakes)
{
    size_t words = profile_window_words(window);
    if (field_end(field) > words)
        yaml_mistakes_add(mistakes, field->place,
                          "%s ends at word %zu, but the window has only %zu (at counts from 0)",
                          name, field_end(field), words);
}

static void check_number(const struct field *field, const char *name,
                         struct yaml_mistakes *mistakes)
{
    if (field_is_text(field))
        yaml_mistakes_add(mistakes, field->place, "%s must be a number: unsigned or bcd", name);
}

struct named_field {
    const struct field *field;
    const char *name;
};

static void check_numbers(const struct named_field *fields, size_t count,
                          const struct profile_window *window, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < count; at++) {
        check_inside(fields[at].field, window, fields[at].name, mistakes);
        check_number(fields[at].field, fields[at].name, mistakes);
    }
}

static void check_sequence(const struct profile_sequence *sequence, struct yaml_mistakes *mistakes)
{
    const struct field *field = &sequence->field;
    uint64_t most = field->width >= 63 ? INT64_MAX : (UINT64_C(1) << field->width) - 1;
    if (field->encoding == FIELD_BCD)
        most = INT64_MAX;
    if (sequence->last < sequence->first + 1 || sequence->last > most)
        yaml_mistakes_add(mistakes, field->place, "last must be above first and fit into %u bits",
                          field->width);
}

static void check_time(const struct device_time *time, const struct profile_window *window,
                       struct yaml_mistakes *mistakes)
{
    const struct named_field parts[] = {
        {&time->seconds, "seconds"},
        {&time->year, "year"},
        {&time->month, "month"},
        {&time->day, "day"},
        {&time->hour, "hour"},
        {&time->minute, "minute"},
        {&time->second, "second"},
        {&time->millisecond, "millisecond"},
        {&time->is_utc, "is_utc"},
        {&time->not_synchronised, "not_synchronised"},
        {&time->clock_failed, "clock_failed"},
    };
    check_numbers(parts, sizeof parts / sizeof parts[0], window, mistakes);
}

static void check_record(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_record *record = &profile->record;
    const struct named_field numbers[] = {
        {&record->sequence.field, "sequence"},
        {&record->empty, "empty"},
        {&record->unread, "unread"},
        {&record->boot.field, "boot"},
        {&record->code, "code"},
        {&record->value, "value"},
        {&record->door.field, "door"},
        {&record->reader, "reader"},
        {&record->reason, "reason"},
        {&record->method, "method"},
    };
    /* What was selected, or is held until it is acknowledged, stays the same between two reads. */
    bool stays = profile->select.count != 0 || profile->acknowledge.count != 0;
    check_window(profile, &record->window, PROFILE_RECORD_WORDS, stays, mistakes);
    check_numbers(numbers, sizeof numbers / sizeof numbers[0], &record->window, mistakes);
    check_time(&record->time.parts, &record->window, mistakes);
    check_inside(&record->credential, &record->window, "credential", mistakes);
    if (record->empty.is_there && !record->empty.has_none)
        yaml_mistakes_add(mistakes, record->empty.place,
                          "empty needs none: what stands there when there is no record");
    if (record->boot.kind == BOOT_FLAG)
        yaml_mistakes_add(mistakes, record->boot.field.place,
                          "a flag that reading clears belongs into status: a record is read twice");
}

static void check_status(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_status *status = &profile->status;
    if (!status->is_there)
        return;
    const struct named_field numbers[] = {
        {&status->waiting, "waiting"}, {&status->newest, "newest"}, {&status->next, "next"},
        {&status->oldest, "oldest"},   {&status->stored, "stored"}, {&status->boot.field, "boot"}};
    check_window(profile, &status->window, PROFILE_READ_WORDS, false, mistakes);
    check_numbers(numbers, sizeof numbers / sizeof numbers[0], &status->window, mistakes);
    if (status->newest.is_there && status->next.is_there)
        yaml_mistakes_add(mistakes, status->next.place, "newest or next, not both");
    if (status->boot.kind != BOOT_NONE && profile->record.boot.kind != BOOT_NONE)
        yaml_mistakes_add(mistakes, status->boot.field.place,
                          "boot stands in the record already: it can be in one of the two only");
    if (status->boot.clear.count != 0 && status->boot.kind != BOOT_FLAG)
        yaml_mistakes_add(mistakes, status->boot.field.place, "only a flag is cleared");
}

static bool is_same_code(const struct profile_event *one, const struct profile_event *other)
{
    return one->has_code == other->has_code && one->code == other->code &&
           one->has_value == other->has_value && one->value == other->value;
}

static void check_event(const struct profile *profile, const struct profile_event *row,
                        struct yaml_mistakes *mistakes)
{
    if (row->has_value && (!profile->record.value.is_there || !row->has_code))
        yaml_mistakes_add(mistakes, row->place,
                          "value narrows a code: it needs one, and a field value in the record");
    if (row->has_code && !profile->record.code.is_there)
        yaml_mistakes_add(mistakes, row->place, "code is given, but the record has no field code");
    if ((row->event == 0) != row->is_ignored)
        yaml_mistakes_add(mistakes, row->place, "a code needs an event, or ignore: yes");
}

static void check_events(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < profile->event_count; at++) {
        const struct profile_event *row = &profile->events[at];
        check_event(profile, row, mistakes);
        for (size_t other = 0; other < at; other++)
            if (is_same_code(row, &profile->events[other]))
                yaml_mistakes_add(mistakes, row->place,
                                  "code %u stands in line %u already: one code, one event",
                                  row->code, profile->events[other].place.line);
    }
}

static void check_write(const struct profile *profile, const struct profile_write *write,
                        struct yaml_mistakes *mistakes)
{
    if (write->request.size != 0) {
        check_request(&write->request, write->place, mistakes);
        if (write->table != 0 || write->has_address || write->has_value || write->is_number)
            yaml_mistakes_add(mistakes, write->place,
                              "a write has a request, or table, address and value, not both");
        return;
    }
    if (write->table == 0 || !write->has_address || write->has_value == write->is_number)
        yaml_mistakes_add(mistakes, write->place,
                          "a write needs table, address, and value or number: yes");
    (void)check_address(profile, write->address, write->place, mistakes);
    if (write->table == TABLE_COIL && (write->value > 1 || write->is_number))
        yaml_mistakes_add(mistakes, write->place, "a coil is written 0 or 1");
}

static void check_writes(const struct profile *profile, const struct profile_writes *writes,
                         struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < writes->count; at++)
        check_write(profile, &writes->items[at], mistakes);
}

static void check_clock(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_clock *clock = &profile->clock;
    if (!clock->is_there)
        return;
    check_window(profile, &clock->window, PROFILE_WRITE_WORDS, false, mistakes);
    check_time(&clock->time.parts, &clock->window, mistakes);
    check_writes(profile, &clock->commit, mistakes);
    /* The C library has one zone a process, beside fixed ones. */
    if (profile->record.time.zone[0] != '\0' && strcmp(clock->time.zone, "utc") != 0 &&
        strcmp(clock->time.zone, profile->record.time.zone) != 0)
        yaml_mistakes_add(mistakes, clock->window.place,
                          "the clock's zone must be utc or that of the record's time: %s",
                          profile->record.time.zone);
    if (clock->window.table != TABLE_HOLDING)
        yaml_mistakes_add(mistakes, clock->window.place,
                          "a clock is set in holding registers: table must be holding");
}

/* What each shape with records needs besides. */
static void check_shape(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_record *record = &profile->record;
    const struct profile_sequence *sequence = &record->sequence;
    const struct profile_status *status = &profile->status;
    bool asks = profile_asks_number(profile);
    bool has_sequence = sequence->last != 0;
    if (profile->shape != PROFILE_CURSOR) {
        if (has_sequence)
            yaml_mistakes_add(mistakes, sequence->field.place,
                              "records with a number are shape: cursor");
        if (profile->shape == PROFILE_LATCH && profile->acknowledge.count == 0)
            yaml_mistakes_add(mistakes, record->window.place,
                              "a latch needs acknowledge: what releases it");
        if (profile->shape == PROFILE_LATCH && !status->waiting.is_there && !record->empty.is_there)
            yaml_mistakes_add(mistakes, record->window.place,
                              "a latch needs status.waiting or record.empty: when it holds one");
        if (profile->shape == PROFILE_HISTORY && (!asks || !status->stored.is_there))
            yaml_mistakes_add(mistakes, record->window.place,
                              "a history needs status.stored, and a number in select or in the "
                              "record's request: how far back to read");
        return;
    }
    if (!has_sequence) {
        yaml_mistakes_add(mistakes, record->window.place,
                          "a record needs sequence; without one it is shape: latch or history");
        return;
    }
    check_sequence(sequence, mistakes);
    if (asks && !status->newest.is_there && !status->next.is_there)
        yaml_mistakes_add(mistakes, record->window.place,
                          "what asks for a number needs status.newest or status.next");
    if (!asks && !sequence->field.is_there)
        yaml_mistakes_add(mistakes, sequence->field.place,
                          "sequence needs at: nothing asks for a number");
}

/* Bits of a window, as inputs are counted. */
static size_t window_bits(const struct profile_window *window)
{
    return is_bits(window->table) ? window->count : 16 * profile_window_words(window);
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
    check_inside(counter, &inputs->window, "counter", mistakes);
    check_number(counter, "counter", mistakes);
    if (!comes_in_one(profile, counter))
        yaml_mistakes_add(mistakes, counter->place,
                          "the counter is parted by largest_read or lies in a gap");
    if (counter->width < 8 || counter->width > 32 || counter->encoding != FIELD_UNSIGNED ||
        counter->mask != 0 || counter->width != inputs->levels[0].counter.width)
        yaml_mistakes_add(mistakes, counter->place,
                          "a counter is unsigned, of 8 to 32 bits, and all have the same width");
    if (level->has_overflow && level->overflow >= window_bits(overflows))
        yaml_mistakes_add(mistakes, level->place,
                          "overflow is %u, but the window has only 0 to %zu", level->overflow,
                          window_bits(overflows) - 1);
}

static void check_levels(const struct profile *profile, struct yaml_mistakes *mistakes)
{
    const struct profile_inputs *inputs = &profile->inputs;
    check_window(profile, &inputs->window, PROFILE_READ_WORDS, true, mistakes);
    if (inputs->has_overflows)
        check_window(profile, &inputs->overflows, PROFILE_READ_WORDS, true, mistakes);
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
        check_counter(profile, level, mistakes);
        for (size_t other = 0; other < at; other++)
            if (inputs->levels[other].input == level->input)
                yaml_mistakes_add(mistakes, level->place, "input %u stands in line %u already",
                                  level->input, inputs->levels[other].place.line);
    }
}

enum status profile_check(const struct profile *profile, struct yaml_mistakes *mistakes,
                          struct error *error)
{
    size_t before = mistakes->count;
    if (profile->shape != PROFILE_LEVEL) {
        check_record(profile, mistakes);
        check_status(profile, mistakes);
        check_events(profile, mistakes);
        check_writes(profile, &profile->select, mistakes);
        check_writes(profile, &profile->acknowledge, mistakes);
        check_writes(profile, &profile->status.boot.clear, mistakes);
        check_shape(profile, mistakes);
    } else {
        check_levels(profile, mistakes);
    }
    check_clock(profile, mistakes);
    if (mistakes->count == before)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, "the profile has %zu mistakes",
                     mistakes->count - before);
}
