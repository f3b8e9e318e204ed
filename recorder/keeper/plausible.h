/*
 * Times that a camera process tells: can they be?
 */
#ifndef SEALROOM_KEEPER_PLAUSIBLE_H
#define SEALROOM_KEEPER_PLAUSIBLE_H

#include "keeper/parts.h"

/* A length of time too. Sums and differences of two that can be are numbers. */
bool plausible_time(int64_t utc_ns);
/* Can a process on this machine have read this off its clocks? */
bool plausible_moment(const struct keeper *keeper, struct moment at);
/* Can video of the open segment end then? */
bool plausible_end(const struct keeper *keeper, const struct segment *segment, int64_t end_utc_ns);

#endif
