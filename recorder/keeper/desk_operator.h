/*
 * What an operator may ask, be he a local user at the command line or a person with an account at
 * the console. Each is decided by accounts_may, answered here, and a record under who it was.
 * Internal: for the desks of these two.
 */
#ifndef SEALROOM_KEEPER_DESK_OPERATOR_H
#define SEALROOM_KEEPER_DESK_OPERATOR_H

#include "keeper/parts.h"

/* Is the keeper running? STATUS_REFUSED if it is not. */
MUST_CHECK enum status operator_running(const struct keeper *keeper, struct error *error);
/* The same; whoever asks is told to ask again. */
bool operator_is_heard(const struct keeper *keeper, struct peer *peer, const struct letter *letter);

/* Handlers of these messages, as struct desk_handler has them. */
enum status operator_take_status(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error);
enum status operator_take_lookup(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error);
enum status operator_take_checkpoint(void *context, struct peer *peer, const struct letter *letter,
                                     struct error *error);
enum status operator_take_hold_set(void *context, struct peer *peer, const struct letter *letter,
                                   struct error *error);
enum status operator_take_hold_release(void *context, struct peer *peer,
                                       const struct letter *letter, struct error *error);
enum status operator_take_seal_now(void *context, struct peer *peer, const struct letter *letter,
                                   struct error *error);
enum status operator_take_export(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error);
enum status operator_take_phrase(void *context, struct peer *peer, const struct letter *letter,
                                 struct error *error);
enum status operator_take_kept(void *context, struct peer *peer, const struct letter *letter,
                               struct error *error);
enum status operator_take_accounts_ask(void *context, struct peer *peer,
                                       const struct letter *letter, struct error *error);
/* Whoever it was has gone. */
void operator_is_gone(void *context, struct peer *peer, const char *reason);

#endif
