#include "keeper/allowance.h"

struct allowance allowance_of(uint32_t most, int64_t period_ns)
{
    return (struct allowance){.most = most, .period_ns = period_ns, .left = most};
}

bool allowance_take(struct allowance *allowance, int64_t now_monotonic_ns)
{
    int64_t more = (now_monotonic_ns - allowance->since_ns) / allowance->period_ns;
    if (more > 0) {
        bool fills = more >= allowance->most - allowance->left;
        allowance->left = fills ? allowance->most : allowance->left + (uint32_t)more;
        allowance->since_ns = now_monotonic_ns;
    }
    if (allowance->left == 0)
        return false;
    allowance->left--;
    return true;
}
