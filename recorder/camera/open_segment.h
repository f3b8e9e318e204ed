/*
 * The segment that is being made, with its open fragment: samples go in, whole pieces go to the
 * sink, with their place in the file. When a fragment or the segment ends is the caller's to say.
 */
#ifndef SEALROOM_CAMERA_OPEN_SEGMENT_H
#define SEALROOM_CAMERA_OPEN_SEGMENT_H

#include "camera/mp4.h"
#include "camera/segment_sink.h"

/* The sink and the number of the next fragment are the caller's to set, the rest is only read. */
struct open_segment {
    struct segment_sink sink;
    uint32_t next_fragment; /* from 1; goes on over the segments of a connection */
    struct mp4 *mp4;        /* NULL: no segment is open */
    struct buffer piece;
    uint64_t size;
    uint32_t pieces;
    uint32_t frames;
    /* of the open fragment */
    int64_t fragment_decode;
    int64_t fragment_utc_ns;
    size_t fragment_bytes;
    uint32_t fragment_frames;
    bool fragment_key;
};

void open_segment_release(struct open_segment *segment);
bool open_segment_is_open(const struct open_segment *segment);

/* Begins a file and hands its init part on. The parameter sets are borrowed for the call. What the
 * sink or mp4_new refuses is what all of these return. */
MUST_CHECK enum status open_segment_begin(struct open_segment *segment,
                                          const struct parameter_sets *parameters,
                                          const struct sound_format *sound,
                                          struct message_segment_begin *begin, struct error *error);
/* The next sample is the first of a fragment: decoded then, shown at `utc_ns`. */
void open_segment_begin_fragment(struct open_segment *segment, int64_t decode, int64_t utc_ns,
                                 bool key);
MUST_CHECK enum status open_segment_add(struct open_segment *segment,
                                        const struct mp4_sample *sample, struct error *error);
/* Ends the fragment, if it has pictures, and hands it on; what comes next is placed at
 * `end_utc_ns`. */
MUST_CHECK enum status open_segment_cut_fragment(struct open_segment *segment, int64_t end_utc_ns,
                                                 struct error *error);
/* Ends the fragment and the segment. `continues`: the next one begins where it ends. */
MUST_CHECK enum status open_segment_end(struct open_segment *segment, int64_t end_utc_ns,
                                        bool continues, struct error *error);
/* Ends the segment, if one is open, without what was not yet a piece. */
void open_segment_abandon(struct open_segment *segment);

#endif
