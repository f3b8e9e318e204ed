#include "door/card_reader.h"

#include <inttypes.h>
#include <stdio.h>

#include "door/event.h"

struct card_reader card_reader_begin(const struct profile_card_reader *row)
{
    return (struct card_reader){.row = row,
                                .pulses = {.silence_ns = row->silence_ms * NS_PER_MS,
                                           .shortest_ns = INT64_C(1000) * row->shortest_us}};
}

void card_reader_raw(const struct wiegand_frame *frame, char raw[RAW_SIZE])
{
    char digits[2 * sizeof frame->bits + 1];
    uint32_t kept = frame->pulses < WIEGAND_BITS_MAX ? frame->pulses : WIEGAND_BITS_MAX;
    hex_encode(digits, frame->bits, sizeof frame->bits);
    (void)snprintf(raw, RAW_SIZE, "%" PRIu32 ":%.*s", frame->pulses, (int)(kept + 3) / 4, digits);
}

static void write_credential(const struct wiegand_reading *reading, char *text, size_t size)
{
    static const char keys[] = "0123456789*#";
    if (reading->kind == WIEGAND_KEY)
        (void)snprintf(text, size, "%c", keys[reading->number]);
    else if (reading->has_facility)
        (void)snprintf(text, size, "%" PRIu64 ":%" PRIu64, reading->facility, reading->number);
    else
        (void)snprintf(text, size, "%" PRIu64, reading->number);
}

static enum status say_frame(const struct card_reader *reader, const struct lines_voice *voice,
                             const struct wiegand_frame *frame, struct error *error)
{
    static const enum door_event event_of[] = {[WIEGAND_UNREADABLE] = DOOR_READ_ERROR,
                                               [WIEGAND_CARD] = DOOR_ACCESS_REQUESTED,
                                               [WIEGAND_KEY] = DOOR_KEY_PRESSED};
    const struct profile_card_reader *row = reader->row;
    struct wiegand_reading reading = wiegand_read(frame, row->known, row->format_count);
    struct clock_reading when = lines_time(voice, frame->ended_ns);
    struct message_entry entry;
    bool is_read = reading.kind != WIEGAND_UNREADABLE;
    event_make(event_of[reading.kind], &when, is_read ? "" : reading.fault, &entry);
    event_name_door(voice->watch->doors, row->door, &entry);
    message_text(entry.reader, sizeof entry.reader, row->name);
    entry.direction = (uint8_t)row->direction;
    card_reader_raw(frame, entry.raw);
    if (is_read)
        write_credential(&reading, entry.credential, sizeof entry.credential);
    if (reading.format != NULL)
        message_text(entry.method, sizeof entry.method, reading.format->name);
    return lines_say(voice, &entry, error);
}

enum status card_reader_take(struct card_reader *reader, const struct lines_voice *voice,
                             enum wiegand_line line, int64_t at_ns, struct error *error)
{
    struct wiegand_frame frame;
    bool has_ended = wiegand_pulse(&reader->pulses, line, at_ns, &frame);
    return has_ended ? say_frame(reader, voice, &frame, error) : STATUS_OK;
}

enum status card_reader_end(struct card_reader *reader, const struct lines_voice *voice,
                            int64_t now_ns, struct error *error)
{
    struct wiegand_frame frame;
    bool has_ended = wiegand_end(&reader->pulses, now_ns, &frame);
    return has_ended ? say_frame(reader, voice, &frame, error) : STATUS_OK;
}
