/*
 * An inspection report as text, as JSON.
 */
#ifndef SEALROOM_INSPECTION_INSPECTION_SHOW_H
#define SEALROOM_INSPECTION_INSPECTION_SHOW_H

#include <jansson.h>
#include <stdio.h>

#include "base/bytes.h"
#include "inspection/inspection.h"

/* A figure, a text with its figures in place of %1 to %6, and the records it rests on ("records 5,
 * 8 and 3 more", or nothing), appended. What is between two ` stands as it is, without them. */
MUST_CHECK enum status inspection_say_figure(const struct inspection_figure *figure,
                                             enum language language, struct buffer *text);
MUST_CHECK enum status inspection_say_fact(const struct inspection_fact *fact,
                                           enum language language, struct buffer *text);
MUST_CHECK enum status inspection_say_records(const struct inspection_records *records,
                                              enum language language, struct buffer *text);
/* What stands above the answers: the period and the like, each a line. */
#define INSPECTION_HEAD_LINES 5
void inspection_head_line(const struct inspection *inspection, size_t which,
                          struct inspection_fact *line);

/* STATUS_IO if writing fails. */
MUST_CHECK enum status inspection_show_text(FILE *out, const struct inspection *inspection,
                                            enum language language);
/* All of it as one object, texts in both languages; the caller's to json_decref. NULL: no memory.
 */
json_t *inspection_json(const struct inspection *inspection);

#endif
