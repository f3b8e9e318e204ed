/*
 * Answers that wait until the catalog lists what was recorded, so that whoever is told of a record
 * finds it on the page that is asked for next.
 */
#ifndef SEALROOM_CONSOLE_LISTED_H
#define SEALROOM_CONSOLE_LISTED_H

#include <systemd/sd-event.h>

#include "firmware/console/call.h"

/* So long at most: the record is durable, whatever becomes of the catalog. */
#define LISTED_PATIENCE_MS 2000u

struct listed;

MUST_CHECK enum status listed_new(sd_event *event, struct listed **listed, struct error *error);
/* What waits is not answered any more. NULL is allowed. */
void listed_free(struct listed *listed);

/* Answers {"record": N} as soon as the catalog lists it. Where too many wait, at once. */
void listed_answer(struct listed *listed, struct call *call, uint64_t record);
/* The catalog has taken records in: all before `through` are listed. */
void listed_news(struct listed *listed, uint64_t through);

#endif
