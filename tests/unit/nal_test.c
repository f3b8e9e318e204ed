#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "camera/nal/bit_reader.h"
#include "camera/nal/parameter_sets.h"

/* Parameter sets as libx264 and libx265 made them, header included. */
#define H264_BASELINE "6742c01ed900a02ff97ff000300041000003000100000300320f162e48"
#define H264_PPS      "68cb83cb20"
#define H264_HIGH     "67640028acd940780227e5ffc000c00104000003000400000300c83c60c658"
#define H264_FIELDS   "67640028acd94078044fdffe0006000820000003002000000643e2c5b2c0"
#define H264_10BIT    "677a000ab6cb20e4f3c7ffe000400062000003000200000300641e244c90"
#define H265_VPS      "40010c01ffff01600000030090000003000003003f959409"
#define H265_SPS                                                                                   \
    "42010101600000030090000003000003003fa0050201696595964932bffc000c0011a02000000300200000030321"
#define H265_CROPPED                                                                               \
    "420101016000000300900000030000030078a003c08010e755964a924cafff0134019b6808000003000800000300" \
    "c840"
#define H265_LAYERS                                                                                \
    "42010201600000030090000003000003003c0000a00a080f1659598acd24995e02d0100000030010000003019080"
#define H265_PPS "4401c172b46240"

struct nal {
    uint8_t data[256];
    size_t size;
};

static struct nal nal_of(const char *hex)
{
    struct nal nal = {.data = {0}, .size = strlen(hex) / 2};
    assert_int_equal(hex_decode(nal.data, nal.size, hex), STATUS_OK);
    return nal;
}

/* A header, then '0' and '1', anything else passed over. */
static struct nal nal_of_bits(const char *header, const char *bits)
{
    struct nal nal = nal_of(header);
    unsigned count = 0;
    for (; *bits != '\0'; bits++) {
        if (*bits == '0' || *bits == '1') {
            nal.data[nal.size + count / 8] |= (uint8_t)((*bits - '0') << (7 - count % 8));
            count++;
        }
    }
    nal.size += (count + 7) / 8;
    return nal;
}

static struct bytes bytes_of(const struct nal *nal)
{
    return (struct bytes){nal->data, nal->size};
}

static struct sequence sequence_of(const struct video_codec *codec, const char *hex)
{
    struct nal nal = nal_of(hex);
    struct sequence sequence;
    assert_int_equal(codec->parse_sequence(bytes_of(&nal), &sequence), STATUS_OK);
    return sequence;
}

static void assert_sequence(const struct video_codec *codec, const char *hex, uint32_t width,
                            uint32_t height, uint32_t reorder)
{
    struct sequence sequence = sequence_of(codec, hex);
    assert_int_equal(sequence.width, width);
    assert_int_equal(sequence.height, height);
    assert_int_equal(sequence.reorder, reorder);
    assert_true(sequence.reorder_known);
}

static void h264_sets_give_size_and_reordering(void **state)
{
    (void)state;
    assert_sequence(&codec_h264, H264_BASELINE, 640, 360, 0);
    assert_sequence(&codec_h264, H264_HIGH, 1920, 1080, 2);
    assert_sequence(&codec_h264, H264_FIELDS, 1920, 1080, 2);
    assert_sequence(&codec_h264, H264_10BIT, 100, 50, 0);
}

static void h264_sets_give_fields_depth_and_rate(void **state)
{
    (void)state;
    assert_true(sequence_of(&codec_h264, H264_HIGH).frames_only);
    assert_false(sequence_of(&codec_h264, H264_FIELDS).frames_only);
    struct sequence deep = sequence_of(&codec_h264, H264_10BIT);
    assert_int_equal(deep.bit_depth_luma, 10);
    assert_int_equal(deep.chroma_format, 2);
    assert_int_equal(sequence_of(&codec_h264, H264_BASELINE).frame_ticks, 3600);
}

static void h265_sets_give_size_and_reordering(void **state)
{
    (void)state;
    assert_sequence(&codec_h265, H265_SPS, 640, 360, 2);
    assert_sequence(&codec_h265, H265_CROPPED, 1918, 1078, 0);
    assert_sequence(&codec_h265, H265_LAYERS, 320, 240, 2);
    assert_int_equal(sequence_of(&codec_h265, H265_LAYERS).temporal_layers, 2);
}

static void a_picture_too_large_to_be_one_is_refused(void **state)
{
    (void)state;
    struct sequence sequence;
    static const char *const widths[] = {"0000000000001 000000000000", /* 4096 macroblocks */
                                         "000000000001 00000000000"};
    for (size_t i = 0; i < 2; i++) {
        char bits[128]; /* id 0, frame number, order count type 2, references; the width; height
                           16, frames only, no crop, no usability */
        (void)snprintf(bits, sizeof bits, "1 1 011 1 0 %s 1 1 0 0 0 1", widths[i]);
        struct nal nal = nal_of_bits("6742001e", bits);
        assert_int_equal(sequence_parse_h264(bytes_of(&nal), &sequence),
                         i == 0 ? STATUS_INVALID : STATUS_OK);
    }
    assert_int_equal(sequence.width, 32768);
}

static void sub_layers_with_profiles_of_their_own_are_passed_over(void **state)
{
    (void)state;
    struct sequence sequence;
    struct nal nal = nal_of_bits("4201"
                                 "03" /* set 0, two sub-layers, nested */
                                 "01ffffffff90ffffffffff78",
                                 "11 00000000000000" /* both present; reserved */
                                 "1111111111111111111111111111111111111111111111111111111111111111"
                                 "111111111111111111111111"          /* its profile, 88 bits */
                                 "11111111"                          /* its level */
                                 "1 010"                             /* id 0, 4:2:0 */
                                 "00000000101000001 000000011110001" /* 320 × 240 */
                                 "0 1 1 1"       /* whole, 8 bits, order count */
                                 "1"             /* each sub-layer has its figures */
                                 "010 1 1"       /* none reordered */
                                 "00101 00100 1" /* three */
                                 "1");
    assert_int_equal(sequence_parse_h265(bytes_of(&nal), &sequence), STATUS_OK);
    assert_int_equal(sequence.width, 320);
    assert_int_equal(sequence.height, 240);
    assert_int_equal(sequence.reorder, 3);
}

static void every_truncated_set_is_refused_or_read_within_bounds(void **state)
{
    (void)state;
    static const struct {
        const struct video_codec *codec;
        const char *hex;
    } sets[] = {{&codec_h264, H264_HIGH},
                {&codec_h264, H264_10BIT},
                {&codec_h265, H265_SPS},
                {&codec_h265, H265_LAYERS}};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        struct nal nal = nal_of(sets[i].hex);
        for (size_t size = 0; size < nal.size; size++) {
            uint8_t *exact = malloc(size + 1); /* so that a sanitizer sees an overrun */
            memcpy(exact, nal.data, size);
            struct sequence sequence;
            enum status status =
                sets[i].codec->parse_sequence((struct bytes){exact, size}, &sequence);
            assert_true(size > 8 || status == STATUS_INVALID);
            free(exact);
        }
    }
}

static void every_flipped_bit_leaves_a_picture_within_bounds(void **state)
{
    (void)state;
    struct nal nal = nal_of(H264_HIGH);
    for (size_t bit = 8; bit < nal.size * 8; bit++) {
        nal.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct sequence sequence;
        if (sequence_parse_h264(bytes_of(&nal), &sequence) == STATUS_OK) {
            assert_in_range(sequence.width, 1, UINT16_MAX);
            assert_in_range(sequence.height, 1, UINT16_MAX);
            assert_true(sequence.reorder <= REORDER_MAX);
        }
        nal.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void exp_golomb_codes_are_read_up_to_their_longest(void **state)
{
    (void)state;
    static const uint8_t codes[] = {0xa6, 0x42, 0x98, 0xe2, 0x04, 0x8a}; /* H.264 9.1: 0 1 2 3 … */
    struct bit_reader bits = bit_reader_of(codes, sizeof codes);
    for (uint32_t value = 0; value < 9; value++) {
        assert_int_equal(bits_ue(&bits), value);
    }
    assert_false(bits.failed);
    static const uint8_t longest[] = {0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe};
    bits = bit_reader_of(longest, sizeof longest);
    assert_int_equal(bits_ue(&bits), UINT32_MAX - 1);
    static const uint8_t endless[8] = {0};
    bits = bit_reader_of(endless, sizeof endless);
    assert_int_equal(bits_ue(&bits), 0);
    assert_true(bits.failed);
}

static void signed_codes_alternate(void **state)
{
    (void)state;
    static const uint8_t codes[] = {0xa6, 0x42, 0x80};
    struct bit_reader bits = bit_reader_of(codes, sizeof codes);
    static const int32_t values[] = {0, 1, -1, 2, -2};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(bits_se(&bits), values[i]);
    }
}

static void emulation_prevention_is_taken_out(void **state)
{
    (void)state;
    static const uint8_t nal[] = {0x67, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3};
    static const uint8_t expected[] = {0, 0, 1, 0, 0, 0, 0};
    uint8_t rbsp[16];
    size_t size = rbsp_extract((struct bytes){nal, sizeof nal}, 1, rbsp, sizeof rbsp);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(rbsp, expected, size);
}

static void add(struct parameter_sets *sets, enum parameter_kind kind, const char *hex)
{
    struct nal nal = nal_of(hex);
    parameter_sets_add(sets, kind, bytes_of(&nal));
}

static void repeated_sets_change_nothing_and_others_count(void **state)
{
    (void)state;
    struct parameter_sets sets;
    parameter_sets_init(&sets, &codec_h264);
    assert_false(parameter_sets_complete(&sets));
    add(&sets, PARAMETER_SPS, H264_BASELINE);
    add(&sets, PARAMETER_PPS, H264_PPS);
    assert_true(parameter_sets_complete(&sets));
    uint32_t generation = sets.generation;
    add(&sets, PARAMETER_SPS, H264_BASELINE);
    add(&sets, PARAMETER_PPS, H264_PPS);
    assert_int_equal(sets.generation, generation);
    add(&sets, PARAMETER_SPS, H264_HIGH);
    assert_int_equal(sets.generation, generation + 1);
    assert_int_equal(sets.sequence.width, 1920);
    assert_int_equal(sets.count, 2);
    parameter_sets_release(&sets);
}

static void sets_that_cannot_be_read_are_refused(void **state)
{
    (void)state;
    struct parameter_sets sets;
    parameter_sets_init(&sets, &codec_h264);
    add(&sets, PARAMETER_SPS, "6742");
    add(&sets, PARAMETER_PPS, "68");
    uint8_t large[PARAMETER_SIZE_MAX + 1] = {0x68, 0x80};
    parameter_sets_add(&sets, PARAMETER_PPS, (struct bytes){large, sizeof large});
    assert_int_equal(sets.refused, 3);
    assert_int_equal(sets.generation, 0);
    parameter_sets_release(&sets);
}

static void a_stream_of_too_many_sets_is_bounded(void **state)
{
    (void)state;
    struct parameter_sets sets;
    parameter_sets_init(&sets, &codec_h264);
    for (unsigned id = 0; id < 200; id++) {
        /* ue(v) of ids 63 to 126 is 13 bits, 127 to 254 is 15 */
        unsigned code = id + 64;
        uint8_t nal[4] = {0x68, (uint8_t)(code >> 6 >> 1), (uint8_t)(code << 1), 0x80};
        parameter_sets_add(&sets, PARAMETER_PPS, (struct bytes){nal, sizeof nal});
    }
    assert_true(sets.count <= PARAMETER_SETS_MAX);
    assert_true(sets.refused > 0);
    parameter_sets_release(&sets);
}

static void a_description_is_split_at_its_start_codes(void **state)
{
    (void)state;
    struct nal stream = nal_of("00000001" H264_HIGH "00000001" H264_PPS);
    struct parameter_sets sets;
    parameter_sets_init(&sets, &codec_h264);
    parameter_sets_add_stream(&sets, bytes_of(&stream));
    assert_true(parameter_sets_complete(&sets));
    unsigned count = 0;
    const struct parameter_set *pps = parameter_sets_of(&sets, PARAMETER_PPS, &count);
    struct nal expected = nal_of(H264_PPS);
    assert_int_equal(count, 1);
    assert_int_equal(pps->size, expected.size);
    assert_memory_equal(pps->data, expected.data, expected.size);
    parameter_sets_release(&sets);
}

static void the_h264_configuration_record_holds_the_sets(void **state)
{
    (void)state;
    struct parameter_sets sets;
    struct buffer record = {0};
    parameter_sets_init(&sets, &codec_h264);
    add(&sets, PARAMETER_PPS, H264_PPS);
    assert_int_equal(codec_h264.configuration(&sets, &record), STATUS_NOT_FOUND);
    buffer_clear(&record);
    add(&sets, PARAMETER_SPS, H264_HIGH);
    assert_int_equal(codec_h264.configuration(&sets, &record), STATUS_OK);
    /* ISO/IEC 14496-15, 5.3.3.1.2, written out */
    struct nal expected = nal_of("01640028ffe1001f" H264_HIGH "010005" H264_PPS "fdf8f800");
    assert_int_equal(record.size, expected.size);
    assert_memory_equal(record.data, expected.data, expected.size);
    buffer_release(&record);
    parameter_sets_release(&sets);
}

static void the_h265_configuration_record_holds_the_sets(void **state)
{
    (void)state;
    struct parameter_sets sets;
    struct buffer record = {0};
    parameter_sets_init(&sets, &codec_h265);
    add(&sets, PARAMETER_SPS, H265_SPS);
    add(&sets, PARAMETER_PPS, H265_PPS);
    assert_false(parameter_sets_complete(&sets));
    add(&sets, PARAMETER_VPS, H265_VPS);
    assert_true(parameter_sets_complete(&sets));
    assert_int_equal(codec_h265.configuration(&sets, &record), STATUS_OK);
    struct nal expected = nal_of("01"
                                 "01600000009000000000003f"
                                 "f000fcfdf8f800000f03"
                                 "a000010018" H265_VPS "a10001002e" H265_SPS "a200010007" H265_PPS);
    assert_int_equal(record.size, expected.size);
    assert_memory_equal(record.data, expected.data, expected.size);
    buffer_release(&record);
    parameter_sets_release(&sets);
}

static void pictures_and_keyframes_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const struct video_codec *codec;
        const char *hex;
        struct nal_traits traits;
    } nals[] = {
        {&codec_h264, "6588", {.picture = true, .first_slice = true, .random_access = true}},
        {&codec_h264, "6548", {.picture = true, .random_access = true}},
        {&codec_h264, "4188", {.picture = true, .first_slice = true}},
        {&codec_h264,
         "0605"
         "0100"
         "0601"
         "80"
         "80",
         {.random_access = true}},
        {&codec_h264,
         "0605"
         "0100"
         "80",
         {0}},
        {&codec_h264, "0605ff", {0}},
        {&codec_h264, "09f0", {0}},
        {&codec_h264, "65", {0}},
        {&codec_h265, "260180", {.picture = true, .first_slice = true, .random_access = true}},
        {&codec_h265, "2a0180", {.picture = true, .first_slice = true, .random_access = true}},
        {&codec_h265, "020140", {.picture = true}},
        {&codec_h265, "020980", {.picture = true}}, /* of another layer */
        {&codec_h265, "4e0105", {0}},
    };
    for (size_t i = 0; i < sizeof nals / sizeof nals[0]; i++) {
        struct nal nal = nal_of(nals[i].hex);
        struct nal_traits traits = nals[i].codec->look(bytes_of(&nal));
        assert_int_equal(traits.picture, nals[i].traits.picture);
        assert_int_equal(traits.first_slice, nals[i].traits.first_slice);
        assert_int_equal(traits.random_access, nals[i].traits.random_access);
        assert_int_equal(traits.parameter, PARAMETER_NONE);
    }
}

static void a_sample_is_walked_within_its_bounds(void **state)
{
    (void)state;
    static const uint8_t data[] = {0, 0, 0, 2, 0xaa, 0xbb, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1};
    struct bytes sample = {data, sizeof data};
    struct bytes nal;
    size_t at = 0;
    assert_true(sample_next_nal(sample, &at, &nal));
    assert_int_equal(nal.size, 2);
    assert_true(sample_next_nal(sample, &at, &nal));
    assert_int_equal(nal.size, 0);
    assert_false(sample_next_nal(sample, &at, &nal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h264_sets_give_size_and_reordering),
        cmocka_unit_test(h264_sets_give_fields_depth_and_rate),
        cmocka_unit_test(h265_sets_give_size_and_reordering),
        cmocka_unit_test(a_picture_too_large_to_be_one_is_refused),
        cmocka_unit_test(sub_layers_with_profiles_of_their_own_are_passed_over),
        cmocka_unit_test(every_truncated_set_is_refused_or_read_within_bounds),
        cmocka_unit_test(every_flipped_bit_leaves_a_picture_within_bounds),
        cmocka_unit_test(exp_golomb_codes_are_read_up_to_their_longest),
        cmocka_unit_test(signed_codes_alternate),
        cmocka_unit_test(emulation_prevention_is_taken_out),
        cmocka_unit_test(repeated_sets_change_nothing_and_others_count),
        cmocka_unit_test(sets_that_cannot_be_read_are_refused),
        cmocka_unit_test(a_stream_of_too_many_sets_is_bounded),
        cmocka_unit_test(a_description_is_split_at_its_start_codes),
        cmocka_unit_test(the_h264_configuration_record_holds_the_sets),
        cmocka_unit_test(the_h265_configuration_record_holds_the_sets),
        cmocka_unit_test(pictures_and_keyframes_are_told_apart),
        cmocka_unit_test(a_sample_is_walked_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
