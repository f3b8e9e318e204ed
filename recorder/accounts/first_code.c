#include "accounts/first_code.h"

#include <string.h>

#include "base/clock.h"

#define GROUPS    8
#define GROUP     4
#define CODE_SIZE (GROUPS * GROUP + 1) /* without hyphens */

/* Crockford's base32: nothing that is taken for something else. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static struct digest digest_of_code(const char code[CODE_SIZE])
{
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes_of_text(code), &digest);
    return digest;
}

void first_code_make(struct first_code *code, int64_t now_ns, char text[FIRST_CODE_SIZE])
{
    uint8_t random[GROUPS * GROUP];
    char plain[CODE_SIZE] = {0};
    size_t at = 0;
    random_fill(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        if (i > 0 && i % GROUP == 0)
            text[at++] = '-';
        plain[i] = digits[random[i] & 31u];
        text[at++] = plain[i];
    }
    text[at] = '\0';
    *code = (struct first_code){.is_given = true,
                                .digest = digest_of_code(plain),
                                .until_ns = now_ns + FIRST_CODE_S * NS_PER_SECOND};
    explicit_bzero(random, sizeof random);
    explicit_bzero(plain, sizeof plain);
}

static char meant(char character)
{
    static const char typed[] = "abcdefghijklmnopqrstuvwxyzILO";
    static const char means[] = "ABCDEFGH1JK1MN0PQRSTUVWXYZ110";
    const char *found = strchr(typed, character);
    if (found != NULL)
        return means[found - typed];
    return character;
}

enum status first_code_check(struct first_code *code, const char *text, int64_t now_ns)
{
    char plain[CODE_SIZE] = {0};
    size_t size = 0;
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == ' ')
            continue;
        if (size + 1 >= sizeof plain)
            return STATUS_MISMATCH;
        plain[size++] = meant(*text);
    }
    struct digest digest = digest_of_code(plain);
    bool is_good =
        code->is_given && now_ns < code->until_ns && digest_equal(&digest, &code->digest);
    if (!is_good && code->is_given && ++code->tries >= FIRST_CODE_TRIES)
        first_code_void(code);
    return is_good ? STATUS_OK : STATUS_MISMATCH;
}

void first_code_void(struct first_code *code)
{
    *code = (struct first_code){0};
}
