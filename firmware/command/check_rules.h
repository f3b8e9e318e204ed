/*
 * Whether the controllers of a door can report what its rules conclude from. A part of
 * check-config.
 */
#ifndef SEALROOM_COMMAND_CHECK_RULES_H
#define SEALROOM_COMMAND_CHECK_RULES_H

#include "firmware/config/config.h"

/* Adds each rule that nothing feeds to *mistakes, as a line "path:line:column: …", and is then
 * STATUS_INVALID. The profiles of a door's controllers are judged together; a door with one that
 * cannot be loaded is passed over. */
MUST_CHECK enum status check_rules(const struct config *config, const char *path,
                                   struct buffer *mistakes);

#endif
