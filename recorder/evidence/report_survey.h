/*
 * What a report counts before it is written: one pass over what the package shows. What it takes in
 * memory depends on the number of cameras and segments, not on that of entries or gaps.
 */
#ifndef SEALROOM_EVIDENCE_REPORT_SURVEY_H
#define SEALROOM_EVIDENCE_REPORT_SURVEY_H

#include "evidence/report.h"
#include "store/entry_record.h"
#include "store/gap_record.h"

/* The range, in so many parts of a timeline. */
#define SURVEY_PARTS 720u

enum survey_state { /* bits: what a part holds */
                    SURVEY_VIDEO = 1,
                    SURVEY_GAP = 2,
                    SURVEY_EXPIRED = 4,
                    SURVEY_ABSENT = 8,
                    SURVEY_ENTRY = 16,
};

#define SURVEY_CAUSES 32u /* more than there are gap causes */

struct survey_cause {
    uint64_t count;
    int64_t total_ns;
    int64_t longest_ns;
    int64_t stretch_ns; /* the one at hand */
};

/* A stretch without video. */
enum survey_kind { SURVEY_IS_GAP, SURVEY_IS_EXPIRED, SURVEY_IS_ABSENT };
struct survey_span {
    enum survey_kind kind;
    size_t camera; /* of the survey */
    uint64_t record;
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    enum gap_cause cause;
    bool continues;
    const char *absence; /* the plan's */
    char detail[DETAIL_SIZE];
};

struct survey_camera {
    const char *id;  /* borrowed from the request */
    uint32_t source; /* index in it */
    uint8_t parts[SURVEY_PARTS];
    int64_t video_ns;
    int64_t gap_ns;
    int64_t expired_ns;
    int64_t absent_ns;
    int64_t unexplained_ns;
    struct survey_cause causes[SURVEY_CAUSES];
    bool has_last;
    struct survey_span last; /* its newest stretch without video */
    size_t last_at;          /* in the list, or SURVEY_SPANS_MAX */
    uint64_t clips;
    uint64_t clip_bytes;
    bool clock_known; /* its own, against the recorder's */
    int64_t clock_least_ns;
    int64_t clock_most_ns;
};

#define SURVEY_SPANS_MAX 200u

/* Which entries get stills first. */
enum survey_class { SURVEY_REMARKABLE, SURVEY_ACCESS, SURVEY_OTHER, SURVEY_CLASSES };

struct survey {
    const struct report_plan *plan;
    struct survey_camera *cameras;
    size_t camera_count;
    struct survey_span *spans; /* some of them, by time */
    size_t span_count;
    uint64_t spans_more;
    uint32_t *order; /* segments by camera and start */
    size_t segment_count;
    uint64_t records;
    uint64_t unsynced;
    uint64_t entries;
    uint64_t granted;
    uint64_t denied;
    uint64_t conclusions;
    uint64_t gone;
    uint64_t broken; /* altered, or absent for a reason that alters */
    uint64_t withheld;
    uint64_t recovered; /* segments */
    uint64_t not_covered;
    uint64_t stills[SURVEY_CLASSES]; /* how many could be asked for */
};

/* Zero-initialise; release with survey_release. */
MUST_CHECK enum status survey_make(const struct report_plan *plan, struct survey *survey,
                                   struct error *error);
void survey_release(struct survey *survey);

/* The camera of that id; NULL: it was not asked for. */
struct survey_camera *survey_camera_named(const struct survey *survey, const char *id, size_t size);
/* The segment of a camera that covers a time; NULL: none does. */
const struct selected_segment *
survey_segment_at(const struct survey *survey, const struct survey_camera *camera, int64_t utc_ns);
/* The plan's word for why a segment could not be copied; NULL: it was. */
const char *survey_absence(const struct survey *survey, uint64_t record);
/* How a gap at that time is called; NULL: no record among the spans tells. */
const struct word *survey_cause_at(const struct survey *survey, const struct survey_camera *camera,
                                   int64_t utc_ns);
enum survey_class survey_class_of(const struct entry_record *entry);
/* Is there nothing that a verifier would call incomplete, as far as this tells? */
bool survey_is_complete(const struct survey *survey);

#endif
