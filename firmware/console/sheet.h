/*
 * A record with everything that proves it (message_sheet), judged by the console itself: head and
 * body against each other, the head's leaf into the tree by its path, the tree's root by the
 * checkpoint's signature, that by the device's certificate. Nothing is shown as sealed before.
 */
#ifndef SEALROOM_CONSOLE_SHEET_H
#define SEALROOM_CONSOLE_SHEET_H

#include "base/message.h"
#include "ledger/checkpoint.h"
#include "ledger/record.h"

struct sheet_judge;

/* By the device's certificate, PEM or DER. */
MUST_CHECK enum status sheet_judge_new(struct bytes certificate, struct sheet_judge **judge,
                                       struct error *error);
/* NULL is allowed. */
void sheet_judge_free(struct sheet_judge *judge);

/* What was proved; release it. The ranges lie in `content`. */
struct sheet {
    struct buffer content;
    struct bytes head_line;
    struct bytes body_line; /* empty: it has expired */
    struct bytes pieces;    /* of a segment; proved by its body, not by this */
    struct record_head head;
    struct checkpoint checkpoint;
};

/* Reads the memfd and judges it. STATUS_MISMATCH: it is not what was sealed, and the sentence says
 * what does not fit; STATUS_INVALID: it is no sheet. The ranges are there in both cases, as far as
 * the message names them. */
MUST_CHECK enum status sheet_judge(struct sheet_judge *judge, const struct message_sheet *said,
                                   int descriptor, struct sheet *sheet, struct error *error);
void sheet_release(struct sheet *sheet);

#endif
