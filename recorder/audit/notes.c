#include "audit/notes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/salvage.h"

#define NOTES_BY_NS (30 * NS_PER_SECOND)
#define STEP_BUDGET (UINT64_C(4) * 1024 * 1024)

enum status notes_read(struct audit *audit, struct error *error)
{
    if (audit->key == NULL || audit->origin[0] == '\0') {
        return STATUS_OK;
    }
    audit->notes = calloc(1, sizeof(*audit->notes));
    if (audit->notes == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for the progress notes");
    }
    return progress_read(audit->state, audit->suite, audit->key, audit->origin, audit->notes,
                         error);
}

const struct progress_note *notes_newest(const struct audit *audit)
{
    return audit->notes != NULL && audit->notes->newest >= 0 ? &audit->notes->note : NULL;
}

enum status notes_claim(const struct audit *audit, struct claims *claims)
{
    const struct progress_note *note = notes_newest(audit);
    if (note == NULL || note->checkpoint_size == 0) {
        return STATUS_OK;
    }
    const struct claim claim = {.size = note->checkpoint_size, .root = note->checkpoint_root};
    return claims_add(claims, &claim);
}

static void report_slot(struct audit *audit, enum audit_fault fault, int slot, const char *detail)
{
    struct finding finding = finding_of(fault);
    finding_set_file(&finding, "%s", progress_slot_names[slot]);
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

static void judge_slots(struct audit *audit)
{
    const struct progress_found *found = audit->notes;
    bool none = found->newest < 0;
    /* Every two seconds while a segment is open: a ledger with video that lived longer has them. */
    bool expected = audit->book.segments.count > 0 && audit->book.lived.total_ns > NOTES_BY_NS;
    for (int slot = 0; slot < PROGRESS_SLOTS; slot++) {
        /* The very first note may be torn by a power cut, and there is no other slot yet. */
        bool first = !expected && found->state[PROGRESS_SLOTS - 1 - slot] == PROGRESS_ABSENT;
        enum audit_fault fault = none && !first ? FAULT_SLOTS_INVALID : FAULT_SLOT_INVALID;
        if (found->state[slot] == PROGRESS_INVALID) {
            report_slot(audit, fault, slot, found->detail);
        } else if (found->state[slot] == PROGRESS_ABSENT &&
                   (none ? expected : found->note.sequence > 1)) {
            report_slot(audit, fault, slot, "missing");
        }
    }
}

void notes_judge(struct audit *audit, const struct claims *claims, uint64_t claimed)
{
    if (audit->notes == NULL) {
        return;
    }
    judge_slots(audit);
    const struct progress_note *note = notes_newest(audit);
    if (note == NULL || note->checkpoint_size == 0) {
        return;
    }
    struct finding finding = finding_of(FAULT_NONE);
    if (note->checkpoint_size > audit->size && note->checkpoint_size > claimed) {
        finding.fault = FAULT_NOTE_AHEAD;
        finding_set_record(&finding, audit->size);
        finding.record_last = note->checkpoint_size - 1;
    } else if (claims_verdict(claims, note->checkpoint_size, &note->checkpoint_root) ==
               CLAIM_DIFFERS) {
        finding.fault = FAULT_NOTE_FORK;
    } else {
        return;
    }
    finding_set_file(&finding, "%s", progress_slot_names[audit->notes->newest]);
    finding.from_utc_ns = note->at_utc_ns;
    finding.to_utc_ns = note->at_utc_ns;
    audit_add(audit, &finding);
}

static void report_segment(struct audit *audit, const struct progress_segment *segment,
                           enum audit_fault fault, uint64_t from, uint64_t to, const char *detail)
{
    char file[SEGMENT_FILE_SIZE];
    struct finding finding = finding_of(fault);
    segment_file_name(file, segment->camera, segment->id);
    finding_set_file(&finding, "%s/%s", audit->video_prefix, file);
    finding_set_bytes(&finding, from, to);
    (void)snprintf(finding.subject, sizeof(finding.subject), "camera/%s", segment->camera);
    finding.from_utc_ns = segment->start_utc_ns;
    finding.to_utc_ns = segment->end_utc_ns;
    finding_set_detail(&finding, "%s", detail);
    audit_add(audit, &finding);
}

/* Does the front of the file have the pieces that the note vouches for? */
static enum status check_front(int descriptor, const struct progress_segment *segment)
{
    AUTO_PIECES struct piece_list *pieces = NULL;
    AUTO_SALVAGE struct salvage *salvage = NULL;
    struct piece_roots roots;
    enum status status = piece_list_new(segment->roots.has_sm3, &pieces, NULL);
    if (status == STATUS_OK) {
        status = salvage_new(descriptor, pieces, &salvage, NULL);
    }
    while (status == STATUS_OK && piece_list_size(pieces) < segment->size) {
        enum status step = salvage_step(salvage, STEP_BUDGET, NULL);
        if (step == STATUS_OK) {
            break;
        }
        status = step == STATUS_AGAIN ? STATUS_OK : step;
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (piece_list_count(pieces) < segment->pieces) {
        return STATUS_MISMATCH;
    }
    piece_list_roots_at(pieces, segment->pieces, &roots);
    return piece_roots_equal(&roots, &segment->roots) ? STATUS_OK : STATUS_MISMATCH;
}

static void judge_front(struct audit *audit, int descriptor, uint64_t file_size,
                        const struct progress_segment *segment)
{
    if (file_size < segment->size) {
        report_segment(audit, segment, FAULT_VIDEO_CUT, file_size, segment->size, "");
        return;
    }
    enum status status = segment->pieces == 0 ? STATUS_OK : check_front(descriptor, segment);
    if (status != STATUS_OK) {
        report_segment(audit, segment,
                       status == STATUS_MISMATCH ? FAULT_VIDEO_ALTERED : FAULT_VIDEO_UNREADABLE, 0,
                       segment->size, "still open: the progress note vouches for these bytes");
    }
    if (file_size > segment->size) {
        report_segment(audit, segment,
                       audit->live ? FAULT_VIDEO_BEING_WRITTEN : FAULT_VIDEO_NOT_COVERED,
                       segment->size, file_size, "");
    }
}

void notes_check_segment(struct audit *audit, const struct progress_segment *segment)
{
    char file[SEGMENT_FILE_SIZE];
    struct stat facts;
    segment_file_name(file, segment->camera, segment->id);
    AUTO_CLOSE int descriptor = file_open_below(audit->video, file, O_RDONLY | O_NONBLOCK);
    if (descriptor < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        report_segment(audit, segment, missing ? FAULT_VIDEO_MISSING : FAULT_VIDEO_UNREADABLE, 0,
                       segment->size, missing ? "" : strerror(errno));
    } else if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        report_segment(audit, segment, FAULT_VIDEO_ALTERED, 0, segment->size,
                       "it is no longer a file");
    } else {
        judge_front(audit, descriptor, (uint64_t)facts.st_size, segment);
    }
}
