/*
 * What the true records of a ledger say, kept small: about 100 bytes a segment. Filled while the
 * records are read in order.
 */
#ifndef SEALROOM_AUDIT_BOOK_H
#define SEALROOM_AUDIT_BOOK_H

#include "store/expiry_record.h"
#include "store/gap_record.h"
#include "store/hold.h"
#include "store/lived.h"
#include "store/segment_record.h"

struct book_camera {
    char id[ID_SIZE];
    /* segments deleted in their time */
    uint64_t expired;
    uint64_t expired_first; /* expiry records */
    uint64_t expired_last;
    int64_t expired_from_utc_ns;
    int64_t expired_to_utc_ns;
};

struct book_segment {
    uint64_t record;
    uint64_t size;
    uint64_t not_covered_from; /* UINT64_MAX if all of it is covered */
    uint64_t expired_by;       /* record of its expiry; 0 if it is kept */
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    int64_t lived_ns; /* lived time of the ledger at its record */
    int64_t id_utc_ns;
    uint64_t id_random;
    uint32_t camera; /* index into the cameras */
    bool continues;
    bool bodiless; /* its record's body is absent: what is known is from its expiry record */
};

struct book_gap {
    uint64_t record;
    int64_t start_utc_ns;
    int64_t end_utc_ns;
    uint32_t camera;
    enum gap_cause cause;
    bool continues;
};

struct book_door {
    char door[ID_SIZE];
    char camera[ID_SIZE];
};

struct book_step {
    uint64_t record;
    int64_t difference_ns;
};

struct book_source {
    char name[SOURCE_SIZE];
    uint64_t seq;    /* of its latest record */
    uint64_t number; /* of that record */
    int64_t monotonic_ns;
    bool heard; /* since the recorder was last started */
};

/* A growing list; `item` is the size of one. */
struct book_list {
    void *data;
    size_t count;
    size_t capacity;
};

/* The lived time of any record is found again from the mark before it. */
#define LIVED_MARK 1024u

struct book {
    struct book_list cameras;  /* struct book_camera */
    struct book_list segments; /* struct book_segment, in the order of records */
    struct book_list gaps;     /* struct book_gap, in the order of records */
    struct book_list steps;    /* struct book_step */
    struct book_list doors;    /* struct book_door */
    struct book_list sources;  /* struct book_source */
    struct book_list boots;    /* char[BOOT_ID_SIZE], in the order of records */
    struct book_list marks;    /* struct lived before records 0, LIVED_MARK, 2 * LIVED_MARK, … */
    struct hold_index *holds;
    struct lived lived;
    char configuration[PATH_SIZE]; /* the file that is in force; "" if no record names one */
    struct digest configuration_sha256;
    uint32_t video_days;  /* in force */
    uint32_t record_days; /* in force */
    /* bodies that went in their time, and the expiry records that name them */
    uint64_t bodies_expired;
    uint64_t bodies_expired_first;
    uint64_t bodies_expired_last;
    int64_t bodies_from_utc_ns;
    int64_t bodies_to_utc_ns;
    uint64_t keyed_entries; /* entries that carry a device number */
    uint64_t hold_records;
    int64_t last_monotonic_ns;
    int64_t first_utc_ns;
    int64_t last_utc_ns;
    bool camera_named;    /* the camera that was asked for is named by a record */
    bool door_named;      /* and the door */
    bool doubtful_bodies; /* a record's content could not be believed */
    uint64_t doubtful;    /* number of the latest record that could not be believed, plus one */
};

MUST_CHECK enum status book_open(struct book *book, struct error *error);
void book_release(struct book *book);

/* A new item, zeroed; NULL without memory. Moves the others. */
void *book_list_add(struct book_list *list, size_t item);

/* The index of a camera, made if need be; UINT32_MAX without memory. */
uint32_t book_camera_index(struct book *book, const char *id);
const char *book_camera_id(const struct book *book, uint32_t index);
struct book_source *book_source(struct book *book, const char *name);

/* The cameras of a door are those that some configuration on record gave it. */
MUST_CHECK enum status book_door_add(struct book *book, const char *door, const char *camera);
bool book_door_has_camera(const struct book *book, const char *door, const char *camera);

/* Forgets the segments of which nothing is known: their bodies are absent, and no expiry record
 * named them. */
void book_drop_unknown(struct book *book);

/* By record number, NULL if there is none. */
struct book_segment *book_segment_of_record(const struct book *book, uint64_t record);
/* By camera and id. Built on first use; the book may not grow afterwards. */
struct book_by_id;
MUST_CHECK enum status book_by_id_new(const struct book *book, struct book_by_id **by_id,
                                      struct error *error);
void book_by_id_free(struct book_by_id *by_id);
const struct book_segment *book_by_id_find(const struct book_by_id *by_id, const char *camera,
                                           const char *id);

/* CAMERA/YYYYMMDD/ID.mp4 */
void book_segment_file(const struct book *book, const struct book_segment *segment,
                       char file[SEGMENT_FILE_SIZE]);

#endif
