/*
 * The doors that rules judge, and the controllers that tell of them. Internal to sealroom_rules.
 */
#ifndef SEALROOM_DOOR_RULES_SET_H
#define SEALROOM_DOOR_RULES_SET_H

#include "door/rules_rule.h"

#define RULES_DOORS_MAX 256u

struct rules {
    rules_conclude *conclude;
    void *context;
    size_t named_count; /* doors, each of which may be here more than once: */
    size_t door_count;
    struct rules_door *doors[RULES_DOORS_MAX * RULES_EVIDENCE_COUNT];
    size_t source_count;
    struct rules_source sources[RULES_DOORS_MAX];
    struct rules_inside inside;
    struct rules_cameras cameras;
};

/* NULL if no door with rules is its. */
struct rules_source *rules_source_named(struct rules *rules, const char *id);

#endif
