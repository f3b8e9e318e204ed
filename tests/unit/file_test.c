#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

/* Each test has a folder of its own. */
struct place {
    char path[64];
    int directory;
};

static int setup(void **state)
{
    static struct place place;
    (void)snprintf(place.path, sizeof place.path, "/tmp/sealroom-file-XXXXXX");
    if (mkdtemp(place.path) == NULL) {
        return -1;
    }
    place.directory = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = &place;
    return place.directory >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
    struct place *place = *state;
    char command[96];
    file_close(&place->directory);
    (void)snprintf(command, sizeof command, "rm -rf %s", place->path);
    return system(command); // NOLINT(cert-env33-c)
}

static void expect_content(const struct place *place, const char *path, const char *content)
{
    struct buffer buffer = {0};
    assert_int_equal(file_read(place->directory, path, 1000, &buffer, NULL), STATUS_OK);
    assert_true(bytes_equal(buffer_bytes(&buffer), bytes_of_text(content)));
    buffer_release(&buffer);
}

static void expect_absent(const struct place *place, const char *path)
{
    struct buffer buffer = {0};
    assert_int_equal(file_read(place->directory, path, 1000, &buffer, NULL), STATUS_NOT_FOUND);
    buffer_release(&buffer);
}

static void a_file_is_replaced_whole(void **state)
{
    struct place *place = *state;
    assert_int_equal(
        file_replace(place->directory, "note", bytes_of_text("first, long"), 0600, NULL),
        STATUS_OK);
    assert_int_equal(file_replace(place->directory, "note", bytes_of_text("second"), 0600, NULL),
                     STATUS_OK);
    expect_content(place, "note", "second");
    expect_absent(place, "note.new");
    struct stat about;
    assert_int_equal(fstatat(place->directory, "note", &about, 0), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
}

static void a_file_is_created_once(void **state)
{
    struct place *place = *state;
    assert_int_equal(file_create(place->directory, "key", bytes_of_text("one"), 0600, NULL),
                     STATUS_OK);
    assert_int_equal(file_create(place->directory, "key", bytes_of_text("two"), 0600, NULL),
                     STATUS_EXISTS);
    expect_content(place, "key", "one");
    expect_absent(place, "key.new");
}

static void what_a_crash_left_behind_is_in_nobodys_way(void **state)
{
    struct place *place = *state;
    assert_int_equal(symlinkat("victim", place->directory, "key.new"), 0);
    assert_int_equal(file_create(place->directory, "victim", bytes_of_text("v"), 0600, NULL),
                     STATUS_OK);
    assert_int_equal(file_create(place->directory, "key", bytes_of_text("one"), 0600, NULL),
                     STATUS_OK);
    expect_content(place, "key", "one");
    expect_content(place, "victim", "v");
    expect_absent(place, "key.new");
}

static void a_path_may_have_folders(void **state)
{
    struct place *place = *state;
    assert_int_equal(directory_make(place->directory, "a/b//c/", 0750, NULL), STATUS_OK);
    assert_int_equal(directory_make(place->directory, "a/b/c", 0750, NULL), STATUS_OK);
    assert_int_equal(file_create(place->directory, "a/b/c/f", bytes_of_text("x"), 0600, NULL),
                     STATUS_OK);
    expect_content(place, "a/b/c/f", "x");
    char absolute[128];
    (void)snprintf(absolute, sizeof absolute, "%s/x/y", place->path);
    assert_int_equal(directory_make(AT_FDCWD, absolute, 0750, NULL), STATUS_OK);
    (void)snprintf(absolute, sizeof absolute, "%s/x/y/f", place->path);
    assert_int_equal(file_replace(AT_FDCWD, absolute, bytes_of_text("y"), 0600, NULL), STATUS_OK);
    expect_content(place, "x/y/f", "y");
    struct stat about;
    assert_int_equal(fstatat(place->directory, "a/b", &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0750);
}

static void a_folder_cannot_be_where_a_file_is(void **state)
{
    struct place *place = *state;
    struct error error = {0};
    assert_int_equal(file_create(place->directory, "f", bytes_of_text("x"), 0600, NULL), STATUS_OK);
    assert_int_equal(directory_make(place->directory, "f/g", 0750, &error), STATUS_IO);
    assert_int_equal(error.errno_value, ENOTDIR);
    assert_int_equal(file_replace(place->directory, "none/f", bytes_of_text("x"), 0600, NULL),
                     STATUS_NOT_FOUND);
    assert_int_equal(file_replace(place->directory, "none/", bytes_of_text("x"), 0600, NULL),
                     STATUS_INVALID);
    char long_name[400];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(directory_make(place->directory, long_name, 0750, NULL), STATUS_INVALID);
    assert_int_equal(file_create(place->directory, long_name, bytes_of_text("x"), 0600, NULL),
                     STATUS_INVALID);
}

static void a_file_is_removed_once(void **state)
{
    struct place *place = *state;
    assert_int_equal(file_create(place->directory, "f", bytes_of_text("x"), 0600, NULL), STATUS_OK);
    assert_int_equal(file_remove(place->directory, "f", NULL), STATUS_OK);
    assert_int_equal(file_remove(place->directory, "f", NULL), STATUS_NOT_FOUND);
    expect_absent(place, "f");
}

static void nothing_is_reached_through_a_link(void **state)
{
    struct place *place = *state;
    struct error error = {0};
    AUTO_CLOSE int open_file = -1;
    assert_int_equal(directory_make(place->directory, "real/day", 0750, NULL), STATUS_OK);
    assert_int_equal(file_create(place->directory, "real/day/f", bytes_of_text("x"), 0600, NULL),
                     STATUS_OK);
    assert_int_equal(symlinkat("real", place->directory, "link"), 0);
    assert_int_equal(symlinkat("day", place->directory, "real/other"), 0);
    static const char *const paths[] = {"link/day/f",        "real/other/f", "real/../real/day/f",
                                        "real/./day/f",      "real//day/f",  "/etc/passwd",
                                        "link/day/f/beyond", "real/day/",    ""};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(file_open_below(place->directory, paths[i], O_RDONLY), -1);
        assert_int_not_equal(file_remove(place->directory, paths[i], &error), STATUS_OK);
    }
    assert_int_equal(file_open_below(place->directory, "link", O_RDONLY | O_DIRECTORY), -1);
    assert_int_equal(file_open_below(place->directory, "real/gone/f", O_RDONLY), -1);
    assert_int_equal(errno, ENOENT);
    open_file = file_open_below(place->directory, "real/day/f", O_RDONLY);
    assert_true(open_file >= 0);
    assert_int_equal(file_remove(place->directory, "real/day/f", NULL), STATUS_OK);
}

static void reading_is_bounded(void **state)
{
    struct place *place = *state;
    struct buffer buffer = {0};
    struct error error = {0};
    char data[10000];
    memset(data, 'z', sizeof data);
    struct bytes bytes = {(const uint8_t *)data, sizeof data};
    assert_int_equal(file_create(place->directory, "f", bytes, 0600, NULL), STATUS_OK);
    assert_int_equal(file_read(place->directory, "f", 9999, &buffer, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "larger than 9999"));
    assert_int_equal(file_read(place->directory, "f", 10000, &buffer, NULL), STATUS_OK);
    assert_true(bytes_equal(buffer_bytes(&buffer), bytes));
    assert_int_equal(file_read(place->directory, "f", 10000, &buffer, NULL), STATUS_OK);
    assert_int_equal(buffer.size, sizeof data);
    buffer_release(&buffer);
}

static void what_is_no_regular_file_is_not_read(void **state)
{
    struct place *place = *state;
    struct buffer buffer = {0};
    assert_int_equal(mkfifoat(place->directory, "fifo", 0600), 0);
    assert_int_equal(file_read(place->directory, "fifo", 10, &buffer, NULL), STATUS_INVALID);
    assert_int_equal(file_read(place->directory, ".", 10, &buffer, NULL), STATUS_INVALID);
    assert_int_equal(file_read(AT_FDCWD, "/dev/zero", 10, &buffer, NULL), STATUS_INVALID);
    buffer_release(&buffer);
}

static void a_full_disk_is_full(void **state)
{
    (void)state;
    AUTO_CLOSE int descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct error error = {0};
    assert_int_equal(file_write_all(descriptor, bytes_of_text("x"), &error), STATUS_FULL);
    assert_int_equal(error.errno_value, ENOSPC);
}

static void what_cannot_be_made_durable_is_uncertain(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_int_equal(file_sync(pipes[1], "pipe", NULL), STATUS_UNCERTAIN);
    assert_int_equal(directory_sync(-1, "none", NULL), STATUS_UNCERTAIN);
    file_close(&pipes[0]);
    file_close(&pipes[1]);
    assert_int_equal(pipes[0], -1);
}

static void ownership_is_given_up_by_stealing(void **state)
{
    (void)state;
    int descriptor = 5;
    assert_int_equal(file_steal(&descriptor), 5);
    assert_int_equal(descriptor, -1);
    file_close(&descriptor);
}

/* The system's own failures, made by a seccomp filter in a child: from then on `call` answers
 * `errno_value`. Returns what the operation returned there. */
static enum status failing(const struct place *place, int call, int errno_value,
                           enum status (*operation)(int directory))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        if (filter == NULL ||
            seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint16_t)errno_value), call, 0) != 0 ||
            seccomp_load(filter) != 0) {
            _exit(99);
        }
        _exit((int)operation(place->directory));
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_not_equal(WEXITSTATUS(how), 99);
    return (enum status)WEXITSTATUS(how);
}

static enum status replace(int directory)
{
    return file_replace(directory, "f", bytes_of_text("new"), 0600, NULL);
}

static enum status create(int directory)
{
    return file_create(directory, "g", bytes_of_text("new"), 0600, NULL);
}

static enum status remove_f(int directory)
{
    return file_remove(directory, "f", NULL);
}

static enum status make_folder(int directory)
{
    return directory_make(directory, "d", 0750, NULL);
}

static enum status read_f(int directory)
{
    struct buffer buffer = {0};
    enum status status = file_read(directory, "f", 100, &buffer, NULL);
    buffer_release(&buffer);
    return status;
}

static void a_failure_before_the_rename_leaves_the_old_file(void **state)
{
    struct place *place = *state;
    static const struct {
        int call;
        int errno_value;
        enum status expected;
        enum status (*operation)(int directory);
    } faults[] = {
        {SCMP_SYS(openat), EIO, STATUS_IO, replace},
        {SCMP_SYS(openat), EACCES, STATUS_IO, create},
        {SCMP_SYS(write), EIO, STATUS_IO, replace},
        {SCMP_SYS(write), EIO, STATUS_IO, create},
        {SCMP_SYS(write), ENOSPC, STATUS_FULL, replace},
        {SCMP_SYS(write), EDQUOT, STATUS_FULL, create},
        {SCMP_SYS(fdatasync), EIO, STATUS_UNCERTAIN, replace},
        {SCMP_SYS(fdatasync), ENOSPC, STATUS_UNCERTAIN, create},
        {SCMP_SYS(renameat), EIO, STATUS_IO, replace},
        {SCMP_SYS(renameat), ENOSPC, STATUS_FULL, replace},
        {SCMP_SYS(renameat2), EIO, STATUS_IO, create},
        {SCMP_SYS(renameat2), ENOSPC, STATUS_FULL, create},
    };
    assert_int_equal(file_create(place->directory, "f", bytes_of_text("old"), 0600, NULL),
                     STATUS_OK);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        assert_int_equal(failing(place, faults[i].call, faults[i].errno_value, faults[i].operation),
                         faults[i].expected);
        expect_content(place, "f", "old");
        expect_absent(place, "f.new");
        expect_absent(place, "g");
        expect_absent(place, "g.new");
    }
}

static void a_file_system_that_cannot_rename_beside_is_served_too(void **state)
{
    struct place *place = *state;
    assert_int_equal(failing(place, SCMP_SYS(renameat2), EINVAL, create), STATUS_OK);
    expect_content(place, "g", "new");
    expect_absent(place, "g.new");
    assert_int_equal(file_replace(place->directory, "g", bytes_of_text("mine"), 0600, NULL),
                     STATUS_OK);
    assert_int_equal(failing(place, SCMP_SYS(renameat2), EINVAL, create), STATUS_EXISTS);
    expect_content(place, "g", "mine");
    expect_absent(place, "g.new");
}

static void a_folder_that_is_not_durable_leaves_the_outcome_uncertain(void **state)
{
    struct place *place = *state;
    assert_int_equal(file_create(place->directory, "f", bytes_of_text("old"), 0600, NULL),
                     STATUS_OK);
    assert_int_equal(failing(place, SCMP_SYS(fsync), EIO, replace), STATUS_UNCERTAIN);
    assert_int_equal(failing(place, SCMP_SYS(fsync), EIO, create), STATUS_UNCERTAIN);
    assert_int_equal(failing(place, SCMP_SYS(fsync), EIO, make_folder), STATUS_UNCERTAIN);
    assert_int_equal(failing(place, SCMP_SYS(fsync), EIO, remove_f), STATUS_UNCERTAIN);
}

static void other_failures_are_told(void **state)
{
    struct place *place = *state;
    assert_int_equal(file_create(place->directory, "f", bytes_of_text("old"), 0600, NULL),
                     STATUS_OK);
    assert_int_equal(failing(place, SCMP_SYS(read), EIO, read_f), STATUS_IO);
    assert_int_equal(failing(place, SCMP_SYS(openat), EACCES, read_f), STATUS_IO);
    assert_int_equal(failing(place, SCMP_SYS(mkdirat), ENOSPC, make_folder), STATUS_FULL);
    assert_int_equal(failing(place, SCMP_SYS(unlinkat), EIO, remove_f), STATUS_IO);
    expect_content(place, "f", "old");
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_file_is_replaced_whole),
        FILE_TEST(a_file_is_created_once),
        FILE_TEST(what_a_crash_left_behind_is_in_nobodys_way),
        FILE_TEST(a_path_may_have_folders),
        FILE_TEST(a_folder_cannot_be_where_a_file_is),
        FILE_TEST(a_file_is_removed_once),
        FILE_TEST(nothing_is_reached_through_a_link),
        FILE_TEST(reading_is_bounded),
        FILE_TEST(what_is_no_regular_file_is_not_read),
        cmocka_unit_test(a_full_disk_is_full),
        cmocka_unit_test(what_cannot_be_made_durable_is_uncertain),
        cmocka_unit_test(ownership_is_given_up_by_stealing),
        FILE_TEST(a_failure_before_the_rename_leaves_the_old_file),
        FILE_TEST(a_file_system_that_cannot_rename_beside_is_served_too),
        FILE_TEST(a_folder_that_is_not_durable_leaves_the_outcome_uncertain),
        FILE_TEST(other_failures_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
