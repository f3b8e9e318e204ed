#include "evidence/still.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/suite.h"

#define BLOCK_SIZE 65536u

/* Which pieces hold the picture, and where it lies in them. */
struct place {
    size_t first; /* begins with a keyframe */
    size_t last;
    int64_t lead_ns; /* of the segment: a picture is shown so long after its decoding time */
    int64_t wanted_ns;
    uint32_t init_size;
    uint32_t fragments_size;
};

static enum status read_lead(const struct footage_segment *segment, int64_t *lead_ns,
                             struct error *error)
{
    struct buffer init = {0};
    struct footage_fragment fragment = {0};
    struct footage_tracks tracks;
    struct footage_times times;
    enum status status = footage_read_init(segment, footage_init(segment), &init, error);
    if (status == STATUS_OK) {
        status = footage_parse_tracks(segment, buffer_bytes(&init), &tracks, error);
    }
    if (status == STATUS_OK) {
        status = footage_fragment_times(segment, piece_list_at(segment->pieces, 1),
                                        &tracks.items[0], &fragment, &times, error);
    }
    if (status == STATUS_OK) {
        *lead_ns = footage_ns_of(times.lead, tracks.items[0].timescale);
    }
    buffer_release(&init);
    buffer_release(&fragment.moof);
    return status;
}

static enum status find_pieces(const struct footage_segment *segment, int64_t at_utc_ns,
                               struct place *place, struct error *error)
{
    const struct piece_list *pieces = segment->pieces;
    uint64_t size = 0;
    for (size_t i = 1; i < piece_list_count(pieces); i++) {
        const struct piece *piece = piece_list_at(pieces, i);
        if (piece->kind != PIECE_FRAGMENT) {
            continue;
        }
        if (piece->keyframe && (place->first == 0 || piece->start_utc_ns <= at_utc_ns)) {
            place->first = i;
        }
        /* with reordered pictures the one on the screen may be decoded behind the next ones */
        if (place->last == 0 || piece->start_utc_ns <= at_utc_ns + place->lead_ns) {
            place->last = i;
        }
    }
    if (place->first == 0 || place->last < place->first) {
        return error_set(error, STATUS_NOT_FOUND, "there is no keyframe before that time");
    }
    for (size_t i = place->first; i <= place->last; i++) {
        size += piece_list_at(pieces, i)->size;
    }
    uint64_t init_size = piece_list_at(pieces, 0)->size;
    if (size > STILL_FRAGMENTS_MAX || init_size > STILL_INIT_MAX) {
        return error_set(error, STATUS_UNSUPPORTED,
                         "too much would have to be decoded for one picture");
    }
    place->fragments_size = (uint32_t)size;
    place->init_size = (uint32_t)init_size;
    place->wanted_ns =
        at_utc_ns - piece_list_at(pieces, place->first)->start_utc_ns + place->lead_ns;
    return STATUS_OK;
}

/* ---- asking ---- */

static enum status send_all(int picture, const void *data, size_t size, struct error *error)
{
    const uint8_t *from = data;
    while (size > 0) {
        ssize_t sent = send(picture, from, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return error_set_errno(error, STATUS_IO, errno, "sealroom-picture cannot be asked");
        }
        from += sent > 0 ? sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
    }
    return STATUS_OK;
}

/* Bytes of the file; what cannot be read is zeros, and *fault. */
static void read_block(const struct footage_segment *segment, uint64_t offset, uint8_t *block,
                       size_t size, enum status *fault)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(segment->descriptor, block + done, size - done, (off_t)(offset + done));
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            memset(block + done, 0, size - done);
            *fault = got < 0 ? STATUS_IO : STATUS_MISMATCH;
            return;
        }
        done += got > 0 ? (size_t)got : 0;
    }
}

/* What was altered is sent to its end, so that the next question begins where it must. */
static enum status send_piece(int picture, const struct footage_segment *segment,
                              const struct piece *piece, struct hasher *hasher, enum status *fault,
                              struct error *error)
{
    uint8_t block[BLOCK_SIZE];
    struct digest digest;
    hasher_begin(hasher);
    for (uint64_t at = 0; at < piece->size;) {
        uint64_t left = piece->size - at;
        size_t size = left < sizeof block ? (size_t)left : sizeof block;
        read_block(segment, piece->offset + at, block, size, fault);
        hasher_add(hasher, (struct bytes){block, size});
        enum status status = send_all(picture, block, size, error);
        if (status != STATUS_OK) {
            return status;
        }
        at += size;
    }
    hasher_end(hasher, &digest);
    if (*fault == STATUS_OK && !digest_equal(&digest, &piece->sha256)) {
        *fault = STATUS_MISMATCH;
    }
    return STATUS_OK;
}

static enum status ask(int picture, const struct footage_segment *segment,
                       const struct place *place, const struct still_wish *wish, enum status *fault,
                       struct error *error)
{
    uint8_t header[STILL_QUESTION_SIZE];
    struct writer writer = writer_of(header, sizeof header);
    struct hasher *hasher = NULL;
    write_bytes(&writer, STILL_QUESTION_MAGIC, strlen(STILL_QUESTION_MAGIC));
    write_u32(&writer, place->init_size);
    write_u32(&writer, place->fragments_size);
    write_i64(&writer, place->wanted_ns);
    write_u16(&writer, wish->width_max);
    write_u8(&writer, wish->quality);
    write_u8(&writer, 0);
    enum status status = hasher_new(DIGEST_SHA256, &hasher, error);
    if (status == STATUS_OK) {
        status = send_all(picture, header, sizeof header, error);
    }
    if (status == STATUS_OK) {
        status =
            send_piece(picture, segment, piece_list_at(segment->pieces, 0), hasher, fault, error);
    }
    for (size_t i = place->first; i <= place->last && status == STATUS_OK; i++) {
        status =
            send_piece(picture, segment, piece_list_at(segment->pieces, i), hasher, fault, error);
    }
    hasher_free(hasher);
    return status;
}

/* ---- the answer ---- */

static enum status read_all(int picture, void *into, size_t size, struct error *error)
{
    uint8_t *to = into;
    while (size > 0) {
        ssize_t got = read(picture, to, size);
        if (got < 0 && errno != EINTR) {
            return error_set_errno(error, STATUS_IO, errno, "sealroom-picture cannot be heard");
        }
        if (got == 0) {
            return error_set(error, STATUS_END, "the recorded video ended sealroom-picture");
        }
        to += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return STATUS_OK;
}

/* The other side has decoded hostile bytes: nothing it says is believed further than this. */
static enum status hear(int picture, struct buffer *jpeg, int64_t *shown_ns, struct error *error)
{
    uint8_t header[STILL_ANSWER_SIZE];
    uint8_t block[4096];
    char why[ERROR_TEXT_SIZE] = "";
    enum status status = read_all(picture, header, sizeof header, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct reader reader = reader_of((struct bytes){header, sizeof header});
    struct bytes magic = read_bytes(&reader, strlen(STILL_ANSWER_MAGIC));
    uint32_t outcome = read_u32(&reader);
    *shown_ns = read_i64(&reader);
    uint32_t size = read_u32(&reader);
    if (!bytes_equal(magic, bytes_of_text(STILL_ANSWER_MAGIC)) || size > STILL_ANSWER_MAX) {
        return error_set(error, STATUS_IO, "sealroom-picture says what it must not");
    }
    while (size > 0 && status == STATUS_OK) {
        size_t part = size < sizeof block ? size : sizeof block;
        status = read_all(picture, block, part, error);
        if (status == STATUS_OK && buffer_append(jpeg, block, part) != STATUS_OK) {
            status = error_set(error, STATUS_IO, "no memory for a still");
        }
        size -= (uint32_t)part;
    }
    if (status != STATUS_OK || outcome == 0) {
        return status;
    }
    bool is_text =
        jpeg->size > 0 && jpeg->size < sizeof why && utf8_is_clean(buffer_bytes(jpeg), false);
    if (is_text) {
        memcpy(why, jpeg->data, jpeg->size);
    }
    return error_set(error, STATUS_UNSUPPORTED, "%s",
                     is_text ? why : "no picture could be decoded");
}

/* Nothing but a JPEG goes into a page that people open. */
static bool is_jpeg(const struct buffer *jpeg)
{
    static const uint8_t begin[] = {0xff, 0xd8, 0xff};
    return jpeg->size > sizeof begin && memcmp(jpeg->data, begin, sizeof begin) == 0;
}

static enum status judge(enum status fault, const struct buffer *jpeg, struct error *error)
{
    if (fault == STATUS_IO) {
        return error_set(error, STATUS_NOT_FOUND, "the recorded video cannot be read");
    }
    if (fault != STATUS_OK) {
        return error_set(error, STATUS_MISMATCH, "the recorded video is not what was sealed");
    }
    return is_jpeg(jpeg) ? STATUS_OK
                         : error_set(error, STATUS_IO, "sealroom-picture says what it must not");
}

enum status still_of_segment(int picture, const struct footage_segment *segment, int64_t at_utc_ns,
                             const struct still_wish *wish, struct buffer *jpeg,
                             int64_t *taken_utc_ns, struct error *error)
{
    struct place place = {0};
    enum status fault = STATUS_OK;
    int64_t shown_ns = 0;
    buffer_clear(jpeg);
    enum status status = read_lead(segment, &place.lead_ns, error);
    if (status == STATUS_IO) {
        status = STATUS_NOT_FOUND; /* it is the disk that fails, not sealroom-picture */
    }
    if (status == STATUS_OK) {
        status = find_pieces(segment, at_utc_ns, &place, error);
    }
    if (status == STATUS_OK) {
        status = ask(picture, segment, &place, wish, &fault, error);
    }
    if (status == STATUS_OK) {
        status = hear(picture, jpeg, &shown_ns, error);
    }
    if (status == STATUS_OK || (status == STATUS_UNSUPPORTED && fault != STATUS_OK)) {
        status = judge(fault, jpeg, error);
    }
    if (status != STATUS_OK) {
        buffer_clear(jpeg);
        return status;
    }
    int64_t start = piece_list_at(segment->pieces, place.first)->start_utc_ns;
    if (__builtin_add_overflow(start - place.lead_ns, shown_ns, taken_utc_ns)) {
        *taken_utc_ns = at_utc_ns;
    }
    return STATUS_OK;
}
