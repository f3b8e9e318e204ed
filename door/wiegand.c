#include "door/wiegand.h"

struct wiegand wiegand_reader(void)
{
    return (struct wiegand){.silence_ns = WIEGAND_SILENCE_NS, .shortest_ns = WIEGAND_SHORTEST_NS};
}

static void take(struct wiegand *reader, struct wiegand_frame *finished)
{
    *finished = reader->frame;
    reader->frame = (struct wiegand_frame){0};
}

bool wiegand_pulse(struct wiegand *reader, enum wiegand_line line, int64_t at_ns,
                   struct wiegand_frame *finished)
{
    bool has_ended = wiegand_end(reader, at_ns, finished);
    struct wiegand_frame *frame = &reader->frame;
    if (frame->pulses == 0)
        frame->began_ns = at_ns;
    else if (at_ns - frame->ended_ns < reader->shortest_ns)
        frame->is_noisy = true;
    frame->ended_ns = at_ns;
    if (frame->pulses < WIEGAND_BITS_MAX && line == WIEGAND_D1)
        frame->bits[frame->pulses / 8] |= (uint8_t)(0x80U >> (frame->pulses % 8));
    if (frame->pulses < UINT32_MAX)
        frame->pulses++;
    return has_ended;
}

void wiegand_lost(struct wiegand *reader)
{
    reader->frame.is_torn = true;
}

bool wiegand_end(struct wiegand *reader, int64_t now_ns, struct wiegand_frame *finished)
{
    if (now_ns < wiegand_due_ns(reader))
        return false;
    take(reader, finished);
    return true;
}

int64_t wiegand_due_ns(const struct wiegand *reader)
{
    return reader->frame.pulses == 0 ? INT64_MAX : reader->frame.ended_ns + reader->silence_ns;
}

bool wiegand_bit(const struct wiegand_frame *frame, size_t at)
{
    return at < WIEGAND_BITS_MAX && at < frame->pulses &&
           (frame->bits[at / 8] & (0x80U >> (at % 8))) != 0;
}

uint64_t wiegand_bits(const struct wiegand_frame *frame, size_t first, size_t count)
{
    uint64_t value = 0;
    for (size_t at = first; at < first + count; at++)
        value = value << 1 | wiegand_bit(frame, at);
    return value;
}
