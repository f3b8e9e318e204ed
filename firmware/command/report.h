/*
 * Rows for people and for programs from one description: an aligned table, in columns of the
 * terminal (a Chinese character takes two), or one JSON object a line.
 */
#ifndef SEALROOM_COMMAND_REPORT_H
#define SEALROOM_COMMAND_REPORT_H

#include <jansson.h>

#include "base/clock.h"
#include "firmware/command/command.h"

struct report_column {
    const char *key; /* in JSON */
    struct text heading;
    bool right; /* aligned to the right */
};

struct report;

/* `type` goes first into each JSON row as "type", unless it is NULL. Columns and type are
 * borrowed. Running out of memory ends the program with a message: there is nothing to save. */
struct report *report_new(const struct invocation *invocation, const char *type,
                          const struct report_column *columns, size_t count);
/* The next cell of the row. `value` is what programs get and is taken over; NULL: nothing if
 * `shown` is empty, else the text shown. What could steer a terminal, or hide, stands as "\u202e"
 * does in JSON (utf8_visible). */
void report_cell(struct report *report, const char *shown, json_t *value);
/* Something that only programs get; `value` is taken over. What is not known is no key, in cells as
 * here: json_null() leaves it out. */
void report_json(struct report *report, const char *key, json_t *value);
/* Ends the row; a JSON row is written at once. */
void report_end_row(struct report *report);
/* Writes the table, if there are rows or `always`, and frees. Returns the number of rows. */
size_t report_end(struct report *report, bool always);

/* Rows so far. */
size_t report_rows(const struct report *report);

/* Cells of common kinds. */
void report_number(struct report *report, uint64_t value);
/* Local time with its offset for people, RFC 3339 in UTC for programs; empty for 0. */
void report_time(struct report *report, int64_t utc_ns);
/* Hours, minutes, seconds for people, seconds for programs. */
void report_duration(struct report *report, int64_t ns);
/* "1.5 GB" for people, bytes for programs. */
void report_bytes(struct report *report, uint64_t bytes);
/* A sentence made in English, such as a record's detail: in their language for people, as it is for
 * programs; "" is empty. */
void report_phrase(struct report *report, const char *english);
/* Ids by single spaces: `shown` for people, a list for programs. */
void report_ids(struct report *report, const char *shown, const char *ids);
/* A word of base/vocabulary.h: the word for people, its name for programs; NULL is empty. */
void report_word(struct report *report, const struct word *word);

/* "1.5 GB" and NUL. */
#define BYTES_TEXT_SIZE 32
void bytes_text(char text[BYTES_TEXT_SIZE], uint64_t bytes);

#endif
