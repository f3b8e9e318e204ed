/*
 * Operators' sessions: from a log-in until he logs out, nobody is there for too long, it has
 * lasted long enough, or something about his account changes. They live in memory alone: with the
 * keeper they end.
 *
 * Times are monotonic (base/clock.h) and passed in, and only the digests of tokens are kept.
 */
#ifndef SEALROOM_ACCOUNTS_SESSION_TABLE_H
#define SEALROOM_ACCOUNTS_SESSION_TABLE_H

#include "accounts/account_rules.h"
#include "accounts/token.h"

#define SESSIONS_MAX 64u
/* Of one account; so nobody pushes the others out. */
#define SESSIONS_OF_ACCOUNT_MAX 8u
/* Second persons' words that one session can hold at a time. */
#define SECONDS_MAX 4u

enum session_end {
    SESSION_LOGGED_OUT = 1,
    SESSION_IDLE,
    SESSION_TOO_LONG, /* it has lasted as long as one may */
    SESSION_ACCOUNT,  /* password, role or state of its account were changed */
    SESSION_PUSHED,   /* too many are open: the one that was idle longest gave way */
};

struct session_second {
    struct digest token;
    enum act act; /* ACT_NONE: the place is free */
    char account[ID_SIZE];
    int64_t until_ns;
};

/* Transparent for reading; borrowed until a session begins or ends. */
struct session {
    struct digest token;
    char account[ID_SIZE];
    enum operator_role role;
    char address[NAME_SIZE];
    bool must_change; /* nothing but a new password */
    int64_t begun_ns;
    int64_t active_ns;
    int64_t last_login_utc_ns; /* the log-in before; these three are the caller's to fill in */
    char last_login_address[NAME_SIZE];
    uint32_t failures;
    uint64_t refused; /* bit N: that enum act N was refused is on record */
    struct session_second seconds[SECONDS_MAX];
};

struct session_table;

/* `ended` is called for each session as it ends, before it is forgotten. `rules` is borrowed. */
MUST_CHECK enum status
session_table_new(const struct message_account_settings *rules,
                  void (*ended)(void *context, const struct session *session, enum session_end end),
                  void *context, struct session_table **table, struct error *error);
/* NULL is allowed. Tells nobody. */
void session_table_free(struct session_table *table);

/* A new session, and its token. Never fails: where there are too many, of its account or of all,
 * the one of these that was idle longest gives way. */
struct session *session_begin(struct session_table *table, const char *account,
                              enum operator_role role, const char *address, bool must_change,
                              int64_t now_ns, char token[TOKEN_SIZE]);
/* NULL if it does not exist, or not any more. */
struct session *session_find(struct session_table *table, const char *token, int64_t now_ns);
/* Somebody is there. */
void session_touch(struct session *session, int64_t now_ns);
/* How long it still lasts if nobody is there, in seconds, rounded down. */
uint32_t session_left_s(const struct session_table *table, const struct session *session,
                        int64_t now_ns);
void session_end(struct session_table *table, struct session *session, enum session_end end);
/* All of an account but `except`, which may be NULL. */
void session_end_account(struct session_table *table, const char *account,
                         const struct session *except);
/* Ends those whose time is over. */
void session_table_expire(struct session_table *table, int64_t now_ns);
size_t session_table_count(const struct session_table *table);

/* The second person's word for one act of this session; one given before for it is void. */
void session_second_give(struct session *session, enum act act, const char *account, int64_t now_ns,
                         char token[TOKEN_SIZE]);
/* Uses it up: STATUS_OK and whose it was, or STATUS_NOT_FOUND. */
MUST_CHECK enum status session_second_take(struct session *session, enum act act, const char *token,
                                           int64_t now_ns, char account[ID_SIZE]);

#endif
