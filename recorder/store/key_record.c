#include "store/key_record.h"

#include <string.h>

#include "ledger/record.h"

#define SUITE_RSA "rsa"

const char *key_record_suite(enum export_key_kind kind, const struct suite *suite)
{
    return kind == EXPORT_KEY_RSA ? SUITE_RSA : suite_name(suite);
}

bool key_record_is_export(const json_t *body, enum export_key_kind *kind)
{
    const char *use = json_get_text(body, "use");
    const char *suite = json_get_text(body, "suite");
    if (use == NULL || suite == NULL || strcmp(use, KEY_USE_EXPORT) != 0) {
        return false;
    }
    if (kind != NULL) {
        *kind = strcmp(suite, SUITE_RSA) == 0 ? EXPORT_KEY_RSA : EXPORT_KEY_SUITE;
    }
    return true;
}

bool key_record_is_console(const json_t *body)
{
    const char *use = json_get_text(body, "use");
    return use != NULL && strcmp(use, KEY_USE_CONSOLE) == 0;
}

enum status key_record_certificate(const json_t *body, struct certificate **certificate,
                                   struct error *error)
{
    struct buffer der = {0};
    const char *text = json_get_text(body, "certificate");
    enum status status = STATUS_OK;
    if (text == NULL || base64_decode(bytes_of_text(text), &der) != STATUS_OK) {
        status = error_set(error, STATUS_INVALID, "the key record holds no certificate");
    } else {
        status = certificate_parse(buffer_bytes(&der), certificate, error);
    }
    buffer_release(&der);
    return status;
}
