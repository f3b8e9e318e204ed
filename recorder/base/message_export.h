/*
 * Messages of an export: whoever asks for a package, the keeper, sealroomd that starts the process,
 * and that process. Forms are those of base/message.h.
 *
 *   console → keeper     EXPORT_SPOOL_ASK, where the package is taken away through a browser
 *   keeper → console     EXPORT_SPOOL and the file, which only the keeper can write
 *   asker → keeper       EXPORT_ASK and the file that the package goes to; as a trial first, where
 *                        a person is asked for more
 *   asker → keeper       EXPORT_PHRASE, if it is to be encrypted
 *   keeper → asker       EXPORT_BEGUN when the request is on record
 *   keeper → supervisor  EXPORT_START; it answers with the PEER of role export, or WORKER_ENDED
 *   keeper → exporter    EXPORT_KEYS (message_seal.h), EXPORT_SCRATCH, EXPORT_PAGE if one is
 *                        installed, EXPORT_PLAIN and EXPORT_PHRASE if it is to be encrypted,
 *                        EXPORT_TASK
 *   exporter → keeper    EXPORT_PLAN, EXPORT_PROGRESS…, which the keeper hands on to the asker
 *   exporter → keeper    EXPORT_SIGN; it answers EXPORT_SIGNED, or cuts the exporter off
 *   exporter → keeper    EXPORT_END, when the package is on its medium
 *   keeper → asker       EXPORT_RESULT: the package is whole, and nothing says so yet
 *   asker → keeper       EXPORT_KEPT: it has its name, or why not
 *   keeper → asker       DONE, when what became of it is on record; at any time, if it fails
 */
#ifndef SEALROOM_BASE_MESSAGE_EXPORT_H
#define SEALROOM_BASE_MESSAGE_EXPORT_H

#include <stdint.h>

#include "base/message_account.h"

/* What a package that was encrypted for transport is called inside its file, by its request. */
#define EXPORT_PACKAGE_NAME      "package-%llu.zip"
#define EXPORT_PACKAGE_NAME_SIZE sizeof "package-18446744073709551615.zip"

/* Answered by EXPORT_SPOOL or DONE. */
struct message_export_spool_ask {
    char session[TOKEN_SIZE];
};

/* Comes with a descriptor: an unnamed file on the volume of the video, open for reading. An
 * EXPORT_ASK with it has the package written there; it is good for one, the next one at that. */
struct message_export_spool {
    uint32_t reference;
};

/* Comes with a descriptor: an empty file, open for reading and writing, of whoever asks, or that of
 * EXPORT_SPOOL. Without cameras and doors it is all of both. */
struct message_export_ask {
    int64_t from_utc_ns;
    int64_t to_utc_ns;         /* not in it; later than now is now */
    char cameras[DETAIL_SIZE]; /* ids by spaces */
    char doors[DETAIL_SIZE];
    char purpose[DETAIL_SIZE];
    char case_number[DETAIL_SIZE];
    char since[NOTE_SIZE];   /* a checkpoint held outside, lines; "" for none */
    uint8_t language;        /* enum language: that the report shows first */
    uint8_t is_encrypted;    /* for transport: nothing is on record before EXPORT_PHRASE came */
    uint8_t is_trial;        /* nothing is begun: DONE says whether it would be */
    char session[NAME_SIZE]; /* of an operator who logged in; "": the local user, by uid */
    char second[NAME_SIZE];  /* of the second person, where one is asked for; "" for none */
};

/* Comes with a descriptor: the pass phrase, sealed (pass_phrase_seal). It stands in no message. */
struct message_export_phrase {
    uint32_t reference; /* of EXPORT_ASK: one for a request that was refused is dropped; else 0 */
};

/* What the asker did with a whole package: only what somebody has is recorded as done. */
struct message_export_kept {
    uint32_t reference;     /* of EXPORT_ASK */
    uint16_t status;        /* enum status; STATUS_OK: it is on its medium, and has its name */
    char text[DETAIL_SIZE]; /* why not */
};

/* The request is on record. */
struct message_export_begun {
    uint32_t reference;
    uint64_t record;
    int64_t from_utc_ns; /* as it was recorded */
    int64_t to_utc_ns;
};

/* Everything is in its place; one export is wanted. */
struct message_export_start {
    uint64_t request; /* its record */
};

/* Comes with a descriptor: the file that the package goes to. The last of what a task consists of.
 */
struct message_export_task {
    uint8_t language;
    uint64_t request;      /* its record */
    char since[NOTE_SIZE]; /* as it was asked for */
};

/* Comes with a descriptor: an unnamed file for what is made on the way. */
struct message_export_scratch {
    uint32_t unused;
};

/* Comes with a descriptor: an unnamed file for the package itself, which is then written encrypted
 * to the task's. */
struct message_export_plain {
    uint32_t unused;
};

/* Comes with a descriptor: the page that verifies packages, open for reading. */
struct message_export_page {
    uint32_t unused;
};

/* On its control socket, before KEEPER_LINK; comes with a descriptor: a stream socket to a
 * sealroom-picture of its own (evidence/still.h). None comes where that cannot be started. */
struct message_export_picture {
    uint32_t unused;
};

/* What is going to be copied; once more where a package is begun again, because something in it
 * turned out altered. From the keeper: what the asker may expect. */
struct message_export_plan {
    uint64_t checkpoint; /* size of the one that the package is proved by */
    uint64_t bytes;      /* of the package, at most */
    uint64_t scratch_bytes;
    uint64_t records;
    uint64_t entries;
    uint64_t gaps;
    uint32_t clips;
    uint32_t absent; /* segments of the range that cannot be copied, or are expired */
};

enum export_step { EXPORT_COPYING, EXPORT_ENCRYPTING };

struct message_export_progress {
    uint64_t bytes; /* of this step so far */
    uint64_t total;
    uint8_t step; /* enum export_step */
};

/* Comes with a descriptor: a memfd, sealed against writing, with the text of the manifest. */
struct message_export_sign {
    uint32_t size; /* bytes of it */
};

struct message_export_signed {
    char signature[NOTE_SIZE]; /* the end of the note: an empty line, the signature's line */
};

/* The package is complete and synced; or the cause why there is none. */
struct message_export_end {
    uint16_t status;         /* enum status */
    uint64_t size;           /* bytes of the package */
    uint64_t encrypted_size; /* bytes of the file, if that holds it encrypted; else 0 */
    uint64_t records;
    uint32_t clips;
    uint32_t absent;
    char text[DETAIL_SIZE]; /* what went wrong */
};

struct message_export_result {
    uint32_t reference;
    uint64_t request;
    uint64_t size; /* as EXPORT_END has them */
    uint64_t encrypted_size;
    uint64_t records;
    uint32_t clips;
    uint32_t absent;
    char package[RAW_SIZE];     /* its digest, hexadecimal (FORMAT.md, "Manifest") */
    char fingerprint[RAW_SIZE]; /* of the device certificate: what to hold it against */
};

#endif
