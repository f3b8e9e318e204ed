/*
 * What a `key` record says: which key comes into use, and for what. FORMAT.md, "Key".
 */
#ifndef SEALROOM_STORE_KEY_RECORD_H
#define SEALROOM_STORE_KEY_RECORD_H

#include <jansson.h>

#include "crypto/certificate.h"
#include "crypto/export_key.h"

#define KEY_USE_LEDGER  "ledger"  /* signs checkpoints, progress notes and manifests */
#define KEY_USE_EXPORT  "export"  /* seals clips */
#define KEY_USE_CONSOLE "console" /* the console's, for TLS */

/* The `suite` of an export key's record: "rsa", or the ledger's suite. */
const char *key_record_suite(enum export_key_kind kind, const struct suite *suite);
/* Is this body of a `key` record an export key's? `kind` may be NULL. */
bool key_record_is_export(const json_t *body, enum export_key_kind *kind);
/* Is it the console's? */
bool key_record_is_console(const json_t *body);
/* The certificate in the body of a `key` record; the caller's. */
MUST_CHECK enum status key_record_certificate(const json_t *body, struct certificate **certificate,
                                              struct error *error);

#endif
