#include "camera/nal/sequence.h"

#include <string.h>

#include "camera/nal/bit_reader.h"
#include "camera/nal/crop.h"

#define RBSP_MAX       1024
#define HEADER_SIZE    2
#define SUB_LAYERS_MAX 7

/* 7.3.3 profile_tier_level(1, sub_layers - 1) */
static void read_profile(struct bit_reader *bits, unsigned sub_layers, struct sequence *sequence)
{
    for (size_t i = 0; i < sizeof sequence->profile_level; i++) {
        sequence->profile_level[i] = (uint8_t)bits_u(bits, 8);
    }
    bool profile_present[SUB_LAYERS_MAX] = {false};
    bool level_present[SUB_LAYERS_MAX] = {false};
    for (unsigned i = 0; i + 1 < sub_layers; i++) {
        profile_present[i] = bits_flag(bits);
        level_present[i] = bits_flag(bits);
    }
    if (sub_layers > 1) {
        bits_skip(bits, 2 * (size_t)(9 - sub_layers)); /* reserved_zero_2bits */
    }
    for (unsigned i = 0; i + 1 < sub_layers; i++) {
        bits_skip(bits, (profile_present[i] ? 88u : 0u) + (level_present[i] ? 8u : 0u));
    }
}

static enum status read_extent(struct bit_reader *bits, struct sequence *sequence)
{
    uint32_t chroma = bits_ue(bits);
    if (chroma > 3) {
        return STATUS_INVALID;
    }
    sequence->chroma_format = (uint8_t)chroma;
    if (chroma == 3) {
        bits_skip(bits, 1); /* separate_colour_plane_flag */
    }
    uint64_t width = bits_ue(bits);
    uint64_t height = bits_ue(bits);
    if (bits_flag(bits)) {
        uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
        uint64_t unit_y = chroma == 1 ? 2 : 1;
        if (!sequence_crop(bits, unit_x, unit_y, &width, &height)) {
            return STATUS_INVALID;
        }
    }
    if (bits->failed || width == 0 || height == 0 || width > UINT16_MAX || height > UINT16_MAX) {
        return STATUS_INVALID;
    }
    sequence->width = (uint32_t)width;
    sequence->height = (uint32_t)height;
    return STATUS_OK;
}

enum status sequence_parse_h265(struct bytes nal, struct sequence *sequence)
{
    uint8_t rbsp[RBSP_MAX];
    struct bit_reader bits = bit_reader_of(rbsp, rbsp_extract(nal, HEADER_SIZE, rbsp, sizeof rbsp));
    *sequence = (struct sequence){.frames_only = true};
    bits_skip(&bits, 4); /* sps_video_parameter_set_id */
    unsigned sub_layers = bits_u(&bits, 3) + 1;
    sequence->temporal_nesting = bits_flag(&bits);
    if (sub_layers > SUB_LAYERS_MAX) {
        return STATUS_INVALID;
    }
    sequence->temporal_layers = (uint8_t)sub_layers;
    read_profile(&bits, sub_layers, sequence);
    sequence->id = bits_ue(&bits);
    if (sequence->id > 15 || read_extent(&bits, sequence) != STATUS_OK) {
        return STATUS_INVALID;
    }
    sequence->bit_depth_luma = (uint8_t)(8 + (bits_ue(&bits) & 7));
    sequence->bit_depth_chroma = (uint8_t)(8 + (bits_ue(&bits) & 7));
    bits_ue(&bits); /* log2_max_pic_order_cnt_lsb_minus4 */
    bool each = bits_flag(&bits);
    for (unsigned i = each ? 0 : sub_layers - 1; i < sub_layers; i++) {
        bits_ue(&bits);                     /* sps_max_dec_pic_buffering_minus1 */
        sequence->reorder = bits_ue(&bits); /* of the highest sub-layer in the end */
        bits_ue(&bits);
    }
    if (bits.failed) {
        return STATUS_INVALID;
    }
    sequence->reorder_known = sequence->reorder <= REORDER_MAX;
    sequence->reorder = sequence->reorder_known ? sequence->reorder : 0;
    return STATUS_OK;
}
