/*
 * A request to a Modbus unit by its bytes, and its answer. Modbus Application Protocol V1.1b3, 4.1;
 * Messaging on TCP/IP V1.0b, 3.1.3; Serial Line V1.02, 2.5.1.
 *
 * libmodbus does not do it: it knows no function code but the standard's, and over TCP it takes the
 * answer of whatever unit.
 */
#ifndef SEALROOM_DOOR_RAW_H
#define SEALROOM_DOOR_RAW_H

#include <stdbool.h>

#include "base/bytes.h"

/* Where it goes. Both ends of a frame are made and checked here. */
struct raw_unit {
    int descriptor; /* borrowed; may be non-blocking */
    bool is_serial; /* a frame with a checksum, instead of one with a header */
    uint8_t unit;
    uint32_t timeout_ms;  /* for the whole answer */
    uint16_t transaction; /* of the request before; 0 to begin with */
};

/* Sends function code and data, and takes an answer of exactly `size` bytes after its function
 * code. STATUS_REFUSED: the unit answered with the exception *exception. STATUS_TIMEOUT,
 * STATUS_IO, STATUS_INVALID (another unit, function, length or checksum): what might still arrive
 * belongs to no later question. */
MUST_CHECK enum status raw_exchange(struct raw_unit *unit, struct bytes request, uint8_t *answer,
                                    size_t size, uint8_t *exception, struct error *error);

/* The checksum of a serial frame; it is sent low byte first. */
uint16_t raw_checksum(struct bytes bytes);

#endif
