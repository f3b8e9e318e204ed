/*
 * The roster on its way to the keeper: PEOPLE with a descriptor, for it is too much for messages.
 */
#ifndef SEALROOM_SUPERVISOR_KEEPER_PEOPLE_H
#define SEALROOM_SUPERVISOR_KEEPER_PEOPLE_H

#include "base/channel.h"
#include "firmware/config/config.h"

/* Reads the file as it is now and hands it over; nothing if none is configured. Of a file that is
 * no good the keeper is told why: that is an alarm, and it keeps what it has and records on. */
MUST_CHECK enum status keeper_people_send(const struct config *config, struct channel *control,
                                          struct error *error);

#endif
