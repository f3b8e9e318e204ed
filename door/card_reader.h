/*
 * A card reader on two lines: its pulses become frames, each frame an entry. What a reader says is
 * who asks to pass; nobody has decided yet, so there is no verdict. What cannot be read is a
 * read_error with its bits, never dropped.
 */
#ifndef SEALROOM_DOOR_CARD_READER_H
#define SEALROOM_DOOR_CARD_READER_H

#include "door/lines_voice.h"
#include "door/wiegand.h"

/* Its lines are `2 * index` (D0) and `2 * index + 1` (D1) of LINES_READERS. */
struct card_reader {
    const struct profile_card_reader *row;
    struct wiegand pulses;
};

struct card_reader card_reader_begin(const struct profile_card_reader *row);
/* A pulse; at most one entry comes of it. */
MUST_CHECK enum status card_reader_take(struct card_reader *reader, const struct lines_voice *voice,
                                        enum wiegand_line line, int64_t at_ns, struct error *error);
/* Says the frame that silence has ended by now_ns, if there is one. */
MUST_CHECK enum status card_reader_end(struct card_reader *reader, const struct lines_voice *voice,
                                       int64_t now_ns, struct error *error);

/* A frame's bits as they stand in an entry's `raw`: how many there are, a colon, and the bits in
 * hexadecimal, the first being the highest of the first digit; those that are missing to a whole
 * digit are zeros. Of more than WIEGAND_BITS_MAX only so many. */
void card_reader_raw(const struct wiegand_frame *frame, char raw[RAW_SIZE]);

#endif
