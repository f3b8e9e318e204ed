#include "store/account_record.h"

#include <string.h>

#include "store/body_table.h"

static const char *event_name(unsigned code)
{
    const struct word *word = word_account_event((enum account_event)code);
    return word == NULL ? NULL : word->name;
}

static bool event_code(const char *name, unsigned *code)
{
    const struct word *word = word_account_event_named(name);
    *code = word == NULL ? 0 : word->code;
    return word != NULL;
}

static const char *role_word(unsigned code)
{
    const struct word *word = word_operator_role((enum operator_role)code);
    return word == NULL ? NULL : word->name;
}

static bool role_code(const char *name, unsigned *code)
{
    const struct word *word = word_operator_role_named(name);
    *code = word == NULL ? 0 : word->code;
    return word != NULL;
}

static const char *state_name(unsigned code)
{
    const struct word *word = word_account_state((enum account_state)code);
    return word == NULL ? NULL : word->name;
}

static bool state_code(const char *name, unsigned *code)
{
    const struct word *word = word_account_state_named(name);
    *code = word == NULL ? 0 : word->code;
    return word != NULL;
}

static const struct body_words events = {event_name, event_code, true};
static const struct body_words roles = {role_word, role_code, true};
static const struct body_words states = {state_name, state_code, true};

#define S struct account_record
static const struct body_member table[] = {
    BODY_NAMED("event", S, event, &events),
    BODY_OPTIONAL("account", BODY_TEXT, S, account),
    BODY_OPTIONAL("person", BODY_TEXT, S, person),
    BODY_NAMED_OPTIONAL("role", S, role, &roles),
    BODY_NAMED_OPTIONAL("state", S, state, &states),
    BODY_IF("until", BODY_TIME, S, until_utc_ns, has_until),
    BODY_IF("digest", BODY_DIGEST, S, digest, has_digest),
    BODY_OPTIONAL("second", BODY_TEXT, S, second),
    BODY_OPTIONAL("reason", BODY_TEXT, S, reason),
    BODY_OPTIONAL("detail", BODY_TEXT, S, detail),
    BODY_IF("uid", BODY_COUNT, S, uid, is_local),
    BODY_IF("process", BODY_COUNT, S, process, is_local),
};
#undef S
#define COUNT (sizeof table / sizeof table[0])

enum status account_record_members(const struct account_record *record, json_t **members,
                                   struct error *error)
{
    return body_new(table, COUNT, record, members, error);
}

enum status account_record_parse(const json_t *body, struct account_record *record,
                                 struct error *error)
{
    memset(record, 0, sizeof(*record));
    return body_parse(table, COUNT, body, record, error);
}
