/*
 * The file:
 *
 *   "sealroom accounts 1" 0x0A
 *   for each account, in the order in which they were made:
 *     its lasting line 0x0A       account.h; the digest in its record is over this line
 *     its recent line 0x0A        account.h; nothing vouches for it
 *
 * UTF-8, at most ACCOUNT_BOOK_SIZE_MAX bytes and ACCOUNTS_MAX accounts, mode 0600.
 */
#include "accounts/account_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static const char first_line[] = "sealroom accounts 1\n";

void account_book_release(struct account_book *book)
{
    if (book->accounts != NULL)
        explicit_bzero(book->accounts, book->count * sizeof book->accounts[0]);
    free(book->accounts);
    *book = (struct account_book){0};
}

struct account *account_book_find(const struct account_book *book, const char *name)
{
    for (size_t i = 0; i < book->count; i++) {
        if (strcmp(book->accounts[i].name, name) == 0)
            return &book->accounts[i];
    }
    return NULL;
}

enum status account_book_add(struct account_book *book, const struct account *account,
                             struct error *error)
{
    if (book->count >= ACCOUNTS_MAX)
        return error_set(error, STATUS_FULL, "there are %u accounts already", ACCOUNTS_MAX);
    struct account *accounts =
        array_room(book->accounts, book->count, &book->capacity, sizeof *accounts);
    if (accounts == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for an account");
    book->accounts = accounts;
    book->accounts[book->count++] = *account;
    return STATUS_OK;
}

enum status account_book_write(const struct account_book *book, struct buffer *text)
{
    buffer_clear(text);
    enum status status = buffer_append_text(text, first_line);
    for (size_t i = 0; status == STATUS_OK && i < book->count; i++) {
        const struct account *account = &book->accounts[i];
        status = account_lasting_append(account, text);
        if (status == STATUS_OK)
            status = buffer_append_text(text, "\n");
        if (status == STATUS_OK)
            status = account_recent_append(&account->recent, text);
        if (status == STATUS_OK)
            status = buffer_append_text(text, "\n");
    }
    return status;
}

/* The next line without its newline; false at the end, and for a last line without one. */
static bool next_line(struct bytes *rest, struct bytes *line)
{
    const uint8_t *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
    if (end == NULL)
        return false;
    *line = (struct bytes){rest->data, (size_t)(end - rest->data)};
    rest->data += line->size + 1;
    rest->size -= line->size + 1;
    return true;
}

/* One account; what is recent is no loss worth an account. */
static enum status read_pair(struct bytes lasting, struct bytes recent, struct account_book *book,
                             size_t *damaged, struct error *error)
{
    struct account account;
    enum status status = account_lasting_parse(lasting, &account);
    if (status == STATUS_OK && account_book_find(book, account.name) != NULL)
        status = STATUS_INVALID;
    if (status == STATUS_INVALID) {
        (*damaged)++;
        return STATUS_OK;
    }
    if (status == STATUS_OK && account_recent_parse(recent, &account.recent) != STATUS_OK)
        account.recent = (struct account_recent){0};
    if (status == STATUS_OK)
        status = account_book_add(book, &account, error);
    explicit_bzero(&account, sizeof account);
    return status;
}

enum status account_book_parse(struct bytes text, struct account_book *book, size_t *damaged,
                               struct error *error)
{
    struct bytes lasting = {0};
    struct bytes recent = {0};
    size_t first = sizeof first_line - 1;
    *book = (struct account_book){0};
    *damaged = 0;
    if (text.size > ACCOUNT_BOOK_SIZE_MAX || text.size < first ||
        memcmp(text.data, first_line, first) != 0)
        return error_set(error, STATUS_INVALID, "this is no account book");
    text.data += first;
    text.size -= first;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && next_line(&text, &lasting)) {
        if (!next_line(&text, &recent))
            recent = (struct bytes){0};
        status = read_pair(lasting, recent, book, damaged, error);
    }
    if (status == STATUS_OK && text.size > 0)
        (*damaged)++;
    if (status != STATUS_OK)
        account_book_release(book);
    return status;
}
