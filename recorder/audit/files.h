/*
 * What lies in the video folder and belongs to no sealed segment.
 */
#ifndef SEALROOM_AUDIT_FILES_H
#define SEALROOM_AUDIT_FILES_H

#include "audit/context.h"

/* After records_read: files that nothing covers, files whose expiry is on record, and segments
 * that are still open, by the progress note. */
MUST_CHECK enum status files_check(struct audit *audit, struct error *error);

#endif
