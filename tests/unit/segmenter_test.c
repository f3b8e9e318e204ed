#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "camera/assembler.h"
#include "camera/segmenter.h"

#define SPS      "6742c01ed900a02ff97ff000300041000003000100000300320f162e48"
#define PPS      "68cb83cb20"
#define FRAME_NS (40 * NS_PER_MS)
#define UTC      (INT64_C(1700000000) * NS_PER_SECOND)

struct piece {
    struct message_fragment message;
    unsigned segment;
    uint32_t number; /* mfhd */
    uint64_t decode; /* tfdt */
};

struct fixture {
    struct clock clock;
    int64_t now_ns;
    int64_t step_ns;
    struct assembler *assembler;
    struct segmenter *segmenter;
    bool ready;
    enum status piece_status;
    struct message_segment_begin begins[16];
    struct message_segment_end ends[16];
    unsigned begun;
    unsigned ended;
    struct piece pieces[256];
    unsigned piece_count;
    unsigned notes[16];
    int64_t frame; /* next */
};

static void read_clock(void *context, struct clock_reading *reading)
{
    struct fixture *fixture = context;
    *reading = (struct clock_reading){.monotonic_ns = fixture->now_ns,
                                      .utc_ns = UTC + fixture->now_ns + fixture->step_ns,
                                      .quality = CLOCK_SYNCED};
}

static bool is_ready(void *context)
{
    return ((struct fixture *)context)->ready;
}

static enum status begin(void *context, struct message_segment_begin *begin, struct error *error)
{
    struct fixture *fixture = context;
    (void)error;
    assert_int_equal(fixture->begun, fixture->ended);
    fixture->begins[fixture->begun++] = *begin;
    return STATUS_OK;
}

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Where the box of this type begins inside `bytes`, searched by its name. */
static const uint8_t *box(struct bytes bytes, const char *type)
{
    const uint8_t *name = memmem(bytes.data, bytes.size, type, 4);
    assert_non_null(name);
    return name + 4;
}

static enum status take_piece(void *context, struct message_fragment *message, struct bytes bytes,
                              struct error *error)
{
    struct fixture *fixture = context;
    if (fixture->piece_status != STATUS_OK) {
        return error_set(error, fixture->piece_status, "as the test wants it");
    }
    struct piece *piece = &fixture->pieces[fixture->piece_count++];
    *piece = (struct piece){.message = *message, .segment = fixture->begun};
    if (message->kind == PIECE_FRAGMENT) {
        const uint8_t *times = box(bytes, "tfdt");
        piece->number = big_endian(box(bytes, "mfhd") + 4);
        piece->decode = (uint64_t)big_endian(times + 4) << 32 | big_endian(times + 8);
        assert_int_equal(times[0], 1); /* version 1: 64 bits */
    }
    return STATUS_OK;
}

static enum status end(void *context, struct message_segment_end *end, struct error *error)
{
    struct fixture *fixture = context;
    (void)error;
    fixture->ends[fixture->ended++] = *end;
    return STATUS_OK;
}

static void note(void *context, enum camera_note note, uint64_t count, const char *detail)
{
    struct fixture *fixture = context;
    (void)count;
    assert_non_null(detail);
    fixture->notes[note]++;
}

static void describe(struct fixture *fixture, const char *hex)
{
    uint8_t stream[128] = {0, 0, 0, 1};
    size_t size = strlen(hex) / 2;
    assert_int_equal(hex_decode(stream + 4, size, hex), STATUS_OK);
    assembler_describe(fixture->assembler, (struct bytes){stream, size + 4});
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct segment_sink sink = {.ready = is_ready,
                                .begin = begin,
                                .piece = take_piece,
                                .end = end,
                                .context = fixture,
                                .note = note,
                                .note_context = fixture};
    fixture->clock = (struct clock){.read = read_clock, .context = fixture};
    fixture->ready = true;
    fixture->now_ns = 1000 * NS_PER_SECOND;
    assert_int_equal(assembler_new(&codec_h264, &fixture->assembler, NULL), STATUS_OK);
    assert_int_equal(
        segmenter_new(&fixture->clock, &sink, 10 * NS_PER_SECOND, &fixture->segmenter, NULL),
        STATUS_OK);
    describe(fixture, SPS);
    describe(fixture, PPS);
    segmenter_connect(fixture->segmenter, assembler_parameters(fixture->assembler), NULL, 1);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    segmenter_free(fixture->segmenter);
    assembler_free(fixture->assembler);
    free(fixture);
    return 0;
}

/* One picture of `size` bytes, at its time. */
static enum status add_sized(struct fixture *fixture, bool key, size_t size)
{
    struct access_unit unit = {.kind = UNIT_VIDEO,
                               .media_time = 5000 + fixture->frame * 3600,
                               .media_time_known = true,
                               .arrival_ns = fixture->now_ns,
                               .key = key};
    uint8_t *nal = calloc(1, size);
    nal[2] = (uint8_t)((size - 4) >> 8);
    nal[1] = (uint8_t)((size - 4) >> 16);
    nal[3] = (uint8_t)(size - 4);
    nal[4] = key ? 0x65 : 0x41;
    nal[5] = 0x88;
    assert_int_equal(buffer_append(&unit.sample, nal, size), STATUS_OK);
    free(nal);
    struct error error;
    enum status status = segmenter_add(fixture->segmenter, &unit, &error);
    access_unit_release(&unit);
    fixture->frame++;
    fixture->now_ns += FRAME_NS;
    return status;
}

/* `count` pictures with a keyframe every 25. */
static void add(struct fixture *fixture, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        assert_int_equal(add_sized(fixture, fixture->frame % 25 == 0, 200), STATUS_OK);
    }
}

static void finish(struct fixture *fixture)
{
    assert_int_equal(segmenter_disconnect(fixture->segmenter, NULL), STATUS_OK);
    assert_int_equal(fixture->begun, fixture->ended);
}

static void segments_and_fragments_tile_time_and_run_on(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, 625);
    finish(fixture);
    assert_int_equal(fixture->begun, 3);
    uint64_t decode = 0;
    uint32_t number = 1;
    int64_t utc = fixture->begins[0].start_utc_ns;
    for (unsigned i = 0; i < fixture->piece_count; i++) {
        const struct piece *piece = &fixture->pieces[i];
        assert_int_equal(piece->message.start_utc_ns, utc);
        if (piece->message.kind == PIECE_FRAGMENT) {
            assert_int_equal(piece->message.frames, 25);
            assert_int_equal(piece->number, number++);
            assert_int_equal(piece->decode, decode);
            assert_true(piece->message.keyframe);
            decode += 90000;
            utc += NS_PER_SECOND;
        }
    }
    assert_int_equal(number, 26);
    assert_int_equal(fixture->ends[0].frames, 250);
    assert_int_equal(fixture->ends[0].continues, 1);
    assert_int_equal(fixture->ends[0].end_utc_ns, fixture->begins[1].start_utc_ns);
    assert_int_equal(fixture->ends[2].continues, 0);
    assert_int_equal(fixture->ends[2].frames, 125);
}

static void nothing_is_recorded_before_a_keyframe(void **state)
{
    struct fixture *fixture = *state;
    fixture->frame = 10;
    add(fixture, 15);
    assert_int_equal(fixture->begun, 0);
    add(fixture, 26);
    finish(fixture);
    assert_int_equal(fixture->ends[0].frames, 26);
}

static void a_long_gop_has_fragments_of_a_second_and_is_noted(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 600; i++) {
        assert_int_equal(add_sized(fixture, i == 0, 200), STATUS_OK);
    }
    finish(fixture);
    assert_int_equal(fixture->begun, 1);
    assert_int_equal(fixture->piece_count, 25);
    assert_int_equal(fixture->notes[CAMERA_LONG_GOP], 1);
    assert_int_equal(fixture->ends[0].frames, 600);
}

static void large_pictures_end_their_fragment_early(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(add_sized(fixture, i == 0, (size_t)1 << 20), STATUS_OK);
    }
    finish(fixture);
    for (unsigned i = 1; i < fixture->piece_count; i++) {
        assert_true(fixture->pieces[i].message.size < FRAGMENT_BYTES + (2u << 20));
    }
    assert_int_equal(fixture->ends[0].frames, 20);
}

static void a_cut_waits_for_a_file(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, 1);
    fixture->ready = false;
    add(fixture, 400);
    assert_int_equal(fixture->begun, 1);
    fixture->ready = true;
    add(fixture, 25);
    assert_int_equal(fixture->begun, 2);
    finish(fixture);
    assert_int_equal(fixture->ends[0].frames + fixture->ends[1].frames, 426);
}

static void changed_parameter_sets_cut_at_the_keyframe(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, 30);
    describe(fixture, "68ee3cb0"); /* another picture parameter set 0 */
    add(fixture, 20);
    assert_int_equal(fixture->begun, 1);
    add(fixture, 1);
    assert_int_equal(fixture->begun, 2);
    assert_int_equal(fixture->begins[1].reason, CUT_PARAMETERS);
    assert_int_equal(fixture->notes[CAMERA_PARAMETERS_CHANGED], 1);
    finish(fixture);
}

static void a_step_of_the_clock_cuts_and_places_anew(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, 30);
    fixture->step_ns = 3600 * NS_PER_SECOND;
    add(fixture, 30);
    finish(fixture);
    assert_int_equal(fixture->begun, 2);
    assert_int_equal(fixture->begins[1].reason, CUT_CLOCK);
    int64_t jump = fixture->begins[1].start_utc_ns - fixture->ends[0].end_utc_ns;
    assert_in_range(jump, 3599 * NS_PER_SECOND, 3601 * NS_PER_SECOND);
    assert_int_equal(fixture->ends[0].continues, 1);
    assert_int_equal(fixture->begins[1].utc_minus_raw_ns, UTC + fixture->step_ns);
}

static void a_jump_of_media_time_cuts_without_loss(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, 30);
    fixture->frame += INT64_C(25) * 3600;
    add(fixture, 50);
    finish(fixture);
    assert_int_equal(fixture->notes[CAMERA_TIMESTAMPS_JUMPED], 1);
    assert_int_equal(fixture->begun, 2);
    assert_int_equal(fixture->begins[1].reason, CUT_DISCONTINUITY);
    assert_int_equal(fixture->ends[0].frames + fixture->ends[1].frames, 80);
    int64_t span = fixture->ends[1].end_utc_ns - fixture->begins[0].start_utc_ns;
    assert_in_range(span, 3 * NS_PER_SECOND, 4 * NS_PER_SECOND);
}

static void what_the_sink_says_is_handed_on_and_the_segment_ended(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, 60);
    fixture->piece_status = STATUS_FULL;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = add_sized(fixture, fixture->frame % 25 == 0, 200);
    }
    assert_int_equal(status, STATUS_FULL);
    segmenter_abandon(fixture->segmenter);
    assert_int_equal(fixture->ended, 1);
    assert_int_equal(fixture->ends[0].frames, 50);
    assert_int_equal(fixture->ends[0].continues, 0);
    assert_false(segmenter_is_open(fixture->segmenter));
}

static void a_new_connection_begins_anew(void **state)
{
    struct fixture *fixture = *state;
    add(fixture, 50);
    finish(fixture);
    segmenter_connect(fixture->segmenter, assembler_parameters(fixture->assembler), NULL, 2);
    add(fixture, 50);
    finish(fixture);
    assert_int_equal(fixture->begins[1].reason, CUT_FIRST);
    assert_int_equal(fixture->begins[1].connection, 2);
    assert_int_equal(fixture->pieces[4].number, 1);
    assert_int_equal(fixture->pieces[4].decode, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(segments_and_fragments_tile_time_and_run_on),
        TEST(nothing_is_recorded_before_a_keyframe),
        TEST(a_long_gop_has_fragments_of_a_second_and_is_noted),
        TEST(large_pictures_end_their_fragment_early),
        TEST(a_cut_waits_for_a_file),
        TEST(changed_parameter_sets_cut_at_the_keyframe),
        TEST(a_step_of_the_clock_cuts_and_places_anew),
        TEST(a_jump_of_media_time_cuts_without_loss),
        TEST(what_the_sink_says_is_handed_on_and_the_segment_ended),
        TEST(a_new_connection_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
