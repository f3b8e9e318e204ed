/*
 * The account book: every account there is or ever was, by name.
 *
 * In memory it is a plain list; as a file it is this text (account_book.c has it byte for byte).
 * Whoever keeps it holds the lines against the records: a parser cannot tell who wrote them.
 */
#ifndef SEALROOM_ACCOUNTS_ACCOUNT_BOOK_H
#define SEALROOM_ACCOUNTS_ACCOUNT_BOOK_H

#include "accounts/account.h"

#define ACCOUNTS_MAX          256u
#define ACCOUNT_BOOK_SIZE_MAX ((size_t)2 * 1024 * 1024)

struct account_book {
    size_t count;
    size_t capacity;
    struct account *accounts; /* in the order in which they were made */
};

/* Zero-initialise before. */
void account_book_release(struct account_book *book);
/* NULL if there is none. Borrowed until one is added. */
struct account *account_book_find(const struct account_book *book, const char *name);
/* A copy of `account` at the end. STATUS_FULL: there are ACCOUNTS_MAX. */
MUST_CHECK enum status account_book_add(struct account_book *book, const struct account *account,
                                        struct error *error);
/* The whole file; `text` is cleared first. */
MUST_CHECK enum status account_book_write(const struct account_book *book, struct buffer *text);
/* Fills *book, which is released on failure. A pair of lines that is none is passed over and
 * counted in *damaged, and so is an account that stands there twice. STATUS_INVALID: it is no
 * account book at all. */
MUST_CHECK enum status account_book_parse(struct bytes text, struct account_book *book,
                                          size_t *damaged, struct error *error);

#endif
