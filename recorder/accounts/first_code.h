/*
 * The one-time code that makes the first security administrator: 160 random bits in eight groups of
 * four letters and digits, read from one screen and typed at another. Good once, for an hour, and
 * void after ten wrong tries. Only its digest is kept, in memory.
 */
#ifndef SEALROOM_ACCOUNTS_FIRST_CODE_H
#define SEALROOM_ACCOUNTS_FIRST_CODE_H

#include "base/message_account.h"
#include "crypto/suite.h"

#define FIRST_CODE_S     3600
#define FIRST_CODE_TRIES 10u

/* Zero: none was given. A plain value. */
struct first_code {
    bool is_given;
    struct digest digest;
    int64_t until_ns; /* monotonic */
    unsigned tries;
};

/* In place of one that was given before. */
void first_code_make(struct first_code *code, int64_t now_ns, char text[FIRST_CODE_SIZE]);
/* Is it the code? In small letters too, with blanks or without hyphens, and with O for 0, I or L
 * for 1. It stays good until first_code_void. STATUS_OK or STATUS_MISMATCH. */
MUST_CHECK enum status first_code_check(struct first_code *code, const char *text, int64_t now_ns);
void first_code_void(struct first_code *code);

#endif
