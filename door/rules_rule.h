/*
 * What the rules share: a door as they see it, and the table that each of them is. Internal to
 * sealroom_rules. A rule sees the events of one door in their order, and time passing between
 * them; it keeps a few bytes a door, and nothing else.
 */
#ifndef SEALROOM_DOOR_RULES_RULE_H
#define SEALROOM_DOOR_RULES_RULE_H

#include "base/clock.h"
#include "door/rules_source.h"

struct rules_event {
    uint64_t record;
    enum door_event event;
    int64_t at_ns;       /* when it happened, on the door's line of time */
    int64_t received_ns; /* steady */
    int64_t slack_ns;    /* how wrong at_ns may be: 0 by the controller's clock */
    int64_t drift_ns;    /* and how much later it may have been, by a log that came late */
    bool by_device;
    bool is_found; /* nobody knows what was before: the door was found open or closed */
    /* Of a loss, which lies from at_ns on: */
    int64_t lost_to_ns;
    bool is_of_log;       /* nobody reads how the door and its lock stand after it */
    bool is_contact_lost; /* so openings and closings are lost too, if it reports any */
    bool is_end_open;     /* the record after it, with which it ends, has not come yet */
    enum direction direction;
    char credential[CREDENTIAL_SIZE];
    char person[RULES_PERSON_SIZE]; /* whose that is; "" if not known */
    char method[ID_SIZE];
};

struct forced_state {
    bool was_permitted;
    bool is_unlocked;
    bool tells_lock;         /* by `unlocked` or `locked` */
    bool is_lock_lost;       /* whether it is unlocked is not known since a loss */
    bool was_lost;           /* lost_to_ns is set */
    int64_t lost_to_ns;      /* up to here a permission may be lost */
    bool is_pending;         /* an opening is held against what may yet come */
    int64_t permitted_ns;    /* the newest permission */
    int64_t permitted_to_ns; /* and when at the latest that was */
    struct rules_event opened;
};

struct held_state {
    bool is_running;
    bool is_warned;
    struct rules_event opened;
};

/* What a rule draws on. Of a door of several controllers it waits for those only that may tell of
 * it (rules_joint.h). */
enum rules_evidence {
    RULES_OF_ALL,
    RULES_OF_CONTACT,     /* openings and closings */
    RULES_OF_CREDENTIALS, /* what is read of them */
    RULES_EVIDENCE_COUNT
};

#define RULES_GRANTS_MAX 8u

struct access_state {
    size_t count;    /* grants that wait for an opening, the earliest first */
    size_t doubtful; /* the first so many may have been used while nobody watched */
    struct rules_event grants[RULES_GRANTS_MAX];
};

struct two_persons_state {
    bool is_waiting;
    bool is_doubtful; /* the other one may be lost */
    bool was_lost;    /* lost_to_ns is set */
    int64_t lost_to_ns;
    struct rules_event first;
};

#define RULES_INSIDE_MAX 512u

struct rules_person {
    char credential[CREDENTIAL_SIZE];
    uint64_t record; /* by which he came in */
};

/* Who is inside, by all doors that are asked to observe it; who came first stands first. */
struct rules_inside {
    bool was_lost;
    int64_t lost_to_ns; /* steady: whoever came in before may have left unheard */
    size_t count;
    struct rules_person persons[RULES_INSIDE_MAX];
};

struct passback_state {
    size_t count; /* ever; the newest overwrite the earliest */
    struct rules_event granted[RULES_GRANTS_MAX];
};

#define RULES_CAMERAS_MAX 64u

/* Of one camera; an event that lies farther back is not judged by it. */
#define RULES_CHANGES_MAX 32u

struct rules_camera_change {
    int64_t at_ns; /* steady */
    uint64_t record;
    bool is_down;
};

struct rules_camera {
    char id[ID_SIZE];
    size_t count;
    struct rules_camera_change changes[RULES_CHANGES_MAX]; /* the earliest first */
};

struct rules_cameras {
    size_t count;
    struct rules_camera items[RULES_CAMERAS_MAX];
};

struct camera_state {
    uint64_t covered; /* by the cameras with these indexes */
    bool is_said;
    int64_t seen_ns; /* on the door's line: what cameras did up to here is judged */
    struct rules_event opened;
};

/* A door as its rules see it: of several controllers, once for each evidence that rules draw on. */
struct rules_door {
    struct rules *rules;
    enum rules_evidence evidence; /* of several controllers only */
    size_t source_count;
    struct rules_source *sources[DOOR_CONTROLLERS_MAX]; /* the first is that of the settings */
    bool tells_contact[DOOR_CONTROLLERS_MAX]; /* the controller has told of this door's, so far */
    bool tells_credentials[DOOR_CONTROLLERS_MAX];
    struct message_door_settings settings;
    bool is_open;
    bool is_unsure; /* is_open is from before a loss */
    size_t waiting_count;
    size_t waiting_max;
    struct rules_event *waiting; /* in the order of their times */
    int64_t judged_ns;     /* this and the next: of several controllers only (rules_joint.h) */
    int64_t blind_from_ns; /* from here and up to there one of them was not watched */
    int64_t blind_to_ns;
    int64_t unsure_from_ns; /* from here and up to there what allowed an opening may not be known */
    int64_t unsure_to_ns;
    struct forced_state forced;
    struct held_state held;
    struct access_state access;
    struct two_persons_state two_persons;
    struct passback_state passback;
    struct camera_state camera;
    struct rules_inside *inside;         /* of all doors */
    const struct rules_cameras *cameras; /* all of them */
};

struct rule {
    const char *name;
    enum rules_evidence evidence;
    /* One event more; `door->is_open` already says what it changed. */
    void (*take)(struct rules_door *door, const struct rules_event *event);
    /* When something falls due if nothing happens; RULES_NEVER. May be NULL, then so is expire. */
    int64_t (*deadline_ns)(const struct rules_door *door);
    /* It is due. The deadline must lie later afterwards. */
    void (*expire)(struct rules_door *door);
    /* The controller's clock was set: every time kept moves with it. May be NULL. */
    void (*shift)(struct rules_door *door, int64_t ns);
};

extern const struct rule rule_forced;
extern const struct rule rule_held;
extern const struct rule rule_access;
extern const struct rule rule_two_persons;
extern const struct rule rule_passback;
extern const struct rule rule_camera;

/* Into its place among what waits; with more than can wait, the earliest is judged at once. */
void rules_put(struct rules_door *door, const struct rules_event *event);
void rules_judge_first(struct rules_door *door, size_t count);
/* The door's line of time was moved by `ns`: all that waits or is kept moves with it. */
void rules_shift(struct rules_door *door, int64_t ns);
/* Nothing more comes of the time up to `to_ns`. */
void rules_pass_time(struct rules_door *door, int64_t to_ns);
/* When the first rule falls due; RULES_NEVER. */
int64_t rules_first_due_ns(const struct rules_door *door);

bool rules_is_loss(enum door_event event);
/* By this entry of `source` records of it may be lost. */
void rules_lose(struct rules_door *door, const struct rules_source *source,
                const struct rules_event *event);
/* The record after the source's newest loss, which ends there if it is still to be judged. */
void rules_end_loss(struct rules_door *door, const struct rules_source *source,
                    const struct rules_event *next, const struct rules_place *place);

/* The camera; NULL: no more can be known. */
struct rules_camera *rules_camera_named(struct rules_cameras *cameras, const char *id);
/* It came or went; at_ns is steady. A state that it has already changes nothing. */
void rules_camera_change(struct rules_camera *camera, bool is_down, uint64_t record, int64_t at_ns);
/* A camera that was not known before may cover the door. */
void rules_camera_cover(struct rules_door *door, const struct rules_camera *camera);
/* The steady line is another, on which it is now now_ns. */
void rules_camera_change_line(struct rules_camera *camera, int64_t now_ns);

/* Of the door's line of time, to the steady one. */
int64_t rules_ahead_ns(const struct rules_door *door);

/* `at_ns` moved by `ns`, and kept where sums and differences of two times cannot overflow. */
#define RULES_TIME_MAX_NS INT64_C(4000000000000000000)
int64_t rules_moved(int64_t at_ns, int64_t ns);

/* A conclusion about `event`; the caller may change it before it is said. */
struct rules_conclusion rules_conclusion_of(const struct rules_door *door, const struct rule *rule,
                                            enum door_event said, const struct rules_event *event);
void rules_say(const struct rules_door *door, const struct rules_conclusion *conclusion);
/* The alarm of this kind, if there is one, is over by `event`. */
void rules_say_end(const struct rules_door *door, const struct rule *rule, enum door_event kind,
                   const struct rules_event *event);

#endif
