#include "audit/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/notes.h"
#include "base/file.h"
#include "store/segment_index.h"
#include "store/volume.h"

#define SUFFIX ".mp4"
/* The note is at most two seconds old; a file younger than this may not stand in it yet. */
#define FRESH_NS (10 * NS_PER_SECOND)

struct walk {
    struct audit *audit;
    const struct book_by_id *by_id;
};

static void report(struct audit *audit, enum audit_fault fault, const char *path,
                   const char *camera, const struct stat *facts)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "%s/%s", audit->video_prefix, path);
    if (camera[0] != '\0') {
        (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", camera);
    }
    if (facts != NULL && S_ISREG(facts->st_mode)) {
        finding_set_bytes(&finding, 0, (uint64_t)facts->st_size);
    } else if (facts != NULL && S_ISLNK(facts->st_mode)) {
        finding_set_detail(&finding, "it is a link; what lies behind it is not read");
    }
    audit_add(audit, &finding);
}

/* The row of an index says that this file belongs to a record that is itself altered: then it is
 * the record that is reported, not the file. */
static bool is_of_doubtful_record(const struct audit *audit, const char *id)
{
    struct segment_row row;
    return (audit->book.doubtful > 0 || audit->book.doubtful_bodies) &&
           segment_index_find(ledger_view_database(audit->view), id, &row, NULL) == STATUS_OK &&
           row.record < audit->size && audit->rows[row.record] != ROW_TRUE;
}

/* The camera may have begun it after the note was written. */
static bool is_fresh(const struct audit *audit, const struct stat *facts)
{
    int64_t changed_ns = (int64_t)facts->st_ctim.tv_sec * NS_PER_SECOND + facts->st_ctim.tv_nsec;
    return audit->live && audit->started_utc_ns - changed_ns < FRESH_NS;
}

static void judge_unknown(struct audit *audit, const char *path, const char *camera, const char *id,
                          const struct stat *facts)
{
    const struct progress_note *note = notes_newest(audit);
    const struct progress_segment *open = note != NULL ? progress_find(note, id) : NULL;
    if (open != NULL && strcmp(open->camera, camera) == 0) {
        return; /* checked with the note */
    }
    if (facts->st_size == 0 || is_of_doubtful_record(audit, id)) {
        return; /* a grant that was not used yet; or see there */
    }
    report(audit, is_fresh(audit, facts) ? FAULT_VIDEO_BEING_WRITTEN : FAULT_FILE_UNKNOWN, path,
           camera, facts);
}

static void judge_file(struct walk *walk, int directory, const char *path, const char *camera,
                       const char *name)
{
    struct audit *audit = walk->audit;
    struct stat facts;
    char id[SEGMENT_ID_SIZE];
    size_t length = strlen(name);
    if (fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return; /* removed meanwhile */
    }
    bool segment = length > sizeof(SUFFIX) - 1 &&
                   strcmp(name + length - (sizeof(SUFFIX) - 1), SUFFIX) == 0 &&
                   length - (sizeof(SUFFIX) - 1) < sizeof(id);
    if (segment) {
        (void)snprintf(id, sizeof(id), "%.*s", (int)(length - (sizeof(SUFFIX) - 1)), name);
        segment = segment_id_is_valid(id);
    }
    if (!segment || !S_ISREG(facts.st_mode)) {
        report(audit, FAULT_FILE_UNKNOWN, path, camera, &facts);
        return;
    }
    char expected[SEGMENT_FILE_SIZE];
    segment_file_name(expected, camera, id);
    const struct book_segment *found = book_by_id_find(walk->by_id, camera, id);
    if (strcmp(expected, path) != 0) {
        report(audit, FAULT_FILE_UNKNOWN, path, camera, &facts);
    } else if (found == NULL) {
        judge_unknown(audit, path, camera, id, &facts);
    } else if (found->expired_by != 0) {
        report(audit, FAULT_FILE_EXPIRED, path, camera, &facts);
    }
}

static void report_folder(struct audit *audit, const char *path, int errno_value)
{
    struct finding finding = finding_of(FAULT_VIDEO_UNREADABLE);
    finding_set_file(&finding, "%s/%s", audit->video_prefix, path);
    finding_set_detail(&finding, "the folder: %s", strerror(errno_value));
    audit_add(audit, &finding);
}

/* Calls `each` for every name in a folder. */
static enum status each_name(struct walk *walk, int at, const char *folder,
                             enum status (*each)(struct walk *walk, int directory,
                                                 const char *parent, const char *name),
                             const char *parent)
{
    int descriptor = openat(at, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (entries == NULL) {
        int errno_value = errno;
        file_close(&descriptor);
        if (errno_value != ENOENT) {
            report_folder(walk->audit, parent, errno_value);
        }
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    const struct dirent *entry = NULL;
    while (status == STATUS_OK && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = each(walk, descriptor, parent, entry->d_name);
        }
    }
    closedir(entries);
    return status;
}

static enum status visit_file(struct walk *walk, int directory, const char *parent,
                              const char *name)
{
    char path[PATH_SIZE];
    char camera[ID_SIZE];
    (void)snprintf(path, sizeof(path), "%s/%s", parent, name);
    (void)snprintf(camera, sizeof(camera), "%.*s", (int)strcspn(parent, "/"), parent);
    judge_file(walk, directory, path, camera, name);
    return STATUS_OK;
}

static bool is_folder(int directory, const char *name, struct stat *facts)
{
    return fstatat(directory, name, facts, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(facts->st_mode);
}

static enum status visit_day(struct walk *walk, int directory, const char *parent, const char *name)
{
    char path[PATH_SIZE];
    struct stat facts = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", parent, name);
    if (!is_folder(directory, name, &facts)) {
        report(walk->audit, FAULT_FILE_UNKNOWN, path, parent, &facts);
        return STATUS_OK;
    }
    return each_name(walk, directory, name, visit_file, path);
}

static enum status visit_camera(struct walk *walk, int directory, const char *parent,
                                const char *name)
{
    struct stat facts = {0};
    (void)parent;
    if (strcmp(name, VOLUME_IDENTITY_FILE) == 0 || strcmp(name, "lost+found") == 0) {
        return STATUS_OK;
    }
    if (!is_folder(directory, name, &facts) || !camera_id_is_valid(name)) {
        report(walk->audit, FAULT_FILE_UNKNOWN, name, "", &facts);
        return STATUS_OK;
    }
    if (!audit_wants_camera(walk->audit, name)) {
        return STATUS_OK;
    }
    return each_name(walk, directory, name, visit_day, name);
}

/* Those of the note that no record speaks of yet. */
static void check_open(struct walk *walk)
{
    const struct progress_note *note = notes_newest(walk->audit);
    for (size_t i = 0; note != NULL && i < note->count; i++) {
        const struct progress_segment *segment = &note->segments[i];
        if (audit_wants_camera(walk->audit, segment->camera) &&
            book_by_id_find(walk->by_id, segment->camera, segment->id) == NULL &&
            !is_of_doubtful_record(walk->audit, segment->id)) {
            notes_check_segment(walk->audit, segment);
        }
    }
}

enum status files_check(struct audit *audit, struct error *error)
{
    struct book_by_id *by_id = NULL;
    enum status status = book_by_id_new(&audit->book, &by_id, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct walk walk = {audit, by_id};
    check_open(&walk);
    status = each_name(&walk, audit->video, ".", visit_camera, "");
    book_by_id_free(by_id);
    return status;
}
