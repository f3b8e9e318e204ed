/*
 * Entries: a page of them out of the catalog; one, with the record that proves it; and that
 * somebody has looked at it.
 */
#ifndef SEALROOM_CONSOLE_API_ENTRIES_H
#define SEALROOM_CONSOLE_API_ENTRIES_H

#include "firmware/console/call.h"

extern const struct body_form note_form;

void api_entries(struct call *call);
void api_entry(struct call *call);
void api_review(struct call *call);

#endif
