/*
 * Whose signatures count. The certificate from outside rules; without one the machine's own does,
 * and the verdict says so.
 */
#ifndef SEALROOM_AUDIT_KEYS_H
#define SEALROOM_AUDIT_KEYS_H

#include "audit/context.h"

/* Fills audit->certificate, key, suite, algorithm and the report's trust. With no certificate at
 * all they stay empty, and that is a finding. */
MUST_CHECK enum status keys_find(struct audit *audit, struct error *error);

#endif
