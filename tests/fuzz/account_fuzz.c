/* The account book, as somebody may have left it. What is read is written as it stood, line by
 * line, and nothing that is read makes a log-in take for ever. */
#include "accounts/account_book.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct account_book book;
    struct account_book again;
    struct buffer text = {0};
    size_t damaged = 0;
    if (account_book_parse((struct bytes){data, size}, &book, &damaged, NULL) != STATUS_OK) {
        return 0;
    }
    MUST(account_book_write(&book, &text) == STATUS_OK);
    MUST(account_book_parse(buffer_bytes(&text), &again, &damaged, NULL) == STATUS_OK);
    MUST(damaged == 0 && again.count == book.count);
    for (size_t i = 0; i < book.count; i++) {
        const struct account *account = &book.accounts[i];
        MUST(account_book_find(&book, account->name) == account);
        MUST(account_name_is_valid(account->name) && account->verifier_count > 0);
        MUST(account->verifiers[0].rounds <= 1000000);
    }
    account_book_release(&book);
    account_book_release(&again);
    buffer_release(&text);
    return 0;
}
