/*
 * Digests of parts of files, mapped and copied alike, held against those of the same bytes in
 * memory; and a mapped file that is cut off.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "audit/file_hash.h"
#include "base/file.h"

#define KB        ((uint64_t)1024)
#define MB        (1024 * KB)
#define FILE_SIZE (9 * MB / 2 + 77) /* its last page is no whole one */
#define SENTENCE  "cut off\n"

struct fixture {
    int file;
    uint8_t *bytes; /* what is in it */
    uint8_t *room;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    uint32_t seed = 1;
    assert_non_null(fixture);
    fixture->file = memfd_create("file", MFD_CLOEXEC);
    fixture->bytes = malloc(FILE_SIZE);
    fixture->room = malloc(FILE_HASH_ROOM);
    assert_true(fixture->file >= 0 && fixture->bytes != NULL && fixture->room != NULL);
    for (size_t i = 0; i < FILE_SIZE; i++) {
        seed = seed * 1664525u + 1013904223u;
        fixture->bytes[i] = (uint8_t)(seed >> 24);
    }
    assert_int_equal(file_write_all(fixture->file, (struct bytes){fixture->bytes, FILE_SIZE}, NULL),
                     STATUS_OK);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    close(fixture->file);
    free(fixture->bytes);
    free(fixture->room);
    free(fixture);
    return 0;
}

static enum status hash_in(struct file_window *window, uint64_t offset, uint64_t size,
                           struct digest digests[2])
{
    static const enum digest_algorithm algorithms[] = {DIGEST_SHA256, DIGEST_SM3};
    struct hasher *hashers[2] = {NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(hasher_new(algorithms[i], &hashers[i], NULL), STATUS_OK);
        hasher_begin(hashers[i]);
    }
    enum status status = file_hash(window, offset, size, hashers, 2);
    for (size_t i = 0; i < 2; i++) {
        hasher_end(hashers[i], &digests[i]);
        hasher_free(hashers[i]);
    }
    return status;
}

static enum status hash(const struct fixture *fixture, uint64_t offset, uint64_t size,
                        struct digest digests[2])
{
    struct file_window window = {.file = fixture->file, .room = fixture->room};
    enum status status = hash_in(&window, offset, size, digests);
    file_window_close(&window);
    return status;
}

static void assert_digests(const struct fixture *fixture, uint64_t offset, uint64_t size,
                           const struct digest found[2])
{
    struct bytes bytes = {fixture->bytes + offset, size};
    struct digest digest;
    digest_of(DIGEST_SHA256, bytes, &digest);
    assert_true(digest_equal(&digest, &found[0]));
    digest_of(DIGEST_SM3, bytes, &digest);
    assert_true(digest_equal(&digest, &found[1]));
}

static void parts_of_every_size_have_the_digest_of_their_bytes(void **state)
{
    /* mapped from 192 KiB on, 4 MiB at a time */
    static const uint64_t sizes[] = {0,
                                     1,
                                     4095,
                                     4096,
                                     4097,
                                     192 * KB - 1,
                                     192 * KB,
                                     192 * KB + 1,
                                     MB - 1,
                                     MB,
                                     4 * MB - 1,
                                     4 * MB,
                                     4 * MB + 1,
                                     4 * MB + 192 * KB - 1,
                                     4 * MB + 192 * KB};
    static const uint64_t offsets[] = {0, 1, 4095, 4097};
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < sizeof offsets / sizeof offsets[0]; j++) {
            struct digest found[2];
            assert_int_equal(hash(fixture, offsets[j], sizes[i], found), STATUS_OK);
            assert_digests(fixture, offsets[j], sizes[i], found);
        }
    }
}

static void parts_of_one_window_have_the_digests_of_their_bytes(void **state)
{
    /* small ones too, beyond the window, back before it, and again */
    static const struct {
        uint64_t offset;
        uint64_t size;
    } parts[] = {{5, 10},         {15, MB / 2},         {15 + MB / 2, 100},
                 {4 * MB - 3, 4}, {4 * MB - 3, MB / 2}, {4 * MB + MB / 4, MB / 4 + 77},
                 {MB, MB},        {MB - 1, 2 * MB},     {0, FILE_SIZE},
                 {FILE_SIZE, 0},  {FILE_SIZE - 1, 1}};
    struct fixture *fixture = *state;
    struct file_window window = {
        .file = fixture->file, .room = fixture->room, .until = FILE_SIZE + 9};
    struct digest found[2];
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_int_equal(hash_in(&window, parts[i].offset, parts[i].size, found), STATUS_OK);
        assert_digests(fixture, parts[i].offset, parts[i].size, found);
    }
    assert_int_equal(hash_in(&window, 0, MB, found), STATUS_OK);
    assert_int_equal(ftruncate(fixture->file, (off_t)MB), 0);
    assert_int_equal(hash_in(&window, MB, 1, found), STATUS_END);
    assert_int_equal(hash_in(&window, 0, MB, found), STATUS_OK);
    assert_digests(fixture, 0, MB, found);
    file_window_close(&window);
}

static void a_part_reaches_to_the_end_and_no_further(void **state)
{
    struct fixture *fixture = *state;
    struct digest found[2];
    assert_int_equal(hash(fixture, FILE_SIZE - MB, MB, found), STATUS_OK);
    assert_int_equal(hash(fixture, FILE_SIZE - MB, MB + 1, found), STATUS_END);
    assert_int_equal(hash(fixture, FILE_SIZE, 0, found), STATUS_OK);
    assert_int_equal(hash(fixture, FILE_SIZE + 1, 0, found), STATUS_END);
    assert_int_equal(hash(fixture, 1, UINT64_MAX, found), STATUS_END);
    assert_int_equal(ftruncate(fixture->file, (off_t)MB), 0);
    assert_int_equal(hash(fixture, 0, MB, found), STATUS_OK);
    assert_int_equal(hash(fixture, 0, MB + 1, found), STATUS_END);
}

/* In a process of its own: its exit status; *said is what it wrote. */
static int map_and_read(int file, char said[64])
{
    int pipes[2];
    int status = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(pipes[1], STDERR_FILENO);
        file_hash_or_exit(SENTENCE);
        const volatile uint8_t *map = mmap(NULL, MB, PROT_READ, MAP_SHARED, file, 0);
        _exit(ftruncate(file, 0) == 0 && map[MB / 2] == 0 ? 0 : 1);
    }
    close(pipes[1]);
    ssize_t size = read(pipes[0], said, 63);
    said[size > 0 ? size : 0] = '\0';
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_mapped_file_that_is_cut_off_ends_it_in_words(void **state)
{
    const struct fixture *fixture = *state;
    char said[64];
    assert_int_equal(map_and_read(fixture->file, said), 2);
    assert_string_equal(said, SENTENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parts_of_every_size_have_the_digest_of_their_bytes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(parts_of_one_window_have_the_digests_of_their_bytes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_part_reaches_to_the_end_and_no_further, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_mapped_file_that_is_cut_off_ends_it_in_words, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
