#include "store/box.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What no camera's file comes near; a hostile one is torn there. */
#define BOXES_MAX     32u                  /* boxes in one piece */
#define HEAD_SIZE_MAX (UINT64_C(64) << 20) /* of a piece before its mdat, or of the init part */

#define FTYP BOX_TYPE('f', 't', 'y', 'p')
#define MOOV BOX_TYPE('m', 'o', 'o', 'v')
#define MOOF BOX_TYPE('m', 'o', 'o', 'f')
#define MDAT BOX_TYPE('m', 'd', 'a', 't')

static bool type_is_printable(const uint8_t *type)
{
    for (int i = 0; i < 4; i++)
        if (type[i] < 0x20 || type[i] > 0x7e)
            return false;
    return true;
}

enum status box_header(struct bytes bytes, struct box *box)
{
    if (bytes.size < 8)
        return STATUS_AGAIN;
    if (!type_is_printable(bytes.data + 4))
        return STATUS_INVALID;
    *box = (struct box){.type = big_u32(bytes.data + 4), .header_size = 8};
    box->size = big_u32(bytes.data);
    if (box->size == 1) {
        if (bytes.size < 16)
            return STATUS_AGAIN;
        box->header_size = 16;
        box->size = big_u64(bytes.data + 8);
    }
    return box->size < box->header_size ? STATUS_INVALID : STATUS_OK;
}

bool box_take(struct bytes *rest, uint32_t *type, struct bytes *content)
{
    struct box box;

    if (box_header(*rest, &box) != STATUS_OK || box.size > rest->size)
        return false;
    *type = box.type;
    *content = (struct bytes){rest->data + box.header_size, (size_t)box.size - box.header_size};
    *rest = (struct bytes){rest->data + box.size, rest->size - (size_t)box.size};
    return true;
}

struct bytes box_find(struct bytes parent, uint32_t wanted)
{
    uint32_t type = 0;
    struct bytes content = {0};

    while (box_take(&parent, &type, &content))
        if (type == wanted)
            return content;
    return (struct bytes){0};
}

static enum status read_from_bytes(void *context, uint64_t offset, void *data, size_t size,
                                   struct error *error)
{
    const struct bytes *bytes = context;

    if (offset > bytes->size || size > bytes->size - offset)
        return error_set(error, STATUS_IO, "a read past the end");
    memcpy(data, bytes->data + offset, size);
    return STATUS_OK;
}

struct box_source box_source_bytes(const struct bytes *bytes)
{
    return (struct box_source){
        .read = read_from_bytes, .context = (void *)bytes, .size = bytes->size};
}

static enum status read_from_file(void *context, uint64_t offset, void *data, size_t size,
                                  struct error *error)
{
    const int *descriptor = context;
    size_t done = 0;

    while (done < size) {
        ssize_t got =
            pread(*descriptor, (uint8_t *)data + done, size - done, (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno, "cannot read at %llu",
                                   (unsigned long long)offset + done);
        if (got == 0)
            return error_set(error, STATUS_IO, "the file ends early at %llu",
                             (unsigned long long)offset + done);
        done += (size_t)got;
    }
    return STATUS_OK;
}

struct box_source box_source_file(const int *descriptor, uint64_t size)
{
    return (struct box_source){.read = read_from_file, .context = (void *)descriptor, .size = size};
}

/* The whole box at `offset`. STATUS_INVALID if there is none. */
static enum status box_at(const struct box_source *source, uint64_t offset, struct box *box,
                          struct error *error)
{
    uint8_t header[16];
    uint64_t left = source->size - offset;
    size_t size = left < sizeof(header) ? (size_t)left : sizeof(header);
    enum status status = source->read(source->context, offset, header, size, error);

    if (status != STATUS_OK)
        return STATUS_IO;
    if (box_header((struct bytes){header, size}, box) != STATUS_OK || box->size > left)
        return STATUS_INVALID;
    return STATUS_OK;
}

enum status box_next_piece(const struct box_source *source, uint64_t offset,
                           struct box_range *range, struct error *error)
{
    bool init = offset == 0;
    uint32_t last = init ? MOOV : MDAT;
    uint32_t needed = init ? FTYP : MOOF;
    bool seen = false;
    uint64_t at = offset;
    struct box box = {0};

    if (offset >= source->size)
        return STATUS_END;
    *range = (struct box_range){PIECE_TORN, offset, source->size - offset};
    for (unsigned i = 0; i < BOXES_MAX && at < source->size; i++) {
        enum status status = box_at(source, at, &box, error);

        if (status == STATUS_IO)
            return status;
        if (status != STATUS_OK)
            return STATUS_OK;
        seen = seen || box.type == needed;
        at += box.size;
        if (box.type == last) {
            if (seen)
                *range =
                    (struct box_range){init ? PIECE_INIT : PIECE_FRAGMENT, offset, at - offset};
            return STATUS_OK;
        }
        if (at - offset > HEAD_SIZE_MAX || box.type == MDAT || (!init && box.type == MOOV) ||
            (init && box.type == MOOF))
            return STATUS_OK;
    }
    return STATUS_OK;
}
