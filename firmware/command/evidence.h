/*
 * Looking things up: the ledger's records that fit a filter, read from the ledger itself.
 *
 * On a running appliance the look-up is made a record first (LOOKUP), and without that record
 * nothing is shown. On a stopped one it is read alone, and a note says that no record could be
 * made. The catalog only says where to look: what is shown is the record, its body held against
 * its head, and what the catalog has not taken in is read from the ledger's end.
 */
#ifndef SEALROOM_COMMAND_EVIDENCE_H
#define SEALROOM_COMMAND_EVIDENCE_H

#include "firmware/command/command.h"
#include "firmware/command/keeper_link.h"
#include "ledger/ledger.h"

struct evidence;

enum evidence_about { EVIDENCE_RECORDS, EVIDENCE_ENTRIES, EVIDENCE_SPANS };

/* Zeros and NULLs leave a member out. */
struct evidence_filter {
    enum evidence_about about;
    int64_t from_utc_ns;
    int64_t to_utc_ns; /* not in the range */
    const char *camera;
    const char *door;
    const char *card;
    const char *source;
    enum record_kind kind; /* records only */
    enum door_event event; /* entries only */
    uint64_t limit;        /* the newest so many */
};

/* One record as it was found. Borrowed for the call. */
struct evidence_row {
    uint64_t number;
    struct bytes head_line;
    struct bytes body_line;
    struct record_head head;
    const json_t *body; /* NULL if it expired or is altered */
    bool expired;       /* the body has gone, in order */
    bool altered;       /* head or body are not what was sealed */
};

/* Opens the state of an invocation. `what` and `filter_text` go into the look-up's record, and so
 * does --reason. Reports what is wrong; NULL then. */
struct evidence *evidence_open(const struct invocation *invocation, const char *what,
                               const struct evidence_filter *filter, const char *filter_text);
void evidence_close(struct evidence *evidence);
struct ledger_view *evidence_ledger(const struct evidence *evidence);
/* Hands `each` the messages of a STATUS as the running appliance sends them; none of a stopped
 * one. */
MUST_CHECK enum status evidence_status_now(struct evidence *evidence, keeper_link_other *each,
                                           void *context, struct error *error);
/* Calls `each` for every camera as the running appliance sees it now; nothing on a stopped one. */
MUST_CHECK enum status
evidence_cameras_now(struct evidence *evidence,
                     void (*each)(void *context, const struct message_status_camera *camera),
                     void *context, struct error *error);

/* Every record that fits, oldest first. *more (may be NULL): older ones fit too, beyond the
 * limit. */
MUST_CHECK enum status
evidence_each(struct evidence *evidence, const struct evidence_filter *filter,
              enum status (*each)(void *context, const struct evidence_row *row), void *context,
              bool *more, struct error *error);
/* One record by its number. */
MUST_CHECK enum status evidence_one(struct evidence *evidence, uint64_t number,
                                    enum status (*each)(void *context,
                                                        const struct evidence_row *row),
                                    void *context, struct error *error);

/* What people call a camera or a door, from the newest configuration record; the id itself if it
 * has no name. Borrowed. */
const char *evidence_camera_name(struct evidence *evidence, const char *camera);
const char *evidence_door_name(struct evidence *evidence, const char *door);
/* How card numbers are to be shown: by --cards, else by that configuration, as the appliance goes
 * by it now; masked if it cannot be read. */
enum card_display evidence_cards(struct evidence *evidence);
/* Does a configuration on record, or anything recorded, name this camera and this door? NULL is
 * not asked after. What is not known is reported. */
bool evidence_knows(struct evidence *evidence, const char *camera, const char *door);
/* The cameras of that configuration; NULL behind the last. */
const char *evidence_camera_at(struct evidence *evidence, size_t index);

#endif
