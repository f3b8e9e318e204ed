/* Memory that is short while a package is verified: it could not be verified then, and never is one
 * that is whole called altered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "evidence/allocation.h"
#include "support/package_fixture.h"

/* The allocation that fails, counted from 1; 0: none. */
static unsigned failing;
static unsigned made;

static bool fails(void)
{
    return ++made == failing;
}

/* The linker puts these in the place of the libraries' own: --wrap. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *data, size_t size);
void *__real_reallocarray(void *data, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *data, size_t size);
void *__wrap_reallocarray(void *data, size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *data, size_t size)
{
    return fails() ? NULL : __real_realloc(data, size);
}

void *__wrap_reallocarray(void *data, size_t count, size_t size)
{
    return fails() ? NULL : __real_reallocarray(data, count, size);
}

enum { COULD_NOT_RUN = 2, AS_IT_IS = 3, ANOTHER = 4 };

/* Verified where the nth allocation fails, in a process of its own, for that may end it. */
static int judge(const struct package_options *options, unsigned nth)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct package_report report;
        made = 0;
        failing = nth;
        enum status judged = package_check(options, NULL, NULL, &report, NULL);
        failing = 0;
        _exit(judged == STATUS_NO_MEMORY                                  ? COULD_NOT_RUN
              : judged == STATUS_OK && report.verdict == AUDIT_INCOMPLETE ? AS_IT_IS
                                                                          : ANOTHER);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : ANOTHER;
}

static unsigned count_allocations(const struct package_options *options)
{
    struct package_report report;
    made = 0;
    assert_int_equal(package_check(options, NULL, NULL, &report, NULL), STATUS_OK);
    assert_int_equal(report.verdict, AUDIT_INCOMPLETE);
    unsigned count = made;
    package_report_release(&report);
    return count;
}

#define TRIED 400 /* of them, evenly */

static void a_package_is_never_altered_for_want_of_memory(void **state)
{
    struct package_fixture fixture;
    struct buffer package = {0};
    unsigned could_not = 0;
    (void)state;
    package_begin(&fixture, "nist");
    package_make(&fixture, package_request(&fixture, "camera/gate door/front"), fixture.early_note,
                 &package);
    AUTO_CLOSE int file = memfd_create("package", MFD_CLOEXEC);
    assert_int_equal(file_write_all(file, buffer_bytes(&package), NULL), STATUS_OK);
    struct package_options options = {.file = file,
                                      .name = "package.zip",
                                      .fingerprint = fixture.fingerprint,
                                      .since = bytes_of_text(fixture.early_note),
                                      .threads = 1};
    unsigned count = count_allocations(&options);
    unsigned step = 1 + count / TRIED;
    for (unsigned nth = 1; nth <= count; nth += step) {
        int said = judge(&options, nth);
        if (said != COULD_NOT_RUN && said != AS_IT_IS) {
            fail_msg("allocation %u of %u: %d", nth, count, said);
        }
        could_not += said == COULD_NOT_RUN;
    }
    assert_true(could_not > TRIED / 4);
    buffer_release(&package);
    package_end(&fixture);
}

int main(void)
{
    allocation_or_exit(); /* as sealroom-verify begins */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_is_never_altered_for_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
