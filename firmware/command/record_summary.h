/*
 * A record in one line for people: the members of its body that tell most, in words.
 */
#ifndef SEALROOM_COMMAND_RECORD_SUMMARY_H
#define SEALROOM_COMMAND_RECORD_SUMMARY_H

#include <jansson.h>

#include "base/card.h"
#include "firmware/command/text.h"

/* Fills `text`; what does not fit is left out whole. Whatever else stands in the body is shown by
 * `records --number`. */
void record_summary(const json_t *body, enum language language, enum card_display cards, char *text,
                    size_t size);

/* The name of an event, alarm or cause as people call it; the name itself if it is none. */
const char *event_text(const char *name, enum language language);

#endif
