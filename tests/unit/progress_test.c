#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "ledger/note.h"
#include "store/progress.h"
#include "support/ledger_fixture.h"

#define AUTO_BUFFER __attribute__((cleanup(buffer_release)))

struct notes {
    struct ledger_fixture base;
    int directory;
    struct progress_note note;
    struct progress_found found;
};

static void notes_begin(struct notes *notes, const char *suite)
{
    memset(notes, 0, sizeof(*notes));
    fixture_begin(&notes->base, suite);
    notes->directory = open(notes->base.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(notes->note.origin, sizeof(notes->note.origin), "%s",
             ledger_origin(notes->base.ledger));
    snprintf(notes->note.boot_id, sizeof(notes->note.boot_id), "%s", notes->base.clock.boot_id);
    notes->note.at_utc_ns = notes->base.now.utc_ns;
    notes->note.checkpoint_size = 7;
    memset(notes->note.checkpoint_root.bytes, 7, DIGEST_BYTES);
    notes->note.count = 2;
    for (size_t i = 0; i < 2; i++) {
        struct progress_segment *segment = &notes->note.segments[i];

        snprintf(segment->camera, sizeof(segment->camera), "gate-%zu", i);
        segment_id_make(segment->id, notes->base.now.utc_ns);
        segment->size = 1000 + i;
        segment->pieces = 3;
        segment->start_utc_ns = notes->base.now.utc_ns;
        segment->end_utc_ns = notes->base.now.utc_ns + 5;
        segment->roots.has_sm3 = i == 1;
        memset(segment->roots.sha256.bytes, 0x11, DIGEST_BYTES);
        memset(segment->roots.sm3.bytes, i == 1 ? 0x22 : 0, DIGEST_BYTES);
    }
}

static void notes_end(struct notes *notes)
{
    file_close(&notes->directory);
    fixture_end(&notes->base);
}
#define AUTO_NOTES __attribute__((cleanup(notes_end)))

static struct buffer sign(struct notes *notes, uint64_t sequence)
{
    struct buffer bytes = {0};

    notes->note.sequence = sequence;
    assert_int_equal(progress_sign(notes->base.key, &notes->note, &bytes, NULL), STATUS_OK);
    return bytes;
}

static void write_slot(struct notes *notes, int slot, uint64_t sequence)
{
    AUTO_BUFFER struct buffer bytes = sign(notes, sequence);

    assert_int_equal(progress_write(notes->directory, slot, buffer_bytes(&bytes), NULL), STATUS_OK);
}

static void read_notes(struct notes *notes)
{
    assert_int_equal(progress_read(notes->directory, notes->base.suite,
                                   device_key_public(notes->base.key), notes->note.origin,
                                   &notes->found, NULL),
                     STATUS_OK);
}

static void a_note_comes_back_the_same(void **state)
{
    static const char *const suites[] = {"sm", "nist"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        AUTO_NOTES struct notes notes;

        notes_begin(&notes, suites[i]);
        write_slot(&notes, 0, 41);
        read_notes(&notes);
        assert_int_equal(notes.found.state[0], PROGRESS_VALID);
        assert_int_equal(notes.found.state[1], PROGRESS_ABSENT);
        assert_int_equal(notes.found.newest, 0);
        assert_memory_equal(&notes.found.note, &notes.note, sizeof(notes.note));
        assert_non_null(progress_find(&notes.found.note, notes.note.segments[1].id));
        assert_null(progress_find(&notes.found.note, "x"));
    }
}

static void the_newer_valid_note_is_taken(void **state)
{
    AUTO_NOTES struct notes notes;

    (void)state;
    notes_begin(&notes, "nist");
    read_notes(&notes);
    assert_int_equal(notes.found.newest, -1);
    write_slot(&notes, 0, 9);
    write_slot(&notes, 1, 10);
    read_notes(&notes);
    assert_int_equal(notes.found.newest, 1);
    assert_int_equal(notes.found.note.sequence, 10);
    /* 11 is longer than what it is written over, and 12 shorter. */
    write_slot(&notes, 0, 11);
    notes.note.count = 0;
    write_slot(&notes, 1, 12);
    read_notes(&notes);
    assert_int_equal(notes.found.newest, 1);
    assert_int_equal(notes.found.note.count, 0);
    assert_int_equal(notes.found.state[0], PROGRESS_VALID);
}

/* What a power cut in the middle of a write leaves: the front of the new note, the rest of the
 * old one. At every byte of either slot the other note is found, and the torn one called so. */
static void a_slot_torn_anywhere_leaves_the_other(void **state)
{
    AUTO_NOTES struct notes notes;

    (void)state;
    notes_begin(&notes, "nist");
    for (int slot = 0; slot < 2; slot++) {
        AUTO_BUFFER struct buffer old = sign(&notes, 20);
        AUTO_BUFFER struct buffer newer = sign(&notes, 22);
        size_t common = 0;

        write_slot(&notes, 1 - slot, 21);
        while (common < old.size && old.data[common] == newer.data[common])
            common++;
        for (size_t cut = common + 1; cut < newer.size; cut++) {
            AUTO_BUFFER struct buffer torn = {0};

            assert_int_equal(buffer_append(&torn, newer.data, cut), STATUS_OK);
            if (cut < old.size)
                assert_int_equal(buffer_append(&torn, old.data + cut, old.size - cut), STATUS_OK);
            /* Signatures differ in length, and the last bytes can be the same. */
            if (bytes_equal(buffer_bytes(&torn), buffer_bytes(&newer)))
                continue;
            assert_int_equal(progress_write(notes.directory, slot, buffer_bytes(&torn), NULL),
                             STATUS_OK);
            read_notes(&notes);
            assert_int_equal(notes.found.state[slot], PROGRESS_INVALID);
            assert_int_equal(notes.found.newest, 1 - slot);
            assert_int_equal(notes.found.note.sequence, 21);
            assert_true(notes.found.detail[0] != '\0');
        }
    }
}

static void a_slot_cut_short_anywhere_is_invalid(void **state)
{
    AUTO_NOTES struct notes notes;
    AUTO_BUFFER struct buffer bytes = {0};

    (void)state;
    notes_begin(&notes, "sm");
    bytes = sign(&notes, 5);
    for (size_t size = 0; size < bytes.size; size++) {
        assert_int_equal(progress_write(notes.directory, 0, (struct bytes){bytes.data, size}, NULL),
                         STATUS_OK);
        read_notes(&notes);
        assert_int_equal(notes.found.state[0], PROGRESS_INVALID);
        assert_int_equal(notes.found.newest, -1);
    }
}

static void one_flipped_bit_makes_it_invalid(void **state)
{
    AUTO_NOTES struct notes notes;
    AUTO_BUFFER struct buffer bytes = {0};

    (void)state;
    notes_begin(&notes, "nist");
    bytes = sign(&notes, 5);
    for (size_t i = 0; i < bytes.size; i++) {
        struct progress_note note;

        bytes.data[i] ^= (uint8_t)(1u << (i % 8));
        assert_int_not_equal(progress_verify(notes.base.suite, device_key_public(notes.base.key),
                                             notes.note.origin, buffer_bytes(&bytes), &note, NULL),
                             STATUS_OK);
        bytes.data[i] ^= (uint8_t)(1u << (i % 8));
    }
}

/* Well signed, but not written in the one way there is. */
static void another_way_to_write_it_is_malformed(void **state)
{
    static const char *const rests[] = {
        "sequence 05\ntime 2026-11-22T08:13:42.000000123Z\ncheckpoint 0 %s\n",
        "sequence 5\ntime 2026-11-22T08:13:42.000000123Z\ncheckpoint 0 %s\n\n",
        "sequence 5\ntime 2026-11-22T08:13:42.000000123Z\ncheckpoint  0 %s\n",
        "sequence 5\ntime 2026-11-22T08:13:42.000000123Z\ncheckpoint 0 %s\nsegment\n",
        "sequence 5\ntime 2026-11-22T08:13:42Z\ncheckpoint 0 %s\n",
        ("sequence 5\ntime 2026-11-22T08:13:42.000000123Z\ncheckpoint 0 %s\n"
         "segment gate 20261122T081342Z-0123456789abcdef 0 04294967296 0 0 %s -\n"),
    };
    char zeros[2 * DIGEST_BYTES + 1];
    AUTO_NOTES struct notes notes;

    (void)state;
    notes_begin(&notes, "nist");
    memset(zeros, '0', sizeof(zeros) - 1);
    zeros[sizeof(zeros) - 1] = '\0';
    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
        AUTO_BUFFER struct buffer bytes = {0};
        struct progress_note note;
        char rest[512];

        (void)snprintf(rest, sizeof(rest), rests[i], zeros, zeros);
        assert_int_equal(buffer_append_format(&bytes,
                                              "sealroom progress v1\norigin %s\nboot %s\n%s",
                                              notes.note.origin, notes.note.boot_id, rest),
                         STATUS_OK);
        assert_int_equal(note_sign(notes.base.key, notes.note.origin, &bytes, NULL), STATUS_OK);
        assert_int_equal(progress_verify(notes.base.suite, device_key_public(notes.base.key),
                                         notes.note.origin, buffer_bytes(&bytes), &note, NULL),
                         STATUS_INVALID);
    }
}

static void another_ledgers_note_is_not_taken(void **state)
{
    AUTO_NOTES struct notes notes;
    AUTO_NOTES struct notes other;
    AUTO_BUFFER struct buffer bytes = {0};
    struct progress_note note;

    (void)state;
    notes_begin(&notes, "nist");
    notes_begin(&other, "nist");
    bytes = sign(&other, 5);
    assert_int_equal(progress_verify(notes.base.suite, device_key_public(other.base.key),
                                     notes.note.origin, buffer_bytes(&bytes), &note, NULL),
                     STATUS_NOT_FOUND);
    assert_int_not_equal(progress_verify(notes.base.suite, device_key_public(notes.base.key),
                                         other.note.origin, buffer_bytes(&bytes), &note, NULL),
                         STATUS_OK);
}

/* Whoever writes the notes may not wait for a reader that never comes. */
static void a_slot_that_is_no_file_is_refused_at_once(void **state)
{
    AUTO_NOTES struct notes notes;
    struct error error = {0};
    const struct bytes text = bytes_of_text("x");

    (void)state;
    notes_begin(&notes, "sm");
    assert_int_equal(mkfifoat(notes.directory, progress_slot_names[0], 0600), 0);
    (void)alarm(20);
    assert_int_equal(progress_write(notes.directory, 0, text, &error), STATUS_INVALID);
    assert_string_equal(error.text, "progress.0 is not a regular file");
    AUTO_CLOSE int reader =
        openat(notes.directory, progress_slot_names[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_int_equal(progress_write(notes.directory, 0, text, &error), STATUS_INVALID);
    (void)alarm(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_comes_back_the_same),
        cmocka_unit_test(the_newer_valid_note_is_taken),
        cmocka_unit_test(a_slot_torn_anywhere_leaves_the_other),
        cmocka_unit_test(a_slot_cut_short_anywhere_is_invalid),
        cmocka_unit_test(one_flipped_bit_makes_it_invalid),
        cmocka_unit_test(another_way_to_write_it_is_malformed),
        cmocka_unit_test(another_ledgers_note_is_not_taken),
        cmocka_unit_test(a_slot_that_is_no_file_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
