/*
 * Seals for clips, asked for by the process that makes a package (base/message_seal.h).
 */
#ifndef SEALROOM_KEEPER_EXPORT_SEALS_H
#define SEALROOM_KEEPER_EXPORT_SEALS_H

#include "keeper/peer.h"

struct keeper;

/* Tells an exporter by which `key` records clips are sealed. STATUS_AGAIN while the keys are being
 * made; better asked before there is an exporter (export_keys_ready). */
MUST_CHECK enum status export_seals_introduce(struct keeper *keeper, struct peer *peer,
                                              struct error *error);
/* EXPORT_SEAL, for the exporters' desk: `context` is the keeper. */
MUST_CHECK enum status export_seals_take(void *context, struct peer *peer,
                                         const struct letter *letter, struct error *error);

#endif
