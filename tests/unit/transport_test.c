/* A package encrypted for its way: others open it with the pass phrase, and with nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <zip.h>

#include "base/file.h"
#include "evidence/transport.h"
#include "evidence/zip_reader.h"

#define PHRASE "correct horse battery"

static const struct pass_phrase phrase = {PHRASE};

static int memory_file(const void *data, size_t size)
{
    int file = memfd_create("transport-test", MFD_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(file_write_all(file, (struct bytes){data, size}, NULL), STATUS_OK);
    return file;
}

/* Some bytes of any size; the caller's to close. */
static int package_of(size_t size)
{
    AUTO_CLOSE int file = memory_file("", 0);
    uint8_t chunk[4096];
    for (size_t done = 0; done < size; done += sizeof chunk) {
        memset(chunk, (int)(done >> 12) + 1, sizeof chunk);
        size_t part = size - done < sizeof chunk ? size - done : sizeof chunk;
        assert_int_equal(file_write_all(file, (struct bytes){chunk, part}, NULL), STATUS_OK);
    }
    return file_steal(&file);
}

static void encrypt(int from, int to)
{
    struct transport_plan transport = {.from = from, .to = to, .name = "gate.zip"};
    struct error error = {0};
    if (transport_encrypt(&transport, &phrase, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
}

/* By libzip. Negative: it cannot be opened so. */
static zip_int64_t open_with(int file, const char *text, void *data, size_t size)
{
    zip_int64_t got = -1;
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    zip_t *zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, NULL);
    assert_non_null(zip);
    assert_int_equal(zip_get_num_entries(zip, 0), 1);
    assert_string_equal(zip_get_name(zip, 0, 0), "gate.zip");
    zip_file_t *member = zip_fopen_index_encrypted(zip, 0, 0, text);
    if (member != NULL) {
        got = zip_fread(member, data, size);
        got = zip_fread(member, data, 1) == 0 ? got : -1; /* its end, where its seal is judged */
        (void)zip_fclose(member);
    }
    zip_discard(zip);
    return got;
}

static void what_is_encrypted_opens_with_the_pass_phrase_only(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 15, 16, 17, 8192, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AUTO_CLOSE int from = package_of(sizes[i]);
        AUTO_CLOSE int to = memory_file("", 0);
        uint8_t *before = calloc(1, sizes[i]);
        uint8_t *after = calloc(1, sizes[i]);
        assert_int_equal(pread(from, before, sizes[i], 0), sizes[i]);
        encrypt(from, to);
        assert_int_equal(open_with(to, "correct horse batterz", after, sizes[i]), -1);
        assert_int_equal(open_with(to, PHRASE, after, sizes[i]), sizes[i]);
        assert_memory_equal(before, after, sizes[i]);
        free(before);
        free(after);
    }
}

static void it_is_stored_by_aes_256_ae_2(void **state)
{
    (void)state;
    AUTO_CLOSE int from = memory_file("the package", 11);
    AUTO_CLOSE int to = memory_file("", 0);
    uint8_t bytes[256];
    encrypt(from, to);
    ssize_t size = pread(to, bytes, sizeof bytes, 0);
    assert_int_equal(bytes[6] & 1, 1);              /* encrypted */
    assert_int_equal(bytes[8], 99);                 /* WinZip AES */
    assert_memory_equal(bytes + 14, "\0\0\0\0", 4); /* no CRC */
    assert_int_equal(bytes[18], 11 + 16 + 2 + 10);  /* salt, check of the phrase, seal */
    assert_memory_equal(bytes + 30 + 8, "\x01\x99\x07\0\x02\0AE\x03\0\0", 11);
    assert_null(memmem(bytes, (size_t)size, "the package", 11));
    assert_true(zip_is_encrypted(to));
    assert_false(zip_is_encrypted(from));
    assert_int_equal(pwrite(to, "", 1, 8), 1); /* a flag alone: somebody's alteration */
    assert_false(zip_is_encrypted(to));
}

static void one_is_never_encrypted_like_another(void **state)
{
    (void)state;
    uint8_t bytes[2][256] = {{0}};
    AUTO_CLOSE int from = memory_file("the package", 11);
    for (int i = 0; i < 2; i++) {
        AUTO_CLOSE int to = memory_file("", 0);
        encrypt(from, to);
        assert_true(pread(to, bytes[i], sizeof bytes[i], 0) > 0);
    }
    assert_memory_not_equal(bytes[0], bytes[1], sizeof bytes[0]);
}

static void a_byte_altered_on_the_way_is_found_when_it_is_opened(void **state)
{
    (void)state;
    uint8_t content[11];
    uint8_t byte = 0;
    AUTO_CLOSE int from = memory_file("the package", 11);
    AUTO_CLOSE int to = memory_file("", 0);
    encrypt(from, to);
    off_t at = 30 + 8 + 11 + 18 + 3;
    assert_int_equal(pread(to, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(to, &byte, 1, at), 1);
    assert_int_equal(open_with(to, PHRASE, content, sizeof content), -1);
}

struct seen {
    uint64_t done;
    uint64_t total;
};

static enum status see(void *context, uint64_t done, uint64_t total, struct error *error)
{
    (void)error;
    struct seen *seen = context;
    assert_true(done >= seen->done && done <= total);
    *seen = (struct seen){done, total};
    return STATUS_OK;
}

static void progress_goes_to_the_end(void **state)
{
    (void)state;
    struct seen seen = {0};
    AUTO_CLOSE int from = package_of(100000);
    AUTO_CLOSE int to = memory_file("", 0);
    struct transport_plan transport = {
        .from = from, .to = to, .name = "gate.zip", .progress = see, .context = &seen};
    assert_int_equal(transport_encrypt(&transport, &phrase, NULL), STATUS_OK);
    assert_int_equal(seen.done, 100000);
    assert_int_equal(seen.total, 100000);
}

static enum status give_up(void *context, uint64_t done, uint64_t total, struct error *error)
{
    (void)context;
    return done < total / 2 ? STATUS_OK : error_set(error, STATUS_END, "nobody wants it any more");
}

static void it_ends_when_nobody_wants_it_any_more(void **state)
{
    (void)state;
    struct error error = {0};
    AUTO_CLOSE int from = package_of(300000);
    AUTO_CLOSE int to = memory_file("", 0);
    struct transport_plan transport = {
        .from = from, .to = to, .name = "gate.zip", .progress = give_up};
    assert_int_equal(transport_encrypt(&transport, &phrase, &error), STATUS_END);
    assert_string_equal(error.text, "nobody wants it any more");
    assert_in_range(lseek(to, 0, SEEK_END), 0, 299999);
}

static void what_the_disk_says_is_said(void **state)
{
    (void)state;
    AUTO_CLOSE int sound = package_of(100000);
    AUTO_CLOSE int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    AUTO_CLOSE int made = memory_file("", 0);
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", sound);
    AUTO_CLOSE int unreadable = open(path, O_WRONLY | O_CLOEXEC);
    struct error error = {0};
    struct transport_plan transport = {.from = sound, .to = full, .name = "gate.zip"};
    assert_int_equal(transport_encrypt(&transport, &phrase, &error), STATUS_FULL);
    assert_int_equal(error.errno_value, ENOSPC);
    transport = (struct transport_plan){.from = unreadable, .to = made, .name = "gate.zip"};
    assert_int_equal(transport_encrypt(&transport, &phrase, &error), STATUS_IO);
    assert_int_equal(error.errno_value, EBADF);
    transport = (struct transport_plan){.from = sound, .to = made, .name = "../gate.zip"};
    assert_int_equal(transport_encrypt(&transport, &phrase, &error), STATUS_INVALID);
    transport = (struct transport_plan){.from = full, .to = made, .name = "gate.zip"};
    assert_int_equal(transport_encrypt(&transport, &phrase, &error), STATUS_IO);
}

static enum status shrink(void *context, uint64_t done, uint64_t total, struct error *error)
{
    (void)total;
    (void)error;
    assert_int_equal(ftruncate(*(int *)context, (off_t)done), 0);
    return STATUS_OK;
}

static void a_package_that_becomes_shorter_is_refused(void **state)
{
    (void)state;
    int from = package_of(100000);
    AUTO_CLOSE int to = memory_file("", 0);
    struct transport_plan transport = {
        .from = from, .to = to, .name = "gate.zip", .progress = shrink, .context = &from};
    assert_int_equal(transport_encrypt(&transport, &phrase, NULL), STATUS_INVALID);
    file_close(&from);
}

/* As people do it, with a program that is not of ours and not of libzip's. */
static void seven_zip_opens_it(void **state)
{
    (void)state;
    char folder[] = "/tmp/sealroom-transport-test-XXXXXX";
    char command[512];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(command, sizeof command, "%s/way.zip", folder);
    AUTO_CLOSE int to = open(command, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    AUTO_CLOSE int from = package_of(300000);
    encrypt(from, to);
    (void)snprintf(command, sizeof command,
                   "cd %s && z=$(command -v 7zz || command -v 7z) && "
                   "! $z x -y '-pcorrect horse' way.zip >wrong 2>&1 && rm -f gate.zip && "
                   "$z l -slt way.zip | grep -q '^Method = AES-256 Store' && "
                   "$z x -y '-p" PHRASE "' way.zip >right && cmp gate.zip /proc/%d/fd/%d",
                   folder, (int)getpid(), from);
    assert_int_equal(system(command), 0);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encrypted_opens_with_the_pass_phrase_only),
        cmocka_unit_test(it_is_stored_by_aes_256_ae_2),
        cmocka_unit_test(one_is_never_encrypted_like_another),
        cmocka_unit_test(a_byte_altered_on_the_way_is_found_when_it_is_opened),
        cmocka_unit_test(progress_goes_to_the_end),
        cmocka_unit_test(it_ends_when_nobody_wants_it_any_more),
        cmocka_unit_test(what_the_disk_says_is_said),
        cmocka_unit_test(a_package_that_becomes_shorter_is_refused),
        cmocka_unit_test(seven_zip_opens_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
