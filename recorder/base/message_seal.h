/*
 * Messages by which the process that makes a package has its clips sealed. Forms are those of
 * base/message.h.
 *
 *   keeper → exporter  EXPORT_KEYS, before its task
 *   exporter → keeper  EXPORT_SEAL, twice a clip; it answers EXPORT_SEALED, or cuts the exporter
 *                      off
 */
#ifndef SEALROOM_BASE_MESSAGE_SEAL_H
#define SEALROOM_BASE_MESSAGE_SEAL_H

#include <stdint.h>

#include "base/message_field.h"

/* The `key` records that introduce the export keys; the certificates stand in them. */
struct message_export_keys {
    uint64_t rsa;
    uint64_t suite;
};

/* A digest to be signed by an export key. */
struct message_export_seal {
    uint8_t kind; /* enum export_key_kind: 0 RSA, 1 the suite's */
    uint8_t digest[DIGEST_SIZE];
};

#define SEAL_SIZE 1025 /* hexadecimal, of at most 512 bytes */

struct message_export_sealed {
    uint32_t reference;
    char signature[SEAL_SIZE]; /* hexadecimal */
};

#endif
