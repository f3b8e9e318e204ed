#include "door/bus.h"

#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "door/tcp.h"

#define NAME_BYTES (PATH_SIZE + 32)

struct bus {
    modbus_t *modbus;
    struct message_door_setup setup;
    bool is_open;
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

static int read_table(modbus_t *modbus, const struct profile_window *window, uint16_t *words)
{
    uint8_t bits[MODBUS_MAX_READ_BITS];
    int got = -1;
    switch (window->table) {
    case TABLE_HOLDING:
        return modbus_read_registers(modbus, window->address, window->count, words);
    case TABLE_INPUT:
        return modbus_read_input_registers(modbus, window->address, window->count, words);
    case TABLE_COIL:
        got = modbus_read_bits(modbus, window->address, window->count, bits);
        break;
    case TABLE_DISCRETE:
        got = modbus_read_input_bits(modbus, window->address, window->count, bits);
        break;
    }
    if (got == window->count)
        pack(bits, window->count, words);
    return got;
}

enum status bus_read(struct bus *bus, const struct profile_window *window, uint16_t *words,
                     struct error *error)
{
    if (!bus->is_open)
        return error_set(error, STATUS_IO, "%s is not connected", bus->name);
    if (profile_window_words(window) > BUS_WORDS_MAX)
        return error_set(error, STATUS_INVALID, "a read of %u is too large", window->count);
    errno = 0;
    int got = read_table(bus->modbus, window, words);
    if (got == window->count)
        return STATUS_OK;
    int cause = got < 0 && errno != 0 ? errno : EMBBADDATA;
    return judge(bus, "reading", window->table, window->address, cause, error);
}

enum status bus_write(struct bus *bus, const struct profile_write *write, struct error *error)
{
    if (!bus->is_open)
        return error_set(error, STATUS_IO, "%s is not connected", bus->name);
    errno = 0;
    int done = write->table == TABLE_COIL
                   ? modbus_write_bit(bus->modbus, write->address, write->value)
                   : modbus_write_register(bus->modbus, write->address, write->value);
    if (done == 1)
        return STATUS_OK;
    return judge(bus, "writing", write->table, write->address, errno != 0 ? errno : EMBBADDATA,
                 error);
}
