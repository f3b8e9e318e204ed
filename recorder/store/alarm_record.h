/*
 * What an `alarm` record says: the begin or the end of an alarm. The end names the record of the
 * begin; that number is the alarm's id. FORMAT.md, "Alarm".
 */
#ifndef SEALROOM_STORE_ALARM_RECORD_H
#define SEALROOM_STORE_ALARM_RECORD_H

#include "base/message.h"
#include "ledger/record.h"

struct alarm_record {
    bool end;
    uint64_t begin;        /* end: the record of its begin */
    char kind[ID_SIZE];    /* a name of health_event, camera_note, gap_cause or door_event */
    char subject[ID_SIZE]; /* camera, door or controller; "" for the appliance */
    char detail[DETAIL_SIZE];
};

/* The body's members; *members is the caller's to json_decref. STATUS_INVALID: a text that cannot
 * stand in a record. */
MUST_CHECK enum status alarm_record_members(const struct alarm_record *record, json_t **members,
                                            struct error *error);
/* STATUS_INVALID names the member that is missing or malformed. */
MUST_CHECK enum status alarm_record_parse(const json_t *body, struct alarm_record *record,
                                          struct error *error);

#endif
