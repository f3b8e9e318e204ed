/*
 * One line of a package's text files, read field by field: fields are parted by one space, and
 * each has one form only. What does not fit sets `failed`, and is looked at once at the end.
 */
#ifndef SEALROOM_EVIDENCE_TEXT_LINE_H
#define SEALROOM_EVIDENCE_TEXT_LINE_H

#include "crypto/suite.h"

struct text_line {
    struct bytes rest;
    bool failed;
};

struct text_line text_line_of(struct bytes line);
/* If the line goes on with `word` and a space, passes over both. Sets nothing if not. */
bool text_is(struct text_line *line, const char *word);
/* Decimal, no leading zero. */
uint64_t text_u64(struct text_line *line);
int64_t text_i64(struct text_line *line);
/* The same, at most `limit`. */
uint64_t text_u64_within(struct text_line *line, uint64_t limit);
/* 64 hexadecimal digits; 8 for a CRC. */
void text_digest(struct text_line *line, struct digest *digest);
uint32_t text_crc(struct text_line *line);
/* Up to the next space or the end, at least one byte and less than `size`. NUL-terminated. */
void text_word(struct text_line *line, char *word, size_t size);
/* Was all there, and nothing else? */
bool text_line_is_over(const struct text_line *line);

#endif
