/*
 * An account: one person's, never shared, its name never given again.
 *
 * What *lasts* of it (who it is, what he may do, by what he is known) stands in one line, and every
 * change of it is a record that holds the line's digest: so a line that was written by anybody else
 * is found. The line holds random bits of its own, so that its digest tells nothing. What is
 * *recent* (log-ins, failures) changes all the time and is in no digest.
 */
#ifndef SEALROOM_ACCOUNTS_ACCOUNT_H
#define SEALROOM_ACCOUNTS_ACCOUNT_H

#include "accounts/account_rules.h"
#include "crypto/verifier.h"

#define ACCOUNT_SALT_BYTES 16
/* Of either of its two lines, without the newline. */
#define ACCOUNT_LINE_MAX 4096u

struct account_recent {
    int64_t last_login_utc_ns; /* 0: never */
    char last_login_address[NAME_SIZE];
    uint32_t failures;     /* since then */
    uint32_t tries;        /* failures in a row that count towards a lock */
    int64_t used_utc_ns;   /* last used, made or put in force */
    int64_t used_lived_ns; /* the ledger's lived time then */
};

/* Transparent: a plain value. */
struct account {
    char name[ID_SIZE];
    char person[NAME_SIZE]; /* whose it is */
    enum operator_role role;
    enum account_state state;
    int64_t locked_until_utc_ns; /* 0: until it is released */
    int64_t created_utc_ns;
    bool must_change;
    int64_t password_utc_ns;
    size_t verifier_count; /* newest first; the first is in force */
    struct verifier verifiers[PASSWORD_HISTORY];
    uint8_t salt[ACCOUNT_SALT_BYTES];
    struct account_recent recent;
};

/* Something that lasts has changed: new random bits. */
void account_touch(struct account *account);
/* A new password comes into force; the oldest kept one goes. */
void account_set_password(struct account *account, const struct verifier *verifier, int64_t utc_ns,
                          bool must_change);

/* The two lines, without newlines, appended: JSON objects with these members in this order.
 *
 *   {"name","person","role","state","locked_until","created","must_change","password_set",
 *    "verifiers":[…],"salt"}
 *   {"last_login","last_login_address","failures","tries","used","used_lived"}
 *
 * Role and state are words, times nanoseconds since 1970 in UTC, verifiers as crypto/verifier.h
 * writes them, the salt 32 hexadecimal digits. */
MUST_CHECK enum status account_lasting_append(const struct account *account, struct buffer *line);
MUST_CHECK enum status account_recent_append(const struct account_recent *recent,
                                             struct buffer *line);
/* What stands in the account's record. */
MUST_CHECK enum status account_digest(const struct account *account,
                                      enum digest_algorithm algorithm, struct digest *digest);
/* Strict: exactly what is written above. `recent` is cleared. */
MUST_CHECK enum status account_lasting_parse(struct bytes line, struct account *account);
MUST_CHECK enum status account_recent_parse(struct bytes line, struct account_recent *recent);

#endif
