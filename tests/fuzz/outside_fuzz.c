/* What is brought along to a package that is whole: a certificate to trust, a checkpoint, and what
 * was trusted before, parted by NULs. It may be refused or say nothing; it can make nobody trusted
 * who signs nothing here. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "evidence/package_check.h"
#include "evidence/trust_memory.h"
#include "fuzz.h"

#define PACKAGE_SIZE_MAX 65536

static int package(void)
{
    static int file = -1;
    if (file < 0) {
        struct buffer content = {0};
        MUST(file_read(AT_FDCWD, SEALROOM_PACKAGE, PACKAGE_SIZE_MAX, &content, NULL) == STATUS_OK);
        file = memfd_create("outside-fuzz", MFD_CLOEXEC);
        MUST(file >= 0 && file_write_all(file, buffer_bytes(&content), NULL) == STATUS_OK);
        buffer_release(&content);
    }
    return file;
}

static struct bytes take(struct bytes *rest)
{
    const uint8_t *end = rest->size > 0 ? memchr(rest->data, 0, rest->size) : NULL;
    size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
    struct bytes part = {rest->data, size};
    rest->data += end != NULL ? size + 1 : size;
    rest->size -= end != NULL ? size + 1 : size;
    return part;
}

static void judge(struct package_options *options)
{
    struct package_report report;
    struct error error = {0};
    enum status status = package_check(options, NULL, NULL, &report, &error);
    if (status != STATUS_OK) {
        MUST(options->since.size > 0 && error.text[0] != '\0');
        return;
    }
    bool is_known = trust_memory_has(options->remembered, report.fingerprint);
    MUST(report.verdict != AUDIT_AUTHENTIC || options->trust != NULL || is_known);
    MUST(report.trust != PACKAGE_TRUST_ISSUER);
    package_report_release(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = {data, size};
    struct bytes since = take(&rest);
    struct bytes remembered = take(&rest);
    struct certificate *certificate = NULL;
    struct package_options options = {
        .file = package(), .name = "package.zip", .remembered = remembered, .threads = 1};
    judge(&options);
    options.since = since;
    judge(&options);
    if (certificate_parse(rest, &certificate, NULL) == STATUS_OK) {
        options.trust = certificate;
        judge(&options);
    }
    certificate_free(certificate);
    return 0;
}
