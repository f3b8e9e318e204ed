/*
 * The keeper's parts, lent to its desks and helpers. Internal: only files of this folder include
 * it. keeper.c makes and frees everything here, in this order and back.
 */
#ifndef SEALROOM_KEEPER_PARTS_H
#define SEALROOM_KEEPER_PARTS_H

#include "keeper/alarms.h"
#include "keeper/committer.h"
#include "keeper/flusher.h"
#include "keeper/identity.h"
#include "keeper/peer.h"
#include "keeper/roster.h"
#include "keeper/ticker.h"
#include "store/entry_key.h"
#include "store/hold.h"
#include "store/segment.h"

#define SUPERVISOR "supervisor" /* the source of its peer */
#define APPLIANCE  "appliance"  /* the source of what concerns no camera, door or operator */

struct accounts;
struct body_janitor;
struct cataloguer;
struct clock_watch;
struct command_socket;
struct console_key;
struct deriver;
struct export_keys;
struct exports;
struct heartbeat;
struct inspections;
struct janitor;
struct news;
struct noter;
struct row_check;
struct salvager;
struct sealer;
struct sheets;

/* Where the keeper is in its life. */
enum keeper_phase {
    KEEPER_WAITING = 1, /* for settings and START */
    KEEPER_RUNNING,
    KEEPER_STOPPING, /* sealing what is open */
    KEEPER_STOPPED,  /* the last record is made */
};

struct keeper {
    struct identity identity;
    struct clock *clock; /* identity.clock */
    sd_event *event;
    struct segment_books books; /* ledger, pieces, segments */
    struct entry_key_index *entry_keys;
    struct hold_index *holds;
    struct committer *committer;
    struct alarms *alarms;
    struct peers *peers;
    struct flusher *flusher;
    struct roster roster;

    struct sealer *sealer;
    struct noter *noter;
    struct salvager *salvager;
    struct heartbeat *heartbeat;
    struct clock_watch *clock_watch;
    struct janitor *janitor;
    struct body_janitor *body_janitor;
    struct row_check *row_check;
    struct cataloguer *cataloguer;
    struct deriver *deriver;
    struct export_keys *export_keys;
    struct console_key *console_key;
    struct exports *exports;
    struct inspections *inspections;
    struct accounts *accounts;
    struct news *news;
    struct sheets *sheets;
    struct command_socket *command_socket;
    const char *page_path; /* verify.html, as it is installed; NULL if it is not known */

    enum keeper_phase phase;
    struct clock_reading started;
    sd_event_source *stop_timer;
    unsigned stop_limit_s;
    uint64_t stopper; /* the peer that asked to stop, and its message */
    uint32_t stop_reference;
    enum health_event stop_event; /* HEALTH_STOPPED or HEALTH_FAILED */
    char stop_reason[DETAIL_SIZE];
};

/* Every entry, gap or segment of the sm suite carries SM3 as well. */
bool keeper_with_sm3(const struct keeper *keeper);
struct moment keeper_moment(const struct keeper *keeper);

/* What a HELLO is answered by, but for what is its role's own. */
struct message_welcome keeper_welcome(const struct keeper *keeper);

/* A `health` record of the appliance. */
void keeper_health(struct keeper *keeper, enum health_event event, const char *subject,
                   const char *detail, uint64_t count);
/* The `config` record: what is configured. */
void keeper_record_configuration(struct keeper *keeper);
/* Begins or ends the alarm that the roster of people cannot be used. */
void keeper_judge_people(struct keeper *keeper);
/* A peer has gone; a `health` record if `reason` says why it was cut off (NULL: it was not). */
void keeper_cut_off(struct keeper *keeper, const char *source, const char *reason);
/* Has the supervisor end a camera's or door's process, which may not end by itself. */
void keeper_worker_end(struct keeper *keeper, enum role role, const char *source);
/* A camera or door is cut off: both. */
void keeper_worker_cut_off(struct keeper *keeper, enum role role, const char *source,
                           const char *reason);
/* A `gap` record, if the gap exists. */
void keeper_gap(struct keeper *keeper, const struct camera *camera, const struct coverage_gap *gap);
/* A `camera` record of the keeper's own. */
void keeper_camera_note(struct keeper *keeper, const struct camera *camera, enum camera_note note,
                        uint64_t count, const char *detail);
/* The disk failed a camera's file: a `health` record and an alarm, both with the error, and one of
 * each until the disk does well again. */
void keeper_storage_failed(struct keeper *keeper, const struct camera *camera,
                           const struct error *error);
/* Video is recorded to the folder that was opened at the start; an alarm while its path leads
 * elsewhere: its volume was unmounted, or another mounted over it. */
void keeper_look_for_volume(struct keeper *keeper);
void keeper_storage_does_well(struct keeper *keeper, const struct camera *camera);
/* Answers `reference` of `peer` with DONE and `record` once everything so far is durable. */
void keeper_promise_done(struct keeper *keeper, const struct peer *peer, uint32_t reference,
                         uint64_t record);

/* Reads the camera's peer, unless what its process before left is still being looked through. */
void camera_hear(struct keeper *keeper, const struct camera *camera);
/* The camera's process has ended; `ordered`: it was told to. */
void camera_ended(struct keeper *keeper, struct camera *camera, bool ordered);
/* Its process could not be started: nobody else can say why there is no picture. */
void camera_not_started(struct keeper *keeper, struct camera *camera,
                        const struct message_worker_ended *ended);
/* There is no picture: the cause, from the moment it began. Nothing is said of a camera while
 * what a crash left of it is not sealed yet. */
void camera_lost(struct keeper *keeper, struct camera *camera, enum gap_cause cause,
                 const char *detail, struct moment at);
/* Has the camera hold its pictures back while the disk has no room, or go on. */
void camera_pause(struct keeper *keeper, struct camera *camera, bool paused);
/* Hands the camera a segment if it waits for one and may have it. */
void camera_grant(struct keeper *keeper, struct camera *camera);

/* Records what was folded of each controller's changes of state and may be on record by now; `all`:
 * whether it may or not. */
void door_settle(struct keeper *keeper, bool all);

/* The controller's process is linked: it is to say something from now on. */
void door_expect(struct keeper *keeper, struct controller *controller);
/* Every few seconds: ends alarms of controllers whose time is over, and processes that hang. */
void door_watch(struct keeper *keeper);

/* START: takes up what the ledger says, records how this run begins, and starts everything that
 * works by itself. */
MUST_CHECK enum status keeper_start(struct keeper *keeper, struct error *error);
/* Begins a stop: HEALTH_STOPPED in order, HEALTH_FAILED without a supervisor that asked for it. The
 * process ends when what was open is on record. */
void keeper_stop(struct keeper *keeper, enum health_event event, const char *reason);
/* Goes on with a stop that waited for a segment. Cheap when there is nothing to do. */
void keeper_stop_continue(struct keeper *keeper);

extern const struct desk desk_supervisor;
extern const struct desk desk_camera;
extern const struct desk desk_door;
extern const struct desk desk_command;
extern const struct desk desk_export;
extern const struct desk desk_inspect;
extern const struct desk desk_console;

#endif
