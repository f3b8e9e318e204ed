/*
 * A line's entry: said to the keeper with the next number, at the time of its edge.
 */
#ifndef SEALROOM_DOOR_LINES_VOICE_H
#define SEALROOM_DOOR_LINES_VOICE_H

#include "door/lines.h"
#include "door/reporter.h"

/* What speaks of lines; everything is borrowed. watch->bus is not used. */
struct lines_voice {
    const struct watch *watch;
    struct reporter *reporter;
    const struct lines *lines;
};

/* When an edge at at_ns (lines_now_ns's clock) was, on the recorder's clocks. */
struct clock_reading lines_time(const struct lines_voice *voice, int64_t at_ns);
/* Says *entry (made by event_make) with the next number. The caller has seen to room. */
MUST_CHECK enum status lines_say(const struct lines_voice *voice, struct message_entry *entry,
                                 struct error *error);
/* Says that `count` edges were lost before one at at_ns. They take as many numbers. */
MUST_CHECK enum status lines_say_lost(const struct lines_voice *voice, uint32_t count,
                                      int64_t at_ns, const char *of_what, struct error *error);

#endif
