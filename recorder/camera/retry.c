#include "camera/retry.h"

#include "base/clock.h"
#include "crypto/suite.h"

#define FIRST_NS (1 * NS_PER_SECOND)
#define MOST_NS  (30 * NS_PER_SECOND)

void retry_reset(struct retry *retry)
{
    retry->wait_ns = FIRST_NS;
}

int64_t retry_next_ns(struct retry *retry)
{
    uint32_t random = 0;
    random_fill(&random, sizeof random);
    int64_t jitter = retry->wait_ns / 5 * (int64_t)(random % 1000) / 1000;
    int64_t wait_ns = retry->wait_ns + jitter;
    retry->wait_ns = retry->wait_ns > MOST_NS / 2 ? MOST_NS : retry->wait_ns * 2;
    return wait_ns;
}
