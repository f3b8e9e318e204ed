/* Any bytes in a payload's struct, its texts cleaned as a sender cleans them: it can be sent, and
 * arrives as it was. The first two bytes choose the type. */
#include <string.h>

#include "base/message_table.h"
#include "fuzz.h"

static void clean(const struct message_form *form, union message_payload *payload)
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        if (field->kind != FIELD_TEXT && field->kind != FIELD_LINES) {
            continue;
        }
        char *text = (char *)payload + field->offset;
        text[field->size - 1] = '\0';
        char copy[MESSAGE_SIZE_MAX];
        memcpy(copy, text, field->size);
        message_text(text, field->size, copy);
    }
}

/* Field by field: what lies between the fields is not sent. */
static void compare(const struct message_form *form, const union message_payload *a,
                    const union message_payload *b)
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct field *field = &form->fields[i];
        MUST(memcmp((const uint8_t *)a + field->offset, (const uint8_t *)b + field->offset,
                    field->size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const struct message_form *form =
        message_form_at((data[0] + 256u * data[1]) % message_form_count());
    union message_payload payload;
    memset(&payload, 0, sizeof payload);
    memcpy(&payload, data + 2, size - 2 < sizeof payload ? size - 2 : sizeof payload);
    clean(form, &payload);
    uint8_t bytes[MESSAGE_SIZE_MAX];
    struct writer packet = writer_of(bytes, sizeof bytes);
    MUST(message_encode(form->type, 3, &payload, &packet) == STATUS_OK);
    MUST(packet.size >= message_size_min(form) && packet.size <= message_size_max(form));
    enum message_type type = MESSAGE_HELLO;
    uint32_t sequence = 0;
    union message_payload arrived;
    MUST(message_decode((struct bytes){bytes, packet.size}, &type, &sequence, &arrived, NULL) ==
         STATUS_OK);
    MUST(type == form->type && sequence == 3);
    compare(form, &payload, &arrived);
    return 0;
}
