#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/permission.h"
#include "base/vocabulary.h"

typedef const struct word *(*list_function)(size_t *count);

static const struct {
    list_function words;
    unsigned first; /* codes run from here to here without a hole */
    unsigned last;
} lists[] = {
    {word_record_kinds, RECORD_LEDGER, RECORD_ANCHOR},
    {word_door_events, DOOR_ACCESS_REQUESTED, DOOR_KEY_PRESSED},
    {word_deny_reasons, DENY_NONE, DENY_OTHER},
    {word_gap_causes, GAP_UNREACHABLE, GAP_NOT_DELIVERED},
    {word_camera_notes, CAMERA_ONLINE, CAMERA_SEGMENT_RECOVERED},
    {word_health_events, HEALTH_STARTED, HEALTH_ACCOUNTS_OPENED},
    {word_account_events, ACCOUNT_EVENT_CREATED, ACCOUNT_EVENT_FIRST_CODE},
    {word_operator_actions, OPERATOR_LOOKUP, OPERATOR_VERIFIED},
    {word_operator_roles, OPERATOR_GUARD, OPERATOR_AUDITOR},
    {word_account_states, ACCOUNT_ACTIVE, ACCOUNT_CLOSED},
    {word_acts, ACT_SEE_STATE, ACT_OWN_PASSWORD},
};

static void every_code_has_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        size_t count = 0;
        const struct word *words = lists[i].words(&count);
        assert_int_equal(count, lists[i].last - lists[i].first + 1);
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(words[j].code, lists[i].first + j);
        }
    }
}

static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return name[length] == '\0' && length > 0 && length < 33;
}

static void no_two_words_are_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        size_t count = 0;
        const struct word *words = lists[i].words(&count);
        for (size_t j = 0; j < count; j++) {
            assert_true(is_name(words[j].name));
            assert_true(utf8_is_clean(bytes_of_text(words[j].chinese), false));
            assert_true((unsigned char)words[j].chinese[0] >= 0xe4);
            for (size_t k = 0; k < j; k++) {
                assert_string_not_equal(words[j].name, words[k].name);
                assert_string_not_equal(words[j].english, words[k].english);
                assert_string_not_equal(words[j].chinese, words[k].chinese);
            }
        }
    }
}

static void a_word_is_found_by_code_and_by_name(void **state)
{
    (void)state;
    assert_string_equal(word_record_kind(RECORD_EXPIRY)->name, "expiry");
    assert_int_equal(word_door_event_named("forced")->code, DOOR_FORCED);
    assert_ptr_equal(word_gap_cause_named("stalled"), word_gap_cause(GAP_STALLED));
    assert_ptr_equal(word_camera_note_named("long_gop"), word_camera_note(CAMERA_LONG_GOP));
    assert_ptr_equal(word_deny_reason_named("none"), word_deny_reason(DENY_NONE));
    assert_ptr_equal(word_health_event_named("started"), word_health_event(HEALTH_STARTED));
    assert_int_equal(word_record_kind_named("anchor")->code, RECORD_ANCHOR);
}

static void what_is_no_word_is_not_found(void **state)
{
    (void)state;
    assert_null(word_door_event((enum door_event)0));
    assert_null(word_door_event((enum door_event)999));
    assert_null(word_door_event_named("Forced"));
    assert_null(word_door_event_named(""));
}

static void a_word_has_both_languages(void **state)
{
    (void)state;
    const struct word *word = word_door_event(DOOR_FORCED);
    assert_string_equal(word_text(word, LANGUAGE_ENGLISH), "door forced");
    assert_string_equal(word_text(word, LANGUAGE_CHINESE), "强行开门");
}

/* What a verification judges later records by. */
static void kinds_that_later_records_are_judged_by_stay_for_ever(void **state)
{
    (void)state;
    static const enum record_kind staying[] = {
        RECORD_LEDGER,  RECORD_KEY,     RECORD_CHECKPOINT_LOST, RECORD_GAP,
        RECORD_ACCOUNT, RECORD_HOLD,    RECORD_EXPIRY,          RECORD_CONFIG,
        RECORD_CLOCK,   RECORD_PROGRAM, RECORD_ANCHOR};
    size_t count = 0;
    size_t permanent = 0;
    const struct word *words = word_record_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        permanent += record_kind_is_permanent((enum record_kind)words[i].code) ? 1 : 0;
    }
    assert_int_equal(permanent, sizeof staying / sizeof staying[0]);
    for (size_t i = 0; i < permanent; i++) {
        assert_true(record_kind_is_permanent(staying[i]));
    }
}

static void the_language_is_the_first_that_is_set(void **state)
{
    (void)state;
    assert_int_equal(unsetenv("LC_ALL"), 0);
    assert_int_equal(unsetenv("LC_MESSAGES"), 0);
    assert_int_equal(unsetenv("LANG"), 0);
    assert_int_equal(language_of_environment(), LANGUAGE_ENGLISH);
    assert_int_equal(setenv("LANG", "zh_CN.UTF-8", 1), 0);
    assert_int_equal(language_of_environment(), LANGUAGE_CHINESE);
    assert_int_equal(setenv("LC_MESSAGES", "en_GB.UTF-8", 1), 0);
    assert_int_equal(language_of_environment(), LANGUAGE_ENGLISH);
    assert_int_equal(setenv("LC_ALL", "", 1), 0);
    assert_int_equal(language_of_environment(), LANGUAGE_ENGLISH);
    assert_int_equal(setenv("LC_ALL", "zh_CN", 1), 0);
    assert_int_equal(language_of_environment(), LANGUAGE_CHINESE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_word),
        cmocka_unit_test(no_two_words_are_alike),
        cmocka_unit_test(a_word_is_found_by_code_and_by_name),
        cmocka_unit_test(what_is_no_word_is_not_found),
        cmocka_unit_test(a_word_has_both_languages),
        cmocka_unit_test(kinds_that_later_records_are_judged_by_stay_for_ever),
        cmocka_unit_test(the_language_is_the_first_that_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
