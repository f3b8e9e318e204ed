/*
 * The thread that waits for the disk, so that no entry has to: it makes files durable through
 * descriptors it was handed and writes progress notes, and does nothing else. Jobs are done in
 * order; what came of one is told on the event loop's thread.
 *
 * The queue has no limit of its own: there is never more in it than one job for all open
 * segments, one note, and CAMERA_SEALING_MAX segments a camera.
 */
#ifndef SEALROOM_KEEPER_FLUSHER_H
#define SEALROOM_KEEPER_FLUSHER_H

#include <systemd/sd-event.h>

#include "base/bytes.h"
#include "store/segment_record.h"

/* One file to make durable. */
struct flush_item {
    int descriptor; /* of our own (fcntl F_DUPFD); closed with the job */
    int directory;  /* the same */
    char file[SEGMENT_FILE_SIZE];
    char camera[ID_SIZE];
    char id[SEGMENT_ID_SIZE];
    size_t pieces; /* that were told when the job was made; the caller's */
    enum status status;
    struct error error; /* if status is not STATUS_OK */
};

struct flush_job {
    /* Called on the loop's thread when all is done; then the job is freed. */
    void (*finished)(void *context, struct flush_job *job);
    void *context;
    void *subject; /* the caller's */
    /* A progress note to write, before any item; none if note.size is 0. */
    struct buffer note;
    int state_directory; /* borrowed */
    int slot;
    enum status note_status;
    struct error note_error;
    struct flush_job *next; /* the flusher's */
    size_t count;
    struct flush_item items[];
};

struct flusher;

/* Signals are to be blocked before: the thread inherits the mask. */
MUST_CHECK enum status flusher_new(sd_event *event, struct flusher **flusher, struct error *error);
/* Ends the thread after the job it is at; jobs that wait are dropped. NULL is allowed. */
void flusher_free(struct flusher *flusher);

/* Room for `capacity` items; count is 0. Memory run out is fatal. */
struct flush_job *flush_job_new(size_t capacity);
void flush_job_free(struct flush_job *job);
/* Adds a segment's file, its descriptors duplicated. `capacity` must allow for it. */
MUST_CHECK enum status flush_job_add(struct flush_job *job, const char *camera, const char *id,
                                     const char *file, int descriptor, int directory, size_t pieces,
                                     struct error *error);
/* Takes the job. */
void flusher_submit(struct flusher *flusher, struct flush_job *job);

#endif
