/*
 * The bodies of the records that the keeper itself words: one function a kind, one place to look.
 *
 * FORMAT.md, "Records", documents what stands here. Each function returns a new object for
 * ledger_append, the caller's to json_decref, or NULL when memory has run out. Texts that are
 * empty are left out, and so is everything else that is not known; 64-bit numbers and times are
 * strings (ledger/record.h), flags are true or false.
 *
 * Segments, gaps, entries, alarms, holds and expiries are worded by the store (segment_record.h,
 * gap_record.h, entry_record.h, alarm_record.h, hold.h, expiry.h).
 */
#ifndef SEALROOM_KEEPER_BODIES_H
#define SEALROOM_KEEPER_BODIES_H

#include <jansson.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/vocabulary.h"
#include "crypto/suite.h"
#include "ledger/record.h"

/* RECORD_LEDGER, the very first: {origin, suite, version, predecessor?}. `predecessor` is what
 * body_predecessor made, borrowed; NULL if there was no ledger before. */
json_t *body_ledger(const char *origin, const char *suite, const json_t *predecessor);
/* {file, origin?, checkpoint?}: where the ledger before was set aside, and its last checkpoint's
 * note as far as it could be read. */
json_t *body_predecessor(const char *file, const char *origin, const char *checkpoint);

/* RECORD_KEY: {use, suite, fingerprint, certificate}; the certificate is base64 of its DER. */
json_t *body_key(const char *use, const char *suite, const char *fingerprint,
                 struct bytes certificate_der);

/* RECORD_CONFIG: {path, sha256, sm3, site?, video_days, record_days, full_policy, reserve_bytes,
 * segment_seconds, cameras: [{camera, name, share_percent?}],
 * doors: [{door, name, controller, cameras: [id], rules?: {held_s, prealarm_s, grant_s,
 * grace_ms,
 * two_persons_s?,
 * anti_passback?}}]}. The arrays are borrowed. */
json_t *body_config(const struct message_keeper_settings *settings, const json_t *cameras,
                    const json_t *doors);
json_t *body_config_camera(const struct message_camera_settings *camera);
json_t *body_config_door(const struct message_door_settings *door);
/* Of a door; NULL if it has none. */
json_t *body_config_rules(const struct message_door_settings *door);

/* RECORD_SOURCE: {event, at, at_monotonic_ns, poll_interval_ns?, address?, detail?, folded?}.
 * `folded` changes before this one have no record of their own. */
json_t *body_source(const struct message_source_state *state, uint64_t folded);

/* RECORD_CAMERA: {event: "camera_online", at, at_monotonic_ns, address, port, transport,
 * encrypted, certificate_sha256?, sdp_sha256, video_codec, audio_codec?, server?}. */
json_t *body_camera_online(const struct message_stream_up *up);
/* {event: "camera_offline", at, at_monotonic_ns, cause, detail?}. */
json_t *body_camera_offline(const struct message_stream_down *down);
/* {event, at, count?, detail?}. */
json_t *body_camera_note(enum camera_note note, int64_t at_utc_ns, uint64_t count,
                         const char *detail);

/* RECORD_HEARTBEAT: {latest}: the source's number before this record. The appliance's carries
 * also {operators: {source: number}} and, hourly, {standing} (standing.h); both borrowed, NULL
 * to leave out. */
json_t *body_heartbeat(uint64_t latest, const json_t *operators, const json_t *standing);

enum clock_event { CLOCK_EVENT_STEP = 1, CLOCK_EVENT_DRIFT, CLOCK_EVENT_QUALITY };
/* RECORD_CLOCK: {event: "step"|"drift"|"quality", offset_before_ns?, offset_after_ns?,
 * difference_ns?, clock}; offsets are CLOCK_REALTIME - CLOCK_MONOTONIC_RAW. */
json_t *body_clock(enum clock_event event, int64_t before_ns, int64_t after_ns,
                   enum clock_quality quality);

/* RECORD_HEALTH: {event, subject?, detail?, count?}. */
json_t *body_health(enum health_event event, const char *subject, const char *detail,
                    uint64_t count);
/* {event: "started", version, process, configuration?, standing}. */
json_t *body_started(uint32_t process, const json_t *standing);
/* {event: "worker_ended", role, source, exit_code?, signal?, restarts, ordered}. */
json_t *body_worker_ended(const struct message_worker_ended *ended);

/* Who asked: a local user as the kernel says, or a person by his account. */
struct operator_peer {
    uint32_t uid; /* of the process at the other end */
    uint32_t process;
    char account[ID_SIZE]; /* "" for a local user */
    char person[NAME_SIZE];
    char second[ID_SIZE]; /* the second person's account, where one was asked for */
};
/* "operator/li", "operator/uid-0": whose record it is. */
void operator_source(const struct operator_peer *operator, char source[SOURCE_SIZE]);
/* RECORD_OPERATOR: {action: "lookup", what, from, to, filter?, reason?, and who it is
 * (body_operator.h)}. */
json_t *body_lookup(const struct message_lookup *lookup, const struct operator_peer *operator);
/* {action: "seal_now"}, and who it is. */
json_t *body_seal_now(const struct operator_peer *operator);

/* RECORD_CHECKPOINT_LOST: {place, records, checkpoint_size, checkpoint_root}: `place` knows a
 * checkpoint of this key over more records than the ledger had when it was opened. */
json_t *body_checkpoint_lost(const char *place, uint64_t records, uint64_t checkpoint_size,
                             const struct digest *checkpoint_root);

/* RECORD_ANCHOR: {place}, and who it is: the checkpoint committed with this record leaves the box.
 */
json_t *body_anchor(const char *place, const struct operator_peer *operator);

#endif
