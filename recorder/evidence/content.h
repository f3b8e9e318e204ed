/*
 * What a package shows, as whoever opens it will read it: the records of its selection, each held
 * against its head. What people read in a package is made from this and from nothing else.
 */
#ifndef SEALROOM_EVIDENCE_CONTENT_H
#define SEALROOM_EVIDENCE_CONTENT_H

#include "evidence/selection.h"
#include "evidence/site.h"

struct content {
    struct ledger_view *view; /* in the package's snapshot */
    const struct selection *selection;
    const struct export_record *request;
    uint64_t request_number;
    uint64_t size; /* records of the checkpoint that the package is proved by */
    const struct site *site;
};

enum content_state {
    CONTENT_SHOWN,
    CONTENT_GONE,     /* the body is there no more: it expired, or was taken away */
    CONTENT_WITHHELD, /* the package shows its head only */
    CONTENT_ALTERED,  /* the body is not what was sealed */
    CONTENT_UNKNOWN,  /* for readers: of a form that this version does not know */
};

struct content_row {
    uint64_t number;
    enum content_state state;
    bool beside; /* recorded outside the range, but tells of it */
    struct record_head head;
    const json_t *body; /* with CONTENT_SHOWN, else NULL */
};

/* Each record of a source that was asked for, in the order they were recorded, without the heads
 * that only close the run off. Borrowed for the call; anything but STATUS_OK ends the reading and
 * is returned. */
MUST_CHECK enum status content_each(const struct content *content,
                                    enum status (*each)(void *context,
                                                        const struct content_row *row),
                                    void *context, struct error *error);

#endif
