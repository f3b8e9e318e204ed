#include "door/device_time.h"

#include "base/clock.h"

/* A part that the profile does not have counts as its smallest value. */
static bool read_part(const struct field *field, const uint16_t *words, size_t count,
                      uint64_t absent, uint64_t limit, int *part)
{
    uint64_t value = absent;
    enum status status = field_number(field, words, count, &value);
    if (status == STATUS_NOT_FOUND && !field->is_there)
        status = STATUS_OK;
    *part = (int)(value <= limit ? value : 0);
    return status == STATUS_OK && value <= limit;
}

static enum status read_date(const struct device_time *time, const uint16_t *words, size_t count,
                             bool is_utc, int64_t *utc_s)
{
    int year = 0;
    int month = 0;
    struct tm local = {0};
    bool whole = read_part(&time->year, words, count, 0, 9999, &year) &&
                 read_part(&time->month, words, count, 1, 12, &month) &&
                 read_part(&time->day, words, count, 1, 31, &local.tm_mday) &&
                 read_part(&time->hour, words, count, 0, 23, &local.tm_hour) &&
                 read_part(&time->minute, words, count, 0, 59, &local.tm_min) &&
                 read_part(&time->second, words, count, 0, 59, &local.tm_sec);
    if (!whole)
        return STATUS_INVALID;
    local.tm_year = year + time->year_base - 1900;
    local.tm_mon = month - 1;
    if (local.tm_year < 70 || local.tm_year > 300)
        return STATUS_INVALID;
    struct zone utc = {0};
    return zone_to_utc(is_utc ? &utc : &time->zone, &local, utc_s);
}

static bool is_set(const struct field *field, const uint16_t *words, size_t count)
{
    uint64_t value = 0;
    return field_number(field, words, count, &value) == STATUS_OK && value != 0;
}

enum device_time_quality device_time_decode(const struct device_time *time, const uint16_t *words,
                                            size_t count, int64_t *utc_ns)
{
    *utc_ns = 0;
    int64_t utc_s = 0;
    enum status status = STATUS_OK;
    if (time->seconds.is_there) {
        uint64_t seconds = 0;
        if (field_number(&time->seconds, words, count, &seconds) != STATUS_OK ||
            seconds > UINT32_MAX)
            return DEVICE_TIME_NONE;
        utc_s = time->since_utc_s + (int64_t)seconds;
    } else if (time->year.is_there) {
        status = read_date(time, words, count, is_set(&time->is_utc, words, count), &utc_s);
    } else {
        return DEVICE_TIME_NONE;
    }
    int millisecond = 0;
    if ((status != STATUS_OK && status != STATUS_MISMATCH) ||
        !read_part(&time->millisecond, words, count, 0, 999, &millisecond))
        return DEVICE_TIME_NONE;
    *utc_ns = utc_s * NS_PER_SECOND + millisecond * NS_PER_MS;
    bool is_doubtful = status == STATUS_MISMATCH || is_set(&time->not_synchronised, words, count) ||
                       is_set(&time->clock_failed, words, count);
    return is_doubtful ? DEVICE_TIME_FAULT : DEVICE_TIME_GOOD;
}

static enum status put_date(const struct device_time *time, int64_t utc_s, uint16_t *words,
                            size_t count)
{
    const struct zone utc = {0};
    struct tm local = {0};
    enum status status =
        zone_from_utc(is_set(&time->is_utc, words, count) ? &utc : &time->zone, utc_s, &local);
    const struct {
        const struct field *field;
        int value;
    } parts[] = {{&time->year, local.tm_year + 1900 - time->year_base},
                 {&time->month, local.tm_mon + 1},
                 {&time->day, local.tm_mday},
                 {&time->hour, local.tm_hour},
                 {&time->minute, local.tm_min},
                 {&time->second, local.tm_sec}};
    for (size_t at = 0; status == STATUS_OK && at < sizeof parts / sizeof parts[0]; at++) {
        if (!parts[at].field->is_there)
            continue;
        status = parts[at].value < 0
                     ? STATUS_INVALID
                     : field_put(parts[at].field, words, count, (uint64_t)parts[at].value);
    }
    return status;
}

enum status device_time_encode(const struct device_time *time, int64_t utc_ns, uint16_t *words,
                               size_t count)
{
    int64_t millisecond = utc_ns % NS_PER_SECOND / NS_PER_MS;
    int64_t utc_s = utc_ns / NS_PER_SECOND;
    if (utc_ns < 0)
        return STATUS_INVALID;
    if (!time->millisecond.is_there && millisecond >= 500)
        utc_s++;
    enum status status = STATUS_OK;
    if (time->millisecond.is_there)
        status = field_put(&time->millisecond, words, count, (uint64_t)millisecond);
    if (status != STATUS_OK)
        return status;
    if (!time->seconds.is_there)
        return put_date(time, utc_s, words, count);
    return utc_s < time->since_utc_s
               ? STATUS_INVALID
               : field_put(&time->seconds, words, count, (uint64_t)(utc_s - time->since_utc_s));
}
