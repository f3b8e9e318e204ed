/*
 * The book on disk against the records: what a start goes on from, and what is done about a book
 * that somebody else wrote.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "keeper/accounts_parts.h"
#include "keeper/signed_row.h"
#include "keeper/standing.h"

/* ---- a book that was found ---- */

/* STATUS_NOT_FOUND: there is none; else what can be read of it. */
static enum status read_book(struct accounts *accounts, const char *file, struct buffer *text,
                             struct account_book *book, struct error *error)
{
    size_t damaged = 0;
    *book = (struct account_book){0};
    enum status status =
        file_read(accounts->keeper->identity.state, file, ACCOUNT_BOOK_SIZE_MAX, text, error);
    if (status == STATUS_OK)
        status = account_book_parse(buffer_bytes(text), book, &damaged, error);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        log_warning("%s: %s", file, error->text);
    return status;
}

static bool fits(const struct accounts *accounts, const struct account *found, size_t index)
{
    struct digest digest;
    return found != NULL &&
           account_digest(found, accounts_algorithm(accounts), &digest) == STATUS_OK &&
           digest_equal(&digest, &accounts->known[index].digest);
}

/* Does it hold what the records say, and nothing else? What was altered before is not asked for. */
static bool fits_all(const struct accounts *accounts, const struct account_book *book)
{
    for (size_t i = 0; i < accounts->book.count; i++) {
        const struct account *found = account_book_find(book, accounts->book.accounts[i].name);
        if (!accounts->known[i].altered && !fits(accounts, found, i))
            return false;
    }
    for (size_t i = 0; i < book->count; i++) {
        if (accounts_index(accounts, book->accounts[i].name) == accounts->book.count)
            return false;
    }
    return true;
}

static void record_altered(struct accounts *accounts, const char *name, size_t index,
                           const char *detail)
{
    struct account_record said = {.event = ACCOUNT_EVENT_ALTERED_OUTSIDE};
    message_text(said.account, sizeof said.account, name);
    message_text(said.detail, sizeof said.detail, detail);
    if (index < accounts->book.count) {
        const struct account *account = &accounts->book.accounts[index];
        said.role = account->role;
        said.state = account->state;
        message_text(said.person, sizeof said.person, account->person);
    }
    uint64_t number = accounts_record(accounts, APPLIANCE, &said);
    if (index == accounts->book.count)
        return;
    accounts->known[index].record = number;
    accounts->known[index].altered = true;
    session_end_account(accounts->sessions, name, NULL);
}

/* Every account that is not what its record says. How many. */
static size_t record_differences(struct accounts *accounts, const struct account_book *found)
{
    size_t count = 0;
    for (size_t i = 0; i < accounts->book.count; i++) {
        const char *name = accounts->book.accounts[i].name;
        const struct account *there = account_book_find(found, name);
        if (accounts->known[i].altered || fits(accounts, there, i))
            continue;
        record_altered(accounts, name, i,
                       there == NULL ? "it was taken out of the account book"
                                     : "it is not what was last recorded");
        count++;
    }
    for (size_t i = 0; i < found->count; i++) {
        const char *name = found->accounts[i].name;
        if (accounts_index(accounts, name) < accounts->book.count)
            continue;
        record_altered(accounts, name, accounts->book.count, "it was added to the account book");
        count++;
    }
    return count;
}

/* What was found is kept for whoever looks into it. The book is never missing in between. */
static void write_again(struct accounts *accounts, struct bytes found)
{
    struct error error;
    if (found.size > 0 && file_replace(accounts->keeper->identity.state, BOOK_ASIDE, found,
                                       BOOK_MODE, &error) != STATUS_OK)
        log_warning("%s", error.text);
    accounts_save(accounts);
}

static void begin_alarm(struct accounts *accounts, size_t count)
{
    char detail[DETAIL_SIZE];
    (void)snprintf(detail, sizeof detail,
                   "%zu accounts were changed behind the program's back: they cannot log in until "
                   "each is given a new password",
                   count);
    alarms_begin(accounts->keeper->alarms, word_health_event(HEALTH_ACCOUNTS_ALTERED)->name,
                 APPLIANCE, BOOK, detail);
}

static void judge_differences(struct accounts *accounts, struct bytes text,
                              const struct account_book *found)
{
    size_t count = record_differences(accounts, found);
    if (count > 0) {
        begin_alarm(accounts, count);
        log_error("the account book was changed behind the program's back");
    }
    write_again(accounts, text);
}

/* What the disk does not give is no alteration. */
static void judge_reading(struct accounts *accounts, enum status status, const struct error *error)
{
    alarms_set(accounts->keeper->alarms, status == STATUS_IO,
               word_health_event(HEALTH_STORAGE_ERROR)->name, APPLIANCE, BOOK,
               status == STATUS_IO ? error->text : "");
}

void accounts_look(struct accounts *accounts)
{
    struct buffer text = {0};
    struct digest digest;
    struct error error;
    if (accounts->is_changing || !accounts->has_written)
        return;
    enum status status =
        file_read(accounts->keeper->identity.state, BOOK, ACCOUNT_BOOK_SIZE_MAX, &text, &error);
    digest_of(DIGEST_SHA256, buffer_bytes(&text), &digest);
    if (status != STATUS_OK || !digest_equal(&digest, &accounts->written)) {
        struct account_book found;
        size_t damaged = 0;
        if (status != STATUS_OK ||
            account_book_parse(buffer_bytes(&text), &found, &damaged, &error) != STATUS_OK)
            found = (struct account_book){0};
        judge_differences(accounts, buffer_bytes(&text), &found);
        account_book_release(&found);
    }
    buffer_release(&text);
}

/* ---- START ---- */

/* As its newest record has it; without what its password is known by. */
static void take_record(struct accounts *accounts, const char *name, uint64_t number,
                        const struct account_record *said, struct error *error)
{
    struct account account = {.role = (enum operator_role)said->role,
                              .state = (enum account_state)said->state};
    struct known known = {.record = number, .digest = said->digest, .altered = !said->has_digest};
    message_text(account.name, sizeof account.name, name);
    message_text(account.person, sizeof account.person, said->person);
    size_t index = accounts->book.count;
    if (account_book_add(&accounts->book, &account, error) == STATUS_OK)
        accounts->known[index] = known;
}

/* One whose record cannot be believed is known by its name alone, and cannot log in. */
static void read_record(struct accounts *accounts, struct ledger_view *view,
                        const struct standing_account *standing)
{
    struct ledger_row row;
    struct record_head head;
    struct error error = {.text = "it cannot be read"};
    struct account_record said = {.event = ACCOUNT_EVENT_ALTERED_OUTSIDE};
    json_t *body = NULL;
    enum status status = ledger_view_row(view, standing->record, &row, &error);
    if (status == STATUS_OK)
        status = signed_row_parse(accounts_algorithm(accounts), &row, &head, &body);
    if (status == STATUS_OK && (head.kind != RECORD_ACCOUNT || body == NULL))
        status = error_set(&error, STATUS_INVALID, "it is no account's record");
    if (status == STATUS_OK)
        status = account_record_parse(body, &said, &error);
    if (status == STATUS_OK && strcmp(said.account, standing->account) != 0)
        status = error_set(&error, STATUS_INVALID, "it is another account's record");
    if (status != STATUS_OK) {
        log_warning("record %llu, an account's: %s", (unsigned long long)standing->record,
                    error.text);
        said = (struct account_record){.event = ACCOUNT_EVENT_ALTERED_OUTSIDE};
    }
    take_record(accounts, standing->account, standing->record, &said, &error);
    json_decref(body);
}

enum status accounts_take_up(struct accounts *accounts, const struct standing *standing,
                             struct error *error)
{
    struct ledger_view *view = NULL;
    if (standing->account_count == 0)
        return STATUS_OK;
    enum status status = ledger_view_open(accounts->keeper->identity.ledger_path, &view, error);
    if (status == STATUS_OK)
        status = ledger_view_begin(view, error);
    for (size_t i = 0; status == STATUS_OK && i < standing->account_count; i++)
        read_record(accounts, view, &standing->accounts[i]);
    ledger_view_free(view);
    return status;
}

/* The lines of those that fit: by them their passwords are known. */
static void take_lines(struct accounts *accounts, const struct account_book *found)
{
    int64_t now_ns = clock_monotonic_ns(accounts->keeper->clock);
    int64_t now_utc_ns = clock_now(accounts->keeper->clock).utc_ns;
    for (size_t i = 0; i < accounts->book.count; i++) {
        struct account *account = &accounts->book.accounts[i];
        const struct account *there = account_book_find(found, account->name);
        int64_t longest_ns = (int64_t)accounts->rules.lock_minutes * 60 * NS_PER_SECOND;
        if (!fits(accounts, there, i) || accounts->known[i].altered)
            continue;
        *account = *there;
        int64_t left_ns = account->locked_until_utc_ns - now_utc_ns;
        /* a wall clock that was set back locks nobody for longer */
        accounts->known[i].locked_until_ns = now_ns + (left_ns < longest_ns ? left_ns : longest_ns);
    }
}

static void put_in_place(struct accounts *accounts)
{
    int state = accounts->keeper->identity.state;
    struct error error;
    log_info("a change of accounts was interrupted between its record and the book: taken up");
    if (renameat(state, BOOK_NEXT, state, BOOK) != 0 ||
        directory_sync(state, "the state directory", &error) != STATUS_OK)
        log_error(BOOK_NEXT " cannot take its place: %s", strerror(errno));
}

void accounts_judge_book(struct accounts *accounts)
{
    struct buffer text = {0};
    struct buffer next_text = {0};
    struct account_book book;
    struct account_book next;
    struct error error = {0};
    struct error next_error = {0};
    enum status status = read_book(accounts, BOOK, &text, &book, &error);
    enum status next_status = read_book(accounts, BOOK_NEXT, &next_text, &next, &next_error);
    bool is_next = !(status == STATUS_OK && fits_all(accounts, &book)) &&
                   next_status == STATUS_OK && fits_all(accounts, &next);
    const struct account_book *found = is_next ? &next : &book;
    accounts->is_unreadable = status == STATUS_IO && !is_next;
    judge_reading(accounts, is_next ? STATUS_OK : status, &error);
    take_lines(accounts, found);
    if (is_next)
        put_in_place(accounts);
    else if (!accounts->is_unreadable &&
             unlinkat(accounts->keeper->identity.state, BOOK_NEXT, 0) == 0)
        log_info("a change of accounts was interrupted before its record: it never was");
    if (accounts->is_unreadable)
        log_error("nobody can log in: the account book cannot be read");
    else if (!fits_all(accounts, found))
        judge_differences(accounts, is_next ? buffer_bytes(&next_text) : buffer_bytes(&text),
                          found);
    else if (found->count > 0)
        accounts_remember(accounts, is_next ? buffer_bytes(&next_text) : buffer_bytes(&text));
    account_book_release(&book);
    account_book_release(&next);
    buffer_release(&text);
    buffer_release(&next_text);
}
