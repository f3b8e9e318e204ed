#include "door/bus.h"

#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "door/raw.h"
#include "door/tcp.h"

#define NAME_BYTES (PATH_SIZE + 32)

struct bus {
    modbus_t *modbus;
    struct message_door_setup setup;
    bool is_open;
    struct raw_unit raw; /* its descriptor is libmodbus's */
    char name[NAME_BYTES];
};

static const uint32_t bauds[] = {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200};

static bool baud_is_known(uint32_t baud)
{
    for (size_t at = 0; at < sizeof bauds / sizeof bauds[0]; at++)
        if (bauds[at] == baud)
            return true;
    return false;
}

static enum status check_setup(const struct message_door_setup *setup, struct error *error)
{
    if (setup->timeout_ms == 0 || setup->timeout_ms > 60000)
        return error_set(error, STATUS_INVALID, "the time-out must be 1 to 60000 ms, not %u",
                         setup->timeout_ms);
    if (setup->unit > 247 && setup->transport == TRANSPORT_SERIAL)
        return error_set(error, STATUS_INVALID, "a unit is 1 to 247, not %u", setup->unit);
    if (setup->transport == TRANSPORT_TCP)
        return STATUS_OK;
    if (setup->transport != TRANSPORT_SERIAL)
        return error_set(error, STATUS_INVALID, "transport %u is neither TCP nor serial",
                         setup->transport);
    if (setup->unit == 0)
        return error_set(error, STATUS_INVALID, "unit 0 is for all at once: nobody answers");
    if (!baud_is_known(setup->baud))
        return error_set(error, STATUS_INVALID, "%u is no usual speed, like 9600 or 19200",
                         setup->baud);
    if ((setup->parity != 'N' && setup->parity != 'E' && setup->parity != 'O') ||
        setup->stop_bits < 1 || setup->stop_bits > 2)
        return error_set(error, STATUS_INVALID, "parity is N, E or O, stop bits are 1 or 2");
    return STATUS_OK;
}

static modbus_t *make_context(const struct message_door_setup *setup)
{
    if (setup->transport == TRANSPORT_TCP)
        return modbus_new_tcp(NULL, setup->port); /* connected by tcp_connect */
    return modbus_new_rtu(setup->address, (int)setup->baud, (char)setup->parity, 8,
                          setup->stop_bits);
}

/* Without a unit an RTU request asserts; a TCP one goes to 255. A byte time-out of zero makes the
 * response time-out hold for the whole answer, so that a trickle of bytes cannot stretch it. */
static bool configure(struct bus *bus)
{
    uint32_t timeout_ms = bus->setup.timeout_ms;
    return modbus_set_slave(bus->modbus, bus->setup.unit) == 0 &&
           modbus_set_error_recovery(bus->modbus, MODBUS_ERROR_RECOVERY_NONE) == 0 &&
           modbus_set_byte_timeout(bus->modbus, 0, 0) == 0 &&
           modbus_set_response_timeout(bus->modbus, timeout_ms / 1000, timeout_ms % 1000 * 1000) ==
               0;
}

enum status bus_new(const struct message_door_setup *setup, struct bus **bus, struct error *error)
{
    enum status status = check_setup(setup, error);
    if (status != STATUS_OK)
        return status;
    struct bus *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a bus");
    made->setup = *setup;
    made->raw = (struct raw_unit){.descriptor = -1,
                                  .is_serial = setup->transport == TRANSPORT_SERIAL,
                                  .unit = setup->unit,
                                  .timeout_ms = setup->timeout_ms};
    made->modbus = make_context(setup);
    if (made->modbus == NULL || !configure(made)) {
        int cause = errno;
        bus_free(made);
        return error_set(error, STATUS_INVALID, "cannot set up Modbus to %.100s: %s",
                         setup->address, modbus_strerror(cause));
    }
    if (setup->transport == TRANSPORT_TCP)
        (void)snprintf(made->name, sizeof made->name, "%s:%u, unit %u", setup->address, setup->port,
                       setup->unit);
    else
        (void)snprintf(made->name, sizeof made->name, "%s, unit %u", setup->address, setup->unit);
    *bus = made;
    return STATUS_OK;
}

void bus_free(struct bus *bus)
{
    if (bus == NULL)
        return;
    bus_close(bus);
    modbus_free(bus->modbus);
    free(bus);
}

void bus_cleanup(struct bus **bus)
{
    bus_free(*bus);
    *bus = NULL;
}

enum status bus_open_on(struct bus *bus, int descriptor, struct error *error)
{
    bus_close(bus);
    if (modbus_set_socket(bus->modbus, descriptor) != 0)
        return error_set(error, STATUS_IO, "cannot hand a connection to libmodbus");
    bus->is_open = true;
    return STATUS_OK;
}

enum status bus_open(struct bus *bus, struct error *error)
{
    if (bus->is_open)
        return STATUS_OK;
    if (bus->setup.transport == TRANSPORT_TCP) {
        int descriptor = -1;
        enum status status = tcp_connect(bus->setup.address, bus->setup.port, bus->setup.timeout_ms,
                                         &descriptor, error);
        return status == STATUS_OK ? bus_open_on(bus, descriptor, error) : status;
    }
    if (modbus_connect(bus->modbus) != 0)
        return error_set(error, STATUS_IO, "cannot open %.100s: %s", bus->setup.address,
                         modbus_strerror(errno));
    bus->is_open = true;
    (void)modbus_flush(bus->modbus);
    return STATUS_OK;
}

void bus_close(struct bus *bus)
{
    if (bus->is_open)
        modbus_close(bus->modbus);
    bus->is_open = false;
}

bool bus_is_open(const struct bus *bus)
{
    return bus->is_open;
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
    bus_close(bus);
    enum status status = STATUS_IO;
    if (cause == ETIMEDOUT)
        status = STATUS_TIMEOUT;
    else if (cause > MODBUS_ENOBASE)
        status = STATUS_INVALID;
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
        errno = 0;
        int got = read_piece(bus->modbus, window->table, (uint16_t)at, piece,
                             bits + (is_bits ? done : 0), words + (is_bits ? 0 : done));
        if (got != piece)
            return judge(bus, "reading", window->table, (uint16_t)at,
                         got < 0 && errno != 0 ? errno : EMBBADDATA, error);
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
    bus->raw.descriptor = modbus_get_socket(bus->modbus);
    enum status status = raw_exchange(&bus->raw, (struct bytes){bytes, request->size}, answer,
                                      request->answer, &exception, &cause);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (status != STATUS_REFUSED)
        bus_close(bus);
    return error_set(error, status, "%s: %.150s to function %u", bus->name, cause.text, bytes[0]);
}

enum status bus_read(struct bus *bus, const struct profile_window *window, uint64_t number,
                     uint16_t *words, struct error *error)
{
    size_t count = profile_window_words(window);
    if (!bus->is_open)
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

enum status bus_write(struct bus *bus, const struct profile_write *write, uint64_t number,
                      struct error *error)
{
    uint8_t answer[PROFILE_ANSWER_MAX];
    if (!bus->is_open)
        return error_set(error, STATUS_IO, "%s is not connected", bus->name);
    if (write->request.size != 0)
        return exchange(bus, &write->request, number, answer, error);
    uint16_t value = write->is_number ? (uint16_t)number : write->value;
    errno = 0;
    int done = write->table == TABLE_COIL
                   ? modbus_write_bit(bus->modbus, write->address, value)
                   : modbus_write_register(bus->modbus, write->address, value);
    if (done == 1)
        return STATUS_OK;
    return judge(bus, "writing", write->table, write->address, errno != 0 ? errno : EMBBADDATA,
                 error);
}
