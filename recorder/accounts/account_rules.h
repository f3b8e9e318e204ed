/*
 * The rules that accounts, passwords and sessions are kept by (base/account_limits.h): settings, of
 * which none undercuts its floor, whoever sends it.
 */
#ifndef SEALROOM_ACCOUNTS_ACCOUNT_RULES_H
#define SEALROOM_ACCOUNTS_ACCOUNT_RULES_H

#include "base/account_limits.h"
#include "base/message_account.h"
#include "base/permission.h"
#include "base/status.h"

/* A password is none of so many before it, the one in force counted. */
#define PASSWORD_HISTORY 5
/* What the second person gave is good for so long. */
#define SECOND_S 600

/* The defaults. */
struct message_account_settings account_rules_usual(void);
/* As near to what was asked for as the floors allow. */
struct message_account_settings
account_rules_settle(const struct message_account_settings *settings);
/* Does this act need a second person? */
bool account_rules_need_second(const struct message_account_settings *rules, enum act act);

/* May this be the password of `account`? STATUS_INVALID, and one sentence for its person. What was
 * used before is not looked at. */
MUST_CHECK enum status password_judge(const struct message_account_settings *rules,
                                      const char *account, const char *password,
                                      struct error *error);
/* [a-z0-9][a-z0-9-]{0,31}, and not "uid-…", which is how people without an account are called. */
bool account_name_is_valid(const char *name);

#endif
