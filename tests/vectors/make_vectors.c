/*
 * make_vectors FOLDER: small packages of both suites into FOLDER, good ones and bad ones, and
 * beside them `expected`, a line each: file, verdict, the fingerprint to trust.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "support/package_fixture.h"

struct output {
    const char *folder;
    FILE *expected;
    const char *suite;
    struct package_fixture fixture;
};

static void keep(struct output *output, const char *name, const char *verdict,
                 const struct buffer *package)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s-%s.zip", output->folder, output->suite, name);
    if (file_create(AT_FDCWD, path, buffer_bytes(package), 0644, NULL) != STATUS_OK) {
        log_error("%s cannot be made", path);
        exit(2);
    }
    (void)fprintf(output->expected, "%s-%s.zip %s %s\n", output->suite, name, verdict,
                  output->fixture.fingerprint);
}

static void make_good(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct buffer package = {0};
    package_make(fixture, package_request(fixture, "door/front"), fixture->early_note, &package);
    keep(output, "door", "authentic", &package);
    package.data[package.size / 2] ^= 1;
    keep(output, "door-flipped", "altered", &package);
    package_make(fixture, package_request(fixture, "camera/gate door/front"), NULL, &package);
    keep(output, "gate", "incomplete", &package);
    package.size -= 1;
    keep(output, "gate-cut", "altered", &package);
    fixture->first_piece = 4;
    package_make(fixture, package_request(fixture, "camera/gate"), NULL, &package);
    keep(output, "gate-fragment-left-out", "altered", &package);
    buffer_release(&package);
}

int main(int argc, char **argv)
{
    static const char *const suites[] = {"sm", "nist"};
    char path[PATH_SIZE];
    struct output output = {.folder = argc == 2 ? argv[1] : ""};
    (void)snprintf(path, sizeof path, "%s/expected", output.folder);
    output.expected = argc == 2 ? fopen(path, "we") : NULL;
    if (output.expected == NULL) {
        log_error("usage: make_vectors FOLDER");
        return 2;
    }
    for (size_t i = 0; i < 2; i++) {
        output.suite = suites[i];
        package_begin(&output.fixture, suites[i]);
        make_good(&output);
        package_end(&output.fixture);
    }
    return fclose(output.expected) == 0 ? 0 : 2;
}
