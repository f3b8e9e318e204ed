/*
 * Whose credential it is, as the roster says now. An entry stores what was known when it was
 * recorded (FORMAT.md, "Entry").
 */
#ifndef SEALROOM_KEEPER_PEOPLE_H
#define SEALROOM_KEEPER_PEOPLE_H

#include <jansson.h>

#include "base/message.h"
#include "store/entry_record.h"

struct people;

/* Reads what PEOPLE brings; the descriptor is lent. STATUS_INVALID: it is not as it should be. */
MUST_CHECK enum status people_read(const struct message_people *said, int file,
                                   struct people **people, struct error *error);
/* NULL is allowed. */
void people_free(struct people *people);
/* Fills in name and department of the entry's credential, if they are known. `people` may be
 * NULL. */
void people_name(const struct people *people, struct entry_record *record);
/* What stands of it in a `config` record; NULL if memory has run out. */
json_t *people_body(const struct people *people);

#endif
