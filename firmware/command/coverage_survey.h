/*
 * What the records say of a period: each camera's recorded time and its gaps, for `sealroom
 * coverage`.
 */
#ifndef SEALROOM_COMMAND_COVERAGE_SURVEY_H
#define SEALROOM_COMMAND_COVERAGE_SURVEY_H

#include "base/vocabulary.h"
#include "firmware/command/coverage_sum.h"
#include "firmware/command/evidence.h"

#define COVERAGE_CAMERAS_MAX 256

struct coverage_gap_row {
    char camera[ID_SIZE];
    struct coverage_span span;
    enum gap_cause cause;
    uint64_t record;
    char detail[DETAIL_SIZE];
};

/* Zero-initialise, and set the first four. */
struct coverage_survey {
    struct evidence *evidence; /* borrowed */
    int64_t from_utc_ns;
    int64_t to_utc_ns;
    const char *camera; /* borrowed; of this one only; NULL: of all */
    struct {
        char id[ID_SIZE];
        struct coverage_sum sum;
        bool configured;
        bool recording; /* a segment is open now */
    } cameras[COVERAGE_CAMERAS_MAX];
    size_t camera_count;
    struct coverage_gap_row *gaps;
    size_t gap_count;
    size_t gap_capacity;
    size_t altered;
    uint64_t *expired; /* records of segments that were deleted, sorted */
    size_t expired_count;
    size_t expired_capacity;
    struct coverage_step *steps; /* of the wall clock, as far as they are on record */
    size_t step_count;
};

/* Reads the records. */
MUST_CHECK enum status coverage_survey_gather(struct coverage_survey *survey, struct error *error);
void coverage_survey_release(struct coverage_survey *survey);

#endif
