/*
 * The answer to STATUS_ASK: STATUS, one STATUS_CAMERA a camera, one STATUS_SOURCE a controller,
 * one STATUS_ALARM an open alarm, DONE.
 */
#ifndef SEALROOM_KEEPER_STATUS_REPORT_H
#define SEALROOM_KEEPER_STATUS_REPORT_H

#include "keeper/parts.h"

/* Alarms shown, oldest first, so that the answer fits the peer's socket buffer. */
#define STATUS_REPORT_ALARMS_MAX 32u

/* Answers `reference` of `peer`: STATUS, then one message a camera, controller and alarm, then
 * DONE. */
void status_report_send(struct keeper *keeper, struct peer *peer, uint32_t reference);

#endif
