#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "crypto/suite.h"

static void assert_hex(const struct digest *digest, const char *expected)
{
    char text[2 * DIGEST_BYTES + 1];
    hex_encode(text, digest->bytes, DIGEST_BYTES);
    assert_string_equal(text, expected);
}

static void only_known_names_are_suites(void **state)
{
    (void)state;
    assert_string_equal(suite_name(suite_named("sm")), "sm");
    assert_string_equal(suite_name(suite_named("nist")), "nist");
    assert_int_equal(suite_digest_algorithm(suite_named("sm")), DIGEST_SM3);
    assert_int_equal(suite_digest_algorithm(suite_named("nist")), DIGEST_SHA256);
    assert_null(suite_named(""));
    assert_null(suite_named("SM"));
    assert_null(suite_named("nist2"));
}

static void digests_are_the_published_ones(void **state)
{
    (void)state;
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes_of_text("abc"), &digest); /* FIPS 180-4 */
    assert_hex(&digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_of(DIGEST_SM3, bytes_of_text("abc"), &digest); /* GM/T 0004, A.1 */
    assert_hex(&digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    digest_of(DIGEST_SHA256, (struct bytes){NULL, 0}, &digest);
    assert_hex(&digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void hasher_is_used_again_and_agrees(void **state)
{
    (void)state;
    for (enum digest_algorithm algorithm = DIGEST_SHA256; algorithm <= DIGEST_SM3; algorithm++) {
        struct hasher *hasher = NULL;
        assert_int_equal(hasher_new(algorithm, &hasher, NULL), STATUS_OK);
        for (int round = 0; round < 3; round++) {
            struct digest whole, parts;
            digest_of(algorithm, bytes_of_text("one two three"), &whole);
            hasher_begin(hasher);
            hasher_add(hasher, bytes_of_text("one "));
            hasher_add(hasher, bytes_of_text(""));
            hasher_add(hasher, bytes_of_text("two three"));
            hasher_end(hasher, &parts);
            assert_true(digest_equal(&whole, &parts));
        }
        hasher_free(hasher);
    }
}

static void zero_digest_is_told_from_others(void **state)
{
    (void)state;
    struct digest digest = {{0}};
    assert_true(digest_is_zero(&digest));
    digest.bytes[31] = 1;
    assert_false(digest_is_zero(&digest));
}

/* GM/T 0003.5, A.2. */
static const char gmt_px[] = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020";
static const char gmt_py[] = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
static const char gmt_r[] = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3";
static const char gmt_s[] = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

/* SubjectPublicKeyInfo of an SM2 key: id-ecPublicKey, sm2p256v1, uncompressed point. */
static const char sm2_spki_prefix[] = "3059301306072a8648ce3d020106082a811ccf5501822d03420004";

static struct bytes gmt_spki(uint8_t spki[91])
{
    assert_int_equal(hex_decode(spki, 27, sm2_spki_prefix), STATUS_OK);
    assert_int_equal(hex_decode(spki + 27, 32, gmt_px), STATUS_OK);
    assert_int_equal(hex_decode(spki + 59, 32, gmt_py), STATUS_OK);
    return (struct bytes){spki, 91};
}

static struct bytes gmt_signature(uint8_t der[72])
{
    /* both integers have their top bit set, so each needs a leading zero */
    const uint8_t prefix[5] = {0x30, 70, 0x02, 33, 0};
    const uint8_t middle[3] = {0x02, 33, 0};
    memcpy(der, prefix, 5);
    assert_int_equal(hex_decode(der + 5, 32, gmt_r), STATUS_OK);
    memcpy(der + 37, middle, 3);
    assert_int_equal(hex_decode(der + 40, 32, gmt_s), STATUS_OK);
    return (struct bytes){der, 72};
}

static void gmt_0003_5_example_verifies(void **state)
{
    (void)state;
    uint8_t spki[91], der[72];
    struct public_key *key = NULL;
    assert_int_equal(public_key_parse(suite_named("sm"), gmt_spki(spki), &key, NULL), STATUS_OK);
    struct bytes signature = gmt_signature(der);
    assert_int_equal(public_key_verify(key, bytes_of_text("message digest"), signature, NULL),
                     STATUS_OK);
    assert_int_equal(public_key_verify(key, bytes_of_text("message digesu"), signature, NULL),
                     STATUS_MISMATCH);
    public_key_free(key);
}

static void every_flipped_bit_of_a_signature_is_refused(void **state)
{
    (void)state;
    uint8_t spki[91], der[72];
    struct public_key *key = NULL;
    assert_int_equal(public_key_parse(suite_named("sm"), gmt_spki(spki), &key, NULL), STATUS_OK);
    struct bytes signature = gmt_signature(der);
    for (size_t bit = 0; bit < (size_t)72 * 8; bit++) {
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(public_key_verify(key, bytes_of_text("message digest"), signature, NULL),
                         STATUS_MISMATCH);
        der[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    signature.size--;
    assert_int_equal(public_key_verify(key, bytes_of_text("message digest"), signature, NULL),
                     STATUS_MISMATCH);
    signature.size = 0;
    assert_int_equal(public_key_verify(key, bytes_of_text("message digest"), signature, NULL),
                     STATUS_MISMATCH);
    public_key_free(key);
}

static void key_of_the_other_suite_is_refused(void **state)
{
    (void)state;
    uint8_t spki[91];
    struct public_key *key = NULL;
    assert_int_equal(public_key_parse(suite_named("nist"), gmt_spki(spki), &key, NULL),
                     STATUS_MISMATCH);
    assert_null(key);
}

static void damaged_public_keys_are_refused(void **state)
{
    (void)state;
    uint8_t spki[92] = {0};
    struct public_key *key = NULL;
    struct bytes good = gmt_spki(spki);
    for (size_t size = 0; size < 91; size++) {
        assert_int_not_equal(
            public_key_parse(suite_named("sm"), (struct bytes){spki, size}, &key, NULL), STATUS_OK);
    }
    assert_int_equal(public_key_parse(suite_named("sm"), (struct bytes){spki, 92}, &key, NULL),
                     STATUS_INVALID);
    for (size_t bit = 0; bit < (size_t)91 * 8; bit++) {
        spki[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(public_key_parse(suite_named("sm"), good, &key, NULL), STATUS_OK);
        spki[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void base64_is_that_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct buffer text = {0}, plain = {0};
        assert_int_equal(base64_append(&text, bytes_of_text(pairs[i][0])), STATUS_OK);
        assert_true(bytes_equal(buffer_bytes(&text), bytes_of_text(pairs[i][1])));
        assert_int_equal(base64_decode(bytes_of_text(pairs[i][1]), &plain), STATUS_OK);
        assert_true(bytes_equal(buffer_bytes(&plain), bytes_of_text(pairs[i][0])));
        buffer_release(&text);
        buffer_release(&plain);
    }
}

static void base64_has_one_form(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "Z",     "Zg",     "Zg=",   "Zg===", "Zh==", "Zm9=",    "Z===", "====", "Zg==Zg==",
        "Zm 9v", "Zm9v\n", "Zm9\n", "Zm-v",  "Zm_v", "Zm9vYg=", "=m9v", "Zm=v",
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct buffer plain = {0};
        assert_int_equal(base64_decode(bytes_of_text(refused[i]), &plain), STATUS_INVALID);
        assert_int_equal(plain.size, 0);
        buffer_release(&plain);
    }
    struct buffer plain = {0};
    const uint8_t zeros[4] = {0};
    assert_int_equal(base64_decode((struct bytes){zeros, 4}, &plain), STATUS_INVALID);
    buffer_release(&plain);
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    random_fill(a, sizeof(a));
    random_fill(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_known_names_are_suites),
        cmocka_unit_test(digests_are_the_published_ones),
        cmocka_unit_test(hasher_is_used_again_and_agrees),
        cmocka_unit_test(zero_digest_is_told_from_others),
        cmocka_unit_test(gmt_0003_5_example_verifies),
        cmocka_unit_test(every_flipped_bit_of_a_signature_is_refused),
        cmocka_unit_test(key_of_the_other_suite_is_refused),
        cmocka_unit_test(damaged_public_keys_are_refused),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(base64_has_one_form),
        cmocka_unit_test(random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
