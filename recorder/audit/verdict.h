/*
 * The one word that a verification comes down to (DESIGN.md, "Verdicts").
 */
#ifndef SEALROOM_AUDIT_VERDICT_H
#define SEALROOM_AUDIT_VERDICT_H

#include "audit/audit.h"

/* Fills report->verdict from the findings. */
void verdict_reach(struct audit_report *report);

#endif
