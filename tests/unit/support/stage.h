/*
 * A door for the tests of the rules, and what is concluded of it, on a timeline that stands in the
 * tests: seconds, no clock. Its controller is "panel"; of a door of several, "wall" has the
 * contact. Records are numbered from 1 in the order in which they are told.
 */
#ifndef SEALROOM_TESTS_STAGE_H
#define SEALROOM_TESTS_STAGE_H

#include "door/rules.h"

#define STAGE_SAID_MAX 160u

struct stage {
    struct rules *rules;
    struct message_door_settings settings;
    const char *unheard; /* a rule that other tests are about; may be NULL */
    double ahead_s;      /* the controller's clock */
    uint64_t records;
    size_t count;
    char said[STAGE_SAID_MAX][64]; /* "forced 1 @5.0 begin" */
    char method[ID_SIZE];          /* of the last one's credential */
};

/* The recorder's steady time at that second. */
int64_t stage_at(double second);

/* A door by these settings, with a grace of two seconds; those that follow, by those of a rule. */
struct stage stage_of(struct message_door_settings settings);
struct stage stage_for_forced(void);
struct stage stage_for_held(void);
struct stage stage_for_access(void);
struct stage stage_for_two_persons(void);
struct stage stage_for_camera(void);
/* Of two controllers; all rules are heard. */
struct stage stage_for_joint(void);

/* The controllers have been online for a minute at second 0. */
void stage_begin(struct stage *stage);
void stage_begin_joint(struct stage *stage);
void stage_end(struct stage *stage);

/* An event of the door at `second`, on the controller's clock, received `late` seconds later. */
void stage_happens_late(struct stage *stage, enum door_event event, const char *card, double second,
                        double late);
/* Without a card, and received at once. */
void stage_happens(struct stage *stage, enum door_event event, double second);
/* By a controller without a clock. */
void stage_is_seen(struct stage *stage, enum door_event event, double second);
/* By a controller without a clock, when it is watched again. */
void stage_is_found(struct stage *stage, enum door_event event, double second);
/* Granted, at `second`; with the second, somebody goes through as well. */
void stage_may_pass(struct stage *stage, enum direction direction, const char *card, double second);
void stage_passes(struct stage *stage, enum direction direction, const char *card, double second);
/* Granted to a card that is that person's; "" if that is not known. */
void stage_reads(struct stage *stage, const char *card, const char *person, double second);
/* Something that the recorder itself says of the controller. */
void stage_says(struct stage *stage, enum door_event event, double second);
/* The contact at "wall", which has no clock. */
void stage_contact_says(struct stage *stage, enum door_event event, double second, bool found);
void stage_contact(struct stage *stage, enum door_event event, double second);
/* Both cameras of stage_for_camera, by this record and the next. */
void stage_cameras_go(struct stage *stage, bool down, uint64_t record, double second);

/* Both words for records that are lost. */
#define STAGE_LOSS_COUNT 2u
extern const enum door_event stage_losses[STAGE_LOSS_COUNT];

/* Calls when it asks to be called, as the keeper's timer does, and at last at `second`. */
void stage_until(struct stage *stage, double second);
void stage_expect(const struct stage *stage, size_t index, const char *text);

#endif
