/*
 * Time, with its quality. No clock is trusted: the wall clock labels, the monotonic clock orders.
 *
 * A clock is passed in, so that a test can hand in its own.
 */
#ifndef SEALROOM_BASE_CLOCK_H
#define SEALROOM_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS     INT64_C(1000000)
#define NS_PER_DAY    (INT64_C(86400) * NS_PER_SECOND)

enum clock_quality {
    CLOCK_UNSYNCED = 0, /* adjtimex(2) reports STA_UNSYNC or TIME_ERROR */
    CLOCK_SYNCED = 1,
};

struct clock_reading {
    int64_t utc_ns;       /* CLOCK_REALTIME, ns since 1970-01-01T00:00:00Z */
    int64_t monotonic_ns; /* CLOCK_MONOTONIC_RAW, ns since an unspecified moment of this boot */
    enum clock_quality quality;
};

#define BOOT_ID_SIZE 37 /* a UUID's text and NUL */

struct clock {
    void (*read)(void *context, struct clock_reading *reading);
    /* The monotonic time alone, where that costs less: whether the wall clock is synchronised is a
     * question to the kernel each time. NULL: `read` tells it. */
    int64_t (*monotonic_ns)(void *context);
    void *context;
    char boot_id[BOOT_ID_SIZE]; /* /proc/sys/kernel/random/boot_id */
};

/* The machine's own clock. */
MUST_CHECK enum status clock_system(struct clock *clock, struct error *error);
struct clock_reading clock_now(const struct clock *clock);
/* The reading's monotonic_ns, for who needs no more. */
int64_t clock_monotonic_ns(const struct clock *clock);
/* The machine's CLOCK_REALTIME alone, ns since 1970-01-01T00:00:00Z, for who neither records nor
 * orders by it. */
int64_t clock_utc_ns(void);
/* The machine's CLOCK_MONOTONIC in microseconds, which is what timers of an event loop go by. */
uint64_t clock_timer_us(void);

/* RFC 3339 in UTC with nine decimals: 2026-11-22T08:13:42.000000123Z, and NUL. */
#define TIME_TEXT_SIZE 31
void time_format(char text[TIME_TEXT_SIZE], int64_t utc_ns);
/* For people, in local time: "2026-11-22 08:30:00+08:00" and NUL. */
#define LOCAL_TIME_SIZE 32
void local_time_text(char text[LOCAL_TIME_SIZE], int64_t utc_ns);
/* Exactly the form above; STATUS_INVALID otherwise. */
MUST_CHECK enum status time_parse(const char *text, int64_t *utc_ns);

/* The local clock shows a time twice where daylight saving ends, and never where it begins. */
enum time_shown { TIME_SHOWN_ONCE, TIME_SHOWN_TWICE, TIME_SHOWN_NEVER };
/* What a typed time may mean; where it is shown never, what it is by the clock as it went after
 * and as it went before. Both are one where it is shown once. */
struct time_typed {
    enum time_shown shown;
    int64_t earlier_utc_ns;
    int64_t later_utc_ns;
};
/* What people type: RFC 3339 with any or no fraction and any offset, "YYYY-MM-DD" or
 * "YYYY-MM-DD HH:MM[:SS]" in local time. */
MUST_CHECK enum status time_parse_loose(const char *text, struct time_typed *typed);

#endif
