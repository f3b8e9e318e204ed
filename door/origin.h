/*
 * An origin: where a controller's entries come from, and by which profile they are read. The
 * keeper is told of it before the first entry, so that what gave an entry its meaning is on record.
 */
#ifndef SEALROOM_DOOR_ORIGIN_H
#define SEALROOM_DOOR_ORIGIN_H

#include "door/profile.h"

struct origin {
    char address[NAME_SIZE];
    char profile[ID_SIZE];
    uint8_t sha256[DIGEST_SIZE]; /* of the very bytes that the profile was made of */
    uint8_t sm3[DIGEST_SIZE];
};

/* Loads the profile at `path`; its mistakes go to the log. *origin is whole but for the address. */
MUST_CHECK enum status origin_load(const char *path, struct profile **profile,
                                   struct origin *origin, struct error *error);

#endif
