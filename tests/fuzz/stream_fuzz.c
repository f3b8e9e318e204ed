/*
 * What a camera sends, from the pieces that come off the network to the pieces that go into a
 * segment's file. They must tile it, and read back as what they are called.
 *
 * The first byte chooses the codec; then, again and again: flags, time step (2 bytes), size
 * (2 bytes), and so many bytes of the stream.
 */
#include <string.h>

#include "camera/assembler.h"
#include "camera/segmenter.h"
#include "fuzz.h"
#include "store/box.h"

#define STREAM_UNITS_MAX 200

struct tape {
    int64_t now_ns;
    bool open;
    bool has_init;
    struct box_track track;
    uint64_t offset;
    uint32_t pieces;
    uint32_t frames;
};

static void tick(void *context, struct clock_reading *reading)
{
    struct tape *tape = context;
    *reading = (struct clock_reading){.utc_ns = 1795335222 * NS_PER_SECOND + tape->now_ns,
                                      .monotonic_ns = tape->now_ns,
                                      .quality = CLOCK_SYNCED};
}

static bool ready(void *context)
{
    (void)context;
    return true;
}

static enum status begin(void *context, struct message_segment_begin *begun, struct error *error)
{
    struct tape *tape = context;
    (void)error;
    MUST(!tape->open);
    *tape = (struct tape){.now_ns = tape->now_ns, .open = true};
    memcpy(begun->segment, "s", 2);
    uint8_t bytes[MESSAGE_SIZE_MAX];
    struct writer packet = writer_of(bytes, sizeof bytes);
    MUST(message_encode(MESSAGE_SEGMENT_BEGIN, 1, begun, &packet) == STATUS_OK);
    return STATUS_OK;
}

static enum status piece(void *context, struct message_fragment *told, struct bytes bytes,
                         struct error *error)
{
    struct tape *tape = context;
    (void)error;
    MUST(tape->open && bytes.size > 0);
    MUST((told->kind == PIECE_INIT) == !tape->has_init);
    const struct box_source source = box_source_bytes(&bytes);
    struct box_range range;
    if (told->kind == PIECE_INIT) {
        MUST(box_next_piece(&source, 0, &range, NULL) == STATUS_OK);
        MUST(range.kind == PIECE_INIT && range.size == bytes.size);
        MUST(box_parse_init(bytes, &tape->track, NULL) == STATUS_OK);
        tape->has_init = true;
    } else {
        struct box_fragment fragment;
        MUST(box_parse_fragment(bytes, &tape->track, &fragment, NULL) == STATUS_OK);
        MUST(fragment.frames == told->frames);
        tape->frames += told->frames;
    }
    tape->offset += bytes.size;
    tape->pieces++;
    return STATUS_OK;
}

static enum status end(void *context, struct message_segment_end *ended, struct error *error)
{
    struct tape *tape = context;
    (void)error;
    (void)ended;
    MUST(tape->open && tape->has_init);
    tape->open = false;
    return STATUS_OK;
}

static void note(void *context, enum camera_note camera_note, uint64_t count, const char *detail)
{
    (void)context;
    (void)count;
    MUST(word_camera_note(camera_note) != NULL);
    MUST(strlen(detail) < DETAIL_SIZE);
}

/* A sample is whole NAL units after their lengths, nothing between and nothing after. */
static void check_sample(const struct access_unit *unit)
{
    size_t at = 0;
    size_t sum = 0;
    struct bytes nal;
    while (sample_next_nal(buffer_bytes(&unit->sample), &at, &nal)) {
        sum += NAL_LENGTH_SIZE + nal.size;
    }
    MUST(sum == unit->sample.size);
}

static bool take_all(struct assembler *assembler, struct segmenter *segmenter,
                     struct access_unit *unit)
{
    while (assembler_take(assembler, unit) == STATUS_OK) {
        check_sample(unit);
        if (segmenter_add(segmenter, unit, NULL) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

/* False when the muxer refuses: the connection would be given up. */
static bool feed(struct assembler *assembler, struct segmenter *segmenter, struct tape *tape,
                 struct bytes data)
{
    struct reader reader = reader_of(data);
    struct access_unit unit = {0};
    int64_t media_time = 0;
    bool going = true;
    for (unsigned i = 0; going && i < STREAM_UNITS_MAX && reader_left(&reader) > 5; i++) {
        uint8_t flags = read_u8(&reader);
        int64_t step = (int16_t)read_u16(&reader);
        size_t size = read_u16(&reader);
        size = size < reader_left(&reader) ? size : reader_left(&reader);
        media_time += (flags & 1) != 0 ? step * 1024 : step;
        tape->now_ns += NS_PER_MS * ((flags & 2) != 0 ? 1000 : 40);
        if ((flags & 4) != 0) {
            segmenter_seal(segmenter);
        }
        going = assembler_add(assembler, read_bytes(&reader, size), (flags & 8) == 0, media_time,
                              tape->now_ns) == STATUS_OK &&
                take_all(assembler, segmenter, &unit);
    }
    if (going) {
        assembler_finish(assembler);
        going = take_all(assembler, segmenter, &unit);
    }
    access_unit_release(&unit);
    return going;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct tape tape = {0};
    struct clock clock = {.read = tick, .context = &tape};
    const struct segment_sink sink = {
        .ready = ready, .begin = begin, .piece = piece, .end = end, .context = &tape, .note = note};
    const struct sound_format silence = {0};
    struct assembler *assembler = NULL;
    struct segmenter *segmenter = NULL;
    const struct video_codec *codec = data[0] % 2 == 0 ? &codec_h264 : &codec_h265;
    MUST(assembler_new(codec, &assembler, NULL) == STATUS_OK);
    MUST(segmenter_new(&clock, &sink, 3 * NS_PER_SECOND, &segmenter, NULL) == STATUS_OK);
    segmenter_connect(segmenter, assembler_parameters(assembler), &silence, 1);
    if (feed(assembler, segmenter, &tape, (struct bytes){data + 1, size - 1})) {
        (void)!segmenter_disconnect(segmenter, NULL);
    } else {
        segmenter_abandon(segmenter);
    }
    MUST(!tape.open);
    segmenter_free(segmenter);
    assembler_free(assembler);
    return 0;
}
