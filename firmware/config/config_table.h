/*
 * The configuration file's keys, their types, ranges and defaults, as sealroom.yaml(5) has them.
 * What has to fit together is for config_check.h.
 */
#ifndef SEALROOM_CONFIG_CONFIG_TABLE_H
#define SEALROOM_CONFIG_CONFIG_TABLE_H

#include "yaml/yaml_walk.h"

/* Of struct config. */
extern const struct yaml_table config_table;

#endif
