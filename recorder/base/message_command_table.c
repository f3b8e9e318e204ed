#include "base/message_form.h"

/* clang-format off */
static const struct field status_ask_fields[] = {
    FIELD(status_ask, unused),
};
static const struct field checkpoint_take_fields[] = {
    FIELD(checkpoint_take, place),
    FIELD(checkpoint_take, session),
};
static const struct field hold_set_fields[] = {
    FIELD(hold_set, from_utc_ns),
    FIELD(hold_set, to_utc_ns),
    FIELD(hold_set, cameras),
    FIELD(hold_set, doors),
    FIELD(hold_set, reason),
    FIELD(hold_set, session),
};
static const struct field hold_release_fields[] = {
    FIELD(hold_release, hold),
    FIELD(hold_release, reason),
    FIELD(hold_release, session),
    FIELD(hold_release, second),
};
static const struct field lookup_fields[] = {
    FIELD(lookup, what),
    FIELD(lookup, from_utc_ns),
    FIELD(lookup, to_utc_ns),
    FIELD(lookup, filter),
    FIELD(lookup, reason),
    FIELD(lookup, session),
};
static const struct field seal_now_fields[] = {
    FIELD(seal_now, session),
};
static const struct field status_fields[] = {
    FIELD(status, reference),
    FIELD(status, origin),
    FIELD(status, site),
    FIELD(status, suite),
    FIELD(status, fingerprint),
    FIELD(status, started_utc_ns),
    FIELD(status, records),
    FIELD(status, checkpoint_utc_ns),
    FIELD(status, clock_quality),
    FIELD(status, volume_bytes),
    FIELD(status, volume_free_bytes),
    FIELD(status, reserve_bytes),
    FIELD(status, oldest_video_utc_ns),
    FIELD(status, reach_days),
    FIELD(status, video_days),
    FIELD(status, record_days),
    FIELD(status, encrypted),
    FIELD(status, holds),
    FIELD(status, console_fingerprint),
    FIELD(status, page_sha256),
};
static const struct field status_camera_fields[] = {
    FIELD(status_camera, camera),
    FIELD(status_camera, name),
    FIELD(status_camera, recording),
    FIELD(status_camera, cause),
    FIELD(status_camera, since_utc_ns),
    FIELD(status_camera, bytes_stored),
    FIELD(status_camera, bytes_per_second),
    FIELD(status_camera, video_codec),
    FIELD(status_camera, width),
    FIELD(status_camera, height),
};
static const struct field status_source_fields[] = {
    FIELD(status_source, controller),
    FIELD(status_source, online),
    FIELD(status_source, since_utc_ns),
    FIELD(status_source, entries),
    FIELD(status_source, last_utc_ns),
};
static const struct field status_alarm_fields[] = {
    FIELD(status_alarm, record),
    FIELD(status_alarm, since_utc_ns),
    FIELD(status_alarm, kind),
    FIELD(status_alarm, detail),
};
static const struct field checkpoint_note_fields[] = {
    FIELD(checkpoint_note, reference),
    FIELD(checkpoint_note, record),
    FIELD_AS(FIELD_LINES, checkpoint_note, note),
};

static const struct message_form forms[] = {
    FORM(STATUS_ASK, status_ask, BY(COMMAND) | BY(CONSOLE) | BY(INSPECT), false),
    FORM(CHECKPOINT_TAKE, checkpoint_take, BY(COMMAND) | BY(CONSOLE), false),
    FORM(HOLD_SET, hold_set, BY(COMMAND) | BY(CONSOLE), false),
    FORM(HOLD_RELEASE, hold_release, BY(COMMAND) | BY(CONSOLE), false),
    FORM(LOOKUP, lookup, BY(COMMAND) | BY(CONSOLE), false),
    FORM(SEAL_NOW, seal_now, BY(COMMAND) | BY(CONSOLE) | BY(KEEPER), false),
    FORM(STATUS, status, BY(KEEPER), false),
    FORM(STATUS_CAMERA, status_camera, BY(KEEPER), false),
    FORM(STATUS_SOURCE, status_source, BY(KEEPER), false),
    FORM(STATUS_ALARM, status_alarm, BY(KEEPER), false),
    FORM(CHECKPOINT_NOTE, checkpoint_note, BY(KEEPER), false),
};
/* clang-format on */

MESSAGE_TABLE(command);
