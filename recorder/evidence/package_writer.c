#include "evidence/package_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evidence/package_writer_parts.h"
#include "evidence/record_file_writer.h"
#include "ledger/note.h"

/* ---- what it is made from ---- */

static enum status take_checkpoint(struct package_writer *writer, struct error *error)
{
    struct bytes note;
    enum status status = ledger_view_newest(writer->plan->view, &note, error);
    if (status == STATUS_OK) {
        status = buffer_append(&writer->note, note.data, note.size);
    }
    return status == STATUS_OK ? checkpoint_verify(writer->suite, writer->key, note,
                                                   &writer->manifest.checkpoint, error)
                               : status;
}

static enum status take_request(struct package_writer *writer, struct error *error)
{
    struct ledger_row row;
    struct record_head head;
    json_t *body = NULL;
    enum status status = ledger_view_row(writer->plan->view, writer->plan->request, &row, error);
    if (status == STATUS_OK) {
        status = record_head_parse(row.head, &head, error);
    }
    if (status == STATUS_OK) {
        status = record_body_check(writer->algorithm, &head, row.body, error);
    }
    if (status == STATUS_OK) {
        status = record_body_parse(row.body, &body, error);
    }
    if (status == STATUS_OK) {
        status = head.kind == RECORD_OPERATOR
                     ? export_record_parse(body, writer->request, error)
                     : error_set(error, STATUS_NOT_FOUND, "it is no request for a package");
    }
    json_decref(body);
    writer->manifest.request = writer->plan->request;
    return status;
}

/* Into its place by size; one of each. */
static enum status take_outside(struct package_writer *writer, size_t which, struct error *error)
{
    struct checkpoint checkpoint;
    enum status status = checkpoint_verify(writer->suite, writer->key, writer->plan->outside[which],
                                           &checkpoint, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (strcmp(checkpoint.origin, writer->manifest.checkpoint.origin) != 0 ||
        checkpoint.size > writer->manifest.checkpoint.size) {
        return error_set(error, STATUS_MISMATCH,
                         "the checkpoint of %" PRIu64 " records is not one of this ledger",
                         checkpoint.size);
    }
    size_t at = writer->mark_count;
    while (at > 0 && writer->marks[at - 1] >= checkpoint.size) {
        at--;
    }
    if (checkpoint.size == writer->manifest.checkpoint.size ||
        (at < writer->mark_count && writer->marks[at] == checkpoint.size)) {
        return STATUS_OK;
    }
    size_t moved = writer->mark_count - at;
    memmove(&writer->marks[at + 1], &writer->marks[at], moved * sizeof(*writer->marks));
    memmove(&writer->outside[at + 1], &writer->outside[at], moved * sizeof(*writer->outside));
    writer->marks[at] = checkpoint.size;
    writer->outside[at] = which;
    writer->mark_count++;
    return STATUS_OK;
}

static enum status prepare(struct package_writer *writer, struct error *error)
{
    const struct package_plan *plan = writer->plan;
    enum status status = certificate_public_key(plan->certificate, &writer->key, error);
    if (status == STATUS_OK) {
        status = zip_writer_new(plan->file, &writer->zip, error);
    }
    if (status == STATUS_OK) {
        status = hasher_new(writer->algorithm, &writer->hasher, error);
    }
    if (status == STATUS_OK) {
        status = take_checkpoint(writer, error);
    }
    if (status == STATUS_OK) {
        status = take_request(writer, error);
    }
    for (size_t i = 0; i < plan->outside_count && status == STATUS_OK; i++) {
        status = take_outside(writer, i, error);
    }
    if (status == STATUS_OK) {
        status = selection_make(plan->view, writer->request, plan->request,
                                writer->manifest.checkpoint.size, &writer->selection, error);
    }
    struct text_sink sink = package_clip_sink(writer);
    return status == STATUS_OK ? text_sink_format(&sink, error, "sealroom clips v1\n") : status;
}

enum status package_writer_new(const struct package_plan *plan, struct package_writer **writer,
                               struct error *error)
{
    struct package_writer *made = calloc(1, sizeof(*made));
    *writer = NULL;
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for a package");
    }
    made->plan = plan;
    made->suite = certificate_suite(plan->certificate);
    made->request = malloc(sizeof(*made->request));
    made->marks = calloc(plan->outside_count + 1, sizeof(*made->marks));
    made->outside = calloc(plan->outside_count + 1, sizeof(*made->outside));
    enum status status = STATUS_OK;
    if (made->suite == NULL) {
        status = error_set(error, STATUS_UNSUPPORTED, "the certificate is of no known suite");
    } else if (made->request == NULL || made->marks == NULL || made->outside == NULL) {
        status = error_set(error, STATUS_NO_MEMORY, "no memory for a package");
    } else {
        made->algorithm = suite_digest_algorithm(made->suite);
        status = prepare(made, error);
    }
    if (status != STATUS_OK) {
        package_writer_free(made);
        return status;
    }
    *writer = made;
    return STATUS_OK;
}

void package_writer_free(struct package_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    package_clip_release(writer);
    public_key_free(writer->key);
    hasher_free(writer->hasher);
    zip_writer_free(writer->zip);
    selection_free(writer->selection);
    manifest_release(&writer->manifest);
    buffer_release(&writer->note);
    free(writer->request);
    free(writer->marks);
    free(writer->outside);
    free(writer);
}

const struct export_record *package_writer_request(const struct package_writer *writer)
{
    return writer->request;
}

const struct selection *package_writer_selection(const struct package_writer *writer)
{
    return writer->selection;
}

const struct checkpoint *package_writer_checkpoint(const struct package_writer *writer)
{
    return &writer->manifest.checkpoint;
}

const struct manifest_member *package_writer_last(const struct package_writer *writer)
{
    return &writer->manifest.members[writer->manifest.count - 1];
}

uint64_t package_writer_records(const struct package_writer *writer)
{
    return writer->records;
}

/* ---- members ---- */

enum status package_list_member(struct package_writer *writer, const struct digest *digest,
                                struct error *error)
{
    const struct zip_member *written =
        zip_writer_at(writer->zip, zip_writer_count(writer->zip) - 1);
    struct manifest_member member = {.size = written->size, .crc = written->crc};
    memcpy(member.name, written->name, sizeof(member.name));
    if (digest != NULL) {
        member.digest = *digest;
    }
    return manifest_add(&writer->manifest, &member, error);
}

enum status package_file_begin(struct package_writer *writer, const char *name, struct error *error)
{
    if (manifest_is_clip(name)) {
        return error_set(error, STATUS_INVALID, "%s is the name of a clip", name);
    }
    enum status status = zip_writer_begin(writer->zip, name, error);
    hasher_begin(writer->hasher);
    writer->file_is_open = status == STATUS_OK;
    return status;
}

enum status package_file_add(struct package_writer *writer, struct bytes bytes, struct error *error)
{
    if (!writer->file_is_open) {
        return error_set(error, STATUS_INVALID, "no file of the package is open");
    }
    hasher_add(writer->hasher, bytes);
    return zip_writer_add(writer->zip, bytes, error);
}

enum status package_file_end(struct package_writer *writer, struct error *error)
{
    struct digest digest;
    writer->file_is_open = false;
    hasher_end(writer->hasher, &digest);
    enum status status = zip_writer_end(writer->zip, error);
    return status == STATUS_OK ? package_list_member(writer, &digest, error) : status;
}

enum status package_writer_file(struct package_writer *writer, const char *name,
                                struct bytes content, struct error *error)
{
    enum status status = package_file_begin(writer, name, error);
    if (status == STATUS_OK) {
        status = package_file_add(writer, content, error);
    }
    return status == STATUS_OK ? package_file_end(writer, error) : status;
}

/* ---- proofs ---- */

static enum status put_file(void *context, struct bytes bytes, struct error *error)
{
    return package_file_add(context, bytes, error);
}

struct records_walk {
    struct package_writer *writer;
    struct record_file_writer file;
    struct error *error;
};

static enum status each_row(void *context, const struct ledger_row *row)
{
    struct records_walk *walk = context;
    enum shown_as as;
    if (row->number >= walk->file.size) {
        return STATUS_END;
    }
    if (!selection_shows(walk->writer->selection, row, &as)) {
        return STATUS_OK;
    }
    walk->writer->records++;
    return record_file_add(&walk->file, as, row->number, &row->leaf, row->head, row->body,
                           walk->error);
}

static enum status write_records(struct package_writer *writer, struct error *error)
{
    struct records_walk walk = {.writer = writer, .error = error};
    walk.file = (struct record_file_writer){
        .tiling = {.algorithm = writer->algorithm,
                   .nodes = ledger_view_nodes(writer->plan->view),
                   .sink = {put_file, writer}},
        .size = writer->manifest.checkpoint.size,
        .marks = writer->marks,
        .mark_count = writer->mark_count,
    };
    enum status status = package_file_begin(writer, PROOF_RECORDS, error);
    if (status == STATUS_OK) {
        status = record_file_begin(&walk.file, error);
    }
    if (status == STATUS_OK) {
        status = ledger_view_rows(writer->plan->view, 0, each_row, &walk, error);
    }
    if (status == STATUS_OK || status == STATUS_END) {
        status = record_file_end(&walk.file, &writer->manifest.checkpoint.root, error);
    }
    return status == STATUS_OK ? package_file_end(writer, error) : status;
}

static enum status write_clips(struct package_writer *writer, struct error *error)
{
    uint8_t chunk[65536];
    uint64_t at = 0;
    enum status status = package_file_begin(writer, PROOF_CLIPS, error);
    while (status == STATUS_OK && at < writer->scratch_size) {
        ssize_t got = pread(writer->plan->scratch, chunk, sizeof(chunk), (off_t)at);
        if (got <= 0) {
            return error_set_errno(error, STATUS_IO, got < 0 ? errno : EIO,
                                   "the list of clips cannot be read");
        }
        at += (uint64_t)got;
        status = package_file_add(writer, (struct bytes){chunk, (size_t)got}, error);
    }
    return status == STATUS_OK ? package_file_end(writer, error) : status;
}

static enum status write_checkpoint(struct package_writer *writer, uint64_t size, struct bytes note,
                                    struct error *error)
{
    char name[ZIP_NAME_SIZE];
    (void)snprintf(name, sizeof(name), PROOF_CHECKPOINTS "%" PRIu64 ".txt", size);
    return package_writer_file(writer, name, note, error);
}

enum status package_writer_proofs(struct package_writer *writer, struct error *error)
{
    enum status status = write_clips(writer, error);
    if (status == STATUS_OK) {
        status = write_records(writer, error);
    }
    if (status == STATUS_OK) {
        status = package_writer_file(writer, PROOF_CERTIFICATE,
                                     certificate_der(writer->plan->certificate), error);
    }
    for (size_t i = 0; i < writer->mark_count && status == STATUS_OK; i++) {
        status = write_checkpoint(writer, writer->marks[i],
                                  writer->plan->outside[writer->outside[i]], error);
    }
    return status == STATUS_OK ? write_checkpoint(writer, writer->manifest.checkpoint.size,
                                                  buffer_bytes(&writer->note), error)
                               : status;
}

/* ---- the end ---- */

enum status package_writer_text(struct package_writer *writer, struct buffer *text,
                                struct error *error)
{
    return manifest_write(&writer->manifest, text, error);
}

enum status package_writer_finish(struct package_writer *writer, struct bytes note,
                                  struct error *error)
{
    struct bytes text;
    struct buffer expected = {0};
    enum status status = note_verify(writer->suite, writer->key, writer->manifest.checkpoint.origin,
                                     note, &text, error);
    if (status == STATUS_OK) {
        status = manifest_write(&writer->manifest, &expected, error);
    }
    if (status == STATUS_OK && !bytes_equal(text, buffer_bytes(&expected))) {
        status = error_set(error, STATUS_MISMATCH, "another manifest was signed");
    }
    buffer_release(&expected);
    if (status == STATUS_OK) {
        status = zip_writer_begin(writer->zip, MANIFEST_NAME, error);
    }
    if (status == STATUS_OK) {
        status = zip_writer_add(writer->zip, note, error);
    }
    if (status == STATUS_OK) {
        status = zip_writer_end(writer->zip, error);
    }
    return status == STATUS_OK ? zip_writer_finish(writer->zip, error) : status;
}
