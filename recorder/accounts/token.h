/*
 * A token: 32 random bytes, for whoever it is given to in base64url without padding (RFC 4648, 5).
 * What is kept of it is its SHA-256.
 */
#ifndef SEALROOM_ACCOUNTS_TOKEN_H
#define SEALROOM_ACCOUNTS_TOKEN_H

#include "base/message_account.h"
#include "crypto/suite.h"

void token_make(char token[TOKEN_SIZE], struct digest *digest);
/* Of what somebody says is one; any text. */
struct digest token_digest(const char *token);

#endif
