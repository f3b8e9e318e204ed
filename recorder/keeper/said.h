/*
 * What was concluded before, known by its event and the records it was drawn from, and since when
 * a door's rules have been in force: so that a start says nothing twice, and nothing of the time
 * before a rule was made. Filled from records, oldest first.
 */
#ifndef SEALROOM_KEEPER_SAID_H
#define SEALROOM_KEEPER_SAID_H

#include <jansson.h>

#include "keeper/roster.h"
#include "store/entry_record.h"

struct said;

/* `roster` is borrowed. */
MUST_CHECK enum status said_new(const struct roster *roster, struct said **said,
                                struct error *error);
/* NULL is allowed. */
void said_free(struct said *said);
/* An entry; those that are not derived are passed over. */
void said_take_entry(struct said *said, const struct entry_record *record);
/* The body of the `config` record of that number. */
void said_take_config(struct said *said, uint64_t number, const json_t *body);
/* All is read, from record `from` up to and without `end`. */
void said_finish(struct said *said, uint64_t from, uint64_t end);

/* Whether it was concluded before, or must not be: `from` is what it is drawn from. */
bool said_already(const struct said *said, const char *door, enum door_event event,
                  const uint64_t *from, size_t count);

#endif
