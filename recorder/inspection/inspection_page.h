/*
 * An inspection report as a page of its own: HTML without scripts and without anything from
 * elsewhere, in Chinese and English, for a screen and for A4.
 */
#ifndef SEALROOM_INSPECTION_INSPECTION_PAGE_H
#define SEALROOM_INSPECTION_INSPECTION_PAGE_H

#include "evidence/tiling.h"
#include "inspection/inspection.h"

/* `language` is the one that is shown first, and printed unless it is switched. */
MUST_CHECK enum status inspection_page(const struct inspection *inspection, enum language language,
                                       const struct text_sink *sink, struct error *error);

#endif
