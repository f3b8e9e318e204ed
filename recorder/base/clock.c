#include "base/clock.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "base/file.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static int64_t nanoseconds(const struct timespec *time)
{
    return (int64_t)time->tv_sec * NS_PER_SECOND + time->tv_nsec;
}

static int64_t system_monotonic_ns(void *context)
{
    (void)context;
    struct timespec monotonic = {0};
    (void)clock_gettime(CLOCK_MONOTONIC_RAW, &monotonic);
    return nanoseconds(&monotonic);
}

static void system_read(void *context, struct clock_reading *reading)
{
    int64_t utc_ns = clock_utc_ns();
    int64_t monotonic_ns = system_monotonic_ns(context);
    struct timex state = {.modes = 0};
    int result = adjtimex(&state);
    /* A sandbox that forbids the question leaves the answer at "not synchronised". */
    bool synced = result >= 0 && result != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
    *reading = (struct clock_reading){
        .utc_ns = utc_ns,
        .monotonic_ns = monotonic_ns,
        .quality = synced ? CLOCK_SYNCED : CLOCK_UNSYNCED,
    };
}

enum status clock_system(struct clock *clock, struct error *error)
{
    struct buffer text = {0};
    enum status status = file_read(AT_FDCWD, BOOT_ID_PATH, 64, &text, error);
    if (status == STATUS_OK && (text.size != BOOT_ID_SIZE || text.data[text.size - 1] != '\n')) {
        status = error_set(error, STATUS_INVALID, "%s does not hold a boot id", BOOT_ID_PATH);
    }
    if (status == STATUS_OK) {
        *clock = (struct clock){.read = system_read, .monotonic_ns = system_monotonic_ns};
        memcpy(clock->boot_id, text.data, BOOT_ID_SIZE - 1);
    }
    buffer_release(&text);
    return status;
}

struct clock_reading clock_now(const struct clock *clock)
{
    struct clock_reading reading = {0};
    clock->read(clock->context, &reading);
    return reading;
}

int64_t clock_monotonic_ns(const struct clock *clock)
{
    return clock->monotonic_ns != NULL ? clock->monotonic_ns(clock->context)
                                       : clock_now(clock).monotonic_ns;
}

int64_t clock_utc_ns(void)
{
    struct timespec realtime = {0};
    (void)clock_gettime(CLOCK_REALTIME, &realtime);
    return nanoseconds(&realtime);
}

uint64_t clock_timer_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

void time_format(char text[TIME_TEXT_SIZE], int64_t utc_ns)
{
    int64_t seconds = utc_ns / NS_PER_SECOND;
    int64_t fraction = utc_ns % NS_PER_SECOND;
    if (fraction < 0) {
        fraction += NS_PER_SECOND;
        seconds--;
    }
    time_t time = (time_t)seconds;
    struct tm parts = {0};
    (void)gmtime_r(&time, &parts);
    /* int64_t nanoseconds reach from 1677 to 2262, so every number has its width; the casts tell
     * the compiler so. */
    (void)snprintf(text, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ",
                   (unsigned)(parts.tm_year + 1900) % 10000, (unsigned)(parts.tm_mon + 1) % 100,
                   (unsigned)parts.tm_mday % 100, (unsigned)parts.tm_hour % 100,
                   (unsigned)parts.tm_min % 100, (unsigned)parts.tm_sec % 100, (unsigned)fraction);
}

void local_time_text(char text[LOCAL_TIME_SIZE], int64_t utc_ns)
{
    struct tm local;
    time_t second = (time_t)(utc_ns / NS_PER_SECOND);
    if (utc_ns % NS_PER_SECOND < 0)
        second--;
    if (localtime_r(&second, &local) == NULL) {
        text[0] = '\0';
        return;
    }
    size_t size = strftime(text, LOCAL_TIME_SIZE - 1, "%Y-%m-%d %H:%M:%S%z", &local);
    if (size < 5) {
        text[0] = '\0';
        return;
    }
    /* +0800 as RFC 3339 has it: +08:00. */
    memmove(text + size - 1, text + size - 2, 3);
    text[size - 2] = ':';
}

/* What was read of a time's text so far. */
struct scan {
    const char *at;
    bool failed;
};

static int scan_digits(struct scan *scan, int count, int smallest, int largest)
{
    int value = 0;
    for (int i = 0; i < count && !scan->failed; i++) {
        if (*scan->at < '0' || *scan->at > '9') {
            scan->failed = true;
            return 0;
        }
        value = value * 10 + (*scan->at++ - '0');
    }
    if (value < smallest || value > largest) {
        scan->failed = true;
    }
    return value;
}

static bool scan_one_of(struct scan *scan, const char *characters)
{
    if (scan->failed || *scan->at == '\0' || strchr(characters, *scan->at) == NULL) {
        return false;
    }
    scan->at++;
    return true;
}

static void scan_expect(struct scan *scan, const char *characters)
{
    if (!scan_one_of(scan, characters)) {
        scan->failed = true;
    }
}

static void scan_date(struct scan *scan, struct tm *parts)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = scan_digits(scan, 4, 1, 9999);
    scan_expect(scan, "-");
    int month = scan_digits(scan, 2, 1, 12);
    scan_expect(scan, "-");
    int day = scan_digits(scan, 2, 1, scan->failed ? 31 : days[month - 1]);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2 && day == 29 && !leap) {
        scan->failed = true;
    }
    parts->tm_year = year - 1900;
    parts->tm_mon = month - 1;
    parts->tm_mday = day;
}

static void scan_hour_minute(struct scan *scan, struct tm *parts)
{
    parts->tm_hour = scan_digits(scan, 2, 0, 23);
    scan_expect(scan, ":");
    parts->tm_min = scan_digits(scan, 2, 0, 59);
}

/* One or more digits; what lies below a nanosecond is cut off. */
static int64_t scan_fraction(struct scan *scan)
{
    int64_t fraction = 0;
    int64_t unit = NS_PER_SECOND / 10;
    if (!isdigit((unsigned char)*scan->at)) {
        scan->failed = true;
    }
    for (; isdigit((unsigned char)*scan->at); scan->at++) {
        fraction += unit * (*scan->at - '0');
        unit /= 10;
    }
    return fraction;
}

/* "Z" or ±HH:MM, in seconds east of Greenwich. */
static int scan_offset(struct scan *scan)
{
    if (scan_one_of(scan, "Zz")) {
        return 0;
    }
    int sign = *scan->at == '-' ? -1 : 1;
    scan_expect(scan, "+-");
    struct tm offset = {0};
    scan_hour_minute(scan, &offset);
    return sign * (offset.tm_hour * 3600 + offset.tm_min * 60);
}

static enum status join(int64_t seconds, int64_t fraction, int64_t *utc_ns)
{
    int64_t result = 0;
    /* Before 1970 the first second of the range only fits after the fraction is added. */
    if (seconds < 0 && fraction > 0) {
        seconds++;
        fraction -= NS_PER_SECOND;
    }
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &result) ||
        __builtin_add_overflow(result, fraction, &result)) {
        return STATUS_INVALID;
    }
    *utc_ns = result;
    return STATUS_OK;
}

enum status time_parse(const char *text, int64_t *utc_ns)
{
    struct scan scan = {.at = text};
    struct tm parts = {0};
    scan_date(&scan, &parts);
    scan_expect(&scan, "T");
    scan_hour_minute(&scan, &parts);
    scan_expect(&scan, ":");
    parts.tm_sec = scan_digits(&scan, 2, 0, 59);
    scan_expect(&scan, ".");
    int fraction = scan_digits(&scan, 9, 0, NS_PER_SECOND - 1);
    scan_expect(&scan, "Z");
    if (scan.failed || *scan.at != '\0') {
        return STATUS_INVALID;
    }
    return join((int64_t)timegm(&parts), fraction, utc_ns);
}

static int64_t local_offset(int64_t seconds)
{
    time_t second = (time_t)seconds;
    struct tm local = {0};
    return localtime_r(&second, &local) != NULL ? (int64_t)local.tm_gmtoff : 0;
}

/* By the offsets of a day before and a day after: between them the clock changes once at most. */
static enum status local_time(struct tm *parts, int64_t fraction, struct time_typed *typed)
{
    enum { DAY_SECONDS = 86400 };
    int64_t shown = (int64_t)timegm(parts);
    int64_t by_before = shown - local_offset(shown - DAY_SECONDS);
    int64_t by_after = shown - local_offset(shown + DAY_SECONDS);
    bool is_before = by_before + local_offset(by_before) == shown;
    bool is_after = by_after + local_offset(by_after) == shown;
    if (is_before != is_after) {
        by_before = by_after = is_before ? by_before : by_after;
    }
    typed->shown = by_before == by_after ? TIME_SHOWN_ONCE
                   : is_before           ? TIME_SHOWN_TWICE
                                         : TIME_SHOWN_NEVER;
    bool is_ascending = by_before < by_after;
    enum status status =
        join(is_ascending ? by_before : by_after, fraction, &typed->earlier_utc_ns);
    return status == STATUS_OK
               ? join(is_ascending ? by_after : by_before, fraction, &typed->later_utc_ns)
               : status;
}

enum status time_parse_loose(const char *text, struct time_typed *typed)
{
    struct scan scan = {.at = text};
    struct tm parts = {0};
    int64_t fraction = 0;
    bool with_seconds = false;
    scan_date(&scan, &parts);
    bool date_only = !scan.failed && *scan.at == '\0';
    if (!date_only) {
        scan_expect(&scan, "Tt ");
        scan_hour_minute(&scan, &parts);
        with_seconds = scan_one_of(&scan, ":");
        parts.tm_sec = with_seconds ? scan_digits(&scan, 2, 0, 59) : 0;
        fraction = with_seconds && scan_one_of(&scan, ".") ? scan_fraction(&scan) : 0;
    }
    if (!scan.failed && *scan.at == '\0') {
        return local_time(&parts, fraction, typed);
    }
    int offset = scan_offset(&scan);
    if (scan.failed || !with_seconds || *scan.at != '\0') {
        return STATUS_INVALID;
    }
    typed->shown = TIME_SHOWN_ONCE;
    enum status status = join((int64_t)timegm(&parts) - offset, fraction, &typed->earlier_utc_ns);
    typed->later_utc_ns = typed->earlier_utc_ns;
    return status;
}
