#include "door/profile_lines.h"

#include <string.h>

#include "door/profile_table.h"

static const struct yaml_word biases[] = {
    {"none", BIAS_NONE}, {"pull_up", BIAS_PULL_UP}, {"pull_down", BIAS_PULL_DOWN}, {NULL, 0}};
static const struct yaml_word ways[] = {{"in", DIRECTION_IN}, {"out", DIRECTION_OUT}, {NULL, 0}};

static const struct yaml_key line_keys[] = {
    {.name = "line", YAML_TEXT(struct profile_line, line, .smallest = 1), .required = true},
    {.name = "active_low", YAML_BOOLEAN(struct profile_line, active_low)},
    {.name = "bias", YAML_WORD(struct profile_line, bias, biases)},
    {.name = "debounce_us",
     YAML_INTEGER(struct profile_line, debounce_us, 0, 10000000, "microseconds")},
    {.name = "door", YAML_INTEGER(struct profile_line, door, 1, DOOR_LIST_MAX, NULL)},
    {.name = "on", YAML_VOCABULARY(struct profile_line, on, word_door_events)},
    {.name = "off", YAML_VOCABULARY(struct profile_line, off, word_door_events)},
    {.name = "reader", YAML_ID(struct profile_line, reader)},
};
static const struct yaml_table line_table = {YAML_KEYS(struct profile_line, line_keys),
                                             YAML_TABLE_PLACE(struct profile_line, place),
                                             .unique = "line"};
static const struct yaml_type line_type = YAML_MAPPING_TYPE(&line_table);

static const struct yaml_type format_name_type = YAML_TEXT_TYPE(ID_SIZE, .smallest = 1);

static const struct yaml_key reader_keys[] = {
    {.name = "name", YAML_ID(struct profile_card_reader, name), .required = true},
    {.name = "d0", YAML_TEXT(struct profile_card_reader, d0, .smallest = 1), .required = true},
    {.name = "d1", YAML_TEXT(struct profile_card_reader, d1, .smallest = 1), .required = true},
    {.name = "active_low", YAML_BOOLEAN(struct profile_card_reader, active_low)},
    {.name = "bias", YAML_WORD(struct profile_card_reader, bias, biases)},
    {.name = "door", YAML_INTEGER(struct profile_card_reader, door, 1, DOOR_LIST_MAX, NULL)},
    {.name = "direction", YAML_WORD(struct profile_card_reader, direction, ways)},
    {.name = "silence_ms", YAML_INTEGER(struct profile_card_reader, silence_ms, 5, 10000, "ms")},
    {.name = "shortest_us",
     YAML_INTEGER(struct profile_card_reader, shortest_us, 1, 1000000, "microseconds")},
    {.name = "formats",
     YAML_LIST_PLACED(struct profile_card_reader, formats, format_count, struct profile_format_name,
                      name, place, &format_name_type, 1, WIEGAND_FORMATS_MAX),
     .required = true},
};
static const struct yaml_table reader_table = {
    YAML_KEYS(struct profile_card_reader, reader_keys),
    .defaults =
        &(const struct profile_card_reader){.active_low = true,
                                            .silence_ms = (uint32_t)(WIEGAND_SILENCE_NS / 1000000),
                                            .shortest_us = (uint32_t)(WIEGAND_SHORTEST_NS / 1000)},
    YAML_TABLE_PLACE(struct profile_card_reader, place), .unique = "name"};
static const struct yaml_type reader_type = YAML_MAPPING_TYPE(&reader_table);

static const struct yaml_key span_keys[] = {
    {.name = "first",
     YAML_INTEGER(struct wiegand_span, first, 0, WIEGAND_BITS_MAX - 1, "bits"),
     .required = true},
    {.name = "count", YAML_INTEGER(struct wiegand_span, count, 1, 64, "bits"), .required = true},
};
static const struct yaml_table span_table = {YAML_KEYS(struct wiegand_span, span_keys)};

static const struct yaml_key parity_keys[] = {
    {.name = "at",
     YAML_INTEGER(struct wiegand_parity, at, 0, WIEGAND_BITS_MAX - 1, "bits"),
     .required = true},
    {.name = "odd", YAML_BOOLEAN(struct wiegand_parity, is_odd)},
    {.name = "first",
     YAML_INTEGER(struct wiegand_parity, over.first, 0, WIEGAND_BITS_MAX - 1, "bits"),
     .required = true},
    {.name = "count",
     YAML_INTEGER(struct wiegand_parity, over.count, 1, 64, "bits"),
     .required = true},
};
static const struct yaml_table parity_table = {YAML_KEYS(struct wiegand_parity, parity_keys)};
static const struct yaml_type parity_type = YAML_MAPPING_TYPE(&parity_table);

static const struct yaml_key format_keys[] = {
    {.name = "name", YAML_ID(struct profile_format, name), .required = true},
    {.name = "bits",
     YAML_INTEGER(struct profile_format, format.bits, 4, WIEGAND_BITS_MAX, "bits"),
     .required = true},
    {.name = "key", YAML_BOOLEAN(struct profile_format, format.is_key)},
    {.name = "facility", YAML_MAPPING(struct profile_format, format.facility, &span_table)},
    {.name = "number",
     YAML_MAPPING(struct profile_format, format.number, &span_table),
     .required = true},
    {.name = "parities",
     YAML_LIST(struct profile_format, parities, parity_count, &parity_type, 0,
               WIEGAND_PARITIES_MAX)},
};
static const struct yaml_table format_table = {YAML_KEYS(struct profile_format, format_keys),
                                               YAML_TABLE_PLACE(struct profile_format, place),
                                               .unique = "name"};
static const struct yaml_type format_type = YAML_MAPPING_TYPE(&format_table);

static const struct yaml_key lines_keys[] = {
    {.name = "lines",
     YAML_LIST(struct profile, lines.lines, lines.line_count, &line_type, 0, PROFILE_LINES_MAX)},
    {.name = "readers",
     YAML_LIST(struct profile, lines.readers, lines.reader_count, &reader_type, 0,
               PROFILE_READERS_MAX)},
    {.name = "formats",
     YAML_LIST(struct profile, lines.formats, lines.format_count, &format_type, 0,
               PROFILE_FORMATS_MAX)},
};
const struct yaml_table profile_lines_table = {YAML_KEYS(struct profile, lines_keys)};

static void settle_format(struct profile_format *named, struct yaml_mistakes *mistakes)
{
    struct error error = {0};
    struct wiegand_format *format = &named->format;
    format->name = named->name;
    format->parity_count = named->parity_count;
    for (size_t at = 0; at < named->parity_count; at++)
        format->parities[at] = named->parities[at];
    const struct wiegand_format *const one[] = {format};
    if (wiegand_formats_check(one, 1, &error) != STATUS_OK)
        yaml_mistakes_add(mistakes, named->place, "%s", error.text);
    if (wiegand_format_named(named->name) != NULL)
        yaml_mistakes_add(mistakes, named->place,
                          "the format %s is a known one: give yours another name", named->name);
}

static const struct wiegand_format *find_format(const struct profile_lines *lines, const char *name)
{
    for (size_t at = 0; at < lines->format_count; at++)
        if (strcmp(lines->formats[at].name, name) == 0)
            return &lines->formats[at].format;
    return wiegand_format_named(name);
}

static void settle_reader(const struct profile_lines *lines, struct profile_card_reader *reader,
                          struct yaml_mistakes *mistakes)
{
    struct error error = {0};
    bool all_known = true;
    for (size_t at = 0; at < reader->format_count; at++) {
        const struct profile_format_name *wanted = &reader->formats[at];
        reader->known[at] = find_format(lines, wanted->name);
        if (reader->known[at] == NULL)
            yaml_mistakes_add(mistakes, wanted->place,
                              "there is no format \"%s\"; it is wiegand26, wiegand32, wiegand34, "
                              "wiegand37, wiegand37_facility, key4, key8, or one of formats",
                              wanted->name);
        all_known = all_known && reader->known[at] != NULL;
    }
    if (all_known &&
        wiegand_formats_check(reader->known, reader->format_count, &error) != STATUS_OK)
        yaml_mistakes_add(mistakes, reader->place, "%s", error.text);
    if (INT64_C(1000) * reader->silence_ms <= reader->shortest_us)
        yaml_mistakes_add(mistakes, reader->place,
                          "silence_ms must be longer than shortest_us: one ends a frame, the other "
                          "is the least between two of its pulses");
}

/* Each line once. Those of `lines` among themselves are known to differ. */
static void check_reader_lines(const struct profile_lines *lines, size_t index,
                               struct yaml_mistakes *mistakes)
{
    const struct profile_card_reader *reader = &lines->readers[index];
    bool is_taken = strcmp(reader->d0, reader->d1) == 0;
    for (size_t at = 0; at < lines->line_count; at++)
        is_taken = is_taken || strcmp(lines->lines[at].line, reader->d0) == 0 ||
                   strcmp(lines->lines[at].line, reader->d1) == 0;
    for (size_t at = 0; at < index; at++) {
        const struct profile_card_reader *other = &lines->readers[at];
        is_taken = is_taken || strcmp(other->d0, reader->d0) == 0 ||
                   strcmp(other->d0, reader->d1) == 0 || strcmp(other->d1, reader->d0) == 0 ||
                   strcmp(other->d1, reader->d1) == 0;
    }
    if (is_taken)
        yaml_mistakes_add(mistakes, reader->place,
                          "d0 and d1 are two lines that nothing else is on");
}

enum status profile_lines_settle(struct profile_lines *lines, struct yaml_mistakes *mistakes,
                                 struct error *error)
{
    size_t before = mistakes->count;
    for (size_t at = 0; at < lines->line_count; at++)
        if (lines->lines[at].on == 0 && lines->lines[at].off == 0)
            yaml_mistakes_add(mistakes, lines->lines[at].place,
                              "a line needs a meaning: give on, or off, or both");
    for (size_t at = 0; at < lines->format_count; at++)
        settle_format(&lines->formats[at], mistakes);
    for (size_t at = 0; at < lines->reader_count; at++) {
        settle_reader(lines, &lines->readers[at], mistakes);
        check_reader_lines(lines, at, mistakes);
    }
    if (lines->line_count + lines->reader_count == 0)
        yaml_mistakes_add(mistakes, (struct yaml_place){1, 1},
                          "there is nothing to watch: give lines, or readers, or both");
    if (mistakes->count == before)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, "the profile has %zu mistakes",
                     mistakes->count - before);
}
