/*
 * A controller's own clock: looked at, and set where it is wrong and the profile says how. Each
 * time it is set is an entry that says what it showed before and after.
 */
#ifndef SEALROOM_DOOR_DEVICE_CLOCK_H
#define SEALROOM_DOOR_DEVICE_CLOCK_H

#include "door/reporter.h"

/* As far as this from the recorder's it is left alone: controllers count in whole seconds. */
#define DEVICE_CLOCK_RIGHT_NS (2 * NS_PER_SECOND)

/* To be called between two steps of the shape whose reporter it is, with everything said so far
 * durable, while the recorder's own clock is right. Says DOOR_CLOCK_SET if it wrote, or may have
 * written, but DOOR_CLOCK_UNSYNCED if the clock goes on as before all the same. Returns what the
 * bus returned; STATUS_INVALID also if the present moment cannot be written in its form,
 * STATUS_MISMATCH if it shows another time all the same. */
MUST_CHECK enum status device_clock_set(const struct watch *watch, struct reporter *reporter,
                                        struct error *error);

#endif
