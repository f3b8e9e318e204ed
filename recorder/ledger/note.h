/*
 * A C2SP signed-note: text that ends in a newline, an empty line, signature lines
 *
 *   "— " name " " base64(key id (4 bytes) || signature) "\n"
 *
 * Signature types by suite:
 *   nist  0x02, ECDSA P-256 with SHA-256 over the text, DER;
 *         key id = SHA-256(SubjectPublicKeyInfo DER)[:4]
 *   sm    0xff with the long identifier "sealroom SM2-SM3 signed note v1", SM2 with SM3 over the
 *         text (identifier 1234567812345678), DER; key id = SHA-256(name || 0x0a || 0xff ||
 *         long identifier || SubjectPublicKeyInfo DER)[:4]
 *
 * Whoever signs a new kind of note with the device key gives its text a first line that no other
 * kind can have: a checkpoint begins with the ledger's origin.
 */
#ifndef SEALROOM_LEDGER_NOTE_H
#define SEALROOM_LEDGER_NOTE_H

#include "crypto/key.h"

#define NOTE_SIGNATURES_MAX 64

/* A key's name: not empty, UTF-8, no control characters, no Unicode spaces, no '+'. */
bool note_name_is_valid(const char *name);

/* *note holds a text that ends in a newline; appends the empty line and the key's signature.
 * STATUS_INVALID: the text or the name cannot stand in a note. */
MUST_CHECK enum status note_sign(struct device_key *key, const char *name, struct buffer *note,
                                 struct error *error);
/* The text of a well-formed note, without judging signatures. Borrowed from `note`. */
MUST_CHECK enum status note_text(struct bytes note, struct bytes *text, struct error *error);
/* Verifies every signature under this name and key id, of which there must be one at least.
 * STATUS_INVALID: not a note; STATUS_MISMATCH: one of them is wrong; STATUS_NOT_FOUND: there is
 * none. Lines by other names or keys are passed over, as the standard says. *text is borrowed
 * from `note`, and set only on STATUS_OK. */
MUST_CHECK enum status note_verify(const struct suite *suite, const struct public_key *key,
                                   const char *name, struct bytes note, struct bytes *text,
                                   struct error *error);

#endif
