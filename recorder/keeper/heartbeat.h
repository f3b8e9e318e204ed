/*
 * A source that has been silent for a minute gets a heartbeat that carries its latest number, so
 * that silence and omission can be told apart. Sources are the appliance, every configured camera
 * and every controller; the appliance's heartbeat carries the operators' numbers, and once an hour
 * what stands (standing.h). In the same turn a camera's gap that lasts is cut by the hour.
 */
#ifndef SEALROOM_KEEPER_HEARTBEAT_H
#define SEALROOM_KEEPER_HEARTBEAT_H

#include "keeper/parts.h"

MUST_CHECK enum status heartbeat_new(struct keeper *keeper, struct heartbeat **heartbeat,
                                     struct error *error);
/* NULL is allowed. */
void heartbeat_free(struct heartbeat *heartbeat);
/* START. */
MUST_CHECK enum status heartbeat_start(struct heartbeat *heartbeat, struct error *error);

#endif
