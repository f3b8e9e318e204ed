#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/key.h"

struct place {
    char path[64];
    int directory;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    (void)snprintf(place->path, sizeof(place->path), "%s", "/tmp/sealroom-key-test-XXXXXX");
    if (mkdtemp(place->path) == NULL) {
        return -1;
    }
    place->directory = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = place;
    return place->directory < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlinkat(place->directory, "device.key", 0);
    unlinkat(place->directory, "elsewhere", 0);
    close(place->directory);
    rmdir(place->path);
    free(place);
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker of the asan preset traces its own process */
    return 0;
}

static const char *const suite_names[] = {"sm", "nist"};

static void created_key_opens_again_and_is_the_same(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < 2; i++) {
        const struct suite *suite = suite_named(suite_names[i]);
        struct device_key *made = NULL, *opened = NULL;
        assert_int_equal(device_key_create(suite, place->directory, &made, NULL), STATUS_OK);
        assert_int_equal(device_key_open(suite, place->directory, &opened, NULL), STATUS_OK);
        assert_ptr_equal(device_key_suite(opened), suite);
        assert_true(bytes_equal(public_key_spki(device_key_public(made)),
                                public_key_spki(device_key_public(opened))));

        uint8_t signature[SIGNATURE_SIZE_MAX];
        size_t size = 0;
        struct bytes message = bytes_of_text("who went in, and when");
        assert_int_equal(device_key_sign(opened, message, signature, &size, NULL), STATUS_OK);
        assert_in_range(size, 60, 72);
        assert_int_equal(public_key_verify(device_key_public(made), message,
                                           (struct bytes){signature, size}, NULL),
                         STATUS_OK);
        assert_int_equal(public_key_verify(device_key_public(made), bytes_of_text("who"),
                                           (struct bytes){signature, size}, NULL),
                         STATUS_MISMATCH);
        device_key_free(made);
        device_key_free(opened);
        assert_int_equal(unlinkat(place->directory, "device.key", 0), 0);
    }
}

static void absent_key_is_not_found_and_not_made(void **state)
{
    struct place *place = *state;
    struct device_key *key = NULL;
    assert_int_equal(device_key_open(suite_named("sm"), place->directory, &key, NULL),
                     STATUS_NOT_FOUND);
    assert_null(key);
    assert_int_equal(faccessat(place->directory, "device.key", F_OK, 0), -1);
}

static void key_is_never_replaced(void **state)
{
    struct place *place = *state;
    struct device_key *first = NULL, *second = NULL, *opened = NULL;
    assert_int_equal(device_key_create(suite_named("sm"), place->directory, &first, NULL),
                     STATUS_OK);
    assert_int_equal(device_key_create(suite_named("sm"), place->directory, &second, NULL),
                     STATUS_EXISTS);
    assert_null(second);
    assert_int_equal(device_key_open(suite_named("sm"), place->directory, &opened, NULL),
                     STATUS_OK);
    assert_true(bytes_equal(public_key_spki(device_key_public(first)),
                            public_key_spki(device_key_public(opened))));
    device_key_free(first);
    device_key_free(opened);
}

static void stored_key_is_private_and_the_process_dumps_no_core(void **state)
{
    struct place *place = *state;
    struct device_key *key = NULL;
    struct stat facts;
    umask(0);
    assert_int_equal(device_key_create(suite_named("nist"), place->directory, &key, NULL),
                     STATUS_OK);
    assert_int_equal(fstatat(place->directory, "device.key", &facts, 0), 0);
    assert_int_equal(facts.st_mode, S_IFREG | 0600);
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
    device_key_free(key);
}

static void key_that_others_could_read_is_refused(void **state)
{
    struct place *place = *state;
    struct device_key *key = NULL;
    assert_int_equal(device_key_create(suite_named("sm"), place->directory, &key, NULL), STATUS_OK);
    device_key_free(key);
    key = NULL;
    static const mode_t modes[] = {0640, 0604, 0400, 0700, 0666};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct error error = {0};
        assert_int_equal(fchmodat(place->directory, "device.key", modes[i], 0), 0);
        assert_int_equal(device_key_open(suite_named("sm"), place->directory, &key, &error),
                         STATUS_REFUSED);
        assert_non_null(strstr(error.text, "mode"));
    }
}

static void link_in_the_keys_place_is_refused(void **state)
{
    struct place *place = *state;
    struct device_key *key = NULL;
    assert_int_equal(device_key_create(suite_named("sm"), place->directory, &key, NULL), STATUS_OK);
    device_key_free(key);
    key = NULL;
    assert_int_equal(renameat(place->directory, "device.key", place->directory, "elsewhere"), 0);
    assert_int_equal(symlinkat("elsewhere", place->directory, "device.key"), 0);
    assert_int_not_equal(device_key_open(suite_named("sm"), place->directory, &key, NULL),
                         STATUS_OK);
    assert_null(key);
}

static void key_of_the_other_suite_is_named(void **state)
{
    struct place *place = *state;
    struct device_key *key = NULL;
    struct error error = {0};
    assert_int_equal(device_key_create(suite_named("nist"), place->directory, &key, NULL),
                     STATUS_OK);
    device_key_free(key);
    key = NULL;
    assert_int_equal(device_key_open(suite_named("sm"), place->directory, &key, &error),
                     STATUS_MISMATCH);
    assert_non_null(strstr(error.text, "suite sm"));
}

static void damaged_keys_are_refused(void **state)
{
    struct place *place = *state;
    struct device_key *key = NULL;
    struct buffer good = {0};
    assert_int_equal(device_key_create(suite_named("sm"), place->directory, &key, NULL), STATUS_OK);
    device_key_free(key);
    key = NULL;
    assert_int_equal(file_read(place->directory, "device.key", 4096, &good, NULL), STATUS_OK);
    for (size_t at = 0; at < good.size; at += 7) {
        struct buffer bad = {0};
        assert_int_equal(buffer_append(&bad, good.data, good.size), STATUS_OK);
        bad.data[at] ^= 1;
        assert_int_equal(
            file_replace(place->directory, "device.key", buffer_bytes(&bad), 0600, NULL),
            STATUS_OK);
        enum status status = device_key_open(suite_named("sm"), place->directory, &key, NULL);
        /* what is outside the encoded part, or spare bits of its last characters, may change */
        if (status == STATUS_OK) {
            device_key_free(key);
            assert_true(at < 28 || at + 32 > good.size);
        }
        key = NULL;
        buffer_release(&bad);
    }
    assert_int_equal(
        file_replace(place->directory, "device.key", (struct bytes){good.data, 0}, 0600, NULL),
        STATUS_OK);
    assert_int_equal(device_key_open(suite_named("sm"), place->directory, &key, NULL),
                     STATUS_INVALID);
    buffer_release(&good);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(created_key_opens_again_and_is_the_same),
        TEST(absent_key_is_not_found_and_not_made),
        TEST(key_is_never_replaced),
        TEST(stored_key_is_private_and_the_process_dumps_no_core),
        TEST(key_that_others_could_read_is_refused),
        TEST(link_in_the_keys_place_is_refused),
        TEST(key_of_the_other_suite_is_named),
        TEST(damaged_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
