#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/box.h"
#include "support/store_fixture.h"

#define AUTO_BUFFER __attribute__((cleanup(buffer_release)))
#define FRAGMENTS   5

/* The vector's pieces, found once: ends[i] is where piece i ends. */
static size_t find_ends(struct bytes bytes, uint64_t ends[FRAGMENTS + 2])
{
    struct box_source source = box_source_bytes(&bytes);
    struct box_range range;
    uint64_t at = 0;
    size_t count = 0;

    while (box_next_piece(&source, at, &range, NULL) == STATUS_OK) {
        assert_true(count < FRAGMENTS + 2);
        assert_int_equal(range.offset, at);
        assert_int_equal(range.kind, count == 0 ? PIECE_INIT : PIECE_FRAGMENT);
        at += range.size;
        ends[count++] = at;
    }
    assert_int_equal(at, bytes.size);
    return count;
}

static void pieces_tile_a_whole_file(void **state)
{
    AUTO_BUFFER struct buffer file = store_vector();
    uint64_t ends[FRAGMENTS + 2] = {0};

    (void)state;
    assert_int_equal(find_ends(buffer_bytes(&file), ends), FRAGMENTS + 1);
}

static void a_file_cut_anywhere_is_whole_pieces_and_one_torn_tail(void **state)
{
    AUTO_BUFFER struct buffer file = store_vector();
    uint64_t ends[FRAGMENTS + 2] = {0};
    size_t count = find_ends(buffer_bytes(&file), ends);

    (void)state;
    for (size_t size = 0; size <= file.size; size++) {
        uint8_t *copy = malloc(size + 1);
        struct bytes bytes = {copy, size};
        struct box_source source = box_source_bytes(&bytes);
        struct box_range range = {0};
        uint64_t at = 0;
        size_t whole = 0;

        memcpy(copy, file.data, size);
        while (whole < count && ends[whole] <= size) {
            assert_int_equal(box_next_piece(&source, at, &range, NULL), STATUS_OK);
            assert_int_not_equal(range.kind, PIECE_TORN);
            at = ends[whole++];
            assert_int_equal(range.offset + range.size, at);
        }
        if (at < size) {
            assert_int_equal(box_next_piece(&source, at, &range, NULL), STATUS_OK);
            assert_int_equal(range.kind, PIECE_TORN);
            assert_int_equal(range.offset + range.size, size);
        }
        assert_int_equal(box_next_piece(&source, size, &range, NULL), STATUS_END);
        free(copy);
    }
}

static void headers_that_lie_are_refused(void **state)
{
    static const struct {
        uint8_t bytes[16];
        size_t size;
        enum status status;
    } cases[] = {
        {{0, 0, 0, 8, 'm', 'd', 'a', 't'}, 7, STATUS_AGAIN},
        {{0, 0, 0, 8, 'm', 'd', 'a', 't'}, 8, STATUS_OK},
        {{0, 0, 0, 7, 'm', 'd', 'a', 't'}, 8, STATUS_INVALID},
        {{0, 0, 0, 0, 'm', 'd', 'a', 't'}, 8, STATUS_INVALID},
        {{0, 0, 0, 8, 'm', 'd', 0, 't'}, 8, STATUS_INVALID},
        {{0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 16}, 15, STATUS_AGAIN},
        {{0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 16}, 16, STATUS_OK},
        {{0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 15}, 16, STATUS_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct box box;

        assert_int_equal(box_header((struct bytes){cases[i].bytes, cases[i].size}, &box),
                         cases[i].status);
    }
}

static void a_second_init_part_is_no_fragment(void **state)
{
    AUTO_BUFFER struct buffer file = store_vector();
    AUTO_BUFFER struct buffer twice = {0};
    uint64_t ends[FRAGMENTS + 2] = {0};
    struct bytes bytes;
    struct box_source source;
    struct box_range range;

    (void)state;
    find_ends(buffer_bytes(&file), ends);
    assert_int_equal(buffer_append(&twice, file.data, ends[0]), STATUS_OK);
    assert_int_equal(buffer_append(&twice, file.data, file.size), STATUS_OK);
    bytes = buffer_bytes(&twice);
    source = box_source_bytes(&bytes);
    assert_int_equal(box_next_piece(&source, ends[0], &range, NULL), STATUS_OK);
    assert_int_equal(range.kind, PIECE_TORN);
}

static void the_init_part_names_the_track(void **state)
{
    AUTO_BUFFER struct buffer file = store_vector();
    struct box_track track;

    (void)state;
    assert_int_equal(box_parse_init(buffer_bytes(&file), &track, NULL), STATUS_OK);
    assert_int_equal(track.width, 64);
    assert_int_equal(track.height, 48);
    assert_string_equal(track.video_codec, "h264");
    assert_string_equal(track.audio_codec, "aac");
    assert_true(track.timescale > 0);
}

static void fragments_say_when_and_how_many(void **state)
{
    AUTO_BUFFER struct buffer file = store_vector();
    uint64_t ends[FRAGMENTS + 2] = {0};
    size_t count = find_ends(buffer_bytes(&file), ends);
    struct box_track track;
    uint64_t next = 0;
    uint32_t frames = 0;

    (void)state;
    assert_int_equal(box_parse_init(buffer_bytes(&file), &track, NULL), STATUS_OK);
    for (size_t i = 1; i < count; i++) {
        struct box_fragment fragment;
        struct bytes bytes = {file.data + ends[i - 1], ends[i] - ends[i - 1]};

        assert_int_equal(box_parse_fragment(bytes, &track, &fragment, NULL), STATUS_OK);
        assert_true(fragment.keyframe);
        assert_int_equal(fragment.decode_time, next);
        assert_int_equal(fragment.duration, track.timescale);
        next = fragment.decode_time + fragment.duration;
        frames += fragment.frames;
    }
    assert_int_equal(frames, 25);
}

/* Of two track fragments, in bytes that tell of none of them. */
static void samples_are_counted_over_the_whole_fragment(void **state)
{
    static const uint8_t
        half
            [] =
                {
                    0,   0,   0,   56, 't', 'r', 'a', 'f', 0, 0,   0, 16, 't', 'f', 'h',
                    'd', 0,   2,   0,  0,   0,   0,   0,   1, 0,   0, 0,  16,  't', 'f',
                    'd', 't', 0,   0,  0,   0,   0,   0,   0, 7,   0, 0,  0,   16,  't',
                    'r', 'u', 'n', 0,  0,   0,   0,   0,   0, 128, 0, /* half of
                                                                         BOX_SAMPLES_MAX
                                                                       */
                };
    const struct box_track track = {.track = 1, .timescale = 90000, .default_duration = 3};
    uint8_t moof[8 + 2 * sizeof half] = {0, 0, 0, sizeof moof, 'm', 'o', 'o', 'f'};
    struct box_fragment fragment;

    (void)state;
    memcpy(moof + 8, half, sizeof half);
    memcpy(moof + 8 + sizeof half, half, sizeof half);
    assert_int_equal(box_parse_fragment((struct bytes){moof, sizeof moof}, &track, &fragment, NULL),
                     STATUS_OK);
    assert_int_equal(fragment.frames, 65536);
    assert_int_equal(fragment.duration, 3 * 65536);
    assert_int_equal(fragment.decode_time, 7);
    moof[sizeof moof - 1] = 1; /* one more */
    assert_int_equal(box_parse_fragment((struct bytes){moof, sizeof moof}, &track, &fragment, NULL),
                     STATUS_INVALID);
}

/* Under the sanitizers this is what finds a read past the end. */
static void damaged_boxes_are_survived(void **state)
{
    AUTO_BUFFER struct buffer file = store_vector();
    uint64_t ends[FRAGMENTS + 2] = {0};
    struct box_track good;
    uint32_t seed = 1;

    (void)state;
    find_ends(buffer_bytes(&file), ends);
    assert_int_equal(box_parse_init(buffer_bytes(&file), &good, NULL), STATUS_OK);
    for (unsigned round = 0; round < 20000; round++) {
        size_t size = ends[1] > 0 ? ends[1] : 1;
        uint8_t *copy = malloc(size);
        struct bytes bytes = {copy, size};
        struct box_source source = box_source_bytes(&bytes);
        struct box_range range;
        struct box_track track;
        struct box_fragment fragment;

        memcpy(copy, file.data, size);
        for (unsigned flips = 0; flips < 1 + round % 4; flips++) {
            seed = seed * 1664525u + 1013904223u;
            copy[(seed >> 8) % size] ^= (uint8_t)(1u << (seed >> 29));
        }
        (void)!box_parse_init(bytes, &track, NULL);
        (void)!box_parse_fragment((struct bytes){copy + ends[0], size - ends[0]}, &good, &fragment,
                                  NULL);
        for (uint64_t at = 0; box_next_piece(&source, at, &range, NULL) == STATUS_OK;)
            at = range.offset + range.size;
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_tile_a_whole_file),
        cmocka_unit_test(a_file_cut_anywhere_is_whole_pieces_and_one_torn_tail),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(a_second_init_part_is_no_fragment),
        cmocka_unit_test(the_init_part_names_the_track),
        cmocka_unit_test(fragments_say_when_and_how_many),
        cmocka_unit_test(samples_are_counted_over_the_whole_fragment),
        cmocka_unit_test(damaged_boxes_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
