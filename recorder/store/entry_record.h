/*
 * What an `entry` record says: its body as a struct, made from the door's message and parsed
 * back. FORMAT.md, "Entry", gives every member.
 */
#ifndef SEALROOM_STORE_ENTRY_RECORD_H
#define SEALROOM_STORE_ENTRY_RECORD_H

#include "base/message.h"
#include "ledger/record.h"

#define ENTRY_FROM_MAX 4u

struct entry_record {
    struct message_entry entry;
    char controller[ID_SIZE];
    char cameras[DETAIL_SIZE]; /* of its door, ids by single spaces; "" if none */
    char name[NAME_SIZE];      /* whose credential it was then, as the roster had it */
    char department[NAME_SIZE];
    /* What is derived also has: */
    char by[ID_SIZE];  /* the rule */
    int64_t at_utc_ns; /* when it was so */
    size_t from_count; /* the records that it is derived from */
    uint64_t from[ENTRY_FROM_MAX];
    bool tells_loss; /* of a parsed body: it has lost_from and lost_to, as every records_lost */
};

/* The body's members; *members is the caller's to json_decref. STATUS_INVALID: a text that cannot
 * stand in a record. */
MUST_CHECK enum status entry_record_members(const struct entry_record *record, json_t **members,
                                            struct error *error);
/* STATUS_INVALID names the member that is missing or malformed. */
MUST_CHECK enum status entry_record_parse(const json_t *body, struct entry_record *record,
                                          struct error *error);

/* When what an entry tells of was, for people who read and search. */
struct entry_time {
    int64_t utc_ns;     /* by the controller's clock where that is good, else by receipt; of a
                           conclusion, when it was so */
    bool by_controller; /* on the controller's clock */
    bool is_apart;      /* the receipt was 10 seconds off, or more */
};
struct entry_time entry_record_time(const struct entry_record *record);

/* Should a guard look at it: an alarm, a refusal, or a loss of records. */
bool entry_record_is_alarming(const struct entry_record *record);

const char *verdict_name(enum verdict verdict);       /* "none", "granted", "denied" */
const char *direction_name(enum direction direction); /* "unknown", "in", "out" */

#endif
