#include "base/message_table.h"

/* A field's kind follows from its type in the struct, so the table cannot contradict it. */
#define KIND_OF(message, member)                                                                   \
    _Generic(((struct message_##message *)0)->member,                                              \
        uint8_t: FIELD_U8,                                                                         \
        uint16_t: FIELD_U16,                                                                       \
        uint32_t: FIELD_U32,                                                                       \
        uint64_t: FIELD_U64,                                                                       \
        int64_t: FIELD_I64,                                                                        \
        uint8_t *: FIELD_DIGEST,                                                                   \
        char *: FIELD_TEXT)
#define FIELD_AS(kind, message, member)                                                            \
    {                                                                                              \
        kind, offsetof(struct message_##message, member),                                          \
            sizeof(((struct message_##message *)0)->member)                                        \
    }
#define FIELD(message, member) FIELD_AS(KIND_OF(message, member), message, member)

/* clang-format off */
static const struct field hello_fields[] = {
    FIELD(hello, protocol),
    FIELD(hello, process),
    FIELD(hello, program),
    FIELD(hello, version),
    FIELD(hello, resume),
};
static const struct field welcome_fields[] = {
    FIELD(welcome, protocol),
    FIELD(welcome, with_sm3),
    FIELD(welcome, origin),
    FIELD(welcome, has_position),
    FIELD(welcome, boot_epoch),
    FIELD(welcome, device_seq),
};
static const struct field done_fields[] = {
    FIELD(done, reference),
    FIELD(done, status),
    FIELD(done, record),
    FIELD(done, text),
};
static const struct field keeper_settings_fields[] = {
    FIELD(keeper_settings, video_days),
    FIELD(keeper_settings, record_days),
    FIELD(keeper_settings, full_policy),
    FIELD(keeper_settings, reserve_bytes),
    FIELD(keeper_settings, segment_seconds),
    FIELD(keeper_settings, site),
    FIELD(keeper_settings, configuration_path),
    FIELD(keeper_settings, configuration_sha256),
    FIELD(keeper_settings, configuration_sm3),
    FIELD(keeper_settings, card),
};
static const struct field camera_settings_fields[] = {
    FIELD(camera_settings, camera),
    FIELD(camera_settings, name),
    FIELD(camera_settings, share_percent),
};
static const struct field door_settings_fields[] = {
    FIELD(door_settings, door),
    FIELD(door_settings, name),
    FIELD(door_settings, controller),
    FIELD(door_settings, cameras),
    FIELD(door_settings, rules),
    FIELD(door_settings, held_s),
    FIELD(door_settings, prealarm_s),
    FIELD(door_settings, grant_s),
    FIELD(door_settings, grace_ms),
    FIELD(door_settings, poll_ms),
    FIELD(door_settings, trouble_ms),
    FIELD(door_settings, two_persons_s),
    FIELD(door_settings, anti_passback),
};
static const struct field people_fields[] = {
    FIELD(people, count),
    FIELD(people, path),
    FIELD(people, sha256),
    FIELD(people, sm3),
    FIELD(people, fault),
};
static const struct field peer_fields[] = {
    FIELD(peer, role),
    FIELD(peer, source),
};
static const struct field start_fields[] = {
    FIELD(start, peers),
};
static const struct field worker_ended_fields[] = {
    FIELD(worker_ended, role),
    FIELD(worker_ended, source),
    FIELD(worker_ended, exit_code),
    FIELD(worker_ended, signal),
    FIELD(worker_ended, restarts),
    FIELD(worker_ended, ordered),
    FIELD(worker_ended, cause),
    FIELD(worker_ended, detail),
};
static const struct field progress_ask_fields[] = {
    FIELD(progress_ask, unused),
};
static const struct field stop_fields[] = {
    FIELD(stop, reason),
};
static const struct field progress_fields[] = {
    FIELD(progress, size),
    FIELD(progress, durable_monotonic_ns),
    FIELD(progress, alarms),
};
static const struct field worker_cut_off_fields[] = {
    FIELD(worker_cut_off, role),
    FIELD(worker_cut_off, source),
    FIELD(worker_cut_off, link),
};
static const struct field camera_setup_fields[] = {
    FIELD(camera_setup, camera),
    FIELD(camera_setup, url),
    FIELD(camera_setup, address),
    FIELD(camera_setup, user),
    FIELD(camera_setup, password),
    FIELD(camera_setup, certificate),
    FIELD(camera_setup, transport),
    FIELD(camera_setup, audio),
    FIELD(camera_setup, segment_seconds),
    FIELD(camera_setup, stall_ms),
};
static const struct field door_setup_fields[] = {
    FIELD(door_setup, more),
    FIELD(door_setup, controller),
    FIELD(door_setup, profile),
    FIELD(door_setup, transport),
    FIELD(door_setup, address),
    FIELD(door_setup, port),
    FIELD(door_setup, baud),
    FIELD(door_setup, parity),
    FIELD(door_setup, stop_bits),
    FIELD(door_setup, rs485),
    FIELD(door_setup, unit),
    FIELD(door_setup, set_clock),
    FIELD(door_setup, poll_ms),
    FIELD(door_setup, timeout_ms),
    FIELD(door_setup, doors),
};
static const struct field keeper_link_fields[] = {
    FIELD(keeper_link, generation),
    FIELD(keeper_link, source),
};
static const struct field camera_address_fields[] = {
    FIELD(camera_address, address),
};
static const struct field stream_up_fields[] = {
    FIELD(stream_up, at_utc_ns),
    FIELD(stream_up, at_monotonic_ns),
    FIELD(stream_up, address),
    FIELD(stream_up, port),
    FIELD(stream_up, transport),
    FIELD(stream_up, encrypted),
    FIELD(stream_up, certificate_sha256),
    FIELD(stream_up, sdp_sha256),
    FIELD(stream_up, video_codec),
    FIELD(stream_up, audio_codec),
    FIELD(stream_up, server),
};
static const struct field stream_down_fields[] = {
    FIELD(stream_down, at_utc_ns),
    FIELD(stream_down, at_monotonic_ns),
    FIELD(stream_down, cause),
    FIELD(stream_down, detail),
};
static const struct field stream_note_fields[] = {
    FIELD(stream_note, at_utc_ns),
    FIELD(stream_note, note),
    FIELD(stream_note, count),
    FIELD(stream_note, detail),
};
static const struct field segment_request_fields[] = {
    FIELD(segment_request, unused),
};
static const struct field segment_begin_fields[] = {
    FIELD(segment_begin, segment),
    FIELD(segment_begin, reason),
    FIELD(segment_begin, start_utc_ns),
    FIELD(segment_begin, start_monotonic_ns),
    FIELD(segment_begin, utc_minus_raw_ns),
    FIELD(segment_begin, clock_quality),
    FIELD(segment_begin, camera_clock_known),
    FIELD(segment_begin, camera_clock_offset_ns),
    FIELD(segment_begin, video_codec),
    FIELD(segment_begin, width),
    FIELD(segment_begin, height),
    FIELD(segment_begin, audio_codec),
    FIELD(segment_begin, connection),
};
static const struct field fragment_fields[] = {
    FIELD(fragment, kind),
    FIELD(fragment, keyframe),
    FIELD(fragment, offset),
    FIELD(fragment, size),
    FIELD(fragment, frames),
    FIELD(fragment, start_utc_ns),
    FIELD(fragment, duration_ns),
    FIELD(fragment, sha256),
    FIELD(fragment, sm3),
};
static const struct field segment_end_fields[] = {
    FIELD(segment_end, segment),
    FIELD(segment_end, size),
    FIELD(segment_end, pieces),
    FIELD(segment_end, frames),
    FIELD(segment_end, end_utc_ns),
    FIELD(segment_end, continues),
};
static const struct field segment_granted_fields[] = {
    FIELD(segment_granted, segment),
};
static const struct field pause_fields[] = {
    FIELD(pause, paused),
};
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
static const struct field export_seal_fields[] = {
    FIELD(export_seal, kind),
    FIELD(export_seal, digest),
};
static const struct field export_sealed_fields[] = {
    FIELD(export_sealed, reference),
    FIELD(export_sealed, signature),
};
static const struct field export_keys_fields[] = {
    FIELD(export_keys, rsa),
    FIELD(export_keys, suite),
};
static const struct field status_ask_fields[] = {
    FIELD(status_ask, unused),
};
static const struct field checkpoint_take_fields[] = {
    FIELD(checkpoint_take, place),
};
static const struct field hold_set_fields[] = {
    FIELD(hold_set, from_utc_ns),
    FIELD(hold_set, to_utc_ns),
    FIELD(hold_set, cameras),
    FIELD(hold_set, doors),
    FIELD(hold_set, reason),
};
static const struct field hold_release_fields[] = {
    FIELD(hold_release, hold),
    FIELD(hold_release, reason),
};
static const struct field lookup_fields[] = {
    FIELD(lookup, what),
    FIELD(lookup, from_utc_ns),
    FIELD(lookup, to_utc_ns),
    FIELD(lookup, filter),
    FIELD(lookup, reason),
};
static const struct field seal_now_fields[] = {
    FIELD(seal_now, unused),
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
static const struct field export_ask_fields[] = {
    FIELD(export_ask, from_utc_ns),
    FIELD(export_ask, to_utc_ns),
    FIELD(export_ask, cameras),
    FIELD(export_ask, doors),
    FIELD(export_ask, purpose),
    FIELD(export_ask, case_number),
    FIELD_AS(FIELD_LINES, export_ask, since),
    FIELD(export_ask, language),
    FIELD(export_ask, session),
    FIELD(export_ask, second),
};
static const struct field export_kept_fields[] = {
    FIELD(export_kept, reference),
    FIELD(export_kept, status),
    FIELD(export_kept, text),
};
static const struct field export_begun_fields[] = {
    FIELD(export_begun, reference),
    FIELD(export_begun, record),
    FIELD(export_begun, from_utc_ns),
    FIELD(export_begun, to_utc_ns),
};
static const struct field export_result_fields[] = {
    FIELD(export_result, reference),
    FIELD(export_result, request),
    FIELD(export_result, size),
    FIELD(export_result, records),
    FIELD(export_result, clips),
    FIELD(export_result, absent),
    FIELD(export_result, package),
    FIELD(export_result, fingerprint),
};
static const struct field export_start_fields[] = {
    FIELD(export_start, request),
};
static const struct field export_scratch_fields[] = {
    FIELD(export_scratch, unused),
};
static const struct field export_page_fields[] = {
    FIELD(export_page, unused),
};
static const struct field export_task_fields[] = {
    FIELD(export_task, language),
    FIELD(export_task, request),
    FIELD_AS(FIELD_LINES, export_task, since),
};
static const struct field export_signed_fields[] = {
    FIELD_AS(FIELD_LINES, export_signed, signature),
};
static const struct field export_plan_fields[] = {
    FIELD(export_plan, checkpoint),
    FIELD(export_plan, bytes),
    FIELD(export_plan, scratch_bytes),
    FIELD(export_plan, records),
    FIELD(export_plan, entries),
    FIELD(export_plan, gaps),
    FIELD(export_plan, clips),
    FIELD(export_plan, absent),
};
static const struct field export_progress_fields[] = {
    FIELD(export_progress, bytes),
    FIELD(export_progress, total),
};
static const struct field export_sign_fields[] = {
    FIELD(export_sign, size),
};
static const struct field export_picture_fields[] = {
    FIELD(export_picture, unused),
};
static const struct field export_end_fields[] = {
    FIELD(export_end, status),
    FIELD(export_end, size),
    FIELD(export_end, records),
    FIELD(export_end, clips),
    FIELD(export_end, absent),
    FIELD(export_end, text),
};

#define BY(role) (1u << ROLE_##role)
#define FORM(TYPE, message, senders, has_descriptor)                                               \
    {                                                                                              \
        MESSAGE_##TYPE, #message, senders, has_descriptor, sizeof(struct message_##message),       \
            sizeof message##_fields / sizeof message##_fields[0], message##_fields                 \
    }

static const struct message_form forms[] = {
    FORM(HELLO, hello, BY(SUPERVISOR) | BY(CAMERA) | BY(DOOR) | BY(COMMAND) | BY(EXPORT),
         false),
    FORM(WELCOME, welcome, BY(KEEPER), false),
    FORM(DONE, done, BY(KEEPER), false),
    FORM(KEEPER_SETTINGS, keeper_settings, BY(SUPERVISOR), false),
    FORM(CAMERA_SETTINGS, camera_settings, BY(SUPERVISOR), false),
    FORM(DOOR_SETTINGS, door_settings, BY(SUPERVISOR), false),
    FORM(PEOPLE, people, BY(SUPERVISOR), true),
    FORM(PEER, peer, BY(SUPERVISOR), true),
    FORM(START, start, BY(SUPERVISOR), false),
    FORM(WORKER_ENDED, worker_ended, BY(SUPERVISOR), false),
    FORM(PROGRESS_ASK, progress_ask, BY(SUPERVISOR), false),
    FORM(STOP, stop, BY(SUPERVISOR), false),
    FORM(PROGRESS, progress, BY(KEEPER), false),
    FORM(WORKER_CUT_OFF, worker_cut_off, BY(KEEPER), false),
    FORM(CAMERA_SETUP, camera_setup, BY(SUPERVISOR), false),
    FORM(DOOR_SETUP, door_setup, BY(SUPERVISOR), false),
    FORM(KEEPER_LINK, keeper_link, BY(SUPERVISOR), true),
    FORM(CAMERA_ADDRESS, camera_address, BY(SUPERVISOR), false),
    FORM(STREAM_UP, stream_up, BY(CAMERA), false),
    FORM(STREAM_DOWN, stream_down, BY(CAMERA), false),
    FORM(STREAM_NOTE, stream_note, BY(CAMERA), false),
    FORM(SEGMENT_REQUEST, segment_request, BY(CAMERA), false),
    FORM(SEGMENT_BEGIN, segment_begin, BY(CAMERA), false),
    FORM(FRAGMENT, fragment, BY(CAMERA), false),
    FORM(SEGMENT_END, segment_end, BY(CAMERA), false),
    FORM(SEGMENT_GRANTED, segment_granted, BY(KEEPER), true),
    FORM(PAUSE, pause, BY(KEEPER), false),
    FORM(ENTRY, entry, BY(DOOR), false),
    FORM(SOURCE_STATE, source_state, BY(DOOR), false),
    FORM(EXPORT_SEAL, export_seal, BY(EXPORT), false),
    FORM(EXPORT_SEALED, export_sealed, BY(KEEPER), false),
    FORM(EXPORT_KEYS, export_keys, BY(KEEPER), false),
    FORM(STATUS_ASK, status_ask, BY(COMMAND), false),
    FORM(CHECKPOINT_TAKE, checkpoint_take, BY(COMMAND), false),
    FORM(HOLD_SET, hold_set, BY(COMMAND), false),
    FORM(HOLD_RELEASE, hold_release, BY(COMMAND), false),
    FORM(LOOKUP, lookup, BY(COMMAND), false),
    FORM(SEAL_NOW, seal_now, BY(COMMAND) | BY(KEEPER), false),
    FORM(STATUS, status, BY(KEEPER), false),
    FORM(STATUS_CAMERA, status_camera, BY(KEEPER), false),
    FORM(STATUS_SOURCE, status_source, BY(KEEPER), false),
    FORM(STATUS_ALARM, status_alarm, BY(KEEPER), false),
    FORM(CHECKPOINT_NOTE, checkpoint_note, BY(KEEPER), false),
    FORM(EXPORT_ASK, export_ask, BY(COMMAND), true),
    FORM(EXPORT_KEPT, export_kept, BY(COMMAND), false),
    FORM(EXPORT_BEGUN, export_begun, BY(KEEPER), false),
    FORM(EXPORT_RESULT, export_result, BY(KEEPER), false),
    FORM(EXPORT_START, export_start, BY(KEEPER), false),
    FORM(EXPORT_SCRATCH, export_scratch, BY(KEEPER), true),
    FORM(EXPORT_PAGE, export_page, BY(KEEPER), true),
    FORM(EXPORT_TASK, export_task, BY(KEEPER), true),
    FORM(EXPORT_SIGNED, export_signed, BY(KEEPER), false),
    FORM(EXPORT_PLAN, export_plan, BY(EXPORT) | BY(KEEPER), false),
    FORM(EXPORT_PROGRESS, export_progress, BY(EXPORT) | BY(KEEPER), false),
    FORM(EXPORT_SIGN, export_sign, BY(EXPORT), true),
    FORM(EXPORT_END, export_end, BY(EXPORT), false),
    FORM(EXPORT_PICTURE, export_picture, BY(SUPERVISOR), true),
};
/* clang-format on */

#define FORM_COUNT (sizeof forms / sizeof forms[0])

const struct message_form *message_forms(size_t *count)
{
    *count = FORM_COUNT;
    return forms;
}

const struct message_form *message_form(enum message_type type)
{
    for (size_t i = 0; i < FORM_COUNT; i++) {
        if (forms[i].type == type) {
            return &forms[i];
        }
    }
    return NULL;
}

static bool is_text(const struct field *field)
{
    return field->kind == FIELD_TEXT || field->kind == FIELD_LINES;
}

size_t message_size_min(const struct message_form *form)
{
    size_t size = MESSAGE_HEADER_SIZE;
    for (size_t i = 0; i < form->field_count; i++) {
        size += is_text(&form->fields[i]) ? sizeof(uint16_t) : form->fields[i].size;
    }
    return size;
}

size_t message_size_max(const struct message_form *form)
{
    size_t size = message_size_min(form);
    for (size_t i = 0; i < form->field_count; i++) {
        size += is_text(&form->fields[i]) ? form->fields[i].size - 1u : 0;
    }
    return size;
}
