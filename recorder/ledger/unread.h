/*
 * What of a database's file the disk did not give: SQLite tells that a read failed, or calls the
 * file malformed, but not where, and who goes on after it would take for missing what is only
 * unreadable.
 */
#ifndef SEALROOM_LEDGER_UNREAD_H
#define SEALROOM_LEDGER_UNREAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct sqlite3;

#define UNREAD_MAX 64u

struct unread_range {
    uint64_t from; /* bytes of the file */
    uint64_t to;
};

struct unread;

enum unread_file { UNREAD_DATABASE, UNREAD_LOG };

/* Notes every read of that file of the connection that fails from now on. *unread is the caller's,
 * to be freed after the connection was closed; it is NULL if the file is not open, as that of a log
 * is before the first read of the database and where there is none. */
MUST_CHECK enum status unread_watch(struct sqlite3 *database, enum unread_file which,
                                    struct unread **unread, struct error *error);
/* NULL is allowed. */
void unread_free(struct unread *unread);
/* Ranges that are apart, in the order in which they were met; the last of UNREAD_MAX takes in all
 * that follow. */
size_t unread_count(const struct unread *unread);
struct unread_range unread_at(const struct unread *unread, size_t index);

#endif
