/*
 * What the table of config.c cannot say: what must fit together, and what must be there.
 */
#ifndef SEALROOM_CONFIG_CONFIG_CHECK_H
#define SEALROOM_CONFIG_CONFIG_CHECK_H

#include "firmware/config/board.h"
#include "firmware/config/config.h"

/* Completes what was read (absolute paths, hosts, passwords out of their files) and adds every
 * mistake it finds. What was not read, for a mistake of its own, is passed over. */
void config_check(struct config *config, const char *share, struct yaml_mistakes *mistakes);
/* Parts of it. */
void config_check_cameras(struct config *config, struct yaml_mistakes *mistakes);
void config_check_console(struct config *config, struct yaml_mistakes *mistakes);
/* One controller, by its place among them, against those before it. */
void config_check_bus(struct config *config, size_t index, const struct board *board,
                      struct yaml_mistakes *mistakes);
/* Is the value in the file at all? */
static inline bool config_is_written(struct yaml_place place)
{
    return place.line != 0;
}
/* Makes `path` absolute, from the folder of the configuration; an empty one is left. */
void config_complete_path(const struct config *config, char path[PATH_SIZE],
                          struct yaml_place place, struct yaml_mistakes *mistakes);
/* The part of it that completes the paths of the state folder and the video folder. */
void config_check_folders(struct config *config, struct yaml_mistakes *mistakes);

#endif
