/* What every look-up says, in one table. */
#ifndef SEALROOM_COMMAND_EVIDENCE_TEXTS_H
#define SEALROOM_COMMAND_EVIDENCE_TEXTS_H

#include "firmware/command/text.h"

enum {
    EVIDENCE_TEXT_NO_RECORD,
    EVIDENCE_TEXT_REFUSED,
    EVIDENCE_TEXT_NO_LEDGER,
    EVIDENCE_TEXT_DAMAGED,
    EVIDENCE_TEXT_OPTION_REASON,
    EVIDENCE_TEXT_NO_CAMERA,
    EVIDENCE_TEXT_NO_DOOR,
    EVIDENCE_TEXT_COUNT,
};

extern const struct text evidence_texts[EVIDENCE_TEXT_COUNT];

#endif
