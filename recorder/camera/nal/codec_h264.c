#include "camera/nal/codec.h"

#include "camera/nal/bit_reader.h"
#include "camera/nal/parameter_sets.h"

/* H.264 table 7-1 */
enum {
    NAL_SLICE = 1,
    NAL_PARTITION_A = 2,
    NAL_IDR = 5,
    NAL_SEI = 6,
    NAL_SPS = 7,
    NAL_PPS = 8,
};

#define SEI_RECOVERY_POINT 6
#define SEI_SCAN_MAX       256

/* Does the SEI hold a recovery point (D.1.8)? Streams without IDR pictures begin there. */
static bool has_recovery_point(struct bytes nal)
{
    uint8_t rbsp[SEI_SCAN_MAX];
    struct reader reader = reader_of((struct bytes){rbsp, rbsp_extract(nal, 1, rbsp, sizeof rbsp)});
    while (reader_left(&reader) > 2) {
        uint32_t numbers[2] = {0, 0}; /* payloadType, payloadSize */
        for (int i = 0; i < 2; i++) {
            uint8_t byte = 0;
            do {
                byte = read_u8(&reader);
                numbers[i] += byte;
            } while (byte == 255 && !reader.failed);
        }
        if (reader.failed) {
            return false;
        }
        if (numbers[0] == SEI_RECOVERY_POINT) {
            return true;
        }
        (void)read_bytes(&reader, numbers[1]);
    }
    return false;
}

static struct nal_traits look(struct bytes nal)
{
    struct nal_traits traits = {0};
    if (nal.size < 2) {
        return traits;
    }
    switch (nal.data[0] & 0x1f) {
    case NAL_IDR:
        traits.random_access = true;
        /* fallthrough */
    case NAL_SLICE:
    case NAL_PARTITION_A:
        traits.picture = true;
        traits.first_slice = (nal.data[1] & 0x80) != 0; /* first_mb_in_slice is ue(v) 0 */
        break;
    case NAL_SEI:
        traits.random_access = has_recovery_point(nal);
        break;
    case NAL_SPS:
        traits.parameter = PARAMETER_SPS;
        break;
    case NAL_PPS:
        traits.parameter = PARAMETER_PPS;
        break;
    default:
        break;
    }
    return traits;
}

static enum status parameter_id(enum parameter_kind kind, struct bytes nal, uint32_t *id)
{
    uint8_t rbsp[16];
    struct bit_reader bits = bit_reader_of(rbsp, rbsp_extract(nal, 1, rbsp, sizeof rbsp));
    if (kind == PARAMETER_SPS) {
        bits_skip(&bits, 24);
    }
    *id = bits_ue(&bits);
    return bits.failed || *id > (kind == PARAMETER_SPS ? 31u : 255u) ? STATUS_INVALID : STATUS_OK;
}

static enum status append_sets(struct buffer *record, const struct parameter_set *sets,
                               unsigned count)
{
    enum status status = STATUS_OK;
    for (unsigned i = 0; i < count && status == STATUS_OK; i++) {
        uint8_t length[2] = {(uint8_t)(sets[i].size >> 8), (uint8_t)sets[i].size};
        status = buffer_append(record, length, sizeof length);
        if (status == STATUS_OK) {
            status = buffer_append(record, sets[i].data, sets[i].size);
        }
    }
    return status;
}

/* AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3.1.2 */
static enum status configuration(const struct parameter_sets *sets, struct buffer *record)
{
    unsigned sps_count = 0;
    unsigned pps_count = 0;
    const struct parameter_set *sps = parameter_sets_of(sets, PARAMETER_SPS, &sps_count);
    const struct parameter_set *pps = parameter_sets_of(sets, PARAMETER_PPS, &pps_count);
    if (sps == NULL || pps == NULL || sps->size < 4) {
        return STATUS_NOT_FOUND;
    }
    uint8_t profile = sps->data[1];
    uint8_t head[6] = {1, profile, sps->data[2], sps->data[3], 0xff, (uint8_t)(0xe0 | sps_count)};
    uint8_t count = (uint8_t)pps_count;
    enum status status = buffer_append(record, head, sizeof head);
    if (status == STATUS_OK) {
        status = append_sets(record, sps, sps_count);
    }
    if (status == STATUS_OK) {
        status = buffer_append(record, &count, 1);
    }
    if (status == STATUS_OK) {
        status = append_sets(record, pps, pps_count);
    }
    if (status == STATUS_OK &&
        (profile == 100 || profile == 110 || profile == 122 || profile == 144 || profile == 244)) {
        uint8_t tail[4] = {(uint8_t)(0xfc | sets->sequence.chroma_format),
                           (uint8_t)(0xf8 | (sets->sequence.bit_depth_luma - 8)),
                           (uint8_t)(0xf8 | (sets->sequence.bit_depth_chroma - 8)), 0};
        status = buffer_append(record, tail, sizeof tail);
    }
    return status;
}

const struct video_codec codec_h264 = {
    .name = "h264",
    .look = look,
    .parameter_id = parameter_id,
    .parse_sequence = sequence_parse_h264,
    .configuration = configuration,
};
