/*
 * The session's token, and what shows that a page of this console asks: a word that is made of the
 * token, which a page gets with the session, and no other site's page can read.
 */
#ifndef SEALROOM_CONSOLE_TOKEN_H
#define SEALROOM_CONSOLE_TOKEN_H

#include <stdbool.h>

#include "base/message_account.h"

#define COOKIE_NAME     "sealroom"
#define FORM_TOKEN_SIZE 65 /* lower-case hexadecimal and NUL */

void form_token_make(const char *session, char token[FORM_TOKEN_SIZE]);
/* `given` may be NULL. Takes as long whatever is wrong with it. */
bool form_token_fits(const char *session, const char *given);
/* As in Set-Cookie; "" for `session` takes it away. */
#define COOKIE_SIZE (TOKEN_SIZE + 128)
void cookie_write(char cookie[COOKIE_SIZE], const char *session, bool is_secure);

#endif
