#include "ledger/number.h"

#include <stdbool.h>
#include <string.h>

enum status number_parse_u64(const char *text, uint64_t *value)
{
    size_t length = strnlen(text, NUMBER_TEXT_SIZE);
    if (length == 0 || length >= NUMBER_TEXT_SIZE || (text[0] == '0' && length > 1)) {
        return STATUS_INVALID;
    }
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return STATUS_INVALID;
        }
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10) {
            return STATUS_INVALID;
        }
        sum = sum * 10 + digit;
    }
    *value = sum;
    return STATUS_OK;
}

enum status number_parse_i64(const char *text, int64_t *value)
{
    bool negative = text[0] == '-';
    uint64_t size = 0;
    enum status status = number_parse_u64(negative ? text + 1 : text, &size);
    if (status != STATUS_OK) {
        return status;
    }
    if (negative) {
        if (size == 0 || size > (uint64_t)INT64_MAX + 1) {
            return STATUS_INVALID;
        }
        *value = size > INT64_MAX ? INT64_MIN : -(int64_t)size;
        return STATUS_OK;
    }
    if (size > INT64_MAX) {
        return STATUS_INVALID;
    }
    *value = (int64_t)size;
    return STATUS_OK;
}
