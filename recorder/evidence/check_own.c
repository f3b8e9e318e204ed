#include "evidence/check_own.h"

#include <string.h>

#include "evidence/check_stretches.h"

#define CHUNK  ((size_t)16 * 1024)
#define HEADER 8u /* of a box */

void own_bytes_release(struct own_bytes *own)
{
    clip_movie_release(&own->movie);
    buffer_release(&own->fragment.moof);
}

static void begin_clip(struct own_bytes *own, const struct zip_member *clip)
{
    clip_movie_release(&own->movie);
    *own = (struct own_bytes){.clip = clip, .fragment = own->fragment};
}

static void report(struct check *check, struct own_bytes *own, uint64_t from, uint64_t to)
{
    struct finding finding = check_finding(check, FAULT_CLIP_CONTRADICTED, own->clip->name);
    finding_set_bytes(&finding, from, to);
    check_add(check, &finding);
    own->is_judged = true;
}

/* ---- its pieces ---- */

static bool is_begun(const struct own_bytes *own)
{
    return own->movie.init.size > 0;
}

static enum status add_fragment(const struct check *check, struct own_bytes *own,
                                const struct piece *piece, struct error *error)
{
    const struct footage_segment segment = {.file = own->clip->name,
                                            .descriptor = check->options->file};
    enum status status = STATUS_OK;
    if (!is_begun(own)) {
        status = clip_movie_begin(&own->movie, &segment, &own->init, piece, &own->fragment, error);
    }
    return status == STATUS_OK
               ? clip_movie_add(&own->movie, &segment, piece, own->data, &own->fragment, error)
               : status;
}

/* One init part, then fragments: nothing else is in a clip that has tables. */
static enum status take_piece(struct check *check, struct own_bytes *own,
                              const struct stretch_job *job, struct error *error)
{
    /* as footage is read: from the file, in which everything is stored */
    const struct piece piece = {.kind = job->kind,
                                .offset = zip_data_offset(own->clip) + job->offset,
                                .size = job->size,
                                .start_utc_ns = job->start_utc_ns};
    enum status status = STATUS_OK;
    if (job->kind == PIECE_INIT && own->init.size == 0) {
        own->init = piece;
    } else {
        status =
            job->kind == PIECE_FRAGMENT ? add_fragment(check, own, &piece, error) : STATUS_INVALID;
    }
    own->data += job->size;
    if (status != STATUS_OK && status != STATUS_IO && status != STATUS_NO_MEMORY) {
        report(check, own, job->offset, (uint64_t)job->offset + job->size);
        status = STATUS_OK;
    }
    return status;
}

/* ---- its own ---- */

/* How many bytes are as they must be. */
static enum status compare(const struct check *check, const struct own_bytes *own,
                           struct bytes front, uint64_t *same, struct error *error)
{
    uint64_t size = front.size < own->front ? front.size : own->front;
    uint8_t chunk[CHUNK];
    enum status status = STATUS_OK;
    for (*same = 0; *same < size;) {
        size_t part = size - *same < CHUNK ? (size_t)(size - *same) : CHUNK;
        status = zip_reader_read(check->zip, own->clip, *same, chunk, part, error);
        if (status != STATUS_OK) {
            break;
        }
        for (size_t i = 0; i < part; i++, (*same)++) {
            if (chunk[i] != front.data[*same]) {
                return STATUS_OK;
            }
        }
    }
    return status;
}

static enum status judge_front(struct check *check, struct own_bytes *own, struct error *error)
{
    struct buffer front = {0};
    uint64_t same = 0;
    enum status status = is_begun(own) ? clip_movie_end(&own->movie) : STATUS_INVALID;
    if (status == STATUS_OK) {
        status = clip_movie_front(&own->movie, own->data, &front, error);
    }
    if (status == STATUS_OK) {
        status = compare(check, own, buffer_bytes(&front), &same, error);
    }
    bool is_same = status == STATUS_OK && front.size == own->front && same == own->front;
    buffer_release(&front);
    if (status == STATUS_IO || status == STATUS_NO_MEMORY) {
        return status;
    }
    if (!is_same) {
        report(check, own, same, own->front);
    }
    return STATUS_OK;
}

/* One `meta`, to the end: the seals in it are for others to judge. */
static enum status judge_end(struct check *check, struct own_bytes *own,
                             const struct stretch_job *job, struct error *error)
{
    uint8_t header[HEADER];
    struct box box = {0};
    size_t size = job->size < HEADER ? job->size : HEADER;
    enum status status = zip_reader_read(check->zip, own->clip, job->offset, header, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (box_header((struct bytes){header, size}, &box) != STATUS_OK ||
        box.type != BOX_TYPE('m', 'e', 't', 'a') || box.size != job->size) {
        report(check, own, job->offset, (uint64_t)job->offset + job->size);
    }
    return STATUS_OK;
}

enum status own_bytes_take(struct check *check, struct own_bytes *own,
                           const struct stretch_job *job, struct error *error)
{
    if (own->clip != job->member) {
        begin_clip(own, job->member);
    }
    own->is_judged = own->is_judged || job->status != STATUS_OK;
    if (own->is_judged) {
        return STATUS_OK;
    }
    if (job->is_piece) {
        own->is_judged = own->front == 0;
        return own->is_judged ? STATUS_OK : take_piece(check, own, job, error);
    }
    if (job->offset == 0) {
        own->front = job->size;
        return STATUS_OK;
    }
    enum status status = judge_end(check, own, job, error);
    return status == STATUS_OK && !own->is_judged ? judge_front(check, own, error) : status;
}
