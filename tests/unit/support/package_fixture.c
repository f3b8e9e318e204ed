#include "package_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/certificate_issue.h"
#include "evidence/clip_movie.h"
#include "evidence/zip_reader.h"
#include "evidence/zip_writer.h"
#include "ledger/note.h"
#include "store/body_expiry_record.h"
#include "store/expiry_record.h"
#include "store/gap_record.h"

#define FRAGMENTS 5

static struct ledger *ledger_of(struct package_fixture *fixture)
{
    return fixture->store.base.ledger;
}

static uint64_t append(struct package_fixture *fixture, enum record_kind kind, const char *source,
                       json_t *members)
{
    uint64_t number = 0;
    struct error error = {0};
    assert_non_null(members);
    store_pass(&fixture->store, NS_PER_SECOND);
    if (ledger_append(ledger_of(fixture), kind, source, members, &number, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    json_decref(members);
    return number;
}

static void entries(struct package_fixture *fixture, unsigned count)
{
    static const char *const sources[] = {"door/front", "door/back", "appliance"};
    for (unsigned i = 0; i < count; i++) {
        uint64_t number =
            append(fixture, RECORD_ENTRY, sources[i % 3],
                   json_pack("{s:s,s:s,s:s,s:i}", "event", "access_granted", "door",
                             i % 2 == 0 ? "archive" : "yard", "name", "=1+1", "n", (int)i));
        fixture->entry = i % 3 == 0 && fixture->from_utc_ns == 0 ? number : fixture->entry;
    }
    store_commit(&fixture->store);
}

static void begin_ledger(struct package_fixture *fixture)
{
    struct buffer text = {0};
    struct error error = {0};
    if (certificate_self_sign(fixture->store.base.key, "package test", &fixture->certificate,
                              &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    certificate_fingerprint(fixture->certificate, fixture->fingerprint);
    assert_int_equal(base64_append(&text, certificate_der(fixture->certificate)), STATUS_OK);
    (void)append(fixture, RECORD_LEDGER, "appliance",
                 json_pack("{s:s,s:s,s:s}", "origin", ledger_origin(ledger_of(fixture)), "suite",
                           suite_name(fixture->store.base.suite), "version", "test"));
    (void)append(fixture, RECORD_KEY, "appliance",
                 json_pack("{s:s,s:s,s:s,s:s%}", "use", "ledger", "suite",
                           suite_name(fixture->store.base.suite), "fingerprint",
                           fixture->fingerprint, "certificate", (const char *)text.data,
                           text.size));
    store_commit(&fixture->store);
    buffer_release(&text);
}

static void gap(struct package_fixture *fixture, int64_t start, int64_t end)
{
    struct gap_record record = {
        .camera = "gate", .start_utc_ns = start, .end_utc_ns = end, .cause = GAP_STALLED};
    json_t *members = NULL;
    assert_int_equal(gap_record_members(&record, &members, NULL), STATUS_OK);
    (void)append(fixture, RECORD_GAP, "camera/gate", members);
    store_commit(&fixture->store);
}

void package_begin(struct package_fixture *fixture, const char *suite)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->first_piece = 3;
    fixture->last_piece = FRAGMENTS;
    fixture->second_first_piece = 1;
    store_begin(&fixture->store, suite);
    begin_ledger(fixture);
    entries(fixture, 9);
    struct bytes note = ledger_checkpoint(ledger_of(fixture));
    memcpy(fixture->early_note, note.data, note.size);
    /* an early segment, then the range: it begins in one, ends in another, and a gap is between */
    fixture->early_utc_ns = fixture->store.base.now.utc_ns;
    fixture->store.continues = true;
    store_record(&fixture->store, "gate", FRAGMENTS, NULL, &fixture->early);
    fixture->store.continues = false;
    int64_t first = fixture->store.base.now.utc_ns;
    fixture->starts_utc_ns[0] = first;
    store_record(&fixture->store, "gate", FRAGMENTS, fixture->segments[0], &fixture->records[0]);
    int64_t begin = fixture->store.base.now.utc_ns;
    entries(fixture, 7);
    int64_t end = fixture->store.base.now.utc_ns;
    gap(fixture, begin, end + NS_PER_SECOND);
    fixture->starts_utc_ns[1] = fixture->store.base.now.utc_ns;
    store_record(&fixture->store, "gate", FRAGMENTS, fixture->segments[1], &fixture->records[1]);
    store_commit(&fixture->store);
    fixture->from_utc_ns = first + 2 * NS_PER_SECOND + NS_PER_SECOND / 2;
    fixture->to_utc_ns = fixture->store.base.now.utc_ns - 2 * NS_PER_SECOND;
    store_pass(&fixture->store, NS_PER_SECOND);
    entries(fixture, 5);
}

void package_begin_small(struct package_fixture *fixture, const char *suite)
{
    memset(fixture, 0, sizeof *fixture);
    store_begin(&fixture->store, suite);
    begin_ledger(fixture);
    fixture->from_utc_ns = fixture->store.base.now.utc_ns;
    fixture->entry = append(fixture, RECORD_ENTRY, "door/front",
                            json_pack("{s:s,s:s,s:s}", "event", "access_granted", "door", "archive",
                                      "credential", "0012345678"));
    store_commit(&fixture->store);
    store_pass(&fixture->store, NS_PER_SECOND);
    fixture->to_utc_ns = fixture->store.base.now.utc_ns;
}

void package_end(struct package_fixture *fixture)
{
    certificate_free(fixture->certificate);
    store_end(&fixture->store);
}

void package_expire_bodies(struct package_fixture *fixture, uint64_t first, uint64_t number)
{
    struct body_expiry_record *record = calloc(1, sizeof *record);
    json_t *members = NULL;
    assert_non_null(record);
    record->record_days = 180;
    record->count = 1;
    record->ranges[0] = (struct body_range){first, number};
    assert_int_equal(body_expiry_record_members(record, &members, NULL), STATUS_OK);
    free(record);
    store_pass(&fixture->store, NS_PER_SECOND);
    uint64_t expiry = store_append(&fixture->store, RECORD_EXPIRY, "appliance", members);
    assert_int_equal(ledger_expire_bodies(ledger_of(fixture), expiry, &number, 1, NULL), STATUS_OK);
}

void package_expire_body(struct package_fixture *fixture, uint64_t number)
{
    package_expire_bodies(fixture, number, number);
}

void package_expire_video(struct package_fixture *fixture, size_t which)
{
    struct expiry_record *record = calloc(1, sizeof *record);
    json_t *members = NULL;
    assert_non_null(record);
    SET_TEXT(record->camera, "gate");
    record->reason = RETENTION_AGE;
    record->video_days = 30;
    record->count = 1;
    struct expiry_segment *segment = &record->segments[0];
    segment->record = fixture->records[which];
    SET_TEXT(segment->id, fixture->segments[which]);
    segment_file_name(segment->file, "gate", segment->id);
    segment->start_utc_ns = fixture->from_utc_ns;
    segment->end_utc_ns = fixture->to_utc_ns;
    segment->size = 1;
    segment->roots.has_sm3 = store_with_sm3(&fixture->store);
    memset(&segment->roots.sha256, 1, sizeof segment->roots.sha256);
    memset(&segment->roots.sm3, 1, sizeof segment->roots.sm3);
    assert_int_equal(expiry_record_members(record, &members, NULL), STATUS_OK);
    free(record);
    store_pass(&fixture->store, NS_PER_SECOND);
    (void)store_append(&fixture->store, RECORD_EXPIRY, "camera/gate", members);
}

static uint64_t latest(struct package_fixture *fixture, const char *source)
{
    uint64_t seq = 0;
    int64_t at = 0;
    int64_t monotonic = 0;
    ledger_source_state(ledger_of(fixture), source, &seq, &at, &monotonic);
    return seq;
}

uint64_t package_request(struct package_fixture *fixture, const char *sources)
{
    struct export_record *record = calloc(1, sizeof *record);
    char names[256];
    char *rest = NULL;
    json_t *members = NULL;
    struct error error = {0};
    assert_non_null(record);
    record->from_utc_ns = fixture->from_utc_ns;
    record->to_utc_ns = fixture->to_utc_ns;
    SET_TEXT(record->purpose, fixture->purpose != NULL ? fixture->purpose : "核查");
    SET_TEXT(record->case_number, fixture->case_number != NULL ? fixture->case_number : "2026-17");
    if (fixture->account != NULL) {
        SET_TEXT(record->account, fixture->account);
        SET_TEXT(record->person, "王芳");
        SET_TEXT(record->second, "zhao");
    }
    SET_TEXT(record->doors, fixture->doors != NULL ? fixture->doors : "");
    SET_TEXT(names, sources);
    for (char *name = strtok_r(names, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        SET_TEXT(record->sources[record->count].source, name);
        record->sources[record->count++].latest = latest(fixture, name);
    }
    if (export_record_members(record, &members, &error) != STATUS_OK) {
        fail_msg("%s", error.text);
    }
    free(record);
    store_pass(&fixture->store, NS_PER_SECOND);
    return store_append(&fixture->store, RECORD_OPERATOR, "operator/uid-0", members);
}

/* ---- making one ---- */

static void must(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_name(status), error != NULL ? error->text : "");
    }
}

/* Fragments first to last of a segment, as store_record wrote them. */
struct part {
    uint64_t record;
    int64_t start_utc_ns;
    unsigned first;
    unsigned last;
};

/* A clip while it is made up here. */
struct made_clip {
    struct buffer front;
    struct buffer data; /* its pieces */
    struct package_place places[2 * (FRAGMENTS + 1)];
    struct piece pieces[2 * (FRAGMENTS + 1)]; /* in `data` */
    size_t count;
};

static void put_part(const struct part *part, bool with_init, struct made_clip *clip)
{
    for (unsigned i = 0; i <= part->last; i++) {
        int64_t start = part->start_utc_ns + (i > 0 ? (int64_t)i - 1 : 0) * NS_PER_SECOND;
        uint8_t data[FRAGMENT_SIZE];
        store_piece(i, start, data);
        if (i == 0 ? with_init : i >= part->first) {
            clip->places[clip->count] = (struct package_place){part->record, i, clip->data.size};
            clip->pieces[clip->count++] =
                (struct piece){.kind = i == 0 ? PIECE_INIT : PIECE_FRAGMENT,
                               .offset = clip->data.size,
                               .size = FRAGMENT_SIZE,
                               .start_utc_ns = start};
            must(buffer_append(&clip->data, data, sizeof data), NULL);
        }
    }
}

static void make_front(struct made_clip *clip)
{
    AUTO_CLOSE int file = memfd_create("clip", MFD_CLOEXEC);
    const struct footage_segment segment = {.file = "clip", .descriptor = file};
    struct footage_fragment fragment = {0};
    struct clip_movie movie = {0};
    struct error error = {0};
    must(file_write_all(file, buffer_bytes(&clip->data), &error), &error);
    must(clip_movie_begin(&movie, &segment, &clip->pieces[0], &clip->pieces[1], &fragment, &error),
         &error);
    for (size_t i = 1; i < clip->count; i++) {
        must(clip_movie_add(&movie, &segment, &clip->pieces[i], clip->pieces[i].offset, &fragment,
                            &error),
             &error);
    }
    must(clip_movie_end(&movie), NULL);
    must(clip_movie_front(&movie, clip->data.size, &clip->front, &error), &error);
    for (size_t i = 0; i < clip->count; i++) {
        clip->places[i].offset += clip->front.size;
    }
    buffer_release(&fragment.moof);
    clip_movie_release(&movie);
}

/* A clip as an exporter makes it, but for its seals. */
static void put_clip(struct package_writer *writer, const char *name, const struct part *parts,
                     size_t part_count)
{
    struct made_clip clip = {.count = 0};
    struct error error = {0};
    for (size_t i = 0; i < part_count; i++) {
        put_part(&parts[i], i == 0, &clip);
    }
    make_front(&clip);
    must(buffer_append(&clip.front, clip.data.data, clip.data.size), NULL);
    must(buffer_append(&clip.front, "\0\0\0\x14meta no seals  ", 20), NULL);
    must(package_clip_begin(writer, name, clip.places, clip.count, &error), &error);
    /* in parts that are no pieces */
    for (size_t at = 0; at < clip.front.size; at += 777) {
        size_t size = clip.front.size - at < 777 ? clip.front.size - at : 777;
        must(package_clip_add(writer, (struct bytes){clip.front.data + at, size}, &error), &error);
    }
    must(package_clip_end(writer, &error), &error);
    buffer_release(&clip.front);
    buffer_release(&clip.data);
}

static void put_clips(struct package_fixture *fixture, struct package_writer *writer)
{
    const struct part joined[] = {{fixture->early, fixture->early_utc_ns, 2, FRAGMENTS},
                                  {fixture->records[0], fixture->starts_utc_ns[0], 1, FRAGMENTS}};
    const struct part first = {fixture->records[0], fixture->starts_utc_ns[0], fixture->first_piece,
                               fixture->last_piece};
    const struct part second = {fixture->records[1], fixture->starts_utc_ns[1],
                                fixture->second_first_piece, FRAGMENTS - 2};
    struct error error = {0};
    if (fixture->absent == NULL) {
        put_clip(writer, "clips/gate-1.mp4", fixture->joined ? joined : &first,
                 fixture->joined ? 2 : 1);
    }
    put_clip(writer, "clips/gate-2.mp4", &second, 1);
    if (fixture->absent != NULL && fixture->absent[0] != '\0') {
        must(package_absent(writer, fixture->records[0], fixture->absent, &error), &error);
    }
}

static void finish(struct package_fixture *fixture, struct package_writer *writer)
{
    struct error error = {0};
    struct buffer note = {0};
    must(package_writer_proofs(writer, &error), &error);
    must(package_writer_text(writer, &note, &error), &error);
    must(note_sign(fixture->store.base.key, ledger_origin(ledger_of(fixture)), &note, &error),
         &error);
    must(package_writer_finish(writer, buffer_bytes(&note), &error), &error);
    buffer_release(&note);
}

static void take_content(int file, struct buffer *content)
{
    uint8_t chunk[65536];
    ssize_t got = 0;
    buffer_clear(content);
    while ((got = pread(file, chunk, sizeof chunk, (off_t)content->size)) > 0) {
        assert_int_equal(buffer_append(content, chunk, (size_t)got), STATUS_OK);
    }
}

void package_make(struct package_fixture *fixture, uint64_t request, const char *outside,
                  struct buffer *package)
{
    AUTO_CLOSE int file = memfd_create("package", MFD_CLOEXEC);
    AUTO_CLOSE int scratch = memfd_create("scratch", MFD_CLOEXEC);
    struct bytes note = bytes_of_text(outside != NULL ? outside : "");
    struct ledger_view *view = NULL;
    struct package_writer *writer = NULL;
    struct error error = {0};
    must(ledger_view_open(fixture->store.base.path, &view, &error), &error);
    must(ledger_view_begin(view, &error), &error);
    struct package_plan plan = {.view = view,
                                .file = file,
                                .scratch = scratch,
                                .certificate = fixture->certificate,
                                .request = request,
                                .outside = &note,
                                .outside_count = outside != NULL ? 1 : 0};
    must(package_writer_new(&plan, &writer, &error), &error);
    must(package_writer_file(writer, "report.html", bytes_of_text("<p>报告</p>"), &error), &error);
    size_t segments = 0;
    (void)selection_segments(package_writer_selection(writer), &segments);
    if (segments > 0) {
        put_clips(fixture, writer);
    }
    finish(fixture, writer);
    take_content(file, package);
    package_writer_free(writer);
    ledger_view_end(view);
    ledger_view_free(view);
}

/* ---- making it again ---- */

static void no_fault(void *context, const struct zip_fault *fault)
{
    (void)context;
    fail_msg("%s", fault->what);
}

struct rebuilding {
    enum digest_algorithm algorithm;
    struct zip_reader *reader;
    struct zip_writer *writer;
    struct manifest manifest;
};

static void copy_member(struct rebuilding *rebuilding, const struct zip_member *member,
                        void (*edit)(void *context, const char *name, struct buffer *content),
                        void *context)
{
    struct buffer content = {0};
    struct manifest_member listed = {0};
    uint8_t *data = malloc((size_t)member->size + 1);
    assert_non_null(data);
    must(zip_reader_read(rebuilding->reader, member, 0, data, member->size, NULL), NULL);
    must(buffer_append(&content, data, member->size), NULL);
    free(data);
    edit(context, member->name, &content);
    must(zip_writer_begin(rebuilding->writer, member->name, NULL), NULL);
    must(zip_writer_add(rebuilding->writer, buffer_bytes(&content), NULL), NULL);
    must(zip_writer_end(rebuilding->writer, NULL), NULL);
    const struct zip_member *written =
        zip_writer_at(rebuilding->writer, zip_writer_count(rebuilding->writer) - 1);
    memcpy(listed.name, written->name, sizeof listed.name);
    listed.size = written->size;
    listed.crc = written->crc;
    if (!manifest_is_clip(listed.name)) {
        digest_of(rebuilding->algorithm, buffer_bytes(&content), &listed.digest);
    }
    must(manifest_add(&rebuilding->manifest, &listed, NULL), NULL);
    buffer_release(&content);
}

/* The head of the manifest as it was. */
static void take_manifest(struct rebuilding *rebuilding)
{
    const struct zip_member *member = zip_reader_find(rebuilding->reader, MANIFEST_NAME);
    struct manifest old = {0};
    struct bytes text;
    uint8_t *data = malloc(member->size);
    assert_non_null(data);
    must(zip_reader_read(rebuilding->reader, member, 0, data, member->size, NULL), NULL);
    must(note_text((struct bytes){data, member->size}, &text, NULL), NULL);
    must(manifest_read(text, &old, NULL), NULL);
    rebuilding->manifest = (struct manifest){.checkpoint = old.checkpoint, .request = old.request};
    manifest_release(&old);
    free(data);
}

void package_rebuild(struct package_fixture *fixture, struct device_key *forger,
                     struct buffer *package,
                     void (*edit)(void *context, const char *name, struct buffer *content),
                     void *context)
{
    AUTO_CLOSE int old = memfd_create("old", MFD_CLOEXEC);
    AUTO_CLOSE int made = memfd_create("made", MFD_CLOEXEC);
    struct rebuilding rebuilding = {.algorithm = suite_digest_algorithm(fixture->store.base.suite)};
    struct buffer note = {0};
    must(file_write_all(old, buffer_bytes(package), NULL), NULL);
    must(zip_reader_open(old, no_fault, NULL, &rebuilding.reader, NULL), NULL);
    must(zip_writer_new(made, &rebuilding.writer, NULL), NULL);
    take_manifest(&rebuilding);
    for (size_t i = 0; i + 1 < zip_reader_count(rebuilding.reader); i++) {
        copy_member(&rebuilding, zip_reader_at(rebuilding.reader, i), edit, context);
    }
    must(manifest_write(&rebuilding.manifest, &note, NULL), NULL);
    must(note_sign(forger != NULL ? forger : fixture->store.base.key,
                   rebuilding.manifest.checkpoint.origin, &note, NULL),
         NULL);
    edit(context, MANIFEST_NAME, &note);
    must(zip_writer_begin(rebuilding.writer, MANIFEST_NAME, NULL), NULL);
    must(zip_writer_add(rebuilding.writer, buffer_bytes(&note), NULL), NULL);
    must(zip_writer_end(rebuilding.writer, NULL), NULL);
    must(zip_writer_finish(rebuilding.writer, NULL), NULL);
    take_content(made, package);
    zip_reader_free(rebuilding.reader);
    zip_writer_free(rebuilding.writer);
    manifest_release(&rebuilding.manifest);
    buffer_release(&note);
}

/* ---- judging one ---- */

void package_judge(struct package_fixture *fixture, const struct buffer *package, bool trusting,
                   const char *since, struct package_report *report)
{
    AUTO_CLOSE int file = memfd_create("package", MFD_CLOEXEC);
    struct error error = {0};
    assert_int_equal(file_write_all(file, buffer_bytes(package), NULL), STATUS_OK);
    struct package_options options = {.file = file,
                                      .name = "package.zip",
                                      .fingerprint = trusting ? fixture->fingerprint : NULL,
                                      .since = bytes_of_text(since != NULL ? since : ""),
                                      .threads = 1};
    must(package_check(&options, NULL, NULL, report, &error), &error);
}

bool package_found(const struct package_report *report, enum audit_fault fault)
{
    for (size_t i = 0; i < report->findings.count; i++) {
        if (report->findings.list[i].fault == fault) {
            return true;
        }
    }
    return false;
}
