/*
 * Messages of an inspection report and of a verification: the console, the keeper, sealroomd that
 * starts the process, and that process. Forms are those of base/message.h; `session` is that of
 * base/message_account.h.
 *
 *   console → keeper      INSPECT_ASK: it is on record, and begun; DONE, or why not
 *   keeper → supervisor   INSPECT_START; it answers with the PEER of role inspect, or WORKER_ENDED
 *   keeper → inspector    INSPECT_TASK; a report's asks for STATUS then, as a command does
 *   inspector → keeper    INSPECT_PROGRESS…, INSPECT_RESULT, INSPECT_END
 *   console → keeper      INSPECT_LOOK, at any time: INSPECT_STATE; and when it is done
 *                         INSPECT_RESULT_ASK: INSPECT_RESULT
 *
 * `sealroom verify` does the same by itself, and says by VERIFIED what came of it.
 */
#ifndef SEALROOM_BASE_MESSAGE_INSPECT_H
#define SEALROOM_BASE_MESSAGE_INSPECT_H

#include <stdint.h>

#include "base/message_account.h"

enum inspect_kind {
    INSPECT_REPORT = 1, /* the inspection report of a period: for the session that asked */
    INSPECT_VERIFY,     /* a verification of everything: for whoever may see one */
};
#define INSPECT_KINDS 3 /* their codes are below it */

enum inspect_phase {
    INSPECT_NONE = 0, /* nobody asked for it */
    INSPECT_RUNNING,
    INSPECT_DONE,
    INSPECT_FAILED,
};

/* One of each kind at a time: STATUS_FULL while another's is at work. A report that the same
 * session asks for takes the place of the one before. DONE bears the record of the look-up. */
struct message_inspect_ask {
    char session[TOKEN_SIZE];
    uint8_t kind;        /* enum inspect_kind */
    int64_t from_utc_ns; /* of a report; else 0 */
    int64_t to_utc_ns;   /* not in it; later than now is now */
    char reason[DETAIL_SIZE];
};

/* How far is it? A report's range is the one asked for. A failure is told once. */
struct message_inspect_look {
    char session[TOKEN_SIZE];
    uint8_t kind;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
};

struct message_inspect_result_ask {
    char session[TOKEN_SIZE];
    uint8_t kind;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
};

struct message_inspect_state {
    uint32_t reference;
    uint8_t phase;   /* enum inspect_phase */
    uint64_t lookup; /* its record */
    int64_t asked_utc_ns;
    char by[NAME_SIZE]; /* who asked: account, or "uid N" */
    uint8_t stage;      /* enum audit_stage, while it runs; 0: not begun */
    uint64_t done;      /* records, or bytes */
    uint64_t total;
    /* When it is done, a verification's: */
    char verdict[ID_SIZE]; /* audit_verdict_name */
    uint64_t records;
    uint64_t segments;
    uint64_t bytes;    /* of video */
    uint64_t findings; /* that make the verdict what it is */
    uint64_t record;   /* of its verdict */
    int64_t ended_utc_ns;
    char text[DETAIL_SIZE]; /* why it failed */
};

/* Comes with a descriptor: a memfd, sealed against writing, in which these follow one another. */
struct message_inspect_result {
    uint32_t reference;    /* 0 from the inspector */
    uint32_t json_size;    /* of a report: inspection_json; of a verification 0 */
    uint32_t english_size; /* a report's page, English first; what a verification found, as text */
    uint32_t chinese_size;
};

/* One is wanted. */
struct message_inspect_start {
    uint8_t kind;
};

struct message_inspect_task {
    uint8_t kind;
    int64_t from_utc_ns;
    int64_t to_utc_ns;
};

struct message_inspect_progress {
    uint8_t stage; /* enum audit_stage */
    uint64_t done;
    uint64_t total;
};

/* The last that it says. Of a report that is done, INSPECT_RESULT came before. */
struct message_inspect_end {
    uint16_t status; /* enum status */
    char verdict[ID_SIZE];
    uint64_t records;
    uint64_t segments;
    uint64_t bytes;
    uint64_t findings;
    char text[DETAIL_SIZE];
};

/* Answered by DONE with the record of it. */
struct message_verified {
    uint64_t lookup; /* the record that it was asked for */
    char verdict[ID_SIZE];
    uint64_t records;
    uint64_t segments;
    uint64_t bytes;
    uint64_t findings;
    char limits[DETAIL_SIZE]; /* what video it was limited to, "" if it was not */
};

#endif
