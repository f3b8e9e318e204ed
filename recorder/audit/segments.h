/*
 * The video of every kept segment that was asked for, hashed on all cores.
 */
#ifndef SEALROOM_AUDIT_SEGMENTS_H
#define SEALROOM_AUDIT_SEGMENTS_H

#include "audit/context.h"

/* After records_read. */
MUST_CHECK enum status segments_check(struct audit *audit, struct error *error);

#endif
