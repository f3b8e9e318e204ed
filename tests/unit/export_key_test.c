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
    unlinkat(place->directory, "export.key", 0);
    close(place->directory);
    rmdir(place->path);
    free(place);
    return 0;
}

static void a_stored_key_is_the_one_that_was_made(void **state)
{
    struct place *place = *state;
    struct export_key *made = NULL;
    struct export_key *second = NULL;
    struct export_key *opened = NULL;
    struct device_key *device = NULL;
    struct certificate *issuer = NULL;
    struct certificate *certificates[2] = {NULL, NULL};
    struct stat facts;

    assert_int_equal(export_key_open(place->directory, &opened, NULL), STATUS_NOT_FOUND);
    assert_int_equal(export_key_create(place->directory, &made, NULL), STATUS_OK);
    assert_int_equal(export_key_create(place->directory, &second, NULL), STATUS_EXISTS);
    assert_int_equal(export_key_open(place->directory, &opened, NULL), STATUS_OK);
    assert_int_equal(fstatat(place->directory, "export.key", &facts, 0), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_int_equal(export_key_signature_size(opened), EXPORT_KEY_BITS_MIN / 8);

    assert_int_equal(device_key_create(suite_named("nist"), place->directory, &device, NULL),
                     STATUS_OK);
    assert_int_equal(certificate_self_sign(device, "recorder", &issuer, NULL), STATUS_OK);
    assert_int_equal(
        certificate_issue_export(device, issuer, made, "export", &certificates[0], NULL),
        STATUS_OK);
    assert_int_equal(
        certificate_issue_export(device, issuer, opened, "export", &certificates[1], NULL),
        STATUS_OK);
    /* An RSA key is no key of a suite: it signs no record. */
    assert_null(certificate_suite(certificates[0]));
    assert_false(certificate_is_self_issued(certificates[0]));
    certificate_free(certificates[0]);
    certificate_free(certificates[1]);
    certificate_free(issuer);
    device_key_free(device);
    export_key_free(made);
    export_key_free(opened);
}

static void what_is_no_rsa_key_is_refused(void **state)
{
    struct place *place = *state;
    struct device_key *device = NULL;
    struct export_key *key = NULL;
    struct error error;

    assert_int_equal(device_key_create(suite_named("nist"), place->directory, &device, NULL),
                     STATUS_OK);
    device_key_free(device);
    assert_int_equal(renameat(place->directory, "device.key", place->directory, "export.key"), 0);
    assert_int_equal(export_key_open(place->directory, &key, &error), STATUS_MISMATCH);
    assert_string_equal(error.text, "export.key is not an RSA key of 3072 to 4096 bits");
    assert_null(key);
}

static void a_signature_in_parts_is_one_over_the_whole(void **state)
{
    struct place *place = *state;
    static const char *const suites[] = {"sm", "nist"};

    for (size_t i = 0; i < 2; i++) {
        struct device_key *key = NULL;
        struct device_signing *signing = NULL;
        uint8_t signature[SIGNATURE_SIZE_MAX];
        size_t size = 0;

        assert_int_equal(device_key_create(suite_named(suites[i]), place->directory, &key, NULL),
                         STATUS_OK);
        assert_int_equal(device_signing_begin(key, &signing, NULL), STATUS_OK);
        assert_int_equal(device_signing_add(signing, bytes_of_text("who went "), NULL), STATUS_OK);
        assert_int_equal(device_signing_add(signing, bytes_of_text("in"), NULL), STATUS_OK);
        assert_int_equal(device_signing_end(signing, signature, &size, NULL), STATUS_OK);
        device_signing_free(signing);
        assert_int_equal(public_key_verify(device_key_public(key), bytes_of_text("who went in"),
                                           (struct bytes){signature, size}, NULL),
                         STATUS_OK);
        device_key_free(key);
        assert_int_equal(unlinkat(place->directory, "device.key", 0), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stored_key_is_the_one_that_was_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_rsa_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_signature_in_parts_is_one_over_the_whole, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
