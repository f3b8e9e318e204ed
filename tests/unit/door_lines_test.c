/* What is made of edges, levels and pulses. The kernel's side is in tests/integration/gpio_test.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "door/card_reader.h"
#include "door/contacts.h"
#include "support/door_rig.h"

#define PROFILE                                                                                    \
    "profile: test\n"                                                                              \
    "model: test\n"                                                                                \
    "manual: none\n"                                                                               \
    "shape: lines\n"                                                                               \
    "lines:\n"                                                                                     \
    "  - {line: contact, door: 1, on: opened, off: closed}\n"                                      \
    "  - {line: button, door: 1, on: rex_pressed}\n"                                               \
    "readers:\n"                                                                                   \
    "  - {name: front, door: 1, direction: in, d0: a, d1: b, formats: [wiegand26, site12]}\n"      \
    "formats:\n"                                                                                   \
    "  - {name: site12, bits: 12, number: {first: 1, count: 10},\n"                                \
    "     parities: [{at: 0, first: 1, count: 5}, {at: 11, odd: yes, first: 6, count: 5}]}\n"

enum { CONTACT, BUTTON };
static const int64_t began_ns = 1000 * NS_PER_SECOND;

struct run {
    struct door_rig rig;
    struct lines *lines;
    struct reporter reporter;
    struct lines_voice voice;
    struct contacts contacts;
};

static void stand(void *context, struct clock_reading *reading)
{
    (void)context;
    *reading = (struct clock_reading){.utc_ns = 2000 * NS_PER_SECOND, .monotonic_ns = began_ns};
}

static void begin(struct run *run)
{
    *run = (struct run){0};
    door_rig_begin(&run->rig, PROFILE, (struct clock){.read = stand});
    assert_int_equal(door_list_parse("archive", &run->rig.doors, NULL), STATUS_OK);
    assert_int_equal(lines_new("none", &run->lines, NULL), STATUS_OK);
    run->voice = (struct lines_voice){&run->rig.watch, &run->reporter, run->lines};
    reporter_begin(&run->reporter, &run->rig.watch, 0, INT64_MAX);
}

static void end(struct run *run)
{
    lines_free(run->lines);
    door_rig_end(&run->rig);
}

static void levels(struct run *run, bool contact, int64_t at_ns)
{
    const bool both[] = {contact, false};
    assert_int_equal(contacts_take_levels(&run->contacts, &run->voice, both, at_ns, "found", NULL),
                     STATUS_OK);
    door_rig_keep(&run->rig, true);
}

static void edge(struct run *run, size_t line, bool is_active, int64_t at_ns)
{
    const struct lines_edge one = {.line = line, .is_active = is_active, .at_ns = at_ns};
    assert_int_equal(contacts_take_edge(&run->contacts, &run->voice, &one, NULL), STATUS_OK);
    door_rig_keep(&run->rig, true);
}

/* What was found says so in its detail too. */
static void expect(struct run *run, size_t count, enum door_event newest, const char *detail)
{
    assert_int_equal(run->rig.count, count);
    const struct message_entry *entry = &run->rig.said[count - 1];
    assert_int_equal(entry->event, newest);
    assert_string_equal(entry->detail, detail);
    assert_int_equal(entry->found, strncmp(detail, "found", strlen("found")) == 0);
    assert_string_equal(entry->door, "archive");
    assert_int_equal(entry->device_seq, count);
}

static void a_line_without_its_door_says_so(void **state)
{
    (void)state;
    struct run run;
    begin(&run);
    run.rig.doors.count = 0;
    levels(&run, false, began_ns);
    assert_string_equal(run.rig.said[0].door, "");
    assert_string_equal(run.rig.said[0].detail,
                        "found so when the watch began; no door 1 is configured");
    end(&run);
}

static void edges_are_events_with_a_meaning(void **state)
{
    struct run run;
    (void)state;
    begin(&run);
    levels(&run, false, 10);
    expect(&run, 1, DOOR_CLOSED, "found so when the watch began");
    edge(&run, CONTACT, true, 20);
    expect(&run, 2, DOOR_OPENED, "");
    edge(&run, BUTTON, true, 30);
    edge(&run, BUTTON, false, 40);
    expect(&run, 3, DOOR_REX_PRESSED, "");
    end(&run);
}

static void pulse_too_short_for_its_level_is_two_events(void **state)
{
    struct run run;
    (void)state;
    begin(&run);
    levels(&run, false, 10);
    edge(&run, CONTACT, false, 20);
    assert_int_equal(run.rig.count, 3);
    assert_int_equal(run.rig.said[1].event, DOOR_OPENED);
    assert_string_equal(run.rig.said[1].detail, "too short for its level to be seen");
    expect(&run, 3, DOOR_CLOSED, "");
    end(&run);
}

static void edge_of_a_change_that_was_found_is_no_second_one(void **state)
{
    struct run run;
    (void)state;
    begin(&run);
    levels(&run, false, 10);
    levels(&run, true, 30);
    expect(&run, 2, DOOR_OPENED, "found");
    edge(&run, CONTACT, true, 29);
    assert_int_equal(run.rig.count, 2);
    edge(&run, CONTACT, false, 31);
    expect(&run, 3, DOOR_CLOSED, "");
    end(&run);
}

static void edge_after_a_loss_says_nothing_of_a_pulse(void **state)
{
    struct run run;
    (void)state;
    begin(&run);
    levels(&run, false, 10);
    assert_int_equal(lines_say_lost(&run.voice, 3, 15, "contacts", NULL), STATUS_OK);
    contacts_lost(&run.contacts);
    door_rig_keep(&run.rig, true);
    assert_int_equal(run.rig.said[1].event, DOOR_RECORDS_LOST);
    assert_int_equal(run.rig.said[1].lost_from, 2);
    assert_int_equal(run.rig.said[1].lost_to, 4);
    edge(&run, CONTACT, false, 20);
    assert_int_equal(run.rig.count, 3);
    assert_int_equal(run.rig.said[2].event, DOOR_CLOSED);
    assert_int_equal(run.rig.said[2].device_seq, 5);
    end(&run);
}

static void level_without_an_edge_is_believed_the_second_time(void **state)
{
    struct run run;
    const bool open[] = {true, false};
    (void)state;
    begin(&run);
    levels(&run, false, 10);
    assert_int_equal(contacts_compare(&run.contacts, &run.voice, open, 20, NULL), STATUS_OK);
    door_rig_keep(&run.rig, true);
    assert_int_equal(run.rig.count, 1);
    assert_int_equal(contacts_compare(&run.contacts, &run.voice, open, 30, NULL), STATUS_OK);
    door_rig_keep(&run.rig, true);
    expect(&run, 2, DOOR_OPENED, "found changed, although no edge was seen");
    end(&run);
}

/* Its entry; the frame's end is waited for. */
static const struct message_entry *send(struct run *run, struct card_reader *reader,
                                        const char *bits)
{
    int64_t at_ns = lines_now_ns();
    size_t before = run->rig.count;
    for (; *bits != '\0'; bits++) {
        at_ns += NS_PER_MS;
        assert_int_equal(card_reader_take(reader, &run->voice,
                                          *bits == '1' ? WIEGAND_D1 : WIEGAND_D0, at_ns, NULL),
                         STATUS_OK);
    }
    assert_int_equal(card_reader_end(reader, &run->voice, at_ns + 50 * NS_PER_MS, NULL), STATUS_OK);
    door_rig_keep(&run->rig, true);
    assert_int_equal(run->rig.count, before + 1);
    return &run->rig.said[before];
}

static void frame_is_a_request_or_a_read_error_with_its_bits(void **state)
{
    struct run run;
    (void)state;
    begin(&run);
    struct card_reader reader = card_reader_begin(&run.rig.profile->lines.readers[0]);
    const struct message_entry *card = send(&run, &reader, "011000000111");
    assert_int_equal(card->event, DOOR_ACCESS_REQUESTED);
    assert_int_equal(card->verdict, VERDICT_NONE);
    assert_int_equal(card->direction, DIRECTION_IN);
    assert_string_equal(card->credential, "771");
    assert_string_equal(card->method, "site12");
    assert_string_equal(card->reader, "front");
    assert_string_equal(card->raw, "12:607");
    const struct message_entry *bad = send(&run, &reader, "1100000");
    assert_int_equal(bad->event, DOOR_READ_ERROR);
    assert_string_equal(bad->raw, "7:c0");
    assert_string_equal(bad->credential, "");
    assert_string_equal(bad->detail, "no card has so many bits");
    end(&run);
}

static void raw_of_an_endless_frame_fits(void **state)
{
    struct wiegand_frame frame = {.pulses = UINT32_MAX};
    char raw[RAW_SIZE];
    (void)state;
    memset(frame.bits, 0xff, sizeof frame.bits);
    card_reader_raw(&frame, raw);
    assert_string_equal(raw, "4294967295:ffffffffffffffffffffffffffffffff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_without_its_door_says_so),
        cmocka_unit_test(edges_are_events_with_a_meaning),
        cmocka_unit_test(pulse_too_short_for_its_level_is_two_events),
        cmocka_unit_test(edge_of_a_change_that_was_found_is_no_second_one),
        cmocka_unit_test(edge_after_a_loss_says_nothing_of_a_pulse),
        cmocka_unit_test(level_without_an_edge_is_believed_the_second_time),
        cmocka_unit_test(frame_is_a_request_or_a_read_error_with_its_bits),
        cmocka_unit_test(raw_of_an_endless_frame_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
