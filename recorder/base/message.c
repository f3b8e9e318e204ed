#include "base/message.h"

#include <string.h>

#include "base/message_table.h"
#include "base/utf8.h"

static const char *const role_names[] = {
    [ROLE_KEEPER] = "keeper",   [ROLE_SUPERVISOR] = "supervisor", [ROLE_CAMERA] = "camera",
    [ROLE_DOOR] = "door",       [ROLE_COMMAND] = "command",       [ROLE_EXPORT] = "export",
    [ROLE_CONSOLE] = "console", [ROLE_INSPECT] = "inspect",
};

const char *role_name(enum role role)
{
    size_t index = (size_t)role;
    bool known = index > 0 && index < sizeof role_names / sizeof role_names[0];
    return known ? role_names[index] : "unknown";
}

const char *message_name(enum message_type type)
{
    const struct message_form *form = message_form(type);
    return form == NULL ? NULL : form->name;
}

bool message_allowed(enum message_type type, enum role role)
{
    const struct message_form *form = message_form(type);
    return form != NULL && (unsigned)role < 16 && (form->senders >> (unsigned)role & 1u) != 0;
}

bool message_has_descriptor(enum message_type type)
{
    const struct message_form *form = message_form(type);
    return form != NULL && form->has_descriptor;
}

static bool text_encode(struct writer *packet, const struct field *field, const char *text)
{
    struct bytes bytes = {(const uint8_t *)text, strnlen(text, field->size)};
    if (bytes.size == field->size || !utf8_is_clean(bytes, field->kind == FIELD_LINES)) {
        return false;
    }
    write_u16(packet, (uint16_t)bytes.size);
    write_bytes(packet, bytes.data, bytes.size);
    return true;
}

/* The integers are copied out and in: the payload's address is aligned, but the table's offset
 * is only a number to the compiler. */
static bool field_encode(struct writer *packet, const struct field *field, const uint8_t *member)
{
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    switch (field->kind) {
    case FIELD_U8:
        write_u8(packet, *member);
        return true;
    case FIELD_U16:
        memcpy(&u16, member, sizeof u16);
        write_u16(packet, u16);
        return true;
    case FIELD_U32:
        memcpy(&u32, member, sizeof u32);
        write_u32(packet, u32);
        return true;
    case FIELD_U64:
    case FIELD_I64:
        memcpy(&u64, member, sizeof u64);
        write_u64(packet, u64);
        return true;
    case FIELD_DIGEST:
        write_bytes(packet, member, DIGEST_SIZE);
        return true;
    case FIELD_TEXT:
    case FIELD_LINES:
        return text_encode(packet, field, (const char *)member);
    }
    return false;
}

enum status message_encode(enum message_type type, uint32_t sequence, const void *payload,
                           struct writer *packet)
{
    const struct message_form *form = message_form(type);
    if (form == NULL) {
        return STATUS_INVALID;
    }
    write_u16(packet, (uint16_t)type);
    write_u16(packet, 0);
    write_u32(packet, sequence);
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        if (!field_encode(packet, field, (const uint8_t *)payload + field->offset)) {
            return STATUS_INVALID;
        }
    }
    return packet->failed ? STATUS_FULL : STATUS_OK;
}

static bool text_decode(struct reader *packet, const struct field *field, char *text)
{
    uint16_t size = read_u16(packet);
    if (size >= field->size) {
        return false;
    }
    struct bytes bytes = read_bytes(packet, size);
    if (packet->failed || !utf8_is_clean(bytes, field->kind == FIELD_LINES)) {
        return false;
    }
    /* The payload was zeroed, so the NUL is there. */
    if (size > 0) {
        memcpy(text, bytes.data, size);
    }
    return true;
}

static bool field_decode(struct reader *packet, const struct field *field, uint8_t *member)
{
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    struct bytes bytes = {0};
    switch (field->kind) {
    case FIELD_U8:
        *member = read_u8(packet);
        break;
    case FIELD_U16:
        u16 = read_u16(packet);
        memcpy(member, &u16, sizeof u16);
        break;
    case FIELD_U32:
        u32 = read_u32(packet);
        memcpy(member, &u32, sizeof u32);
        break;
    case FIELD_U64:
    case FIELD_I64:
        u64 = read_u64(packet);
        memcpy(member, &u64, sizeof u64);
        break;
    case FIELD_DIGEST:
        bytes = read_bytes(packet, DIGEST_SIZE);
        if (bytes.size == DIGEST_SIZE) {
            memcpy(member, bytes.data, DIGEST_SIZE);
        }
        break;
    case FIELD_TEXT:
    case FIELD_LINES:
        return text_decode(packet, field, (char *)member);
    }
    return !packet->failed;
}

/* NULL, with *error filled, if the header or the size does not fit the table. */
static const struct message_form *header_decode(struct reader *reader, uint32_t *sequence,
                                                struct error *error)
{
    uint16_t type = read_u16(reader);
    uint16_t zero = read_u16(reader);
    *sequence = read_u32(reader);
    if (reader->failed) {
        (void)error_set(error, STATUS_INVALID, "a packet of %zu bytes is shorter than a header",
                        reader->size);
        return NULL;
    }
    const struct message_form *form = message_form((enum message_type)type);
    if (form == NULL) {
        (void)error_set(error, STATUS_INVALID, "there is no message of type %u", type);
        return NULL;
    }
    if (zero != 0) {
        (void)error_set(error, STATUS_INVALID, "message %s: the reserved field is not zero",
                        form->name);
        return NULL;
    }
    if (reader->size < message_size_min(form) || reader->size > message_size_max(form)) {
        (void)error_set(error, STATUS_INVALID, "message %s of %zu bytes: must be %zu to %zu",
                        form->name, reader->size, message_size_min(form), message_size_max(form));
        return NULL;
    }
    return form;
}

enum status message_decode(struct bytes packet, enum message_type *type, uint32_t *sequence,
                           union message_payload *payload, struct error *error)
{
    struct reader reader = reader_of(packet);
    const struct message_form *form = header_decode(&reader, sequence, error);
    if (form == NULL) {
        return STATUS_INVALID;
    }
    memset(payload, 0, form->payload_size);
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        if (!field_decode(&reader, field, (uint8_t *)payload + field->offset)) {
            return error_set(error, STATUS_INVALID, "message %s: field %zu is malformed",
                             form->name, i + 1);
        }
    }
    if (reader_left(&reader) != 0) {
        return error_set(error, STATUS_INVALID, "message %s: %zu bytes too many", form->name,
                         reader_left(&reader));
    }
    *type = form->type;
    return STATUS_OK;
}

void message_text(char *field, size_t size, const char *text)
{
    struct bytes left = bytes_of_text(text);
    size_t at = 0;
    while (left.size > 0) {
        uint32_t character = 0;
        size_t length = utf8_next(left, &character);
        bool clean = length > 0 && character >= 0x20 && character != 0x7f;
        size_t taken = length > 0 ? length : 1;
        size_t put = clean ? length : 1;
        if (at + put >= size) {
            break;
        }
        if (clean) {
            memcpy(field + at, left.data, length);
        } else {
            field[at] = '?';
        }
        at += put;
        left = (struct bytes){left.data + taken, left.size - taken};
    }
    memset(field + at, 0, size - at);
}
