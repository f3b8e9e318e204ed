/* R17: what is known of people's accounts. */
#include <string.h>

#include "base/permission.h"
#include "inspection/judge.h"

#define UNUSED_NS (90 * NS_PER_DAY)

static bool can_log_in(const struct survey_account *account)
{
    return strcmp(account->state, "disabled") != 0 && strcmp(account->state, "closed") != 0;
}

static uint64_t count_state(const struct survey_accounts *accounts, const char *state)
{
    uint64_t count = 0;
    for (size_t i = 0; i < accounts->count; i++)
        count += strcmp(accounts->items[i].state, state) == 0;
    return count;
}

static void say_roles(struct judging *judging, const struct survey_accounts *accounts)
{
    static const char *const roles[] = {"guard", "inspector", "system_administrator",
                                        "security_administrator", "auditor"};
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_ACCOUNTS_KEPT);
    uint64_t disabled = count_state(accounts, "disabled");
    uint64_t closed = count_state(accounts, "closed");
    fact_number(fact, accounts->count - disabled - closed);
    fact_number(fact, disabled);
    fact_number(fact, closed);
    fact = judge_say(judging, INSPECTION_SAYS_ACCOUNTS_ROLES);
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
        uint64_t count = 0;
        for (size_t i = 0; i < accounts->count; i++)
            count +=
                can_log_in(&accounts->items[i]) && strcmp(accounts->items[i].role, roles[r]) == 0;
        fact_number(fact, count);
    }
}

static bool is_old(const struct survey_account *account, int64_t now_ns)
{
    return now_ns - account->password_ns > UNUSED_NS;
}

static bool is_unused(const struct survey_account *account, int64_t now_ns)
{
    return now_ns - account->used_ns > UNUSED_NS;
}

static bool is_initial(const struct survey_account *account, int64_t now_ns)
{
    (void)now_ns;
    return account->is_initial;
}

/* Where any account is so that it should not be: which, by their newest records. */
static void say_found(struct judging *judging, enum inspection_text text,
                      bool (*is)(const struct survey_account *account, int64_t now_ns))
{
    const struct survey_accounts *accounts = &judging->survey->accounts;
    struct inspection_records found = {0};
    for (size_t i = 0; i < accounts->count; i++)
        if (can_log_in(&accounts->items[i]) &&
            is(&accounts->items[i], judging->inspection->to_utc_ns))
            records_note(&found, accounts->items[i].record);
    judge_count(judging, text, &found);
    if (found.count > 0)
        judge_state(judging, INSPECTION_PARTLY);
}

void judge_accounts(struct judging *judging)
{
    const struct survey_accounts *accounts = &judging->survey->accounts;
    if (accounts->count == 0) {
        (void)judge_say(judging, INSPECTION_SAYS_ACCOUNTS_NONE);
        judge_state(judging, INSPECTION_NOT_MET);
        return;
    }
    judge_state(judging, INSPECTION_MET);
    say_roles(judging, accounts);
    say_found(judging, INSPECTION_SAYS_ACCOUNTS_OLD, is_old);
    say_found(judging, INSPECTION_SAYS_ACCOUNTS_UNUSED, is_unused);
    say_found(judging, INSPECTION_SAYS_ACCOUNTS_INITIAL, is_initial);
    struct inspection_fact *fact = judge_say(judging, INSPECTION_SAYS_LOGINS);
    fact_number(fact, accounts->logins);
    fact_number(fact, accounts->locked.count);
    fact_records(fact, &accounts->locked);
    judge_count(judging, INSPECTION_SAYS_LOGINS_FAILED, &accounts->failed);
    judge_count(judging, INSPECTION_SAYS_ACCOUNTS_OUTSIDE, &accounts->outside);
    if (accounts->outside.count > 0)
        judge_state(judging, INSPECTION_NOT_MET);
}
