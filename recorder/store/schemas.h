/*
 * Everything that this library keeps in ledger.db beside the ledger's own tables.
 */
#ifndef SEALROOM_STORE_SCHEMAS_H
#define SEALROOM_STORE_SCHEMAS_H

/* For ledger_open_with and for a check of the file; ends with NULL. */
extern const char *const store_schemas[];

#endif
