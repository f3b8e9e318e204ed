/*
 * A zone: what a controller's clock shows, and how that becomes UTC.
 */
#ifndef SEALROOM_DOOR_ZONE_H
#define SEALROOM_DOOR_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/status.h"

#define ZONE_NAME_SIZE 64

enum zone_kind {
    ZONE_FIXED = 0, /* a fixed distance from UTC; zero is UTC */
    ZONE_NAMED,     /* a name of the time zone database */
    ZONE_RECORDER,  /* the recorder's own */
};

struct zone {
    enum zone_kind kind;
    int32_t offset_s; /* east of UTC, for ZONE_FIXED */
    char name[ZONE_NAME_SIZE];
};

/* "utc", "recorder", "+08:00", or a name as in /usr/share/zoneinfo. STATUS_INVALID if it is none
 * of them, with a sentence that says what would be right. */
MUST_CHECK enum status zone_parse(const char *text, struct zone *zone, struct error *error);

/* Makes a named zone, or the recorder's, the process's own. The C library has one zone a process,
 * so the profiles of a door process can be in one that is not fixed; it reads the zone's file now,
 * while it still may. */
MUST_CHECK enum status zone_use(const struct zone *zone, struct error *error);
/* Neither is fixed, and they are not the same: one process cannot have both. */
bool zone_clashes(const struct zone *a, const struct zone *b);

/* The UTC second of a local date and time (tm_year to tm_sec; the rest is not looked at).
 * STATUS_INVALID: there is no such date, or the zone's clocks skipped that hour.
 * STATUS_MISMATCH: it happened twice, when summer time ended; *utc_s is the first. */
MUST_CHECK enum status zone_to_utc(const struct zone *zone, const struct tm *local, int64_t *utc_s);
/* The reverse. STATUS_INVALID: no such year. */
MUST_CHECK enum status zone_from_utc(const struct zone *zone, int64_t utc_s, struct tm *local);

#endif
