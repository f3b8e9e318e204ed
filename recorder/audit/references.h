/*
 * Which page of ledger.db leads to which. Where a pointer to a page is damaged, SQLite names the
 * page that nothing leads to any more, and of two that lead to one page at most the one that it
 * met last, which may be the right one.
 */
#ifndef SEALROOM_AUDIT_REFERENCES_H
#define SEALROOM_AUDIT_REFERENCES_H

#include "audit/context.h"

/* A cell that SQLite calls out of order, by its page and its place there. */
struct disorder {
    uint32_t page;
    uint32_t cell;
};

/* For a file that SQLite's own check found damaged. Tells `report` every page with a pointer out of
 * the file, both pages that lead to the same one, and the page above one whose last cell is out of
 * order, for it is that by the key above: which of the two is wrong does not show. Of free pages
 * only where no log lies beside the file. */
void references_check(struct audit *audit, const struct disorder *disorders, size_t count,
                      void (*report)(struct audit *audit, uint32_t page, const char *detail));

#endif
