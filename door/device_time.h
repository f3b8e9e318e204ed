/*
 * A controller's own time stamp: its parts, its zone, and what it says of its clock.
 */
#ifndef SEALROOM_DOOR_DEVICE_TIME_H
#define SEALROOM_DOOR_DEVICE_TIME_H

#include "base/message.h"
#include "door/field.h"
#include "door/zone.h"

struct device_time {
    /* Either seconds since a moment (`seconds`, counted from `since_utc_s`), or the parts of a
     * date; `millisecond` goes with both. */
    struct field seconds;
    int64_t since_utc_s;
    struct field year; /* counted from year_base */
    uint16_t year_base;
    struct field month;
    struct field day;
    struct field hour;
    struct field minute;
    struct field second;
    struct field millisecond;
    struct zone zone;
    struct field is_utc;           /* not zero: this stamp is UTC, whatever `zone` says */
    struct field not_synchronised; /* not zero: the controller itself doubts its clock */
    struct field clock_failed;     /* the same */
};

/* Decodes a stamp. DEVICE_TIME_NONE: the profile has none, or it is no time at all (*utc_ns is
 * 0). DEVICE_TIME_FAULT: the controller marks its clock as faulty, or local time happened twice
 * then; *utc_ns is what it says all the same. */
enum device_time_quality device_time_decode(const struct device_time *time, const uint16_t *words,
                                            size_t count, int64_t *utc_ns);

/* The reverse: puts this moment's parts into the window and leaves the rest of it as it is; in UTC
 * where is_utc says so there. Without a field for milliseconds it is the nearest second.
 * STATUS_INVALID: a part does not fit. */
MUST_CHECK enum status device_time_encode(const struct device_time *time, int64_t utc_ns,
                                          uint16_t *words, size_t count);

#endif
