#include "keeper/export_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/certificate_issue.h"
#include "keeper/signed_row.h"
#include "keeper/ticker.h"
#include "store/key_record.h"

#define COMMON_NAME "sealroom export"
#define ASIDE       ".aside"
/* The thread waits for whoever records. */
#define NICENESS 10
/* A first RSA key waits until an appliance that was just started has found its cameras. */
#define LEISURE_NS (60 * NS_PER_SECOND)
#define TURN_MS    1000u

/* One key: what the thread is told, what it finds, and what becomes of it. */
struct place {
    struct export_keys *keys;
    enum export_key_kind kind;
    uint64_t record; /* the newest of its kind; 0: there is none */
    struct buffer
        expected;        /* SubjectPublicKeyInfo on record; empty: nothing that can be believed */
    _Atomic bool looked; /* the thread is through with it; what follows is the loop's */
    bool taken;          /* by the loop */
    enum status status;  /* STATUS_OK: there is a key */
    struct error error;
    bool made;
    char fault[ERROR_TEXT_SIZE]; /* why what was there is not used, "" if nothing was */
    struct export_key *key;
    bool ready;
};

struct export_keys {
    struct keeper *keeper;
    int directory;
    int looked; /* eventfd: one more is */
    sd_event_source *source;
    pthread_t thread;
    sem_t wanted;          /* they are, or the thread is to end */
    struct ticker *ticker; /* until they are */
    int64_t leisure_ns;    /* monotonic */
    bool running;
    _Atomic bool ending;
    struct place places[EXPORT_KEY_KINDS];
};

/* ---- in the thread ---- */

/* The key in the file, if it is the one on record. What is none is put aside. */
static enum status look(struct place *place)
{
    int directory = place->keys->directory;
    const char *file = export_key_file(place->kind);
    char aside[NAME_SIZE];
    struct error error;
    enum status status = export_key_open(place->kind, place->keys->keeper->identity.suite,
                                         directory, &place->key, &error);
    if (status == STATUS_NOT_FOUND)
        return status;
    if (status == STATUS_OK &&
        bytes_equal(export_key_spki(place->key), buffer_bytes(&place->expected)))
        return STATUS_OK;
    if (status == STATUS_OK)
        (void)error_set(&error, STATUS_MISMATCH, "%s is not the key on record", file);
    memcpy(place->fault, error.text, sizeof place->fault);
    export_key_free(place->key);
    place->key = NULL;
    (void)snprintf(aside, sizeof aside, "%s" ASIDE, file);
    if (renameat(directory, file, directory, aside) != 0)
        log_error("key/%s cannot be put aside: %s", file, strerror(errno));
    return STATUS_NOT_FOUND;
}

static void find_or_make(struct place *place)
{
    struct export_keys *keys = place->keys;
    place->status = look(place);
    while (place->status == STATUS_NOT_FOUND && place->kind == EXPORT_KEY_RSA &&
           place->record == 0 && sem_wait(&keys->wanted) != 0)
        ; /* a signal */
    if (place->status == STATUS_NOT_FOUND && !keys->ending) {
        log_info("making an export key, key/%s", export_key_file(place->kind));
        place->status = export_key_generate(place->kind, keys->keeper->identity.suite,
                                            &keys->ending, &place->key, &place->error);
        place->made = place->status == STATUS_OK;
    }
    place->looked = true;
    /* cannot fail: the counter is far from its end and the descriptor is ours */
    (void)eventfd_write(keys->looked, 1);
}

/* The suite's first: it takes no time. */
static void *thread_main(void *context)
{
    struct export_keys *keys = context;
    /* 0: this thread */
    if (setpriority(PRIO_PROCESS, 0, NICENESS) != 0)
        log_debug("export keys are looked for at the usual priority");
    find_or_make(&keys->places[EXPORT_KEY_SUITE]);
    if (!keys->ending)
        find_or_make(&keys->places[EXPORT_KEY_RSA]);
    return NULL;
}

/* ---- in the loop ---- */

/* The record is durable: now the key may be. If it cannot be stored it serves as long as this
 * process lives, and the next one makes another. */
static void store(void *context, const struct promise *promise)
{
    struct place *place = context;
    struct keeper *keeper = place->keys->keeper;
    struct error error;
    (void)promise;
    place->ready = true;
    if (export_key_store(place->key, place->keys->directory, &error) == STATUS_OK)
        return;
    log_error("key/%s: %s", export_key_file(place->kind), error.text);
    keeper_health(keeper, HEALTH_STORAGE_ERROR, export_key_file(place->kind), error.text, 0);
}

static enum status introduce(struct place *place, struct error *error)
{
    struct keeper *keeper = place->keys->keeper;
    const struct identity *identity = &keeper->identity;
    struct certificate *certificate = NULL;
    char fingerprint[FINGERPRINT_SIZE];
    enum status status =
        certificate_issue_export(identity->key, identity->certificate, export_key_spki(place->key),
                                 COMMON_NAME, &certificate, error);
    if (status != STATUS_OK)
        return status;
    certificate_fingerprint(certificate, fingerprint);
    place->record =
        committer_record(keeper->committer, RECORD_KEY, APPLIANCE,
                         body_key(KEY_USE_EXPORT, key_record_suite(place->kind, identity->suite),
                                  fingerprint, certificate_der(certificate)));
    committer_promise(keeper->committer,
                      &(struct promise){.keep = store, .context = place, .record = place->record});
    certificate_free(certificate);
    return STATUS_OK;
}

/* Without a record there was none that could have been altered. */
static void judge(const struct place *place)
{
    struct keeper *keeper = place->keys->keeper;
    const char *kind = word_health_event(HEALTH_EXPORT_KEY_ALTERED)->name;
    const char *file = export_key_file(place->kind);
    if (place->fault[0] != '\0' && place->record > 0) {
        keeper_health(keeper, HEALTH_EXPORT_KEY_ALTERED, file, place->fault, 0);
        alarms_begin(keeper->alarms, kind, APPLIANCE, file, place->fault);
    } else if (place->status == STATUS_OK && !place->made) {
        alarms_end(keeper->alarms, kind, APPLIANCE, file, "the key on record");
    }
}

static void take(struct place *place)
{
    place->taken = true;
    judge(place);
    if (place->status == STATUS_OK && place->made)
        place->status = introduce(place, &place->error);
    else
        place->ready = place->status == STATUS_OK;
    if (place->status != STATUS_OK)
        log_error("key/%s: %s", export_key_file(place->kind), place->error.text);
}

static int keys_are_looked_at(sd_event_source *source, int descriptor, uint32_t events,
                              void *context)
{
    struct export_keys *keys = context;
    eventfd_t count = 0;
    (void)source;
    (void)events;
    (void)eventfd_read(descriptor, &count);
    for (int i = 0; i < EXPORT_KEY_KINDS && keys->keeper->phase == KEEPER_RUNNING; i++)
        if (keys->places[i].looked && !keys->places[i].taken)
            take(&keys->places[i]);
    return 0;
}

enum status export_keys_new(struct keeper *keeper, struct export_keys **keys, struct error *error)
{
    struct export_keys *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the export keys");
    *keys = made;
    made->keeper = keeper;
    made->looked = -1;
    /* cannot fail: the value is small */
    (void)sem_init(&made->wanted, 0, 0);
    for (int i = 0; i < EXPORT_KEY_KINDS; i++) {
        made->places[i].keys = made;
        made->places[i].kind = (enum export_key_kind)i;
    }
    made->directory = openat(keeper->identity.state, "key", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (made->directory < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open the directory key");
    return STATUS_OK;
}

void export_keys_free(struct export_keys *keys)
{
    if (keys == NULL)
        return;
    keys->ending = true;
    export_keys_want(keys);
    if (keys->running)
        (void)pthread_join(keys->thread, NULL);
    (void)sem_destroy(&keys->wanted);
    ticker_free(keys->ticker);
    for (int i = 0; i < EXPORT_KEY_KINDS; i++) {
        buffer_release(&keys->places[i].expected);
        export_key_free(keys->places[i].key);
    }
    (void)sd_event_source_disable_unref(keys->source);
    file_close(&keys->looked);
    file_close(&keys->directory);
    free(keys);
}

/* ---- START ---- */

void export_keys_take_up(struct export_keys *keys, const struct standing *standing)
{
    for (int i = 0; i < EXPORT_KEY_KINDS; i++)
        keys->places[i].record = standing->export_keys[i];
}

/* The public key in an export key's record that the device key certified. */
static enum status believe(const struct place *place, const struct record_head *head,
                           const json_t *body, struct buffer *spki, struct error *error)
{
    struct certificate *certificate = NULL;
    enum export_key_kind kind = place->kind;
    if (head->kind != RECORD_KEY || body == NULL || !key_record_is_export(body, &kind) ||
        kind != place->kind)
        return error_set(error, STATUS_INVALID, "it is no export key's record");
    enum status status = key_record_certificate(body, &certificate, error);
    if (status == STATUS_OK)
        status = certificate_verify_export(certificate, place->keys->keeper->identity.certificate,
                                           error);
    if (status == STATUS_OK)
        status = certificate_spki(certificate, spki);
    certificate_free(certificate);
    return status;
}

/* What cannot be believed leaves nothing to expect: the key is made anew. */
static void read_record(struct place *place, struct ledger_view *view)
{
    struct ledger_row row;
    struct record_head head;
    json_t *body = NULL;
    struct error error = {.text = "it cannot be read"};
    enum digest_algorithm algorithm = suite_digest_algorithm(place->keys->keeper->identity.suite);
    if (place->record == 0)
        return;
    enum status status = ledger_view_row(view, place->record, &row, &error);
    if (status == STATUS_OK)
        status = signed_row_parse(algorithm, &row, &head, &body);
    if (status == STATUS_OK)
        status = believe(place, &head, body, &place->expected, &error);
    if (status != STATUS_OK)
        log_warning("record %llu, an export key's: %s", (unsigned long long)place->record,
                    error.text);
    json_decref(body);
}

static void turn(void *context)
{
    struct export_keys *keys = context;
    if (clock_monotonic_ns(keys->keeper->clock) < keys->leisure_ns)
        return;
    export_keys_want(keys);
    ticker_free(keys->ticker);
    keys->ticker = NULL;
}

enum status export_keys_start(struct export_keys *keys, struct error *error)
{
    struct ledger_view *view = NULL;
    enum status status = ledger_view_open(keys->keeper->identity.ledger_path, &view, error);
    if (status == STATUS_OK)
        status = ledger_view_begin(view, error);
    for (int i = 0; status == STATUS_OK && i < EXPORT_KEY_KINDS; i++)
        read_record(&keys->places[i], view);
    ledger_view_free(view);
    if (status != STATUS_OK)
        return status;
    keys->looked = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (keys->looked < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot make an eventfd");
    int result = sd_event_add_io(keys->keeper->event, &keys->source, keys->looked, EPOLLIN,
                                 keys_are_looked_at, keys);
    if (result >= 0)
        result = -pthread_create(&keys->thread, NULL, thread_main, keys);
    if (result < 0)
        return error_set_errno(error, STATUS_IO, -result, "cannot look for the export keys");
    keys->running = true;
    keys->leisure_ns = clock_monotonic_ns(keys->keeper->clock) + LEISURE_NS;
    return ticker_new(keys->keeper->event, TURN_MS, turn, keys, &keys->ticker, error);
}

/* ---- used ---- */

void export_keys_want(struct export_keys *keys)
{
    /* one that counts no further is above zero already */
    (void)sem_post(&keys->wanted);
}

uint64_t export_keys_record(const struct export_keys *keys, enum export_key_kind kind)
{
    return keys->places[kind].record;
}

enum status export_keys_ready(const struct export_keys *keys, struct error *error)
{
    for (int i = 0; i < EXPORT_KEY_KINDS; i++) {
        const struct place *place = &keys->places[i];
        if (place->ready)
            continue;
        if (place->taken && place->status != STATUS_OK)
            return error_set(error, place->status, "key/%s cannot be made: %.160s",
                             export_key_file(place->kind), place->error.text);
        return error_set(error, STATUS_AGAIN,
                         "the keys that seal clips are being made: ask again in a moment");
    }
    return STATUS_OK;
}

enum status export_keys_sign(struct export_keys *keys, enum export_key_kind kind,
                             const struct digest *digest, uint8_t *signature, size_t *size,
                             struct error *error)
{
    enum status status = export_keys_ready(keys, error);
    return status == STATUS_OK
               ? export_key_sign(keys->places[kind].key, digest, signature, size, error)
               : status;
}
