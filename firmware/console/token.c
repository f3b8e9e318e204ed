#include "firmware/console/token.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "crypto/suite.h"

void form_token_make(const char *session, char token[FORM_TOKEN_SIZE])
{
    static const char domain[] = "sealroom console form\n";
    struct digest digest;
    const struct bytes parts[] = {bytes_of_text(domain), bytes_of_text(session)};
    digest_of_parts(DIGEST_SHA256, parts, 2, &digest);
    hex_encode(token, digest.bytes, sizeof digest.bytes);
}

bool form_token_fits(const char *session, const char *given)
{
    char token[FORM_TOKEN_SIZE];
    form_token_make(session, token);
    return given != NULL && strlen(given) == sizeof token - 1 &&
           CRYPTO_memcmp(token, given, sizeof token - 1) == 0;
}

void cookie_write(char cookie[COOKIE_SIZE], const char *session, bool is_secure)
{
    (void)snprintf(cookie, COOKIE_SIZE, COOKIE_NAME "=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
                   session, is_secure ? "; Secure" : "", session[0] == '\0' ? "; Max-Age=0" : "");
}
