#include "door/cursor_said.h"

enum status cursor_say_again(struct cursor_said *said, struct reporter *reporter,
                             const struct watch *watch, uint64_t number, uint64_t continued,
                             const struct message_entry *entry, struct error *error)
{
    struct message_entry again = *entry;
    again.is_again = 1;
    again.has_device_seq = 1;
    again.device_seq = continued;
    said->asked = *entry;
    said->asked_sequence = number;
    enum status status = reporter_say_entry(reporter, watch, &again, error);
    said->is_asking = status == STATUS_OK;
    return status;
}

enum status cursor_say_new(struct cursor_said *said, struct reporter *reporter,
                           const struct watch *watch, uint64_t number, struct message_entry *entry,
                           bool is_entry, struct error *error)
{
    uint64_t continued = 0;
    enum numbers_step step = numbers_look(&reporter->numbers, number, &continued);
    enum status status =
        reporter_say_numbered(reporter, watch, step, continued, entry, is_entry, error);
    said->has_newest = status == STATUS_OK;
    said->newest = *entry;
    return status;
}

enum status cursor_begin_anew(struct cursor_said *said, struct reporter *reporter,
                              const struct watch *watch, struct error *error)
{
    said->has_newest = false;
    return reporter_begin_anew(reporter, watch, reporter->numbers.epoch + 1, error);
}

enum status cursor_settle(struct cursor_said *said, struct reporter *reporter,
                          const struct watch *watch, bool *is_disputed, struct error *error)
{
    bool is_another = link_take_mismatch(watch->link);
    bool was_disputed = said->is_disputed;
    *is_disputed = false;
    if (!said->is_asking)
        return STATUS_OK;
    said->is_asking = false;
    said->is_disputed = false;
    if (!is_another) {
        said->has_newest = true;
        said->newest = said->asked;
        return STATUS_OK;
    }
    bool asks = profile_asks_number(watch->profile);
    if (asks && !was_disputed) {
        *is_disputed = said->is_disputed = true;
        return STATUS_OK;
    }
    enum status status = cursor_begin_anew(said, reporter, watch, error);
    /* One that is asked for by number is read again in its turn. */
    if (status == STATUS_OK && !asks)
        status =
            cursor_say_new(said, reporter, watch, said->asked_sequence, &said->asked, true, error);
    return status;
}
