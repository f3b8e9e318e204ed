/*
 * Calls a function again and again, or when there is nothing more urgent to do.
 */
#ifndef SEALROOM_KEEPER_TICKER_H
#define SEALROOM_KEEPER_TICKER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/status.h"

struct ticker;

/* Every period_ms, from one period on. A late turn is not made up for. */
MUST_CHECK enum status ticker_new(sd_event *event, uint64_t period_ms, void (*turn)(void *context),
                                  void *context, struct ticker **ticker, struct error *error);
/* NULL is allowed. */
void ticker_free(struct ticker *ticker);

/* Work in steps: `step` is called whenever no descriptor is ready and no commit is due, until it
 * returns false; idler_wake makes it begin again. */
struct idler;

MUST_CHECK enum status idler_new(sd_event *event, bool (*step)(void *context), void *context,
                                 struct idler **idler, struct error *error);
/* NULL is allowed. */
void idler_free(struct idler *idler);
void idler_wake(struct idler *idler);

#endif
