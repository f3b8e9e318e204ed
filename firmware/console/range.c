#include "firmware/console/range.h"

enum status range_utc_ns(int64_t from_ms, int64_t to_ms, int64_t *from_utc_ns, int64_t *to_utc_ns,
                         struct error *error)
{
    if (from_ms < 0 || to_ms <= from_ms || to_ms > TIME_MS_MAX)
        return error_set(error, STATUS_INVALID, "the range ends before it begins");
    *from_utc_ns = from_ms * NS_PER_MS;
    *to_utc_ns = to_ms * NS_PER_MS;
    return STATUS_OK;
}

enum status range_of_query(const struct query *query, int64_t *from_utc_ns, int64_t *to_utc_ns,
                           struct error *error)
{
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    enum status status = query_number(query, "from", 0, TIME_MS_MAX, -1, &from_ms, error);
    if (status == STATUS_OK)
        status = query_number(query, "to", 0, TIME_MS_MAX, -1, &to_ms, error);
    return status == STATUS_OK ? range_utc_ns(from_ms, to_ms, from_utc_ns, to_utc_ns, error)
                               : status;
}
