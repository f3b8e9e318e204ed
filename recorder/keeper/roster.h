/*
 * What is configured, as the supervisor said it before START: settings, cameras, doors, and the
 * controllers that the doors name. Every id was checked.
 */
#ifndef SEALROOM_KEEPER_ROSTER_H
#define SEALROOM_KEEPER_ROSTER_H

#include <jansson.h>

#include "keeper/camera.h"
#include "keeper/people.h"

#define ROSTER_CAMERAS_MAX     64u
#define ROSTER_DOORS_MAX       256u
#define ROSTER_CONTROLLERS_MAX 128u

/* A door controller as the keeper sees it. */
struct controller {
    char id[ID_SIZE];
    char source[SOURCE_SIZE]; /* "door/panel" */
    struct crashes crashes;
    uint32_t link; /* see roster_link */
    bool online;
    int64_t since_utc_ns;    /* of `online`; 0 before the first report */
    uint16_t told;           /* enum door_event: the state its process reported last; 0 before */
    bool is_greeted;         /* its process has said HELLO; its first state may take a while */
    bool was_silent;         /* at the last look */
    int64_t heard_ns;        /* monotonic: when it was linked, or said something last */
    struct allowance states; /* records that changes of state may cause */
    uint64_t folded;         /* changes since the last such record that have none */
    struct message_source_state latest;  /* the newest, whether on record or not */
    uint64_t interval_ns;                /* of its polls, on record */
    uint8_t profile_sha256[DIGEST_SIZE]; /* of the profile on record */
    uint64_t entries;                    /* since the keeper started */
    int64_t lost_ns;                     /* monotonic: the newest loss; 0: none since then */
    int64_t last_utc_ns;                 /* of the newest entry */
};

struct roster {
    bool has_settings;
    struct people *people;          /* NULL: no roster */
    char people_fault[DETAIL_SIZE]; /* why it cannot be read now, "" if it can */
    struct message_keeper_settings settings;
    size_t camera_count;
    struct camera *cameras[ROSTER_CAMERAS_MAX];
    size_t door_count; /* a door of several controllers is here once for each */
    struct message_door_settings doors[ROSTER_DOORS_MAX];
    size_t controller_count;
    struct controller controllers[ROSTER_CONTROLLERS_MAX];
    uint32_t console_link; /* see roster_link */
};

/* STATUS_INVALID: an id that is none, or twice; STATUS_REFUSED: below a retention floor, settings
 * twice; STATUS_FULL: too many. */
MUST_CHECK enum status roster_settings(struct roster *roster,
                                       const struct message_keeper_settings *settings,
                                       struct error *error);
MUST_CHECK enum status roster_add_camera(struct roster *roster,
                                         const struct message_camera_settings *settings,
                                         struct error *error);
MUST_CHECK enum status roster_add_door(struct roster *roster,
                                       const struct message_door_settings *settings,
                                       struct error *error);
/* Frees the cameras and the people. */
void roster_release(struct roster *roster);

/* NULL if it is not configured. */
struct camera *roster_camera(const struct roster *roster, const char *id);
struct controller *roster_controller(struct roster *roster, const char *id);
/* Where the link of one that is configured stands: the sequence of the PEER that introduced its
 * process last. */
uint32_t *roster_link(struct roster *roster, enum role role, const char *id);
/* The door if it is this controller's (NULL: whosever it is, then by its first). */
const struct message_door_settings *roster_door(const struct roster *roster, const char *door,
                                                const char *controller);

/* Whether these settings are the door's by its first controller, whose name conclusions bear. */
bool roster_is_first(const struct roster *roster, const struct message_door_settings *settings);

/* Body of the `config` record; NULL if memory has run out. */
json_t *roster_body(const struct roster *roster);

#endif
