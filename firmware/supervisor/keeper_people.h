/*
 * The roster on its way to the keeper: PEOPLE with a descriptor, for it is too much for messages.
 */
#ifndef SEALROOM_SUPERVISOR_KEEPER_PEOPLE_H
#define SEALROOM_SUPERVISOR_KEEPER_PEOPLE_H

#include "base/channel.h"
#include "firmware/config/config.h"

/* Reads the file as it is now and hands it over; nothing if none is configured. A file that is no
 * good is a line in the log, and the keeper keeps what it has: it never stops recording. */
MUST_CHECK enum status keeper_people_send(const struct config *config, struct channel *control,
                                          struct error *error);

#endif
