#include "door/raw.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define FRAME_MAX       260 /* of TCP */
#define SERIAL_MAX      256
#define HEADER_SIZE     7 /* transaction, protocol, length, unit */
#define EXCEPTION_FLAG  0x80
#define SERIAL_OVERHEAD 4 /* unit, function code, checksum */

uint16_t raw_checksum(struct bytes bytes)
{
    uint16_t sum = 0xffff;
    for (size_t at = 0; at < bytes.size; at++) {
        sum ^= bytes.data[at];
        for (int bit = 0; bit < 8; bit++)
            sum = (uint16_t)((sum & 1u) != 0 ? sum >> 1 ^ 0xa001 : sum >> 1);
    }
    return sum;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
}

static enum status wait_for(int descriptor, short events, int64_t limit_ms, struct error *error)
{
    for (;;) {
        int64_t left_ms = limit_ms - now_ms();
        if (left_ms <= 0)
            return error_set(error, STATUS_TIMEOUT, "no answer in time");
        struct pollfd entry = {.fd = descriptor, .events = events};
        int ready = poll(&entry, 1, (int)left_ms);
        if (ready > 0)
            return STATUS_OK;
        if (ready < 0 && errno != EINTR)
            return error_set_errno(error, STATUS_IO, errno, "cannot wait for the controller");
    }
}

static enum status send_all(int descriptor, const uint8_t *data, size_t size, int64_t limit_ms,
                            struct error *error)
{
    while (size > 0) {
        enum status status = wait_for(descriptor, POLLOUT, limit_ms, error);
        if (status != STATUS_OK)
            return status;
        ssize_t sent = write(descriptor, data, size);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            return error_set_errno(error, STATUS_IO, errno, "cannot send");
        data += sent > 0 ? sent : 0;
        size -= (size_t)(sent > 0 ? sent : 0);
    }
    return STATUS_OK;
}

static enum status receive_all(int descriptor, uint8_t *data, size_t size, int64_t limit_ms,
                               struct error *error)
{
    while (size > 0) {
        enum status status = wait_for(descriptor, POLLIN, limit_ms, error);
        if (status != STATUS_OK)
            return status;
        ssize_t got = read(descriptor, data, size);
        if (got == 0)
            return error_set(error, STATUS_IO, "the connection was closed");
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return error_set_errno(error, STATUS_IO, errno, "cannot receive");
        data += got > 0 ? got : 0;
        size -= (size_t)(got > 0 ? got : 0);
    }
    return STATUS_OK;
}

static enum status send_request(struct raw_unit *unit, struct bytes request, int64_t limit_ms,
                                struct error *error)
{
    uint8_t frame[FRAME_MAX];
    size_t size = 0;
    if (request.size == 0 || HEADER_SIZE + request.size > sizeof frame)
        return error_set(error, STATUS_INVALID, "a request has 1 to 253 bytes");
    if (unit->is_serial) {
        /* What lies there answers no question. */
        (void)tcflush(unit->descriptor, TCIFLUSH);
    } else {
        unit->transaction = (uint16_t)(unit->transaction + 1u);
        const uint8_t header[] = {
            (uint8_t)(unit->transaction >> 8), (uint8_t)unit->transaction, 0, 0, 0,
            (uint8_t)(request.size + 1)};
        memcpy(frame, header, sizeof header);
        size = sizeof header;
    }
    frame[size++] = unit->unit;
    memcpy(frame + size, request.data, request.size);
    size += request.size;
    if (unit->is_serial) {
        uint16_t sum = raw_checksum((struct bytes){frame, size});
        frame[size++] = (uint8_t)sum;
        frame[size++] = (uint8_t)(sum >> 8);
    }
    return send_all(unit->descriptor, frame, size, limit_ms, error);
}

/* Unit, function code and what follows, into `frame`; *size says how much of that. */
static enum status receive_tcp(const struct raw_unit *unit, uint8_t frame[FRAME_MAX], size_t *size,
                               int64_t limit_ms, struct error *error)
{
    for (;;) {
        uint8_t header[HEADER_SIZE - 1];
        enum status status = receive_all(unit->descriptor, header, sizeof header, limit_ms, error);
        if (status != STATUS_OK)
            return status;
        *size = (size_t)header[4] << 8 | header[5];
        if (header[2] != 0 || header[3] != 0 || *size < 3 || *size > FRAME_MAX - 6)
            return error_set(error, STATUS_INVALID, "the answer is no Modbus frame");
        status = receive_all(unit->descriptor, frame, *size, limit_ms, error);
        /* An answer to an earlier question is passed over. */
        if (status != STATUS_OK || (header[0] << 8 | header[1]) == unit->transaction)
            return status;
    }
}

static enum status receive_serial(const struct raw_unit *unit, uint8_t frame[FRAME_MAX],
                                  size_t *size, int64_t limit_ms, struct error *error)
{
    size_t wanted = *size;
    const size_t exception_size = SERIAL_OVERHEAD + 1;
    /* An exception is the shortest answer there is, but for one without data. */
    size_t least = wanted < exception_size ? wanted : exception_size;
    enum status status = receive_all(unit->descriptor, frame, least, limit_ms, error);
    if (status != STATUS_OK)
        return status;
    bool is_exception = (frame[1] & EXCEPTION_FLAG) != 0;
    if (is_exception)
        wanted = exception_size;
    if (wanted > least)
        status = receive_all(unit->descriptor, frame + least, wanted - least, limit_ms, error);
    if (status != STATUS_OK)
        return status;
    uint16_t sum = raw_checksum((struct bytes){frame, wanted - 2});
    if (frame[wanted - 2] != (uint8_t)sum || frame[wanted - 1] != sum >> 8)
        return error_set(error, STATUS_INVALID, "the answer's checksum is wrong");
    *size = wanted - 2;
    return STATUS_OK;
}

enum status raw_exchange(struct raw_unit *unit, struct bytes request, uint8_t *answer, size_t size,
                         uint8_t *exception, struct error *error)
{
    uint8_t frame[FRAME_MAX] = {0};
    int64_t limit_ms = now_ms() + unit->timeout_ms;
    size_t got = size + SERIAL_OVERHEAD;
    if (got > SERIAL_MAX)
        return error_set(error, STATUS_INVALID, "an answer has at most 252 bytes");
    enum status status = send_request(unit, request, limit_ms, error);
    if (status == STATUS_OK)
        status = unit->is_serial ? receive_serial(unit, frame, &got, limit_ms, error)
                                 : receive_tcp(unit, frame, &got, limit_ms, error);
    if (status != STATUS_OK)
        return status;
    if (frame[0] != unit->unit || (frame[1] & ~EXCEPTION_FLAG) != request.data[0])
        return error_set(error, STATUS_INVALID, "unit %u, function %u answered, asked were %u, %u",
                         frame[0], frame[1], unit->unit, request.data[0]);
    if ((frame[1] & EXCEPTION_FLAG) != 0) {
        *exception = frame[2];
        return error_set(error, STATUS_REFUSED, "exception %u", frame[2]);
    }
    if (got != size + 2)
        return error_set(error, STATUS_INVALID, "the answer has %zu bytes of data, not %zu",
                         got - 2, size);
    memcpy(answer, frame + 2, size);
    return STATUS_OK;
}
