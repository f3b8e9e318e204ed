/* What is made of edges, levels and pulses; the keeper's end is a real channel. The kernel's side
 * is in tests/integration/gpio_test.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/channel.h"
#include "door/card_reader.h"
#include "door/contacts.h"

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

struct rig {
    struct profile *profile;
    struct door_list doors;
    struct clock clock;
    struct link *link;
    struct channel *keeper;
    struct lines *lines;
    struct watch watch;
    struct reporter reporter;
    struct lines_voice voice;
    struct contacts contacts;
    struct message_entry said[32];
    size_t count;
};

static void stand(void *context, struct clock_reading *reading)
{
    (void)context;
    *reading = (struct clock_reading){.utc_ns = 2000 * NS_PER_SECOND, .monotonic_ns = began_ns};
}

static void keep(struct rig *rig)
{
    enum message_type type = 0;
    uint32_t sequence = 0;
    union message_payload payload;
    int attached = -1;
    while (channel_receive(rig->keeper, &type, &sequence, &payload, &attached, NULL) == STATUS_OK) {
        struct message_welcome welcome = {.protocol = MESSAGE_PROTOCOL};
        struct message_done done = {.reference = sequence};
        bool is_hello = type == MESSAGE_HELLO;
        if (!is_hello)
            rig->said[rig->count++] = payload.entry;
        assert_int_equal(channel_send(rig->keeper, is_hello ? MESSAGE_WELCOME : MESSAGE_DONE,
                                      is_hello ? (void *)&welcome : (void *)&done, -1, NULL, NULL),
                         STATUS_OK);
    }
    link_receive(rig->link);
}

static void begin(struct rig *rig)
{
    struct yaml_mistakes mistakes = {0};
    int pair[2];
    *rig = (struct rig){.clock = {.read = stand}};
    assert_int_equal(profile_parse(bytes_of_text(PROFILE), &rig->profile, &mistakes, NULL),
                     STATUS_OK);
    yaml_mistakes_release(&mistakes);
    assert_int_equal(door_list_parse("archive", &rig->doors, NULL), STATUS_OK);
    assert_int_equal(lines_new("none", &rig->lines, NULL), STATUS_OK);
    assert_int_equal(link_new(&rig->clock, &rig->link, NULL), STATUS_OK);
    assert_int_equal(channel_pair(pair, NULL), STATUS_OK);
    assert_int_equal(channel_new(pair[0], &rig->keeper, NULL), STATUS_OK);
    assert_int_equal(link_attach(rig->link, pair[1], NULL), STATUS_OK);
    rig->watch = (struct watch){
        .profile = rig->profile, .doors = &rig->doors, .clock = &rig->clock, .link = rig->link};
    rig->voice = (struct lines_voice){&rig->watch, &rig->reporter, rig->lines};
    keep(rig);
    reporter_begin(&rig->reporter, &rig->watch, 0, INT64_MAX);
}

static void end(struct rig *rig)
{
    channel_free(rig->keeper);
    link_free(rig->link);
    lines_free(rig->lines);
    profile_free(rig->profile);
}

static void levels(struct rig *rig, bool contact, int64_t at_ns)
{
    const bool both[] = {contact, false};
    assert_int_equal(contacts_take_levels(&rig->contacts, &rig->voice, both, at_ns, "found", NULL),
                     STATUS_OK);
    keep(rig);
}

static void edge(struct rig *rig, size_t line, bool is_active, int64_t at_ns)
{
    const struct lines_edge one = {.line = line, .is_active = is_active, .at_ns = at_ns};
    assert_int_equal(contacts_take_edge(&rig->contacts, &rig->voice, &one, NULL), STATUS_OK);
    keep(rig);
}

/* What was found says so in its detail too. */
static void expect(struct rig *rig, size_t count, enum door_event newest, const char *detail)
{
    assert_int_equal(rig->count, count);
    const struct message_entry *entry = &rig->said[count - 1];
    assert_int_equal(entry->event, newest);
    assert_string_equal(entry->detail, detail);
    assert_int_equal(entry->found, strncmp(detail, "found", strlen("found")) == 0);
    assert_string_equal(entry->door, "archive");
    assert_int_equal(entry->device_seq, count);
}

static void edges_are_events_with_a_meaning(void **state)
{
    struct rig rig;
    (void)state;
    begin(&rig);
    levels(&rig, false, 10);
    expect(&rig, 1, DOOR_CLOSED, "found so when the watch began");
    edge(&rig, CONTACT, true, 20);
    expect(&rig, 2, DOOR_OPENED, "");
    edge(&rig, BUTTON, true, 30);
    edge(&rig, BUTTON, false, 40);
    expect(&rig, 3, DOOR_REX_PRESSED, "");
    end(&rig);
}

static void pulse_too_short_for_its_level_is_two_events(void **state)
{
    struct rig rig;
    (void)state;
    begin(&rig);
    levels(&rig, false, 10);
    edge(&rig, CONTACT, false, 20);
    assert_int_equal(rig.count, 3);
    assert_int_equal(rig.said[1].event, DOOR_OPENED);
    assert_string_equal(rig.said[1].detail, "too short for its level to be seen");
    expect(&rig, 3, DOOR_CLOSED, "");
    end(&rig);
}

static void edge_of_a_change_that_was_found_is_no_second_one(void **state)
{
    struct rig rig;
    (void)state;
    begin(&rig);
    levels(&rig, false, 10);
    levels(&rig, true, 30);
    expect(&rig, 2, DOOR_OPENED, "found");
    edge(&rig, CONTACT, true, 29);
    assert_int_equal(rig.count, 2);
    edge(&rig, CONTACT, false, 31);
    expect(&rig, 3, DOOR_CLOSED, "");
    end(&rig);
}

static void edge_after_a_loss_says_nothing_of_a_pulse(void **state)
{
    struct rig rig;
    (void)state;
    begin(&rig);
    levels(&rig, false, 10);
    assert_int_equal(lines_say_lost(&rig.voice, 3, 15, "contacts", NULL), STATUS_OK);
    contacts_lost(&rig.contacts);
    keep(&rig);
    assert_int_equal(rig.said[1].event, DOOR_RECORDS_LOST);
    assert_int_equal(rig.said[1].lost_from, 2);
    assert_int_equal(rig.said[1].lost_to, 4);
    edge(&rig, CONTACT, false, 20);
    assert_int_equal(rig.count, 3);
    assert_int_equal(rig.said[2].event, DOOR_CLOSED);
    assert_int_equal(rig.said[2].device_seq, 5);
    end(&rig);
}

static void level_without_an_edge_is_believed_the_second_time(void **state)
{
    struct rig rig;
    const bool open[] = {true, false};
    (void)state;
    begin(&rig);
    levels(&rig, false, 10);
    assert_int_equal(contacts_compare(&rig.contacts, &rig.voice, open, 20, NULL), STATUS_OK);
    keep(&rig);
    assert_int_equal(rig.count, 1);
    assert_int_equal(contacts_compare(&rig.contacts, &rig.voice, open, 30, NULL), STATUS_OK);
    keep(&rig);
    expect(&rig, 2, DOOR_OPENED, "found changed, although no edge was seen");
    end(&rig);
}

/* Its entry; the frame's end is waited for. */
static const struct message_entry *send(struct rig *rig, struct card_reader *reader,
                                        const char *bits)
{
    int64_t at_ns = lines_now_ns();
    size_t before = rig->count;
    for (; *bits != '\0'; bits++) {
        at_ns += NS_PER_MS;
        assert_int_equal(card_reader_take(reader, &rig->voice,
                                          *bits == '1' ? WIEGAND_D1 : WIEGAND_D0, at_ns, NULL),
                         STATUS_OK);
    }
    assert_int_equal(card_reader_end(reader, &rig->voice, at_ns + 50 * NS_PER_MS, NULL), STATUS_OK);
    keep(rig);
    assert_int_equal(rig->count, before + 1);
    return &rig->said[before];
}

static void frame_is_a_request_or_a_read_error_with_its_bits(void **state)
{
    struct rig rig;
    (void)state;
    begin(&rig);
    struct card_reader reader = card_reader_begin(&rig.profile->lines.readers[0]);
    const struct message_entry *card = send(&rig, &reader, "011000000111");
    assert_int_equal(card->event, DOOR_ACCESS_REQUESTED);
    assert_int_equal(card->verdict, VERDICT_NONE);
    assert_int_equal(card->direction, DIRECTION_IN);
    assert_string_equal(card->credential, "771");
    assert_string_equal(card->method, "site12");
    assert_string_equal(card->reader, "front");
    assert_string_equal(card->raw, "12:607");
    const struct message_entry *bad = send(&rig, &reader, "1100000");
    assert_int_equal(bad->event, DOOR_READ_ERROR);
    assert_string_equal(bad->raw, "7:c0");
    assert_string_equal(bad->credential, "");
    assert_string_equal(bad->detail, "no card has so many bits");
    end(&rig);
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
