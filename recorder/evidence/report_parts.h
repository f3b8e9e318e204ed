/*
 * The parts of a report, each in a file of its own. Internal.
 */
#ifndef SEALROOM_EVIDENCE_REPORT_PARTS_H
#define SEALROOM_EVIDENCE_REPORT_PARTS_H

#include "evidence/report_page.h"
#include "evidence/report_survey.h"

struct report {
    const struct report_plan *plan;
    struct survey survey;
    struct page page;
};

/* From <!doctype> to the language switch; and the end. */
void report_put_head(struct report *report);
/* Coverage: a timeline a camera, sums, causes, stretches without video. */
void report_put_coverage(struct report *report);
/* Every entry, with stills. A second pass over the records. */
MUST_CHECK enum status report_put_entries(struct report *report, struct error *error);
/* Items, how to verify, what is proved, custody. */
void report_put_advice(struct report *report);

#endif
