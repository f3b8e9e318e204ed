/*
 * Recorded segments as a test lists them on standard input, a segment's pieces after it, digests in
 * hexadecimal:
 *
 *   segment CONTINUES FILE
 *   piece KIND KEYFRAME SIZE FRAMES START_NS DURATION_NS SHA256 SM3
 */
#ifndef SEALROOM_TESTS_LISTING_H
#define SEALROOM_TESTS_LISTING_H

#include "evidence/footage.h"

/* Ends the program with what is said if it is not STATUS_OK. */
void must(enum status status, const struct error *error);
/* All of them; once. */
void listing_read(bool with_sm3, struct footage *footage);
void listing_release(const struct footage *footage);

#endif
