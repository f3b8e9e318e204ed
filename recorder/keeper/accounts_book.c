/*
 * The book is written: a change in its order, and what is recent.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "keeper/accounts_parts.h"
#include "keeper/fatal.h"

void accounts_remember(struct accounts *accounts, struct bytes text)
{
    digest_of(DIGEST_SHA256, text, &accounts->written);
    accounts->has_written = true;
}

/* ---- a change ---- */

uint64_t accounts_record(struct accounts *accounts, const char *source,
                         const struct account_record *record)
{
    struct error error;
    json_t *members = NULL;
    if (account_record_members(record, &members, &error) != STATUS_OK)
        fatal("wording an account's record", &error);
    return committer_record(accounts->keeper->committer, RECORD_ACCOUNT, source, members);
}

/* The record is durable: the book that waits takes its place. If it cannot, the next start finds
 * it waiting. */
static void keep_change(void *context, const struct promise *promise)
{
    struct accounts *accounts = context;
    struct keeper *keeper = accounts->keeper;
    struct peer *peer = peers_find(keeper->peers, promise->peer);
    struct error error;
    int state = keeper->identity.state;
    enum status status = STATUS_OK;
    accounts->is_changing = false;
    if (renameat(state, BOOK_NEXT, state, BOOK) != 0)
        status = error_set_errno(&error, STATUS_IO, errno, "cannot put accounts.next in its place");
    if (status == STATUS_OK)
        status = directory_sync(state, "the state directory", &error);
    if (status != STATUS_OK) {
        log_error("%s", error.text);
        keeper_health(keeper, HEALTH_STORAGE_ERROR, BOOK, error.text, 0);
        accounts->has_written = false;
        accounts->is_dirty = true;
    }
    accounts_tell(accounts); /* first: after the answer the console may be asked at once */
    if (peer != NULL)
        peer_done(peer, promise->reference, promise->status, promise->record, NULL);
}

static enum status write_next(struct accounts *accounts, struct error *error)
{
    struct buffer text = {0};
    enum status status = account_book_write(&accounts->book, &text);
    if (status != STATUS_OK)
        status = error_set(error, status, "no memory for the account book");
    if (status == STATUS_OK)
        status = file_replace(accounts->keeper->identity.state, BOOK_NEXT, buffer_bytes(&text),
                              BOOK_MODE, error);
    if (status == STATUS_OK)
        accounts_remember(accounts, buffer_bytes(&text));
    if (text.size > 0)
        explicit_bzero(text.data, text.size);
    buffer_release(&text);
    return status;
}

static void record_change(struct accounts *accounts, size_t index, enum account_event event,
                          const struct author *author)
{
    const struct account *account = &accounts->book.accounts[index];
    struct known *known = &accounts->known[index];
    bool is_locked = account->state == ACCOUNT_LOCKED && account->locked_until_utc_ns != 0;
    struct account_record said = {.event = event,
                                  .role = account->role,
                                  .state = account->state,
                                  .until_utc_ns = account->locked_until_utc_ns,
                                  .has_until = is_locked,
                                  .has_digest = true};
    if (account_digest(account, accounts_algorithm(accounts), &known->digest) != STATUS_OK)
        fatal_memory("wording an account's record");
    said.digest = known->digest;
    known->locked_until_ns = clock_monotonic_ns(accounts->keeper->clock) +
                             (int64_t)accounts->rules.lock_minutes * 60 * NS_PER_SECOND;
    message_text(said.account, sizeof said.account, account->name);
    message_text(said.person, sizeof said.person, account->person);
    message_text(said.second, sizeof said.second, author->second == NULL ? "" : author->second);
    message_text(said.reason, sizeof said.reason, author->reason == NULL ? "" : author->reason);
    message_text(said.detail, sizeof said.detail, author->detail == NULL ? "" : author->detail);
    known->record = accounts_record(accounts, author->source, &said);
    struct promise promise = {.keep = keep_change,
                              .context = accounts,
                              .peer = author->peer,
                              .reference = author->reference,
                              .record = known->record};
    accounts->is_changing = true;
    committer_promise(accounts->keeper->committer, &promise);
}

static bool gives_password(enum account_event event)
{
    return event == ACCOUNT_EVENT_CREATED || event == ACCOUNT_EVENT_FIRST_CREATED ||
           event == ACCOUNT_EVENT_PASSWORD_GIVEN;
}

/* Nobody can log in with what somebody else wrote; that stands until each is looked after. */
static void judge_alarms(struct accounts *accounts)
{
    size_t altered = 0;
    for (size_t i = 0; i < accounts->book.count; i++)
        altered += accounts->known[i].altered && accounts->book.accounts[i].state != ACCOUNT_CLOSED;
    if (altered == 0)
        alarms_end(accounts->keeper->alarms, word_health_event(HEALTH_ACCOUNTS_ALTERED)->name,
                   APPLIANCE, BOOK, "looked after");
    if (!accounts_need_first(accounts))
        alarms_end(accounts->keeper->alarms, word_health_event(HEALTH_ACCOUNTS_OPENED)->name,
                   APPLIANCE, BOOK, "somebody can manage accounts again");
}

static enum status put_in_book(struct accounts *accounts, const struct account *account,
                               size_t index, struct error *error)
{
    if (index == accounts->book.count) {
        enum status status = account_book_add(&accounts->book, account, error);
        if (status == STATUS_OK)
            accounts->known[index] = (struct known){0};
        return status;
    }
    accounts->book.accounts[index] = *account;
    return STATUS_OK;
}

enum status accounts_put(struct accounts *accounts, const struct account *account,
                         enum account_event event, const struct author *author,
                         const struct session *except, struct error *error)
{
    size_t index = accounts_index(accounts, account->name);
    bool is_new = index == accounts->book.count;
    struct account before = {0};
    if (accounts->is_changing)
        return error_set(error, STATUS_AGAIN, "another change is being written: try again");
    if (accounts->is_unreadable)
        return error_set(error, STATUS_IO, "the account book cannot be read: is the disk failing?");
    if (!is_new)
        before = accounts->book.accounts[index];
    enum status status = put_in_book(accounts, account, index, error);
    if (status != STATUS_OK)
        return status;
    account_touch(&accounts->book.accounts[index]);
    status = write_next(accounts, error);
    if (status != STATUS_OK) {
        accounts->has_written = false;
        if (is_new)
            accounts->book.count--;
        else
            accounts->book.accounts[index] = before;
        return status;
    }
    if (gives_password(event))
        accounts->known[index].altered = false;
    record_change(accounts, index, event, author);
    session_end_account(accounts->sessions, account->name, except);
    judge_alarms(accounts);
    committer_commit(accounts->keeper->committer);
    return STATUS_OK;
}

void accounts_save(struct accounts *accounts)
{
    struct buffer text = {0};
    struct error error;
    accounts->is_dirty = true;
    if (accounts->is_changing || accounts->is_unreadable)
        return;
    enum status status = account_book_write(&accounts->book, &text);
    if (status == STATUS_OK)
        status = file_replace(accounts->keeper->identity.state, BOOK, buffer_bytes(&text),
                              BOOK_MODE, &error);
    else
        (void)error_set(&error, status, "no memory for the account book");
    if (status == STATUS_OK) {
        accounts_remember(accounts, buffer_bytes(&text));
        accounts->is_dirty = false;
    } else {
        if (accounts->has_written) /* it is tried again and again */
            log_warning("the account book cannot be written: %s", error.text);
        accounts->has_written = false;
    }
    if (text.size > 0)
        explicit_bzero(text.data, text.size);
    buffer_release(&text);
}
