#include "base/card.h"

#include <stdio.h>
#include <string.h>

#define TELLING_LEAST 4u /* what is shorter could be guessed from any part of it */

/* Not isalnum: that knows locales. */
static bool is_letter_or_digit(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

/* The group that the credential ends with: of facility:number the number. Zeros ahead of it only
 * fill it up and hide nothing. */
static struct bytes last_group(struct bytes credential)
{
    size_t begin = credential.size;
    while (begin > 0 && is_letter_or_digit(credential.data[begin - 1]))
        begin--;
    while (begin < credential.size && credential.data[begin] == '0')
        begin++;
    return (struct bytes){credential.data + begin, credential.size - begin};
}

static bool is_typed(const char *method)
{
    static const char *const names[] = {"pin", "key", "pass"};
    for (size_t i = 0; method != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcasestr(method, names[i]) != NULL)
            return true;
    }
    return false;
}

void card_mask(char masked[CARD_MASKED_SIZE], struct bytes credential, const char *method)
{
    masked[0] = '\0';
    if (credential.size == 0)
        return;
    struct bytes group = last_group(credential);
    size_t kept = group.size < TELLING_LEAST || is_typed(method) ? 0 : (group.size + 1) / 3;
    if (kept > CARD_TAIL_MAX)
        kept = CARD_TAIL_MAX;
    (void)snprintf(masked, CARD_MASKED_SIZE, CARD_MASK "%.*s", (int)kept,
                   (const char *)group.data + group.size - kept);
}

const char *card_shown(enum card_display display, const char *credential, const char *method,
                       char masked[CARD_MASKED_SIZE])
{
    if (display == CARDS_FULL)
        return credential;
    card_mask(masked, bytes_of_text(credential), method);
    return masked;
}
