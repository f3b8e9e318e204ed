/*
 * make_vectors FOLDER [smallest]: small packages of both suites into FOLDER, good ones and bad
 * ones, and beside them `expected`, a line each: file, verdict, the fingerprint to trust. The
 * devices' keys too, so that others can be made of them. Or one smallest package of each suite.
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
#include "support/package_edit.h"
#include "support/package_fixture.h"

#define KEY_SIZE_MAX 4096

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

/* A checkpoint from before the range, as somebody may have carried it away; and one like it of a
 * history that was not. */
static void keep_checkpoints(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct checkpoint checkpoint;
    struct buffer fork = {0};
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s-since.txt", output->folder, output->suite);
    enum status status =
        file_create(AT_FDCWD, path, bytes_of_text(fixture->early_note), 0644, NULL);
    if (status == STATUS_OK) {
        status = checkpoint_parse(bytes_of_text(fixture->early_note), &checkpoint, NULL);
    }
    if (status == STATUS_OK) {
        checkpoint.root.bytes[0] ^= 1;
        status = checkpoint_sign(fixture->store.base.key, &checkpoint, &fork, NULL);
    }
    (void)snprintf(path, sizeof path, "%s/%s-fork.txt", output->folder, output->suite);
    if (status != STATUS_OK ||
        file_create(AT_FDCWD, path, buffer_bytes(&fork), 0644, NULL) != STATUS_OK) {
        log_error("%s cannot be made", path);
        exit(2);
    }
    buffer_release(&fork);
}

static void keep_key(struct output *output)
{
    struct buffer pem = {0};
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/device.key", output->fixture.store.base.folder);
    enum status status = file_read(AT_FDCWD, path, KEY_SIZE_MAX, &pem, NULL);
    (void)snprintf(path, sizeof path, "%s/%s.key", output->folder, output->suite);
    if (status != STATUS_OK ||
        file_create(AT_FDCWD, path, buffer_bytes(&pem), 0644, NULL) != STATUS_OK) {
        log_error("%s cannot be made", path);
        exit(2);
    }
    buffer_release(&pem);
}

static void make_whole(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct buffer package = {0};
    package_make(fixture, package_request(fixture, "door/front"), fixture->early_note, &package);
    keep(output, "door", "authentic", &package);
    package.data[package.size / 2] ^= 1;
    keep(output, "door-flipped", "altered", &package);
    package_make(fixture, package_request(fixture, "camera/gate door/front"), fixture->early_note,
                 &package);
    keep(output, "gate", "incomplete", &package);
    package.size -= 1;
    keep(output, "gate-cut", "altered", &package);
    buffer_release(&package);
}

/* Two segments in one clip, with one init part. */
static void make_joined(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct buffer package = {0};
    int64_t from_utc_ns = fixture->from_utc_ns;
    fixture->from_utc_ns = fixture->early_utc_ns + NS_PER_SECOND + NS_PER_SECOND / 2;
    fixture->joined = true;
    package_make(fixture, package_request(fixture, "camera/gate"), fixture->early_note, &package);
    keep(output, "gate-joined", "incomplete", &package);
    fixture->from_utc_ns = from_utc_ns;
    fixture->joined = false;
    buffer_release(&package);
}

static void make_video(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct buffer package = {0};
    fixture->first_piece = 4;
    package_make(fixture, package_request(fixture, "camera/gate"), NULL, &package);
    keep(output, "gate-fragment-left-out", "altered", &package);
    fixture->first_piece = 3;
    fixture->absent = "";
    package_make(fixture, package_request(fixture, "camera/gate"), NULL, &package);
    keep(output, "gate-segment-left-out", "altered", &package);
    fixture->absent = "unreadable";
    package_make(fixture, package_request(fixture, "camera/gate"), NULL, &package);
    keep(output, "gate-unreadable", "incomplete", &package);
    fixture->absent = "missing";
    package_make(fixture, package_request(fixture, "camera/gate"), NULL, &package);
    keep(output, "gate-missing", "altered", &package);
    fixture->absent = NULL;
    buffer_release(&package);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* By an exporter who signs properly, and says of fragments that they are of another time. */
static const struct {
    const char *name;
    const char *verdict;
    struct package_retiming retiming;
} mistimed[] = {
    {"time-earlier", "altered", {"clips/gate-1.mp4", 0, -3 * NS_PER_SECOND / 2, 0, false}},
    {"time-longer", "altered", {"clips/gate-2.mp4", 2, 0, 3 * NS_PER_SECOND / 2, false}},
    {"time-slewed", "incomplete", {"clips/gate-1.mp4", 1, 100 * NS_PER_MS, 0, false}},
};

static void make_mistimed(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct buffer package = {0};
    for (size_t i = 0; i < sizeof mistimed / sizeof mistimed[0]; i++) {
        struct package_retiming retiming = mistimed[i].retiming;
        package_make(fixture, package_request(fixture, "camera/gate"), NULL, &package);
        package_rebuild(fixture, NULL, &package, package_retime, &retiming);
        keep(output, mistimed[i].name, mistimed[i].verdict, &package);
    }
    buffer_release(&package);
}

/* By an exporter who signs properly. */
static const struct {
    const char *name;
    const char *sources;
    const char *verdict;
    struct package_edit edit;
} edits[] = {
    {"entry-left-out",
     "door/front",
     "altered",
     {"proof/records.txt", "run ", "\nhead ", 3, "skip 0 %h\n", false}},
    {"gap-left-out",
     "camera/gate",
     "altered",
     {"proof/records.txt", "run ", "\"kind\":\"segment\"", 3, "skip 0 %h\n", false}},
    {"beginning-left-out",
     "door/front",
     "altered",
     {"proof/records.txt", "head ", NULL, 2, "skip 0 %h\n", false}},
    {"end-left-out",
     "door/front",
     "altered",
     {"proof/records.txt", "head ", "\nrun ", 2, "skip 0 %h\n", false}},
    {"body-altered",
     "door/front",
     "altered",
     {"proof/records.txt", "{\"salt\"", "\nrun ", 1, "{\"salt\":\"00\"}\n", false}},
    {"head-altered",
     "door/front",
     "altered",
     {"proof/records.txt", "{\"kind\":\"entry\"", "\nrun ", 1, "{\"kind\":\"entry\"}\n", false}},
    {"node-altered",
     "door/front",
     "altered",
     {"proof/records.txt", "skip 0 ", NULL, 1, "skip 0 " ZEROS "\n", false}},
    {"piece-left-out",
     "camera/gate",
     "altered",
     {"proof/clips.txt", "piece 2", NULL, 1, NULL, false}},
    {"piece-node-altered",
     "camera/gate",
     "altered",
     {"proof/clips.txt", "skip ", NULL, 1, "skip 0 " ZEROS "\n", false}},
    {"report-exchanged",
     "door/front",
     "authentic", /* it was made by whoever signed: only the records prove themselves */
     {"report.html", "<p>", NULL, 0, "x", false}},
};

static void make_edited(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct buffer package = {0};
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct package_edit edit = edits[i].edit;
        package_make(fixture, package_request(fixture, edits[i].sources), fixture->early_note,
                     &package);
        package_rebuild(fixture, NULL, &package, package_edit_lines, &edit);
        keep(output, edits[i].name, edits[i].verdict, &package);
    }
    package_make(fixture, package_request(fixture, "door/front"), NULL, &package);
    package_rebuild(fixture, NULL, &package, package_withhold, NULL);
    keep(output, "content-missing", "altered", &package);
    fixture->doors = "archive";
    package_make(fixture, package_request(fixture, "door/front"), NULL, &package);
    fixture->doors = NULL;
    keep(output, "content-withheld", "incomplete", &package);
    package_make(fixture, package_request(fixture, "door/front"), NULL, &package);
    package_rebuild(fixture, NULL, &package, package_add_signature, NULL);
    keep(output, "signed-twice", "altered", &package);
    enum digest_algorithm algorithm = suite_digest_algorithm(fixture->store.base.suite);
    package_make(fixture, package_request(fixture, "door/front"), NULL, &package);
    package_rebuild(fixture, NULL, &package, package_add_record, &algorithm);
    keep(output, "record-beyond", "altered", &package);
    buffer_release(&package);
}

static void make_foreign(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct package_fixture forger;
    struct buffer package = {0};
    package_begin(&forger, output->suite);
    package_make(fixture, package_request(fixture, "door/front"), NULL, &package);
    package_rebuild(fixture, forger.store.base.key, &package, package_edit_nothing, NULL);
    keep(output, "signed-by-another", "altered", &package);
    package_make(&forger, package_request(&forger, "door/front"), NULL, &package);
    keep(output, "forged", "altered", &package);
    buffer_release(&package);
    package_end(&forger);
}

/* Those that tests/vectors/examples keeps; made again, they are others. */
static void make_smallest(struct output *output)
{
    struct buffer package = {0};
    package_begin_small(&output->fixture, output->suite);
    package_make(&output->fixture, package_request(&output->fixture, "door/front"), NULL, &package);
    keep(output, "smallest", "authentic", &package);
    buffer_release(&package);
    package_end(&output->fixture);
}

/* Last: what expired stays gone. */
static void make_expired(struct output *output)
{
    struct package_fixture *fixture = &output->fixture;
    struct buffer package = {0};
    package_expire_body(fixture, fixture->entry);
    package_make(fixture, package_request(fixture, "door/front"), NULL, &package);
    keep(output, "content-expired", "incomplete", &package);
    package_expire_video(fixture, 0);
    fixture->absent = "";
    package_make(fixture, package_request(fixture, "camera/gate"), NULL, &package);
    keep(output, "gate-expired", "incomplete", &package);
    buffer_release(&package);
}

int main(int argc, char **argv)
{
    static const char *const suites[] = {"sm", "nist"};
    char path[PATH_SIZE];
    bool smallest = argc == 3 && strcmp(argv[2], "smallest") == 0;
    struct output output = {.folder = argc == 2 || smallest ? argv[1] : ""};
    (void)snprintf(path, sizeof path, "%s/expected", output.folder);
    output.expected = output.folder[0] != '\0' ? fopen(path, "we") : NULL;
    if (output.expected == NULL) {
        log_error("usage: make_vectors FOLDER [smallest]");
        return 2;
    }
    for (size_t i = 0; smallest && i < 2; i++) {
        output.suite = suites[i];
        make_smallest(&output);
    }
    for (size_t i = 0; !smallest && i < 2; i++) {
        output.suite = suites[i];
        package_begin(&output.fixture, suites[i]);
        keep_key(&output);
        keep_checkpoints(&output);
        make_whole(&output);
        make_joined(&output);
        make_video(&output);
        make_mistimed(&output);
        make_edited(&output);
        make_foreign(&output);
        make_expired(&output);
        package_end(&output.fixture);
    }
    return fclose(output.expected) == 0 ? 0 : 2;
}
