#include "base/message_door.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void entry_meaning(const struct message_entry *entry, char meaning[ENTRY_MEANING_SIZE])
{
    bool has_time = entry->device_utc_ns != 0;
    (void)snprintf(meaning, ENTRY_MEANING_SIZE,
                   "%u %" PRIi64 " %u %u %u %u %" PRIu64 " %" PRIu64 "\n%s\n%s\n%s\n%s",
                   entry->device_code, entry->device_utc_ns, has_time ? 0 : entry->event,
                   has_time ? 0 : entry->verdict, has_time ? 0 : entry->deny_reason,
                   has_time ? 0 : entry->direction, entry->lost_from, entry->lost_to, entry->door,
                   entry->reader, entry->method, entry->credential);
}

bool entry_is_same(const struct message_entry *a, const struct message_entry *b)
{
    char ours[ENTRY_MEANING_SIZE];
    char theirs[ENTRY_MEANING_SIZE];
    if (a->raw[0] != '\0' && strcmp(a->raw, b->raw) == 0)
        return true;
    entry_meaning(a, ours);
    entry_meaning(b, theirs);
    return strcmp(ours, theirs) == 0;
}
