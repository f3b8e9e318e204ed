#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/permission.h"

/* Who may do what, said here a second time and by hand: a slip in the table shows. */
static const struct {
    enum operator_role role;
    const char *acts;
} allowed[] = {
    {OPERATOR_GUARD, " see_state see_entries watch watch_live review_entry acknowledge_alarm "
                     "own_password "},
    {OPERATOR_INSPECTOR, " see_state see_entries watch watch_live export hold_set hold_release "
                         "see_register see_report take_checkpoint verify approve_export "
                         "approve_hold_release own_password "},
    {OPERATOR_SYSTEM_ADMINISTRATOR, " see_state acknowledge_alarm see_report take_checkpoint "
                                    "verify approve_accounts own_password "},
    {OPERATOR_SECURITY_ADMINISTRATOR, " see_state see_report verify see_accounts change_accounts "
                                      "approve_export approve_hold_release own_password "},
    {OPERATOR_AUDITOR, " see_state see_entries watch watch_live see_register see_report verify "
                       "see_accounts own_password "},
};

static void each_role_may_do_its_own_part_only(void **state)
{
    (void)state;
    size_t count = 0;
    const struct word *acts = word_acts(&count);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        for (size_t j = 0; j < count; j++) {
            char name[64];
            (void)snprintf(name, sizeof name, " %s ", acts[j].name);
            bool expected = strstr(allowed[i].acts, name) != NULL;
            if (permission_allows(allowed[i].role, (enum act)acts[j].code) != expected) {
                fail_msg("%s by role %d", acts[j].name, allowed[i].role);
            }
        }
    }
}

static void what_does_not_exist_is_allowed_to_nobody(void **state)
{
    (void)state;
    for (unsigned role = 0; role < 70; role++) {
        assert_false(permission_allows((enum operator_role)role, ACT_NONE));
        assert_false(permission_allows((enum operator_role)role, (enum act)(ACT_OWN_PASSWORD + 1)));
        assert_false(permission_allows((enum operator_role)role, (enum act)UINT16_MAX));
    }
    assert_false(permission_allows((enum operator_role)0, ACT_SEE_STATE));
    assert_false(permission_allows((enum operator_role)(OPERATOR_AUDITOR + 1), ACT_SEE_STATE));
    /* a role as it may come out of a file: 32 more than the guard's */
    assert_false(permission_allows((enum operator_role)33, ACT_SEE_STATE));
    assert_int_equal(permission_second((enum act)UINT16_MAX), ACT_NONE);
}

/* Nobody can both ask for and approve a change of accounts, and an auditor changes nothing. */
static void who_manages_accounts_does_not_approve_them(void **state)
{
    (void)state;
    static const enum act changing[] = {
        ACT_REVIEW_ENTRY, ACT_ACKNOWLEDGE_ALARM, ACT_EXPORT,         ACT_HOLD_SET,
        ACT_HOLD_RELEASE, ACT_TAKE_CHECKPOINT,   ACT_CHANGE_ACCOUNTS};
    for (unsigned role = OPERATOR_GUARD; role <= OPERATOR_AUDITOR; role++) {
        assert_false(permission_allows((enum operator_role)role, ACT_CHANGE_ACCOUNTS) &&
                     permission_allows((enum operator_role)role, ACT_APPROVE_ACCOUNTS));
    }
    for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++) {
        assert_false(permission_allows(OPERATOR_AUDITOR, changing[i]));
    }
}

static void three_acts_may_need_a_second_person(void **state)
{
    (void)state;
    size_t count = 0;
    size_t with = 0;
    const struct word *acts = word_acts(&count);
    for (size_t i = 0; i < count; i++) {
        enum act second = permission_second((enum act)acts[i].code);
        with += second != ACT_NONE ? 1 : 0;
    }
    assert_int_equal(with, 3);
    assert_int_equal(permission_second(ACT_EXPORT), ACT_APPROVE_EXPORT);
    assert_int_equal(permission_second(ACT_HOLD_RELEASE), ACT_APPROVE_HOLD_RELEASE);
    assert_int_equal(permission_second(ACT_CHANGE_ACCOUNTS), ACT_APPROVE_ACCOUNTS);
}

static void a_role_and_an_act_are_found_by_their_names(void **state)
{
    (void)state;
    assert_int_equal(word_operator_role_named("auditor")->code, OPERATOR_AUDITOR);
    assert_int_equal(word_act_named("watch_live")->code, ACT_WATCH_LIVE);
    assert_null(word_act_named(""));
    assert_null(word_operator_role_named("root"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_may_do_its_own_part_only),
        cmocka_unit_test(what_does_not_exist_is_allowed_to_nobody),
        cmocka_unit_test(who_manages_accounts_does_not_approve_them),
        cmocka_unit_test(three_acts_may_need_a_second_person),
        cmocka_unit_test(a_role_and_an_act_are_found_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
