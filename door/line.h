/*
 * A line: one serial device or one TCP connection, and what is the same for all units on it.
 *
 * It has as many holders as units (bus.h). One request is out at a time. Connecting, giving up and
 * beginning again are done here and in bus.c; libmodbus sets up a serial device.
 */
#ifndef SEALROOM_DOOR_LINE_H
#define SEALROOM_DOOR_LINE_H

#include "base/message.h"

struct line;

/* From transport, address, port, baud, parity and stop_bits of `setup`, which is copied. Nothing is
 * opened yet. STATUS_INVALID names the setting that is wrong. The caller holds it. */
MUST_CHECK enum status line_new(const struct message_door_setup *setup, struct line **line,
                                struct error *error);
/* One more holder. */
struct line *line_hold(struct line *line);
/* One less; the last one closes and frees it. NULL is allowed. */
void line_release(struct line *line);
/* Does `setup` say the same of the line? */
bool line_fits(const struct line *line, const struct message_door_setup *setup);

/* Connects within timeout_ms, or opens the device. Already open is STATUS_OK. STATUS_TIMEOUT,
 * STATUS_IO. */
MUST_CHECK enum status line_open(struct line *line, uint32_t timeout_ms, struct error *error);
/* Takes over a connected stream instead (for tests of what a peer may answer). */
MUST_CHECK enum status line_open_on(struct line *line, int descriptor, struct error *error);
bool line_is_open(const struct line *line);

/* Closes it: it is broken, whoever asks next. */
void line_close(struct line *line);
/* Closes it because one unit's answer is missing or wrong: what might still arrive belongs to no
 * later question. The other units have nothing to do with it. */
void line_drop(struct line *line);
/* Counts from 1 how often it was closed by line_close: what a unit said may be out of date if this
 * has changed since. */
uint64_t line_contact(const struct line *line);

/* CLOCK_MONOTONIC. */
int64_t line_now_ns(void);

/* Where the next question goes; the silence before a frame is over (Serial Line V1.02, 2.5.1.1).
 * Borrowed, only while it is open. */
int line_turn(struct line *line);
/* A question is answered, or has come to nothing: the silence begins. */
void line_rest(struct line *line);

#endif
