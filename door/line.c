#include "door/line.h"

#include <errno.h>
#include <linux/serial.h>
#include <modbus.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/clock.h"
#include "door/tcp.h"

struct line {
    modbus_t *modbus;
    struct message_door_setup setup; /* of its first unit */
    unsigned holders;
    bool is_open;
    uint64_t contact;
    int64_t silent_since_ns; /* CLOCK_MONOTONIC; the end of the last frame */
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
    if (setup->transport == TRANSPORT_TCP)
        return STATUS_OK;
    if (setup->transport != TRANSPORT_SERIAL)
        return error_set(error, STATUS_INVALID, "transport %u is neither TCP nor serial",
                         setup->transport);
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

enum status line_new(const struct message_door_setup *setup, struct line **line,
                     struct error *error)
{
    enum status status = check_setup(setup, error);
    if (status != STATUS_OK)
        return status;
    struct line *made = calloc(1, sizeof *made);
    if (made == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for a line");
    made->setup = *setup;
    made->holders = 1;
    made->contact = 1;
    made->modbus = make_context(setup);
    if (made->modbus == NULL) {
        int cause = errno;
        line_release(made);
        return error_set(error, STATUS_INVALID, "cannot set up Modbus to %.100s: %s",
                         setup->address, modbus_strerror(cause));
    }
    *line = made;
    return STATUS_OK;
}

struct line *line_hold(struct line *line)
{
    line->holders++;
    return line;
}

void line_release(struct line *line)
{
    if (line == NULL || --line->holders > 0)
        return;
    line_drop(line);
    modbus_free(line->modbus);
    free(line);
}

bool line_fits(const struct line *line, const struct message_door_setup *setup)
{
    const struct message_door_setup *own = &line->setup;
    if (setup->transport != own->transport || strcmp(setup->address, own->address) != 0)
        return false;
    return own->transport == TRANSPORT_TCP
               ? setup->port == own->port
               : setup->baud == own->baud && setup->parity == own->parity &&
                     setup->stop_bits == own->stop_bits && setup->rs485 == own->rs485;
}

enum status line_open_on(struct line *line, int descriptor, struct error *error)
{
    line_drop(line);
    if (modbus_set_socket(line->modbus, descriptor) != 0)
        return error_set(error, STATUS_IO, "cannot hand a connection to libmodbus");
    line->is_open = true;
    return STATUS_OK;
}

/* The driver turns the transceiver round: it alone knows when the last bit has left. */
static enum status control_direction(const struct line *line, struct error *error)
{
    uint32_t polarity = line->setup.rs485 == RS485_RTS_AFTER_SEND ? SER_RS485_RTS_AFTER_SEND
                                                                  : SER_RS485_RTS_ON_SEND;
    struct serial_rs485 control = {.flags = SER_RS485_ENABLED | polarity};
    if (line->setup.rs485 == RS485_OFF ||
        ioctl(modbus_get_socket(line->modbus), TIOCSRS485, &control) == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno,
                           "the driver of %.100s has no RS-485 direction control",
                           line->setup.address);
}

static enum status open_device(struct line *line, struct error *error)
{
    if (modbus_connect(line->modbus) != 0)
        return error_set(error, STATUS_IO, "cannot open %.100s: %s", line->setup.address,
                         modbus_strerror(errno));
    line->is_open = true;
    enum status status = control_direction(line, error);
    if (status != STATUS_OK)
        line_close(line);
    else
        (void)modbus_flush(line->modbus);
    return status;
}

enum status line_open(struct line *line, uint32_t timeout_ms, struct error *error)
{
    if (line->is_open)
        return STATUS_OK;
    if (line->setup.transport == TRANSPORT_SERIAL)
        return open_device(line, error);
    int descriptor = -1;
    enum status status =
        tcp_connect(line->setup.address, line->setup.port, timeout_ms, &descriptor, error);
    return status == STATUS_OK ? line_open_on(line, descriptor, error) : status;
}

bool line_is_open(const struct line *line)
{
    return line->is_open;
}

void line_drop(struct line *line)
{
    if (line->is_open)
        modbus_close(line->modbus);
    line->is_open = false;
}

void line_close(struct line *line)
{
    line_drop(line);
    line->contact++;
}

uint64_t line_contact(const struct line *line)
{
    return line->contact;
}

int64_t line_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* Three and a half characters of eleven bits; above 19200 baud 1.75 ms. */
static int64_t silence_ns(const struct line *line)
{
    if (line->setup.transport != TRANSPORT_SERIAL)
        return 0;
    if (line->setup.baud > 19200)
        return 1750000;
    return 77 * NS_PER_SECOND / 2 / line->setup.baud;
}

int line_turn(struct line *line)
{
    int64_t until_ns = line->silent_since_ns + silence_ns(line);
    const struct timespec until = {.tv_sec = until_ns / NS_PER_SECOND,
                                   .tv_nsec = until_ns % NS_PER_SECOND};
    if (line_now_ns() < until_ns)
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
            continue;
    return modbus_get_socket(line->modbus);
}

void line_rest(struct line *line)
{
    line->silent_since_ns = line_now_ns();
}
