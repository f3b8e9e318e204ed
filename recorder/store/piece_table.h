/*
 * The pieces of every sealed segment, in ledger.db beside the records: table `piece`, one row a
 * segment. Untrusted: it is worth something only when its roots are those of the segment's
 * record. It tells *where* in a file an alteration is, and what a proof of one fragment needs.
 * piece_table.c describes it byte for byte.
 */
#ifndef SEALROOM_STORE_PIECE_TABLE_H
#define SEALROOM_STORE_PIECE_TABLE_H

#include "ledger/ledger.h"
#include "store/piece.h"

struct sqlite3;
struct piece_table;

/* Attaches the table to a ledger that was just opened. The ledger must outlive it, and be
 * committed or freed before it is freed. */
MUST_CHECK enum status piece_table_attach(struct ledger *ledger, struct piece_table **table,
                                          struct error *error);
/* NULL is allowed. Nothing is committed after this. */
void piece_table_free(struct piece_table *table);
/* Stores the list (copied) with the next commit, under its segment's record number. */
MUST_CHECK enum status piece_table_add(struct piece_table *table, uint64_t record,
                                       const struct piece_list *pieces, struct error *error);
/* Drops the row with the next commit: the segment is gone. */
MUST_CHECK enum status piece_table_remove(struct piece_table *table, uint64_t record,
                                          struct error *error);

/* Reads a list by any connection to ledger.db. STATUS_NOT_FOUND if there is no row,
 * STATUS_INVALID if it is damaged. Whether it is true only the record's roots can say. *list is
 * the caller's. */
MUST_CHECK enum status piece_table_read(struct sqlite3 *database, uint64_t record,
                                        struct piece_list **list, struct error *error);

/* The row's bytes. */
MUST_CHECK enum status piece_list_encode(const struct piece_list *list, struct buffer *bytes);
/* SHA-256 of the row's bytes, as the segment's record has it. */
MUST_CHECK enum status piece_list_digest(const struct piece_list *list, struct digest *digest);
/* Parses a row's bytes; hostile input is STATUS_INVALID. */
MUST_CHECK enum status piece_list_decode(struct bytes bytes, struct piece_list **list,
                                         struct error *error);

/* SQL that makes the table, as it stands in the file. */
extern const char piece_table_schema[];

#endif
