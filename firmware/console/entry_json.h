/*
 * An entry as pages are told of it.
 */
#ifndef SEALROOM_CONSOLE_ENTRY_JSON_H
#define SEALROOM_CONSOLE_ENTRY_JSON_H

#include <jansson.h>

#include "base/card.h"
#include "store/catalog_page.h"

/* What stands in pages is in milliseconds since 1970, UTC. */
#define JSON_MS(ns) ((json_int_t)((ns) / NS_PER_MS))

/* With whoever reviewed it last, which is read from the catalog. NULL without memory. */
json_t *entry_json(struct catalog_view *catalog, const struct catalog_page_entry *entry,
                   enum card_display cards);
/* {"by", "at", "note"} of what somebody did about a record; NULL if nobody did. */
json_t *deed_json(struct catalog_view *catalog, uint64_t subject, const char *action);
/* Who did it: the person, or the account, or where it comes from: a uid at the command line. Of the
 * deed's body, which may be NULL, and its record's source. */
const char *deed_person(const json_t *body, const char *source);

#endif
