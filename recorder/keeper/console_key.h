/*
 * The console's own key for TLS, where it is reached from other machines and none is configured:
 * made by the keeper, introduced by a `key` record, used by the console alone (sealroomd hands it
 * over). In order of what lasts: record, then certificate, then key; so a crash leaves no key that
 * is not on record.
 *
 *   STATE/key/console.key   P-256 (crypto/tls_key.h)
 *   STATE/key/console.crt   the number of its record, the names it is for, and the certificate:
 *
 *                           record 12\n
 *                           names 192.168.1.5 archive.example\n
 *                           -----BEGIN CERTIFICATE-----…
 *
 * A certificate that is not the one in its record, or that is not for every name that holds now, is
 * made anew, for the same key. A key that cannot be used is put aside, and made anew; that
 * its fingerprint is another one its `key` record says, and browsers do.
 */
#ifndef SEALROOM_KEEPER_CONSOLE_KEY_H
#define SEALROOM_KEEPER_CONSOLE_KEY_H

#include "keeper/parts.h"

struct console_key;

MUST_CHECK enum status console_key_new(struct keeper *keeper, struct console_key **key,
                                       struct error *error);
/* NULL is allowed. */
void console_key_free(struct console_key *key);
/* Before START: one is wanted, for these names by spaces. */
void console_key_want(struct console_key *key, const char *names);
/* START, when how this run begins is on record: looks for it, or makes it. What goes wrong is in
 * the log, and the console's to do without. */
void console_key_start(struct console_key *key);
/* Of its certificate; "" if there is none. */
const char *console_key_fingerprint(const struct console_key *key);

#endif
