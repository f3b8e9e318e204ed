/*
 * What a verification found: a fault with its place. Every fault is a word of one table, with how
 * it weighs in the verdict and what it is called.
 */
#ifndef SEALROOM_AUDIT_FINDING_H
#define SEALROOM_AUDIT_FINDING_H

#include "base/message.h"
#include "base/status.h"
#include "base/vocabulary.h"
#include "ledger/record.h"

/* How a fault weighs. */
enum finding_class {
    FINDING_NOTE = 0,    /* listed, does not lower the verdict */
    FINDING_INCOMPLETE,  /* authentic, but something is absent */
    FINDING_CANNOT_TELL, /* nothing to judge by */
    FINDING_ALTERED,
};

/* Names stand in scripts: none is ever changed. */
enum audit_fault {
    FAULT_NONE = 0,
    /* records */
    FAULT_RECORD_ALTERED,
    FAULT_BODY_ALTERED,
    FAULT_RECORD_MISSING,
    FAULT_RECORD_UNREADABLE,
    FAULT_RECORD_BEYOND,
    FAULT_BODY_MISSING,
    FAULT_RECORD_MALFORMED,
    FAULT_RECORDS_UNPROVED,
    FAULT_RECORDS_UNCOVERED,
    FAULT_SEQUENCE_BROKEN,
    FAULT_TIME_BROKEN,
    FAULT_SOURCE_SILENT,
    /* tree and checkpoints */
    FAULT_NODE_ALTERED,
    FAULT_NODE_EXTRA,
    FAULT_CHECKPOINT_ALTERED,
    FAULT_CHECKPOINT_FOREIGN,
    FAULT_CHECKPOINT_FORK,
    FAULT_NEWEST_ALTERED,
    FAULT_NO_CHECKPOINT,
    FAULT_QUARANTINE,
    FAULT_SINCE_AHEAD,
    FAULT_SINCE_FORK,
    FAULT_SINCE_OTHER,
    FAULT_ROLLED_BACK,
    FAULT_PREDECESSOR_LOST,
    FAULT_PREDECESSOR_ASIDE,
    /* keys */
    FAULT_NO_CERTIFICATE,
    FAULT_KEY_NOT_TRUSTED,
    FAULT_CERTIFICATE_ALTERED,
    FAULT_CERTIFICATE_UNJUDGED,
    FAULT_EXPORT_KEY_FOREIGN,
    /* the ledger's file */
    FAULT_LEDGER_MISSING,
    FAULT_LEDGER_UNREADABLE,
    FAULT_LEDGER_STRUCTURE,
    FAULT_LEDGER_IDENTITY,
    FAULT_INDEX_ALTERED,
    FAULT_PIECES_ALTERED,
    /* progress notes and the volume */
    FAULT_SLOT_INVALID,
    FAULT_SLOTS_INVALID,
    FAULT_NOTE_AHEAD,
    FAULT_NOTE_FORK,
    FAULT_VOLUME_IDENTITY,
    /* video */
    FAULT_VIDEO_ALTERED,
    FAULT_VIDEO_CUT,
    FAULT_VIDEO_GROWN,
    FAULT_VIDEO_MISSING,
    FAULT_VIDEO_UNREADABLE,
    FAULT_VIDEO_NOT_COVERED,
    FAULT_VIDEO_BEING_WRITTEN,
    FAULT_FILE_UNKNOWN,
    FAULT_FILE_EXPIRED,
    FAULT_TIME_UNEXPLAINED,
    FAULT_GAP,
    FAULT_EXPIRED,
    FAULT_DELETED_EARLY,
    FAULT_DELETED_HELD,
    FAULT_DELETED_BELOW_FLOOR,
    FAULT_EXPIRY_FALSE,
    FAULT_BODIES_EXPIRED,
    FAULT_BODY_EXPIRED,
    /* the catalog */
    FAULT_CATALOG_DIFFERS,
    FAULT_CATALOG_UNREADABLE,
    /* a package */
    FAULT_PACKAGE_STRUCTURE,
    FAULT_MEMBER_ALTERED,
    FAULT_MEMBER_MISSING,
    FAULT_MEMBER_UNLISTED,
    FAULT_MEMBER_MALFORMED,
    FAULT_MANIFEST_ALTERED,
    FAULT_MANIFEST_FOREIGN,
    FAULT_MANIFEST_CONTRADICTED,
    FAULT_LEAF_ALTERED,
    FAULT_RECORDS_LEFT_OUT,
    FAULT_RECORD_UNASKED,
    FAULT_CLIP_UNPROVED,
    FAULT_CLIP_CONTRADICTED,
    FAULT_VIDEO_LEFT_OUT,
    FAULT_VIDEO_MISTIMED,
    FAULT_NOT_TRUSTED,
    FAULT_SINCE_NOT_SHOWN,
    FAULT_NO_VIDEO,
    FAULT_VIDEO_EXPIRED,
    FAULT_CONTENT_EXPIRED,
    FAULT_CONTENT_WITHHELD,
    FAULT_COUNT,
};

enum finding_class fault_class(enum audit_fault fault);
const char *finding_class_name(enum finding_class class); /* "altered", … */
const char *fault_name(enum audit_fault fault);           /* "record_altered", … */
/* A sentence without its full stop. */
const char *fault_text(enum audit_fault fault, enum language language);

struct finding {
    enum audit_fault fault;
    bool has_record;
    uint64_t record; /* first and last: one record, mostly */
    uint64_t record_last;
    char file[PATH_SIZE]; /* below the state directory, "" if none */
    bool has_bytes;
    uint64_t from_byte;        /* of the file */
    uint64_t to_byte;          /* not in the range */
    char subject[SOURCE_SIZE]; /* "camera/gate", "door/panel"; "" if it is nobody's */
    int64_t from_utc_ns;       /* 0 if not known */
    int64_t to_utc_ns;
    uint64_t segments;        /* how many one finding stands for; 0 if that is not counted */
    uint64_t bodies;          /* the same of records' bodies */
    const struct word *cause; /* constant; NULL if the fault says it all */
    char detail[DETAIL_SIZE]; /* technical, in English; "" if the fault says it all */
};

/* A finding of `fault`, everything else empty. */
struct finding finding_of(enum audit_fault fault);
/* The same of a record in the ledger: its source and time are the head's, if there is one. */
struct finding finding_of_record(enum audit_fault fault, uint64_t record,
                                 const struct record_head *head);
void finding_set_record(struct finding *finding, uint64_t record);
void finding_set_bytes(struct finding *finding, uint64_t from, uint64_t to);
void finding_set_file(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_set_detail(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes leave room for what weighs. */
#define FINDINGS_MAX 10000u
#define NOTES_MAX    2000u

struct findings {
    struct finding *list;
    size_t count;
    size_t capacity;
    size_t notes;                /* of these */
    uint64_t dropped;            /* more than there is room for */
    enum finding_class heaviest; /* dropped ones counted */
};

/* Adds a copy. One that goes on where the last left off (next record, next byte) extends it. */
void findings_add(struct findings *findings, const struct finding *finding);
void findings_release(struct findings *findings);

#endif
