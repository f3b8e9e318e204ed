/* Sentences said again in Chinese: recognised by their pattern, whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "phrase/phrase.h"
#include "phrase/phrase_tables.h"

static const struct phrase *const tables[] = {phrases_of_config, phrases_of_system,
                                              phrases_of_audit, phrases_of_records};

static const char *chinese(const char *english)
{
    static char shown[PHRASE_SIZE];
    return phrase_in(english, LANGUAGE_CHINESE, shown, sizeof shown);
}

static void a_sentence_keeps_its_arguments(void **state)
{
    (void)state;
    assert_string_equal(chinese("video_days is 7, and at least 30 is right: video of such a room "
                                "has to be kept for a month or more"),
                        "video_days 为 7，至少应为 30：此类库房的录像须留存一个月以上");
    assert_string_equal(chinese("room for 12 days of video, 30 are to be kept"),
                        "可存 12 天录像，须留存 30 天");
}

static void arguments_may_change_places(void **state)
{
    (void)state;
    assert_string_equal(chinese("9 follows 7"), "7 之后是 9");
    assert_string_equal(chinese("no answer to STATUS_ASK within 5000 ms"),
                        "5000 毫秒内没有对 STATUS_ASK 的答复");
}

static void the_systems_reason_is_translated_too(void **state)
{
    (void)state;
    assert_string_equal(chinese("cannot open /mnt/a b.pem: No such file or directory"),
                        "无法打开 /mnt/a b.pem：没有这个文件或目录");
    assert_string_equal(chinese("gate: the stream ended: End of file"),
                        "gate：码流已结束：数据结束");
}

static void a_sentence_inside_a_sentence_is_translated(void **state)
{
    (void)state;
    assert_string_equal(chinese("the appliance refuses: no hold in force has this number"),
                        "设备拒绝：没有此编号的有效保全");
    assert_string_equal(chinese("/etc/s.yaml:3:9: \"transport\" must be one of tcp, udp, not "
                                "\"upd\"; did you mean \"udp\"?"),
                        "/etc/s.yaml:3:9: “transport”应为以下之一：tcp, "
                        "udp，而不是“upd”；是否想写“udp”？");
    assert_string_equal(chinese("\"held_s\" must be a whole number from 0 to 86400 (seconds), not "
                                "\"60\": leave out the quotes"),
                        "“held_s”应为 0 至 86400 的整数（秒），而不是“60”：请去掉引号");
    assert_string_equal(chinese("5 MB free; all that is left is held or being written"),
                        "剩余 5 MB；剩下的都在证据保全中或正在写入");
}

static void what_is_not_known_stays_whole(void **state)
{
    (void)state;
    static const char *const sentences[] = {"",
                                            ": ",
                                            "something else: Permission denied",
                                            "cannot open /a: a reason of its own",
                                            "record x: the row is missing and more",
                                            "the appliance refuses: for a reason of its own"};
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (chinese(sentences[i]) != sentences[i])
            fail_msg("\"%s\" became \"%s\"", sentences[i], chinese(sentences[i]));
}

static void english_stays_as_it_is(void **state)
{
    char shown[PHRASE_SIZE];
    static const char sentence[] = "the file is empty";
    (void)state;
    assert_ptr_equal(phrase_in(sentence, LANGUAGE_ENGLISH, shown, sizeof shown), sentence);
}

static void what_does_not_fit_stays_as_it_is(void **state)
{
    char shown[8];
    static const char sentence[] = "the file is empty";
    (void)state;
    assert_ptr_equal(phrase_in(sentence, LANGUAGE_CHINESE, shown, sizeof shown), sentence);
}

static void a_text_made_to_be_slow_ends(void **state)
{
    char text[4096];
    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = ": a when "[i % 9];
    text[sizeof text - 1] = '\0';
    assert_ptr_equal(chinese(text), text);
}

/* The arguments of a Chinese sentence are some of its English one's. */
static void every_phrase_is_well_formed(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct phrase *phrase = tables[t]; phrase->english != NULL; phrase++) {
            size_t count = 0;
            for (const char *at = strchr(phrase->english, '%'); at != NULL;
                 at = strchr(at + 1, '%')) {
                if (strncmp(at, "%XX", 3) == 0)
                    continue;
                if (at[1] != 's' && at[1] != 'u')
                    fail_msg("\"%s\": %%s and %%u are all there is", phrase->english);
                count++;
            }
            const char *chinese_form = phrase->chinese != NULL ? phrase->chinese : "";
            if (chinese_form[0] == '\0')
                fail_msg("\"%s\" has no Chinese", phrase->english);
            for (const char *at = strchr(chinese_form, '%'); at != NULL; at = strchr(at + 1, '%'))
                if (at[1] >= '1' && at[1] <= '9' && (size_t)(at[1] - '0') > count)
                    fail_msg("\"%s\" has no argument %c", phrase->english, at[1]);
            assert_true(count <= PHRASE_ARGUMENTS_MAX);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_keeps_its_arguments),
        cmocka_unit_test(arguments_may_change_places),
        cmocka_unit_test(the_systems_reason_is_translated_too),
        cmocka_unit_test(a_sentence_inside_a_sentence_is_translated),
        cmocka_unit_test(what_is_not_known_stays_whole),
        cmocka_unit_test(english_stays_as_it_is),
        cmocka_unit_test(what_does_not_fit_stays_as_it_is),
        cmocka_unit_test(a_text_made_to_be_slow_ends),
        cmocka_unit_test(every_phrase_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
