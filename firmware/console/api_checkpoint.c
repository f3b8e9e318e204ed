#include "firmware/console/api_checkpoint.h"

#include <qrencode.h>
#include <string.h>

struct place {
    char place[NAME_SIZE];
};
static const struct body_member members[] = {
    BODY_MEMBER(struct place, place, BODY_TEXT, true),
};
const struct body_form place_form = BODY_FORM(struct place, members);

/* ISO/IEC 18004, in bytes, error correction L: a list of rows of '0' and '1' (dark), without the
 * quiet zone. NULL if it does not fit. */
static json_t *code_json(const char *note)
{
    QRcode *code =
        QRcode_encodeData((int)strlen(note), (const unsigned char *)note, 0, QR_ECLEVEL_L);
    if (code == NULL)
        return NULL;
    json_t *rows = json_array();
    size_t width = (size_t)code->width;
    for (size_t y = 0; y < width; y++) {
        char row[177 + 1] = ""; /* version 40 is that wide */
        for (size_t x = 0; x < width && x < sizeof row - 1; x++)
            row[x] = (code->data[y * width + x] & 1u) != 0 ? '1' : '0';
        json_array_append_new(rows, json_string(row));
    }
    QRcode_free(code);
    return rows;
}

static bool taken(struct call *call, const struct keeper_answer *answer)
{
    const struct message_checkpoint_note *note = &answer->payload->checkpoint_note;
    if (answer->type != MESSAGE_CHECKPOINT_NOTE)
        return call_pass_on(call, answer);
    call_answer(call, json_pack("{s:I, s:s, s:o*}", "record", (json_int_t)note->record, "text",
                                note->note, "code", code_json(note->note)));
    return true;
}

void api_checkpoint(struct call *call)
{
    const struct place *place = call->body;
    struct message_checkpoint_take take = {0};
    memcpy(take.session, call->token, sizeof take.session);
    memcpy(take.place, place->place, sizeof take.place);
    call_ask(call, MESSAGE_CHECKPOINT_TAKE, &take, taken);
}
