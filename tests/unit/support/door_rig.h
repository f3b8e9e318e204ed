/*
 * What a door's shape works on, for a test that is the controller and the keeper: the controller's
 * answers lie ready on a socket pair before it is asked, and the keeper's end is a real channel.
 */
#ifndef SEALROOM_TESTS_DOOR_RIG_H
#define SEALROOM_TESTS_DOOR_RIG_H

#include "door/shape.h"

struct door_rig {
    struct profile *profile;
    struct door_list doors;
    struct clock clock;
    struct bus *bus;
    struct link *link;
    struct channel *keeper;
    int controller;
    uint16_t transaction;
    struct watch watch;
    struct message_entry said[32]; /* to the keeper */
    size_t count;
    size_t repeated; /* said again, and known */
};

/* By the profile in `text`: over TCP to unit 1, or without a bus if it is one of lines. The keeper
 * has said WELCOME. */
void door_rig_begin(struct door_rig *rig, const char *text, struct clock clock);
void door_rig_end(struct door_rig *rig);

/* The connection is another from here on. */
void door_rig_connect(struct door_rig *rig);
/* Makes the answer to the next request ready: function code and data, at most 57 bytes. */
void door_rig_answer(struct door_rig *rig, const uint8_t *body, uint8_t size);
/* The keeper hears what was said, and answers that it is durable only if told so. */
void door_rig_keep(struct door_rig *rig, bool answers);

#endif
