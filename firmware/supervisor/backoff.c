#include "firmware/supervisor/backoff.h"

uint32_t backoff_next_ms(struct backoff *backoff, uint64_t lived_ms)
{
    static const uint32_t delays_ms[] = {0, 1000, 2000, 4000, 8000};
    const unsigned count = sizeof delays_ms / sizeof delays_ms[0];

    if (lived_ms >= BACKOFF_FORGET_MS)
        backoff->failures = 0;
    uint32_t delay = backoff->failures < count ? delays_ms[backoff->failures] : BACKOFF_MOST_MS;
    if (backoff->failures < count)
        backoff->failures++;
    return delay;
}
