#include "keeper/crashes.h"

bool crashes_add(struct crashes *crashes, int64_t now_ns)
{
    int64_t *oldest = &crashes->at_ns[crashes->count % CRASHES_MANY];
    bool many = crashes->count + 1 >= CRASHES_MANY;
    *oldest = now_ns;
    crashes->count++;
    return many && now_ns - crashes->at_ns[crashes->count % CRASHES_MANY] <= CRASHES_WINDOW_NS;
}

bool crashes_are_over(const struct crashes *crashes, int64_t started_ns, int64_t now_ns)
{
    int64_t newest_ns =
        crashes->count == 0 ? started_ns : crashes->at_ns[(crashes->count - 1) % CRASHES_MANY];
    return now_ns - newest_ns > CRASHES_WINDOW_NS;
}
