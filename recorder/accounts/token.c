#include "accounts/token.h"

#include <string.h>

#define TOKEN_BYTES 32

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void token_make(char token[TOKEN_SIZE], struct digest *digest)
{
    uint8_t bytes[TOKEN_BYTES + 1] = {0}; /* the last digit takes two bits of what is not there */
    size_t count = (TOKEN_BYTES * 8 + 5) / 6;
    random_fill(bytes, TOKEN_BYTES);
    for (size_t i = 0; i < count; i++) {
        size_t bit = 6 * i;
        unsigned pair = (unsigned)(bytes[bit / 8] << 8 | bytes[bit / 8 + 1]);
        token[i] = digits[pair >> (10 - bit % 8) & 63u];
    }
    token[count] = '\0';
    explicit_bzero(bytes, sizeof bytes);
    *digest = token_digest(token);
}

struct digest token_digest(const char *token)
{
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes_of_text(token), &digest);
    return digest;
}
