/*
 * The pass phrase of an export that is encrypted for transport: asked for, read, or made here, and
 * handed to the appliance. It stands in no argument, no message and no record, and one that was
 * made here is shown once, at the terminal and nowhere else.
 */
#ifndef SEALROOM_COMMAND_EXPORT_PHRASE_H
#define SEALROOM_COMMAND_EXPORT_PHRASE_H

#include "evidence/pass_phrase.h"
#include "firmware/command/command.h"
#include "firmware/command/keeper_link.h"

struct export_phrase {
    struct pass_phrase phrase;
    bool is_wanted; /* else there is none */
    int terminal;   /* where it is to be shown, for it was made here; else -1 */
};

/* Is it to be encrypted? */
bool export_phrase_is_wanted(const struct invocation *invocation);
/* By --encrypt, --pass-phrase-file and --generate-pass-phrase. May wait for a person: catch no
 * signals before. Reported if there is none; returns false. Release it in any case. */
bool export_phrase_take(const struct invocation *invocation, struct export_phrase *phrase);
/* For the EXPORT_ASK of that reference. Nothing if none is wanted. */
MUST_CHECK enum status export_phrase_send(const struct export_phrase *phrase,
                                          struct keeper_link *link, uint32_t reference,
                                          struct error *error);
/* There is a file that it opens: shows it, if it was made here, once. STATUS_IO: it cannot. */
MUST_CHECK enum status export_phrase_show(struct export_phrase *phrase,
                                          const struct invocation *invocation, struct error *error);
/* Wipes it. */
void export_phrase_release(struct export_phrase *phrase);

#endif
