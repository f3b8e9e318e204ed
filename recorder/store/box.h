/*
 * MP4 boxes (ISO/IEC 14496-12, 4.2) by their lengths: where the pieces of a fragmented file lie,
 * and what a fragment says of its time. Everything is bounded; nothing is believed that does not
 * fit. Made for files that a power cut has torn, and fuzzed.
 */
#ifndef SEALROOM_STORE_BOX_H
#define SEALROOM_STORE_BOX_H

#include "base/bytes.h"
#include "base/message.h"

#define BOX_TYPE(a, b, c, d)                                                                       \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct box {
    uint32_t type;        /* BOX_TYPE('m', 'o', 'o', 'f') */
    uint32_t header_size; /* 8 or 16 */
    uint64_t size;        /* with its header */
};

/* The header at the front of `bytes`. STATUS_AGAIN: more bytes are needed (16 always suffice);
 * STATUS_INVALID: a size smaller than its header, "to the end of the file" (0), or a type that is
 * not four printable characters. */
MUST_CHECK enum status box_header(struct bytes bytes, struct box *box);

/* Takes the next box off the front of *rest. False at the end, or if what is left is no box. */
bool box_take(struct bytes *rest, uint32_t *type, struct bytes *content);
/* The content of the first box of a type; empty if there is none. */
struct bytes box_find(struct bytes parent, uint32_t wanted);

/* Something to read boxes from. `read` gives exactly `size` bytes at `offset`; anything else is
 * an error. */
struct box_source {
    enum status (*read)(void *context, uint64_t offset, void *data, size_t size,
                        struct error *error);
    void *context;
    uint64_t size; /* bytes there are */
};

/* Over memory: `bytes` must live as long as the source is used. */
struct box_source box_source_bytes(const struct bytes *bytes);
/* Over a file open for reading: *descriptor must live as long as the source is used. */
struct box_source box_source_file(const int *descriptor, uint64_t size);

struct box_range {
    enum piece_kind kind;
    uint64_t offset;
    uint64_t size;
};

/* The piece that begins at `offset`. At 0 that is the init part: boxes up to and with `moov`.
 * Elsewhere a fragment: boxes up to and with the first `mdat`, a `moof` among them. What is
 * neither, or not whole, is PIECE_TORN to the end of the source. STATUS_END at the end of the
 * source; STATUS_IO only if reading failed. */
MUST_CHECK enum status box_next_piece(const struct box_source *source, uint64_t offset,
                                      struct box_range *range, struct error *error);

/* A track's number and timescale (ISO/IEC 14496-12, 8.3.2.2 and 8.4.2.2) and its handler type
 * (8.4.3.2), from the content of its `trak` or `mdia`; 0 where it is not there or cut short. */
uint32_t box_track_id(struct bytes trak);
uint32_t box_track_timescale(struct bytes mdia);
uint32_t box_track_handler(struct bytes mdia);

/* What the init part says of the video track. */
struct box_track {
    uint32_t track;
    uint32_t timescale;        /* units a second, never 0 */
    uint32_t default_duration; /* trex; 0 if none */
    uint32_t default_flags;
    uint32_t width;
    uint32_t height;
    char video_codec[ID_SIZE]; /* "h264", "hevc", or the sample entry's four characters */
    char audio_codec[ID_SIZE]; /* "aac", "opus", "" if no audio track */
};

/* STATUS_NOT_FOUND if there is no video track. */
MUST_CHECK enum status box_parse_init(struct bytes init, struct box_track *track,
                                      struct error *error);

/* What a fragment says of its video. */
struct box_fragment {
    uint32_t sequence;    /* mfhd */
    uint64_t decode_time; /* tfdt, in units of the timescale */
    uint64_t duration;    /* sum of the samples' durations */
    uint32_t frames;
    bool keyframe; /* the first sample is a sync sample */
};

/* `moof` begins with the moof box (anything before and after it is passed over). */
MUST_CHECK enum status box_parse_fragment(struct bytes moof, const struct box_track *track,
                                          struct box_fragment *fragment, struct error *error);

#endif
