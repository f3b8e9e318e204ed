/* Profiles: what is read, what is refused and where, and what a record becomes. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "door/event.h"
#include "door/profile.h"

#define HEAD                                                                                       \
    "profile: test\n"                                                                              \
    "model: test\n"                                                                                \
    "manual: none\n"
#define CURSOR                                                                                     \
    HEAD "shape: cursor\n"                                                                         \
         "record:\n"                                                                               \
         "  table: holding\n"                                                                      \
         "  address: 10\n"                                                                         \
         "  count: 8\n"                                                                            \
         "  sequence: {at: 0, first: 1, last: 65535}\n"                                            \
         "  code: {at: 1}\n"                                                                       \
         "  value: {at: 2}\n"                                                                      \
         "  door: {at: 3, first: 5}\n"                                                             \
         "  reason: {at: 4}\n"                                                                     \
         "  reader: {at: 5}\n"                                                                     \
         "  credential: {at: 6, width: 32, none: 0, digits: 10}\n"
#define TABLES                                                                                     \
    "events:\n"                                                                                    \
    "  - {code: 1, event: access_granted}\n"                                                       \
    "  - {code: 2, event: access_denied}\n"                                                        \
    "  - {code: 3, value: 1, event: opened, door: 2}\n"                                            \
    "  - {code: 3, value: 0, event: closed, door: 2}\n"                                            \
    "reasons: {1: credential_expired}\n"                                                           \
    "readers:\n"                                                                                   \
    "  - {code: 1, name: outside, direction: in}\n"

static struct profile *parse(const char *text)
{
    struct profile *profile = NULL;
    struct yaml_mistakes mistakes = {0};
    struct error error = {0};
    enum status status = profile_parse(bytes_of_text(text), &profile, &mistakes, &error);
    for (size_t at = 0; at < mistakes.count; at++)
        print_message("%u: %s\n", mistakes.items[at].place.line, mistakes.items[at].text);
    yaml_mistakes_release(&mistakes);
    assert_int_equal(status, STATUS_OK);
    return profile;
}

/* `text` has a mistake in that line, whose sentence holds `words`. */
static void refused(const char *text, uint32_t line, const char *words)
{
    struct profile *profile = NULL;
    struct yaml_mistakes mistakes = {0};
    struct error error = {0};
    assert_int_equal(profile_parse(bytes_of_text(text), &profile, &mistakes, &error),
                     STATUS_INVALID);
    assert_null(profile);
    bool is_named = false;
    for (size_t at = 0; at < mistakes.count; at++) {
        print_message("%u: %s\n", mistakes.items[at].place.line, mistakes.items[at].text);
        is_named = is_named || (mistakes.items[at].place.line == line &&
                                strstr(mistakes.items[at].text, words) != NULL);
    }
    yaml_mistakes_release(&mistakes);
    assert_true(is_named);
}

static void every_profile_of_the_project_loads(void **state)
{
    (void)state;
    DIR *folder = opendir(PROFILE_FOLDER);
    assert_non_null(folder);
    int loaded = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".yaml") == NULL)
            continue;
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s", PROFILE_FOLDER, entry->d_name);
        AUTO_PROFILE struct profile *profile = NULL;
        struct buffer report = {0};
        struct error error = {0};
        enum status status = profile_load(path, &profile, &report, &error);
        if (report.size != 0)
            print_message("%.*s", (int)report.size, (const char *)report.data);
        buffer_release(&report);
        assert_int_equal(status, STATUS_OK);
        assert_memory_equal(profile->id, entry->d_name, strlen(profile->id));
        loaded++;
    }
    closedir(folder);
    assert_true(loaded >= 12);
}

static void address_base_is_taken_off(void **state)
{
    (void)state;
    AUTO_PROFILE struct profile *profile =
        parse(CURSOR TABLES "address_base: 1\nselect: [{table: holding, address: 9, value: 1}]\n");
    assert_int_equal(profile->record.window.address, 9);
    assert_int_equal(profile->select.items[0].address, 8);
}

static void field_past_its_window_is_named(void **state)
{
    (void)state;
    refused(CURSOR "  unread: {at: 7, width: 32}\n" TABLES, 16, "window");
    refused(CURSOR "  unread:\n    at: 8\n" TABLES, 17, "window");
}

static void window_past_the_limits_is_named(void **state)
{
    (void)state;
    refused(HEAD "shape: cursor\n"
                 "record: {table: holding, address: 0, count: 65, code: {at: 0},\n"
                 "  sequence: {at: 1, first: 1, last: 9}}\n" TABLES,
            5, "64");
    refused(HEAD "shape: cursor\n"
                 "record: {table: holding, address: 65530, count: 8, code: {at: 0},\n"
                 "  sequence: {at: 1, first: 1, last: 9}}\n" TABLES,
            5, "65535");
    refused(CURSOR TABLES "largest_read: 4\n", 6, "at most 4");
    refused(CURSOR TABLES "address_base: 11\n", 6, "address_base");
}

static void lines_that_do_not_fit_together_are_named(void **state)
{
    (void)state;
    const char *const reader = "readers:\n  - {name: r, d0: a, d1: b, formats: [";
    char text[512];
    refused(HEAD "shape: lines\n", 1, "nothing to watch");
    refused(HEAD "shape: lines\nlines: [{line: a, door: 1}]\n", 5, "meaning");
    refused(HEAD "shape: lines\nlines: [{line: a, on: held}, {line: a, on: tamper}]\n", 5,
            "second time");
    refused(HEAD "shape: lines\nreaders:\n  - {name: r, d0: a, d1: a, formats: [key4]}\n", 6,
            "two lines");
    (void)snprintf(text, sizeof text, HEAD "shape: lines\n%swiegand27]}\n", reader);
    refused(text, 6, "no format");
    (void)snprintf(text, sizeof text,
                   HEAD "shape: lines\n%swiegand26, own]}\n"
                        "formats: [{name: own, bits: 27, number: {first: 1, count: 25}}]\n",
                   reader);
    refused(text, 6, "lost pulse");
    (void)snprintf(text, sizeof text,
                   HEAD "shape: lines\n%sown]}\n"
                        "formats: [{name: own, bits: 27, number: {first: 5, count: 25}}]\n",
                   reader);
    refused(text, 7, "beyond its 27 bits");
}

static void sequence_that_does_not_fit_is_named(void **state)
{
    (void)state;
    refused(HEAD "shape: cursor\n"
                 "record: {table: holding, address: 0, count: 6, code: {at: 0},\n"
                 "  sequence: {at: 1, first: 1, last: 65536}}\n" TABLES,
            6, "last");
}

static void text_where_a_number_belongs_is_named(void **state)
{
    (void)state;
    refused(HEAD "shape: cursor\n"
                 "record: {table: holding, address: 0, count: 6, sequence: {at: 1, first: 1,\n"
                 "  last: 5}, code: {at: 0, encoding: ascii}}\n" TABLES,
            6, "number");
}

static void unknown_words_are_named(void **state)
{
    (void)state;
    refused(CURSOR "events: [{code: 1, event: opend}]\n", 16, "opened");
    refused(CURSOR TABLES "colour: red\n", 24, "colour");
    refused(HEAD "shape: level\nevents: []\n", 5, "events");
}

static void code_given_twice_is_named(void **state)
{
    (void)state;
    refused(CURSOR "events:\n  - {code: 1, event: opened}\n  - {code: 1, event: closed}\n", 18,
            "line 17");
}

static void input_past_its_window_is_named(void **state)
{
    (void)state;
    refused(HEAD "shape: level\n"
                 "inputs: {table: discrete, address: 0, count: 4, levels: [\n"
                 "  {input: 3, on: opened},\n"
                 "  {input: 4, on: opened}]}\n",
            7, "0 to 3");
    refused(HEAD "shape: level\n"
                 "inputs: {table: discrete, address: 0, count: 4, levels: [\n"
                 "  {input: 3}]}\n",
            6, "meaning");
}

static void date_without_a_year_is_named(void **state)
{
    (void)state;
    refused(CURSOR "  time: {month: {at: 1}, day: {at: 2}, zone: utc}\n" TABLES, 16, "year");
    refused(CURSOR "  time: {seconds: {at: 1}, zone: mars}\n" TABLES, 16, "zone");
}

static void clock_that_cannot_be_set_is_named(void **state)
{
    (void)state;
    refused(CURSOR TABLES "set_clock: {table: input, address: 9, count: 2,\n"
                          "  time: {seconds: {at: 0, width: 32}, zone: utc}}\n",
            24, "must be holding");
    refused(CURSOR TABLES "set_clock: {table: holding, address: 9, count: 124,\n"
                          "  time: {seconds: {at: 0, width: 32}, zone: utc}}\n",
            24, "at most 123");
    refused(CURSOR TABLES "set_clock: {table: holding, address: 9, count: 2, time: {zone: utc,\n"
                          "  seconds: {at: 1, width: 32}}}\n",
            25, "only 2");
    refused(CURSOR "  time: {seconds: {at: 6, width: 32}, zone: utc}\n" TABLES
                   "set_clock: {table: holding, address: 9, count: 2,\n"
                   "  time: {seconds: {at: 0, width: 32}, zone: recorder}}\n",
            25, "must be utc or that of the record");
}

#define LATCH                                                                                      \
    HEAD "shape: latch\n"                                                                          \
         "status: {table: coil, address: 16, count: 1, waiting: {at: 0, width: 1}}\n"              \
         "record: {table: holding, address: 0, count: 2, credential: {at: 0}}\n"                   \
         "events: [{event: access_requested}]\n"
#define HISTORY                                                                                    \
    HEAD "shape: history\n"                                                                        \
         "status: {table: holding, address: 16, count: 1, stored: {at: 0}}\n"                      \
         "events: [{event: opened}]\n"

static void shapes_name_what_they_lack(void **state)
{
    (void)state;
    profile_free(parse(LATCH "acknowledge: [{table: coil, address: 16, value: 0}]\n"));
    refused(LATCH, 6, "what releases it");
    refused(LATCH "acknowledge: [{table: coil, address: 16, value: 2}]\n", 8, "0 or 1");
    refused(LATCH "acknowledge: [{table: coil, address: 16}]\n", 8, "value or number");
    profile_free(parse(HISTORY "select: [{table: holding, address: 17, number: yes}]\n"
                               "record: {table: holding, address: 20, count: 3}\n"));
    refused(HISTORY "record: {table: holding, address: 20, count: 3}\n", 7, "how far back");
    refused(HEAD "shape: cursor\nevents: [{event: opened}]\n"
                 "record: {table: holding, address: 0, count: 6}\n",
            6, "needs sequence");
    refused(HEAD "shape: cursor\nevents: [{event: opened}]\n"
                 "record: {table: holding, address: 0, count: 6,\n"
                 "  sequence: {first: 1, last: 9}}\n",
            7, "needs at");
    refused(HEAD "shape: cursor\nevents: [{event: opened}]\n"
                 "select: [{table: holding, address: 9, number: yes}]\n"
                 "record: {table: holding, address: 0, count: 6,\n"
                 "  sequence: {first: 1, last: 9}}\n",
            7, "status.newest");
}

static void requests_that_cannot_be_are_named(void **state)
{
    (void)state;
#define ASKED(rest) HISTORY "record: {" rest "}\n"
    profile_free(parse(ASKED("request: [0x42, 0, 0], number_at: 1, number_bytes: 2, answer: 5")));
    refused(ASKED("request: [0x42, 0], number_at: 1, number_bytes: 2, answer: 5"), 7, "byte 3");
    refused(ASKED("request: [0x42, 0, 0], number_at: 1, answer: 5"), 7, "both or neither");
    refused(ASKED("request: [200], answer: 5"), 7, "1 to 127");
    refused(ASKED("request: [0x42, 0], number_at: 1, number_bytes: 1, answer: 2, skip: 2"), 7,
            "nothing is left");
    refused(ASKED("request: [0x42, 0], number_at: 1, number_bytes: 1, answer: 2, table: input"), 7,
            "not both");
    refused(ASKED("count: 3"), 7, "table, address and count");
}

static void gaps_lie_in_their_window(void **state)
{
    (void)state;
#define GAPS(list)                                                                                 \
    HEAD "shape: level\ninputs: {table: input, address: 10, count: 20, levels: [{input: 0, "       \
         "on: opened}],\n  gaps: " list "}\n"
    AUTO_PROFILE struct profile *profile =
        parse(GAPS("[{address: 12, count: 2}, {address: 14, count: 3}]") "address_base: 1\n");
    assert_int_equal(profile->inputs.window.gaps[1].address, 13);
    refused(GAPS("[{address: 28, count: 3}]"), 6, "in their window");
    refused(GAPS("[{address: 14, count: 2}, {address: 12, count: 2}]"), 6, "after the other");
}

static void what_lies_in_a_gap_is_named(void **state)
{
    (void)state;
#define WITH_GAP(place, count)                                                                     \
    CURSOR "  gaps: [{address: " place ", count: " count "}]\n" TABLES                             \
           "select: [{table: holding, address: 9, value: 1}]\n"
    refused(WITH_GAP("10", "1"), 9, "sequence lies in a gap");
    refused(WITH_GAP("17", "1"), 15, "credential lies in a gap");
#define LEVELS(table, input)                                                                       \
    HEAD "shape: level\ninputs: {table: " table                                                    \
         ", address: 10, count: 40,\n  levels: [{input: " input                                    \
         ", on: opened}],\n  gaps: [{address: 12, count: 2}]}\n"
    profile_free(parse(LEVELS("input", "64")));
    profile_free(parse(LEVELS("discrete", "4")));
    refused(LEVELS("input", "63"), 6, "input 63 lies in a gap");
    refused(LEVELS("discrete", "2"), 6, "input 2 lies in a gap");
}

static void what_a_field_can_never_be_is_named(void **state)
{
    (void)state;
    refused(CURSOR "  unread: {at: 1, none: 65536}\n" TABLES, 16, "fit into its 16 bits");
    refused(CURSOR "  unread: {at: 1, width: 4, mask: 0x10}\n" TABLES, 16, "fit into its 4 bits");
    refused(CURSOR "  unread: {at: 1, mask: 0xff00, none: 1}\n" TABLES, 16, "none is 1");
    refused(CURSOR "events:\n  - {code: 65536, event: opened}\n", 17, "code 65536");
    refused(CURSOR "events:\n  - {code: 1, value: 65536, event: opened}\n", 17, "value 65536");
    refused(CURSOR TABLES "  - {code: 65536, name: inside}\n", 24, "65536");
    refused(CURSOR TABLES "  - {code: 1, name: inside}\n", 24, "line 23");
    refused(HEAD "shape: cursor\n"
                 "record: {table: holding, address: 0, count: 6, sequence: {at: 1, first: 1,\n"
                 "  last: 5}, code: {at: 0, width: 8, encoding: bcd}}\n"
                 "events: [{code: 99, event: opened}, {code: 100, event: closed}]\n",
            7, "code 100");
}

static void counters_that_cannot_be_are_named(void **state)
{
    (void)state;
#define COUNTED(rest)                                                                              \
    HEAD "shape: level\ninputs: {table: input, address: 0, count: 5, levels: [\n"                  \
         "  {input: 0, on: opened, counter: {at: 1, width: 32}},\n  {input: 1, on: opened" rest    \
         "}]}\n"
    profile_free(parse(COUNTED(", counter: {at: 3, width: 32}, overflow: 9")));
    refused(COUNTED(""), 7, "every input");
    refused(COUNTED(", counter: {at: 4, width: 32}"), 7, "only 5");
    refused(COUNTED(", counter: {at: 2, width: 32}"), 7, "line 6");
    refused(COUNTED(", counter: {at: 3}"), 7, "same width");
    refused(COUNTED(", counter: {at: 3, width: 32}, overflow: 80"), 7, "0 to 79");
    refused(COUNTED(", counter: {at: 3, width: 32}") "largest_read: 2\n", 6, "parted");
}

static void code_needs_one_meaning(void **state)
{
    (void)state;
    refused(CURSOR "events: [{code: 1}]\n", 16, "ignore: yes");
    refused(CURSOR "events: [{code: 1, event: opened, ignore: yes}]\n", 16, "ignore: yes");
    refused(CURSOR "events: [{event: opened}, {event: closed}]\n", 16, "already");
}

static void other_codes_and_ignored_ones_are_found(void **state)
{
    (void)state;
    AUTO_PROFILE struct profile *profile =
        parse(CURSOR "events: [{code: 1, ignore: yes}, {event: fault}]\n");
    struct door_list doors = {0};
    struct clock_reading now = {0};
    struct message_entry entry;
    const uint16_t ignored[8] = {7, 1};
    const uint16_t other[8] = {7, 99};
    assert_false(event_decode(profile, &doors, ignored, 8, &now, &entry));
    assert_true(event_decode(profile, &doors, other, 8, &now, &entry));
    assert_int_equal(entry.event, DOOR_FAULT);
    assert_int_equal(entry.device_code, 99);
}

struct decoded {
    struct message_entry entry;
};

static struct message_entry decode(const uint16_t words[8])
{
    AUTO_PROFILE struct profile *profile = parse(CURSOR TABLES);
    struct door_list doors;
    assert_int_equal(door_list_parse("main vault", &doors, NULL), STATUS_OK);
    struct clock_reading now = {.utc_ns = 5, .monotonic_ns = 6};
    struct message_entry entry;
    assert_true(event_decode(profile, &doors, words, 8, &now, &entry));
    return entry;
}

static void granted_entry_carries_card_reader_and_door(void **state)
{
    (void)state;
    const uint16_t words[] = {7, 1, 0, 6, 0, 1, 0x009f, 0xf151};
    struct message_entry entry = decode(words);
    assert_int_equal(entry.event, DOOR_ACCESS_GRANTED);
    assert_int_equal(entry.verdict, VERDICT_GRANTED);
    assert_int_equal(entry.direction, DIRECTION_IN);
    assert_string_equal(entry.door, "vault");
    assert_string_equal(entry.reader, "outside");
    assert_string_equal(entry.credential, "0010482001");
    assert_string_equal(entry.raw, "000700010000000600000001009ff151");
    assert_int_equal(entry.received_utc_ns, 5);
    assert_int_equal(entry.device_time_quality, DEVICE_TIME_NONE);
}

static void denied_entry_carries_its_reason(void **state)
{
    (void)state;
    const uint16_t words[] = {7, 2, 0, 5, 1, 1, 0, 9};
    struct message_entry entry = decode(words);
    assert_int_equal(entry.verdict, VERDICT_DENIED);
    assert_int_equal(entry.deny_reason, DENY_CREDENTIAL_EXPIRED);
    const uint16_t unknown[] = {7, 2, 0, 5, 99, 1, 0, 9};
    entry = decode(unknown);
    assert_int_equal(entry.deny_reason, DENY_OTHER);
    assert_non_null(strstr(entry.detail, "no reason 99"));
}

static void value_narrows_the_code(void **state)
{
    (void)state;
    const uint16_t open[] = {7, 3, 1, 5, 0, 0, 0, 0};
    const uint16_t shut[] = {7, 3, 0, 5, 0, 0, 0, 0};
    const uint16_t odd[] = {7, 3, 2, 5, 0, 0, 0, 0};
    assert_int_equal(decode(open).event, DOOR_OPENED);
    assert_string_equal(decode(open).door, "vault");
    assert_int_equal(decode(shut).event, DOOR_CLOSED);
    assert_int_equal(decode(odd).event, DOOR_UNKNOWN_CODE);
}

static void unknown_code_is_kept_with_its_registers(void **state)
{
    (void)state;
    const uint16_t words[] = {7, 999, 0, 5, 0, 0, 0, 0};
    struct message_entry entry = decode(words);
    assert_int_equal(entry.event, DOOR_UNKNOWN_CODE);
    assert_int_equal(entry.device_code, 999);
    assert_string_equal(entry.door, "main");
    assert_string_equal(entry.raw, "000703e7000000050000000000000000");
}

#define LATCH_OF(record, events)                                                                   \
    HEAD "shape: latch\nrecord: {table: holding, address: 0, " record "}\n"                        \
         "acknowledge: [{table: coil, address: 0, value: 1}]\n"                                    \
         "events: [{" events "}]\n"

static struct message_entry decode_by(const char *text, const uint16_t *words, size_t count)
{
    AUTO_PROFILE struct profile *profile = parse(text);
    struct door_list doors = {0};
    struct clock_reading now = {0};
    struct message_entry entry;
    memset(&entry, 0xff, sizeof entry); /* nothing of what was before stays */
    (void)event_decode(profile, &doors, words, count, &now, &entry);
    return entry;
}

static void a_code_of_two_words_is_kept_whole(void **state)
{
    (void)state;
    const uint16_t words[] = {0x0045, 0x5231};
    struct message_entry entry =
        decode_by(LATCH_OF("count: 2, empty: {at: 0, none: 0}, code: {at: 0, width: 32}",
                           "code: 0x455231, event: access_requested"),
                  words, 2);
    assert_int_equal(entry.event, DOOR_ACCESS_REQUESTED);
    assert_int_equal(entry.device_code, 0x455231);
}

static void a_code_of_0_is_a_code_and_no_field_is_none(void **state)
{
    (void)state;
    const uint16_t nothing[] = {7, 0, 0, 5, 0, 0, 0, 0};
    struct message_entry entry = decode(nothing);
    assert_true(entry.has_device_code);
    assert_int_equal(entry.device_code, 0);
    entry = decode_by(LATCH_OF("count: 1, empty: {at: 0, none: 0}", "event: access_requested"),
                      nothing, 1);
    assert_false(entry.has_device_code);
}

static void door_that_is_not_configured_is_said(void **state)
{
    (void)state;
    const uint16_t words[] = {7, 1, 0, 7, 0, 1, 0, 9};
    struct message_entry entry = decode(words);
    assert_string_equal(entry.door, "");
    assert_non_null(strstr(entry.detail, "no door 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_profile_of_the_project_loads),
        cmocka_unit_test(address_base_is_taken_off),
        cmocka_unit_test(field_past_its_window_is_named),
        cmocka_unit_test(window_past_the_limits_is_named),
        cmocka_unit_test(sequence_that_does_not_fit_is_named),
        cmocka_unit_test(lines_that_do_not_fit_together_are_named),
        cmocka_unit_test(text_where_a_number_belongs_is_named),
        cmocka_unit_test(unknown_words_are_named),
        cmocka_unit_test(code_given_twice_is_named),
        cmocka_unit_test(input_past_its_window_is_named),
        cmocka_unit_test(date_without_a_year_is_named),
        cmocka_unit_test(clock_that_cannot_be_set_is_named),
        cmocka_unit_test(shapes_name_what_they_lack),
        cmocka_unit_test(requests_that_cannot_be_are_named),
        cmocka_unit_test(gaps_lie_in_their_window),
        cmocka_unit_test(what_lies_in_a_gap_is_named),
        cmocka_unit_test(what_a_field_can_never_be_is_named),
        cmocka_unit_test(counters_that_cannot_be_are_named),
        cmocka_unit_test(code_needs_one_meaning),
        cmocka_unit_test(other_codes_and_ignored_ones_are_found),
        cmocka_unit_test(granted_entry_carries_card_reader_and_door),
        cmocka_unit_test(denied_entry_carries_its_reason),
        cmocka_unit_test(value_narrows_the_code),
        cmocka_unit_test(unknown_code_is_kept_with_its_registers),
        cmocka_unit_test(a_code_of_two_words_is_kept_whole),
        cmocka_unit_test(a_code_of_0_is_a_code_and_no_field_is_none),
        cmocka_unit_test(door_that_is_not_configured_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
