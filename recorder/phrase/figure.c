#include "phrase/figure.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

void figure_duration(char text[FIGURE_SIZE], int64_t ns, enum language language)
{
    static const struct {
        int64_t below_s;
        int64_t unit_s;
        int64_t part_s;
        const char *units[2][2];
    } forms[] = {
        {3600, 60, 1, {{"min", "s"}, {"分", "秒"}}},
        {86400, 3600, 60, {{"h", "min"}, {"小时", "分"}}},
        {INT64_MAX, 86400, 3600, {{"d", "h"}, {"天", "小时"}}},
    };
    int64_t tenths = (ns + NS_PER_SECOND / 20) / (NS_PER_SECOND / 10);
    int64_t seconds = (ns + NS_PER_SECOND / 2) / NS_PER_SECOND;
    size_t chinese = language == LANGUAGE_CHINESE;
    size_t i = 0;
    if (tenths < 600) {
        (void)snprintf(text, FIGURE_SIZE, "%" PRId64 ".%" PRId64 " %s", tenths / 10, tenths % 10,
                       chinese ? "秒" : "s");
        return;
    }
    while (seconds >= forms[i].below_s) {
        i++;
    }
    (void)snprintf(text, FIGURE_SIZE, "%" PRId64 " %s %02" PRId64 " %s", seconds / forms[i].unit_s,
                   forms[i].units[chinese][0], seconds % forms[i].unit_s / forms[i].part_s,
                   forms[i].units[chinese][1]);
}

void figure_size(char text[FIGURE_SIZE], uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    double size = (double)bytes;
    while (size >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        size /= 1000;
        unit++;
    }
    (void)snprintf(text, FIGURE_SIZE, unit > 0 && size < 100 ? "%.1f %s" : "%.0f %s", size,
                   units[unit]);
}
