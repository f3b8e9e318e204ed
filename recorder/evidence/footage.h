/*
 * Recorded segments of one camera, as a clip is made of them: opened one after the other, never
 * all at once, and read with no more trust than any bytes. Which piece is what comes from the
 * piece list, which the caller has held against the segment's record.
 */
#ifndef SEALROOM_EVIDENCE_FOOTAGE_H
#define SEALROOM_EVIDENCE_FOOTAGE_H

#include "store/box_sample.h"
#include "store/piece.h"

/* A segment that is open. What it points to is lent by whoever opened it, until it is closed. */
struct footage_segment {
    const char *file; /* to name it by */
    int descriptor;
    const struct piece_list *pieces;
    bool continues; /* the next one of this footage begins with the very next frame */
};

/* Segments in the order of time. */
struct footage {
    size_t count;
    enum status (*open)(void *context, size_t index, struct footage_segment *segment,
                        struct error *error);
    void (*close)(void *context, struct footage_segment *segment);
    void *context;
};

/* A track, as the init part tells of it. */
struct footage_track {
    uint32_t track;
    uint32_t timescale; /* 8000 to 10000000 units a second */
    bool video;
    struct box_defaults defaults;
    struct bytes trak; /* the box's content, in the init part */
};

/* Pictures, sound, and room for what a later recorder may add. */
#define FOOTAGE_TRACKS_MAX 4

struct footage_tracks {
    struct footage_track items[FOOTAGE_TRACKS_MAX]; /* the first is video */
    size_t count;
};

/* Piece 0; NULL if there is none. */
const struct piece *footage_init(const struct footage_segment *segment);
/* Reads an init part whole into *bytes, which is cleared first. NULL is STATUS_INVALID. */
MUST_CHECK enum status footage_read_init(const struct footage_segment *segment,
                                         const struct piece *piece, struct buffer *bytes,
                                         struct error *error);
/* The tracks of an init part; they point into it. */
MUST_CHECK enum status footage_parse_tracks(const struct footage_segment *segment,
                                            struct bytes init, struct footage_tracks *tracks,
                                            struct error *error);

/* A fragment's moof and where the bytes of its samples may lie. */
struct footage_fragment {
    struct buffer moof; /* the whole box; release it */
    int64_t data_begin; /* from the first byte of the moof box */
    int64_t data_end;
};

/* Reads a fragment's moof (its memory is used again). */
MUST_CHECK enum status footage_read_fragment(const struct footage_segment *segment,
                                             const struct piece *piece,
                                             struct footage_fragment *fragment,
                                             struct error *error);
/* Every sample of a track in it, its bytes within the fragment's mdat. What `take` returns is an
 * error that names the fragment: STATUS_MISMATCH if it does not follow what was taken before. */
MUST_CHECK enum status footage_each_sample(const struct footage_segment *segment,
                                           const struct piece *piece,
                                           const struct footage_fragment *fragment,
                                           const struct footage_track *track, box_take_sample *take,
                                           void *context, struct error *error);

/* How a fragment's video lies in time, in units of the track's timescale. */
struct footage_times {
    uint64_t first_decode;
    uint64_t first_shown; /* the earliest presentation time in it */
    int64_t lead;         /* presentation minus decode time of its first picture */
};
MUST_CHECK enum status footage_fragment_times(const struct footage_segment *segment,
                                              const struct piece *piece,
                                              const struct footage_track *track,
                                              struct footage_fragment *fragment,
                                              struct footage_times *times, struct error *error);

/* Units of a timescale in nanoseconds. */
int64_t footage_ns_of(int64_t units, uint32_t timescale);

/* error_set with the file's name and the offset before the sentence. */
enum status footage_error(const struct footage_segment *segment, uint64_t offset,
                          enum status status, const char *sentence, struct error *error);

#endif
