#include "door/bus.h"

#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "door/line.h"
#include "door/raw.h"

#define NAME_BYTES (PATH_SIZE + 32)
#define COIL_ON    0xff00

struct bus {
    struct line *line;
    struct message_door_setup setup;
    uint8_t exception;     /* in the last answer; 0: none */
    uint64_t contact;      /* the line's when it was opened for this unit; 0: not open */
    int64_t late_until_ns; /* CLOCK_MONOTONIC */
    struct raw_unit raw;
    unsigned missed; /* answers, since none could be late; BUS_MISSED_MAX at most */
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
        return error_set(error, STATUS_INVALID,
                         "a unit is 1 to 247, over TCP also 0 and 255, not %u", setup->unit);
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
    bool was_open = bus_is_open(bus);
    enum status status = line_open(bus->line, bus->setup.timeout_ms, error);
    if (!was_open)
        bus->late_until_ns = line_now_ns() + BUS_LATE_MS * NS_PER_MS;
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
    if (bus->missed < BUS_MISSED_MAX)
        bus->missed++;
    if (status == STATUS_IO)
        line_close(bus->line);
    else
        line_drop(bus->line);
    bus->contact = 0;
}

bool bus_refused(const struct bus *bus)
{
    return (bus->exception > 0 && bus->exception <= MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE) ||
           bus->exception == MODBUS_EXCEPTION_SLAVE_OR_SERVER_BUSY ||
           bus->exception == MODBUS_EXCEPTION_GATEWAY_PATH;
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

static const uint8_t read_functions[] = {
    [TABLE_COIL] = MODBUS_FC_READ_COILS,
    [TABLE_DISCRETE] = MODBUS_FC_READ_DISCRETE_INPUTS,
    [TABLE_INPUT] = MODBUS_FC_READ_INPUT_REGISTERS,
    [TABLE_HOLDING] = MODBUS_FC_READ_HOLDING_REGISTERS,
};

static enum status ask(struct bus *bus, struct bytes request, uint8_t *answer, size_t size,
                       uint8_t *exception, struct error *cause)
{
    bus->raw.descriptor = line_turn(bus->line);
    enum status status = raw_exchange(&bus->raw, request, answer, size, exception, cause);
    line_rest(bus->line);
    bus->exception = *exception;
    if (status != STATUS_OK && status != STATUS_REFUSED)
        give_up(bus, status);
    return status;
}

/* One of the standard's requests for a place in a table. */
struct question {
    const char *what; /* it does there: "reading" */
    enum profile_table table;
    uint16_t address;
    struct bytes request;
    size_t answer_size; /* without the function code */
    struct bytes head;  /* how the answer begins, behind that */
};

/* The standard leaves numbers out. */
static bool has_name(uint8_t exception)
{
    return exception > 0 && exception < MODBUS_EXCEPTION_MAX &&
           exception != MODBUS_EXCEPTION_NOT_DEFINED;
}

static enum status put(struct bus *bus, const struct question *question, uint8_t *answer,
                       struct error *error)
{
    uint8_t exception = 0;
    struct error cause = {0};
    const char *table = table_names[question->table];
    enum status status =
        ask(bus, question->request, answer, question->answer_size, &exception, &cause);
    if (status == STATUS_OK && memcmp(answer, question->head.data, question->head.size) != 0) {
        status = error_set(&cause, STATUS_INVALID, "the answer is to another question");
        give_up(bus, status);
    }
    if (status == STATUS_REFUSED && !has_name(exception))
        return error_set(error, status, "%s answered exception %u when %s %s %u", bus->name,
                         exception, question->what, table, question->address);
    if (status == STATUS_REFUSED)
        return error_set(error, status, "%s answered exception %u (%s) when %s %s %u", bus->name,
                         exception, modbus_strerror(MODBUS_ENOBASE + exception), question->what,
                         table, question->address);
    if (status != STATUS_OK)
        return error_set(error, status, "%s: %.150s when %s %s %u", bus->name, cause.text,
                         question->what, table, question->address);
    return STATUS_OK;
}

/* `count` at `address`, which is the one with number `done` of what is read. */
static enum status read_piece(struct bus *bus, enum profile_table table, uint16_t address,
                              uint16_t count, size_t done, uint16_t *words, struct error *error)
{
    bool is_bits = table == TABLE_COIL || table == TABLE_DISCRETE;
    const uint8_t request[] = {read_functions[table], (uint8_t)(address >> 8), (uint8_t)address,
                               (uint8_t)(count >> 8), (uint8_t)count};
    const uint8_t size = (uint8_t)(is_bits ? (count + 7) / 8 : 2 * count);
    const struct question question = {.what = "reading",
                                      .table = table,
                                      .address = address,
                                      .request = {request, sizeof request},
                                      .answer_size = 1u + size,
                                      .head = {&size, 1}};
    uint8_t answer[1 + UINT8_MAX];
    enum status status = put(bus, &question, answer, error);
    const uint8_t *data = answer + 1;
    for (size_t at = 0; status == STATUS_OK && at < count; at++) {
        size_t to = done + at;
        if (!is_bits)
            words[to] = (uint16_t)(data[2 * at] << 8 | data[2 * at + 1]);
        else if (((unsigned)data[at / 8] >> at % 8 & 1u) != 0)
            words[to / 16] = (uint16_t)(words[to / 16] | 1u << to % 16);
    }
    return status;
}

static enum status read_table(struct bus *bus, const struct profile_window *window, uint16_t *words,
                              struct error *error)
{
    enum status status = STATUS_OK;
    unsigned end = (unsigned)window->address + window->count;
    if (window->table == TABLE_COIL || window->table == TABLE_DISCRETE)
        memset(words, 0, profile_window_words(window) * sizeof *words);
    for (unsigned at = window->address; at < end && status == STATUS_OK;) {
        unsigned skip = 0;
        uint16_t piece = profile_window_piece(window, at, &skip);
        if (piece != 0)
            status = read_piece(bus, window->table, (uint16_t)at, piece, at - window->address,
                                words, error);
        at += piece != 0 ? (unsigned)piece : skip;
    }
    return status;
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
    enum status status =
        ask(bus, (struct bytes){bytes, request->size}, answer, request->answer, &exception, &cause);
    if (status == STATUS_OK)
        return STATUS_OK;
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

/* How many answers on end must agree: those that say what is known (NULL: nothing is), and news. */
struct doubt {
    const uint16_t *known;
    unsigned known_wanted;
    unsigned news_wanted;
};

static enum status read_doubted(struct bus *bus, const struct profile_window *window,
                                uint64_t number, const struct doubt *doubt, uint16_t *words,
                                struct error *error)
{
    uint16_t before[BUS_WORDS_MAX];
    size_t size = profile_window_words(window) * sizeof words[0];
    unsigned most = BUS_SURE_READS + doubt->news_wanted - 2;
    unsigned same = 1;
    enum status status = bus_read(bus, window, number, words, error);
    for (unsigned reads = 1; status == STATUS_OK && bus_may_be_late(bus); reads++) {
        bool is_known = doubt->known != NULL && memcmp(doubt->known, words, size) == 0;
        unsigned wanted = is_known ? doubt->known_wanted : doubt->news_wanted;
        if (same >= wanted)
            return STATUS_OK;
        if (reads == most)
            return error_set(error, STATUS_INVALID, "%s: no %u answers on end agree", bus->name,
                             wanted);
        memcpy(before, words, size);
        status = bus_read(bus, window, number, words, error);
        same = memcmp(before, words, size) == 0 ? same + 1 : 1;
    }
    return status;
}

enum status bus_read_sure(struct bus *bus, const struct profile_window *window, uint64_t number,
                          uint16_t *words, struct error *error)
{
    return read_doubted(bus, window, number, &(struct doubt){.news_wanted = 2}, words, error);
}

enum status bus_read_news(struct bus *bus, const struct profile_window *window,
                          const uint16_t *known, bool was_away, uint16_t *words,
                          struct error *error)
{
    if (!bus_may_be_late(bus))
        bus->missed = 0;
    /* Of one more than are missing, one at least was asked for just now. */
    const struct doubt doubt = {.known = known,
                                .known_wanted = was_away ? 2 : 1,
                                .news_wanted = bus->missed < 1 ? 2 : bus->missed + 1};
    return read_doubted(bus, window, 0, &doubt, words, error);
}

bool bus_may_be_late(const struct bus *bus)
{
    return bus->setup.transport == TRANSPORT_SERIAL && line_now_ns() < bus->late_until_ns;
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
    bool is_coil = write->table == TABLE_COIL;
    if (is_coil && value != 0)
        value = COIL_ON;
    const uint8_t bytes[] = {is_coil ? MODBUS_FC_WRITE_SINGLE_COIL
                                     : MODBUS_FC_WRITE_SINGLE_REGISTER,
                             (uint8_t)(write->address >> 8), (uint8_t)write->address,
                             (uint8_t)(value >> 8), (uint8_t)value};
    const struct question question = {.what = "writing",
                                      .table = write->table,
                                      .address = write->address,
                                      .request = {bytes, sizeof bytes},
                                      .answer_size = 4,
                                      .head = {bytes + 1, 2}};
    return put(bus, &question, answer, error);
}

enum status bus_write_window(struct bus *bus, const struct profile_window *window,
                             const uint16_t *words, struct error *error)
{
    uint8_t answer[4];
    uint8_t bytes[6 + 2 * MODBUS_MAX_WRITE_REGISTERS] = {MODBUS_FC_WRITE_MULTIPLE_REGISTERS,
                                                         (uint8_t)(window->address >> 8),
                                                         (uint8_t)window->address,
                                                         (uint8_t)(window->count >> 8),
                                                         (uint8_t)window->count,
                                                         (uint8_t)(2 * window->count)};
    if (!can_ask(bus))
        return error_set(error, STATUS_IO, "%s is not connected", bus->name);
    if (window->count > MODBUS_MAX_WRITE_REGISTERS)
        return error_set(error, STATUS_INVALID, "a write of %u words is too large", window->count);
    for (size_t at = 0; at < window->count; at++) {
        bytes[6 + 2 * at] = (uint8_t)(words[at] >> 8);
        bytes[7 + 2 * at] = (uint8_t)words[at];
    }
    const struct question question = {.what = "writing",
                                      .table = window->table,
                                      .address = window->address,
                                      .request = {bytes, 6 + 2 * (size_t)window->count},
                                      .answer_size = sizeof answer,
                                      .head = {bytes + 1, sizeof answer}};
    return put(bus, &question, answer, error);
}
