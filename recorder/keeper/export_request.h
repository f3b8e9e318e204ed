/*
 * What somebody asks to have exported, made into the request that goes on record: every name in it
 * is known, the range can hold something, and nothing is taken from the asker that the kernel or
 * the ledger knows better.
 */
#ifndef SEALROOM_KEEPER_EXPORT_REQUEST_H
#define SEALROOM_KEEPER_EXPORT_REQUEST_H

#include "keeper/parts.h"
#include "store/export_record.h"

/* Without the newest numbers (export_request_count). STATUS_NOT_FOUND: no such camera or door, or
 * nothing was recorded before the range's end; STATUS_INVALID: the range, or a word that is
 * missing; STATUS_REFUSED, STATUS_UNSUPPORTED, STATUS_FULL. Large: keep *record on the heap. */
MUST_CHECK enum status export_request_settle(const struct keeper *keeper,
                                             const struct message_export_ask *ask,
                                             const struct operator_peer *operator,
                                             struct export_record * record, struct error *error);
/* Fills in each source's newest number, records that wait counted. */
void export_request_count(const struct keeper *keeper, struct export_record *record);

/* Can the package go there: an empty regular file, open for writing anywhere in it? */
MUST_CHECK enum status export_request_check_output(int output, struct error *error);

#endif
