/*
 * Wiegand: pulses on two lines become frames of bits. What the bits mean is wiegand_format.h's.
 *
 * A reader pulls D0 low for a 0 and D1 low for a 1 (SIA AC-01: pulses of 20 to 100 µs, 200 µs to
 * 20 ms from one to the next). Nothing marks the end of a frame but silence. Times are those at
 * which the kernel saw the edges, on one monotonic clock; only the active edge is a pulse.
 */
#ifndef SEALROOM_DOOR_WIEGAND_H
#define SEALROOM_DOOR_WIEGAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More pulses than these are counted, not kept. */
#define WIEGAND_BITS_MAX 128

#define WIEGAND_SILENCE_NS  (INT64_C(50) * 1000 * 1000)
#define WIEGAND_SHORTEST_NS (INT64_C(100) * 1000)

enum wiegand_line { WIEGAND_D0 = 0, WIEGAND_D1 };

struct wiegand_frame {
    int64_t began_ns; /* first pulse */
    int64_t ended_ns; /* last pulse */
    uint32_t pulses;
    uint8_t bits[WIEGAND_BITS_MAX / 8]; /* the first is the highest of bits[0] */
    /* Two pulses stand closer together than a reader sends them. On one line it is a glitch; on
     * both, the interrupts came late and together, and which was first is not known: exchanged
     * bits can have right parity, so such a frame is never believed. */
    bool is_noisy;
    bool is_torn; /* the kernel dropped edges while it came */
};

/* A plain value; one a reader. Zeros but for `timing` are a reader that has sent nothing. */
struct wiegand {
    int64_t silence_ns;  /* after so long without a pulse a frame has ended */
    int64_t shortest_ns; /* no reader sends two pulses closer together */
    struct wiegand_frame frame;
};

/* The usual timing. */
struct wiegand wiegand_reader(void);

/* A pulse. True if it came after silence and so ended the frame before, which is then in
 * *finished; the pulse itself begins the next. */
bool wiegand_pulse(struct wiegand *reader, enum wiegand_line line, int64_t at_ns,
                   struct wiegand_frame *finished);
/* Edges were lost: a frame that is coming, or whatever the next pulse begins, is torn. */
void wiegand_lost(struct wiegand *reader);
/* True if by now_ns silence has ended a frame, which is then in *finished. */
bool wiegand_end(struct wiegand *reader, int64_t now_ns, struct wiegand_frame *finished);
/* When wiegand_end should be asked; INT64_MAX while nothing is coming. */
int64_t wiegand_due_ns(const struct wiegand *reader);

/* Bit `at` of a frame; false beyond what was kept. */
bool wiegand_bit(const struct wiegand_frame *frame, size_t at);
/* `count` bits (at most 64) from `first` on, the first being the highest. */
uint64_t wiegand_bits(const struct wiegand_frame *frame, size_t first, size_t count);

#endif
