/*
 * Whom somebody trusted before: fingerprints of device certificates, a line each, in
 * $XDG_CONFIG_HOME/sealroom/trusted, else ~/.config/sealroom/trusted.
 */
#ifndef SEALROOM_EVIDENCE_TRUST_MEMORY_H
#define SEALROOM_EVIDENCE_TRUST_MEMORY_H

#include "base/bytes.h"

/* Is it a line of `memory`? */
bool trust_memory_has(struct bytes memory, const char *fingerprint);
/* *memory is cleared first; empty if there is no such file, or it cannot be read. */
void trust_memory_read(struct buffer *memory);
/* Adds it. STATUS_IO: it could not be remembered. */
MUST_CHECK enum status trust_memory_add(const char *fingerprint, struct error *error);

#endif
