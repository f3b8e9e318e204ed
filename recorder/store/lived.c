#include "store/lived.h"

#include <string.h>

void lived_add(struct lived *lived, const struct record_head *head)
{
    if (lived->next > 0)
        lived->total_ns = lived_now(lived, head->boot_id, head->monotonic_ns);
    memcpy(lived->boot_id, head->boot_id, sizeof(lived->boot_id));
    lived->monotonic_ns = head->monotonic_ns;
    lived->next++;
}

int64_t lived_now(const struct lived *lived, const char *boot_id, int64_t monotonic_ns)
{
    int64_t since = 0;
    int64_t total = 0;

    if (lived->next == 0 || strcmp(lived->boot_id, boot_id) != 0 ||
        monotonic_ns <= lived->monotonic_ns)
        return lived->total_ns;
    if (__builtin_sub_overflow(monotonic_ns, lived->monotonic_ns, &since) ||
        __builtin_add_overflow(lived->total_ns, since, &total))
        return lived->total_ns;
    return total;
}

int64_t lived_age_ns(int64_t now_utc_ns, int64_t now_lived_ns, int64_t end_utc_ns, int64_t lived_ns)
{
    int64_t wall = 0;
    int64_t lived = 0;

    if (__builtin_sub_overflow(now_utc_ns, end_utc_ns, &wall) ||
        __builtin_sub_overflow(now_lived_ns, lived_ns, &lived) || wall < 0 || lived < 0)
        return 0;
    return wall < lived ? wall : lived;
}
