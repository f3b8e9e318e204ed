#include "base/message_form.h"

/* clang-format off */
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

static const struct message_form forms[] = {
    FORM(STREAM_UP, stream_up, BY(CAMERA), false),
    FORM(STREAM_DOWN, stream_down, BY(CAMERA), false),
    FORM(STREAM_NOTE, stream_note, BY(CAMERA), false),
    FORM(SEGMENT_REQUEST, segment_request, BY(CAMERA), false),
    FORM(SEGMENT_BEGIN, segment_begin, BY(CAMERA), false),
    FORM(FRAGMENT, fragment, BY(CAMERA), false),
    FORM(SEGMENT_END, segment_end, BY(CAMERA), false),
    FORM(SEGMENT_GRANTED, segment_granted, BY(KEEPER), true),
    FORM(PAUSE, pause, BY(KEEPER), false),
};
/* clang-format on */

MESSAGE_TABLE(camera);
