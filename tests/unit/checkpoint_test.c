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
#include <unistd.h>

#include "ledger/checkpoint.h"
#include "ledger/note.h"

static const char *const suite_names[] = {"sm", "nist"};

struct fixture {
    struct device_key *keys[2]; /* one a suite */
    struct device_key *others[2];
};

static struct device_key *make_key(const char *suite)
{
    char path[] = "/tmp/sealroom-checkpoint-test-XXXXXX";
    struct device_key *key = NULL;
    assert_non_null(mkdtemp(path));
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(device_key_create(suite_named(suite), directory, &key, NULL), STATUS_OK);
    assert_int_equal(unlinkat(directory, "device.key", 0), 0);
    close(directory);
    rmdir(path);
    return key;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    for (size_t i = 0; i < 2; i++) {
        fixture->keys[i] = make_key(suite_names[i]);
        fixture->others[i] = make_key(suite_names[i]);
    }
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < 2; i++) {
        device_key_free(fixture->keys[i]);
        device_key_free(fixture->others[i]);
    }
    free(fixture);
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker of the asan preset traces its own process */
    return 0;
}

static struct checkpoint example(void)
{
    struct checkpoint checkpoint = {.origin = "sealroom/5f2d3c", .size = 1234567};
    memset(checkpoint.root.bytes, 0xa7, DIGEST_BYTES);
    return checkpoint;
}

static enum status verify(const struct device_key *key, struct bytes note,
                          struct checkpoint *checkpoint)
{
    return checkpoint_verify(device_key_suite(key), device_key_public(key), note, checkpoint, NULL);
}

static void signed_checkpoint_has_the_standards_form(void **state)
{
    struct fixture *fixture = *state;
    struct buffer note = {0};
    struct checkpoint checkpoint = example(), parsed = {0};
    static const char text[] = "sealroom/5f2d3c\n1234567\n"
                               "p6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6c=\n\n"
                               "\xe2\x80\x94 sealroom/5f2d3c ";
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(checkpoint_sign(fixture->keys[i], &checkpoint, &note, NULL), STATUS_OK);
        assert_memory_equal(note.data, text, sizeof(text) - 1);
        assert_int_equal(note.data[note.size - 1], '\n');
        assert_true(note.size <= CHECKPOINT_SIZE_MAX);
        assert_int_equal(verify(fixture->keys[i], buffer_bytes(&note), &parsed), STATUS_OK);
        assert_string_equal(parsed.origin, checkpoint.origin);
        assert_int_equal(parsed.size, checkpoint.size);
        assert_true(digest_equal(&parsed.root, &checkpoint.root));
    }
    buffer_release(&note);
}

/* The key id stands in the first four bytes of the signature. */
static void key_ids_are_those_of_the_document(void **state)
{
    struct fixture *fixture = *state;
    struct checkpoint checkpoint = example();
    for (size_t i = 0; i < 2; i++) {
        struct buffer note = {0}, input = {0}, value = {0};
        struct bytes spki = public_key_spki(device_key_public(fixture->keys[i]));
        if (i == 0) {
            assert_int_equal(buffer_append_text(&input, "sealroom/5f2d3c\n\xff"
                                                        "sealroom SM2-SM3 signed note v1"),
                             STATUS_OK);
        }
        assert_int_equal(buffer_append(&input, spki.data, spki.size), STATUS_OK);
        struct digest id;
        digest_of(DIGEST_SHA256, buffer_bytes(&input), &id);

        assert_int_equal(checkpoint_sign(fixture->keys[i], &checkpoint, &note, NULL), STATUS_OK);
        const uint8_t *last = memrchr(note.data, ' ', note.size);
        struct bytes text = {last + 1, (size_t)(note.data + note.size - 1 - (last + 1))};
        assert_int_equal(base64_decode(text, &value), STATUS_OK);
        assert_memory_equal(value.data, id.bytes, 4);
        buffer_release(&note);
        buffer_release(&input);
        buffer_release(&value);
    }
}

static void every_changed_byte_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct checkpoint checkpoint = example(), parsed;
    for (size_t i = 0; i < 2; i++) {
        struct buffer note = {0};
        assert_int_equal(checkpoint_sign(fixture->keys[i], &checkpoint, &note, NULL), STATUS_OK);
        for (size_t bit = 0; bit < note.size * 8; bit++) {
            note.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_not_equal(verify(fixture->keys[i], buffer_bytes(&note), &parsed), STATUS_OK);
            note.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t size = 0; size < note.size; size++) {
            assert_int_not_equal(verify(fixture->keys[i], (struct bytes){note.data, size}, &parsed),
                                 STATUS_OK);
        }
        buffer_release(&note);
    }
}

static void changed_text_is_a_mismatch_not_a_stranger(void **state)
{
    struct fixture *fixture = *state;
    struct checkpoint checkpoint = example(), parsed;
    struct buffer note = {0};
    assert_int_equal(checkpoint_sign(fixture->keys[0], &checkpoint, &note, NULL), STATUS_OK);
    uint8_t *size = (uint8_t *)strchr((char *)note.data, '\n') + 1;
    *size = '9';
    assert_int_equal(verify(fixture->keys[0], buffer_bytes(&note), &parsed), STATUS_MISMATCH);
    buffer_release(&note);
}

static void other_keys_are_strangers(void **state)
{
    struct fixture *fixture = *state;
    struct checkpoint checkpoint = example(), parsed;
    for (size_t i = 0; i < 2; i++) {
        struct buffer note = {0};
        assert_int_equal(checkpoint_sign(fixture->others[i], &checkpoint, &note, NULL), STATUS_OK);
        assert_int_equal(verify(fixture->keys[i], buffer_bytes(&note), &parsed), STATUS_NOT_FOUND);
        assert_int_equal(verify(fixture->keys[1 - i], buffer_bytes(&note), &parsed),
                         STATUS_NOT_FOUND);
        buffer_release(&note);
    }
}

/* A witness may add its line; the ledger's own still counts. */
static void lines_by_others_are_passed_over(void **state)
{
    struct fixture *fixture = *state;
    struct checkpoint checkpoint = example(), parsed;
    struct buffer note = {0};
    assert_int_equal(checkpoint_sign(fixture->keys[0], &checkpoint, &note, NULL), STATUS_OK);
    size_t own = note.size;
    assert_int_equal(buffer_append_text(&note, "\xe2\x80\x94 witness.example/w AAAAAAAAAAA=\n"),
                     STATUS_OK);
    assert_int_equal(verify(fixture->keys[0], buffer_bytes(&note), &parsed), STATUS_OK);

    note.size = own;
    assert_int_equal(buffer_append_text(&note, "\xe2\x80\x94 witness.example/w AAAA\n"),
                     STATUS_OK); /* no signature behind the key id */
    assert_int_equal(verify(fixture->keys[0], buffer_bytes(&note), &parsed), STATUS_INVALID);
    note.size = own;
    assert_int_equal(buffer_append_text(&note, "witness\n"), STATUS_OK);
    assert_int_equal(verify(fixture->keys[0], buffer_bytes(&note), &parsed), STATUS_INVALID);
    buffer_release(&note);
}

static void second_wrong_signature_of_the_same_key_is_a_mismatch(void **state)
{
    struct fixture *fixture = *state;
    struct checkpoint checkpoint = example(), parsed;
    struct buffer note = {0}, other = {0};
    assert_int_equal(checkpoint_sign(fixture->keys[0], &checkpoint, &note, NULL), STATUS_OK);
    checkpoint.size++;
    assert_int_equal(checkpoint_sign(fixture->keys[0], &checkpoint, &other, NULL), STATUS_OK);
    const char *line = strstr((char *)other.data, "\n\n") + 2;
    assert_int_equal(
        buffer_append(&note, line, (size_t)(other.data + other.size - (const uint8_t *)line)),
        STATUS_OK);
    assert_int_equal(verify(fixture->keys[0], buffer_bytes(&note), &parsed), STATUS_MISMATCH);
    buffer_release(&note);
    buffer_release(&other);
}

#define ROOT "p6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6c="
#define LINE "\xe2\x80\x94 a AAAAAAAAAAA=\n"

static void text_is_read_strictly(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "\n",
        "\n\n",
        "a\n1\n" ROOT "\n\n",       /* no signature */
        "a\n1\n" ROOT "\n" LINE,    /* no empty line */
        "a\n01\n" ROOT "\n\n" LINE, /* leading zero */
        "a\n\n" ROOT "\n\n" LINE,   /* no size */
        "a\n-1\n" ROOT "\n\n" LINE,
        "a\n1 \n" ROOT "\n\n" LINE,
        "a\n18446744073709551616\n" ROOT "\n\n" LINE, /* 2^64 */
        "a\n1\n" ROOT "\nextension\n\n" LINE,
        "a\n1\np6c=\n\n" LINE, /* root too short */
        "a\n1\np6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enpw==\n\n" LINE,
        "\n1\n" ROOT "\n\n" LINE, /* no origin */
        "a b\n1\n" ROOT "\n\n" LINE,
        "a+b\n1\n" ROOT "\n\n" LINE,
        "a\xe2\x80\x83\n1\n" ROOT "\n\n" LINE, /* an em space */
        "a\xff\n1\n" ROOT "\n\n" LINE,         /* not UTF-8 */
        "a\r\n1\n" ROOT "\n\n" LINE,
        "a\n1\n" ROOT "\n\n- a AAAAAAAAAAA=\n", /* a hyphen for the dash */
        "a\n1\n" ROOT "\n\n"
        "\xe2\x80\x94 a AAAAAAAAAAA=", /* no newline at the end */
        "a\n1\n" ROOT "\n\n"
        "\xe2\x80\x94 a  AAAAAAAAAAA=\n",
        "a\n1\n" ROOT "\n\n"
        "\xe2\x80\x94  AAAAAAAAAAA=\n", /* no name */
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct checkpoint parsed;
        if (checkpoint_parse(bytes_of_text(refused[i]), &parsed, NULL) != STATUS_INVALID) {
            fail_msg("taken: %s", refused[i]);
        }
    }
    struct checkpoint parsed;
    assert_int_equal(checkpoint_parse(bytes_of_text("a\n18446744073709551615\n" ROOT "\n\n" LINE),
                                      &parsed, NULL),
                     STATUS_OK);
    assert_true(parsed.size == UINT64_MAX);
    assert_int_equal(checkpoint_parse(bytes_of_text("a\n0\n" ROOT "\n\n" LINE), &parsed, NULL),
                     STATUS_OK);
    assert_int_equal(parsed.size, 0);
}

static void oversized_note_is_refused(void **state)
{
    (void)state;
    struct buffer note = {0};
    struct checkpoint parsed;
    assert_int_equal(buffer_append_text(&note, "a\n1\n" ROOT "\n\n"), STATUS_OK);
    while (note.size <= CHECKPOINT_SIZE_MAX) {
        assert_int_equal(checkpoint_parse(buffer_bytes(&note), &parsed, NULL),
                         note.size < 60 ? STATUS_INVALID : STATUS_OK);
        assert_int_equal(buffer_append_text(&note, "\xe2\x80\x94 witness.example/a-name-that-is-"
                                                   "rather-long AAAAAAAAAAA=\n"),
                         STATUS_OK);
    }
    assert_int_equal(checkpoint_parse(buffer_bytes(&note), &parsed, NULL), STATUS_INVALID);
    buffer_release(&note);
}

static void origin_that_cannot_be_a_name_is_not_signed(void **state)
{
    struct fixture *fixture = *state;
    struct buffer note = {0};
    static const char *const origins[] = {"", "a b", "a\nb", "a+b", "a\xc2\xa0", "\xff"};
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        struct checkpoint checkpoint = {.size = 1};
        (void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", origins[i]);
        assert_int_equal(checkpoint_sign(fixture->keys[0], &checkpoint, &note, NULL),
                         STATUS_INVALID);
    }
    buffer_release(&note);
}

static void note_text_may_hold_empty_lines(void **state)
{
    struct fixture *fixture = *state;
    struct buffer note = {0};
    struct bytes text;
    static const char poem[] = "one\n\ntwo\n";
    for (size_t i = 0; i < 2; i++) {
        buffer_clear(&note);
        assert_int_equal(buffer_append_text(&note, poem), STATUS_OK);
        assert_int_equal(note_sign(fixture->keys[i], "name", &note, NULL), STATUS_OK);
        assert_int_equal(note_verify(suite_named(suite_names[i]),
                                     device_key_public(fixture->keys[i]), "name",
                                     buffer_bytes(&note), &text, NULL),
                         STATUS_OK);
        assert_true(bytes_equal(text, bytes_of_text(poem)));
        assert_int_equal(note_verify(suite_named(suite_names[i]),
                                     device_key_public(fixture->keys[i]), "other",
                                     buffer_bytes(&note), &text, NULL),
                         STATUS_NOT_FOUND);
    }
    buffer_release(&note);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_checkpoint_has_the_standards_form),
        cmocka_unit_test(key_ids_are_those_of_the_document),
        cmocka_unit_test(every_changed_byte_is_refused),
        cmocka_unit_test(changed_text_is_a_mismatch_not_a_stranger),
        cmocka_unit_test(other_keys_are_strangers),
        cmocka_unit_test(lines_by_others_are_passed_over),
        cmocka_unit_test(second_wrong_signature_of_the_same_key_is_a_mismatch),
        cmocka_unit_test(text_is_read_strictly),
        cmocka_unit_test(oversized_note_is_refused),
        cmocka_unit_test(origin_that_cannot_be_a_name_is_not_signed),
        cmocka_unit_test(note_text_may_hold_empty_lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
