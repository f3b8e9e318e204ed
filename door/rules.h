/*
 * What the recorder itself concludes from what controllers report: a door forced or held open, a
 * grant that was used or not, two persons, a credential that entered twice, a door that is open
 * while no camera sees it. Kept apart from any controller's own verdict.
 *
 * Pure: no clock, no files. It is told entries, each with its record's number, and what time it
 * is, and calls back with conclusions. The same entries give the same conclusions again, so that
 * a restart rebuilds its state from records.
 *
 * Entries are judged in the order of their events, not of their arrival. An entry waits for the
 * door's grace, so that what happened before it and comes later takes its place; and no time is
 * judged before it is certain that everything of it has been heard: never while the controller
 * that would tell of it is offline or still hands over its log. So a late poll raises no false
 * alarm.
 *
 * Records of a controller that are lost, or may be, lie between the one before and the one after
 * (of loss_unknown: the moment at which it is said). Nothing is concluded from what is missing
 * then, nor in the windows that reach into it; what lies later is judged again.
 *
 * Two lines of time. Events lie on the controller's clock where it is good, otherwise where their
 * receipt lies on it, and windows are then wider by the poll interval. What is passed in as "now"
 * and "received" is the recorder's own, steady: it never steps (the monotonic clock plus a
 * constant). Events of a door of several controllers all lie on the steady line, windows are wider
 * by the poll intervals, and each rule waits for the slowest of those that may tell of what it
 * draws on (rules_joint.h).
 */
#ifndef SEALROOM_DOOR_RULES_H
#define SEALROOM_DOOR_RULES_H

#include "base/message.h"
#include "base/status.h"
#include "base/vocabulary.h"

#define RULES_NEVER INT64_MAX

enum rules_alarm { RULES_NO_ALARM = 0, RULES_ALARM_BEGIN, RULES_ALARM_END };

/* Pointers are borrowed and end with the call. */
struct rules_conclusion {
    const struct message_door_settings *door;
    const char *by;         /* the rule's name */
    enum door_event event;  /* of an alarm: its kind too */
    enum rules_alarm alarm; /* END: there is no event, only an alarm of this kind is over */
    int64_t at_ns;          /* when it was so: UTC by the controller's clock, or steady */
    bool by_device;         /* by the controller's clock */
    size_t from_count;      /* 1 or 2 */
    uint64_t from[2];       /* records; the first is the one it is about */
    const char *credential; /* "" if none */
    const char *method;     /* by which it was read; "" if not known */
    enum direction direction;
    const char *detail; /* "" if there is nothing to say */
};

typedef void rules_conclude(void *context, const struct rules_conclusion *conclusion);

struct rules;

/* `conclude` is called from within rules_take and rules_advance. */
MUST_CHECK enum status rules_new(rules_conclude *conclude, void *context, struct rules **rules,
                                 struct error *error);
/* NULL is allowed. */
void rules_free(struct rules *rules);
/* Adds a door by its settings, which are copied; one without rules is passed over. The same door
 * again is one of several controllers: what is concluded names its first. STATUS_FULL past 256
 * doors, or DOOR_CONTROLLERS_MAX controllers of one; then the rules can only be freed. */
MUST_CHECK enum status rules_add_door(struct rules *rules,
                                      const struct message_door_settings *settings,
                                      struct error *error);
size_t rules_door_count(const struct rules *rules);

#define RULES_PERSON_SIZE ((size_t)2 * NAME_SIZE)

/* A durable entry: its record's number, and when it was received (steady, ns). Those of no door
 * with rules, and derived ones, are passed over. `person` is whose credential it has, in words that
 * no other has, as far as RULES_PERSON_SIZE goes; "" if that was not known. */
void rules_take(struct rules *rules, uint64_t record, const char *controller,
                const struct message_entry *entry, const char *person, int64_t received_ns);
/* Whether the controller answers. Until it is said, it does not. */
void rules_online(struct rules *rules, const char *controller, bool online, int64_t now_ns);
/* Whether it did, at a time of which records are read again. Only for doors of several controllers,
 * which wait for each other; ends with the first rules_online. */
void rules_was_online(struct rules *rules, const char *controller, bool online, int64_t at_ns);
/* In what is read again, another run of the recorder begins: until when the one before heard its
 * controllers is not known. is_new_line: its steady line need not go on from the one before. */
void rules_new_run(struct rules *rules, bool is_new_line, int64_t now_ns);
/* How long the controller is not asked, as measured; less than its settings say does not count. */
void rules_poll_interval(struct rules *rules, const char *controller, uint64_t interval_ns);
/* A camera came or went by this record. One that was never spoken of is not taken for down. An
 * opening is judged by how its cameras were at its time, as far as the newest changes tell. */
void rules_tell_camera(struct rules *rules, const char *camera, bool is_down, uint64_t record,
                       int64_t at_ns);
/* Judges all that can be judged by now. */
void rules_advance(struct rules *rules, int64_t now_ns);
/* When rules_advance is to be called next, if nothing else happens; RULES_NEVER. */
int64_t rules_due_ns(const struct rules *rules);

#endif
