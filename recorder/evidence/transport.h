/*
 * Encryption for transport (FORMAT.md, "Transport"): a finished package as the one member of an
 * AES-256 ZIP (WinZip AE-2, stored), which 7-Zip and its like open with the pass phrase. It hides
 * the package on its way; what proves it lies inside and is verified after opening.
 */
#ifndef SEALROOM_EVIDENCE_TRANSPORT_H
#define SEALROOM_EVIDENCE_TRANSPORT_H

#include <stdint.h>

#include "base/status.h"
#include "evidence/pass_phrase.h"

struct transport_plan {
    int from; /* the finished package, a regular file open for reading; borrowed. Read from its
               * beginning by offset: its position stays */
    int to; /* open for writing, empty, seekable; borrowed. Nobody else may read what `from` holds,
             * so `from` belongs on the appliance, and only this on the medium */
    const char *name; /* of the package inside, as zip_name_is_valid has it; not that of the file
                       * `to`, which would be overwritten when it is opened; borrowed */
    /* Bytes. What is not STATUS_OK ends it, and is its status. May be NULL. */
    enum status (*progress)(void *context, uint64_t done, uint64_t total, struct error *error);
    void *context;
};

/* Streams: a buffer of 64 KiB, whatever the size, over 4 GiB too. STATUS_FULL and STATUS_IO as the
 * disk says, and then `to` holds nothing that opens: remove it. STATUS_INVALID: such a name cannot
 * stand there, or the package became shorter meanwhile. Not synced. */
MUST_CHECK enum status transport_encrypt(const struct transport_plan *transport,
                                         const struct pass_phrase *phrase, struct error *error);

#endif
