/*
 * Messages about accounts, roles and operators' sessions: between the console, or the command
 * line, and the keeper. Forms are those of base/message.h.
 *
 * `session` and `second` are tokens that the keeper gave: base64url (RFC 4648, 5) of 32 random
 * bytes. Whoever has one is that operator; the keeper keeps only its digest. A message with a
 * `session` is answered by DONE with STATUS_NOT_FOUND if there is no such session (any more), and
 * with STATUS_REFUSED if it is not that role's part (base/permission.h) or a rule forbids it. In
 * all messages with both, `second` is the second person's for this very act, "" for none.
 */
#ifndef SEALROOM_BASE_MESSAGE_ACCOUNT_H
#define SEALROOM_BASE_MESSAGE_ACCOUNT_H

#include <stdint.h>

#include "base/message_field.h"

#define TOKEN_SIZE    49
#define PASSWORD_SIZE 129 /* as it was typed: UTF-8 and NUL */

/* Supervisor to keeper, before START; without it the defaults hold (accounts/account_rules.h),
 * whose floors no setting undercuts. */
struct message_account_settings {
    uint32_t idle_minutes;    /* a session ends when nobody was there for so long */
    uint32_t session_hours;   /* and at the latest after so long */
    uint32_t password_length; /* characters at least */
    uint32_t password_days;   /* then it has to be changed */
    uint32_t lock_after;      /* so many failures lock an account */
    uint32_t lock_minutes;    /* for so long; 0: until it is released */
    uint32_t unused_days;     /* an account nobody used for so long is disabled */
    uint32_t recent_minutes;  /* what is newer may be looked at without a reason */
    uint8_t second_export;    /* 1: needs a second person */
    uint8_t second_hold_release;
    uint8_t second_accounts;
};

/* Keeper to console, after WELCOME and whenever it changes, before the answer to what changed it:
 * what pages must know before anybody has logged in. */
struct message_accounts_state {
    uint8_t needs_first; /* nobody can manage accounts: a one-time code makes the first one */
    uint8_t second_export;
    uint8_t second_hold_release;
    uint8_t second_accounts;
    uint32_t idle_s;
    uint32_t password_length;
    uint32_t recent_minutes;
};

/* Answered by SESSION, or by DONE: STATUS_REFUSED with one sentence for every cause, STATUS_FULL if
 * too many are being looked at. */
struct message_login {
    char account[ID_SIZE];
    char password[PASSWORD_SIZE];
    char address[NAME_SIZE]; /* where it comes from, as the console sees it */
};

struct message_session {
    uint32_t reference;
    char token[TOKEN_SIZE]; /* "" where it is known already */
    char account[ID_SIZE];
    char name[NAME_SIZE];      /* the person's */
    uint16_t role;             /* enum operator_role */
    int64_t last_login_utc_ns; /* the one before; 0: there was none */
    char last_login_address[NAME_SIZE];
    uint32_t failures;             /* failed log-ins since then */
    uint8_t must_change;           /* 1: nothing is allowed but a new password */
    uint32_t idle_s;               /* what is left until it ends, if nobody is there */
    int64_t password_until_utc_ns; /* then it has to be changed */
};

/* May this session do that? Answered by SESSION without a token, or by DONE. */
struct message_session_check {
    char session[TOKEN_SIZE];
    uint16_t act;   /* enum act */
    uint8_t active; /* 1: somebody is there; 0: a page asks by itself */
};

struct message_logout {
    char session[TOKEN_SIZE];
};

/* One's own. STATUS_REFUSED: the old one is wrong; STATUS_INVALID: the new one breaks a rule, which
 * is said. */
struct message_password_change {
    char session[TOKEN_SIZE];
    char old_password[PASSWORD_SIZE];
    char new_password[PASSWORD_SIZE];
};

/* The second person, at the first one's console, for one act of this session within ten minutes.
 * Answered by SECOND_GIVEN, or DONE as for LOGIN. */
struct message_second {
    char session[TOKEN_SIZE];
    uint16_t act; /* enum act: what it is for */
    char account[ID_SIZE];
    char password[PASSWORD_SIZE];
};

struct message_second_given {
    uint32_t reference;
    char token[TOKEN_SIZE];
};

/* One ACCOUNT for each, then DONE. From the command line without a session: a look-up, on record.
 */
struct message_accounts_ask {
    char session[TOKEN_SIZE];
};

struct message_account {
    uint32_t reference;
    char account[ID_SIZE];
    char name[NAME_SIZE];
    uint16_t role;               /* enum operator_role */
    uint8_t state;               /* enum account_state */
    uint8_t altered;             /* 1: changed behind the program's back; cannot log in */
    uint8_t must_change;         /* 1: at the next log-in */
    int64_t locked_until_utc_ns; /* 0: not locked, or until it is released */
    int64_t created_utc_ns;
    int64_t password_until_utc_ns;
    int64_t last_login_utc_ns; /* 0: never */
    char last_login_address[NAME_SIZE];
    uint32_t failures;
};

enum account_change {
    CHANGE_CREATE = 1, /* with name, role and an initial password */
    CHANGE_PERSON,     /* name */
    CHANGE_ROLE,       /* role */
    CHANGE_PASSWORD,   /* an initial password, to be changed at the next log-in */
    CHANGE_DISABLE,
    CHANGE_ENABLE,
    CHANGE_UNLOCK,
    CHANGE_CLOSE, /* for ever */
};

/* Answered by DONE, with the record. Nobody changes his own account by this. */
struct message_account_change {
    char session[TOKEN_SIZE];
    char second[TOKEN_SIZE];
    char account[ID_SIZE];
    uint16_t change; /* enum account_change */
    char name[NAME_SIZE];
    uint16_t role; /* enum operator_role */
    char password[PASSWORD_SIZE];
    char reason[DETAIL_SIZE];
};

/* From the command line, where nobody can manage accounts: a code, once, that makes the first
 * security administrator. Answered by FIRST_CODE, if there is one, and DONE. */
struct message_first_code_ask {
    uint32_t unused;
};

#define FIRST_CODE_SIZE 41 /* eight groups of four letters and digits, hyphens between, and NUL */

struct message_first_code {
    uint32_t reference;
    char code[FIRST_CODE_SIZE];
    int64_t until_utc_ns;
};

/* From the console. Answered by DONE with the record; then he logs in. */
struct message_account_first {
    char code[FIRST_CODE_SIZE];
    char account[ID_SIZE];
    char name[NAME_SIZE];
    char password[PASSWORD_SIZE];
    char address[NAME_SIZE];
};

#endif
