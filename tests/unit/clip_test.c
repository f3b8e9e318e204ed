#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/footage_fixture.h"

#define AUTO_PLAN __attribute__((cleanup(drop_plan)))
static void drop_plan(struct clip_plan **plan)
{
    clip_plan_free(*plan);
}

#define AUTO_CLIP __attribute__((cleanup(drop_clip)))
static void drop_clip(struct clip **clip)
{
    clip_free(*clip);
}

static struct clip_plan *plan(struct fixture *fixture, int64_t from_ns, int64_t to_ns)
{
    struct clip_plan *made = NULL;

    assert_int_equal(clip_plan_new(&fixture->footage, UTC + from_ns, UTC + to_ns, &made, NULL),
                     STATUS_OK);
    return made;
}

static struct clip *open_clip(struct fixture *fixture, const struct clip_stretch *stretch)
{
    static const struct clip_about about = {.unit_name = "sealroom"};
    struct clip *clip = NULL;
    struct error error = {.text = ""};
    enum status status =
        clip_open(&fixture->footage, stretch, &about, &fixture->sealer, &clip, &error);

    assert_string_equal(error.text, "");
    assert_int_equal(status, STATUS_OK);
    return clip;
}

static enum status gather(void *context, struct bytes bytes, struct error *error)
{
    (void)error;
    return buffer_append(context, bytes.data, bytes.size);
}

static void a_clip_is_from_the_keyframe_before_to_the_end(void **state)
{
    struct fixture *fixture = *state;
    const struct clip_stretch *stretch = NULL;

    for (int i = 0; i < 3; i++)
        footage_record(fixture, i < 2);
    struct clip_plan *made AUTO_PLAN =
        plan(fixture, SEGMENT_NS + SEGMENT_NS / 2, 2 * SEGMENT_NS + FRAME_NS);
    assert_int_equal(clip_plan_count(made), 1);
    stretch = clip_plan_at(made, 0);
    assert_int_equal(stretch->first_segment, 1);
    assert_int_equal(stretch->first_piece, 1);
    assert_int_equal(stretch->last_segment, 2);
    assert_int_equal(stretch->last_piece, 1);
    assert_int_equal(stretch->fragments, FRAGMENTS + 1);
    assert_int_equal(stretch->start_utc_ns, UTC + SEGMENT_NS);
}

static void of_several_keyframes_the_last_before_the_start_begins_a_clip(void **state)
{
    struct fixture *fixture = *state;

    fixture->all_keys = true;
    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN =
        plan(fixture, FRAGMENT_FRAMES * FRAME_NS + FRAME_NS, SEGMENT_NS);
    assert_int_equal(clip_plan_at(made, 0)->first_piece, 2);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_start_utc_ns(clip), UTC + FRAGMENT_FRAMES * FRAME_NS);
}

static void a_gap_and_other_parameter_sets_begin_another_clip(void **state)
{
    struct fixture *fixture = *state;

    footage_record(fixture, false);
    fixture->frame += 100;
    footage_record(fixture, true);
    fixture->sound = true;
    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 100 * SEGMENT_NS);
    assert_int_equal(clip_plan_count(made), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(clip_plan_at(made, i)->first_segment, i);
        assert_int_equal(clip_plan_at(made, i)->last_segment, i);
    }
}

static void a_picture_decoded_after_the_end_but_shown_before_it_is_in_the_clip(void **state)
{
    struct fixture *fixture = *state;
    int64_t second = FRAGMENT_FRAMES * FRAME_NS;

    fixture->reordered = true;
    footage_record(fixture, false);
    /* The second fragment begins with the picture that is shown a frame before its start. */
    struct clip_plan *in AUTO_PLAN = plan(fixture, 0, second - FRAME_NS / 2);
    assert_int_equal(clip_plan_at(in, 0)->fragments, 2);
    struct clip_plan *out AUTO_PLAN = plan(fixture, 0, second - FRAME_NS);
    assert_int_equal(clip_plan_at(out, 0)->fragments, 1);
}

static void a_torn_piece_ends_a_clip(void **state)
{
    struct fixture *fixture = *state;
    uint8_t torn[] = {0, 0, 1, 0, 'm', 'o', 'o', 'f'};
    struct buffer bytes = {0};
    struct recorded *segment = footage_record(fixture, true);

    assert_int_equal(buffer_append(&bytes, torn, sizeof torn), STATUS_OK);
    footage_add(segment, &bytes, (struct piece){.kind = PIECE_TORN});
    buffer_release(&bytes);
    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 100 * SEGMENT_NS);
    assert_int_equal(clip_plan_count(made), 2);
    assert_int_equal(clip_plan_at(made, 0)->last_piece, FRAGMENTS);
}

/* Pieces that are nowhere: a plan reads no file but for reordered pictures at its end. */
static void pretend(struct fixture *fixture, uint64_t size, uint32_t fragments)
{
    struct recorded *segment = footage_begin(fixture, true);
    struct piece piece = {.kind = PIECE_INIT, .size = 1000, .start_utc_ns = UTC};

    assert_int_equal(piece_list_add(segment->pieces, &piece, NULL), STATUS_OK);
    for (uint32_t i = 0; i < fragments; i++) {
        piece = (struct piece){.kind = PIECE_FRAGMENT,
                               .keyframe = true,
                               .offset = piece_list_size(segment->pieces),
                               .size = size,
                               .frames = 1,
                               .start_utc_ns = UTC + (int64_t)i,
                               .duration_ns = 1};
        assert_int_equal(piece_list_add(segment->pieces, &piece, NULL), STATUS_OK);
    }
}

static void a_clip_stays_below_its_limits(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 4; i++)
        pretend(fixture, UINT64_C(1500) << 20, 1);
    for (int i = 0; i < 3; i++)
        pretend(fixture, 1000, CLIP_FRAGMENTS_MAX / 2);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    assert_int_equal(clip_plan_count(made), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(clip_plan_at(made, i)->bytes <= CLIP_BYTES_MAX);
        assert_true(clip_plan_at(made, i)->fragments <= CLIP_FRAGMENTS_MAX);
    }
}

/* Of sound there may be many more samples than of pictures, and no list of pieces counts them. */
static void a_clip_with_sound_ends_before_its_samples_have_no_room(void **state)
{
    struct fixture *fixture = *state;

    for (int sound = 1; sound >= 0; sound--) {
        fixture->sound = sound != 0;
        footage_record(fixture, true);
        fixture->frame += CLIP_SOUND_NS_MAX / FRAME_NS;
        footage_record(fixture, false);
    }
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 10 * CLIP_SOUND_NS_MAX);
    assert_int_equal(clip_plan_count(made), 3);
    assert_int_equal(clip_plan_at(made, 0)->last_segment, 0);
    assert_int_equal(clip_plan_at(made, 1)->last_segment, 1);
    assert_int_equal(clip_plan_at(made, 2)->last_segment, 3);
}

static void a_range_that_ends_before_it_begins_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct clip_plan *made = NULL;

    footage_record(fixture, false);
    assert_int_equal(clip_plan_new(&fixture->footage, UTC + 1, UTC + 1, &made, NULL),
                     STATUS_INVALID);
    assert_null(made);
}

static void one_segment_that_is_too_much_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct clip_plan *made = NULL;
    struct error error;

    pretend(fixture, UINT64_C(3000) << 20, 2);
    assert_int_equal(clip_plan_new(&fixture->footage, UTC, UTC + SEGMENT_NS, &made, &error),
                     STATUS_UNSUPPORTED);
    assert_non_null(strstr(error.text, "segment-0"));
}

static void what_is_written_is_as_long_as_was_said_and_holds_the_pieces(void **state)
{
    struct fixture *fixture = *state;
    struct buffer file = {0};
    const struct clip_sink sink = {.write = gather, .context = &file};
    struct digest digest;

    fixture->reordered = fixture->sound = true;
    footage_record(fixture, true);
    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 2 * SEGMENT_NS);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_write(clip, &sink, NULL), STATUS_OK);
    assert_int_equal(file.size, clip_size(clip));
    digest_of(DIGEST_SHA256, buffer_bytes(&file), &digest);
    assert_true(digest_equal(&digest, clip_sha256(clip)));
    assert_int_equal(clip_fragment_count(clip), 1 + 2 * FRAGMENTS);
    for (size_t i = 0; i < clip_fragment_count(clip); i++) {
        const struct clip_fragment *fragment = clip_fragment_at(clip, i);

        digest_of(DIGEST_SM3, (struct bytes){file.data + fragment->offset, fragment->size},
                  &digest);
        assert_true(digest_equal(&digest, &fragment->sm3));
    }
    buffer_release(&file);
}

static void no_clip_is_longer_than_its_plan_says(void **state)
{
    struct fixture *fixture = *state;

    fixture->reordered = fixture->sound = fixture->jittery = true;
    for (int i = 0; i < SEGMENTS_MAX; i++)
        footage_record(fixture, i + 1 < SEGMENTS_MAX);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENTS_MAX * SEGMENT_NS);
    assert_int_equal(clip_plan_count(made), 1);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_in_range(clip_size(clip), 0, clip_stretch_bytes_max(clip_plan_at(made, 0)));
}

static void time_0_is_the_keyframe_before_the_wanted_start(void **state)
{
    struct fixture *fixture = *state;

    fixture->reordered = true;
    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 10 * FRAME_NS + 7, SEGMENT_NS);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_start_utc_ns(clip), UTC);
    assert_int_equal(clip_end_utc_ns(clip), UTC + SEGMENT_NS);
}

/* The content of a box below moov/trak number `track`. */
static struct bytes edit_list(struct bytes file, unsigned track)
{
    struct bytes rest = box_find(file, BOX_TYPE('m', 'o', 'o', 'v'));
    struct bytes content = {0};
    uint32_t type = 0;

    while (box_take(&rest, &type, &content))
        if (type == BOX_TYPE('t', 'r', 'a', 'k') && track-- == 0)
            return box_find(box_find(content, BOX_TYPE('e', 'd', 't', 's')),
                            BOX_TYPE('e', 'l', 's', 't'));
    return (struct bytes){0};
}

static void sound_that_begins_late_begins_late_in_the_clip(void **state)
{
    struct fixture *fixture = *state;
    struct buffer file = {0};
    const struct clip_sink sink = {.write = gather, .context = &file};
    struct bytes edits;

    fixture->sound = true;
    fixture->sound_after = 4800; /* a tenth of a second */
    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_write(clip, &sink, NULL), STATUS_OK);
    edits = edit_list(buffer_bytes(&file), 1);
    assert_int_equal(edits.size, 8 + 2 * 20);
    assert_int_equal(big_u64(edits.data + 8), 9000);
    assert_int_equal(big_u64(edits.data + 16), UINT64_MAX);
    assert_int_equal(big_u64(edits.data + 36), 0);
    buffer_release(&file);
}

static void what_is_said_of_a_clip_is_plain_text(void **state)
{
    struct fixture *fixture = *state;
    static const struct clip_about about = {.operator_name = "uid\x1b[2J"};
    struct clip *clip = NULL;

    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    assert_int_equal(
        clip_open(&fixture->footage, clip_plan_at(made, 0), &about, &fixture->sealer, &clip, NULL),
        STATUS_INVALID);
}

static void footage_that_does_not_follow_is_named(void **state)
{
    struct fixture *fixture = *state;
    static const struct clip_about about;
    struct clip *clip = NULL;
    struct error error;

    footage_record(fixture, true);
    fixture->frame += 5; /* pictures are missing, though nothing says so */
    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 100 * SEGMENT_NS);
    assert_int_equal(clip_plan_count(made), 1);
    assert_int_equal(clip_open(&fixture->footage, clip_plan_at(made, 0), &about, &fixture->sealer,
                               &clip, &error),
                     STATUS_MISMATCH);
    assert_non_null(strstr(error.text, "segment-1, at byte "));
}

static void a_sample_outside_of_its_fragment_is_named(void **state)
{
    struct fixture *fixture = *state;
    static const struct clip_about about;
    static const uint8_t offsets[][4] = {{0, 0, 0, 4}, {0xff, 0xff, 0xff, 0}, {0x7f, 0, 0, 0}};
    struct recorded *segment = footage_record(fixture, false);
    const struct piece *piece = piece_list_at(segment->pieces, 2);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    uint8_t moof[512];
    const uint8_t *trun = NULL;

    assert_int_equal(pread(segment->descriptor, moof, sizeof moof, (off_t)piece->offset),
                     sizeof moof);
    trun = memmem(moof, sizeof moof, "trun", 4);
    assert_non_null(trun);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct clip *clip = NULL;
        struct error error = {.text = ""};

        /* data_offset, after version, flags and sample_count */
        assert_int_equal(pwrite(segment->descriptor, offsets[i], 4,
                                (off_t)(piece->offset + (uint64_t)(trun - moof) + 12)),
                         4);
        assert_int_equal(clip_open(&fixture->footage, clip_plan_at(made, 0), &about,
                                   &fixture->sealer, &clip, &error),
                         STATUS_INVALID);
        assert_non_null(strstr(error.text, ": a sample outside of its fragment"));
    }
}

/* Under the sanitizers this is what finds a read past the end, or a sum that overflows. */
static void no_altered_bit_passes(void **state)
{
    struct fixture *fixture = *state;
    static const struct clip_about about;
    struct buffer file = {0};
    const struct clip_sink sink = {.write = gather, .context = &file};
    uint32_t seed = 1;

    fixture->sound = true;
    struct recorded *segment = footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    for (int round = 0; round < 400; round++) {
        struct clip *clip AUTO_CLIP = NULL;
        uint64_t offset = 0;
        struct error error;

        seed = seed * 1664525u + 1013904223u;
        offset = (seed >> 4) % piece_list_size(segment->pieces);
        footage_flip(segment, offset, seed >> 29);
        buffer_clear(&file);
        if (clip_open(&fixture->footage, clip_plan_at(made, 0), &about, &fixture->sealer, &clip,
                      &error) == STATUS_OK)
            assert_int_equal(clip_write(clip, &sink, &error), STATUS_MISMATCH);
        assert_non_null(strstr(error.text, "segment-0"));
        footage_flip(segment, offset, seed >> 29);
    }
    buffer_release(&file);
}

static enum status refuse(void *context, struct bytes bytes, struct error *error)
{
    size_t *left = context;

    if (bytes.size > *left)
        return error_set(error, STATUS_FULL, "no space");
    *left -= bytes.size;
    return STATUS_OK;
}

static void what_the_sink_says_is_said(void **state)
{
    struct fixture *fixture = *state;
    size_t left = 3000;
    const struct clip_sink sink = {.write = refuse, .context = &left};
    struct error error;

    footage_record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_write(clip, &sink, &error), STATUS_FULL);
    assert_string_equal(error.text, "no space");
}

int main(void)
{
#define CLIP_TEST(name) cmocka_unit_test_setup_teardown(name, footage_set_up, footage_tear_down)
    const struct CMUnitTest tests[] = {
        CLIP_TEST(a_clip_is_from_the_keyframe_before_to_the_end),
        CLIP_TEST(of_several_keyframes_the_last_before_the_start_begins_a_clip),
        CLIP_TEST(a_gap_and_other_parameter_sets_begin_another_clip),
        CLIP_TEST(a_picture_decoded_after_the_end_but_shown_before_it_is_in_the_clip),
        CLIP_TEST(a_torn_piece_ends_a_clip),
        CLIP_TEST(a_clip_stays_below_its_limits),
        CLIP_TEST(a_clip_with_sound_ends_before_its_samples_have_no_room),
        CLIP_TEST(a_range_that_ends_before_it_begins_is_refused),
        CLIP_TEST(one_segment_that_is_too_much_is_named),
        CLIP_TEST(what_is_written_is_as_long_as_was_said_and_holds_the_pieces),
        CLIP_TEST(no_clip_is_longer_than_its_plan_says),
        CLIP_TEST(time_0_is_the_keyframe_before_the_wanted_start),
        CLIP_TEST(sound_that_begins_late_begins_late_in_the_clip),
        CLIP_TEST(what_is_said_of_a_clip_is_plain_text),
        CLIP_TEST(footage_that_does_not_follow_is_named),
        CLIP_TEST(a_sample_outside_of_its_fragment_is_named),
        CLIP_TEST(no_altered_bit_passes),
        CLIP_TEST(what_the_sink_says_is_said),
    };

    return cmocka_run_group_tests(tests, footage_make_keys, footage_drop_keys);
}
