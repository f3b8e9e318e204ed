#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "camera/assembler.h"

#define CODE  "\0\0\0\1"
#define IDR   "\x65\x88\x11"
#define SLICE "\x41\x88\x22"
#define LATER "\x41\x48\x33" /* not the first slice of its picture */
#define SEI   "\x06\x05\x01\x00\x80"
#define AUD   "\x09\xf0"

struct fixture {
    struct assembler *assembler;
    struct access_unit unit;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_int_equal(assembler_new(&codec_h264, &fixture->assembler, NULL), STATUS_OK);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    assembler_free(fixture->assembler);
    access_unit_release(&fixture->unit);
    free(fixture);
    return 0;
}

static void add_bytes(struct fixture *fixture, const char *text, size_t size, int64_t time)
{
    struct bytes piece = {(const uint8_t *)text, size};
    assert_int_equal(assembler_add(fixture->assembler, piece, time >= 0, time < 0 ? 0 : time, 7),
                     STATUS_OK);
}

#define ADD(fixture, text, time) add_bytes(fixture, text, sizeof(text) - 1, time)

static void expect_bytes(struct fixture *fixture, const char *sample, size_t size, int64_t time)
{
    assert_int_equal(assembler_take(fixture->assembler, &fixture->unit), STATUS_OK);
    assert_int_equal(fixture->unit.sample.size, size);
    assert_memory_equal(fixture->unit.sample.data, sample, size);
    assert_int_equal(fixture->unit.media_time_known, time >= 0);
    if (time >= 0) {
        assert_int_equal(fixture->unit.media_time, time);
    }
}

#define EXPECT(fixture, sample, time) expect_bytes(fixture, sample, sizeof(sample) - 1, time)
#define NAL(size, nal)                "\0\0\0" size nal

static void expect_none(struct fixture *fixture)
{
    assert_int_equal(assembler_take(fixture->assembler, &fixture->unit), STATUS_AGAIN);
}

static void a_unit_is_what_has_one_time(void **state)
{
    struct fixture *fixture = *state;
    ADD(fixture, CODE AUD, 100);
    ADD(fixture, CODE IDR, 100);
    ADD(fixture, CODE LATER, 100);
    expect_none(fixture);
    ADD(fixture, CODE SLICE, 200);
    EXPECT(fixture, NAL("\2", AUD) NAL("\3", IDR) NAL("\3", LATER), 100);
    assert_true(fixture->unit.key);
    expect_none(fixture);
    assembler_finish(fixture->assembler);
    EXPECT(fixture, NAL("\3", SLICE), 200);
    assert_false(fixture->unit.key);
}

static void fragments_without_a_start_code_go_on(void **state)
{
    struct fixture *fixture = *state;
    ADD(fixture, CODE IDR, 1);
    ADD(fixture, "more", 1);
    ADD(fixture, "\1\0\0\1\2", 1); /* a start code in the middle of nowhere is data */
    ADD(fixture, CODE SEI, 1);
    assembler_finish(fixture->assembler);
    EXPECT(fixture, NAL("\x0c", IDR "more\1\0\0\1\2") NAL("\5", SEI), 1);
}

static void one_piece_may_hold_several_units_nals(void **state)
{
    struct fixture *fixture = *state;
    ADD(fixture, CODE SEI CODE IDR, 1);
    assembler_finish(fixture->assembler);
    EXPECT(fixture, NAL("\5", SEI) NAL("\3", IDR), 1);
}

static void nothing_is_dropped_that_came_before_its_picture(void **state)
{
    struct fixture *fixture = *state;
    ADD(fixture, CODE SEI, 1); /* in a time of its own */
    ADD(fixture, CODE IDR, 2);
    assembler_finish(fixture->assembler);
    EXPECT(fixture, NAL("\5", SEI) NAL("\3", IDR), 2);
    assert_int_equal(assembler_dropped_bytes(fixture->assembler), 0);
}

static void a_time_that_comes_late_is_the_units(void **state)
{
    struct fixture *fixture = *state;
    ADD(fixture, CODE IDR, -1);
    ADD(fixture, "more", 5);
    ADD(fixture, CODE SLICE, 9);
    EXPECT(fixture, NAL("\7", IDR "more"), 5);
}

static void time_that_stands_still_is_split_at_first_slices(void **state)
{
    struct fixture *fixture = *state;
    ADD(fixture, CODE IDR, 5);
    ADD(fixture, CODE LATER, 5);
    ADD(fixture, CODE SEI, 5);
    ADD(fixture, CODE SLICE, 5);
    EXPECT(fixture, NAL("\3", IDR) NAL("\3", LATER), 5);
    ADD(fixture, CODE SLICE, 5);
    EXPECT(fixture, NAL("\5", SEI) NAL("\3", SLICE), -1);
    assembler_finish(fixture->assembler);
    EXPECT(fixture, NAL("\3", SLICE), -1);
}

static void the_rest_of_what_was_lost_is_counted(void **state)
{
    struct fixture *fixture = *state;
    ADD(fixture, "middle", 1);
    ADD(fixture, CODE IDR, 2);
    assembler_finish(fixture->assembler);
    EXPECT(fixture, NAL("\3", IDR), 2);
    assert_int_equal(assembler_dropped_bytes(fixture->assembler), 6);
}

static void a_unit_without_end_is_dropped_whole(void **state)
{
    struct fixture *fixture = *state;
    static const char block[65536] = {1};
    ADD(fixture, CODE IDR, 1);
    for (size_t size = 0; size <= ACCESS_UNIT_MAX; size += sizeof block) {
        add_bytes(fixture, block, sizeof block, 1);
    }
    ADD(fixture, CODE SLICE, 2);
    expect_none(fixture);
    assembler_finish(fixture->assembler);
    EXPECT(fixture, NAL("\3", SLICE), 2);
    assert_true(assembler_dropped_bytes(fixture->assembler) >= ACCESS_UNIT_MAX);
}

static void random_pieces_are_survived(void **state)
{
    struct fixture *fixture = *state;
    uint32_t random = 1;
    for (int i = 0; i < 20000; i++) {
        uint8_t piece[64];
        for (size_t j = 0; j < sizeof piece; j++) {
            random = random * 1664525 + 1013904223;
            piece[j] = (uint8_t)(random >> 24 & (random & 0x400 ? 0xff : 1));
        }
        struct bytes bytes = {piece, random % sizeof piece};
        assert_int_equal(
            assembler_add(fixture->assembler, bytes, (random & 0x30) != 0, random % 3, 7),
            STATUS_OK);
        while (assembler_take(fixture->assembler, &fixture->unit) == STATUS_OK) {
            struct bytes nal;
            size_t at = 0;
            while (sample_next_nal(buffer_bytes(&fixture->unit.sample), &at, &nal)) {
            }
            assert_int_equal(at, fixture->unit.sample.size);
        }
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_unit_is_what_has_one_time),
        TEST(fragments_without_a_start_code_go_on),
        TEST(one_piece_may_hold_several_units_nals),
        TEST(nothing_is_dropped_that_came_before_its_picture),
        TEST(a_time_that_comes_late_is_the_units),
        TEST(time_that_stands_still_is_split_at_first_slices),
        TEST(the_rest_of_what_was_lost_is_counted),
        TEST(a_unit_without_end_is_dropped_whole),
        TEST(random_pieces_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
