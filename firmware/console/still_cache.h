/*
 * Stills that were made a moment ago: a page shows the same ones again and again. That the pieces
 * are still what they were is seen to by whoever finds one here. And segments that ended the
 * decoder, so that they do it once.
 */
#ifndef SEALROOM_CONSOLE_STILL_CACHE_H
#define SEALROOM_CONSOLE_STILL_CACHE_H

#include "firmware/console/derived.h"

#define STILL_CACHE_MAX       256u   /* stills; the one that was not used for longest goes */
#define STILL_CACHE_BYTES_MAX 16384u /* a larger one is not kept */
#define STILL_CACHE_AVOID_US  UINT64_C(60000000) /* and then it is tried again */

struct still_cache;

MUST_CHECK enum status still_cache_new(struct still_cache **cache, struct error *error);
/* NULL is allowed. */
void still_cache_free(struct still_cache *cache);
/* Borrowed until something is added; empty: it is not there. */
struct bytes still_cache_find(struct still_cache *cache, const struct derived_plan *plan);
/* A copy; what there is no room for is not kept. */
void still_cache_add(struct still_cache *cache, const struct derived_plan *plan,
                     struct bytes still);

/* What begins with this piece of this segment ended the decoder. */
void still_cache_avoid(struct still_cache *cache, const struct derived_plan *plan);
bool still_cache_is_avoided(const struct still_cache *cache, const struct derived_plan *plan);

#endif
