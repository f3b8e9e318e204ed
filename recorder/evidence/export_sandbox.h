/*
 * What the exporter can no more do once its ledger is open: open a file that does not lie in the
 * video folder, write to one that it was not given, connect anywhere, start a program.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_SANDBOX_H
#define SEALROOM_EVIDENCE_EXPORT_SANDBOX_H

#include "base/status.h"

/* `video` is the video folder's descriptor. */
MUST_CHECK enum status export_sandbox_enter(int video, struct error *error);

#endif
