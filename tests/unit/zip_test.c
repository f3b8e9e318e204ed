/* The strict ZIP of packages: what is written is read again, by ourselves and by others' tools,
 * and nothing but that is accepted. */
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

#include "base/file.h"
#include "evidence/zip_reader.h"
#include "evidence/zip_writer.h"

struct seen {
    unsigned count;
    struct zip_fault last;
};

static void see(void *context, const struct zip_fault *fault)
{
    struct seen *seen = context;
    seen->count++;
    seen->last = *fault;
}

static int memory_file(struct bytes bytes)
{
    int file = memfd_create("zip-test", MFD_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(file_write_all(file, bytes, NULL), STATUS_OK);
    return file;
}

static void add(struct zip_writer *writer, const char *name, const char *content)
{
    assert_int_equal(zip_writer_begin(writer, name, NULL), STATUS_OK);
    assert_int_equal(zip_writer_add(writer, bytes_of_text(content), NULL), STATUS_OK);
    assert_int_equal(zip_writer_end(writer, NULL), STATUS_OK);
}

/* The caller's to release. */
static struct buffer content_of(int file)
{
    struct buffer bytes = {0};
    uint8_t chunk[4096];
    ssize_t got = 0;
    while ((got = pread(file, chunk, sizeof chunk, (off_t)bytes.size)) > 0) {
        assert_int_equal(buffer_append(&bytes, chunk, (size_t)got), STATUS_OK);
    }
    return bytes;
}

/* Three members; the caller's to release. */
static struct buffer example(void)
{
    AUTO_CLOSE int file = memory_file((struct bytes){0});
    struct zip_writer *writer = NULL;
    assert_int_equal(zip_writer_new(file, &writer, NULL), STATUS_OK);
    add(writer, "report.html", "<p>hello</p>");
    add(writer, "clips/gate.mp4", "");
    add(writer, "manifest.txt", "the end\n");
    assert_int_equal(zip_writer_finish(writer, NULL), STATUS_OK);
    zip_writer_free(writer);
    return content_of(file);
}

/* STATUS_OK only if nothing at all was found. */
static enum status judge(struct bytes bytes, struct seen *seen)
{
    AUTO_CLOSE int file = memory_file(bytes);
    struct zip_reader *reader = NULL;
    *seen = (struct seen){0};
    enum status status = zip_reader_open(file, see, seen, &reader, NULL);
    assert_true((status == STATUS_OK) == (reader != NULL));
    assert_true(status == STATUS_OK || status == STATUS_INVALID);
    assert_true(status == STATUS_OK || seen->count > 0);
    zip_reader_free(reader);
    return status == STATUS_OK && seen->count > 0 ? STATUS_MISMATCH : status;
}

static void assert_refused(struct bytes bytes, const char *what)
{
    struct seen seen;
    assert_int_not_equal(judge(bytes, &seen), STATUS_OK);
    assert_true(seen.last.from <= seen.last.to && seen.last.to <= bytes.size);
    if (what != NULL) {
        assert_string_equal(seen.last.what, what);
    }
}

static void put_u16(struct buffer *bytes, size_t at, unsigned value)
{
    bytes->data[at] = (uint8_t)value;
    bytes->data[at + 1] = (uint8_t)(value >> 8);
}

static void put_u32(struct buffer *bytes, size_t at, uint32_t value)
{
    put_u16(bytes, at, value & 0xffff);
    put_u16(bytes, at + 2, value >> 16);
}

/* Where the nth header with this signature begins. */
static size_t header_at(const struct buffer *bytes, const char *signature, unsigned nth)
{
    for (size_t at = 0; at < bytes->size; at++) {
        if (bytes->size - at >= 4 && memcmp(bytes->data + at, signature, 4) == 0 && nth-- == 0) {
            return at;
        }
    }
    fail_msg("there is no such header");
    abort(); /* for the static analyser: fail_msg never returns */
}

/* Takes `count` bytes out at `at` and puts `size` others there. */
static void replace_bytes(struct buffer *bytes, size_t at, size_t count, const void *data,
                          size_t size)
{
    struct buffer made = {0};
    assert_int_equal(buffer_append(&made, bytes->data, at), STATUS_OK);
    assert_int_equal(buffer_append(&made, data, size), STATUS_OK);
    assert_int_equal(buffer_append(&made, bytes->data + at + count, bytes->size - at - count),
                     STATUS_OK);
    buffer_release(bytes);
    *bytes = made;
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    struct buffer bytes = example();
    AUTO_CLOSE int file = memory_file(buffer_bytes(&bytes));
    struct seen seen = {0};
    struct zip_reader *reader = NULL;
    char content[12];
    assert_int_equal(zip_reader_open(file, see, &seen, &reader, NULL), STATUS_OK);
    assert_int_equal(seen.count, 0);
    assert_int_equal(zip_reader_count(reader), 3);
    assert_string_equal(zip_reader_at(reader, 1)->name, "clips/gate.mp4");
    assert_null(zip_reader_find(reader, "clips"));
    const struct zip_member *member = zip_reader_find(reader, "report.html");
    assert_ptr_equal(member, zip_reader_at(reader, 0));
    assert_int_equal(zip_reader_read(reader, member, 0, content, 12, NULL), STATUS_OK);
    assert_memory_equal(content, "<p>hello</p>", 12);
    assert_int_equal(zip_reader_read(reader, member, 1, content, 12, NULL), STATUS_INVALID);
    assert_int_equal(zip_reader_read(reader, member, UINT64_MAX, content, 2, NULL), STATUS_INVALID);
    zip_reader_free(reader);
    buffer_release(&bytes);
}

static void crc_is_the_standards(void **state)
{
    (void)state;
    struct zip_crc *crc = malloc(sizeof *crc);
    assert_non_null(crc);
    zip_crc_prepare(crc);
    assert_int_equal(zip_crc_add(crc, 0, bytes_of_text("123456789")), 0xcbf43926);
    uint32_t part = zip_crc_add(crc, 0, bytes_of_text("12345"));
    assert_int_equal(zip_crc_add(crc, part, bytes_of_text("6789")), 0xcbf43926);
    free(crc);
}

/* Another implementation, with what it thinks of the CRCs. */
static void others_read_it_too(void **state)
{
    (void)state;
    struct buffer bytes = example();
    char path[] = "/tmp/sealroom-zip-test-XXXXXX";
    char command[256];
    AUTO_CLOSE int file = mkstemp(path);
    assert_int_equal(file_write_all(file, buffer_bytes(&bytes), NULL), STATUS_OK);
    (void)snprintf(command, sizeof command,
                   "/usr/bin/python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
                   "sys.exit(z.testzip() is not None or len(z.namelist()) != 3)' %s",
                   path);
    assert_int_equal(system(command), 0);
    assert_int_equal(unlink(path), 0);
    buffer_release(&bytes);
}

static void no_byte_outside_the_data_can_be_another(void **state)
{
    (void)state;
    struct buffer bytes = example();
    size_t data = 30 + strlen("report.html");
    size_t last = header_at(&bytes, "PK\1\2", 0) - strlen("the end\n");
    for (size_t at = 0; at < bytes.size; at++) {
        struct seen seen;
        bool is_data = (at >= data && at < data + 12) || (at >= last && at < last + 8);
        for (int bit = 0; bit < 8; bit++) {
            bytes.data[at] ^= (uint8_t)(1 << bit);
            assert_true((judge(buffer_bytes(&bytes), &seen) == STATUS_OK) == is_data);
            bytes.data[at] ^= (uint8_t)(1 << bit);
        }
    }
    buffer_release(&bytes);
}

static void a_cut_or_longer_file_is_refused(void **state)
{
    (void)state;
    struct buffer bytes = example();
    for (size_t size = 0; size < bytes.size; size++) {
        assert_refused((struct bytes){bytes.data, size}, NULL);
        assert_refused((struct bytes){bytes.data + bytes.size - size, size}, NULL);
    }
    replace_bytes(&bytes, bytes.size, 0, "\0", 1);
    assert_refused(buffer_bytes(&bytes), "it does not end as a package does");
    buffer_release(&bytes);
    bytes = example();
    replace_bytes(&bytes, 0, 0, "MZ", 2);
    assert_refused(buffer_bytes(&bytes), NULL);
    buffer_release(&bytes);
}

static void a_hidden_member_is_found(void **state)
{
    (void)state;
    struct buffer bytes = example();
    /* the second member's entry taken out of the directory, everything else made to fit */
    size_t entry = header_at(&bytes, "PK\1\2", 1);
    size_t size = 46 + strlen("clips/gate.mp4");
    replace_bytes(&bytes, entry, size, "", 0);
    put_u16(&bytes, bytes.size - 14, 2);
    put_u16(&bytes, bytes.size - 12, 2);
    put_u32(&bytes, bytes.size - 10, (uint32_t)(bytes.size - 22 - header_at(&bytes, "PK\1\2", 0)));
    assert_refused(buffer_bytes(&bytes), "its members do not lie end to end");
    buffer_release(&bytes);
}

static void bytes_before_the_directory_are_found(void **state)
{
    (void)state;
    struct buffer bytes = example();
    size_t directory = header_at(&bytes, "PK\1\2", 0);
    replace_bytes(&bytes, directory, 0, "hidden", 6);
    put_u32(&bytes, bytes.size - 6, (uint32_t)directory + 6);
    assert_refused(buffer_bytes(&bytes), "bytes that belong to no member");
    buffer_release(&bytes);
}

static void overlapping_members_are_found(void **state)
{
    (void)state;
    struct buffer bytes = example();
    put_u32(&bytes, header_at(&bytes, "PK\1\2", 1) + 42, 0);
    assert_refused(buffer_bytes(&bytes), "its members do not lie end to end");
    put_u32(&bytes, header_at(&bytes, "PK\1\2", 0) + 24, 0x7fffffff);
    assert_refused(buffer_bytes(&bytes), "its members do not lie end to end");
    buffer_release(&bytes);
}

static void two_headers_that_differ_are_found(void **state)
{
    (void)state;
    struct buffer bytes = example();
    memcpy(bytes.data + 30, "raport", 6); /* the local name only */
    assert_refused(buffer_bytes(&bytes), "a member's header is not as it must be");
    buffer_release(&bytes);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "/a",
                                      "a/",
                                      "../a",
                                      "a/../b",
                                      "a//b",
                                      "A",
                                      "a b",
                                      ".a",
                                      "a/.b",
                                      "a\\b",
                                      "c:a",
                                      "a.",
                                      "a./b",
                                      "\xc3\xa4",
                                      "a/b/c/d",
                                      "-a",
                                      "a\n",
                                      ("0123456789012345678901234567890123456789012345678"
                                       "012345678901234567890123456789012345678901234567")};
    static const char *const good[] = {"a", "clips/gate-1.mp4", "proof/checkpoints/12.txt", "a..b"};
    struct buffer bytes = example();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(zip_name_is_valid(bad[i]));
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(zip_name_is_valid(good[i]));
    }
    memcpy(bytes.data + 30, "../ort.html", 11);
    memcpy(bytes.data + header_at(&bytes, "PK\1\2", 0) + 46, "../ort.html", 11);
    assert_refused(buffer_bytes(&bytes), "an entry of its directory is malformed");
    buffer_release(&bytes);
}

static void a_name_stands_once(void **state)
{
    (void)state;
    struct zip_writer *writer = NULL;
    AUTO_CLOSE int file = memory_file((struct bytes){0});
    assert_int_equal(zip_writer_new(file, &writer, NULL), STATUS_OK);
    add(writer, "a", "x");
    assert_int_equal(zip_writer_begin(writer, "a", NULL), STATUS_INVALID);
    assert_int_equal(zip_writer_begin(writer, "../a", NULL), STATUS_INVALID);
    assert_int_equal(zip_writer_add(writer, bytes_of_text("x"), NULL), STATUS_INVALID);
    assert_int_equal(zip_writer_begin(writer, "b", NULL), STATUS_OK);
    assert_int_equal(zip_writer_end(writer, NULL), STATUS_OK);
    assert_int_equal(zip_writer_finish(writer, NULL), STATUS_OK);
    zip_writer_free(writer);
    struct buffer bytes = content_of(file);
    struct seen seen;
    assert_int_equal(judge(buffer_bytes(&bytes), &seen), STATUS_OK);
    bytes.data[header_at(&bytes, "PK\3\4", 1) + 30] = 'a';
    bytes.data[header_at(&bytes, "PK\1\2", 1) + 46] = 'a';
    assert_refused(buffer_bytes(&bytes), "a name stands twice");
    buffer_release(&bytes);
}

static void descriptors_comments_and_compression_are_refused(void **state)
{
    (void)state;
    struct buffer bytes = example();
    size_t central = header_at(&bytes, "PK\1\2", 0);
    put_u16(&bytes, 6, 8); /* flag: a data descriptor follows */
    put_u16(&bytes, central + 8, 8);
    assert_refused(buffer_bytes(&bytes), NULL);
    put_u16(&bytes, 6, 0);
    put_u16(&bytes, central + 8, 0);
    put_u16(&bytes, 8, 8); /* deflated */
    put_u16(&bytes, central + 10, 8);
    assert_refused(buffer_bytes(&bytes), NULL);
    put_u16(&bytes, 8, 0);
    put_u16(&bytes, central + 10, 0);
    put_u16(&bytes, bytes.size - 2, 4);
    replace_bytes(&bytes, bytes.size, 0, "note", 4);
    assert_refused(buffer_bytes(&bytes), NULL);
    buffer_release(&bytes);
}

static void zip64_where_none_is_needed_is_refused(void **state)
{
    (void)state;
    struct buffer bytes = example();
    size_t central = header_at(&bytes, "PK\1\2", 0);
    static const uint8_t extra[12] = {1, 0, 8, 0};
    put_u16(&bytes, central + 30, 12);
    put_u32(&bytes, central + 42, 0xffffffff);
    replace_bytes(&bytes, central + 46 + 11, 0, extra, sizeof extra);
    put_u32(&bytes, bytes.size - 10, (uint32_t)(bytes.size - 22 - central));
    assert_refused(buffer_bytes(&bytes), NULL);
    put_u32(&bytes, bytes.size - 6, 0xffffffff);
    assert_refused(buffer_bytes(&bytes), NULL);
    buffer_release(&bytes);
}

/* 4 GiB and more, on a file of holes: the headers are what counts. */
static void beyond_4_gib_zip64_is_read(void **state)
{
    (void)state;
    struct zip_member members[3] = {{.name = "clips/a.mp4", .size = ZIP_MEMBER_SIZE_MAX},
                                    {.name = "clips/b.mp4", .size = 5},
                                    {.name = "manifest.txt", .size = 0}};
    uint8_t bytes[ZIP_CENTRAL_SIZE_MAX];
    uint8_t ends[ZIP_ENDS_SIZE_MAX];
    char path[] = "/tmp/sealroom-zip64-test-XXXXXX";
    AUTO_CLOSE int file = mkstemp(path);
    assert_int_equal(unlink(path), 0);
    uint64_t at = 0;
    for (size_t i = 0; i < 3; i++) {
        members[i].offset = at;
        size_t size = zip_local_header(&members[i], bytes);
        assert_int_equal(pwrite(file, bytes, size, (off_t)at), size);
        at = zip_member_end(&members[i]);
    }
    uint64_t directory = at;
    for (size_t i = 0; i < 3; i++) {
        size_t size = zip_central_header(&members[i], bytes);
        assert_int_equal(pwrite(file, bytes, size, (off_t)at), size);
        at += size;
    }
    size_t size = zip_end_records(3, directory, at - directory, ends);
    assert_int_equal(size, ZIP_ENDS_SIZE_MAX);
    assert_int_equal(pwrite(file, ends, size, (off_t)at), size);
    struct seen seen = {0};
    struct zip_reader *reader = NULL;
    assert_int_equal(zip_reader_open(file, see, &seen, &reader, NULL), STATUS_OK);
    assert_int_equal(seen.count, 0);
    assert_int_equal(zip_reader_at(reader, 2)->offset, members[2].offset);
    zip_reader_free(reader);
    /* a lie in the ZIP64 records, which some readers pass over */
    for (size_t i = 0; i < 76; i++) {
        uint8_t other = ends[i] ^ 1;
        seen = (struct seen){0};
        assert_int_equal(pwrite(file, &other, 1, (off_t)(at + i)), 1);
        enum status status = zip_reader_open(file, see, &seen, &reader, NULL);
        assert_true(status != STATUS_OK || seen.count > 0);
        zip_reader_free(reader);
        assert_int_equal(pwrite(file, &ends[i], 1, (off_t)(at + i)), 1);
    }
}

/* What the library wrote at `at`, held against what the reader makes. */
static uint64_t assert_written(int file, uint64_t at, const uint8_t *made, size_t size)
{
    uint8_t there[ZIP_CENTRAL_SIZE_MAX + ZIP_ENDS_SIZE_MAX];
    assert_int_equal(pread(file, there, size, (off_t)at), size);
    assert_memory_equal(there, made, size);
    return at + size;
}

/* One member whose header begins at `begin`, in a hole before which nothing was written. */
static void write_member_at(uint64_t begin)
{
    uint8_t made[ZIP_CENTRAL_SIZE_MAX + ZIP_ENDS_SIZE_MAX];
    char path[] = "/tmp/sealroom-zip64-test-XXXXXX";
    AUTO_CLOSE int file = mkstemp(path);
    struct zip_writer *writer = NULL;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(lseek(file, (off_t)begin, SEEK_SET), begin);
    assert_int_equal(zip_writer_new(file, &writer, NULL), STATUS_OK);
    add(writer, "clips/a.mp4", "video");
    add(writer, "manifest.txt", "the end\n");
    assert_int_equal(zip_writer_finish(writer, NULL), STATUS_OK);
    uint64_t at = begin;
    for (size_t i = 0; i < 2; i++) {
        const struct zip_member *member = zip_writer_at(writer, i);
        assert_int_equal(member->offset, at);
        (void)assert_written(file, at, made, zip_local_header(member, made));
        at = zip_member_end(member);
    }
    uint64_t directory = at;
    for (size_t i = 0; i < 2; i++) {
        at = assert_written(file, at, made, zip_central_header(zip_writer_at(writer, i), made));
    }
    at = assert_written(file, at, made, zip_end_records(2, directory, at - directory, made));
    assert_int_equal(lseek(file, 0, SEEK_END), at);
    zip_writer_free(writer);
}

static void around_4_gib_the_library_writes_what_the_reader_makes(void **state)
{
    (void)state;
    for (uint64_t back = 0; back <= 120; back++) {
        write_member_at((UINT64_C(1) << 32) - back);
    }
    write_member_at(UINT64_C(1) << 40);
}

static void what_the_disk_says_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int flags;
        enum status status;
        int errno_value;
    } disks[] = {{"/dev/full", O_WRONLY, STATUS_FULL, ENOSPC},
                 {"/dev/zero", O_RDONLY, STATUS_IO, EBADF}};
    for (size_t i = 0; i < sizeof disks / sizeof disks[0]; i++) {
        AUTO_CLOSE int file = open(disks[i].path, disks[i].flags | O_CLOEXEC);
        struct zip_writer *writer = NULL;
        struct error error = {0};
        assert_int_equal(zip_writer_new(file, &writer, NULL), STATUS_OK);
        assert_int_equal(zip_writer_begin(writer, "a", &error), disks[i].status);
        assert_int_equal(error.errno_value, disks[i].errno_value);
        assert_int_equal(zip_writer_begin(writer, "b", NULL), disks[i].status);
        zip_writer_free(writer);
    }
}

static void a_file_that_fills_up_fails_at_its_end_too(void **state)
{
    (void)state;
    AUTO_CLOSE int file = memory_file((struct bytes){0});
    struct zip_writer *writer = NULL;
    struct error error = {0};
    assert_int_equal(zip_writer_new(file, &writer, NULL), STATUS_OK);
    add(writer, "a", "x");
    AUTO_CLOSE int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(dup2(full, file), file);
    assert_int_equal(zip_writer_finish(writer, &error), STATUS_FULL);
    assert_int_equal(error.errno_value, ENOSPC);
    assert_int_equal(zip_writer_begin(writer, "b", NULL), STATUS_INVALID);
    zip_writer_free(writer);
}

static void what_cannot_be_gone_back_in_is_refused(void **state)
{
    (void)state;
    int ends[2];
    struct zip_writer *writer = NULL;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct error error = {0};
    assert_int_equal(zip_writer_new(ends[1], &writer, &error), STATUS_IO);
    assert_int_equal(error.errno_value, ESPIPE);
    assert_null(writer);
    close(ends[0]);
    close(ends[1]);
}

static void without_its_end_it_is_no_zip(void **state)
{
    (void)state;
    AUTO_CLOSE int file = memory_file((struct bytes){0});
    struct zip_writer *writer = NULL;
    assert_int_equal(zip_writer_new(file, &writer, NULL), STATUS_OK);
    add(writer, "a", "x");
    assert_int_equal(zip_writer_begin(writer, "b", NULL), STATUS_OK);
    zip_writer_free(writer);
    struct buffer bytes = content_of(file);
    assert_int_equal(bytes.size, 2 * (30 + 1) + 1);
    assert_refused(buffer_bytes(&bytes), NULL);
    buffer_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(crc_is_the_standards),
        cmocka_unit_test(others_read_it_too),
        cmocka_unit_test(no_byte_outside_the_data_can_be_another),
        cmocka_unit_test(a_cut_or_longer_file_is_refused),
        cmocka_unit_test(a_hidden_member_is_found),
        cmocka_unit_test(bytes_before_the_directory_are_found),
        cmocka_unit_test(overlapping_members_are_found),
        cmocka_unit_test(two_headers_that_differ_are_found),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(a_name_stands_once),
        cmocka_unit_test(descriptors_comments_and_compression_are_refused),
        cmocka_unit_test(zip64_where_none_is_needed_is_refused),
        cmocka_unit_test(beyond_4_gib_zip64_is_read),
        cmocka_unit_test(around_4_gib_the_library_writes_what_the_reader_makes),
        cmocka_unit_test(what_the_disk_says_is_said),
        cmocka_unit_test(a_file_that_fills_up_fails_at_its_end_too),
        cmocka_unit_test(what_cannot_be_gone_back_in_is_refused),
        cmocka_unit_test(without_its_end_it_is_no_zip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
