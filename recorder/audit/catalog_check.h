/*
 * The search catalog against the records it is made of. It decides nothing and is made again from
 * them, so a difference is told and does not lower the verdict.
 */
#ifndef SEALROOM_AUDIT_CATALOG_CHECK_H
#define SEALROOM_AUDIT_CATALOG_CHECK_H

#include "audit/context.h"

MUST_CHECK enum status catalog_check(struct audit *audit, struct error *error);

#endif
