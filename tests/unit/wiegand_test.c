/* Pulses of card readers: what a card sent is read, and what noise or loss made of it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "door/wiegand_format.h"

#define FRAMES 1000000

static const int64_t us = 1000;
static const int64_t ms = INT64_C(1000) * 1000;

/* One reader with cards and a keypad. */
struct rig {
    struct wiegand reader;
    const struct wiegand_format *formats[WIEGAND_FORMATS_MAX];
    size_t count;
    int64_t now_ns;
};

static struct rig rig_of(const char *const *names)
{
    struct rig rig = {.reader = wiegand_reader(), .now_ns = 1000 * ms};
    for (; names[rig.count] != NULL; rig.count++) {
        rig.formats[rig.count] = wiegand_format_named(names[rig.count]);
        assert_non_null(rig.formats[rig.count]);
    }
    assert_int_equal(wiegand_formats_check(rig.formats, rig.count, NULL), STATUS_OK);
    return rig;
}

static struct rig usual_rig(void)
{
    return rig_of((const char *const[]){"wiegand26", "wiegand32", "wiegand34", "wiegand37", "key4",
                                        "key8", NULL});
}

/* The bits as "0" and "1", a millisecond apart; the frame's end is waited for. */
static struct wiegand_reading read_bits(struct rig *rig, const char *bits)
{
    struct wiegand_frame frame;
    for (; *bits != '\0'; bits++) {
        rig->now_ns += 1 * ms;
        assert_false(wiegand_pulse(&rig->reader, *bits == '1' ? WIEGAND_D1 : WIEGAND_D0,
                                   rig->now_ns, &frame));
    }
    assert_false(wiegand_end(&rig->reader, rig->now_ns + 49 * ms, &frame));
    rig->now_ns += 50 * ms;
    assert_true(wiegand_end(&rig->reader, rig->now_ns, &frame));
    return wiegand_read(&frame, rig->formats, rig->count);
}

static void expect_card(const char *bits, const char *format, uint64_t facility, uint64_t number)
{
    struct rig rig = rig_of((const char *const[]){format, NULL});
    struct wiegand_reading reading = read_bits(&rig, bits);
    assert_int_equal(reading.kind, WIEGAND_CARD);
    assert_string_equal(reading.format->name, format);
    assert_true(reading.facility == facility && reading.number == number);
}

/* Parities counted by hand. */
static void cards_of_every_length_are_read(void **state)
{
    (void)state;
    expect_card("1"
                "01111011"
                "0001000111010111"
                "0",
                "wiegand26", 123, 4567);
    expect_card("11011110101011011011111011101111", "wiegand32", 0, 0xDEADBEEF);
    expect_card("0"
                "0000000000000011"
                "1000000000000001"
                "1",
                "wiegand34", 3, 0x8001);
    expect_card("1"
                "00000000000000000100000000000000001"
                "1",
                "wiegand37", 0, 0x20001);
    expect_card("1"
                "0000000000000001"
                "0000000000000000111"
                "0",
                "wiegand37_facility", 1, 7);
}

static void expect_unreadable(const char *bits, const char *fault)
{
    struct rig rig = usual_rig();
    struct wiegand_reading reading = read_bits(&rig, bits);
    assert_int_equal(reading.kind, WIEGAND_UNREADABLE);
    assert_string_equal(reading.fault, fault);
}

static void frame_with_wrong_parity_or_length_is_unreadable(void **state)
{
    (void)state;
    expect_unreadable("00111101100010001110101110", "wrong parity");
    expect_unreadable("1", "no card has so many bits");
    expect_unreadable("0111101100010001110101110", "no card has so many bits");
}

static void keys_are_read(void **state)
{
    (void)state;
    struct rig rig = usual_rig();
    struct wiegand_reading reading = read_bits(&rig, "0111");
    assert_int_equal(reading.kind, WIEGAND_KEY);
    assert_true(reading.number == 7);
    reading = read_bits(&rig, "01001011");
    assert_int_equal(reading.kind, WIEGAND_KEY);
    assert_true(reading.number == 11);
    expect_unreadable("01011011", "a key that is not its own complement");
    expect_unreadable("1100", "no such key");
}

static void frame_begins_where_silence_ended_the_one_before(void **state)
{
    (void)state;
    struct wiegand reader = wiegand_reader();
    struct wiegand_frame frame;
    assert_true(wiegand_due_ns(&reader) == INT64_MAX);
    assert_false(wiegand_pulse(&reader, WIEGAND_D1, 10 * ms, &frame));
    assert_false(wiegand_pulse(&reader, WIEGAND_D0, 59 * ms, &frame));
    assert_true(wiegand_due_ns(&reader) == 109 * ms);
    assert_true(wiegand_pulse(&reader, WIEGAND_D0, 109 * ms, &frame));
    assert_int_equal(frame.pulses, 2);
    assert_true(frame.began_ns == 10 * ms && frame.ended_ns == 59 * ms);
    assert_true(wiegand_end(&reader, 200 * ms, &frame));
    assert_int_equal(frame.pulses, 1);
    assert_false(wiegand_end(&reader, 900 * ms, &frame));
}

static void frame_during_which_edges_were_lost_is_unreadable(void **state)
{
    (void)state;
    struct rig rig = usual_rig();
    wiegand_lost(&rig.reader);
    struct wiegand_reading reading = read_bits(&rig, "10111101100010001110101110");
    assert_string_equal(reading.fault, "edges were lost while it came");
    reading = read_bits(&rig, "10111101100010001110101110");
    assert_int_equal(reading.kind, WIEGAND_CARD);
}

/* Interrupts that came late and together: either order of the two has right parity here. */
static void pulses_whose_order_is_not_known_give_no_number(void **state)
{
    (void)state;
    struct rig rig = usual_rig();
    struct wiegand_frame frame;
    const char *bits = "10111101100010001110101110";
    for (size_t at = 0; bits[at] != '\0'; at++) {
        rig.now_ns += at == 7 ? 99 * us : 1 * ms;
        assert_false(wiegand_pulse(&rig.reader, bits[at] == '1' ? WIEGAND_D1 : WIEGAND_D0,
                                   rig.now_ns, &frame));
    }
    assert_true(wiegand_end(&rig.reader, wiegand_due_ns(&rig.reader), &frame));
    assert_string_equal(wiegand_read(&frame, rig.formats, rig.count).fault,
                        "two pulses too close together");
}

static void frame_longer_than_any_is_counted_and_kept_as_far_as_there_is_room(void **state)
{
    (void)state;
    struct wiegand reader = wiegand_reader();
    struct wiegand_frame frame;
    for (int64_t at = 0; at < 1000; at++)
        assert_false(wiegand_pulse(&reader, WIEGAND_D1, at * ms, &frame));
    assert_true(wiegand_end(&reader, 2000 * ms, &frame));
    assert_int_equal(frame.pulses, 1000);
    assert_true(wiegand_bit(&frame, WIEGAND_BITS_MAX - 1));
    assert_false(wiegand_bit(&frame, WIEGAND_BITS_MAX));
    assert_int_equal(wiegand_read(&frame, NULL, 0).kind, WIEGAND_UNREADABLE);
}

static void formats_that_a_lost_pulse_could_exchange_are_refused(void **state)
{
    (void)state;
    struct error error = {0};
    const struct wiegand_format longer = {.name = "mine", .bits = 27, .number = {0, 27}};
    const struct wiegand_format beyond = {.name = "mine", .bits = 20, .number = {10, 11}};
    const struct wiegand_format *pair[] = {wiegand_format_named("wiegand26"), &longer};
    assert_int_equal(wiegand_formats_check(pair, 2, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "wiegand26 and mine are 26 and 27 bits long"));
    pair[1] = pair[0];
    assert_int_equal(wiegand_formats_check(pair, 2, &error), STATUS_INVALID);
    pair[0] = &beyond;
    assert_int_equal(wiegand_formats_check(pair, 1, &error), STATUS_INVALID);
}

static uint64_t seed = UINT64_C(20261122);

/* xorshift64*: the same frames each time. */
static uint64_t draw(uint64_t below)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * UINT64_C(2685821657736338717) >> 11) % below;
}

struct sent {
    const struct wiegand_format *format;
    bool bits[WIEGAND_BITS_MAX];
    uint64_t facility;
    uint64_t number;
};

static void put_bits(bool *bits, struct wiegand_span span, uint64_t value)
{
    for (size_t at = 0; at < span.count; at++)
        bits[span.first + at] = (value >> (span.count - 1 - at) & 1) != 0;
}

/* What a reader would send for a random card or key. */
static struct sent make_card(const struct rig *rig)
{
    struct sent sent = {.format = rig->formats[draw(rig->count)]};
    const struct wiegand_format *format = sent.format;
    sent.number = format->is_key ? draw(12) : draw(UINT64_C(1) << format->number.count);
    sent.facility = draw(UINT64_C(1) << format->facility.count);
    put_bits(sent.bits, format->number, sent.number);
    put_bits(sent.bits, format->facility, sent.facility);
    if (format->has_complement)
        put_bits(sent.bits, (struct wiegand_span){0, 4}, ~sent.number);
    for (size_t at = 0; at < format->parity_count; at++) {
        const struct wiegand_parity *parity = &format->parities[at];
        bool bit = parity->is_odd;
        for (size_t over = 0; over < parity->over.count; over++)
            bit ^= sent.bits[parity->over.first + over];
        sent.bits[parity->at] = bit;
    }
    return sent;
}

enum trouble { NO_TROUBLE, LOST_PULSE, DOUBLED_PULSE, GLITCH, TROUBLES };

/* Sends it, with one trouble at a random place, at a pace that wanders; true if the first pulse
 * brought out the frame before. */
static bool send(struct rig *rig, const struct sent *sent, enum trouble trouble,
                 struct wiegand_frame *before)
{
    bool has_before = false;
    struct wiegand_frame frame;
    size_t place = draw(sent->format->bits);
    int64_t pace_ns = 200 * us + (int64_t)draw(2000) * us;
    rig->now_ns += 51 * ms + (int64_t)draw(100) * ms;
    for (size_t at = 0; at < sent->format->bits; at++) {
        enum wiegand_line line = sent->bits[at] ? WIEGAND_D1 : WIEGAND_D0;
        enum wiegand_line other = sent->bits[at] ? WIEGAND_D0 : WIEGAND_D1;
        rig->now_ns += pace_ns + (int64_t)draw(100) * us;
        if (at == place && trouble == LOST_PULSE)
            continue;
        if (wiegand_pulse(&rig->reader, line, rig->now_ns, &frame)) {
            assert_false(has_before);
            has_before = true;
            *before = frame;
        }
        if (at == place && (trouble == DOUBLED_PULSE || trouble == GLITCH)) {
            rig->now_ns += 1 * us + (int64_t)draw(90) * us;
            assert_false(
                wiegand_pulse(&rig->reader, trouble == GLITCH ? other : line, rig->now_ns, &frame));
        }
    }
    return has_before;
}

static void judge(const struct rig *rig, const struct sent *sent, enum trouble trouble,
                  const struct wiegand_frame *frame)
{
    struct wiegand_reading reading = wiegand_read(frame, rig->formats, rig->count);
    if (trouble != NO_TROUBLE) {
        assert_int_equal(reading.kind, WIEGAND_UNREADABLE);
        return;
    }
    assert_int_equal(reading.kind, sent->format->is_key ? WIEGAND_KEY : WIEGAND_CARD);
    assert_true(reading.number == sent->number);
    assert_true(!reading.has_facility || reading.facility == sent->facility);
}

/* Of a million random cards and keys, those that came whole are read as sent, those that lost a
 * pulse, had one twice or were hit by a glitch never give a number, and each gives one frame. */
static void of_a_million_frames_none_is_misread_and_none_is_dropped(void **state)
{
    (void)state;
    struct rig rig = usual_rig();
    struct sent sent = make_card(&rig);
    enum trouble trouble = NO_TROUBLE;
    struct wiegand_frame frame;
    assert_false(send(&rig, &sent, trouble, &frame));
    for (size_t count = 1; count < FRAMES; count++) {
        struct sent next = make_card(&rig);
        enum trouble next_trouble = (enum trouble)draw(TROUBLES);
        assert_true(send(&rig, &next, next_trouble, &frame));
        judge(&rig, &sent, trouble, &frame);
        sent = next;
        trouble = next_trouble;
    }
    assert_true(wiegand_end(&rig.reader, wiegand_due_ns(&rig.reader), &frame));
    judge(&rig, &sent, trouble, &frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_of_every_length_are_read),
        cmocka_unit_test(frame_with_wrong_parity_or_length_is_unreadable),
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(frame_begins_where_silence_ended_the_one_before),
        cmocka_unit_test(frame_during_which_edges_were_lost_is_unreadable),
        cmocka_unit_test(pulses_whose_order_is_not_known_give_no_number),
        cmocka_unit_test(frame_longer_than_any_is_counted_and_kept_as_far_as_there_is_room),
        cmocka_unit_test(formats_that_a_lost_pulse_could_exchange_are_refused),
        cmocka_unit_test(of_a_million_frames_none_is_misread_and_none_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
