/*
 * The console's link to sealroom-picture (evidence/still.h), which decodes for it: one question
 * after the other. There may be none for a while, when it is started again: what was asked waits
 * for the next one, but for the question that ended it.
 */
#ifndef SEALROOM_CONSOLE_PICTURE_LINK_H
#define SEALROOM_CONSOLE_PICTURE_LINK_H

#include <systemd/sd-event.h>

#include "base/bytes.h"

#define PICTURE_LINK_WAITING_MAX 32u
#define PICTURE_LINK_WAIT_MS     25000u /* until its turn comes */
#define PICTURE_LINK_ANSWER_MS   30000u /* then it is taken to hang, and cut off */

struct picture_link;

/* What is asked. All are called with `context`. */
struct picture_question {
    /* Does anybody still wait for it? */
    bool (*is_wanted)(const void *context);
    /* Its turn has come: writes it, whole. False: it is not asked after all, and settled. */
    bool (*write)(void *context, struct buffer *question);
    /* The last that is heard of it. STATUS_OK: what was made, which may be stolen.
     * STATUS_UNSUPPORTED: the bytes are no pictures; STATUS_INVALID: they ended the process or held
     * it up; STATUS_AGAIN, STATUS_FULL, STATUS_TIMEOUT: it was not asked. */
    void (*answered)(void *context, enum status status, struct buffer *made);
    void *context;
};

MUST_CHECK enum status picture_link_new(sd_event *event, struct picture_link **link,
                                        struct error *error);
/* What waits is not answered any more. NULL is allowed. */
void picture_link_free(struct picture_link *link);
/* Another one's socket, which is taken, in place of the one before. */
MUST_CHECK enum status picture_link_take(struct picture_link *link, int descriptor,
                                         struct error *error);
/* Was there ever one? */
bool picture_link_is_known(const struct picture_link *link);
/* Asks. The answer may come before this returns. */
void picture_link_ask(struct picture_link *link, const struct picture_question *question);

#endif
