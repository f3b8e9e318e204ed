#include "door/bus.h"

#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door/line.h"
#include "door/raw.h"

#define NAME_BYTES (PATH_SIZE + 32)

struct bus {
    struct line *line;
    struct message_door_setup setup;
    uint64_t contact; /* the line's when it was opened for this unit; 0: not open */
    struct raw_unit raw;
    char name[NAME_BYTES];
};

/* Without a unit an RTU request asserts; a TCP one goes to 255. */
static enum status check_unit(const struct message_door_setup *setup, struct error *error)
{
    if (setup->timeout_ms == 0 || setup->timeout_ms > 60000)
        return error_set(error, STATUS_INVALID, "the time-out must be 1 to 60000 ms, not %u",
                         setup->timeout_ms);
    if (setup->unit == 0 && setup->transport == TRANSPORT_SERIAL)
        return error_set(error, STATUS_INVALID, "unit 0 is for all at once: nobody answers");
    if (setup->unit > 247 && (setup->unit != MODBUS_TCP_SLAVE || setup->transport != TRANSPORT_TCP))
        return error_set(error, STATUS_INVALID, "a unit is 1 to 247, not %u", setup->unit);
    return STATUS_OK;
}

/* Takes `line`, also if it fails. */
static enum status make(struct line *line, const struct message_door_setup *setup, struct bus **bus,
                        struct error *error)
{
    struct bus *made = calloc(1, sizeof *made);
    if (made == NULL) {
        line_release(line);
        return error_set(error, STATUS_NO_MEMORY, "no memory for a bus");
    }
    made->line = line;
    made->setup = *setup;
    made->raw = (struct raw_unit){.descriptor = -1,
                                  .is_serial = setup->transport == TRANSPORT_SERIAL,
                                  .unit = setup->unit,
                                  .timeout_ms = setup->timeout_ms};
    if (setup->transport == TRANSPORT_TCP)
        (void)snprintf(made->name, sizeof made->name, "%s:%u, unit %u", setup->address, setup->port,
                       setup->unit);
    else
        (void)snprintf(made->name, sizeof made->name, "%s, unit %u", setup->address, setup->unit);
    *bus = made;
    return STATUS_OK;
}

enum status bus_new(const struct message_door_setup *setup, struct bus **bus, struct error *error)
{
    struct line *line = NULL;
    enum status status = check_unit(setup, error);
    if (status == STATUS_OK)
        status = line_new(setup, &line, error);
    return status == STATUS_OK ? make(line, setup, bus, error) : status;
}

enum status bus_new_beside(const struct bus *other, const struct message_door_setup *setup,
                           struct bus **bus, struct error *error)
{
    enum status status = check_unit(setup, error);
    if (status != STATUS_OK)
        return status;
    if (!line_fits(other->line, setup))
        return error_set(error, STATUS_INVALID, "%s and %s are not on one line",
                         other->setup.controller, setup->controller);
    return make(line_hold(other->line), setup, bus, error);
}

void bus_free(struct bus *bus)
{
    if (bus == NULL)
        return;
    line_release(bus->line);
    free(bus);
}

void bus_cleanup(struct bus **bus)
{
    bus_free(*bus);
    *bus = NULL;
}

enum status bus_open_on(struct bus *bus, int descriptor, struct error *error)
{
    enum status status = line_open_on(bus->line, descriptor, error);
    bus->contact = status == STATUS_OK ? line_contact(bus->line) : 0;
    return status;
}

enum status bus_open(struct bus *bus, struct error *error)
{
    enum status status = line_open(bus->line, bus->setup.timeout_ms, error);
    bus->contact = status == STATUS_OK ? line_contact(bus->line) : 0;
    return status;
}

bool bus_is_open(const struct bus *bus)
{
    return bus->contact == line_contact(bus->line);
}

static bool can_ask(const struct bus *bus)
{
    return bus_is_open(bus) && line_is_open(bus->line);
}

/* What failed in another way than by a time-out or a wrong answer is the line. */
static void give_up(struct bus *bus, enum status status)
{
    if (status == STATUS_IO)
        line_close(bus->line);
    else
        line_drop(bus->line);
    bus->contact = 0;
}

const char *bus_name(const struct bus *bus)
{
    return bus->name;
}

static const char *const table_names[] = {
    [TABLE_COIL] = "coil",
    [TABLE_DISCRETE] = "discrete input",
    [TABLE_INPUT] = "input register",
    [TABLE_HOLDING] = "holding register",
};

/* libmodbus numbers exceptions and its own findings above MODBUS_ENOBASE. */
static enum status judge(struct bus *bus, const char *what, enum profile_table table,
                         uint16_t address, int cause, struct error *error)
{
    if (cause > MODBUS_ENOBASE && cause < EMBBADCRC)
        return error_set(error, STATUS_REFUSED, "%s answered exception %d (%s) when %s %s %u",
                         bus->name, cause - MODBUS_ENOBASE, modbus_strerror(cause), what,
                         table_names[table], address);
    enum status status = STATUS_IO;
    if (cause == ETIMEDOUT)
        status = STATUS_TIMEOUT;
    else if (cause > MODBUS_ENOBASE)
        status = STATUS_INVALID;
    give_up(bus, status);
    return error_set(error, status, "%s: %s when %s %s %u", bus->name, modbus_strerror(cause), what,
                     table_names[table], address);
}

static void pack(const uint8_t *bits, size_t count, uint16_t *words)
{
    for (size_t at = 0; at < (count + 15) / 16; at++)
        words[at] = 0;
    for (size_t at = 0; at < count; at++)
        words[at / 16] = (uint16_t)(words[at / 16] | (bits[at] != 0 ? 1u << at % 16 : 0u));
}

static int read_piece(modbus_t *modbus, enum profile_table table, uint16_t address, uint16_t count,
                      uint8_t *bits, uint16_t *words)
{
    switch (table) {
    case TABLE_HOLDING:
        return modbus_read_registers(modbus, address, count, words);
    case TABLE_INPUT:
        return modbus_read_input_registers(modbus, address, count, words);
    case TABLE_COIL:
        return modbus_read_bits(modbus, address, count, bits);
    case TABLE_DISCRETE:
        return modbus_read_input_bits(modbus, address, count, bits);
    }
    return -1;
}

static enum status read_table(struct bus *bus, const struct profile_window *window, uint16_t *words,
                              struct error *error)
{
    uint8_t bits[PROFILE_READ_BITS] = {0};
    bool is_bits = window->table == TABLE_COIL || window->table == TABLE_DISCRETE;
    unsigned end = (unsigned)window->address + window->count;
    for (unsigned at = window->address; at < end;) {
        unsigned skip = 0;
        unsigned done = at - window->address;
        uint16_t piece = profile_window_piece(window, at, &skip);
        if (piece == 0) {
            at += skip;
            continue;
        }
        modbus_t *modbus = line_turn_to(bus->line, bus->setup.unit, bus->setup.timeout_ms);
        errno = 0;
        int got = read_piece(modbus, window->table, (uint16_t)at, piece,
                             bits + (is_bits ? done : 0), words + (is_bits ? 0 : done));
        int cause = got < 0 && errno != 0 ? errno : EMBBADDATA;
        line_rest(bus->line);
        if (got != piece)
            return judge(bus, "reading", window->table, (uint16_t)at, cause, error);
        at += piece;
    }
    if (is_bits)
        pack(bits, window->count, words);
    return STATUS_OK;
}

static enum status exchange(struct bus *bus, const struct profile_request *request, uint64_t number,
                            uint8_t *answer, struct error *error)
{
    uint8_t bytes[PROFILE_REQUEST_MAX];
    uint8_t exception = 0;
    struct error cause = {0};
    memcpy(bytes, request->bytes, request->size);
    for (uint8_t at = 0; request->number_at != 0 && at < request->number_bytes; at++)
        bytes[request->number_at + at] = (uint8_t)(number >> 8 * (request->number_bytes - 1 - at));
    bus->raw.descriptor =
        modbus_get_socket(line_turn_to(bus->line, bus->setup.unit, bus->setup.timeout_ms));
    enum status status = raw_exchange(&bus->raw, (struct bytes){bytes, request->size}, answer,
                                      request->answer, &exception, &cause);
    line_rest(bus->line);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (status != STATUS_REFUSED)
        give_up(bus, status);
    return error_set(error, status, "%s: %.150s to function %u", bus->name, cause.text, bytes[0]);
}

enum status bus_read(struct bus *bus, const struct profile_window *window, uint64_t number,
                     uint16_t *words, struct error *error)
{
    size_t count = profile_window_words(window);
    if (!can_ask(bus))
        return error_set(error, STATUS_IO, "%s is not connected", bus->name);
    if (count > BUS_WORDS_MAX)
        return error_set(error, STATUS_INVALID, "a read of %zu words is too large", count);
    if (window->request.size == 0)
        return read_table(bus, window, words, error);
    uint8_t answer[PROFILE_ANSWER_MAX + 1] = {0};
    enum status status = exchange(bus, &window->request, number, answer, error);
    for (size_t at = 0; status == STATUS_OK && at < count; at++)
        words[at] =
            (uint16_t)(answer[window->skip + 2 * at] << 8 | answer[window->skip + 2 * at + 1]);
    return status;
}

enum status bus_read_sure(struct bus *bus, const struct profile_window *window, uint64_t number,
                          uint16_t *words, struct error *error)
{
    uint16_t before[BUS_WORDS_MAX];
    size_t size = profile_window_words(window) * sizeof words[0];
    enum status status = bus_read(bus, window, number, words, error);
    for (unsigned reads = 1; status == STATUS_OK && bus_may_be_late(bus); reads++) {
        if (reads == BUS_SURE_READS)
            return error_set(error, STATUS_INVALID, "%s: no two answers on end agree", bus->name);
        memcpy(before, words, size);
        status = bus_read(bus, window, number, words, error);
        if (status == STATUS_OK && memcmp(before, words, size) == 0)
            return STATUS_OK;
    }
    return status;
}

bool bus_may_be_late(const struct bus *bus)
{
    return line_may_be_late(bus->line);
}

enum status bus_write(struct bus *bus, const struct profile_write *write, uint64_t number,
                      struct error *error)
{
    uint8_t answer[PROFILE_ANSWER_MAX];
    if (!can_ask(bus))
        return error_set(error, STATUS_IO, "%s is not connected", bus->name);
    if (write->request.size != 0)
        return exchange(bus, &write->request, number, answer, error);
    uint16_t value = write->is_number ? (uint16_t)number : write->value;
    modbus_t *modbus = line_turn_to(bus->line, bus->setup.unit, bus->setup.timeout_ms);
    errno = 0;
    int done = write->table == TABLE_COIL ? modbus_write_bit(modbus, write->address, value)
                                          : modbus_write_register(modbus, write->address, value);
    int cause = errno != 0 ? errno : EMBBADDATA;
    line_rest(bus->line);
    return done == 1 ? STATUS_OK
                     : judge(bus, "writing", write->table, write->address, cause, error);
}

enum status bus_write_window(struct bus *bus, const struct profile_window *window,
                             const uint16_t *words, struct error *error)
{
    if (!can_ask(bus))
        return error_set(error, STATUS_IO, "%s is not connected", bus->name);
    modbus_t *modbus = line_turn_to(bus->line, bus->setup.unit, bus->setup.timeout_ms);
    errno = 0;
    int done = modbus_write_registers(modbus, window->address, window->count, words);
    int cause = errno != 0 ? errno : EMBBADDATA;
    line_rest(bus->line);
    return done == window->count
               ? STATUS_OK
               : judge(bus, "writing", window->table, window->address, cause, error);
}
