/*
 * The rules that accounts, passwords and sessions are kept by. Settings may be stricter than the
 * floors here and never laxer: GB/T 22239 asks for strength, rotation, lock-out and idle log-out
 * and gives no numbers; these are what assessors look for.
 *
 *   setting           default   from   to
 *   idle_minutes           10      1   15
 *   session_hours          12      1   12
 *   password_length        10      8   64   characters
 *   password_days          90      1   90
 *   lock_after              5      1    5   failures in a row
 *   lock_minutes           15     15   1440, or 0: until a security administrator releases it
 *   unused_days            90      1   90
 *   recent_minutes         60      0   1440
 */
#ifndef SEALROOM_ACCOUNTS_ACCOUNT_RULES_H
#define SEALROOM_ACCOUNTS_ACCOUNT_RULES_H

#include "base/message_account.h"
#include "base/permission.h"
#include "base/status.h"

/* A password is none of so many before it, the one in force counted. */
#define PASSWORD_HISTORY 5
/* What the second person gave is good for so long. */
#define SECOND_S 600

/* One setting and its bounds; 0 stands for the default unless `zero` says what else. */
struct account_setting {
    const char *name; /* in the configuration */
    size_t offset;    /* of a uint32_t in struct message_account_settings */
    uint32_t usual;
    uint32_t least;
    uint32_t most;
    bool zero_is_allowed;
};

#define ACCOUNT_SETTINGS 8
extern const struct account_setting account_settings[ACCOUNT_SETTINGS];

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
