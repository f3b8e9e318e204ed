/*
 * Who may do what: the roles of people with accounts, everything that they can do, and the one
 * table of both. The keeper decides by it on every message; who shows pages asks the same table
 * what to leave out.
 *
 * Codes travel in messages, names stand in records and accounts. Append only.
 */
#ifndef SEALROOM_BASE_PERMISSION_H
#define SEALROOM_BASE_PERMISSION_H

#include "base/vocabulary.h"

/* None of them can do another's part (GB/T 22239: 三权分立). */
enum operator_role {
    OPERATOR_GUARD = 1,
    OPERATOR_INSPECTOR,
    OPERATOR_SYSTEM_ADMINISTRATOR,
    OPERATOR_SECURITY_ADMINISTRATOR,
    OPERATOR_AUDITOR,
};

enum account_state {
    ACCOUNT_ACTIVE = 1,
    ACCOUNT_DISABLED,
    ACCOUNT_LOCKED, /* for a while, or until it is released */
    ACCOUNT_CLOSED, /* for ever */
};

enum act {
    ACT_NONE = 0, /* nobody may */
    ACT_SEE_STATE,
    ACT_SEE_ENTRIES,
    ACT_WATCH,      /* recorded video and stills */
    ACT_WATCH_LIVE, /* what is being recorded */
    ACT_REVIEW_ENTRY,
    ACT_ACKNOWLEDGE_ALARM,
    ACT_EXPORT,
    ACT_HOLD_SET,
    ACT_HOLD_RELEASE,
    ACT_SEE_REGISTER, /* 查询记录簿 */
    ACT_SEE_REPORT,   /* 自查报告 */
    ACT_TAKE_CHECKPOINT,
    ACT_VERIFY,
    ACT_SEE_ACCOUNTS,
    ACT_CHANGE_ACCOUNTS,
    ACT_APPROVE_EXPORT, /* as the second person */
    ACT_APPROVE_HOLD_RELEASE,
    ACT_APPROVE_ACCOUNTS,
    ACT_OWN_PASSWORD,
};

bool permission_allows(enum operator_role role, enum act act);
/* What the second person must be allowed to do where this act asks for one; ACT_NONE for acts that
 * never do. */
enum act permission_second(enum act act);

/* As the words of base/vocabulary.h. */
const struct word *word_operator_role(enum operator_role code);
const struct word *word_account_state(enum account_state code);
const struct word *word_act(enum act code);
const struct word *word_operator_role_named(const char *name);
const struct word *word_account_state_named(const char *name);
const struct word *word_act_named(const char *name);
const struct word *word_operator_roles(size_t *count);
const struct word *word_account_states(size_t *count);
const struct word *word_acts(size_t *count);

#endif
