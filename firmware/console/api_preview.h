/*
 * What a package would hold: out of the catalog, so about, and at once.
 */
#ifndef SEALROOM_CONSOLE_API_PREVIEW_H
#define SEALROOM_CONSOLE_API_PREVIEW_H

#include "firmware/console/call.h"

/* POST /api/exports/preview: {from, to, cameras?, doors?} → {"bytes", "entries", "clips", "gaps":
 * [{"camera", "from", "to", "kind": "gap|expired|none", "cause"?}], "more": gaps that are not
 * listed, "open"?: from then on something is not on record yet}. Of what is being recorded just now
 * the size is guessed by what was recorded before. */
extern const struct body_form preview_form;
void api_preview(struct call *call);

#endif
