/*
 * Which page of ledger.db leads to which. Where a pointer to a page is damaged, SQLite names the
 * page that nothing leads to any more, and of two that lead to one page at most the one that it
 * met last, which may be the right one.
 */
#ifndef SEALROOM_AUDIT_REFERENCES_H
#define SEALROOM_AUDIT_REFERENCES_H

#include "audit/context.h"

/* For a file that SQLite's own check found damaged. Tells `report` every page with a pointer out of
 * the file, and both pages that lead to the same one: which of them is wrong does not show. Of free
 * pages only where no log lies beside the file. */
void references_check(struct audit *audit,
                      void (*report)(struct audit *audit, uint32_t page, const char *detail));

#endif
