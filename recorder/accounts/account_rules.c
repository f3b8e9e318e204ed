#include "accounts/account_rules.h"

#include <stddef.h>
#include <string.h>

#include "base/utf8.h"

#define USUAL(name, usual, least, most, unit) .name = (usual),

struct message_account_settings account_rules_usual(void)
{
    return (struct message_account_settings){ACCOUNT_LIMITS(USUAL).recent_minutes =
                                                 ACCOUNT_RECENT_MINUTES};
}

static uint32_t bounded(uint32_t value, uint32_t usual, uint32_t least, uint32_t most)
{
    if (value == 0)
        return usual;
    return value < least ? least : value > most ? most : value;
}

#define BOUNDED(name, usual, least, most, unit)                                                    \
    settled.name = bounded(settled.name, usual, least, most);

/* 0 says something of its own for the lock, and for what is recent. */
struct message_account_settings
account_rules_settle(const struct message_account_settings *settings)
{
    struct message_account_settings settled = *settings;
    ACCOUNT_LIMITS(BOUNDED)
    if (settings->lock_minutes == 0)
        settled.lock_minutes = 0;
    return settled;
}

bool account_rules_need_second(const struct message_account_settings *rules, enum act act)
{
    return (act == ACT_EXPORT && rules->second_export != 0) ||
           (act == ACT_HOLD_RELEASE && rules->second_hold_release != 0) ||
           (act == ACT_CHANGE_ACCOUNTS && rules->second_accounts != 0);
}

/* ---- passwords ---- */

static unsigned class_of(uint32_t character)
{
    if (character >= 'a' && character <= 'z')
        return 1;
    if (character >= 'A' && character <= 'Z')
        return 2;
    if (character >= '0' && character <= '9')
        return 4;
    return 8;
}

/* How many characters, and of how many of the four classes. */
static void survey(struct bytes text, unsigned *characters, unsigned *classes)
{
    unsigned seen = 0;
    uint32_t character = 0;
    *characters = 0;
    for (size_t size; (size = utf8_next(text, &character)) > 0;) {
        seen |= class_of(character);
        *characters += 1;
        text.data += size;
        text.size -= size;
    }
    *classes = (unsigned)__builtin_popcount(seen);
}

enum status password_judge(const struct message_account_settings *rules, const char *account,
                           const char *password, struct error *error)
{
    unsigned characters = 0;
    unsigned classes = 0;
    survey(bytes_of_text(password), &characters, &classes);
    if (characters < rules->password_length)
        return error_set(error, STATUS_INVALID, "the password is too short: at least %u characters",
                         rules->password_length);
    if (classes < 3)
        return error_set(error, STATUS_INVALID,
                         "the password needs three of these: small letters, capital letters, "
                         "digits, other characters");
    if (strcasestr(password, account) != NULL)
        return error_set(error, STATUS_INVALID, "the password holds the account's name");
    return STATUS_OK;
}

bool account_name_is_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length < ID_SIZE && name[length] == '\0' && name[0] != '-' &&
           strncmp(name, "uid-", 4) != 0;
}
