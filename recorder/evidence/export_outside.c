#include "evidence/export_outside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

/* The newest hand-over to a place. */
struct place {
    char name[NAME_SIZE];
    uint64_t record;
    uint64_t size; /* of the checkpoint that left with it; 0: none is stored */
};

struct reading {
    struct ledger_view *view;
    const struct suite *suite;
    struct public_key *key;
    struct checkpoint newest;
    struct place places[EXPORT_PLACES_MAX];
    size_t count;
    struct export_outside *outside;
};

void export_outside_release(struct export_outside *outside)
{
    for (size_t i = 0; i <= EXPORT_PLACES_MAX; i++) {
        buffer_release(&outside->memory[i]);
    }
    *outside = (struct export_outside){0};
}

/* ---- the places ---- */

/* Its own, a new one, or the one that was not heard of for longest. */
static struct place *place_named(struct reading *reading, const char *name)
{
    struct place *oldest = &reading->places[0];
    for (size_t i = 0; i < reading->count; i++) {
        struct place *place = &reading->places[i];
        if (strcmp(place->name, name) == 0) {
            return place;
        }
        oldest = place->record < oldest->record ? place : oldest;
    }
    return reading->count < EXPORT_PLACES_MAX ? &reading->places[reading->count++] : oldest;
}

static enum status each_row(void *context, const struct ledger_row *row)
{
    static const char anchor[] = "\"kind\":\"anchor\"";
    struct reading *reading = context;
    struct record_head head;
    json_t *body = NULL;
    if (row->number >= reading->newest.size) {
        return STATUS_END;
    }
    if (memmem(row->head.data, row->head.size, anchor, sizeof anchor - 1) == NULL ||
        record_head_parse(row->head, &head, NULL) != STATUS_OK || head.kind != RECORD_ANCHOR ||
        record_body_parse(row->body, &body, NULL) != STATUS_OK) {
        return STATUS_OK;
    }
    const char *name = json_get_text(body, "place");
    struct place *place = place_named(reading, name != NULL ? name : "");
    message_text(place->name, sizeof place->name, name != NULL ? name : "");
    place->record = row->number;
    json_decref(body);
    return STATUS_OK;
}

/* ---- their checkpoints ---- */

static enum status keep(struct export_outside *outside, struct bytes note)
{
    struct buffer *memory = &outside->memory[outside->count];
    enum status status = buffer_append(memory, note.data, note.size);
    outside->notes[outside->count] = buffer_bytes(memory);
    outside->count += status == STATUS_OK;
    return status;
}

/* The smallest that covers the record left the box with it. They come smallest first. One that is
 * not this key's any more proves nothing, and is left out. */
static enum status each_checkpoint(void *context, uint64_t size, struct bytes note)
{
    struct reading *reading = context;
    struct checkpoint checkpoint;
    bool is_wanted = false;
    for (size_t i = 0; i < reading->count; i++) {
        struct place *place = &reading->places[i];
        if (place->size == 0 && place->record < size) {
            place->size = size;
            is_wanted = true;
        }
    }
    if (!is_wanted || size >= reading->newest.size ||
        checkpoint_verify(reading->suite, reading->key, note, &checkpoint, NULL) != STATUS_OK ||
        checkpoint.size != size || strcmp(checkpoint.origin, reading->newest.origin) != 0) {
        return STATUS_OK;
    }
    return keep(reading->outside, note);
}

/* ---- the one that was asked for ---- */

/* The root over the first `size` records, from the stored nodes. */
static enum status root_at(struct ledger_view *view, enum digest_algorithm algorithm, uint64_t size,
                           struct digest *root)
{
    struct merkle_nodes nodes = ledger_view_nodes(view);
    struct merkle_frontier frontier;
    enum status status = STATUS_OK;
    merkle_frontier_init(&frontier);
    for (unsigned level = MERKLE_LEVELS; level-- > 0 && status == STATUS_OK;) {
        struct digest node;
        if ((size >> level & 1) == 0) {
            continue;
        }
        status = nodes.get(nodes.context, level, frontier.size >> level, &node);
        if (status == STATUS_OK) {
            status = merkle_frontier_add_node(algorithm, &frontier, level, &node);
        }
    }
    merkle_frontier_root(algorithm, &frontier, root);
    return status;
}

static enum status take_since(struct reading *reading, const char *since, struct error *error)
{
    enum digest_algorithm algorithm = suite_digest_algorithm(reading->suite);
    struct checkpoint checkpoint;
    struct digest root;
    if (since[0] == '\0') {
        return STATUS_OK;
    }
    enum status status =
        checkpoint_verify(reading->suite, reading->key, bytes_of_text(since), &checkpoint, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (checkpoint.size > reading->newest.size ||
        root_at(reading->view, algorithm, checkpoint.size, &root) != STATUS_OK ||
        !digest_equal(&root, &checkpoint.root)) {
        return error_set(error, STATUS_MISMATCH,
                         "the checkpoint from outside, of %" PRIu64
                         " records, is of a history that is not this ledger's",
                         checkpoint.size);
    }
    return keep(reading->outside, bytes_of_text(since));
}

static enum status read_all(struct reading *reading, const char *since, struct error *error)
{
    struct bytes note;
    enum status status = ledger_view_newest(reading->view, &note, error);
    if (status == STATUS_OK) {
        status = checkpoint_verify(reading->suite, reading->key, note, &reading->newest, error);
    }
    if (status == STATUS_OK) {
        status = ledger_view_rows(reading->view, 0, each_row, reading, error);
        status = status == STATUS_END ? STATUS_OK : status;
    }
    if (status == STATUS_OK) {
        status = ledger_view_checkpoints(reading->view, each_checkpoint, reading, error);
    }
    return status == STATUS_OK ? take_since(reading, since, error) : status;
}

enum status export_outside_read(struct ledger_view *view, const struct certificate *certificate,
                                const char *since, struct export_outside *outside,
                                struct error *error)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for checkpoints");
    }
    reading->view = view;
    reading->suite = certificate_suite(certificate);
    reading->outside = outside;
    enum status status = certificate_public_key(certificate, &reading->key, error);
    if (status == STATUS_OK) {
        status = read_all(reading, since, error);
    }
    public_key_free(reading->key);
    free(reading);
    return status;
}
