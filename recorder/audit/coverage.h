/*
 * Segments and gaps of a camera tile its time (DESIGN.md, "Gaps").
 */
#ifndef SEALROOM_AUDIT_COVERAGE_H
#define SEALROOM_AUDIT_COVERAGE_H

#include "audit/context.h"

/* After records_read: lists recorded gaps, and time that nothing explains. */
MUST_CHECK enum status coverage_check(struct audit *audit, struct error *error);

#endif
