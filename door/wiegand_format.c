#include "door/wiegand_format.h"

#include <string.h>

#define KEY_LAST 11

static const struct wiegand_format known[] = {
    /* SIA AC-01 */
    {.name = "wiegand26",
     .bits = 26,
     .facility = {1, 8},
     .number = {9, 16},
     .parities = {{.at = 0, .over = {1, 12}}, {.at = 25, .is_odd = true, .over = {13, 12}}},
     .parity_count = 2},
    /* a chip's serial number as it is */
    {.name = "wiegand32", .bits = 32, .number = {0, 32}},
    {.name = "wiegand34",
     .bits = 34,
     .facility = {1, 16},
     .number = {17, 16},
     .parities = {{.at = 0, .over = {1, 16}}, {.at = 33, .is_odd = true, .over = {17, 16}}},
     .parity_count = 2},
    /* HID H10302; both parities go over bit 18 */
    {.name = "wiegand37",
     .bits = 37,
     .number = {1, 35},
     .parities = {{.at = 0, .over = {1, 18}}, {.at = 36, .is_odd = true, .over = {18, 18}}},
     .parity_count = 2},
    /* HID H10304: the same, with a facility code */
    {.name = "wiegand37_facility",
     .bits = 37,
     .facility = {1, 16},
     .number = {17, 19},
     .parities = {{.at = 0, .over = {1, 18}}, {.at = 36, .is_odd = true, .over = {18, 18}}},
     .parity_count = 2},
    {.name = "key4", .bits = 4, .is_key = true, .number = {0, 4}},
    {.name = "key8", .bits = 8, .is_key = true, .has_complement = true, .number = {4, 4}},
};

const struct wiegand_format *wiegand_formats(size_t *count)
{
    *count = sizeof known / sizeof known[0];
    return known;
}

const struct wiegand_format *wiegand_format_named(const char *name)
{
    for (size_t at = 0; at < sizeof known / sizeof known[0]; at++)
        if (strcmp(known[at].name, name) == 0)
            return &known[at];
    return NULL;
}

static bool is_inside(struct wiegand_span span, unsigned bits)
{
    return (unsigned)span.first + span.count <= bits && span.count <= 64;
}

static enum status check_one(const struct wiegand_format *format, struct error *error)
{
    bool is_sound = format->bits <= WIEGAND_BITS_MAX && format->number.count != 0 &&
                    is_inside(format->number, format->bits) &&
                    is_inside(format->facility, format->bits) &&
                    format->parity_count <= WIEGAND_PARITIES_MAX;
    for (size_t at = 0; is_sound && at < format->parity_count; at++)
        is_sound = format->parities[at].at < format->bits &&
                   is_inside(format->parities[at].over, format->bits);
    if (!is_sound)
        return error_set(error, STATUS_INVALID, "format %s reaches beyond its %u bits",
                         format->name, (unsigned)format->bits);
    if (format->has_complement && (format->bits != 8 || !format->is_key))
        return error_set(error, STATUS_INVALID, "format %s: only a key of 8 bits has a complement",
                         format->name);
    return STATUS_OK;
}

enum status wiegand_formats_check(const struct wiegand_format *const *formats, size_t count,
                                  struct error *error)
{
    for (size_t at = 0; at < count; at++) {
        enum status status = check_one(formats[at], error);
        if (status != STATUS_OK)
            return status;
        for (size_t other = 0; other < at; other++) {
            int apart = (int)formats[at]->bits - (int)formats[other]->bits;
            if (apart >= -1 && apart <= 1)
                return error_set(
                    error, STATUS_INVALID,
                    "formats %s and %s are %u and %u bits long: one reader cannot have "
                    "both, for a lost pulse could turn one into the other",
                    formats[other]->name, formats[at]->name, (unsigned)formats[other]->bits,
                    (unsigned)formats[at]->bits);
        }
    }
    return STATUS_OK;
}

static bool parity_holds(const struct wiegand_frame *frame, const struct wiegand_parity *parity)
{
    bool is_odd = wiegand_bit(frame, parity->at);
    for (size_t at = 0; at < parity->over.count; at++)
        is_odd ^= wiegand_bit(frame, parity->over.first + at);
    return is_odd == parity->is_odd;
}

static const char *fault_of(const struct wiegand_frame *frame, const struct wiegand_format *format)
{
    if (frame->is_torn)
        return "edges were lost while it came";
    if (frame->is_noisy)
        return "two pulses too close together";
    if (format == NULL)
        return "no card has so many bits";
    for (size_t at = 0; at < format->parity_count; at++)
        if (!parity_holds(frame, &format->parities[at]))
            return "wrong parity";
    if (!format->is_key)
        return NULL;
    if (format->has_complement && (wiegand_bits(frame, 0, 4) ^ wiegand_bits(frame, 4, 4)) != 0xF)
        return "a key that is not its own complement";
    if (wiegand_bits(frame, format->number.first, format->number.count) > KEY_LAST)
        return "no such key";
    return NULL;
}

struct wiegand_reading wiegand_read(const struct wiegand_frame *frame,
                                    const struct wiegand_format *const *formats, size_t count)
{
    struct wiegand_reading reading = {.kind = WIEGAND_UNREADABLE};
    for (size_t at = 0; at < count && reading.format == NULL; at++)
        if (formats[at]->bits == frame->pulses)
            reading.format = formats[at];
    reading.fault = fault_of(frame, reading.format);
    if (reading.fault != NULL)
        return reading;
    const struct wiegand_format *format = reading.format;
    reading.kind = format->is_key ? WIEGAND_KEY : WIEGAND_CARD;
    reading.has_facility = format->facility.count != 0;
    reading.facility = wiegand_bits(frame, format->facility.first, format->facility.count);
    reading.number = wiegand_bits(frame, format->number.first, format->number.count);
    return reading;
}
