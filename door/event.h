/*
 * An event: a record's registers decoded into what the keeper is told, by the profile's tables.
 */
#ifndef SEALROOM_DOOR_EVENT_H
#define SEALROOM_DOOR_EVENT_H

#include "base/clock.h"
#include "door/profile.h"

/* Fills everything of *entry but device_seq and boot_epoch from one record window. Nothing is
 * dropped: a code the profile does not name, or a window that cannot be decoded, becomes
 * DOOR_UNKNOWN_CODE; the registers stand in `raw` in any case. False: the profile says that this
 * record is no entry. */
bool event_decode(const struct profile *profile, const struct door_list *doors,
                  const uint16_t *words, size_t count, const struct clock_reading *received,
                  struct message_entry *entry);

/* An entry that the recorder makes itself: event, time of receipt, and a sentence. */
void event_make(enum door_event event, const struct clock_reading *received, const char *detail,
                struct message_entry *entry);

/* Adds a remark to the entry's detail, as far as there is room. */
void event_remark(struct message_entry *entry, const char *text);

/* Whose the entry is: a door counted from 1, or 0 for none. One that is not configured is said in
 * its detail. */
void event_name_door(const struct door_list *doors, uint64_t number, struct message_entry *entry);

/* The registers as hexadecimal, as many as an entry holds. */
void event_raw(const uint16_t *words, size_t count, char raw[RAW_SIZE]);

#endif
