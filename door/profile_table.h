/*
 * What may stand in a profile's file: the keys, and what one key alone cannot show.
 */
#ifndef SEALROOM_DOOR_PROFILE_TABLE_H
#define SEALROOM_DOOR_PROFILE_TABLE_H

#include "door/profile.h"

/* Of struct profile. */
extern const struct yaml_table profile_table;
/* Of struct profile too: the further keys of shape: lines. */
extern const struct yaml_table profile_lines_table;

/* Looks for contradictions in what was read: windows past the protocol's limits, fields past
 * their window, codes named twice. Adresses are still as in the file. */
MUST_CHECK enum status profile_check(const struct profile *profile, struct yaml_mistakes *mistakes,
                                     struct error *error);

#endif
