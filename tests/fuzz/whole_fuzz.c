/* A whole package, all of it from outside. Nobody is trusted, so the best it can be is that nobody
 * can tell; and to whom another is trusted it is always altered. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "evidence/package_check.h"
#include "fuzz.h"

static enum audit_verdict judge(int file, const char *fingerprint)
{
    struct package_report report;
    struct package_options options = {
        .file = file, .name = "package.zip", .fingerprint = fingerprint, .threads = 1};
    MUST(package_check(&options, NULL, NULL, &report, NULL) == STATUS_OK);
    enum audit_verdict verdict = report.verdict;
    package_report_release(&report);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    AUTO_CLOSE int file = memfd_create("whole-fuzz", MFD_CLOEXEC);
    MUST(file >= 0 && file_write_all(file, (struct bytes){data, size}, NULL) == STATUS_OK);
    enum audit_verdict verdict = judge(file, NULL);
    MUST(verdict == AUDIT_ALTERED || verdict == AUDIT_CANNOT_TELL);
    MUST(judge(file, zeros) == AUDIT_ALTERED);
    return 0;
}
