/*
 * Who had a package: a file beside it, one line an act, each with the digest of the line before
 * (FORMAT.md, "Custody"). Nobody signs it: it shows the order, and what was changed or cut out of
 * the middle.
 */
#ifndef SEALROOM_EVIDENCE_CUSTODY_H
#define SEALROOM_EVIDENCE_CUSTODY_H

#include "base/clock.h"
#include "crypto/suite.h"

#define CUSTODY_SUFFIX    ".custody"
#define CUSTODY_SIZE_MAX  ((size_t)1024 * 1024)
#define CUSTODY_NAME_SIZE 129 /* 128 bytes and NUL */

struct custody_act {
    int64_t at_utc_ns;
    struct digest package;
    const char *verdict; /* "authentic", …; borrowed */
    const char *name;    /* of who it is; as custody_name_is_valid has it; borrowed */
};

struct custody_state {
    unsigned acts;
    unsigned broken; /* the line that does not follow on the one before; 0: none */
    bool is_other;   /* an act speaks of another package */
};

/* Reads such a file. Anything malformed is a broken line. */
void custody_judge(enum digest_algorithm algorithm, struct bytes text, const struct digest *package,
                   struct custody_state *state);
#define CUSTODY_BAD_NAME                                                                           \
    "the name is blank, too long, or has characters that cannot be seen or turn the text around"

/* At most 128 bytes, legible (utf8.h). */
bool custody_name_is_valid(const char *name);
/* Appends the act to *text, which may be empty. STATUS_INVALID: the name cannot stand there, or the
 * chain is broken already, or of another package; STATUS_FULL: it would be more than such a file
 * may hold. *text is of no use then. */
MUST_CHECK enum status custody_append(enum digest_algorithm algorithm,
                                      const struct custody_act *act, struct buffer *text,
                                      struct error *error);

#endif
