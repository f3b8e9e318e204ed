#include "camera/nal/sequence.h"

#include <string.h>

#include "camera/nal/bit_reader.h"
#include "camera/nal/crop.h"

#define RBSP_MAX         1024
#define MACROBLOCK       16
#define PROFILE_BASELINE 66

static bool profile_has_chroma(uint32_t profile)
{
    static const uint8_t profiles[] = {100, 110, 122, 244, 44,  83, 86,
                                       118, 128, 138, 139, 134, 135};
    return memchr(profiles, (int)profile, sizeof profiles) != NULL;
}

static void skip_scaling_list(struct bit_reader *bits, unsigned size)
{
    int32_t last = 8;
    int32_t next = 8;
    for (unsigned i = 0; i < size && !bits->failed; i++) {
        if (next != 0) {
            next = (last + bits_se(bits) % 256 + 256) % 256;
        }
        last = next == 0 ? last : next;
    }
}

static void read_chroma(struct bit_reader *bits, struct sequence *sequence)
{
    sequence->chroma_format = (uint8_t)(bits_ue(bits) & 3);
    if (sequence->chroma_format == 3) {
        bits_skip(bits, 1); /* separate_colour_plane_flag */
    }
    sequence->bit_depth_luma = (uint8_t)(8 + (bits_ue(bits) & 7));
    sequence->bit_depth_chroma = (uint8_t)(8 + (bits_ue(bits) & 7));
    bits_skip(bits, 1); /* qpprime_y_zero_transform_bypass_flag */
    if (bits_flag(bits)) {
        unsigned lists = sequence->chroma_format == 3 ? 12 : 8;
        for (unsigned i = 0; i < lists; i++) {
            if (bits_flag(bits)) {
                skip_scaling_list(bits, i < 6 ? 16 : 64);
            }
        }
    }
}

static uint32_t read_order_count(struct bit_reader *bits)
{
    uint32_t type = bits_ue(bits);
    if (type == 0) {
        bits_ue(bits); /* log2_max_pic_order_cnt_lsb_minus4 */
    } else if (type == 1) {
        bits_skip(bits, 1);
        bits_se(bits);
        bits_se(bits);
        uint32_t cycle = bits_ue(bits);
        for (uint32_t i = 0; i < cycle && !bits->failed; i++) {
            bits_se(bits);
        }
    }
    return type;
}

static void skip_hrd(struct bit_reader *bits)
{
    uint32_t count = bits_ue(bits) + 1;
    bits_skip(bits, 8);
    for (uint32_t i = 0; i < count && !bits->failed; i++) {
        bits_ue(bits);
        bits_ue(bits);
        bits_skip(bits, 1);
    }
    bits_skip(bits, 20);
}

static void read_timing(struct bit_reader *bits, struct sequence *sequence)
{
    uint64_t units = bits_u(bits, 32);
    uint64_t scale = bits_u(bits, 32);
    bits_skip(bits, 1);                                          /* fixed_frame_rate_flag */
    uint64_t ticks = scale == 0 ? 0 : 2 * units * 90000 / scale; /* a tick is a field */
    sequence->frame_ticks = ticks >= 90 && ticks <= 900000 ? (uint32_t)ticks : 0;
}

/* E.1.1 vui_parameters() */
static void read_usability(struct bit_reader *bits, struct sequence *sequence)
{
    if (bits_flag(bits) && bits_u(bits, 8) == 255) {
        bits_skip(bits, 32); /* extended sample aspect ratio */
    }
    if (bits_flag(bits)) {
        bits_skip(bits, 1); /* overscan_appropriate_flag */
    }
    if (bits_flag(bits)) {
        bits_skip(bits, 4);
        if (bits_flag(bits)) {
            bits_skip(bits, 24); /* colour description */
        }
    }
    if (bits_flag(bits)) {
        bits_ue(bits);
        bits_ue(bits);
    }
    if (bits_flag(bits)) {
        read_timing(bits, sequence);
    }
    bool nal_hrd = bits_flag(bits);
    if (nal_hrd) {
        skip_hrd(bits);
    }
    bool vcl_hrd = bits_flag(bits);
    if (vcl_hrd) {
        skip_hrd(bits);
    }
    bits_skip(bits, nal_hrd || vcl_hrd ? 2 : 1); /* low_delay_hrd_flag, pic_struct_present_flag */
    if (bits_flag(bits)) {
        bits_skip(bits, 1);
        for (int i = 0; i < 4; i++) {
            bits_ue(bits);
        }
        sequence->reorder = bits_ue(bits);
        sequence->reorder_known = !bits->failed;
    }
}

static enum status read_extent(struct bit_reader *bits, struct sequence *sequence)
{
    uint64_t width = ((uint64_t)bits_ue(bits) + 1) * MACROBLOCK;
    uint64_t units = (uint64_t)bits_ue(bits) + 1;
    sequence->frames_only = bits_flag(bits);
    uint64_t height = units * MACROBLOCK * (sequence->frames_only ? 1 : 2);
    if (!sequence->frames_only) {
        bits_skip(bits, 1); /* mb_adaptive_frame_field_flag */
    }
    bits_skip(bits, 1); /* direct_8x8_inference_flag */
    if (bits_flag(bits)) {
        uint64_t unit_x = sequence->chroma_format == 1 || sequence->chroma_format == 2 ? 2 : 1;
        uint64_t unit_y = sequence->chroma_format == 1 ? 2 : 1;
        unit_y *= sequence->frames_only ? 1 : 2;
        if (!sequence_crop(bits, unit_x, unit_y, &width, &height)) {
            return STATUS_INVALID;
        }
    }
    if (bits->failed || width > UINT16_MAX || height > UINT16_MAX) {
        return STATUS_INVALID;
    }
    sequence->width = (uint32_t)width;
    sequence->height = (uint32_t)height;
    return STATUS_OK;
}

enum status sequence_parse_h264(struct bytes nal, struct sequence *sequence)
{
    uint8_t rbsp[RBSP_MAX];
    struct bit_reader bits = bit_reader_of(rbsp, rbsp_extract(nal, 1, rbsp, sizeof rbsp));
    *sequence = (struct sequence){.chroma_format = 1, .bit_depth_luma = 8, .bit_depth_chroma = 8};
    uint32_t profile = bits_u(&bits, 8);
    bits_skip(&bits, 16); /* constraint flags, level_idc */
    sequence->id = bits_ue(&bits);
    if (profile_has_chroma(profile)) {
        read_chroma(&bits, sequence);
    }
    bits_ue(&bits); /* log2_max_frame_num_minus4 */
    uint32_t order = read_order_count(&bits);
    bits_ue(&bits);      /* max_num_ref_frames */
    bits_skip(&bits, 1); /* gaps_in_frame_num_value_allowed_flag */
    if (sequence->id > 31 || read_extent(&bits, sequence) != STATUS_OK) {
        return STATUS_INVALID;
    }
    if (bits_flag(&bits)) {
        /* What is wrong inside is left out; the picture is known already. */
        read_usability(&bits, sequence);
    }
    if (profile == PROFILE_BASELINE || order == 2) {
        sequence->reorder = 0; /* 7.4.2.1.1: output order is decoding order */
        sequence->reorder_known = true;
    }
    if (sequence->reorder > REORDER_MAX) {
        sequence->reorder = 0;
        sequence->reorder_known = false;
    }
    return STATUS_OK;
}
