/*
 * The four verdicts, of a whole ledger or of a package: the heaviest finding decides.
 */
#ifndef SEALROOM_AUDIT_VERDICT_WORD_H
#define SEALROOM_AUDIT_VERDICT_WORD_H

#include "audit/finding.h"

enum audit_verdict {
    AUDIT_AUTHENTIC = 0,
    AUDIT_ALTERED,
    AUDIT_INCOMPLETE, /* authentic, but something is absent */
    AUDIT_CANNOT_TELL,
};

enum audit_verdict audit_verdict_of(const struct findings *findings);
/* 0 authentic, 1 altered, 3 incomplete, 4 cannot tell. (2, could not run, is the caller's.) */
int audit_exit_code(enum audit_verdict verdict);
/* "authentic", "altered", "incomplete", "cannot_tell". */
const char *audit_verdict_name(enum audit_verdict verdict);
/* Is it one of those? */
bool audit_verdict_is_named(const char *name);
/* For people: "AUTHENTIC". */
const char *audit_verdict_text(enum audit_verdict verdict, enum language language);

#endif
