/* What a package proves by, records and clips, in a package that is whole but for its manifest's
 * signature: it is altered whatever stands there, and that is found in order. The input is
 * proof/clips.txt, a NUL, proof/records.txt. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/certificate_issue.h"
#include "evidence/manifest.h"
#include "evidence/package_check.h"
#include "evidence/zip_writer.h"
#include "fuzz.h"

#define ORIGIN    "sealroom/fuzz"
#define RECORDS   8
#define SIGNATURE "\n\xe2\x80\x94 " ORIGIN " AAAAAAAA\n"

/* Made once: a device's certificate, and a checkpoint that it signed. */
struct device {
    struct certificate *certificate;
    struct checkpoint checkpoint;
    struct buffer note;
};

static const struct device *device(void)
{
    static struct device made;
    char path[] = "/tmp/sealroom-package-fuzz-XXXXXX";
    struct device_key *key = NULL;
    if (made.certificate != NULL) {
        return &made;
    }
    MUST(mkdtemp(path) != NULL);
    AUTO_CLOSE int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    MUST(device_key_create(suite_named("nist"), folder, &key, NULL) == STATUS_OK);
    MUST(unlinkat(folder, "device.key", 0) == 0 && rmdir(path) == 0);
    MUST(certificate_self_sign(key, "fuzz", &made.certificate, NULL) == STATUS_OK);
    made.checkpoint = (struct checkpoint){.origin = ORIGIN, .size = RECORDS};
    MUST(checkpoint_sign(key, &made.checkpoint, &made.note, NULL) == STATUS_OK);
    device_key_free(key);
    return &made;
}

static void put(struct zip_writer *zip, struct manifest *manifest, const char *name,
                struct bytes content)
{
    MUST(zip_writer_begin(zip, name, NULL) == STATUS_OK);
    MUST(zip_writer_add(zip, content, NULL) == STATUS_OK);
    MUST(zip_writer_end(zip, NULL) == STATUS_OK);
    const struct zip_member *written = zip_writer_at(zip, zip_writer_count(zip) - 1);
    struct manifest_member member = {.size = written->size, .crc = written->crc};
    memcpy(member.name, name, strlen(name) + 1);
    if (!manifest_is_clip(name)) {
        digest_of(DIGEST_SHA256, content, &member.digest);
    }
    MUST(manifest_add(manifest, &member, NULL) == STATUS_OK);
}

static void make(int file, struct bytes clips, struct bytes records)
{
    const struct device *own = device();
    struct manifest manifest = {.checkpoint = own->checkpoint, .request = 2};
    struct buffer text = {0};
    struct zip_writer *zip = NULL;
    MUST(zip_writer_new(file, &zip, NULL) == STATUS_OK);
    put(zip, &manifest, "clips/a.mp4", bytes_of_text("0123456789abcdef0123456789abcdef"));
    put(zip, &manifest, PROOF_CLIPS, clips);
    put(zip, &manifest, PROOF_RECORDS, records);
    put(zip, &manifest, PROOF_CERTIFICATE, certificate_der(own->certificate));
    put(zip, &manifest, PROOF_CHECKPOINTS "8.txt", buffer_bytes(&own->note));
    MUST(manifest_write(&manifest, &text, NULL) == STATUS_OK);
    manifest_release(&manifest);
    MUST(buffer_append_text(&text, SIGNATURE) == STATUS_OK);
    put(zip, &manifest, "manifest.txt", buffer_bytes(&text));
    MUST(zip_writer_finish(zip, NULL) == STATUS_OK);
    zip_writer_free(zip);
    manifest_release(&manifest);
    buffer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *middle = size > 0 ? memchr(data, 0, size) : NULL;
    size_t first = middle != NULL ? (size_t)(middle - data) : size;
    struct bytes clips = {data, first};
    struct bytes records = {data + first, size - first};
    struct package_report report;
    AUTO_CLOSE int file = memfd_create("package-fuzz", MFD_CLOEXEC);
    if (middle != NULL) {
        records.data++;
        records.size--;
    }
    make(file, clips, records);
    struct package_options options = {.file = file, .name = "package.zip", .threads = 1};
    MUST(package_check(&options, NULL, NULL, &report, NULL) == STATUS_OK);
    MUST(report.verdict == AUDIT_ALTERED);
    package_report_release(&report);
    return 0;
}
