#include "camera/stream_state.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "camera/address.h"
#include "camera/relay.h"

void stream_state_down(struct stream_state *state, enum gap_cause cause, const char *text)
{
    if (state->reported == cause) {
        return;
    }
    state->reported = cause;
    struct clock_reading now = clock_now(state->clock);
    struct message_stream_down down = {
        .at_utc_ns = now.utc_ns,
        .at_monotonic_ns = now.monotonic_ns,
        .cause = (uint16_t)cause,
    };
    message_text(down.detail, sizeof down.detail, text);
    link_report(state->link, MESSAGE_STREAM_DOWN, &down);
    log_warning("no video (%s): %s", word_gap_cause(cause)->name, text);
}

void stream_state_up(struct stream_state *state, const struct message_camera_setup *setup,
                     struct relay *relay, const struct source_facts *facts)
{
    struct address address = {0};
    struct clock_reading now = clock_now(state->clock);
    (void)!address_parse(setup->url, &address, NULL);
    struct message_stream_up up = {
        .at_utc_ns = now.utc_ns,
        .at_monotonic_ns = now.monotonic_ns,
        .port = address.port,
        .transport = address.encrypted ? TRANSPORT_TCP : setup->transport,
        .encrypted = address.encrypted,
    };
    message_text(up.address, sizeof up.address, setup->address);
    message_text(up.video_codec, sizeof up.video_codec, facts->parameters->codec->name);
    message_text(up.audio_codec, sizeof up.audio_codec, sound_name(facts->sound.codec));
    message_text(up.server, sizeof up.server, facts->server);
    memcpy(up.sdp_sha256, facts->sdp_sha256, sizeof up.sdp_sha256);
    if (relay != NULL) {
        struct digest shown;
        (void)relay_outcome(relay, &shown);
        memcpy(up.certificate_sha256, shown.bytes, sizeof up.certificate_sha256);
    }
    link_report(state->link, MESSAGE_STREAM_UP, &up);
    state->reported = 0;
    log_info("video comes: %s", up.video_codec);
    if (facts->sound_refused[0] != '\0') {
        char detail[DETAIL_SIZE];
        (void)snprintf(detail, sizeof detail, "%s is not recorded", facts->sound_refused);
        noticeboard_put(state->board, CAMERA_AUDIO_UNSUPPORTED, 1, detail);
    }
}
