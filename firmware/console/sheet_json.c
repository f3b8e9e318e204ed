#include "firmware/console/sheet_json.h"

#include "phrase/phrase.h"

void sheet_put(json_t *json, const struct sheet *sheet, enum status status,
               const struct error *error, enum language language)
{
    char shown[PHRASE_SIZE];
    json_t *proof =
        json_pack("{s:{s:I}}", "checkpoint", "size", (json_int_t)sheet->checkpoint.size);
    json_object_set_new(proof, "head",
                        json_stringn((const char *)sheet->head_line.data, sheet->head_line.size));
    json_object_set_new(proof, "body",
                        json_stringn((const char *)sheet->body_line.data, sheet->body_line.size));
    if (status != STATUS_OK)
        json_object_set_new(proof, "fault",
                            json_string(phrase_in(error->text, language, shown, sizeof shown)));
    json_object_set_new(json, "state", json_string(status == STATUS_OK ? "sealed" : "altered"));
    json_object_set_new(json, "sheet", proof);
}
