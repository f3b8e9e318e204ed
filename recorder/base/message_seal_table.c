#include "base/message_form.h"

/* clang-format off */
static const struct field export_seal_fields[] = {
    FIELD(export_seal, kind),
    FIELD(export_seal, digest),
};
static const struct field export_sealed_fields[] = {
    FIELD(export_sealed, reference),
    FIELD(export_sealed, signature),
};
static const struct field export_keys_fields[] = {
    FIELD(export_keys, rsa),
    FIELD(export_keys, suite),
};

static const struct message_form forms[] = {
    FORM(EXPORT_SEAL, export_seal, BY(EXPORT), false),
    FORM(EXPORT_SEALED, export_sealed, BY(KEEPER), false),
    FORM(EXPORT_KEYS, export_keys, BY(KEEPER), false),
};
/* clang-format on */

MESSAGE_TABLE(seal);
