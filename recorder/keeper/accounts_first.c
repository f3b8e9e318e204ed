/*
 * Seeing accounts, and the code that makes the first one.
 */
#include <string.h>

#include "keeper/accounts_parts.h"

/* ---- seen ---- */

static struct message_account describe(const struct accounts *accounts, size_t index,
                                       uint32_t reference)
{
    const struct account *account = &accounts->book.accounts[index];
    struct message_account said = {
        .reference = reference,
        .role = (uint16_t)account->role,
        .state = (uint8_t)accounts_state(accounts, index),
        .altered = accounts->known[index].altered,
        .must_change = account->must_change,
        .created_utc_ns = account->created_utc_ns,
        .password_until_utc_ns =
            account->password_utc_ns + (int64_t)accounts->rules.password_days * NS_PER_DAY,
        .last_login_utc_ns = account->recent.last_login_utc_ns,
        .failures = account->recent.failures,
    };
    if (said.state == ACCOUNT_LOCKED)
        said.locked_until_utc_ns = account->locked_until_utc_ns;
    memcpy(said.account, account->name, sizeof said.account);
    memcpy(said.name, account->person, sizeof said.name);
    memcpy(said.last_login_address, account->recent.last_login_address,
           sizeof said.last_login_address);
    return said;
}

static void list_now(void *context, const struct promise *promise)
{
    struct accounts *accounts = context;
    struct peer *peer = peers_find(accounts->keeper->peers, promise->peer);
    if (peer == NULL)
        return;
    for (size_t i = 0; i < accounts->book.count; i++) {
        struct message_account said = describe(accounts, i, promise->reference);
        peer_send(peer, MESSAGE_ACCOUNT, &said, -1);
    }
    peer_done(peer, promise->reference, STATUS_OK, promise->record, NULL);
}

/* On record first, where somebody without an account asks. */
void accounts_list(struct accounts *accounts, struct peer *peer, const struct letter *letter)
{
    struct keeper *keeper = accounts->keeper;
    struct message_lookup lookup = {.what = "accounts"};
    struct operator_peer operator;
    struct error error;
    struct promise promise = {.keep = list_now,
                              .context = accounts,
                              .peer = peer_number(peer),
                              .reference = letter->sequence};
    char source[SOURCE_SIZE];
    if (accounts_may(accounts, peer, letter->payload->accounts_ask.session, ACT_SEE_ACCOUNTS,
                     &operator, & error) != STATUS_OK) {
        accounts_refuse(peer, letter->sequence, &error);
        return;
    }
    lookup.to_utc_ns = clock_now(keeper->clock).utc_ns;
    operator_source(&operator, source);
    if (operator.account[0] == '\0')
        promise.record = committer_record(keeper->committer, RECORD_OPERATOR, source,
                                          body_lookup(&lookup, &operator));
    committer_promise(keeper->committer, &promise);
}

/* ---- the first one ---- */

static void keep_code(void *context, const struct promise *promise)
{
    struct accounts *accounts = context;
    struct clock_reading now = clock_now(accounts->keeper->clock);
    struct peer *peer = peers_find(accounts->keeper->peers, promise->peer);
    struct message_first_code said = {.reference = promise->reference,
                                      .until_utc_ns = now.utc_ns + FIRST_CODE_S * NS_PER_SECOND};
    if (peer == NULL)
        return;
    first_code_make(&accounts->first_code, now.monotonic_ns, said.code);
    peer_send(peer, MESSAGE_FIRST_CODE, &said, -1);
    peer_done(peer, promise->reference, STATUS_OK, promise->record, NULL);
    explicit_bzero(&said, sizeof said);
}

static enum status check_first(const struct accounts *accounts,
                               const struct operator_peer *operator, struct error * error)
{
    if (!accounts_need_first(accounts))
        return error_set(error, STATUS_REFUSED,
                         "somebody can manage accounts: ask a security administrator");
    if (accounts->book.count > 0 && operator->uid != 0)
        return error_set(
            error, STATUS_REFUSED,
            "there are accounts, and nobody can manage them: only root may begin anew");
    return STATUS_OK;
}

void accounts_give_first_code(struct accounts *accounts, struct peer *peer,
                              const struct letter *letter)
{
    const struct operator_peer *operator= peer_operator(peer);
    struct account_record said = {.event = ACCOUNT_EVENT_FIRST_CODE,
                                  .is_local = true,
                                  .uid = operator->uid,
                                  .process = operator->process };
    struct promise promise = {.keep = keep_code,
                              .context = accounts,
                              .peer = peer_number(peer),
                              .reference = letter->sequence};
    struct error error;
    char source[SOURCE_SIZE];
    if (check_first(accounts, operator, & error) != STATUS_OK) {
        accounts_refuse(peer, letter->sequence, &error);
        return;
    }
    operator_source(operator, source);
    promise.record = accounts_record(accounts, source, &said);
    if (accounts->book.count > 0)
        alarms_begin(accounts->keeper->alarms, word_health_event(HEALTH_ACCOUNTS_OPENED)->name,
                     APPLIANCE, "accounts",
                     "nobody can manage accounts, and root was given a code to begin anew");
    committer_promise(accounts->keeper->committer, &promise);
}

static enum status check_code(struct accounts *accounts, const char *code, struct error *error)
{
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    if (!accounts_need_first(accounts) ||
        first_code_check(&accounts->first_code, code, now_ns) != STATUS_OK)
        return error_set(error, STATUS_REFUSED, "the code is not right, or its time is over");
    return STATUS_OK;
}

static void first_is_looked_at(void *context, const struct password_job *job)
{
    struct accounts *accounts = context;
    struct peer *peer = peers_find(accounts->keeper->peers, job->peer);
    struct author author = {.peer = job->peer, .reference = job->reference};
    struct error error;
    if (accounts->keeper->phase != KEEPER_RUNNING)
        return;
    enum status status = job->status;
    if (status != STATUS_OK)
        (void)error_set(&error, status, "the password cannot be taken in");
    else
        status = check_code(accounts, job->code, &error);
    if (status == STATUS_OK)
        status = accounts_check_new(accounts, job->account, job->person, job->number, &error);
    if (status != STATUS_OK) {
        if (peer != NULL)
            accounts_refuse(peer, job->reference, &error);
        return;
    }
    first_code_void(&accounts->first_code);
    accounts_source(job->account, author.source);
    accounts_put_password(accounts, job, &author);
}

void accounts_make_first(struct accounts *accounts, struct peer *peer, const struct letter *letter)
{
    const struct message_account_first *said = &letter->payload->account_first;
    struct error error;
    enum status status = check_code(accounts, said->code, &error);
    if (status == STATUS_OK)
        status = accounts_check_new(accounts, said->account, said->name,
                                    OPERATOR_SECURITY_ADMINISTRATOR, &error);
    if (status == STATUS_OK)
        status = password_judge(&accounts->rules, said->account, said->password, &error);
    struct password_job job = {.makes = true,
                               .finished = first_is_looked_at,
                               .context = accounts,
                               .peer = peer_number(peer),
                               .reference = letter->sequence,
                               .number = OPERATOR_SECURITY_ADMINISTRATOR};
    memcpy(job.account, said->account, sizeof job.account);
    memcpy(job.person, said->name, sizeof job.person);
    memcpy(job.new_password, said->password, sizeof job.new_password);
    memcpy(job.code, said->code, sizeof job.code);
    if (status == STATUS_OK && password_thread_ask(accounts->passwords, &job) != STATUS_OK)
        status = error_set(&error, STATUS_FULL,
                           "too many passwords are being looked at: try again in a moment");
    explicit_bzero(&job, sizeof job);
    if (status != STATUS_OK)
        accounts_refuse(peer, letter->sequence, &error);
}
