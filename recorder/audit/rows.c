#include "audit/context.h"

struct walk {
    struct audit *audit;
    uint64_t next;
    uint64_t to;
    audit_each_row *each;
    void *context;
};

static enum status take_row(void *context, const struct ledger_row *row)
{
    struct walk *walk = context;
    if (walk->next >= walk->to) {
        return STATUS_END;
    }
    if (row->number < walk->next) {
        return STATUS_OK; /* a damaged file may hand out a number twice */
    }
    if (row->number > walk->next) {
        return STATUS_AGAIN; /* rows are missing, or this one's number is altered: one by one */
    }
    walk->next = row->number + 1;
    return walk->each(walk->context, row->number, row, STATUS_OK);
}

/* One by one, over the part of the file that cannot be read in order. */
#define SINGLE_ROWS 256u

static enum status take_singly(struct walk *walk)
{
    uint64_t stop = walk->next + SINGLE_ROWS < walk->to ? walk->next + SINGLE_ROWS : walk->to;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && walk->next < stop) {
        struct ledger_row row;
        uint64_t number = walk->next;
        enum status read = ledger_view_row(walk->audit->view, number, &row, NULL);
        if (read == STATUS_AGAIN || read == STATUS_NO_MEMORY) {
            return read;
        }
        walk->next++;
        status = walk->each(walk->context, number, read == STATUS_OK ? &row : NULL, read);
    }
    return status;
}

enum status audit_rows(struct audit *audit, uint64_t from, uint64_t to, audit_each_row *each,
                       void *context, struct error *error)
{
    struct walk walk = {audit, from, to, each, context};
    enum status status = STATUS_OK;
    while (walk.next < to) {
        struct error reason = {0};
        status = ledger_view_rows(audit->view, walk.next, take_row, &walk, &reason);
        if (status == STATUS_AGAIN && reason.text[0] != '\0') {
            return error_set(error, status, "%s", reason.text); /* the view's own: begin again */
        }
        /* A damaged page may end a reading in order, or lead past what stands on the next ones. */
        if (status == STATUS_IO || status == STATUS_AGAIN || status == STATUS_OK ||
            status == STATUS_END) {
            status = take_singly(&walk);
        }
        if (status != STATUS_OK) {
            return error_set(error, status, "the records could not be read: %.200s", reason.text);
        }
    }
    return STATUS_OK;
}
