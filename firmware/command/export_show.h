/*
 * What `sealroom export` says while a package is being made: to a person at a terminal a bar that
 * moves, to anybody else a line now and then, to programs objects.
 */
#ifndef SEALROOM_COMMAND_EXPORT_SHOW_H
#define SEALROOM_COMMAND_EXPORT_SHOW_H

#include "firmware/command/command.h"

/* A plain value. */
struct export_show {
    const struct invocation *invocation;
    bool is_terminal;     /* standard error is one */
    bool is_bar_shown;    /* and its line is not ended */
    int64_t began_ns;     /* monotonic */
    unsigned said_tenths; /* of a line now and then */
    uint8_t step;         /* enum export_step */
};

struct export_show export_show_begin(const struct invocation *invocation);
void export_show_begun(struct export_show *show, const struct message_export_begun *begun,
                       int64_t asked_to_utc_ns);
void export_show_plan(struct export_show *show, const struct message_export_plan *plan);
void export_show_progress(struct export_show *show, const struct message_export_progress *progress);
/* The bar goes; what is said next begins a line. */
void export_show_end(struct export_show *show);
void export_show_result(struct export_show *show, const char *path,
                        const struct message_export_result *result);

#endif
