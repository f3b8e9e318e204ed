/*
 * The newest checkpoint to take away: its lines, and the same as a QR code.
 */
#ifndef SEALROOM_CONSOLE_API_CHECKPOINT_H
#define SEALROOM_CONSOLE_API_CHECKPOINT_H

#include "firmware/console/call.h"

/* POST /api/checkpoint: {place}. That it is taken is a record (`anchor`). */
extern const struct body_form place_form;
void api_checkpoint(struct call *call);

#endif
