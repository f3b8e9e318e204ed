/*
 * Messages between a door's process and the keeper. Forms are those of base/message.h.
 */
#ifndef SEALROOM_BASE_MESSAGE_DOOR_H
#define SEALROOM_BASE_MESSAGE_DOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message_field.h"

#define CREDENTIAL_SIZE 65

enum verdict { VERDICT_NONE = 0, VERDICT_GRANTED, VERDICT_DENIED };
enum direction { DIRECTION_UNKNOWN = 0, DIRECTION_IN, DIRECTION_OUT };
enum device_time_quality { DEVICE_TIME_NONE = 0, DEVICE_TIME_GOOD, DEVICE_TIME_FAULT };

/* One event of a controller. Answered by DONE when durable; only then may the controller's log
 * be advanced. Known again by (controller, boot_epoch, device_seq): a second time it is answered
 * with the first record's number.
 *
 * Known again means that it says the same (entry_is_same), not only that the number is. With
 * `is_again` it must be: if it is not, nothing is recorded and DONE says STATUS_MISMATCH. The
 * controller's numbers began anew then. Without, a number that another record has is a mistake.
 *
 * device_seq never runs backwards within a boot_epoch: where the controller's own number wraps,
 * sealroom-door carries on counting, and where it has none, sealroom-door numbers the events
 * itself. boot_epoch changes only when the numbers began anew. RECORDS_LOST has device_seq equal
 * to lost_to, SOURCE_REBOOTED with new numbers has 0. */
struct message_entry {
    uint16_t event;     /* enum door_event */
    char door[ID_SIZE]; /* "" if it is the controller's own */
    uint8_t has_device_seq;
    uint8_t is_again; /* 1: it is read again or its number is behind, so the ledger must have it */
    uint64_t device_seq;
    uint64_t boot_epoch;         /* counts the controller's reboots as seen, or what it reports */
    uint8_t device_time_quality; /* enum device_time_quality */
    int64_t device_utc_ns;
    int64_t received_utc_ns;
    int64_t received_monotonic_ns;
    uint8_t verdict;                  /* the controller's: enum verdict */
    uint16_t deny_reason;             /* enum deny_reason */
    uint8_t direction;                /* enum direction */
    char credential[CREDENTIAL_SIZE]; /* card number or user id as the controller gives it */
    char method[ID_SIZE];             /* "card", "pin", "face", … as the profile names it */
    char reader[ID_SIZE];
    uint8_t derived;    /* 1: the recorder's own conclusion: never in a message, which is refused */
    uint8_t found;      /* 1: found so after a time without watching; its change was not seen */
    uint64_t lost_from; /* records_lost: first and last device number */
    uint64_t lost_to;
    uint8_t has_device_code;
    uint32_t device_code; /* the controller's raw event code */
    char raw[RAW_SIZE];   /* the record's registers as read */
    char detail[DETAIL_SIZE];
};

#define ENTRY_MEANING_SIZE 512

/* What a record is known by beside its number, as one text: its time, code, credential, door and
 * reader; without a time also what the profile's tables make of the code, which else may have been
 * changed since. Not the quality of its time: the bits that tell it can be those of the moment of
 * reading. */
void entry_meaning(const struct message_entry *entry, char meaning[ENTRY_MEANING_SIZE]);
/* Both are readings of one record, by the registers or by what was made of them: a window can show
 * beside the record what is of the moment (how many wait), and a profile can be changed. */
bool entry_is_same(const struct message_entry *a, const struct message_entry *b);

/* The controller answers, or does not. Answered by DONE when durable; sent again, as it was, on
 * each new link: the present state, and before it what was not answered. The first comes before
 * the first entry. From then on it is said again every few seconds, with the interval as it is by
 * then, so that silence tells that the process hangs. One that says the same as the source's last
 * makes no new record. */
struct message_source_state {
    uint16_t event; /* DOOR_SOURCE_ONLINE or DOOR_SOURCE_OFFLINE */
    int64_t at_utc_ns;
    int64_t at_monotonic_ns;
    uint64_t poll_interval_ns; /* measured */
    char address[NAME_SIZE];
    char detail[DETAIL_SIZE];
    char profile[ID_SIZE]; /* by which entries are read; the digests are of its file as loaded */
    uint8_t profile_sha256[DIGEST_SIZE];
    uint8_t profile_sm3[DIGEST_SIZE];
};

#endif
