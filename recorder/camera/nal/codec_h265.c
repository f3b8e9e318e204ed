#include "camera/nal/codec.h"

#include "camera/nal/bit_reader.h"
#include "camera/nal/parameter_sets.h"

/* H.265 table 7-1 */
enum {
    NAL_VCL_LAST = 31,
    NAL_IRAP_FIRST = 16, /* BLA, IDR, CRA and what is reserved beside them */
    NAL_IRAP_LAST = 23,
    NAL_VPS = 32,
    NAL_SPS = 33,
    NAL_PPS = 34,
};

static uint8_t nal_type(struct bytes nal)
{
    return (nal.data[0] >> 1) & 0x3f;
}

static struct nal_traits look(struct bytes nal)
{
    struct nal_traits traits = {0};
    if (nal.size < 3) {
        return traits;
    }
    uint8_t type = nal_type(nal);
    if (type <= NAL_VCL_LAST) {
        traits.picture = true;
        unsigned layer = (nal.data[0] & 1u) << 5 | nal.data[1] >> 3;
        traits.first_slice = layer == 0 && (nal.data[2] & 0x80) != 0; /* first_slice_segment… */
        traits.random_access = type >= NAL_IRAP_FIRST && type <= NAL_IRAP_LAST;
    } else if (type == NAL_VPS) {
        traits.parameter = PARAMETER_VPS;
    } else if (type == NAL_SPS) {
        traits.parameter = PARAMETER_SPS;
    } else if (type == NAL_PPS) {
        traits.parameter = PARAMETER_PPS;
    }
    return traits;
}

static enum status parameter_id(enum parameter_kind kind, struct bytes nal, uint32_t *id)
{
    uint8_t rbsp[16];
    struct sequence sequence;
    struct bit_reader bits = bit_reader_of(rbsp, rbsp_extract(nal, 2, rbsp, sizeof rbsp));
    if (kind == PARAMETER_SPS) {
        enum status status = sequence_parse_h265(nal, &sequence);
        *id = sequence.id;
        return status;
    }
    *id = kind == PARAMETER_VPS ? bits_u(&bits, 4) : bits_ue(&bits);
    return bits.failed || *id > 63 ? STATUS_INVALID : STATUS_OK;
}

static enum status append_array(const struct parameter_sets *sets, enum parameter_kind kind,
                                struct buffer *record)
{
    unsigned count = 0;
    const struct parameter_set *set = parameter_sets_of(sets, kind, &count);
    if (set == NULL) {
        return STATUS_NOT_FOUND;
    }
    /* array_completeness is 1, as `hvc1` demands (8.4.1.1.2): a reader needs no others. Cameras
     * repeat them in their samples all the same, and there they stay. */
    uint8_t head[3] = {(uint8_t)(0x80 | nal_type((struct bytes){set->data, set->size})),
                       (uint8_t)(count >> 8), (uint8_t)count};
    enum status status = buffer_append(record, head, sizeof head);
    for (unsigned i = 0; i < count && status == STATUS_OK; i++) {
        uint8_t length[2] = {(uint8_t)(set[i].size >> 8), (uint8_t)set[i].size};
        status = buffer_append(record, length, sizeof length);
        if (status == STATUS_OK) {
            status = buffer_append(record, set[i].data, set[i].size);
        }
    }
    return status;
}

/* HEVCDecoderConfigurationRecord, ISO/IEC 14496-15, 8.3.3.1.2 */
static enum status configuration(const struct parameter_sets *sets, struct buffer *record)
{
    const struct sequence *sequence = &sets->sequence;
    uint8_t fixed[] = {
        0xf0,
        0x00, /* min_spatial_segmentation_idc: not known */
        0xfc, /* parallelismType: not known */
        (uint8_t)(0xfc | sequence->chroma_format),
        (uint8_t)(0xf8 | (sequence->bit_depth_luma - 8)),
        (uint8_t)(0xf8 | (sequence->bit_depth_chroma - 8)),
        0,
        0, /* avgFrameRate: not known */
        (uint8_t)(sequence->temporal_layers << 3 | (sequence->temporal_nesting ? 4 : 0) |
                  (NAL_LENGTH_SIZE - 1)),
        3, /* arrays */
    };
    uint8_t version = 1;
    enum status status = buffer_append(record, &version, 1);
    if (status == STATUS_OK) {
        status = buffer_append(record, sequence->profile_level, sizeof sequence->profile_level);
    }
    if (status == STATUS_OK) {
        status = buffer_append(record, fixed, sizeof fixed);
    }
    static const enum parameter_kind kinds[] = {PARAMETER_VPS, PARAMETER_SPS, PARAMETER_PPS};
    for (size_t i = 0; i < 3 && status == STATUS_OK; i++) {
        status = append_array(sets, kinds[i], record);
    }
    return status;
}

const struct video_codec codec_h265 = {
    .name = "hevc",
    .has_vps = true,
    .look = look,
    .parameter_id = parameter_id,
    .parse_sequence = sequence_parse_h265,
    .configuration = configuration,
};
