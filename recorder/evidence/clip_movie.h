/*
 * A clip's `moov`: the recorded init part's description of the tracks with complete sample tables
 * in place of `mvex`, and edit lists.
 *
 * Decoding times in the tables begin at 0 with each track's first sample. The edit lists put time
 * 0 of the presentation on the first keyframe, and the sound beside it. Internal: clips alone have
 * one.
 */
#ifndef SEALROOM_EVIDENCE_CLIP_MOVIE_H
#define SEALROOM_EVIDENCE_CLIP_MOVIE_H

#include "evidence/footage.h"
#include "evidence/sample_table.h"

struct clip_movie {
    struct buffer init; /* the recorded init part; what follows points into it */
    struct footage_tracks tracks;
    struct sample_table tables[FOOTAGE_TRACKS_MAX];
    int64_t start_utc_ns; /* of the first fragment: when what is shown `lead` after its first
                             decoding time is shown */
    int64_t lead;         /* in units of the video's timescale; no part of ftyp and moov */
    uint64_t shown_first; /* presentation time of the first keyframe */
    uint64_t shown_end;   /* of the last one's end */
    uint64_t fragment_at; /* where the fragment that is added stands in the mdat's content */
    size_t track;         /* whose samples are added */
};

/* Zero-initialise; release with this. */
void clip_movie_release(struct clip_movie *movie);
/* Begins with the init part and the first fragment of a clip. Of the segment, here and below, the
 * file and its name are used, and no piece but those given. `fragment` is memory to read into. */
MUST_CHECK enum status clip_movie_begin(struct clip_movie *movie,
                                        const struct footage_segment *segment,
                                        const struct piece *init, const struct piece *first,
                                        struct footage_fragment *fragment, struct error *error);
/* Takes the lead from the first fragment of the segment that the clip begins in. */
MUST_CHECK enum status clip_movie_lead(struct clip_movie *movie,
                                       const struct footage_segment *segment,
                                       const struct piece *first, struct footage_fragment *fragment,
                                       struct error *error);
/* Adds the samples of a fragment that stands at `at` of the mdat's content. */
MUST_CHECK enum status clip_movie_add(struct clip_movie *movie,
                                      const struct footage_segment *segment,
                                      const struct piece *piece, uint64_t at,
                                      struct footage_fragment *fragment, struct error *error);
/* After the last one. */
MUST_CHECK enum status clip_movie_end(struct clip_movie *movie);
/* What stands before a clip's recorded pieces: ftyp, moov, and the header of an mdat with so many
 * bytes of them. *front is cleared first. STATUS_UNSUPPORTED: more than 4 GiB. */
MUST_CHECK enum status clip_movie_front(const struct clip_movie *movie, uint64_t data_size,
                                        struct buffer *front, struct error *error);

/* Tracks that have samples are in the clip. */
bool clip_movie_has(const struct clip_movie *movie, size_t track);
/* UTC of time 0 of a track's media. */
int64_t clip_movie_origin_utc_ns(const struct clip_movie *movie, size_t track);
/* When the first picture that is shown was taken. */
int64_t clip_movie_start_utc_ns(const struct clip_movie *movie);

#endif
