/*
 * Makes clips of recorded segments, for clip_test.py: what sealroom-export does, without a ledger.
 *
 *   make_clip SUITE KEY_DIRECTORY FROM_NS TO_NS OUTPUT < SEGMENTS
 *
 * SEGMENTS is as listing.h says. The clips are OUTPUT-0.mp4, OUTPUT-1.mp4 …; keys and certificates
 * are made in KEY_DIRECTORY where they are not there yet. Prints what it knows of each clip, in
 * lines of the same kind.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "crypto/certificate_issue.h"
#include "evidence/clip.h"
#include "listing.h"

static enum status write_file(void *context, struct bytes bytes, struct error *error)
{
    return file_write_all(*(const int *)context, bytes, error);
}

static void print_clip(const struct clip *clip, const char *name)
{
    char hex[2 * DIGEST_BYTES + 1];

    hex_encode(hex, clip_sha256(clip)->bytes, DIGEST_BYTES);
    printf("clip %s %" PRIu64 " %" PRId64 " %" PRId64 " %s\n", name, clip_size(clip),
           clip_start_utc_ns(clip), clip_end_utc_ns(clip), hex);
    for (size_t i = 0; i < clip_fragment_count(clip); i++) {
        const struct clip_fragment *fragment = clip_fragment_at(clip, i);

        hex_encode(hex, fragment->sha256.bytes, DIGEST_BYTES);
        printf("fragment %zu %zu %" PRIu64 " %" PRIu64 " %s\n", fragment->segment, fragment->piece,
               fragment->offset, fragment->size, hex);
    }
}

static void make_clip(const struct footage *footage, const struct clip_stretch *stretch,
                      const struct clip_sealer *sealer, const char *name)
{
    const struct clip_about about = {
        .unit_name = "sealroom",
        .unit_url = "https://recorder.example/",
        .unit_mac = "08:00:27:00:0C:15",
        .exported_utc_ns = INT64_C(1700000000) * NS_PER_SECOND,
        .operator_name = "uid-1000",
        .source_name = "gate 门口",
        .source_url = "rtsp://192.0.2.7/stream",
        .user_information = "case 2026-11; purpose: inspection",
    };
    struct clip *clip = NULL;
    struct error error;
    AUTO_CLOSE int out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    const struct clip_sink sink = {.write = write_file, .context = &out};

    must(clip_open(footage, stretch, &about, sealer, &clip, &error), &error);
    must(clip_write(clip, &sink, &error), &error);
    print_clip(clip, name);
    clip_free(clip);
}

static struct certificate *load(int directory, const char *name)
{
    struct buffer der = {0};
    struct certificate *certificate = NULL;
    struct error error;

    must(file_read(directory, name, 65536, &der, &error), &error);
    must(certificate_parse(buffer_bytes(&der), &certificate, &error), &error);
    buffer_release(&der);
    return certificate;
}

static void store(int directory, const char *name, const struct certificate *certificate)
{
    struct error error;

    must(file_replace(directory, name, certificate_der(certificate), 0640, &error), &error);
}

static const char *const certificate_files[CLIP_SEALS] = {"export-rsa.der", "export-suite.der"};

static void make_keys(const struct suite *suite, int directory)
{
    struct device_key *device_key = NULL;
    struct certificate *device = NULL;
    struct error error;

    must(device_key_create(suite, directory, &device_key, &error), &error);
    must(certificate_self_sign(device_key, "recorder", &device, &error), &error);
    store(directory, "device.der", device);
    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        struct export_key *key = NULL;
        struct certificate *certificate = NULL;

        must(export_key_generate((enum export_key_kind)seal, suite, NULL, &key, &error), &error);
        must(export_key_store(key, directory, &error), &error);
        must(certificate_issue_export(device_key, device, export_key_spki(key), "recorder export",
                                      &certificate, &error),
             &error);
        store(directory, certificate_files[seal], certificate);
        certificate_free(certificate);
        export_key_free(key);
    }
    certificate_free(device);
    device_key_free(device_key);
}

/* Opened, and made before that if need be. */
struct opened_keys {
    struct export_key *keys[CLIP_SEALS];
    struct certificate *certificates[CLIP_SEALS];
};

static enum status sign(void *context, enum clip_seal seal, const struct digest *digest,
                        uint8_t *signature, size_t *size, struct error *error)
{
    const struct opened_keys *opened = context;

    return export_key_sign(opened->keys[seal], digest, signature, size, error);
}

static void open_keys(struct opened_keys *opened, const struct suite *suite, int directory)
{
    struct error error;

    if (faccessat(directory, "device.der", F_OK, 0) != 0)
        make_keys(suite, directory);
    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        opened->certificates[seal] = load(directory, certificate_files[seal]);
        must(export_key_open((enum export_key_kind)seal, suite, directory, &opened->keys[seal],
                             &error),
             &error);
    }
}

static void close_keys(struct opened_keys *opened)
{
    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        export_key_free(opened->keys[seal]);
        certificate_free(opened->certificates[seal]);
    }
}

int main(int count, char **arguments)
{
    if (count != 6)
        return 2;
    const struct suite *suite = suite_named(arguments[1]);
    AUTO_CLOSE int directory = open(arguments[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct footage footage;
    struct opened_keys opened = {0};
    struct clip_plan *plan = NULL;
    struct error error;

    listing_read(suite_digest_algorithm(suite) == DIGEST_SM3, &footage);
    open_keys(&opened, suite, directory);
    const struct clip_sealer sealer = {
        .certificates = {opened.certificates[0], opened.certificates[1]},
        .sign = sign,
        .context = &opened,
    };
    must(clip_plan_new(&footage, strtoll(arguments[3], NULL, 10), strtoll(arguments[4], NULL, 10),
                       &plan, &error),
         &error);
    for (size_t i = 0; i < clip_plan_count(plan); i++) {
        char name[4096];

        snprintf(name, sizeof(name), "%s-%zu.mp4", arguments[5], i);
        make_clip(&footage, clip_plan_at(plan, i), &sealer, name);
    }
    clip_plan_free(plan);
    listing_release(&footage);
    close_keys(&opened);
    return 0;
}
