/*
 * The doors of one controller, in the order in which its profile counts them.
 */
#ifndef SEALROOM_DOOR_DOOR_LIST_H
#define SEALROOM_DOOR_DOOR_LIST_H

#include "base/message.h"

#define DOOR_LIST_MAX 64

struct door_list {
    char ids[DOOR_LIST_MAX][ID_SIZE];
    size_t count;
};

/* From ids with one space between, as in DOOR_SETUP. */
MUST_CHECK enum status door_list_parse(const char *text, struct door_list *list,
                                       struct error *error);
/* The id of a door counted from 1; "" if the controller has no such door. */
const char *door_list_id(const struct door_list *list, uint64_t number);

#endif
