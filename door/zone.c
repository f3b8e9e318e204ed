#include "door/zone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZONE_FOLDER "/usr/share/zoneinfo/"

static enum status parse_offset(const char *text, struct zone *zone, struct error *error)
{
    const char *form = "+dd:dd";
    for (size_t at = 0; form[at] != '\0' || text[at] != '\0'; at++) {
        bool fits = form[at] == 'd' ? text[at] >= '0' && text[at] <= '9' : text[at] == form[at];
        if (!fits && !(at == 0 && text[at] == '-'))
            return error_set(error, STATUS_INVALID,
                             "\"%.40s\" is no distance from UTC: write it like +08:00", text);
    }
    int hours = (text[1] - '0') * 10 + text[2] - '0';
    int minutes = (text[4] - '0') * 10 + text[5] - '0';
    if (hours > 14 || minutes > 59)
        return error_set(error, STATUS_INVALID, "no place is %.40s from UTC", text);
    zone->kind = ZONE_FIXED;
    zone->offset_s = (hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
    return STATUS_OK;
}

/* A name may not lead out of the folder. */
static bool is_zone_name(const char *text)
{
    if (strstr(text, "..") != NULL || strlen(text) >= ZONE_NAME_SIZE)
        return false;
    const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    return text[0] >= 'A' && text[0] <= 'Z' && text[strspn(text, allowed)] == '\0';
}

enum status zone_parse(const char *text, struct zone *zone, struct error *error)
{
    *zone = (struct zone){0};
    if (strcmp(text, "utc") == 0)
        return STATUS_OK;
    if (strcmp(text, "recorder") == 0) {
        zone->kind = ZONE_RECORDER;
        return STATUS_OK;
    }
    if (text[0] == '+' || text[0] == '-')
        return parse_offset(text, zone, error);
    char path[sizeof ZONE_FOLDER + ZONE_NAME_SIZE];
    if (is_zone_name(text)) {
        (void)snprintf(path, sizeof path, ZONE_FOLDER "%s", text);
        if (access(path, R_OK) == 0) {
            zone->kind = ZONE_NAMED;
            (void)snprintf(zone->name, sizeof zone->name, "%s", text);
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID,
                     "\"%.40s\" is no zone: write utc, recorder, +08:00, or a name like "
                     "Asia/Shanghai",
                     text);
}

enum status zone_use(const struct zone *zone, struct error *error)
{
    if (zone->kind == ZONE_FIXED)
        return STATUS_OK;
    /* Named even for the recorder's own: with TZ unset the library looks at the file again and
     * again, which the sandbox forbids. */
    const char *name = zone->kind == ZONE_NAMED ? zone->name : getenv("TZ");
    if (name == NULL)
        name = ":/etc/localtime";
    if (setenv("TZ", name, 1) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot use the zone %s", name);
    tzset();
    return STATUS_OK;
}

bool zone_clashes(const struct zone *a, const struct zone *b)
{
    return a->kind != ZONE_FIXED && b->kind != ZONE_FIXED &&
           (a->kind != b->kind || strcmp(a->name, b->name) != 0);
}

static bool same_moment(const struct tm *a, const struct tm *b)
{
    return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
           a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

/* Tries one of the two clocks, summer's or not; true if local time did show that. */
static bool try_clock(const struct tm *local, int is_summer, int64_t *utc_s)
{
    struct tm guess = *local;
    guess.tm_isdst = is_summer;
    time_t moment = mktime(&guess);
    struct tm back;
    if (localtime_r(&moment, &back) == NULL || !same_moment(&back, local))
        return false;
    *utc_s = moment;
    return true;
}

enum status zone_to_utc(const struct zone *zone, const struct tm *local, int64_t *utc_s)
{
    struct tm plain = {.tm_year = local->tm_year,
                       .tm_mon = local->tm_mon,
                       .tm_mday = local->tm_mday,
                       .tm_hour = local->tm_hour,
                       .tm_min = local->tm_min,
                       .tm_sec = local->tm_sec};
    struct tm normal = plain;
    int64_t as_if_utc = timegm(&normal);
    if (!same_moment(&normal, &plain))
        return STATUS_INVALID;
    if (zone->kind == ZONE_FIXED) {
        *utc_s = as_if_utc - zone->offset_s;
        return STATUS_OK;
    }
    int64_t summer = 0;
    int64_t winter = 0;
    bool is_summer = try_clock(&plain, 1, &summer);
    bool is_winter = try_clock(&plain, 0, &winter);
    if (!is_summer && !is_winter)
        return STATUS_INVALID;
    *utc_s = is_summer ? summer : winter;
    return is_summer && is_winter && summer != winter ? STATUS_MISMATCH : STATUS_OK;
}

enum status zone_from_utc(const struct zone *zone, int64_t utc_s, struct tm *local)
{
    time_t moment = utc_s + (zone->kind == ZONE_FIXED ? zone->offset_s : 0);
    const struct tm *found =
        zone->kind == ZONE_FIXED ? gmtime_r(&moment, local) : localtime_r(&moment, local);
    return found != NULL ? STATUS_OK : STATUS_INVALID;
}
