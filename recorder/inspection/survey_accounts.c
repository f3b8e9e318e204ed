/* People's accounts: what their records say of them, and who logged in. */
#include <string.h>

#include "inspection/survey.h"

/* What an account's event does to what is known of its password. */
enum password { PASSWORD_AS_IT_WAS = 0, PASSWORD_INITIAL, PASSWORD_HIS_OWN };

static const struct {
    const char *event;
    enum password password;
    bool is_act; /* somebody's, upon another's account */
} events[] = {
    {"created", PASSWORD_INITIAL, true},          {"first_created", PASSWORD_HIS_OWN, false},
    {"password_given", PASSWORD_INITIAL, true},   {"password_changed", PASSWORD_HIS_OWN, false},
    {"person_changed", PASSWORD_AS_IT_WAS, true}, {"role_changed", PASSWORD_AS_IT_WAS, true},
    {"disabled", PASSWORD_AS_IT_WAS, true},       {"enabled", PASSWORD_AS_IT_WAS, true},
    {"unlocked", PASSWORD_AS_IT_WAS, true},       {"closed", PASSWORD_AS_IT_WAS, true},
};
#define EVENTS (sizeof events / sizeof events[0])

static void take_password(struct survey_account *account, const char *event, int64_t at_ns)
{
    for (size_t i = 0; i < EVENTS; i++) {
        if (strcmp(events[i].event, event) != 0 || events[i].password == PASSWORD_AS_IT_WAS)
            continue;
        account->is_initial = events[i].password == PASSWORD_INITIAL;
        account->password_ns = at_ns;
        if (account->used_ns == 0)
            account->used_ns = at_ns;
    }
}

static void count_change(struct survey *survey, const struct survey_record *record,
                         const char *event)
{
    struct survey_accounts *accounts = &survey->accounts;
    uint64_t number = record->number;
    records_note(&accounts->changes, number);
    for (size_t i = 0; i < EVENTS; i++)
        accounts->acts += events[i].is_act && strcmp(events[i].event, event) == 0;
    if (json_get_text(record->body, "second") != NULL)
        records_note(&survey->deeds.second, number);
    if (strcmp(event, "altered_outside") == 0)
        records_note(&accounts->outside, number);
    else if (strcmp(event, "locked") == 0)
        records_note(&accounts->locked, number);
}

enum status survey_take_account(struct survey *survey, const struct survey_record *record)
{
    const char *event = json_get_text(record->body, "event");
    const char *name = json_get_text(record->body, "account");
    const char *role = json_get_text(record->body, "role");
    const char *state = json_get_text(record->body, "state");
    if (event == NULL)
        return STATUS_INVALID;
    if (record->head->at_utc_ns >= survey->options->to_utc_ns)
        return STATUS_OK;
    if (record->of_period)
        count_change(survey, record, event);
    if (name == NULL)
        return STATUS_OK; /* of none, as a first code is */
    struct survey_account *account = survey_account_of(survey, name);
    if (account == NULL)
        return STATUS_NO_MEMORY;
    account->record = record->number;
    if (role != NULL)
        message_text(account->role, sizeof account->role, role);
    if (state != NULL)
        message_text(account->state, sizeof account->state, state);
    take_password(account, event, record->head->at_utc_ns);
    return STATUS_OK;
}

enum status survey_take_login(struct survey *survey, const struct survey_record *record)
{
    const char *action = json_get_text(record->body, "action");
    const char *name = json_get_text(record->body, "account");
    if (action == NULL)
        return STATUS_INVALID;
    if (strcmp(action, "logout") == 0)
        return STATUS_OK;
    if (strcmp(action, "login_failed") == 0) {
        if (record->of_period)
            records_note(&survey->accounts.failed, record->number);
        return STATUS_OK;
    }
    if (strcmp(action, "login") != 0)
        return STATUS_NOT_FOUND;
    if (name == NULL)
        return STATUS_INVALID;
    if (record->head->at_utc_ns >= survey->options->to_utc_ns)
        return STATUS_OK;
    struct survey_account *account = survey_account_of(survey, name);
    if (account == NULL)
        return STATUS_NO_MEMORY;
    account->used_ns = record->head->at_utc_ns;
    survey->accounts.logins += record->of_period;
    return STATUS_OK;
}
