#include "camera/assembler.h"

#include <stdlib.h>
#include <string.h>

#define READY_MAX 2

struct assembler {
    const struct video_codec *codec;
    struct parameter_sets parameters;
    struct access_unit unit; /* being put together */
    bool open;               /* `unit` has a first piece */
    bool untimed;            /* and none of its pieces had a time yet */
    size_t nal_start;        /* where the last NAL unit's length stands in unit.sample */
    bool has_nal;
    bool has_picture;
    size_t picture_end; /* end of the last NAL unit that is a slice */
    bool nal_is_picture;
    bool overflowed;
    bool carried; /* `unit` holds NAL units that came before their picture, in another time */
    struct access_unit ready[READY_MAX];
    unsigned ready_count;
    uint64_t dropped_bytes;
};

enum status assembler_new(const struct video_codec *codec, struct assembler **assembler,
                          struct error *error)
{
    struct assembler *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for an assembler");
    }
    made->codec = codec;
    parameter_sets_init(&made->parameters, codec);
    *assembler = made;
    return STATUS_OK;
}

void assembler_free(struct assembler *assembler)
{
    if (assembler == NULL) {
        return;
    }
    access_unit_release(&assembler->unit);
    for (unsigned i = 0; i < READY_MAX; i++) {
        access_unit_release(&assembler->ready[i]);
    }
    parameter_sets_release(&assembler->parameters);
    free(assembler);
}

const struct parameter_sets *assembler_parameters(const struct assembler *assembler)
{
    return &assembler->parameters;
}

void assembler_describe(struct assembler *assembler, struct bytes annex_b)
{
    parameter_sets_add_stream(&assembler->parameters, annex_b);
}

uint64_t assembler_dropped_bytes(const struct assembler *assembler)
{
    return assembler->dropped_bytes;
}

/* Writes the last NAL unit's length in front of it. */
static void close_nal(struct assembler *assembler)
{
    if (!assembler->has_nal) {
        return;
    }
    struct buffer *sample = &assembler->unit.sample;
    size_t size = sample->size - assembler->nal_start - NAL_LENGTH_SIZE;
    uint8_t *length = sample->data + assembler->nal_start;
    length[0] = (uint8_t)(size >> 24);
    length[1] = (uint8_t)(size >> 16);
    length[2] = (uint8_t)(size >> 8);
    length[3] = (uint8_t)size;
    if (assembler->nal_is_picture) {
        assembler->picture_end = sample->size;
    }
    assembler->has_nal = false;
}

/* What the NAL units of a whole access unit say of it. */
static bool judge(struct assembler *assembler, struct access_unit *unit)
{
    bool picture = false;
    struct bytes nal;
    struct bytes sample = buffer_bytes(&unit->sample);
    unit->key = false;
    for (size_t at = 0; sample_next_nal(sample, &at, &nal);) {
        struct nal_traits traits = assembler->codec->look(nal);
        picture = picture || traits.picture;
        unit->key = unit->key || traits.random_access;
        if (traits.parameter != PARAMETER_NONE) {
            parameter_sets_add(&assembler->parameters, traits.parameter, nal);
        }
    }
    unit->parameters = assembler->parameters.generation;
    return picture;
}

static void begin_unit(struct assembler *assembler, bool time_known, int64_t media_time,
                       int64_t arrival_ns)
{
    if (!assembler->carried) {
        buffer_clear(&assembler->unit.sample);
    }
    assembler->carried = false;
    assembler->unit.kind = UNIT_VIDEO;
    assembler->unit.media_time = media_time;
    assembler->unit.media_time_known = time_known;
    assembler->unit.arrival_ns = arrival_ns;
    assembler->open = true;
    assembler->untimed = !time_known;
    assembler->has_nal = false;
    assembler->has_picture = false;
    assembler->overflowed = false;
    assembler->picture_end = 0;
}

static void finish_unit(struct assembler *assembler)
{
    if (!assembler->open) {
        return;
    }
    close_nal(assembler);
    assembler->open = false;
    size_t size = assembler->unit.sample.size;
    if (assembler->overflowed || assembler->ready_count == READY_MAX) {
        assembler->dropped_bytes += size;
        return;
    }
    if (!judge(assembler, &assembler->unit)) {
        assembler->carried = size > 0; /* nothing a camera sent is left out */
        return;
    }
    access_unit_swap(&assembler->unit, &assembler->ready[assembler->ready_count++]);
}

/* The timestamp stands still, but a picture begins: what came after the last slice is the new
 * picture's. */
static enum status split_unit(struct assembler *assembler, int64_t arrival_ns)
{
    close_nal(assembler);
    __attribute__((cleanup(buffer_release))) struct buffer rest = {0};
    struct buffer *sample = &assembler->unit.sample;
    enum status status = buffer_append(&rest, sample->data + assembler->picture_end,
                                       sample->size - assembler->picture_end);
    if (status != STATUS_OK) {
        return status;
    }
    sample->size = assembler->picture_end;
    int64_t media_time = assembler->unit.media_time;
    finish_unit(assembler);
    begin_unit(assembler, false, media_time, arrival_ns);
    assembler->untimed = false; /* it has the time that stands still */
    return buffer_append(&assembler->unit.sample, rest.data, rest.size);
}

static enum status append(struct assembler *assembler, struct bytes bytes)
{
    struct buffer *sample = &assembler->unit.sample;
    if (assembler->overflowed || sample->size + bytes.size > ACCESS_UNIT_MAX) {
        assembler->overflowed = true;
        assembler->dropped_bytes += bytes.size;
        return STATUS_OK;
    }
    return buffer_append(sample, bytes.data, bytes.size);
}

static enum status begin_nal(struct assembler *assembler, struct bytes start, int64_t arrival_ns)
{
    static const uint8_t length[NAL_LENGTH_SIZE] = {0};
    struct nal_traits traits = assembler->codec->look(start);
    close_nal(assembler);
    bool frames_only =
        !assembler->parameters.sequence_known || assembler->parameters.sequence.frames_only;
    enum status status = STATUS_OK;
    if (traits.first_slice && assembler->has_picture && frames_only && !assembler->overflowed) {
        status = split_unit(assembler, arrival_ns);
    }
    assembler->has_picture = assembler->has_picture || traits.picture;
    assembler->nal_is_picture = traits.picture;
    assembler->nal_start = assembler->unit.sample.size;
    assembler->has_nal = !assembler->overflowed;
    return status == STATUS_OK ? append(assembler, (struct bytes){length, sizeof length}) : status;
}

/* A piece that begins with a start code holds the beginnings of one NAL unit or more. */
static enum status add_nals(struct assembler *assembler, struct bytes piece, int64_t arrival_ns)
{
    enum status status = STATUS_OK;
    size_t at = start_code_find(piece, 0);
    while (at < piece.size && status == STATUS_OK) {
        size_t begin = at + 3;
        at = start_code_find(piece, begin);
        size_t end = at;
        if (at < piece.size && end > begin && piece.data[end - 1] == 0) {
            end--; /* the zero_byte of a four-byte start code */
        }
        struct bytes nal = {piece.data + begin, end - begin};
        if (nal.size == 0) {
            continue;
        }
        status = begin_nal(assembler, nal, arrival_ns);
        if (status == STATUS_OK) {
            status = append(assembler, nal);
        }
    }
    return status;
}

static bool begins_with_start_code(struct bytes piece)
{
    static const uint8_t code[] = {0, 0, 0, 1};
    return piece.size >= sizeof code && memcmp(piece.data, code, sizeof code) == 0;
}

enum status assembler_add(struct assembler *assembler, struct bytes piece, bool time_known,
                          int64_t media_time, int64_t arrival_ns)
{
    if (assembler->open && time_known && assembler->untimed) {
        assembler->unit.media_time = media_time;
        assembler->unit.media_time_known = true;
        assembler->untimed = false;
    } else if (assembler->open && time_known && assembler->unit.media_time != media_time) {
        finish_unit(assembler);
    }
    if (!assembler->open) {
        begin_unit(assembler, time_known, media_time, arrival_ns);
    }
    if (begins_with_start_code(piece)) {
        return add_nals(assembler, piece, arrival_ns);
    }
    if (!assembler->has_nal) {
        assembler->dropped_bytes += piece.size; /* the rest of what began in a lost packet */
        return STATUS_OK;
    }
    return append(assembler, piece);
}

void assembler_finish(struct assembler *assembler)
{
    finish_unit(assembler);
    assembler->dropped_bytes += assembler->carried ? assembler->unit.sample.size : 0;
    assembler->carried = false;
}

enum status assembler_take(struct assembler *assembler, struct access_unit *unit)
{
    if (assembler->ready_count == 0) {
        return STATUS_AGAIN;
    }
    access_unit_swap(unit, &assembler->ready[0]);
    assembler->ready_count--;
    for (unsigned i = 0; i < assembler->ready_count; i++) {
        access_unit_swap(&assembler->ready[i], &assembler->ready[i + 1]);
    }
    return STATUS_OK;
}
