/*
 * Messages between the console and the keeper that are no other role's. Forms are those of
 * base/message.h; `session` is that of base/message_account.h.
 */
#ifndef SEALROOM_BASE_MESSAGE_CONSOLE_H
#define SEALROOM_BASE_MESSAGE_CONSOLE_H

#include <stdint.h>

#include "base/message_account.h"

/* Somebody has looked at an entry. It may be said again, by others too: a record each time.
 * Answered by DONE; STATUS_NOT_FOUND: there is no such entry. */
struct message_review {
    char session[TOKEN_SIZE];
    uint64_t entry; /* its record */
    char note[DETAIL_SIZE];
};

/* The same of an alarm. */
struct message_alarm_acknowledge {
    char session[TOKEN_SIZE];
    uint64_t alarm; /* the record of its begin */
    char note[DETAIL_SIZE];
};

/* A record with everything that is needed to check it, for whoever may see one of its kind.
 * Answered by SHEET or DONE. */
struct message_sheet_ask {
    char session[TOKEN_SIZE];
    uint64_t record;
};

/* Comes with a descriptor: a memfd, sealed against writing, in which these follow one another:
 *
 *   head      the line, as it is stored, without its newline
 *   body      the line; 0 bytes if it has expired
 *   path      32 bytes a node: RFC 6962 2.1.1, of leaf `record` in the tree that `note` signs
 *   note      the newest checkpoint's
 *   pieces    of a sealed segment: its row in table `piece` (FORMAT.md, "Segment digests"), which
 *             is worth something only if its digest is the one in the body
 */
struct message_sheet {
    uint32_t reference;
    uint64_t record;
    uint32_t head_size;
    uint32_t body_size;
    uint32_t path_size;
    uint32_t note_size;
    uint32_t pieces_size;
};

/* What of a camera is being recorded and not sealed yet. OPEN_SEGMENT for each, then DONE. */
struct message_open_ask {
    char session[TOKEN_SIZE];
    char camera[ID_SIZE]; /* "": all */
};

/* Comes with a descriptor: a memfd, sealed against writing, with the pieces so far in the form of a
 * row in table `piece`. Nothing vouches for them yet. */
struct message_open_segment {
    uint32_t reference;
    char camera[ID_SIZE];
    char segment[SEGMENT_ID_SIZE];
    char path[PATH_SIZE]; /* below the video folder */
    int64_t start_utc_ns;
    uint64_t size; /* bytes that the pieces cover */
    uint32_t pieces;
    uint32_t pieces_size; /* bytes of the file */
};

/* Every hold in force, and the newest of those that were released. Answered by HOLDS or DONE. */
struct message_holds_ask {
    char session[TOKEN_SIZE];
};

/* Comes with a descriptor: a memfd, sealed against writing, with a JSON array: those in force
 * first, the newest before older ones. Times are milliseconds since 1970, UTC.
 *
 *   {"record", "since", "by", "from", "to", "cameras": [id…], "doors": [id…], "reason",
 *    "released"?: {"record", "at", "by", "second"?, "reason"}}
 *   {"record", "unreadable": true, "released"?: …}   it was altered, and holds everything
 *
 * What a record of a hold or of its end does not say any more is left out. */
struct message_holds {
    uint32_t reference;
    uint32_t size; /* bytes of the file */
};

/* Keeper to console, ten times a second at most: there is something new, and the catalog has it. */
struct message_news {
    uint64_t records; /* in the ledger */
    uint64_t through; /* taken into the catalog */
};

#endif
