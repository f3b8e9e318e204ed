#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "accounts/account_book.h"

/* ---- rules ---- */

static enum status judge(const char *account, const char *password)
{
    struct message_account_settings rules = account_rules_usual();
    return password_judge(&rules, account, password, NULL);
}

static void a_password_is_long_enough_and_of_three_classes(void **state)
{
    (void)state;
    assert_int_equal(judge("li", "Archive-77"), STATUS_OK);
    assert_int_equal(judge("li", "Archive77x"), STATUS_OK);
    assert_int_equal(judge("li", "档案室Archive7"), STATUS_OK);
    assert_int_equal(judge("li", "Archive-7"), STATUS_INVALID); /* nine */
    assert_int_equal(judge("li", "archive77x"), STATUS_INVALID);
    assert_int_equal(judge("li", "档案室档案室档案室档案室"), STATUS_INVALID);
    assert_int_equal(judge("li", ""), STATUS_INVALID);
    /* characters count, not bytes */
    assert_int_equal(judge("li", "档案室Aa1"), STATUS_INVALID);
}

static void a_password_does_not_hold_the_accounts_name(void **state)
{
    (void)state;
    assert_int_equal(judge("wang-fang", "Wang-Fang-2026"), STATUS_INVALID);
    assert_int_equal(judge("wang-fang", "WangFang-2026"), STATUS_OK);
}

static void a_setting_cannot_undercut_its_floor(void **state)
{
    (void)state;
    struct message_account_settings lax = {.idle_minutes = 1000,
                                           .session_hours = 100,
                                           .password_length = 1,
                                           .password_days = 3650,
                                           .lock_after = 1000,
                                           .lock_minutes = 1,
                                           .unused_days = 4000};
    struct message_account_settings rules = account_rules_settle(&lax);
    assert_int_equal(rules.idle_minutes, 15);
    assert_int_equal(rules.session_hours, 12);
    assert_int_equal(rules.password_length, 8);
    assert_int_equal(rules.password_days, 90);
    assert_int_equal(rules.lock_after, 5);
    assert_int_equal(rules.lock_minutes, 15);
    assert_int_equal(rules.unused_days, 90);
}

static void what_is_not_set_is_as_usual(void **state)
{
    (void)state;
    struct message_account_settings none = {.lock_minutes = 15, .recent_minutes = 60};
    struct message_account_settings rules = account_rules_settle(&none);
    struct message_account_settings usual = account_rules_usual();
    assert_memory_equal(&rules, &usual, sizeof rules);
    /* zero says something here: until it is released, and always a reason */
    none.lock_minutes = 0;
    none.recent_minutes = 0;
    rules = account_rules_settle(&none);
    assert_int_equal(rules.lock_minutes, 0);
    assert_int_equal(rules.recent_minutes, 0);
}

static void a_stricter_setting_holds(void **state)
{
    (void)state;
    struct message_account_settings strict = {
        .idle_minutes = 3, .password_length = 16, .lock_after = 3, .second_export = 1};
    struct message_account_settings rules = account_rules_settle(&strict);
    assert_int_equal(rules.idle_minutes, 3);
    assert_int_equal(rules.lock_after, 3);
    assert_int_equal(password_judge(&rules, "li", "Archive-77", NULL), STATUS_INVALID);
    assert_true(account_rules_need_second(&rules, ACT_EXPORT));
    assert_false(account_rules_need_second(&rules, ACT_HOLD_RELEASE));
    assert_false(account_rules_need_second(&rules, ACT_SEE_STATE));
}

static void no_account_is_called_like_a_user_without_one(void **state)
{
    (void)state;
    assert_true(account_name_is_valid("li"));
    assert_true(account_name_is_valid("li-lei-2"));
    assert_true(account_name_is_valid("uid"));
    assert_false(account_name_is_valid("uid-0"));
    assert_false(account_name_is_valid("uid-"));
    assert_false(account_name_is_valid(""));
    assert_false(account_name_is_valid("-li"));
    assert_false(account_name_is_valid("Li"));
    assert_false(account_name_is_valid("li/lei"));
    assert_false(account_name_is_valid("abcdefghijklmnopqrstuvwxyz1234567"));
}

/* ---- the book ---- */

static struct account account_of(const char *name, enum operator_role role)
{
    struct account account = {.role = role,
                              .state = ACCOUNT_ACTIVE,
                              .created_utc_ns = INT64_C(1790000000000000001),
                              .recent = {.failures = 3, .used_utc_ns = 5}};
    (void)snprintf(account.name, sizeof account.name, "%s", name);
    (void)snprintf(account.person, sizeof account.person, "李\"雷\\");
    (void)snprintf(account.recent.last_login_address, sizeof account.recent.last_login_address,
                   "127.0.0.1");
    struct verifier verifier;
    verifier_of_nobody(suite_named("sm"), &verifier);
    account_set_password(&account, &verifier, INT64_C(1790000000000000002), true);
    return account;
}

static struct buffer book_text(void)
{
    struct account_book book = {0};
    struct buffer text = {0};
    struct account guard = account_of("li", OPERATOR_GUARD);
    struct account auditor = account_of("zhao", OPERATOR_AUDITOR);
    assert_int_equal(account_book_add(&book, &guard, NULL), STATUS_OK);
    assert_int_equal(account_book_add(&book, &auditor, NULL), STATUS_OK);
    assert_int_equal(account_book_write(&book, &text), STATUS_OK);
    account_book_release(&book);
    return text;
}

static void a_book_comes_back_as_it_was_written(void **state)
{
    (void)state;
    struct buffer text = book_text();
    struct buffer again = {0};
    struct account_book book;
    size_t damaged = 0;
    assert_int_equal(account_book_parse(buffer_bytes(&text), &book, &damaged, NULL), STATUS_OK);
    assert_int_equal(book.count, 2);
    assert_int_equal(damaged, 0);
    const struct account *guard = account_book_find(&book, "li");
    assert_non_null(guard);
    assert_int_equal(guard->role, OPERATOR_GUARD);
    assert_string_equal(guard->person, "李\"雷\\");
    assert_true(guard->must_change);
    assert_int_equal(guard->recent.failures, 3);
    assert_null(account_book_find(&book, "wang"));
    assert_int_equal(account_book_write(&book, &again), STATUS_OK);
    assert_true(bytes_equal(buffer_bytes(&text), buffer_bytes(&again)));
    account_book_release(&book);
    buffer_release(&text);
    buffer_release(&again);
}

/* Whatever is changed in a lasting line: the account is another, or none. */
static void every_changed_byte_of_a_lasting_line_shows(void **state)
{
    (void)state;
    struct buffer text = book_text();
    struct digest original;
    struct account_book whole;
    size_t damaged = 0;
    assert_int_equal(account_book_parse(buffer_bytes(&text), &whole, &damaged, NULL), STATUS_OK);
    assert_int_equal(account_digest(&whole.accounts[0], DIGEST_SM3, &original), STATUS_OK);
    size_t begin = strcspn((const char *)text.data, "\n") + 1;
    size_t end = begin + strcspn((const char *)text.data + begin, "\n");
    for (size_t i = begin; i < end; i++) {
        struct account_book book;
        struct digest digest;
        text.data[i] ^= 1;
        assert_int_equal(account_book_parse(buffer_bytes(&text), &book, &damaged, NULL), STATUS_OK);
        const struct account *account = account_book_find(&book, "li");
        if (account != NULL) {
            assert_int_equal(account_digest(account, DIGEST_SM3, &digest), STATUS_OK);
            assert_false(digest_equal(&digest, &original));
        }
        account_book_release(&book);
        text.data[i] ^= 1;
    }
    account_book_release(&whole);
    buffer_release(&text);
}

static void a_damaged_account_does_not_take_the_others_along(void **state)
{
    (void)state;
    struct buffer text = book_text();
    struct account_book book;
    size_t damaged = 0;
    size_t begin = strcspn((const char *)text.data, "\n") + 1;
    text.data[begin] = 'x';
    assert_int_equal(account_book_parse(buffer_bytes(&text), &book, &damaged, NULL), STATUS_OK);
    assert_int_equal(damaged, 1);
    assert_null(account_book_find(&book, "li"));
    assert_non_null(account_book_find(&book, "zhao"));
    account_book_release(&book);
    /* the file ends in the middle of a line */
    text.data[begin] = '{';
    text.size -= 7;
    assert_int_equal(account_book_parse(buffer_bytes(&text), &book, &damaged, NULL), STATUS_OK);
    assert_int_equal(damaged, 1);
    assert_int_equal(book.count, 2);
    assert_int_equal(account_book_find(&book, "zhao")->recent.failures, 0);
    account_book_release(&book);
    buffer_release(&text);
}

static void an_account_stands_in_the_book_once(void **state)
{
    (void)state;
    struct buffer text = book_text();
    struct buffer twice = {0};
    struct account_book book;
    size_t damaged = 0;
    size_t first = strcspn((const char *)text.data, "\n") + 1;
    assert_int_equal(buffer_append(&twice, text.data, text.size), STATUS_OK);
    assert_int_equal(buffer_append(&twice, text.data + first, text.size - first), STATUS_OK);
    assert_int_equal(account_book_parse(buffer_bytes(&twice), &book, &damaged, NULL), STATUS_OK);
    assert_int_equal(book.count, 2);
    assert_int_equal(damaged, 2);
    account_book_release(&book);
    buffer_release(&text);
    buffer_release(&twice);
}

static void what_is_no_book_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{}", "sealroom accounts 2\n", "sealroom accounts 1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct account_book book;
        size_t damaged = 0;
        assert_int_equal(account_book_parse(bytes_of_text(texts[i]), &book, &damaged, NULL),
                         STATUS_INVALID);
    }
}

static void the_digest_tells_nothing_twice(void **state)
{
    (void)state;
    struct account account = account_of("li", OPERATOR_GUARD);
    struct digest before;
    struct digest after;
    assert_int_equal(account_digest(&account, DIGEST_SHA256, &before), STATUS_OK);
    /* what is recent is not in it */
    account.recent.failures++;
    assert_int_equal(account_digest(&account, DIGEST_SHA256, &after), STATUS_OK);
    assert_true(digest_equal(&before, &after));
    /* disabled and put in force again: the same, and another digest */
    account_touch(&account);
    assert_int_equal(account_digest(&account, DIGEST_SHA256, &after), STATUS_OK);
    assert_false(digest_equal(&before, &after));
}

static void five_passwords_are_remembered(void **state)
{
    (void)state;
    struct account account = account_of("li", OPERATOR_GUARD);
    struct verifier verifiers[7];
    for (size_t i = 0; i < 7; i++) {
        verifier_of_nobody(suite_named("nist"), &verifiers[i]);
        account_set_password(&account, &verifiers[i], (int64_t)i, false);
    }
    assert_int_equal(account.verifier_count, PASSWORD_HISTORY);
    assert_memory_equal(&account.verifiers[0], &verifiers[6], sizeof verifiers[0]);
    assert_memory_equal(&account.verifiers[4], &verifiers[2], sizeof verifiers[0]);
    assert_false(account.must_change);
}

static void a_book_has_an_end(void **state)
{
    (void)state;
    struct account_book book = {0};
    struct account account = account_of("li", OPERATOR_GUARD);
    for (unsigned i = 0; i < ACCOUNTS_MAX; i++) {
        (void)snprintf(account.name, sizeof account.name, "a%u", i);
        assert_int_equal(account_book_add(&book, &account, NULL), STATUS_OK);
    }
    assert_int_equal(account_book_add(&book, &account, NULL), STATUS_FULL);
    struct buffer text = {0};
    assert_int_equal(account_book_write(&book, &text), STATUS_OK);
    assert_true(text.size < ACCOUNT_BOOK_SIZE_MAX);
    account_book_release(&book);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_long_enough_and_of_three_classes),
        cmocka_unit_test(a_password_does_not_hold_the_accounts_name),
        cmocka_unit_test(a_setting_cannot_undercut_its_floor),
        cmocka_unit_test(what_is_not_set_is_as_usual),
        cmocka_unit_test(a_stricter_setting_holds),
        cmocka_unit_test(no_account_is_called_like_a_user_without_one),
        cmocka_unit_test(a_book_comes_back_as_it_was_written),
        cmocka_unit_test(every_changed_byte_of_a_lasting_line_shows),
        cmocka_unit_test(a_damaged_account_does_not_take_the_others_along),
        cmocka_unit_test(an_account_stands_in_the_book_once),
        cmocka_unit_test(what_is_no_book_is_refused),
        cmocka_unit_test(the_digest_tells_nothing_twice),
        cmocka_unit_test(five_passwords_are_remembered),
        cmocka_unit_test(a_book_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
