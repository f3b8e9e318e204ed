/*
 * The two export keys, which seal clips: looked for at START, made where they are missing, each
 * introduced by a `key` record. In order of what lasts: record, then file; so a crash leaves no key
 * that is not on record.
 *
 *   the file                         the newest key record of its kind
 *   is the key of                    that                       goes on
 *   is missing                       none                       made, introduced; RSA in its time
 *   is missing                       any                        made anew, introduced
 *   is damaged, or another key       any or none                alarm; put aside, made anew
 *
 * Opening and making them takes up to seconds, for RSA; a thread of its own does it, at low
 * priority. A first RSA key, which an appliance without exports does not need, is made a minute
 * after START or as soon as it is wanted. They sign digests of clips and nothing else.
 */
#ifndef SEALROOM_KEEPER_EXPORT_KEYS_H
#define SEALROOM_KEEPER_EXPORT_KEYS_H

#include "crypto/export_key.h"
#include "keeper/parts.h"
#include "keeper/standing.h"

MUST_CHECK enum status export_keys_new(struct keeper *keeper, struct export_keys **keys,
                                       struct error *error);
/* Gives up what is being made. NULL is allowed. */
void export_keys_free(struct export_keys *keys);
/* START: what the records say; then, when how this run begins is on record, the rest. */
void export_keys_take_up(struct export_keys *keys, const struct standing *standing);
MUST_CHECK enum status export_keys_start(struct export_keys *keys, struct error *error);

/* Clips will have to be sealed: nothing is put off any more. */
void export_keys_want(struct export_keys *keys);
/* Can clips be sealed? STATUS_AGAIN while the keys are being made: whoever asks is to ask again. */
MUST_CHECK enum status export_keys_ready(const struct export_keys *keys, struct error *error);
/* The newest `key` record of the kind; 0 if there is none yet. When they are ready, the one in
 * force, and durable. */
uint64_t export_keys_record(const struct export_keys *keys, enum export_key_kind kind);
/* As export_key_sign; STATUS_AGAIN as export_keys_ready. */
MUST_CHECK enum status export_keys_sign(struct export_keys *keys, enum export_key_kind kind,
                                        const struct digest *digest, uint8_t *signature,
                                        size_t *size, struct error *error);

#endif
