/*
 * What the processes say to one another: enumerated messages of exact or bounded length.
 *
 * One message is one packet of a SOCK_SEQPACKET socket. All integers are little-endian.
 *
 *   offset  size  field
 *   0       2     type, enum message_type
 *   2       2     zero
 *   4       4     sequence: 1 for a sender's first packet, then one more each time
 *   8       …     the fields of the type, in the order of its struct, nothing after them:
 *                 u8 u16 u32 u64 i64 as they are; a digest is 32 bytes; a text is u16 length
 *                 and that many bytes of UTF-8 without control characters (`lines` texts may
 *                 hold '\n')
 *
 * A table (message_table.h) says for each type which role may send it, which fields it has, whether
 * a descriptor comes with it, and hence its smallest and largest size. A packet that does not fit
 * the table is STATUS_INVALID, and its sender is cut off.
 *
 * The messages of each role with the keeper stand in message_supervisor.h, message_camera.h,
 * message_door.h, message_command.h, message_export.h, message_seal.h, message_account.h,
 * message_console.h and message_inspect.h, and each one's part of the table beside it
 * (message_camera_table.c); here is what is common to all.
 *
 * Units: *_utc_ns and *_monotonic_ns are nanoseconds as in base/clock.h.
 */
#ifndef SEALROOM_BASE_MESSAGE_H
#define SEALROOM_BASE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/message_account.h"
#include "base/message_camera.h"
#include "base/message_command.h"
#include "base/message_console.h"
#include "base/message_door.h"
#include "base/message_export.h"
#include "base/message_field.h"
#include "base/message_inspect.h"
#include "base/message_seal.h"
#include "base/message_supervisor.h"
#include "base/status.h"

#define MESSAGE_PROTOCOL    1u
#define MESSAGE_SIZE_MAX    16384u
#define MESSAGE_HEADER_SIZE 8u

enum role {
    ROLE_KEEPER = 1,
    ROLE_SUPERVISOR,
    ROLE_CAMERA,
    ROLE_DOOR,
    ROLE_COMMAND, /* the command line, known by the uid the kernel gives */
    ROLE_EXPORT,  /* the process that makes a package */
    ROLE_CONSOLE, /* serves pages to people with accounts */
    ROLE_INSPECT, /* the process that makes an inspection report, or verifies */
};

const char *role_name(enum role role);

enum message_type {
    /* any peer to the keeper, first of all; and its answer */
    MESSAGE_HELLO = 1,
    MESSAGE_WELCOME,
    MESSAGE_DONE,

    /* supervisor to keeper */
    MESSAGE_KEEPER_SETTINGS = 16,
    MESSAGE_CAMERA_SETTINGS,
    MESSAGE_DOOR_SETTINGS,
    MESSAGE_PEER,
    MESSAGE_START,
    MESSAGE_WORKER_ENDED,
    MESSAGE_PROGRESS_ASK,
    MESSAGE_STOP,
    /* keeper to supervisor */
    MESSAGE_PROGRESS,
    /* supervisor to keeper */
    MESSAGE_PEOPLE,
    /* keeper to supervisor */
    MESSAGE_WORKER_CUT_OFF,
    /* supervisor to keeper */
    MESSAGE_CONSOLE_NAMES,

    /* supervisor to a worker */
    MESSAGE_CAMERA_SETUP = 32,
    MESSAGE_DOOR_SETUP,
    MESSAGE_KEEPER_LINK,
    MESSAGE_CAMERA_ADDRESS,
    MESSAGE_CONSOLE_FILE,
    MESSAGE_CONSOLE_SETUP,
    MESSAGE_CONSOLE_PICTURE,

    /* camera to keeper */
    MESSAGE_STREAM_UP = 48,
    MESSAGE_STREAM_DOWN,
    MESSAGE_STREAM_NOTE,
    MESSAGE_SEGMENT_REQUEST,
    MESSAGE_SEGMENT_BEGIN,
    MESSAGE_FRAGMENT,
    MESSAGE_SEGMENT_END,
    /* keeper to camera */
    MESSAGE_SEGMENT_GRANTED,
    MESSAGE_PAUSE,

    /* door to keeper */
    MESSAGE_ENTRY = 64,
    MESSAGE_SOURCE_STATE,

    /* exporter to keeper */
    MESSAGE_EXPORT_SEAL = 72,
    /* keeper to exporter */
    MESSAGE_EXPORT_SEALED,
    MESSAGE_EXPORT_KEYS,

    /* command line to keeper */
    MESSAGE_STATUS_ASK = 80,
    MESSAGE_CHECKPOINT_TAKE,
    MESSAGE_HOLD_SET,
    MESSAGE_HOLD_RELEASE,
    MESSAGE_LOOKUP,
    MESSAGE_SEAL_NOW,
    /* keeper to command line */
    MESSAGE_STATUS,
    MESSAGE_STATUS_CAMERA,
    MESSAGE_STATUS_SOURCE,
    MESSAGE_STATUS_ALARM,
    MESSAGE_CHECKPOINT_NOTE,

    /* command line to keeper */
    MESSAGE_EXPORT_ASK = 96,
    MESSAGE_EXPORT_KEPT,
    /* keeper to command line */
    MESSAGE_EXPORT_BEGUN,
    MESSAGE_EXPORT_RESULT,
    /* keeper to supervisor */
    MESSAGE_EXPORT_START,
    /* keeper to exporter */
    MESSAGE_EXPORT_SCRATCH,
    MESSAGE_EXPORT_PAGE,
    MESSAGE_EXPORT_TASK,
    MESSAGE_EXPORT_SIGNED,
    /* exporter to keeper; the first two handed on to the command line */
    MESSAGE_EXPORT_PLAN,
    MESSAGE_EXPORT_PROGRESS,
    MESSAGE_EXPORT_SIGN,
    MESSAGE_EXPORT_END,
    /* supervisor to exporter */
    MESSAGE_EXPORT_PICTURE,
    /* command line to keeper, and from there to exporter */
    MESSAGE_EXPORT_PHRASE,
    /* keeper to exporter */
    MESSAGE_EXPORT_PLAIN,

    /* supervisor to keeper */
    MESSAGE_ACCOUNT_SETTINGS = 128,
    /* console to keeper */
    MESSAGE_LOGIN,
    MESSAGE_SESSION_CHECK,
    MESSAGE_LOGOUT,
    MESSAGE_PASSWORD_CHANGE,
    MESSAGE_SECOND,
    MESSAGE_ACCOUNT_CHANGE,
    MESSAGE_ACCOUNT_FIRST,
    /* console or command line to keeper */
    MESSAGE_ACCOUNTS_ASK,
    /* command line to keeper */
    MESSAGE_FIRST_CODE_ASK,
    /* keeper to whom it answers */
    MESSAGE_ACCOUNTS_STATE,
    MESSAGE_SESSION,
    MESSAGE_SECOND_GIVEN,
    MESSAGE_ACCOUNT,
    MESSAGE_FIRST_CODE,

    /* console to keeper */
    MESSAGE_REVIEW = 160,
    MESSAGE_ALARM_ACKNOWLEDGE,
    MESSAGE_SHEET_ASK,
    MESSAGE_OPEN_ASK,
    /* keeper to console */
    MESSAGE_SHEET,
    MESSAGE_OPEN_SEGMENT,
    MESSAGE_NEWS,

    /* console to keeper */
    MESSAGE_HOLDS_ASK = 192,
    /* keeper to console */
    MESSAGE_HOLDS,
    /* console to keeper */
    MESSAGE_EXPORT_SPOOL_ASK,
    /* keeper to console */
    MESSAGE_EXPORT_SPOOL,

    /* console to keeper */
    MESSAGE_INSPECT_ASK = 224,
    MESSAGE_INSPECT_LOOK,
    MESSAGE_INSPECT_RESULT_ASK,
    /* keeper to console */
    MESSAGE_INSPECT_STATE,
    /* inspector to keeper, and from there to console */
    MESSAGE_INSPECT_RESULT,
    /* keeper to supervisor */
    MESSAGE_INSPECT_START,
    /* keeper to inspector */
    MESSAGE_INSPECT_TASK,
    /* inspector to keeper */
    MESSAGE_INSPECT_PROGRESS,
    MESSAGE_INSPECT_END,
    /* command line to keeper */
    MESSAGE_VERIFIED,
};

/* First message of every peer. `resume` is used by cameras: the id of the segment it still has
 * open from before the keeper was started again, else "". */
struct message_hello {
    uint32_t protocol; /* MESSAGE_PROTOCOL */
    uint32_t process;  /* pid */
    char program[NAME_SIZE];
    char version[ID_SIZE];
    char resume[SEGMENT_ID_SIZE];
};

struct message_welcome {
    uint32_t protocol;
    uint8_t with_sm3; /* cameras: digest with SM3 as well */
    char origin[NAME_SIZE];
    /* Doors: the newest numbered entry of this controller in the ledger (entry_key_newest), so
     * that a loss is seen and a number is not used twice across restarts of the door process. */
    uint8_t has_position;
    uint64_t boot_epoch;
    uint64_t device_seq;
};

/* The answer to a message that asks for one; sent only after what it reports is durable. A camera
 * or door process that gets one whose status is not STATUS_OK has been cut off, whatever it
 * refers to: nothing it says is heard any more, and it must end at once (a mere end of the link
 * is a keeper that died, and is waited for). But STATUS_MISMATCH is an answer to an ENTRY. */
struct message_done {
    uint32_t reference;     /* sequence of the message that is answered */
    uint16_t status;        /* enum status */
    uint64_t record;        /* number of the record that was made, where one was */
    char text[DETAIL_SIZE]; /* what went wrong, "" if nothing */
};

/* Room for the payload of any message. */
union message_payload {
    struct message_hello hello;
    struct message_welcome welcome;
    struct message_done done;
    struct message_keeper_settings keeper_settings;
    struct message_camera_settings camera_settings;
    struct message_door_settings door_settings;
    struct message_people people;
    struct message_peer peer;
    struct message_start start;
    struct message_worker_ended worker_ended;
    struct message_progress_ask progress_ask;
    struct message_progress progress;
    struct message_worker_cut_off worker_cut_off;
    struct message_stop stop;
    struct message_camera_setup camera_setup;
    struct message_door_setup door_setup;
    struct message_keeper_link keeper_link;
    struct message_camera_address camera_address;
    struct message_console_file console_file;
    struct message_console_setup console_setup;
    struct message_console_names console_names;
    struct message_console_picture console_picture;
    struct message_stream_up stream_up;
    struct message_stream_down stream_down;
    struct message_stream_note stream_note;
    struct message_segment_request segment_request;
    struct message_segment_begin segment_begin;
    struct message_fragment fragment;
    struct message_segment_end segment_end;
    struct message_segment_granted segment_granted;
    struct message_pause pause;
    struct message_entry entry;
    struct message_source_state source_state;
    struct message_export_seal export_seal;
    struct message_export_sealed export_sealed;
    struct message_export_keys export_keys;
    struct message_status_ask status_ask;
    struct message_checkpoint_take checkpoint_take;
    struct message_hold_set hold_set;
    struct message_hold_release hold_release;
    struct message_lookup lookup;
    struct message_seal_now seal_now;
    struct message_status status;
    struct message_status_camera status_camera;
    struct message_status_source status_source;
    struct message_status_alarm status_alarm;
    struct message_checkpoint_note checkpoint_note;
    struct message_export_ask export_ask;
    struct message_export_kept export_kept;
    struct message_export_begun export_begun;
    struct message_export_result export_result;
    struct message_export_start export_start;
    struct message_export_scratch export_scratch;
    struct message_export_phrase export_phrase;
    struct message_export_plain export_plain;
    struct message_export_page export_page;
    struct message_export_task export_task;
    struct message_export_signed export_signed;
    struct message_export_plan export_plan;
    struct message_export_progress export_progress;
    struct message_export_sign export_sign;
    struct message_export_end export_end;
    struct message_export_picture export_picture;
    struct message_account_settings account_settings;
    struct message_accounts_state accounts_state;
    struct message_login login;
    struct message_session session;
    struct message_session_check session_check;
    struct message_logout logout;
    struct message_password_change password_change;
    struct message_second second;
    struct message_second_given second_given;
    struct message_accounts_ask accounts_ask;
    struct message_account account;
    struct message_account_change account_change;
    struct message_first_code_ask first_code_ask;
    struct message_first_code first_code;
    struct message_account_first account_first;
    struct message_review review;
    struct message_alarm_acknowledge alarm_acknowledge;
    struct message_sheet_ask sheet_ask;
    struct message_sheet sheet;
    struct message_open_ask open_ask;
    struct message_open_segment open_segment;
    struct message_news news;
    struct message_holds_ask holds_ask;
    struct message_holds holds;
    struct message_export_spool_ask export_spool_ask;
    struct message_export_spool export_spool;
    struct message_inspect_ask inspect_ask;
    struct message_inspect_look inspect_look;
    struct message_inspect_result_ask inspect_result_ask;
    struct message_inspect_state inspect_state;
    struct message_inspect_result inspect_result;
    struct message_inspect_start inspect_start;
    struct message_inspect_task inspect_task;
    struct message_inspect_progress inspect_progress;
    struct message_inspect_end inspect_end;
    struct message_verified verified;
};

/* "segment_begin"; NULL for a type that does not exist. */
const char *message_name(enum message_type type);
/* May `role` send this type to the keeper (or, for ROLE_KEEPER and ROLE_SUPERVISOR, at all)? */
bool message_allowed(enum message_type type, enum role role);
bool message_has_descriptor(enum message_type type);

/* Writes one packet into `packet` (MESSAGE_SIZE_MAX bytes). `payload` points to the struct of
 * `type`. A text that is not clean UTF-8 is STATUS_INVALID: senders clean what devices gave. */
MUST_CHECK enum status message_encode(enum message_type type, uint32_t sequence,
                                      const void *payload, struct writer *packet);
/* Reads one packet. On success *payload is filled, every text ending in NUL. */
MUST_CHECK enum status message_decode(struct bytes packet, enum message_type *type,
                                      uint32_t *sequence, union message_payload *payload,
                                      struct error *error);

/* Copies text into a message's field of `size` bytes: cut at a character's end, and every byte
 * that is not clean UTF-8 replaced by '?'. */
void message_text(char *field, size_t size, const char *text);

#endif
