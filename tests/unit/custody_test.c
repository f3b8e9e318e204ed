/* The file beside a package: a chain of lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/custody.h"

static const struct digest package = {{1, 2, 3}};

static void add(struct buffer *text, const char *name)
{
    struct custody_act act = {
        .at_utc_ns = 1795335222000000000, .package = package, .verdict = "authentic", .name = name};
    assert_int_equal(custody_append(DIGEST_SM3, &act, text, NULL), STATUS_OK);
}

static unsigned broken(const struct buffer *text)
{
    struct custody_state state;
    custody_judge(DIGEST_SM3, buffer_bytes(text), &package, &state);
    return state.broken;
}

static void every_altered_bit_before_the_last_line_breaks_the_chain(void **state)
{
    (void)state;
    struct buffer text = {0};
    add(&text, "张三 of the archive");
    add(&text, "b");
    size_t last = text.size;
    add(&text, "c");
    assert_int_equal(broken(&text), 0);
    for (size_t at = 0; at < last; at++) {
        text.data[at] ^= 1;
        assert_int_not_equal(broken(&text), 0);
        text.data[at] ^= 1;
    }
    struct bytes first = {text.data, last};
    struct buffer cut = {0};
    assert_int_equal(buffer_append(&cut, first.data, first.size - 1), STATUS_OK);
    assert_int_not_equal(broken(&cut), 0);
    buffer_release(&cut);
    buffer_release(&text);
}

static void another_packages_line_is_told(void **state)
{
    (void)state;
    struct buffer text = {0};
    struct custody_state judged;
    struct digest other = {{9}};
    add(&text, "a");
    custody_judge(DIGEST_SM3, buffer_bytes(&text), &other, &judged);
    assert_true(judged.is_other && judged.acts == 1 && judged.broken == 0);
    buffer_release(&text);
}

static void a_name_is_legible(void **state)
{
    (void)state;
    struct buffer text = {0};
    char longest[CUSTODY_NAME_SIZE + 1];
    memset(longest, 'n', sizeof longest);
    longest[CUSTODY_NAME_SIZE] = '\0';
    const char *const bad[] = {"",      "a\nb",           "\xff",    " ", "\xe3\x80\x80",
                               longest, "a\xe2\x80\xaez", "\xc2\x85"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct custody_act act = {.verdict = "authentic", .name = bad[i]};
        assert_int_equal(custody_append(DIGEST_SM3, &act, &text, NULL), STATUS_INVALID);
    }
    longest[CUSTODY_NAME_SIZE - 1] = '\0';
    add(&text, longest);
    assert_int_equal(broken(&text), 0);
    buffer_release(&text);
}

static void nothing_is_added_to_a_broken_chain(void **state)
{
    (void)state;
    struct buffer text = {0};
    struct custody_act act = {.package = package, .verdict = "altered", .name = "d"};
    assert_int_equal(buffer_append_text(&text, "sealroom custody v2\n"), STATUS_OK);
    assert_int_equal(custody_append(DIGEST_SM3, &act, &text, NULL), STATUS_INVALID);
    buffer_release(&text);
}

static void a_line_has_one_of_the_four_verdicts(void **state)
{
    (void)state;
    struct buffer text = {0};
    struct custody_act act = {.package = package, .verdict = "certified", .name = "d"};
    assert_int_equal(custody_append(DIGEST_SM3, &act, &text, NULL), STATUS_OK);
    assert_int_equal(broken(&text), 2);
    buffer_release(&text);
}

/* The last line again and again, each on the one before. */
static void fill(struct buffer *text)
{
    char line[256];
    struct digest before;
    add(text, "a");
    size_t begin = strlen("sealroom custody v1\n");
    size_t size = text->size - begin - 1;
    size_t previous = strlen("2026-11-22T08:13:42.000000000Z ") + (size_t)2 * DIGEST_BYTES + 1;
    memcpy(line, text->data + begin, size);
    while (text->size + size + 1 <= CUSTODY_SIZE_MAX) {
        digest_of(DIGEST_SM3, (struct bytes){(const uint8_t *)line, size}, &before);
        hex_encode(line + previous, before.bytes, DIGEST_BYTES);
        line[previous + (size_t)2 * DIGEST_BYTES] = ' ';
        assert_int_equal(buffer_append(text, line, size), STATUS_OK);
        assert_int_equal(buffer_append_text(text, "\n"), STATUS_OK);
    }
}

static void it_never_outgrows_what_is_read_again(void **state)
{
    (void)state;
    struct buffer text = {0};
    struct custody_act act = {.package = package, .verdict = "altered", .name = "d"};
    fill(&text);
    assert_int_equal(broken(&text), 0);
    assert_int_equal(custody_append(DIGEST_SM3, &act, &text, NULL), STATUS_FULL);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_altered_bit_before_the_last_line_breaks_the_chain),
        cmocka_unit_test(another_packages_line_is_told),
        cmocka_unit_test(a_name_is_legible),
        cmocka_unit_test(nothing_is_added_to_a_broken_chain),
        cmocka_unit_test(a_line_has_one_of_the_four_verdicts),
        cmocka_unit_test(it_never_outgrows_what_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
