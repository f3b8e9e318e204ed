/*
 * A member of a package read line by line from its beginning to its end, and hashed on the way: so
 * its text and its digest are of the same bytes, and it may be larger than memory.
 */
#ifndef SEALROOM_EVIDENCE_MEMBER_LINES_H
#define SEALROOM_EVIDENCE_MEMBER_LINES_H

#include "crypto/suite.h"
#include "evidence/zip_reader.h"

struct member_lines;

/* Both are borrowed. A line has at most BODY_SIZE_MAX bytes. */
MUST_CHECK enum status member_lines_open(const struct zip_reader *reader,
                                         const struct zip_member *member,
                                         enum digest_algorithm algorithm,
                                         struct member_lines **lines, struct error *error);
/* NULL is allowed. */
void member_lines_free(struct member_lines *lines);
/* The next line without its newline; borrowed until the next call. STATUS_END: there is none;
 * STATUS_INVALID: it is too long, or the last one is not ended. */
MUST_CHECK enum status member_lines_next(struct member_lines *lines, struct bytes *line,
                                         struct error *error);
/* Where the line that was given last begins in the member, and where the next one does; of one
 * that is too long or not ended, the member's end. */
uint64_t member_lines_at(const struct member_lines *lines);
uint64_t member_lines_next_at(const struct member_lines *lines);
/* Reads on to the end, whatever stands there: the digest of the whole member. */
MUST_CHECK enum status member_lines_finish(struct member_lines *lines, struct digest *digest,
                                           struct error *error);

#endif
