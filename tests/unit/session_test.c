#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "accounts/first_code.h"
#include "accounts/session_table.h"
#include "base/clock.h"

#define MINUTE (60 * NS_PER_SECOND)
#define HOUR   (60 * MINUTE)

struct stage {
    struct message_account_settings rules;
    struct session_table *table;
    unsigned ended;
    enum session_end last;
};

static void note_end(void *context, const struct session *session, enum session_end end)
{
    struct stage *stage = context;
    assert_true(session->account[0] != '\0');
    stage->ended++;
    stage->last = end;
}

static int begin(void **state)
{
    static struct stage stage;
    stage = (struct stage){.rules = account_rules_usual()};
    *state = &stage;
    return session_table_new(&stage.rules, note_end, &stage, &stage.table, NULL) == STATUS_OK ? 0
                                                                                              : -1;
}

static int end(void **state)
{
    struct stage *stage = *state;
    session_table_free(stage->table);
    return 0;
}

static struct session *log_in(struct stage *stage, const char *account, int64_t now_ns,
                              char token[TOKEN_SIZE])
{
    return session_begin(stage->table, account, OPERATOR_GUARD, "127.0.0.1", false, now_ns, token);
}

static void a_session_is_found_by_its_token_alone(void **state)
{
    struct stage *stage = *state;
    char one[TOKEN_SIZE];
    char two[TOKEN_SIZE];
    (void)log_in(stage, "li", 0, one);
    (void)log_in(stage, "li", 0, two);
    assert_int_equal(strlen(one), 43);
    assert_string_not_equal(one, two);
    assert_string_equal(session_find(stage->table, one, MINUTE)->account, "li");
    assert_ptr_not_equal(session_find(stage->table, one, MINUTE),
                         session_find(stage->table, two, MINUTE));
    one[42] = one[42] == 'A' ? 'E' : 'A';
    assert_null(session_find(stage->table, one, MINUTE));
    assert_null(session_find(stage->table, "", MINUTE));
}

static void nobody_there_for_ten_minutes_ends_it(void **state)
{
    struct stage *stage = *state;
    char token[TOKEN_SIZE];
    struct session *session = log_in(stage, "li", 0, token);
    assert_non_null(session_find(stage->table, token, 9 * MINUTE));
    session_touch(session, 9 * MINUTE);
    assert_int_equal(session_left_s(stage->table, session, 10 * MINUTE), 540);
    assert_non_null(session_find(stage->table, token, 19 * MINUTE - 1));
    assert_int_equal(stage->ended, 0);
    assert_null(session_find(stage->table, token, 19 * MINUTE));
    assert_int_equal(stage->ended, 1);
    assert_int_equal(stage->last, SESSION_IDLE);
}

static void the_longest_session_ends_too(void **state)
{
    struct stage *stage = *state;
    char token[TOKEN_SIZE];
    struct session *session = log_in(stage, "li", 0, token);
    for (int64_t now = 0; now < 12 * HOUR; now += 5 * MINUTE)
        session_touch(session, now);
    assert_non_null(session_find(stage->table, token, 12 * HOUR - 1));
    assert_null(session_find(stage->table, token, 12 * HOUR));
    assert_int_equal(stage->last, SESSION_TOO_LONG);
}

static void a_changed_account_ends_all_its_sessions_but_one(void **state)
{
    struct stage *stage = *state;
    char kept[TOKEN_SIZE];
    char other[TOKEN_SIZE];
    char stranger[TOKEN_SIZE];
    for (int i = 0; i < 5; i++)
        (void)log_in(stage, "li", 0, other);
    (void)log_in(stage, "li", 0, kept);
    (void)log_in(stage, "zhao", 0, stranger);
    session_end_account(stage->table, "li", session_find(stage->table, kept, 0));
    assert_int_equal(stage->ended, 5);
    assert_int_equal(stage->last, SESSION_ACCOUNT);
    assert_null(session_find(stage->table, other, 0));
    assert_non_null(session_find(stage->table, kept, 0));
    assert_non_null(session_find(stage->table, stranger, 0));
    session_end_account(stage->table, "li", NULL);
    assert_null(session_find(stage->table, kept, 0));
    assert_int_equal(session_table_count(stage->table), 1);
}

static void the_table_never_grows(void **state)
{
    struct stage *stage = *state;
    char first[TOKEN_SIZE];
    char token[TOKEN_SIZE];
    char account[ID_SIZE];
    (void)log_in(stage, "li", 0, first);
    for (unsigned i = 1; i <= SESSIONS_MAX; i++) {
        (void)snprintf(account, sizeof account, "a%u", i);
        (void)log_in(stage, account, (int64_t)i, token);
    }
    assert_int_equal(session_table_count(stage->table), SESSIONS_MAX);
    assert_int_equal(stage->ended, 1);
    assert_int_equal(stage->last, SESSION_PUSHED);
    assert_null(session_find(stage->table, first, 100));
    assert_non_null(session_find(stage->table, token, 100));
}

static void nobody_pushes_the_others_out(void **state)
{
    struct stage *stage = *state;
    char quiet[TOKEN_SIZE];
    char token[TOKEN_SIZE];
    (void)log_in(stage, "li", 0, quiet);
    for (unsigned i = 1; i <= 3 * SESSIONS_MAX; i++)
        (void)log_in(stage, "zhao", (int64_t)i, token);
    assert_int_equal(session_table_count(stage->table), 1 + SESSIONS_OF_ACCOUNT_MAX);
    assert_non_null(session_find(stage->table, quiet, 1000));
    assert_non_null(session_find(stage->table, token, 1000));
}

static void a_second_persons_word_is_good_once_for_its_act_in_its_session(void **state)
{
    struct stage *stage = *state;
    char token[TOKEN_SIZE];
    char second[TOKEN_SIZE];
    char account[ID_SIZE];
    struct session *session = log_in(stage, "li", 0, token);
    struct session *other = log_in(stage, "zhao", 0, token);
    session_second_give(session, ACT_EXPORT, "wang", 0, second);
    assert_int_equal(session_second_take(other, ACT_EXPORT, second, 1, account), STATUS_NOT_FOUND);
    assert_int_equal(session_second_take(session, ACT_HOLD_RELEASE, second, 1, account),
                     STATUS_NOT_FOUND);
    assert_int_equal(session_second_take(session, ACT_NONE, "", 1, account), STATUS_NOT_FOUND);
    assert_int_equal(session_second_take(session, ACT_EXPORT, second, 1, account), STATUS_OK);
    assert_string_equal(account, "wang");
    assert_int_equal(session_second_take(session, ACT_EXPORT, second, 1, account),
                     STATUS_NOT_FOUND);
}

static void a_second_persons_word_ends_after_ten_minutes_and_with_the_next(void **state)
{
    struct stage *stage = *state;
    char token[TOKEN_SIZE];
    char first[TOKEN_SIZE];
    char second[TOKEN_SIZE];
    char account[ID_SIZE];
    struct session *session = log_in(stage, "li", 0, token);
    session_second_give(session, ACT_EXPORT, "wang", 0, first);
    session_second_give(session, ACT_EXPORT, "wang", 0, second);
    assert_int_equal(session_second_take(session, ACT_EXPORT, first, 1, account), STATUS_NOT_FOUND);
    assert_int_equal(session_second_take(session, ACT_EXPORT, second, 10 * MINUTE, account),
                     STATUS_NOT_FOUND);
    assert_int_equal(session_second_take(session, ACT_EXPORT, second, 10 * MINUTE - 1, account),
                     STATUS_OK);
}

static void a_first_code_is_taken_as_people_type_it(void **state)
{
    (void)state;
    struct first_code code = {0};
    char text[FIRST_CODE_SIZE];
    char typed[FIRST_CODE_SIZE];
    size_t size = 0;
    first_code_make(&code, 0, text);
    assert_int_equal(strlen(text), 39);
    assert_int_equal(first_code_check(&code, text, HOUR - 1), STATUS_OK);
    for (const char *at = text; *at != '\0'; at++) {
        static const char meant[] = "01-ABCDEFGHJKMNPQRSTVWXYZ";
        static const char sloppy[] = "ol abcdefghjkmnpqrstvwxyz";
        const char *found = strchr(meant, *at);
        assert_true(found != NULL || (*at >= '2' && *at <= '9'));
        typed[size] = *at;
        if (found != NULL)
            typed[size] = sloppy[found - meant];
        size++;
    }
    typed[size] = '\0';
    assert_int_equal(first_code_check(&code, typed, 0), STATUS_OK);
    assert_int_equal(first_code_check(&code, text, HOUR), STATUS_MISMATCH);
}

static void a_first_code_is_void_after_ten_wrong_tries_and_when_used(void **state)
{
    (void)state;
    struct first_code code = {0};
    char text[FIRST_CODE_SIZE];
    assert_int_equal(first_code_check(&code, "", 0), STATUS_MISMATCH);
    first_code_make(&code, 0, text);
    for (unsigned i = 1; i < FIRST_CODE_TRIES; i++)
        assert_int_equal(first_code_check(&code, "0000-0000", 0), STATUS_MISMATCH);
    assert_int_equal(first_code_check(&code, text, 0), STATUS_OK);
    assert_int_equal(first_code_check(&code, "1", 0), STATUS_MISMATCH);
    assert_int_equal(first_code_check(&code, text, 0), STATUS_MISMATCH);
    first_code_make(&code, 0, text);
    first_code_void(&code);
    assert_int_equal(first_code_check(&code, text, 0), STATUS_MISMATCH);
}

#define SESSION_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_session_is_found_by_its_token_alone),
        SESSION_TEST(nobody_there_for_ten_minutes_ends_it),
        SESSION_TEST(the_longest_session_ends_too),
        SESSION_TEST(a_changed_account_ends_all_its_sessions_but_one),
        SESSION_TEST(the_table_never_grows),
        SESSION_TEST(nobody_pushes_the_others_out),
        SESSION_TEST(a_second_persons_word_is_good_once_for_its_act_in_its_session),
        SESSION_TEST(a_second_persons_word_ends_after_ten_minutes_and_with_the_next),
        cmocka_unit_test(a_first_code_is_taken_as_people_type_it),
        cmocka_unit_test(a_first_code_is_void_after_ten_wrong_tries_and_when_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
