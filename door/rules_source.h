/*
 * A controller as the rules hear it, and how its clock lies to the recorder's. Internal to
 * sealroom_rules.
 *
 * The doors of which it speaks alone have their events on its own clock; that is in rules.c. For
 * the doors that it shares with others, what happened is placed on the recorder's steady line:
 * where its clock is good, by how far that is ahead, as entries showed that had just happened, else
 * where it was received. Either is where it was or later, by a poll interval at most; and by how
 * much the clock may have drifted or been set since, either way.
 */
#ifndef SEALROOM_DOOR_RULES_SOURCE_H
#define SEALROOM_DOOR_RULES_SOURCE_H

#include "door/rules.h"

struct rules_event;

struct rules_source {
    char id[ID_SIZE];
    bool is_online;
    bool has_stepped;     /* its clock was set; the next entry shows by how much */
    bool is_compared;     /* ahead_ns is known; until then it is 0 */
    int64_t ahead_ns;     /* of its clock, at least: by the entry that came with the least delay */
    int64_t asked_ns;     /* how often it is to be asked */
    int64_t poll_ns;      /* and is: the longer of that and of what was measured */
    int64_t heard_ns;     /* steady: when the newest entry came, or the controller itself */
    int64_t newest_at_ns; /* the newest event of any of its doors */
    bool has_contact;     /* it reports openings or closings */
    bool has_record;      /* it reported anything: then its newest record lies */
    int64_t record_at_ns; /* there on its own line, */
    int64_t record_steady_ns; /* and there, at the earliest, on the steady one */
    uint64_t loss;            /* the record of a loss after it; 0: none */

    /* Of doors that it shares; steady. */
    int64_t patience_ns;      /* grace, and what it may take until it counts as offline */
    bool was_online;          /* then, by records that are read again */
    bool is_behind;           /* came back, and may still be handing over its log */
    bool has_clock;           /* its doors' newest entry said when it was: it keeps a log */
    bool may_allow;           /* it is not only contacts that it reports */
    bool has_lead;            /* lead_ns is known */
    int64_t lead_ns;          /* of its clock, by entries that had just happened */
    int64_t led_ns;           /* when it was known last */
    int64_t known_ns;         /* all that happened before has been heard */
    int64_t newest_steady_ns; /* the newest event */
};

struct rules_place {
    bool is_known; /* false: by a clock that was not compared with the recorder's so far */
    int64_t at_ns;
    int64_t drift_ns; /* by so much at_ns may be wrong, beside the poll interval */
};

/* Silence so long proves that nothing happened. */
int64_t rules_source_silence_ns(const struct rules_source *source);
bool rules_source_is_heard(const struct rules_source *source);
/* Settles how far it has been heard by now. */
void rules_source_listen(struct rules_source *source, int64_t now_ns);
/* It is back, and hands over first what it kept. */
void rules_source_return(struct rules_source *source, int64_t now_ns);
/* The steady line is another, on which it is now now_ns. */
void rules_source_change_line(struct rules_source *source, int64_t now_ns);
/* Where an event lies that is at at_ns by the controller's own clock, if by_device. */
struct rules_place rules_source_place(struct rules_source *source, const struct rules_event *event);

/* One of its own records, which lies there: a loss that comes next lies after it. */
void rules_source_pass(struct rules_source *source, const struct rules_event *event,
                       const struct rules_place *place);

#endif
