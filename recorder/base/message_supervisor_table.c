#include "base/message_form.h"

/* clang-format off */
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
static const struct field console_file_fields[] = {
    FIELD(console_file, what),
};
static const struct field console_setup_fields[] = {
    FIELD(console_setup, name),
    FIELD(console_setup, site),
    FIELD(console_setup, unit),
    FIELD(console_setup, card),
    FIELD(console_setup, recent_minutes),
};
static const struct field console_picture_fields[] = {
    FIELD(console_picture, unused),
};

static const struct field console_names_fields[] = {
    FIELD(console_names, names),
};

static const struct message_form forms[] = {
    FORM(CONSOLE_NAMES, console_names, BY(SUPERVISOR), false),
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
    FORM(CONSOLE_FILE, console_file, BY(SUPERVISOR), true),
    FORM(CONSOLE_SETUP, console_setup, BY(SUPERVISOR), true),
    FORM(CONSOLE_PICTURE, console_picture, BY(SUPERVISOR), true),
};
/* clang-format on */

MESSAGE_TABLE(supervisor);
