/*
 * Bodies of `operator` records about people with accounts: sessions and what they do in them.
 * FORMAT.md, "Operator". As those of bodies.h.
 */
#ifndef SEALROOM_KEEPER_BODY_OPERATOR_H
#define SEALROOM_KEEPER_BODY_OPERATOR_H

#include "accounts/session_table.h"
#include "keeper/bodies.h"
#include "keeper/body.h"

/* Who it is: uid and process of a local user, else account, person, second. */
void body_put_operator(struct body *body, const struct operator_peer *operator);

json_t *body_login(const char *account, const char *person, const char *address);
/* `account` is "" if there is no account of that name; `folded` failures before it have no record
 * of their own. */
json_t *body_login_failed(const char *account, const char *address, uint64_t folded);
json_t *body_logout(const struct session *session, enum session_end end);
json_t *body_refused(const struct operator_peer *operator, enum act act);
json_t *body_review(const struct operator_peer *operator, uint64_t entry, const char *note);
/* What came of a verification: `failed` is why nothing did, NULL if it was brought to its end. */
json_t *body_verified(const struct operator_peer *operator, const struct message_verified * said,
                      const char *failed);
json_t *body_acknowledge(const struct operator_peer *operator, uint64_t alarm, const char *note);

#endif
