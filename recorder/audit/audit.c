#include "audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "audit/catalog_check.h"
#include "audit/checkpoints.h"
#include "audit/context.h"
#include "audit/coverage.h"
#include "audit/files.h"
#include "audit/keys.h"
#include "audit/notes.h"
#include "audit/records.h"
#include "audit/segments.h"
#include "audit/tables.h"
#include "audit/tree.h"
#include "audit/verdict.h"
#include "base/clock.h"
#include "base/file.h"
#include "ledger/unread.h"
#include "store/volume.h"

#define LEDGER_FILE "ledger.db"
#define SOCKET_FILE "run/keeper.sock"

/* Somebody listens where the keeper does. */
static bool is_live(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO_CLOSE int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/" SOCKET_FILE, state);
    return descriptor >= 0 && length > 0 && (size_t)length < sizeof(address.sun_path) &&
           (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
            errno == EAGAIN);
}

/* A directory without a ledger is a state whose ledger was taken away, if anything else of one is
 * there. */
static bool is_state(const struct audit *audit)
{
    struct stat facts;
    return fstatat(audit->state, "key", &facts, 0) == 0 ||
           fstatat(audit->state, progress_slot_names[0], &facts, 0) == 0 ||
           (audit->video >= 0 && fstatat(audit->video, VOLUME_IDENTITY_FILE, &facts, 0) == 0);
}

static void open_video(struct audit *audit, int at, const char *path)
{
    (void)snprintf(audit->video_prefix, sizeof(audit->video_prefix), "%s", path);
    audit->video = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    audit->video_errno = audit->video < 0 ? errno : 0;
}

static bool is_video_absent(const struct audit *audit)
{
    return audit->video < 0 && (audit->video_errno == ENOENT || audit->video_errno == ENOTDIR);
}

/* It need not lie in the state folder. */
static void find_video(struct audit *audit)
{
    const struct audit_options *options = audit->options;
    char path[PATH_SIZE];
    if (is_video_absent(audit) && options->video == NULL && options->ask_video != NULL &&
        audit->book.configuration[0] != '\0' &&
        options->ask_video(options->state, audit->book.configuration,
                           &audit->book.configuration_sha256, path)) {
        open_video(audit, AT_FDCWD, path);
        audit->video_is_known = true;
    }
}

static enum status open_places(struct audit *audit, struct error *error)
{
    const struct audit_options *options = audit->options;
    audit->state = open(options->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (audit->state < 0) {
        return error_set_errno(error, STATUS_NOT_FOUND, errno, "%s", options->state);
    }
    audit->video_is_known = options->video_is_known;
    if (options->video != NULL) {
        open_video(audit, AT_FDCWD, options->video);
    } else {
        open_video(audit, audit->state, "video");
    }
    if (audit->video < 0 && options->video != NULL && !options->video_is_known) {
        return error_set_errno(error, STATUS_NOT_FOUND, audit->video_errno, "%s", options->video);
    }
    audit->live = options->is_running || is_live(options->state);
    audit->report->live = audit->live;
    audit->started_utc_ns = clock_utc_ns();
    return STATUS_OK;
}

static void report_file(struct audit *audit, enum audit_fault fault, const char *file,
                        const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "%s", file);
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

/* The content of the file is at fault, not the disk under it. */
static bool is_damage(const struct error *reason, enum status status)
{
    return status == STATUS_MISMATCH || (status == STATUS_IO && reason->errno_value == 0);
}

/* *done: there is nothing to read, and a finding says so. */
static enum status open_ledger(struct audit *audit, bool *done, struct error *error)
{
    struct buffer path = {0};
    struct error reason = {0};
    structure_check_header(audit);
    enum status status = buffer_append_format(&path, "%s/" LEDGER_FILE, audit->options->state);
    if (status == STATUS_OK) {
        status = buffer_append(&path, "", 1);
    }
    if (status == STATUS_OK) {
        status = ledger_view_open((const char *)path.data, &audit->view, &reason);
    }
    buffer_release(&path);
    *done = true;
    if (status == STATUS_NOT_FOUND && is_state(audit)) {
        report_file(audit, FAULT_LEDGER_MISSING, LEDGER_FILE, "");
        return STATUS_OK;
    }
    if (is_damage(&reason, status)) {
        report_file(audit, FAULT_LEDGER_STRUCTURE, LEDGER_FILE, reason.text);
        return STATUS_OK;
    }
    *done = false;
    return status == STATUS_OK ? STATUS_OK : error_set(error, status, "%s", reason.text);
}

static enum status take_origin(void *context, uint64_t size, struct bytes note)
{
    struct audit *audit = context;
    struct checkpoint checkpoint;
    (void)size;
    enum status status = audit->key != NULL
                             ? checkpoint_verify(audit->suite, audit->key, note, &checkpoint, NULL)
                             : checkpoint_parse(note, &checkpoint, NULL);
    if (status != STATUS_OK) {
        return STATUS_OK;
    }
    memcpy(audit->origin, checkpoint.origin, sizeof(audit->origin));
    return STATUS_END;
}

/* Which ledger this is, as a checkpoint of its key says; else as the file itself says. */
static void find_origin(struct audit *audit)
{
    struct bytes note = {0};
    (void)snprintf(audit->origin, sizeof(audit->origin), "%s", ledger_view_origin(audit->view));
    if (ledger_view_newest(audit->view, &note, NULL) != STATUS_OK ||
        take_origin(audit, 0, note) != STATUS_END) {
        (void)!ledger_view_checkpoints(audit->view, take_origin, audit, NULL);
    }
}

static enum status begin_snapshot(struct audit *audit, struct error *error)
{
    enum status status = ledger_view_begin(audit->view, error);
    if (status == STATUS_OK) {
        status = keys_find(audit, error);
    }
    if (status == STATUS_OK) {
        find_origin(audit);
        ledger_view_end(audit->view);
        status = notes_read(audit, error);
    }
    if (status == STATUS_OK) {
        status = ledger_view_begin(audit->view, error);
    }
    if (status == STATUS_OK &&
        ledger_view_end_number(audit->view, &audit->rows_end, error) != STATUS_OK) {
        audit->rows_end = 0; /* damaged: what is missing is found number by number */
    }
    return status;
}

static enum status judge_tree(struct audit *audit, struct error *error)
{
    struct checkpoints *checkpoints = NULL;
    struct claims claims = {0};
    enum status status = checkpoints_take_since(audit, error);
    if (status == STATUS_OK) {
        status = checkpoints_read(audit, &checkpoints, error);
    }
    audit->rows = status == STATUS_OK ? calloc(audit->size + 1, 1) : NULL;
    audit->bodies = status == STATUS_OK ? calloc(audit->size + 1, 1) : NULL;
    if (status == STATUS_OK && (audit->rows == NULL || audit->bodies == NULL)) {
        status = error_set(error, STATUS_NO_MEMORY, "no memory for the records");
    }
    if (status == STATUS_OK) {
        status = checkpoints_claim(audit, checkpoints, &claims);
    }
    if (status == STATUS_OK) {
        status = notes_claim(audit, &claims);
    }
    if (status == STATUS_OK) {
        status = tree_judge(audit, &claims, error);
    }
    if (status == STATUS_OK) {
        checkpoints_judge(audit, checkpoints, &claims);
        status = records_read(audit, error);
    }
    if (status == STATUS_OK) {
        notes_judge(audit, &claims, checkpoints_claimed(checkpoints));
    }
    claims_release(&claims);
    checkpoints_free(checkpoints);
    return status;
}

/* That it is not where it was looked for proves nothing, unless it has to be there. */
static void report_no_video(struct audit *audit)
{
    struct finding finding = finding_of(FAULT_VIDEO_UNREADABLE);
    if (!is_video_absent(audit)) {
        finding_set_detail(&finding, "the folder: %s", strerror(audit->video_errno));
    } else if (audit->video_is_known) {
        finding = finding_of(FAULT_VOLUME_IDENTITY);
        finding_set_detail(&finding, "the folder is missing");
    } else {
        finding_set_detail(&finding, "there is no such folder: name the right one by --video or "
                                     "--config");
    }
    finding_set_file(&finding, "%s", audit->video_prefix);
    audit_add(audit, &finding);
}

static void judge_volume(struct audit *audit)
{
    struct volume_identity expected;
    struct error reason = {0};
    if (audit->video < 0) {
        report_no_video(audit);
        return;
    }
    if (audit->key == NULL || audit->origin[0] == '\0') {
        return;
    }
    volume_identity_of(audit->origin, audit->key, &expected);
    if (volume_check(audit->video, &expected, &reason) != STATUS_OK) {
        bool unreadable = reason.errno_value != 0; /* that it is not there has none */
        struct finding finding =
            finding_of(unreadable ? FAULT_VIDEO_UNREADABLE : FAULT_VOLUME_IDENTITY);
        finding_set_file(&finding, "%s/" VOLUME_IDENTITY_FILE, audit->video_prefix);
        finding_set_detail(&finding, "%s", reason.text);
        audit_add(audit, &finding);
    }
}

static enum status judge_rest(struct audit *audit, struct error *error)
{
    structure_check(audit);
    tables_check(audit);
    find_video(audit);
    judge_volume(audit);
    enum status status = coverage_check(audit, error);
    if (status == STATUS_OK && audit->video >= 0) {
        status = segments_check(audit, error);
    }
    if (status == STATUS_OK && audit->video >= 0) {
        status = files_check(audit, error);
    }
    return status == STATUS_OK ? catalog_check(audit, error) : status;
}

static void report_unread(struct audit *audit, enum unread_file which, const char *file)
{
    const struct unread *unread = ledger_view_unread(audit->view, which);
    for (size_t i = 0; i < unread_count(unread); i++) {
        struct unread_range range = unread_at(unread, i);
        struct finding finding = finding_of(FAULT_LEDGER_UNREADABLE);
        finding_set_file(&finding, "%s", file);
        finding_set_bytes(&finding, range.from, range.to);
        finding_set_detail(&finding, "%s", strerror(EIO));
        audit_add(audit, &finding);
    }
}

static enum status run(struct audit *audit, struct error *error)
{
    bool done = false;
    enum status status = open_places(audit, error);
    if (status == STATUS_OK) {
        status = open_ledger(audit, &done, error);
    }
    if (status == STATUS_OK && done) {
        return keys_find(audit, error);
    }
    if (status == STATUS_OK) {
        status = book_open(&audit->book, error);
    }
    if (status == STATUS_OK) {
        struct error reason = {0};
        status = begin_snapshot(audit, &reason);
        if (is_damage(&reason, status) && !audit_has_unread(audit)) {
            report_file(audit, FAULT_LEDGER_STRUCTURE, LEDGER_FILE, reason.text);
            return STATUS_OK;
        }
        if (status != STATUS_OK) {
            return error_set(error, status, "%s", reason.text);
        }
    }
    if (status == STATUS_OK && audit->suite == NULL) {
        return STATUS_OK; /* neither a certificate nor the file says which digest it is */
    }
    if (status == STATUS_OK) {
        status = judge_tree(audit, error);
    }
    if (status == STATUS_OK) {
        audit->report->records = audit->size;
        audit->report->newest_utc_ns = audit->book.last_utc_ns;
        status = judge_rest(audit, error);
    }
    if (status == STATUS_OK) {
        report_unread(audit, UNREAD_DATABASE, LEDGER_FILE);
        report_unread(audit, UNREAD_LOG, LEDGER_FILE "-wal");
    }
    return status;
}

static void release(struct audit *audit)
{
    book_release(&audit->book);
    ledger_view_free(audit->view);
    certificate_free(audit->certificate);
    public_key_free(audit->key);
    free(audit->notes);
    free(audit->rows);
    free(audit->bodies);
    file_close(&audit->state);
    file_close(&audit->video);
}

/* The appliance may be started in the middle of reading a stopped state: then once more. */
#define ATTEMPTS 5

enum status audit_run(const struct audit_options *options,
                      void (*progress)(void *context, const struct audit_progress *progress),
                      void *context, struct audit_report *report, struct error *error)
{
    enum status status = STATUS_AGAIN;
    for (int attempt = 0; status == STATUS_AGAIN && attempt < ATTEMPTS; attempt++) {
        struct audit audit = {.options = options,
                              .report = report,
                              .progress = progress,
                              .progress_context = context,
                              .state = -1,
                              .video = -1};
        *report = (struct audit_report){.from_utc_ns = options->from_utc_ns,
                                        .to_utc_ns = options->to_utc_ns};
        message_text(report->camera, sizeof(report->camera),
                     options->camera != NULL ? options->camera : "");
        message_text(report->door, sizeof(report->door),
                     options->door != NULL ? options->door : "");
        status = run(&audit, error);
        if (status == STATUS_OK) {
            verdict_reach(report);
        } else {
            audit_release(report);
        }
        release(&audit);
    }
    return status;
}

uint64_t audit_findings_count(const struct audit_report *report)
{
    const struct findings *findings = &report->findings;
    return findings->count - findings->notes + findings->dropped;
}

void audit_release(struct audit_report *report)
{
    findings_release(&report->findings);
}
