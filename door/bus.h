/*
 * A bus: the way to one Modbus unit, over TCP or a serial line, as a client. Units behind one
 * gateway or on one device share its line (line.h).
 *
 * An answer counts only if unit, function and length are those that were asked, over TCP the
 * transaction too (raw.h). Every call returns within the time-out (connecting: twice
 * that).
 */
#ifndef SEALROOM_DOOR_BUS_H
#define SEALROOM_DOOR_BUS_H

#include "base/message.h"
#include "door/profile.h"

#define BUS_WORDS_MAX  PROFILE_READ_WORDS
#define BUS_SURE_READS 6
#define BUS_MISSED_MAX 4
#define BUS_LATE_MS    5000

struct bus;

/* From transport, address, port, baud, parity, stop_bits, unit and timeout_ms of `setup`, which
 * is copied. Nothing is opened yet. STATUS_INVALID names the setting that is wrong. */
MUST_CHECK enum status bus_new(const struct message_door_setup *setup, struct bus **bus,
                               struct error *error);
/* A further unit on the line of `other`, which need not live as long. STATUS_INVALID also if
 * `setup` says another line. */
MUST_CHECK enum status bus_new_beside(const struct bus *other,
                                      const struct message_door_setup *setup, struct bus **bus,
                                      struct error *error);
/* The last one on a line closes it; NULL is allowed. */
void bus_free(struct bus *bus);
void bus_cleanup(struct bus **bus);
#define AUTO_BUS __attribute__((cleanup(bus_cleanup)))

/* Connects, or opens the serial line. Already open is STATUS_OK. STATUS_TIMEOUT, STATUS_IO. */
MUST_CHECK enum status bus_open(struct bus *bus, struct error *error);
/* Takes over a connected stream instead (for tests of what a peer may answer). */
MUST_CHECK enum status bus_open_on(struct bus *bus, int descriptor, struct error *error);
/* It was opened and nothing went wrong since that concerns this unit: its own exchanges, or the
 * line as a whole. A line that was closed because of another unit is opened again by bus_open
 * without this having become false. */
bool bus_is_open(const struct bus *bus);
/* "192.0.2.7:502, unit 1" or "/dev/ttyS1, unit 3"; borrowed. */
const char *bus_name(const struct bus *bus);

/* Reads a window whole into `words`, which has room for BUS_WORDS_MAX: registers as they are,
 * bits packed sixteen to a word, the first being the lowest; in as many reads as its largest_read
 * and gaps ask for. `number` goes where its request asks for one.
 *
 * STATUS_REFUSED: the unit answered with an exception; the bus stays open. Anything else
 * (STATUS_TIMEOUT, STATUS_IO, STATUS_INVALID for what is no proper answer) closes it: what might
 * still arrive belongs to no later question. A gateway's word that it cannot reach the unit
 * (exceptions 10 and 11) is an exception like others. */
MUST_CHECK enum status bus_read(struct bus *bus, const struct profile_window *window,
                                uint64_t number, uint16_t *words, struct error *error);
/* The same for what must not be taken from a late answer to an earlier question: while one may
 * come, the answer counts that comes twice on end. STATUS_INVALID, with the bus open, if none of
 * BUS_SURE_READS does. */
MUST_CHECK enum status bus_read_sure(struct bus *bus, const struct profile_window *window,
                                     uint64_t number, uint16_t *words, struct error *error);
/* The same for what is told by its change from `known` (NULL: nothing is known), over a time in
 * which nothing was read if was_away. What says something else counts only if it comes on end as
 * often as answers are missing, and once more: then one at least is no late one, if no more than
 * BUS_MISSED_MAX are missing. */
MUST_CHECK enum status bus_read_news(struct bus *bus, const struct profile_window *window,
                                     const uint16_t *known, bool was_away, uint16_t *words,
                                     struct error *error);
/* A serial line has no transaction numbers: in the BUS_LATE_MS after it was opened for this unit,
 * at first or because an answer of its own was missing or wrong, an answer to an earlier question
 * can come and pass for the one to a later question, or to a write that was lost. */
bool bus_may_be_late(const struct bus *bus);
/* Writes a window of holding registers as a whole (function 16). Statuses as above; after one that
 * closes the bus it is unknown whether it was written. */
MUST_CHECK enum status bus_write_window(struct bus *bus, const struct profile_window *window,
                                        const uint16_t *words, struct error *error);
/* Writes one coil or holding register, or sends a request; `number` goes where it is asked for.
 * Statuses as above; after one that closes the bus it is unknown whether it was written. */
MUST_CHECK enum status bus_write(struct bus *bus, const struct profile_write *write,
                                 uint64_t number, struct error *error);
/* The last answer was an exception that says that nothing was done. Any other may come of a write
 * that was done, or will be (V1.1b3, 7): the unit failed over it (4), is at it (5), or did not
 * answer its gateway in time (11). */
bool bus_refused(const struct bus *bus);

#endif
