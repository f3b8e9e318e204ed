#include "base/message_form.h"

/* clang-format off */
static const struct field entry_fields[] = {
    FIELD(entry, event),
    FIELD(entry, door),
    FIELD(entry, has_device_seq),
    FIELD(entry, is_again),
    FIELD(entry, device_seq),
    FIELD(entry, boot_epoch),
    FIELD(entry, device_time_quality),
    FIELD(entry, device_utc_ns),
    FIELD(entry, received_utc_ns),
    FIELD(entry, received_monotonic_ns),
    FIELD(entry, verdict),
    FIELD(entry, deny_reason),
    FIELD(entry, direction),
    FIELD(entry, credential),
    FIELD(entry, method),
    FIELD(entry, reader),
    FIELD(entry, derived),
    FIELD(entry, found),
    FIELD(entry, lost_from),
    FIELD(entry, lost_to),
    FIELD(entry, has_device_code),
    FIELD(entry, device_code),
    FIELD(entry, raw),
    FIELD(entry, detail),
};
static const struct field source_state_fields[] = {
    FIELD(source_state, event),
    FIELD(source_state, at_utc_ns),
    FIELD(source_state, at_monotonic_ns),
    FIELD(source_state, poll_interval_ns),
    FIELD(source_state, address),
    FIELD(source_state, detail),
    FIELD(source_state, profile),
    FIELD(source_state, profile_sha256),
    FIELD(source_state, profile_sm3),
};

static const struct message_form forms[] = {
    FORM(ENTRY, entry, BY(DOOR), false),
    FORM(SOURCE_STATE, source_state, BY(DOOR), false),
};
/* clang-format on */

MESSAGE_TABLE(door);
