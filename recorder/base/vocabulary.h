/*
 * Every word that stands in a record: kinds, door events, causes, notes. One documented
 * vocabulary, one file (vocabulary.c), each word with its English and its Chinese.
 *
 * Codes travel in messages, names stand in records. Append only: neither is ever given a new
 * meaning or used again.
 */
#ifndef SEALROOM_BASE_VOCABULARY_H
#define SEALROOM_BASE_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum language { LANGUAGE_ENGLISH = 0, LANGUAGE_CHINESE };

struct word {
    uint16_t code;
    const char *name;    /* in records: lower case, underscores */
    const char *english; /* for people */
    const char *chinese;
};

#define WORD_NAME_SIZE 33 /* a name and NUL */

/* The kind of a record. */
enum record_kind {
    RECORD_LEDGER = 1,      /* the first record: origin, suite, predecessor */
    RECORD_KEY,             /* a key and its certificate come into use */
    RECORD_CHECKPOINT_LOST, /* an outside place knows more than this ledger */
    RECORD_ENTRY,           /* a door event */
    RECORD_ALARM,           /* begin or end of an alarm, one id */
    RECORD_SEGMENT,         /* a sealed video segment */
    RECORD_GAP,             /* time without video, with its cause */
    RECORD_CAMERA,          /* a camera came, went, or did something odd */
    RECORD_SOURCE,          /* a door source came or went */
    RECORD_OPERATOR,        /* somebody looked up, verified, exported */
    RECORD_ACCOUNT,
    RECORD_HOLD,      /* evidence hold set or released */
    RECORD_EXPIRY,    /* names everything that is about to be deleted */
    RECORD_CONFIG,    /* configuration measured or changed */
    RECORD_PROGRAM,   /* programs measured */
    RECORD_CLOCK,     /* a step, or a change of quality */
    RECORD_HEALTH,    /* the appliance itself: starts, stops, storage, recovery */
    RECORD_HEARTBEAT, /* a silent source's latest number */
    RECORD_ANCHOR,    /* a checkpoint left the box */
};

/* What a door source reports; ONVIF's terms where ONVIF has one. */
enum door_event {
    DOOR_ACCESS_REQUESTED = 1,
    DOOR_ACCESS_GRANTED,
    DOOR_ACCESS_DENIED,
    DOOR_ACCESS_TAKEN,
    DOOR_ACCESS_NOT_TAKEN,
    DOOR_DURESS,
    DOOR_READ_ERROR,
    DOOR_CREDENTIAL_UNKNOWN,
    DOOR_APB_VIOLATION,
    DOOR_DUAL_WAITING,
    DOOR_DUAL_COMPLETED,
    DOOR_DUAL_TIMEOUT,
    DOOR_OPENED,
    DOOR_CLOSED,
    DOOR_FORCED,
    DOOR_HELD_PREALARM,
    DOOR_HELD,
    DOOR_FAULT,
    DOOR_LOCKED,
    DOOR_UNLOCKED,
    DOOR_LOCK_FAULT,
    DOOR_MODE_CHANGED,
    DOOR_REX_PRESSED,
    DOOR_EMERGENCY_RELEASE,
    DOOR_TAMPER,
    DOOR_SUPERVISION,
    DOOR_SOURCE_ONLINE,
    DOOR_SOURCE_OFFLINE,
    DOOR_SOURCE_REBOOTED,
    DOOR_CLOCK_UNSYNCED,
    DOOR_CLOCK_STEPPED,
    DOOR_RECORDS_LOST,
    DOOR_LOSS_UNKNOWN,
    DOOR_LOG_NEARLY_FULL,
    DOOR_UNKNOWN_CODE, /* the controller sent a code its profile does not name; raw bytes kept */
    DOOR_CLOCK_SET,    /* the recorder set the controller's clock */
    DOOR_OPEN_UNSEEN,  /* open, and none of its cameras has a picture */
    DOOR_KEY_PRESSED,  /* on a keypad: tells neither who stands there nor that anybody asks */
};

/* Why a controller denied: ONVIF AccessControl/Denied reasons. */
enum deny_reason {
    DENY_NONE = 0,
    DENY_CREDENTIAL_NOT_ENABLED,
    DENY_CREDENTIAL_NOT_ACTIVE,
    DENY_CREDENTIAL_EXPIRED,
    DENY_INVALID_PIN,
    DENY_NOT_PERMITTED_AT_THIS_TIME,
    DENY_UNAUTHORIZED,
    DENY_OTHER,
};

/* Why there is no video. */
enum gap_cause {
    GAP_UNREACHABLE = 1,     /* no connection */
    GAP_REFUSED,             /* the camera refused: missing stream, forbidden */
    GAP_STALLED,             /* connected, but no picture for 10 s */
    GAP_ENDED,               /* the camera closed the stream */
    GAP_BAD_STREAM,          /* what came could not be recorded */
    GAP_CERTIFICATE,         /* RTSPS: not the pinned certificate */
    GAP_CAMERA_PROCESS,      /* this camera's process ended and was started again */
    GAP_RECORDER_STOPPED,    /* the recorder was stopped in order */
    GAP_RECORDER_FAILED,     /* the recorder was killed, crashed, or lost power */
    GAP_STORAGE,             /* the volume could not take it */
    GAP_DISK_FULL,           /* policy `stop`: full, nothing may be deleted */
    GAP_NOT_AUTHORISED,      /* the camera does not take the user and password */
    GAP_PIN_UNREADABLE,      /* RTSPS: the file with the pinned certificate is missing or no such */
    GAP_PASSWORD_UNREADABLE, /* the file with the password is missing or cannot be used */
    GAP_NOT_DELIVERED,       /* the stream went on, but no picture in it is of this time */
};

/* What was odd about a camera's stream, or worth knowing of it. */
enum camera_note {
    CAMERA_ONLINE = 1,
    CAMERA_OFFLINE,
    CAMERA_AUDIO_UNSUPPORTED, /* this audio cannot stand in MP4; video goes on without it */
    CAMERA_PARAMETERS_CHANGED,
    CAMERA_TIMESTAMPS_MISSING,
    CAMERA_TIMESTAMPS_JUMPED,
    CAMERA_LONG_GOP,         /* a segment could not be cut in time */
    CAMERA_FLOODED,          /* more than the camera's share or the buffer */
    CAMERA_MALFORMED,        /* bytes that are no picture were left out; how many */
    CAMERA_IDENTITY_CHANGED, /* address, certificate or SDP differ from the last connection */
    CAMERA_SEGMENT_RECOVERED,
};

/* What happened to the appliance. */
enum health_event {
    HEALTH_STARTED = 1,
    HEALTH_STOPPED,
    HEALTH_WORKER_ENDED, /* a process ended out of order; it is started again */
    HEALTH_PEER_CUT_OFF, /* a peer sent what it may not */
    HEALTH_ROW_ALTERED,  /* a ledger row does not fit its leaf */
    HEALTH_NODES_REBUILT,
    HEALTH_ROWS_QUARANTINED, /* rows beyond the newest checkpoint */
    HEALTH_LEDGER_SET_ASIDE,
    HEALTH_CATALOG_REBUILT,
    HEALTH_VOLUME_MISMATCH,
    HEALTH_SPACE_SHORT, /* forecast reach is under the floor */
    HEALTH_SPACE_FULL,
    HEALTH_SPACE_RELIEVED,
    HEALTH_STORAGE_ERROR,
    HEALTH_NOTE_SLOT_INVALID, /* one progress slot is torn or altered */
    HEALTH_CAMERA_OVER_SHARE,
    HEALTH_ROLLED_BACK,        /* segment files are younger than everything the ledger knows */
    HEALTH_HOLD_UNREADABLE,    /* what it held is not known: nothing is deleted */
    HEALTH_PROCESS_FAILING,    /* a camera's or door's process ends again and again */
    HEALTH_ROSTER_UNUSABLE,    /* entries name nobody, or whom the roster knew before */
    HEALTH_FAILED,             /* stopped out of order, sealing what it still could */
    HEALTH_EXPORT_KEY_ALTERED, /* an export key's file is damaged, or another than on record */
    HEALTH_ACCOUNTS_ALTERED,   /* an account was changed behind the program's back */
    HEALTH_ACCOUNTS_OPENED,    /* a code for a first account was given although there are some */
};

/* What became of an account. */
enum account_event {
    ACCOUNT_EVENT_CREATED = 1,
    ACCOUNT_EVENT_FIRST_CREATED, /* by whoever had the one-time code */
    ACCOUNT_EVENT_PERSON_CHANGED,
    ACCOUNT_EVENT_ROLE_CHANGED,
    ACCOUNT_EVENT_PASSWORD_GIVEN,   /* an initial one, by a security administrator */
    ACCOUNT_EVENT_PASSWORD_CHANGED, /* by himself */
    ACCOUNT_EVENT_DISABLED,
    ACCOUNT_EVENT_ENABLED,
    ACCOUNT_EVENT_LOCKED, /* too many failed log-ins in a row */
    ACCOUNT_EVENT_UNLOCKED,
    ACCOUNT_EVENT_CLOSED,          /* for ever */
    ACCOUNT_EVENT_UNUSED,          /* disabled, for nobody used it for long */
    ACCOUNT_EVENT_ALTERED_OUTSIDE, /* changed, added or taken away behind the program's back */
    ACCOUNT_EVENT_FIRST_CODE,      /* a one-time code for a first account was given out */
};

/* What somebody did, in records of kind `operator`. */
enum operator_action {
    OPERATOR_LOOKUP = 1,
    OPERATOR_SEAL_NOW,
    OPERATOR_EXPORT,
    OPERATOR_EXPORTED, /* what became of it */
    OPERATOR_LOGIN,
    OPERATOR_LOGIN_FAILED,
    OPERATOR_LOGOUT,
    OPERATOR_REFUSED, /* he asked for what is not his part */
    OPERATOR_REVIEW,
    OPERATOR_ACKNOWLEDGE,
    OPERATOR_VERIFIED, /* what came of a verification */
};

/* Each returns NULL for a code that has no word. */
const struct word *word_record_kind(enum record_kind code);
const struct word *word_door_event(enum door_event code);
const struct word *word_deny_reason(enum deny_reason code);
const struct word *word_gap_cause(enum gap_cause code);
const struct word *word_camera_note(enum camera_note code);
const struct word *word_health_event(enum health_event code);
const struct word *word_account_event(enum account_event code);
const struct word *word_operator_action(enum operator_action code);

/* Back from a name that stands in a record or a profile; NULL if there is no such word. */
const struct word *word_record_kind_named(const char *name);
const struct word *word_door_event_named(const char *name);
const struct word *word_deny_reason_named(const char *name);
const struct word *word_gap_cause_named(const char *name);
const struct word *word_camera_note_named(const char *name);
const struct word *word_health_event_named(const char *name);
const struct word *word_account_event_named(const char *name);
const struct word *word_operator_action_named(const char *name);

/* Every word of a list, in the order of its codes. */
const struct word *word_record_kinds(size_t *count);
const struct word *word_door_events(size_t *count);
const struct word *word_deny_reasons(size_t *count);
const struct word *word_gap_causes(size_t *count);
const struct word *word_camera_notes(size_t *count);
const struct word *word_health_events(size_t *count);
const struct word *word_account_events(size_t *count);
const struct word *word_operator_actions(size_t *count);

/* The word for people. */
/* Has it the form of a name, [a-z][a-z0-9_]{0,31}? Later versions know more of them. */
bool word_is_formed(const char *name);
const char *word_text(const struct word *word, enum language language);

/* True for kinds whose body stays for ever: what later records are judged by. The others may go
 * after their floor: entry, alarm, segment, camera, source, operator, health, heartbeat. */
bool record_kind_is_permanent(enum record_kind kind);

/* From LC_ALL, LC_MESSAGES, LANG in that order: Chinese if it begins with "zh". */
enum language language_of_environment(void);

#endif
