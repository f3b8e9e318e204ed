#include "evidence/package_check.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/check_parts.h"

void check_add(struct check *check, const struct finding *finding)
{
    findings_add(&check->report->findings, finding);
}

struct finding check_finding(const struct check *check, enum audit_fault fault, const char *member)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "%s", member != NULL ? member : check->options->name);
    return finding;
}

void check_report(struct check *check, enum audit_fault fault, const char *member,
                  const char *detail)
{
    struct finding finding = check_finding(check, fault, member);
    finding_set_detail(&finding, "%s", detail);
    check_add(check, &finding);
}

void check_report_record(struct check *check, enum audit_fault fault,
                         const struct shown_record *record, const struct record_head *head,
                         const char *detail)
{
    struct finding finding = finding_of_record(fault, record->number, head);
    finding_set_file(&finding, "%s", PROOF_RECORDS);
    finding_set_bytes(&finding, record->from, record->to);
    finding_set_detail(&finding, "%s", detail);
    check_add(check, &finding);
}

enum status check_read(struct check *check, const char *name, size_t limit, struct buffer *content,
                       struct error *error)
{
    const struct zip_member *member = zip_reader_find(check->zip, name);
    buffer_clear(content);
    if (member == NULL) {
        check_report(check, FAULT_MEMBER_MISSING, name, "");
        return STATUS_NOT_FOUND;
    }
    if (member->size > limit) {
        check_report(check, FAULT_MEMBER_MALFORMED, name, "it is too large");
        return STATUS_NOT_FOUND;
    }
    uint8_t *data = malloc((size_t)member->size + 1);
    if (data == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to read %s", name);
    }
    enum status status = zip_reader_read(check->zip, member, 0, data, member->size, error);
    if (status == STATUS_OK) {
        status = buffer_append(content, data, member->size);
    }
    free(data);
    return status;
}

void check_digest(struct check *check, const struct zip_member *member, const struct digest *digest)
{
    const struct manifest_member *listed = check->listed[member - zip_reader_at(check->zip, 0)];
    if (listed != NULL && !digest_equal(&listed->digest, digest)) {
        struct finding finding = check_finding(check, FAULT_MEMBER_ALTERED, member->name);
        finding_set_bytes(&finding, 0, member->size);
        check_add(check, &finding);
    }
}

struct shown_segment *check_segment(struct check *check, uint64_t number)
{
    struct shown_segment *segments = check->segments.data;
    size_t low = 0;
    size_t high = check->segments.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (segments[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < check->segments.count && segments[low].number == number ? &segments[low] : NULL;
}

/* ---- the ZIP ---- */

static void take_fault(void *context, const struct zip_fault *fault)
{
    struct check *check = context;
    struct finding finding = check_finding(check, FAULT_PACKAGE_STRUCTURE, NULL);
    finding_set_bytes(&finding, fault->from, fault->to);
    finding_set_detail(&finding, "%s", fault->what);
    check_add(check, &finding);
}

/* STATUS_INVALID: it was reported, and nothing can be looked at. */
static enum status open_zip(struct check *check, struct error *error)
{
    enum status status =
        zip_reader_open(check->options->file, take_fault, check, &check->zip, error);
    if (status == STATUS_OK) {
        check->listed =
            calloc(zip_reader_count(check->zip), sizeof(const struct manifest_member *));
    }
    return status == STATUS_OK && check->listed == NULL
               ? error_set(error, STATUS_NO_MEMORY, "no memory to verify a package")
               : status;
}

/* Every file that neither a proof nor a clip is. */
static enum status check_file(struct check *check, const struct zip_member *member,
                              struct hasher *hasher, struct error *error)
{
    enum { CHUNK = 65536 };
    uint8_t chunk[CHUNK];
    struct digest digest;
    enum status status = STATUS_OK;
    hasher_begin(hasher);
    for (uint64_t at = 0; at < member->size && status == STATUS_OK;) {
        size_t size = member->size - at < CHUNK ? (size_t)(member->size - at) : CHUNK;
        status = zip_reader_read(check->zip, member, at, chunk, size, error);
        hasher_add(hasher, (struct bytes){chunk, size});
        at += size;
    }
    hasher_end(hasher, &digest);
    if (status == STATUS_OK) {
        check_digest(check, member, &digest);
    }
    return status;
}

/* Those two are hashed while they are read. */
static bool is_hashed_elsewhere(const char *name)
{
    return manifest_is_clip(name) || strcmp(name, PROOF_RECORDS) == 0 ||
           strcmp(name, PROOF_CLIPS) == 0 || strcmp(name, MANIFEST_NAME) == 0;
}

enum status check_files(struct check *check, struct error *error)
{
    struct hasher *hasher = NULL;
    if (check->algorithm == 0 || !check->has_manifest) {
        return STATUS_OK;
    }
    enum status status = hasher_new(check->algorithm, &hasher, error);
    for (size_t i = 0; i < zip_reader_count(check->zip) && status == STATUS_OK; i++) {
        const struct zip_member *member = zip_reader_at(check->zip, i);
        if (!is_hashed_elsewhere(member->name)) {
            status = check_file(check, member, hasher, error);
        }
    }
    hasher_free(hasher);
    return status;
}

/* ---- all of it ---- */

static enum status (*const steps[])(struct check *check, struct error *error) = {
    check_certificate, check_manifest, check_checkpoints, check_records,
    check_clips,       check_files,    check_complete,
};

static enum status run(struct check *check, struct error *error)
{
    check->request = calloc(1, sizeof(*check->request));
    check->sources = calloc(CHECK_SOURCES_MAX, sizeof(*check->sources));
    if (check->request == NULL || check->sources == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to verify a package");
    }
    enum status status = open_zip(check, error);
    if (status == STATUS_INVALID) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && status == STATUS_OK; i++) {
        status = steps[i](check, error);
    }
    return status;
}

static void release(struct check *check)
{
    for (size_t i = 0; i < check->source_count; i++) {
        free(check->sources[i].cover.data);
    }
    zip_reader_free(check->zip);
    certificate_free(check->certificate);
    public_key_free(check->key);
    manifest_release(&check->manifest);
    free(check->listed);
    free(check->claims);
    free(check->request);
    free(check->sources);
    free(check->heads.data);
    free(check->segments.data);
    free(check->gaps.data);
    free(check->expired_bodies.data);
    free(check->expired_segments.data);
}

enum status package_check(const struct package_options *options,
                          void (*progress)(void *context, uint64_t done, uint64_t total),
                          void *context, struct package_report *report, struct error *error)
{
    struct check check = {
        .options = options, .report = report, .progress = progress, .progress_context = context};
    *report = (struct package_report){0};
    report->has_trust = options->trust != NULL || options->fingerprint != NULL;
    if (options->since.size > 0) {
        enum status status = checkpoint_parse(options->since, &report->since, error);
        if (status != STATUS_OK) {
            return status;
        }
        report->has_since = true;
    }
    enum status status = run(&check, error);
    release(&check);
    if (status != STATUS_OK) {
        package_report_release(report);
        return status;
    }
    report->verdict = audit_verdict_of(&report->findings);
    return STATUS_OK;
}

void package_report_release(struct package_report *report)
{
    findings_release(&report->findings);
}
