/*
 * Pictures as a movie that every browser plays: H.264 (constrained baseline) in fragmented MP4,
 * one init part and one fragment, in memory.
 */
#ifndef SEALROOM_PICTURE_MOVIE_H
#define SEALROOM_PICTURE_MOVIE_H

#include <libavutil/frame.h>

#include "base/bytes.h"

struct movie;

/* Pictures have the size, and the colours, of this one. STATUS_UNSUPPORTED: there is no encoder. */
MUST_CHECK enum status movie_new(const AVFrame *first, struct movie **movie, struct error *error);
/* NULL is allowed. */
void movie_free(struct movie *movie);
/* One more, decoded and shown at `at_ns`, later than the one before. *picture is changed. */
MUST_CHECK enum status movie_add(struct movie *movie, AVFrame *picture, int64_t at_ns,
                                 struct error *error);
/* The last one is shown until `end_ns`. *bytes is cleared first. */
MUST_CHECK enum status movie_end(struct movie *movie, int64_t end_ns, struct buffer *bytes,
                                 struct error *error);

#endif
