/*
 * People's accounts as the keeper has them: who may log in, who is logged in, who may do what. The
 * keeper alone decides, on every message.
 *
 * What happened to an account is in its records; what its password is known by is in the account
 * book, STATE/accounts (accounts/account_book.c), which nobody else reads. In order of what lasts:
 *
 *   accounts.next, the whole book with the change → the record, with the digest of what lasts of
 *   the account → accounts.next takes the place of accounts
 *
 * So a start finds one of these, whenever it was killed:
 *
 *   accounts fits the newest records                   the change never was; accounts.next goes
 *   accounts does not, accounts.next does              it takes its place
 *   neither does                                       changed behind the program's back
 *
 * The book is held against the records at the start and each minute. An account that was changed,
 * added or taken away is an alarm and a record; it cannot log in until a security administrator
 * gives it a new password. What was found is kept as accounts.aside, and the book is written again
 * as the records have it. What the disk does not give (an I/O error) is no alteration: nobody can
 * log in, with an alarm that says why, and nothing is written over it. What is recent (account.h)
 * is in no digest: it is written when it changes, and what is lost of it in a crash is a line about
 * the last log-in.
 */
#ifndef SEALROOM_KEEPER_ACCOUNTS_H
#define SEALROOM_KEEPER_ACCOUNTS_H

#include "accounts/account_rules.h"
#include "keeper/body.h"
#include "keeper/parts.h"

struct accounts;
struct standing;

MUST_CHECK enum status accounts_new(struct keeper *keeper, struct accounts **accounts,
                                    struct error *error);
/* NULL is allowed. */
void accounts_free(struct accounts *accounts);
/* Before START. */
void accounts_settle(struct accounts *accounts, const struct message_account_settings *settings);
const struct message_account_settings *accounts_rules(const struct accounts *accounts);
/* {idle_minutes, …, second_person: [word of an act]}: for the `config` record. NULL: no memory. */
json_t *accounts_rules_body(const struct accounts *accounts);
/* START: what the records say of accounts; then how the book stands against it, on record. */
MUST_CHECK enum status accounts_take_up(struct accounts *accounts, const struct standing *standing,
                                        struct error *error);
void accounts_judge_book(struct accounts *accounts);
MUST_CHECK enum status accounts_start(struct accounts *accounts, struct error *error);
/* Adds each account's newest record to what stands. */
void accounts_put_standing(const struct accounts *accounts, struct body *standing);

/* May whoever sent this do that? On STATUS_OK *operator says who he is. A session that does not
 * exist is STATUS_NOT_FOUND; what is not his part is STATUS_REFUSED, on record once a session and
 * act. Without a session it is the local user, who is as the kernel says; STATUS_NOT_FOUND if that
 * is the console. */
MUST_CHECK enum status accounts_may(struct accounts *accounts, const struct peer *peer,
                                    const char *session, enum act act,
                                    struct operator_peer *operator, struct error * error);
/* When all else is in order: the second person's word, which it uses up; STATUS_REFUSED if one is
 * needed and this is none. operator->second says who it was. */
MUST_CHECK enum status accounts_second(struct accounts *accounts, const char *session,
                                       const char *second, enum act act,
                                       struct operator_peer *operator, struct error * error);

/* The messages (desk_console.c, desk_command.c), each answered here. */
void accounts_greet(struct accounts *accounts, struct peer *console);
void accounts_log_in(struct accounts *accounts, struct peer *peer, const struct letter *letter);
void accounts_check(struct accounts *accounts, struct peer *peer, const struct letter *letter);
void accounts_log_out(struct accounts *accounts, struct peer *peer, const struct letter *letter);
void accounts_change_password(struct accounts *accounts, struct peer *peer,
                              const struct letter *letter);
void accounts_ask_second(struct accounts *accounts, struct peer *peer, const struct letter *letter);
void accounts_list(struct accounts *accounts, struct peer *peer, const struct letter *letter);
void accounts_change(struct accounts *accounts, struct peer *peer, const struct letter *letter);
void accounts_give_first_code(struct accounts *accounts, struct peer *peer,
                              const struct letter *letter);
void accounts_make_first(struct accounts *accounts, struct peer *peer, const struct letter *letter);

#endif
