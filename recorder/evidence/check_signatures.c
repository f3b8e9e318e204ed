/*
 * Whose package it is: certificate, manifest and checkpoints.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/check_parts.h"
#include "evidence/trust_memory.h"
#include "ledger/note.h"

#define PROOF                "proof/"
#define CERTIFICATE_SIZE_MAX 65536u

/* ---- certificate ---- */

static enum package_trust trust_of(const struct check *check)
{
    const struct package_options *options = check->options;
    if (options->fingerprint != NULL) {
        return strcmp(options->fingerprint, check->report->fingerprint) == 0
                   ? PACKAGE_TRUST_FINGERPRINT
                   : PACKAGE_TRUST_NONE;
    }
    if (options->trust == NULL) {
        return PACKAGE_TRUST_REMEMBERED;
    }
    if (certificate_same_key(check->certificate, options->trust)) {
        return PACKAGE_TRUST_CERTIFICATE;
    }
    return certificate_verify(check->certificate, options->trust, NULL) == STATUS_OK
               ? PACKAGE_TRUST_ISSUER
               : PACKAGE_TRUST_NONE;
}

static void judge_trust(struct check *check)
{
    if (check->options->trust == NULL && check->options->fingerprint == NULL &&
        !trust_memory_has(check->options->remembered, check->report->fingerprint)) {
        check_report(check, FAULT_NOT_TRUSTED, PROOF_CERTIFICATE, "");
        return;
    }
    check->report->trust = trust_of(check);
    if (check->report->trust == PACKAGE_TRUST_NONE) {
        check_report(check, FAULT_KEY_NOT_TRUSTED, PROOF_CERTIFICATE, "");
    }
}

enum status check_certificate(struct check *check, struct error *error)
{
    struct buffer der = {0};
    enum status status = check_read(check, PROOF_CERTIFICATE, CERTIFICATE_SIZE_MAX, &der, error);
    enum status parsed = status == STATUS_OK
                             ? certificate_parse(buffer_bytes(&der), &check->certificate, error)
                             : STATUS_OK;
    if (parsed == STATUS_NO_MEMORY) {
        status = parsed;
    } else if (status == STATUS_OK &&
               (parsed != STATUS_OK ||
                !bytes_equal(certificate_der(check->certificate), buffer_bytes(&der)))) {
        check_report(check, FAULT_CERTIFICATE_ALTERED, PROOF_CERTIFICATE, "it is no certificate");
        status = STATUS_NOT_FOUND;
    }
    buffer_release(&der);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    certificate_fingerprint(check->certificate, check->report->fingerprint);
    judge_trust(check);
    check->suite = certificate_suite(check->certificate);
    if (check->suite == NULL) {
        check_report(check, FAULT_NO_CERTIFICATE, PROOF_CERTIFICATE, "");
        return STATUS_OK;
    }
    check->algorithm = suite_digest_algorithm(check->suite);
    (void)snprintf(check->report->suite, sizeof(check->report->suite), "%s",
                   suite_name(check->suite));
    if (certificate_is_self_issued(check->certificate) &&
        certificate_verify(check->certificate, check->certificate, NULL) != STATUS_OK) {
        check_report(check, FAULT_CERTIFICATE_ALTERED, PROOF_CERTIFICATE,
                     "its signature does not fit");
    }
    return certificate_public_key(check->certificate, &check->key, error);
}

/* ---- manifest ---- */

/* Signed by this key, and by no other: a line that no signature covers could say anything. */
static enum status judge_note(struct check *check, struct bytes note, struct error *error)
{
    struct bytes text;
    enum status status = note_verify(check->suite, check->key, check->manifest.checkpoint.origin,
                                     note, &text, error);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status != STATUS_OK) {
        check_report(check,
                     status == STATUS_NOT_FOUND ? FAULT_MANIFEST_FOREIGN : FAULT_MANIFEST_ALTERED,
                     MANIFEST_NAME, "");
        return STATUS_OK;
    }
    const uint8_t *signatures = text.data + text.size + 1; /* behind the empty line */
    const uint8_t *end = note.data + note.size;
    if (memchr(signatures, '\n', (size_t)(end - signatures)) != end - 1) {
        check_report(check, FAULT_MANIFEST_ALTERED, MANIFEST_NAME, "more than one signature");
    }
    return STATUS_OK;
}

/* Its CRC is the only one that no manifest states. */
static enum status judge_crc(struct check *check, struct bytes content, struct error *error)
{
    const struct zip_member *member = zip_reader_find(check->zip, MANIFEST_NAME);
    struct zip_crc *crc = malloc(sizeof(*crc));
    if (crc == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to verify a package");
    }
    zip_crc_prepare(crc);
    if (member != zip_reader_at(check->zip, zip_reader_count(check->zip) - 1)) {
        check_report(check, FAULT_PACKAGE_STRUCTURE, MANIFEST_NAME, "it is not the last member");
    }
    if (member->crc != zip_crc_add(crc, 0, content)) {
        check_report(check, FAULT_MANIFEST_ALTERED, MANIFEST_NAME, "its CRC does not fit");
    }
    free(crc);
    return STATUS_OK;
}

/* The same members in the same order, of the same size and CRC. */
static void compare_members(struct check *check)
{
    const struct manifest *manifest = &check->manifest;
    size_t count = zip_reader_count(check->zip);
    const struct zip_member *before = NULL;
    bool in_order = true;
    for (uint32_t i = 0; i < manifest->count; i++) {
        const struct manifest_member *listed = &manifest->members[i];
        const struct zip_member *member = zip_reader_find(check->zip, listed->name);
        if (member == NULL) {
            check_report(check, FAULT_MEMBER_MISSING, listed->name, "");
            continue;
        }
        check->listed[member - zip_reader_at(check->zip, 0)] = listed;
        if (member->size != listed->size || member->crc != listed->crc) {
            check_report(check, FAULT_MEMBER_ALTERED, listed->name, "its size or CRC is another");
        }
        in_order = in_order && (before == NULL || member > before); /* they lie in an array */
        before = member;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = zip_reader_at(check->zip, i)->name;
        if (strcmp(name, MANIFEST_NAME) != 0 && check->listed[i] == NULL) {
            check_report(check, FAULT_MEMBER_UNLISTED, name, "");
        }
    }
    if (!in_order) {
        check_report(check, FAULT_PACKAGE_STRUCTURE, NULL, "its members are in another order");
    }
}

/* Below proof/ nothing stands but what is known there. */
static void judge_places(struct check *check)
{
    static const char *const known[] = {PROOF_RECORDS, PROOF_CLIPS, PROOF_CERTIFICATE};
    for (size_t i = 0; i < zip_reader_count(check->zip); i++) {
        const char *name = zip_reader_at(check->zip, i)->name;
        bool is_known = strncmp(name, PROOF, strlen(PROOF)) != 0 ||
                        strncmp(name, PROOF_CHECKPOINTS, strlen(PROOF_CHECKPOINTS)) == 0;
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]) && !is_known; k++) {
            is_known = strcmp(name, known[k]) == 0;
        }
        if (!is_known) {
            check_report(check, FAULT_PACKAGE_STRUCTURE, name, "it has no place there");
        }
    }
}

static void name_package(struct check *check, struct bytes text)
{
    struct digest digest;
    if (check->algorithm != 0) {
        digest_of(check->algorithm, text, &digest);
        hex_encode(check->report->digest, digest.bytes, DIGEST_BYTES);
    }
}

static enum status take_manifest(struct check *check, struct bytes note, struct error *error)
{
    struct bytes text = {0};
    enum status status = note_text(note, &text, error);
    if (status == STATUS_OK) {
        status = manifest_read(text, &check->manifest, error);
    }
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status != STATUS_OK) {
        check_report(check, FAULT_MANIFEST_ALTERED, MANIFEST_NAME, error->text);
        manifest_release(&check->manifest);
        return STATUS_OK;
    }
    check->has_manifest = true;
    name_package(check, text);
    status = check->key != NULL ? judge_note(check, note, error) : STATUS_OK;
    compare_members(check);
    judge_places(check);
    return status;
}

enum status check_manifest(struct check *check, struct error *error)
{
    struct buffer note = {0};
    struct error problem = {0};
    enum status status = check_read(check, MANIFEST_NAME, MANIFEST_SIZE_MAX, &note, error);
    if (status != STATUS_OK) {
        buffer_release(&note);
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    status = judge_crc(check, buffer_bytes(&note), error);
    if (status == STATUS_OK) {
        status = take_manifest(check, buffer_bytes(&note), &problem);
        if (status != STATUS_OK) {
            status = error_set(error, status, "%s", problem.text);
        }
    }
    buffer_release(&note);
    return status;
}

/* ---- checkpoints ---- */

static int compare_claims(const void *left, const void *right)
{
    uint64_t a = ((const struct claim *)left)->checkpoint.size;
    uint64_t b = ((const struct claim *)right)->checkpoint.size;
    return a < b ? -1 : a > b;
}

static bool is_in_place(const char *member, const struct checkpoint *checkpoint)
{
    char name[ZIP_NAME_SIZE];
    (void)snprintf(name, sizeof(name), PROOF_CHECKPOINTS "%" PRIu64 ".txt", checkpoint->size);
    return strcmp(name, member) == 0;
}

/* What is not STATUS_OK was reported, but STATUS_IO and STATUS_NO_MEMORY. */
static enum status read_checkpoint(struct check *check, const char *name,
                                   struct checkpoint *checkpoint, struct error *error)
{
    struct buffer note = {0};
    struct error problem = {0};
    enum status status = check_read(check, name, CHECKPOINT_SIZE_MAX, &note, error);
    if (status != STATUS_OK) {
        buffer_release(&note);
        return status;
    }
    status = check->key != NULL ? checkpoint_verify(check->suite, check->key, buffer_bytes(&note),
                                                    checkpoint, &problem)
                                : checkpoint_parse(buffer_bytes(&note), checkpoint, &problem);
    buffer_release(&note);
    if (status == STATUS_NO_MEMORY) {
        return error_set(error, status, "%s", problem.text);
    }
    if (status != STATUS_OK) {
        check_report(
            check, status == STATUS_NOT_FOUND ? FAULT_CHECKPOINT_FOREIGN : FAULT_CHECKPOINT_ALTERED,
            name, problem.text);
        return STATUS_INVALID;
    }
    if (!is_in_place(name, checkpoint)) {
        check_report(check, FAULT_CHECKPOINT_ALTERED, name, "it stands in another one's place");
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum status take_checkpoint(struct check *check, const char *name, struct error *error)
{
    struct package_report *report = check->report;
    struct claim *claim = &check->claims[check->claim_count];
    *claim = (struct claim){0};
    memcpy(claim->name, name, strlen(name) + 1);
    enum status status = read_checkpoint(check, name, &claim->checkpoint, error);
    if (status != STATUS_OK) {
        return status == STATUS_IO || status == STATUS_NO_MEMORY ? status : STATUS_OK;
    }
    check->claim_count++;
    if (!report->has_checkpoint || claim->checkpoint.size > report->checkpoint.size) {
        report->has_checkpoint = true;
        report->checkpoint = claim->checkpoint;
    }
    return STATUS_OK;
}

static void judge_newest(struct check *check)
{
    const struct checkpoint *newest = &check->report->checkpoint;
    const struct checkpoint *listed = &check->manifest.checkpoint;
    if (!check->report->has_checkpoint) {
        check_report(check, FAULT_MEMBER_MISSING, PROOF_CHECKPOINTS, "");
    } else if (check->has_manifest &&
               (newest->size != listed->size || !digest_equal(&newest->root, &listed->root) ||
                strcmp(newest->origin, listed->origin) != 0)) {
        check_report(check, FAULT_MANIFEST_CONTRADICTED, MANIFEST_NAME, "another checkpoint");
    }
    for (size_t i = 0; i < check->claim_count; i++) {
        if (strcmp(check->claims[i].checkpoint.origin, newest->origin) != 0) {
            check_report(check, FAULT_CHECKPOINT_FOREIGN, check->claims[i].name, "");
        }
    }
}

/* The one from outside. One of another key speaks of another ledger. */
static enum status take_since(struct check *check, struct error *error)
{
    const struct checkpoint *since = &check->report->since;
    struct checkpoint checkpoint;
    if (!check->report->has_since || check->key == NULL || !check->report->has_checkpoint) {
        return STATUS_OK;
    }
    enum status status =
        checkpoint_verify(check->suite, check->key, check->options->since, &checkpoint, error);
    if (status == STATUS_NOT_FOUND ||
        strcmp(since->origin, check->report->checkpoint.origin) != 0) {
        struct finding finding = check_finding(check, FAULT_SINCE_OTHER, NULL);
        finding_set_detail(&finding, "%.90s instead of %.90s", check->report->checkpoint.origin,
                           since->origin);
        check_add(check, &finding);
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        check->claims[check->claim_count++] = (struct claim){.checkpoint = checkpoint};
    }
    if (status == STATUS_MISMATCH) {
        return error_set(error, status,
                         "the signature of this checkpoint from outside does not fit its text: it "
                         "was changed or copied wrongly");
    }
    return status;
}

enum status check_checkpoints(struct check *check, struct error *error)
{
    size_t count = zip_reader_count(check->zip);
    enum status status = STATUS_OK;
    check->claims = calloc(count + 1, sizeof(*check->claims));
    if (check->claims == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to verify a package");
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const char *name = zip_reader_at(check->zip, i)->name;
        if (strncmp(name, PROOF_CHECKPOINTS, strlen(PROOF_CHECKPOINTS)) == 0) {
            status = take_checkpoint(check, name, error);
        }
    }
    judge_newest(check);
    if (status == STATUS_OK) {
        status = take_since(check, error);
    }
    qsort(check->claims, check->claim_count, sizeof(*check->claims), compare_claims);
    return status;
}
