/*
 * What the files of the accounts share. Internal.
 */
#ifndef SEALROOM_KEEPER_ACCOUNTS_PARTS_H
#define SEALROOM_KEEPER_ACCOUNTS_PARTS_H

#include "accounts/account_book.h"
#include "accounts/first_code.h"
#include "accounts/session_table.h"
#include "keeper/accounts.h"
#include "keeper/allowance.h"
#include "keeper/password_thread.h"
#include "store/account_record.h"

/* The files of the account book (accounts.h). */
#define BOOK       "accounts"
#define BOOK_NEXT  "accounts.next"
#define BOOK_ASIDE "accounts.aside"
#define BOOK_MODE  0600

/* What the newest record says of an account. */
struct known {
    uint64_t record;
    struct digest digest;
    bool altered;            /* it cannot log in until it is given a new password */
    int64_t locked_until_ns; /* monotonic; 0: until it is released */
};

struct accounts {
    struct keeper *keeper;
    struct message_account_settings rules;
    struct account_book book;         /* as the records have it, and nothing else */
    struct known known[ACCOUNTS_MAX]; /* of each in the book */
    struct session_table *sessions;
    struct password_thread *passwords;
    struct first_code first_code;
    struct ticker *ticker;
    struct allowance failures; /* records that failed log-ins may cause */
    uint64_t folded;           /* failed log-ins since the last such record that have none */
    bool has_written;
    struct digest written; /* SHA-256 of the file as it was written last */
    bool is_unreadable;    /* an I/O error: nobody knows what it holds, and it is let be */
    bool is_changing;      /* accounts.next waits for its record */
    bool is_dirty;         /* what is recent is to be written */
    bool needed_first;     /* as the console was told */
    int64_t looked_ns;     /* monotonic: when the book was held against the records */
    int64_t swept_ns;      /* and when unused accounts were looked for */
};

/* Who brings a change about, and who is told. */
struct author {
    char source[SOURCE_SIZE]; /* whose record it is */
    const char *second;       /* NULL: none */
    const char *reason;
    const char *detail;
    uint64_t peer; /* is answered with DONE; 0: nobody is */
    uint32_t reference;
};

/* The index of an account in the book; book.count if there is none. */
size_t accounts_index(const struct accounts *accounts, const char *name);
/* May it log in, as far as its password is right? */
bool accounts_is_usable(const struct accounts *accounts, size_t index);
/* As it is now: a lock whose time is over is none. */
enum account_state accounts_state(const struct accounts *accounts, size_t index);
/* Can nobody manage accounts? */
bool accounts_need_first(const struct accounts *accounts);
void accounts_source(const char *account, char source[SOURCE_SIZE]);
/* Tells the console if what it was told is no more so. */
void accounts_tell(struct accounts *accounts);

/* In place of the account of that name, or as a new one: the book, the record, the book in its
 * place, the answer. Its sessions end but for `except` (may be NULL). On failure nothing changed
 * and nobody was answered. */
MUST_CHECK enum status accounts_put(struct accounts *accounts, const struct account *account,
                                    enum account_event event, const struct author *author,
                                    const struct session *except, struct error *error);
/* What is recent has changed: writes it, at once if it can be. */
void accounts_save(struct accounts *accounts);
/* Holds the file against the records. */
void accounts_look(struct accounts *accounts);
/* An `account` record about nothing that lasts. */
uint64_t accounts_record(struct accounts *accounts, const char *source,
                         const struct account_record *record);

/* The file is this from now on. */
void accounts_remember(struct accounts *accounts, struct bytes text);
/* Of the digests in records. */
enum digest_algorithm accounts_algorithm(const struct accounts *accounts);
/* The ledger's lived time now. */
int64_t accounts_lived_ns(const struct accounts *accounts);
void accounts_used(struct accounts *accounts, struct account *account);

/* May this account be made anew? */
MUST_CHECK enum status accounts_check_new(const struct accounts *accounts, const char *name,
                                          const char *person, uint16_t role, struct error *error);
/* A job that made a verifier is in order: the account with it. */
void accounts_put_password(struct accounts *accounts, const struct password_job *job,
                           const struct author *author);

void accounts_refuse(struct peer *peer, uint32_t reference, const struct error *error);

#endif
