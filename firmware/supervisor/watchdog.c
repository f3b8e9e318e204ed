#include "firmware/supervisor/watchdog.h"

bool watchdog_allows(int64_t now_ns, int64_t durable_ns, bool ready)
{
    return now_ns - durable_ns <= (ready ? WATCHDOG_PROGRESS_LIMIT_NS : WATCHDOG_START_LIMIT_NS);
}
