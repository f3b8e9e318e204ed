#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "camera/assembler.h"
#include "camera/mp4.h"
#include "evidence/clip.h"

#define SPS "6742c01ed900a02ff97ff000300041000003000100000300320f162e48"
#define PPS "68cb83cb20"

#define UTC      (INT64_C(1700000000) * NS_PER_SECOND)
#define FRAME    3600
#define FRAME_NS (40 * NS_PER_MS)
/* An even number, so that a fragment begins with a picture that is shown before the one in front
 * of it, where they are reordered. */
#define FRAGMENT_FRAMES INT64_C(24)
#define FRAGMENTS       INT64_C(3) /* a segment; the first one begins with a keyframe */
#define SEGMENT_NS      (FRAGMENTS * FRAGMENT_FRAMES * FRAME_NS)
#define SEGMENTS_MAX    8

struct recorded {
    char name[16];
    int descriptor;
    struct piece_list *pieces;
    bool continues;
};

/* What is recorded next. */
struct fixture {
    char directory[64];
    struct device_key *device_key;
    struct export_key *export_key;
    struct certificate *device_certificate;
    struct certificate *export_certificate;
    struct clip_keys keys;
    struct assembler *assembler;
    struct recorded segments[SEGMENTS_MAX];
    struct footage footage;
    bool reordered;
    bool sound;
    bool all_keys;       /* every fragment begins with a keyframe */
    int64_t sound_after; /* samples of sound that are missing at the start */
    int64_t frame;
    int64_t sound_at;
};

static enum status open_segment(void *context, size_t index, struct footage_segment *segment,
                                struct error *error)
{
    struct fixture *fixture = context;

    (void)error;
    *segment = (struct footage_segment){.file = fixture->segments[index].name,
                                        .descriptor = fixture->segments[index].descriptor,
                                        .pieces = fixture->segments[index].pieces,
                                        .continues = fixture->segments[index].continues};
    return STATUS_OK;
}

static void close_segment(void *context, struct footage_segment *segment)
{
    (void)context;
    segment->descriptor = -1;
}

static void describe(struct fixture *fixture, const char *hex)
{
    uint8_t stream[128] = {0, 0, 0, 1};
    size_t size = strlen(hex) / 2;

    assert_int_equal(hex_decode(stream + 4, size, hex), STATUS_OK);
    assembler_describe(fixture->assembler, (struct bytes){stream, size + 4});
}

static int make_keys(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    int directory = -1;

    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/sealroom-clip-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    directory = open(fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(device_key_create(suite_named("sm"), directory, &fixture->device_key, NULL),
                     STATUS_OK);
    assert_int_equal(export_key_create(directory, &fixture->export_key, NULL), STATUS_OK);
    assert_int_equal(
        certificate_self_sign(fixture->device_key, "recorder", &fixture->device_certificate, NULL),
        STATUS_OK);
    assert_int_equal(certificate_issue_export(fixture->device_key, fixture->device_certificate,
                                              fixture->export_key, "recorder export",
                                              &fixture->export_certificate, NULL),
                     STATUS_OK);
    fixture->keys = (struct clip_keys){.export_key = fixture->export_key,
                                       .export_certificate = fixture->export_certificate,
                                       .device_key = fixture->device_key,
                                       .device_certificate = fixture->device_certificate};
    unlinkat(directory, "device.key", 0);
    unlinkat(directory, "export.key", 0);
    close(directory);
    rmdir(fixture->directory);
    *state = fixture;
    return 0;
}

static int drop_keys(void **state)
{
    struct fixture *fixture = *state;

    device_key_free(fixture->device_key);
    export_key_free(fixture->export_key);
    certificate_free(fixture->device_certificate);
    certificate_free(fixture->export_certificate);
    free(fixture);
    return 0;
}

static int set_up(void **state)
{
    struct fixture *fixture = *state;

    fixture->footage =
        (struct footage){.open = open_segment, .close = close_segment, .context = fixture};
    fixture->reordered = fixture->sound = fixture->all_keys = false;
    fixture->frame = fixture->sound_at = fixture->sound_after = 0;
    assert_int_equal(assembler_new(&codec_h264, &fixture->assembler, NULL), STATUS_OK);
    describe(fixture, SPS);
    describe(fixture, PPS);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < fixture->footage.count; i++) {
        close(fixture->segments[i].descriptor);
        piece_list_free(fixture->segments[i].pieces);
    }
    assembler_free(fixture->assembler);
    return 0;
}

/* Pictures 0 2 1 4 3 6 5 …, each decoded a frame before the earliest it could be shown. */
static int64_t composition(const struct fixture *fixture, int64_t in_segment)
{
    if (!fixture->reordered)
        return 0;
    return in_segment == 0 ? FRAME : in_segment % 2 == 1 ? 2 * FRAME : 0;
}

static void add_frames(struct fixture *fixture, struct mp4 *mp4, int64_t first)
{
    for (int64_t i = first; i < first + FRAGMENT_FRAMES; i++) {
        bool key = fixture->all_keys ? i == first : i == 0;
        uint8_t nal[] = {0, 0, 0, 6, key ? 0x65 : 0x41, 0x88, (uint8_t)i, 4, 5, 6};
        int64_t decode = (fixture->frame + i - first) * FRAME;
        struct mp4_sample sample = {.data = {nal, sizeof nal},
                                    .decode = decode,
                                    .presentation = decode + composition(fixture, i),
                                    .duration = FRAME,
                                    .key = key};

        assert_int_equal(mp4_add(mp4, &sample, NULL), STATUS_OK);
    }
}

/* Up to the end of the pictures. */
static void add_sound(struct fixture *fixture, struct mp4 *mp4)
{
    int64_t end = (fixture->frame + FRAGMENT_FRAMES) * 48000 / 25;
    uint8_t packet[] = {0xfc, 1, 2};

    for (; fixture->sound && fixture->sound_at + 960 <= end; fixture->sound_at += 960) {
        struct mp4_sample sample = {.sound = true,
                                    .data = {packet, sizeof packet},
                                    .decode = fixture->sound_at,
                                    .presentation = fixture->sound_at,
                                    .duration = 960,
                                    .key = true};

        if (fixture->sound_at >= fixture->sound_after)
            assert_int_equal(mp4_add(mp4, &sample, NULL), STATUS_OK);
    }
}

static void add_piece(struct recorded *segment, struct buffer *bytes, struct piece piece)
{
    piece.offset = piece_list_size(segment->pieces);
    piece.size = bytes->size;
    digest_of(DIGEST_SHA256, buffer_bytes(bytes), &piece.sha256);
    digest_of(DIGEST_SM3, buffer_bytes(bytes), &piece.sm3);
    assert_int_equal(piece_list_add(segment->pieces, &piece, NULL), STATUS_OK);
    assert_int_equal(file_write_all(segment->descriptor, buffer_bytes(bytes), NULL), STATUS_OK);
    buffer_clear(bytes);
}

static struct recorded *begin_segment(struct fixture *fixture, bool continues)
{
    struct recorded *segment = &fixture->segments[fixture->footage.count++];

    snprintf(segment->name, sizeof segment->name, "segment-%zu", fixture->footage.count - 1);
    segment->descriptor = memfd_create(segment->name, MFD_CLOEXEC);
    segment->continues = continues;
    assert_int_equal(piece_list_new(true, &segment->pieces, NULL), STATUS_OK);
    return segment;
}

/* A segment of FRAGMENTS fragments, by the muxer that records. */
static struct recorded *record(struct fixture *fixture, bool continues)
{
    struct recorded *segment = begin_segment(fixture, continues);
    struct buffer bytes = {0};
    struct mp4 *mp4 = NULL;
    struct sound_format sound = {.codec = SOUND_OPUS};

    sound_describe_opus(&sound, 2);
    assert_int_equal(mp4_new(assembler_parameters(fixture->assembler),
                             fixture->sound ? &sound : NULL, 1, &bytes, &mp4, NULL),
                     STATUS_OK);
    add_piece(segment, &bytes,
              (struct piece){.kind = PIECE_INIT, .start_utc_ns = UTC + fixture->frame * FRAME_NS});
    for (int64_t i = 0; i < FRAGMENTS; i++) {
        add_frames(fixture, mp4, i * FRAGMENT_FRAMES);
        add_sound(fixture, mp4);
        assert_int_equal(mp4_cut(mp4, NULL), STATUS_OK);
        add_piece(segment, &bytes,
                  (struct piece){.kind = PIECE_FRAGMENT,
                                 .keyframe = fixture->all_keys || i == 0,
                                 .frames = FRAGMENT_FRAMES,
                                 .start_utc_ns = UTC + fixture->frame * FRAME_NS,
                                 .duration_ns = FRAGMENT_FRAMES * FRAME_NS});
        fixture->frame += FRAGMENT_FRAMES;
    }
    mp4_free(mp4);
    buffer_release(&bytes);
    return segment;
}

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
        clip_open(&fixture->footage, stretch, &about, &fixture->keys, &clip, &error);

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
        record(fixture, i < 2);
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
    record(fixture, false);
    struct clip_plan *made AUTO_PLAN =
        plan(fixture, FRAGMENT_FRAMES * FRAME_NS + FRAME_NS, SEGMENT_NS);
    assert_int_equal(clip_plan_at(made, 0)->first_piece, 2);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_start_utc_ns(clip), UTC + (FRAGMENT_FRAMES + 1) * FRAME_NS);
}

static void a_gap_and_other_parameter_sets_begin_another_clip(void **state)
{
    struct fixture *fixture = *state;

    record(fixture, false);
    fixture->frame += 100;
    record(fixture, true);
    fixture->sound = true;
    record(fixture, false);
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
    record(fixture, false);
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
    struct recorded *segment = record(fixture, true);

    assert_int_equal(buffer_append(&bytes, torn, sizeof torn), STATUS_OK);
    add_piece(segment, &bytes, (struct piece){.kind = PIECE_TORN});
    buffer_release(&bytes);
    record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 100 * SEGMENT_NS);
    assert_int_equal(clip_plan_count(made), 2);
    assert_int_equal(clip_plan_at(made, 0)->last_piece, FRAGMENTS);
}

/* Pieces that are nowhere: a plan reads no file but for reordered pictures at its end. */
static void pretend(struct fixture *fixture, uint64_t size, uint32_t fragments)
{
    struct recorded *segment = begin_segment(fixture, true);
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
    record(fixture, true);
    record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 2 * SEGMENT_NS);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_write(clip, &sink, NULL), STATUS_OK);
    assert_int_equal(file.size, clip_size(clip));
    digest_of(DIGEST_SHA256, buffer_bytes(&file), &digest);
    assert_true(digest_equal(&digest, clip_digest(clip, DIGEST_SHA256)));
    digest_of(DIGEST_SM3, buffer_bytes(&file), &digest);
    assert_true(digest_equal(&digest, clip_digest(clip, DIGEST_SM3)));
    assert_int_equal(clip_fragment_count(clip), 1 + 2 * FRAGMENTS);
    for (size_t i = 0; i < clip_fragment_count(clip); i++) {
        const struct clip_fragment *fragment = clip_fragment_at(clip, i);

        digest_of(DIGEST_SM3, (struct bytes){file.data + fragment->offset, fragment->size},
                  &digest);
        assert_true(digest_equal(&digest, &fragment->sm3));
    }
    buffer_release(&file);
}

static void time_0_is_the_picture_on_the_screen_at_the_wanted_start(void **state)
{
    struct fixture *fixture = *state;

    fixture->reordered = true;
    record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 10 * FRAME_NS + 7, SEGMENT_NS);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_start_utc_ns(clip), UTC + 10 * FRAME_NS);
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
    record(fixture, false);
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

static void footage_that_does_not_follow_is_named(void **state)
{
    struct fixture *fixture = *state;
    static const struct clip_about about;
    struct clip *clip = NULL;
    struct error error;

    record(fixture, true);
    fixture->frame += 5; /* pictures are missing, though nothing says so */
    record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, 100 * SEGMENT_NS);
    assert_int_equal(clip_plan_count(made), 1);
    assert_int_equal(
        clip_open(&fixture->footage, clip_plan_at(made, 0), &about, &fixture->keys, &clip, &error),
        STATUS_MISMATCH);
    assert_non_null(strstr(error.text, "segment-1, at byte "));
}

static void flip(int descriptor, uint64_t offset, uint32_t bit)
{
    uint8_t byte = 0;

    assert_int_equal(pread(descriptor, &byte, 1, (off_t)offset), 1);
    byte ^= (uint8_t)(1u << bit);
    assert_int_equal(pwrite(descriptor, &byte, 1, (off_t)offset), 1);
}

static void a_sample_outside_of_its_fragment_is_named(void **state)
{
    struct fixture *fixture = *state;
    static const struct clip_about about;
    static const uint8_t offsets[][4] = {{0, 0, 0, 4}, {0xff, 0xff, 0xff, 0}, {0x7f, 0, 0, 0}};
    struct recorded *segment = record(fixture, false);
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
        assert_int_equal(clip_open(&fixture->footage, clip_plan_at(made, 0), &about, &fixture->keys,
                                   &clip, &error),
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
    struct recorded *segment = record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    for (int round = 0; round < 400; round++) {
        struct clip *clip AUTO_CLIP = NULL;
        uint64_t offset = 0;
        struct error error;

        seed = seed * 1664525u + 1013904223u;
        offset = (seed >> 4) % piece_list_size(segment->pieces);
        flip(segment->descriptor, offset, seed >> 29);
        buffer_clear(&file);
        if (clip_open(&fixture->footage, clip_plan_at(made, 0), &about, &fixture->keys, &clip,
                      &error) == STATUS_OK)
            assert_int_equal(clip_write(clip, &sink, &error), STATUS_MISMATCH);
        assert_non_null(strstr(error.text, "segment-0"));
        flip(segment->descriptor, offset, seed >> 29);
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

    record(fixture, false);
    struct clip_plan *made AUTO_PLAN = plan(fixture, 0, SEGMENT_NS);
    struct clip *clip AUTO_CLIP = open_clip(fixture, clip_plan_at(made, 0));
    assert_int_equal(clip_write(clip, &sink, &error), STATUS_FULL);
    assert_string_equal(error.text, "no space");
}

int main(void)
{
#define CLIP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLIP_TEST(a_clip_is_from_the_keyframe_before_to_the_end),
        CLIP_TEST(of_several_keyframes_the_last_before_the_start_begins_a_clip),
        CLIP_TEST(a_gap_and_other_parameter_sets_begin_another_clip),
        CLIP_TEST(a_picture_decoded_after_the_end_but_shown_before_it_is_in_the_clip),
        CLIP_TEST(a_torn_piece_ends_a_clip),
        CLIP_TEST(a_clip_stays_below_its_limits),
        CLIP_TEST(one_segment_that_is_too_much_is_named),
        CLIP_TEST(what_is_written_is_as_long_as_was_said_and_holds_the_pieces),
        CLIP_TEST(time_0_is_the_picture_on_the_screen_at_the_wanted_start),
        CLIP_TEST(sound_that_begins_late_begins_late_in_the_clip),
        CLIP_TEST(footage_that_does_not_follow_is_named),
        CLIP_TEST(a_sample_outside_of_its_fragment_is_named),
        CLIP_TEST(no_altered_bit_passes),
        CLIP_TEST(what_the_sink_says_is_said),
    };

    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
