#include "door/profile_check.h"

bool profile_is_bits(enum profile_table table)
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

static void check_place(const struct profile *profile, const struct profile_window *window,
                        bool may_be_cut, struct yaml_mistakes *mistakes)
{
    unsigned limit = profile_is_bits(window->table) ? PROFILE_READ_BITS : profile->largest_read;
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

void profile_check_window(const struct profile *profile, const struct profile_window *window,
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

void profile_check_writes(const struct profile *profile, const struct profile_writes *writes,
                          struct yaml_mistakes *mistakes)
{
    for (size_t at = 0; at < writes->count; at++)
        check_write(profile, &writes->items[at], mistakes);
}
