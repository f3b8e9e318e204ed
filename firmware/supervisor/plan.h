/*
 * A plan: what the configuration says of each worker's process.
 */
#ifndef SEALROOM_SUPERVISOR_PLAN_H
#define SEALROOM_SUPERVISOR_PLAN_H

#include "firmware/config/config.h"
#include "firmware/supervisor/worker.h"

/* Each fills in role, source and setup, and leaves the rest; what it borrows is the
 * configuration's. */
void plan_camera(const struct config *config, const struct config_camera *camera,
                 struct worker_plan *plan);

/* Is no controller before this one on its bus? */
bool plan_begins_bus(const struct config *config, size_t index);
/* The process of all controllers on the bus of `first`, which it begins with. `setups` are lent to
 * the plan. */
MUST_CHECK enum status plan_bus(const struct config *config, size_t first,
                                struct message_door_setup setups[CONFIG_CONTROLLERS_MAX],
                                struct worker_plan *plan, struct error *error);

#endif
