/*
 * The last step of an export that is encrypted for transport: the finished package, out of its
 * unnamed file on the appliance, into the file that leaves.
 */
#ifndef SEALROOM_EVIDENCE_EXPORT_TRANSPORT_H
#define SEALROOM_EVIDENCE_EXPORT_TRANSPORT_H

#include "evidence/export_link.h"

/* The link is told how far it is; its task says from where, to where and with what. Not synced.
 * What fails leaves nothing that opens. */
MUST_CHECK enum status export_transport_write(struct export_link *link, struct error *error);

#endif
