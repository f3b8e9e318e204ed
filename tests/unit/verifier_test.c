#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/verifier.h"

static const char *const suites[] = {"nist", "sm"};

static enum status check(const struct verifier *verifier, const char *password)
{
    return verifier_check(verifier, bytes_of_text(password));
}

static void a_password_fits_its_verifier_and_no_other_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct verifier verifier;
        assert_int_equal(
            verifier_make(suite_named(suites[i]), bytes_of_text("Archive-7号"), &verifier, NULL),
            STATUS_OK);
        assert_int_equal(check(&verifier, "Archive-7号"), STATUS_OK);
        assert_int_equal(check(&verifier, "Archive-7"), STATUS_MISMATCH);
        assert_int_equal(check(&verifier, ""), STATUS_MISMATCH);
        verifier.salt[0] ^= 1;
        assert_int_equal(check(&verifier, "Archive-7号"), STATUS_MISMATCH);
    }
}

static void two_of_one_password_have_nothing_in_common(void **state)
{
    (void)state;
    struct verifier a;
    struct verifier b;
    const struct suite *suite = suite_named("nist");
    assert_int_equal(verifier_make(suite, bytes_of_text("same"), &a, NULL), STATUS_OK);
    assert_int_equal(verifier_make(suite, bytes_of_text("same"), &b, NULL), STATUS_OK);
    assert_memory_not_equal(a.salt, b.salt, sizeof a.salt);
    assert_memory_not_equal(a.hash, b.hash, sizeof a.hash);
}

static void nobody_knows_the_password_of_nobody(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct verifier nobody;
        struct verifier made;
        const struct suite *suite = suite_named(suites[i]);
        verifier_of_nobody(suite, &nobody);
        assert_int_equal(verifier_make(suite, bytes_of_text("x"), &made, NULL), STATUS_OK);
        assert_int_equal(check(&nobody, ""), STATUS_MISMATCH);
        assert_int_equal(nobody.kind, made.kind);
        assert_int_equal(nobody.rounds, made.rounds);
    }
}

/* As Python's hashlib derives it (RFC 7914; RFC 8018 with HMAC-SM3). */
static void it_is_what_the_standards_say(void **state)
{
    (void)state;
    struct verifier verifier;
    const char *scrypt = "scrypt:16384:8:1:000102030405060708090a0b0c0d0e0f:"
                         "531604fe738df33ae62cd2b994bfe3f573ed28c0d9e5547f875b6413189ce59a";
    const char *pbkdf2 = "pbkdf2-sm3:100000:000102030405060708090a0b0c0d0e0f:"
                         "b1f3fac5378f3256a7141299c4ccd5dc5daf61afea9319044f8fa8a61c593698";
    assert_int_equal(verifier_parse(scrypt, &verifier), STATUS_OK);
    assert_int_equal(check(&verifier, "pleaseletmein"), STATUS_OK);
    assert_int_equal(verifier_parse(pbkdf2, &verifier), STATUS_OK);
    assert_int_equal(check(&verifier, "pleaseletmein"), STATUS_OK);
}

static void it_comes_back_from_its_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct verifier made;
        struct verifier read;
        char text[VERIFIER_TEXT_SIZE];
        verifier_of_nobody(suite_named(suites[i]), &made);
        verifier_text(&made, text);
        assert_int_equal(verifier_parse(text, &read), STATUS_OK);
        assert_memory_equal(&made, &read, sizeof made);
    }
}

#define SALT "000102030405060708090a0b0c0d0e0f"
#define HASH SALT SALT

static void a_text_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "scrypt",
        "scrypt:16384:8:1:" SALT,
        "scrypt:16384:8:1:" SALT ":" SALT,
        "scrypt:16384:8:1:" SALT ":" HASH ":",
        "scrypt:16384:8:1:" SALT ":" HASH "00",
        "scrypt:016384:8:1:" SALT ":" HASH,
        "scrypt:16385:8:1:" SALT ":" HASH,
        "scrypt:2:8:1:" SALT ":" HASH,          /* too cheap: somebody put it there */
        "scrypt:1073741824:8:1:" SALT ":" HASH, /* would take all memory */
        "scrypt:16384:4294967295:1:" SALT ":" HASH,
        "scrypt:99999999999999999999:8:1:" SALT ":" HASH,
        "pbkdf2-sm3:1:" SALT ":" HASH,
        "pbkdf2-sm3:4294967296:" SALT ":" HASH,
        "pbkdf2-sm3:100000:8:" SALT ":" HASH,
        "md5:100000:" SALT ":" HASH,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct verifier verifier;
        if (verifier_parse(texts[i], &verifier) != STATUS_INVALID) {
            fail_msg("%s", texts[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_fits_its_verifier_and_no_other_does),
        cmocka_unit_test(two_of_one_password_have_nothing_in_common),
        cmocka_unit_test(nobody_knows_the_password_of_nobody),
        cmocka_unit_test(it_is_what_the_standards_say),
        cmocka_unit_test(it_comes_back_from_its_text),
        cmocka_unit_test(a_text_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
