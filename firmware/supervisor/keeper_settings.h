/*
 * What the keeper, and in part the console, is told of the configuration: KEEPER_SETTINGS, then
 * CAMERA_SETTINGS for each camera and DOOR_SETTINGS for each door.
 */
#ifndef SEALROOM_SUPERVISOR_KEEPER_SETTINGS_H
#define SEALROOM_SUPERVISOR_KEEPER_SETTINGS_H

#include "base/channel.h"
#include "firmware/config/config.h"
#include "firmware/supervisor/keeper_process.h"

/* `control` is the supervisor's end of the keeper's control socket. */
MUST_CHECK enum status keeper_settings_send(const struct keeper_plan *plan, struct channel *control,
                                            struct error *error);

/* The part of it that the console gets too. */
MUST_CHECK enum status keeper_settings_send_places(const struct config *config,
                                                   struct channel *control, struct error *error);

#endif
