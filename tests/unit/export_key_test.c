#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "crypto/certificate.h"
#include "crypto/certificate_issue.h"
#include "crypto/export_key.h"

struct place {
    char path[64];
    int directory;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    snprintf(place->path, sizeof place->path, "/tmp/sealroom-export-key-XXXXXX");
    assert_non_null(mkdtemp(place->path));
    place->directory = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    unlinkat(place->directory, "device.key", 0);
    unlinkat(place->directory, "export-rsa.key", 0);
    unlinkat(place->directory, "export-suite.key", 0);
    close(place->directory);
    rmdir(place->path);
    free(place);
    return 0;
}

static const char *const suites[] = {"sm", "nist"};

static struct export_key *generate(enum export_key_kind kind, const struct suite *suite)
{
    struct export_key *key = NULL;

    assert_int_equal(export_key_generate(kind, suite, NULL, &key, NULL), STATUS_OK);
    return key;
}

static void a_stored_key_is_the_one_that_was_made(void **state)
{
    struct place *place = *state;
    const struct suite *suite = suite_named("sm");

    for (int i = 0; i < EXPORT_KEY_KINDS; i++) {
        enum export_key_kind kind = (enum export_key_kind)i;
        struct export_key *opened = NULL;
        struct stat facts;

        assert_int_equal(export_key_open(kind, suite, place->directory, &opened, NULL),
                         STATUS_NOT_FOUND);
        struct export_key *made = generate(kind, suite);
        assert_int_equal(export_key_store(made, place->directory, NULL), STATUS_OK);
        assert_int_equal(export_key_store(made, place->directory, NULL), STATUS_EXISTS);
        assert_int_equal(export_key_open(kind, suite, place->directory, &opened, NULL), STATUS_OK);
        assert_true(bytes_equal(export_key_spki(made), export_key_spki(opened)));
        assert_int_equal(fstatat(place->directory, export_key_file(kind), &facts, 0), 0);
        assert_int_equal(facts.st_mode & 07777, 0600);
        export_key_free(made);
        export_key_free(opened);
    }
}

static void a_key_of_another_kind_is_refused(void **state)
{
    struct place *place = *state;
    const struct suite *suite = suite_named("nist");
    struct export_key *made = generate(EXPORT_KEY_SUITE, suite);
    struct export_key *opened = NULL;
    struct error error;

    assert_int_equal(export_key_store(made, place->directory, NULL), STATUS_OK);
    assert_int_equal(
        export_key_open(EXPORT_KEY_SUITE, suite_named("sm"), place->directory, &opened, &error),
        STATUS_MISMATCH);
    assert_string_equal(error.text, "export-suite.key is a key of another kind");
    assert_int_equal(
        renameat(place->directory, "export-suite.key", place->directory, "export-rsa.key"), 0);
    assert_int_equal(export_key_open(EXPORT_KEY_RSA, suite, place->directory, &opened, &error),
                     STATUS_MISMATCH);
    assert_null(opened);
    export_key_free(made);
}

static void making_a_key_can_be_given_up(void **state)
{
    const _Atomic bool cancel = true;
    struct export_key *key = NULL;

    (void)state;
    assert_int_equal(export_key_generate(EXPORT_KEY_RSA, suite_named("sm"), &cancel, &key, NULL),
                     STATUS_AGAIN);
    assert_null(key);
}

/* Both suites: a signature of the digest is one of the message, Z and all. */
static void a_signed_digest_is_a_signed_message(void **state)
{
    struct bytes message = bytes_of_text("who went in");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct suite *suite = suite_named(suites[i]);
        struct export_key *key = generate(EXPORT_KEY_SUITE, suite);
        struct public_key *public_key = NULL;
        struct hasher *hasher = NULL;
        struct digest digest;
        uint8_t signature[EXPORT_KEY_SIGNATURE_SIZE_MAX];
        size_t size = 0;

        assert_int_equal(public_key_parse(suite, export_key_spki(key), &public_key, NULL),
                         STATUS_OK);
        assert_int_equal(hasher_new(suite_digest_algorithm(suite), &hasher, NULL), STATUS_OK);
        hasher_begin(hasher);
        public_key_hash_identity(public_key, hasher);
        hasher_add(hasher, message);
        hasher_end(hasher, &digest);
        assert_int_equal(export_key_sign(key, &digest, signature, &size, NULL), STATUS_OK);
        assert_int_equal(
            public_key_verify(public_key, message, (struct bytes){signature, size}, NULL),
            STATUS_OK);
        hasher_free(hasher);
        public_key_free(public_key);
        export_key_free(key);
    }
}

struct issued {
    struct device_key *device;
    struct certificate *issuer;
    struct certificate *certificate;
};

static struct issued issue(const struct place *place, const struct suite *suite, struct bytes spki)
{
    struct issued made = {0};

    assert_int_equal(device_key_create(suite, place->directory, &made.device, NULL), STATUS_OK);
    assert_int_equal(unlinkat(place->directory, "device.key", 0), 0);
    assert_int_equal(certificate_self_sign(made.device, "recorder", &made.issuer, NULL), STATUS_OK);
    if (spki.size == 0)
        spki = public_key_spki(device_key_public(made.device));
    assert_int_equal(
        certificate_issue_export(made.device, made.issuer, spki, "export", &made.certificate, NULL),
        STATUS_OK);
    return made;
}

static void drop(struct issued *issued)
{
    certificate_free(issued->certificate);
    certificate_free(issued->issuer);
    device_key_free(issued->device);
}

static void the_device_key_certifies_both(void **state)
{
    struct place *place = *state;

    for (size_t i = 0; i < 2; i++) {
        const struct suite *suite = suite_named(suites[i]);
        struct issued stranger = issue(place, suite, (struct bytes){0});
        for (int kind = 0; kind < EXPORT_KEY_KINDS; kind++) {
            struct export_key *key = generate((enum export_key_kind)kind, suite);
            struct issued made = issue(place, suite, export_key_spki(key));
            struct buffer spki = {0};

            assert_int_equal(certificate_verify_export(made.certificate, made.issuer, NULL),
                             STATUS_OK);
            assert_int_equal(certificate_verify_export(made.certificate, stranger.issuer, NULL),
                             STATUS_MISMATCH);
            assert_int_equal(certificate_spki(made.certificate, &spki), STATUS_OK);
            assert_true(bytes_equal(buffer_bytes(&spki), export_key_spki(key)));
            /* An RSA key is no key of a suite: it signs no record. */
            assert_true((certificate_suite(made.certificate) == NULL) == (kind == EXPORT_KEY_RSA));
            buffer_release(&spki);
            drop(&made);
            export_key_free(key);
        }
        /* What signs records seals no clips. */
        assert_int_equal(certificate_verify_export(stranger.certificate, stranger.issuer, NULL),
                         STATUS_MISMATCH);
        drop(&stranger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stored_key_is_the_one_that_was_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_of_another_kind_is_refused, set_up, tear_down),
        cmocka_unit_test(making_a_key_can_be_given_up),
        cmocka_unit_test(a_signed_digest_is_a_signed_message),
        cmocka_unit_test_setup_teardown(the_device_key_certifies_both, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
