#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/config/config_check.h"

static void append_port_names(const struct board *board, struct buffer *text)
{
    for (size_t i = 0; i < board->serial_count; i++)
        if (buffer_append_format(text, "%s%s", i > 0 ? ", " : "", board->serial[i].name) !=
            STATUS_OK)
            return;
}

static void find_device(struct config_controller *controller, const struct board *board,
                        struct yaml_mistakes *mistakes)
{
    if (controller->transport != TRANSPORT_SERIAL || controller->address[0] == '\0' ||
        controller->address[0] == '/' || board->name[0] == '\0')
        return;
    const struct board_serial *port = board_serial_named(board, controller->address);
    if (port != NULL) {
        memcpy(controller->address, port->device, sizeof controller->address);
        return;
    }
    struct buffer names = {0};
    append_port_names(board, &names);
    yaml_mistakes_add(mistakes, controller->address_place,
                      "device is neither a path that begins with / nor a serial port of the board "
                      "(%.*s)",
                      (int)names.size, names.size > 0 ? (const char *)names.data : "");
    buffer_release(&names);
}

/* In the one form that inet_ntop gives it, so that two spellings are one controller. */
static void find_address(struct config_controller *controller, struct yaml_mistakes *mistakes)
{
    struct in_addr v4;
    struct in6_addr v6;
    char *address = controller->address;
    if (controller->transport != TRANSPORT_TCP || address[0] == '\0')
        return;
    bool is_v4 = inet_pton(AF_INET, address, &v4) == 1;
    if (!is_v4 && inet_pton(AF_INET6, address, &v6) != 1) {
        yaml_mistakes_add(mistakes, controller->address_place,
                          "address must be numeric, like 192.0.2.7 or 2001:db8::7, not \"%.60s\": "
                          "a controller's name is not looked up",
                          address);
        return;
    }
    if (!is_v4 && IN6_IS_ADDR_V4MAPPED(&v6)) {
        memcpy(&v4, &v6.s6_addr[12], sizeof v4);
        is_v4 = true;
    }
    (void)inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? (void *)&v4 : (void *)&v6, address,
                    sizeof controller->address);
}

/* Two names of one line, such as a link below /dev/serial/by-id and what it leads to. Which of
 * them is the better one is for people to say, and what is not plugged in cannot be told. */
static bool is_same_line(const struct config_controller *a, const struct config_controller *b)
{
    struct stat one;
    struct stat other;
    if (a->transport != TRANSPORT_SERIAL || b->transport != TRANSPORT_SERIAL ||
        strcmp(a->address, b->address) == 0 || stat(a->address, &one) != 0 ||
        stat(b->address, &other) != 0)
        return false;
    return (one.st_dev == other.st_dev && one.st_ino == other.st_ino) ||
           (S_ISCHR(one.st_mode) && S_ISCHR(other.st_mode) && one.st_rdev == other.st_rdev);
}

/* One of a controller alone, for it comes and goes with what is plugged in. */
static void check_names(struct config *config, size_t index, struct yaml_mistakes *mistakes)
{
    const struct config_controller *controller = &config->controllers[index];
    size_t before = yaml_mistakes_count(mistakes);
    for (size_t i = 0; i < index; i++) {
        if (!is_same_line(&config->controllers[i], controller))
            continue;
        yaml_mistakes_add(mistakes, controller->address_place,
                          "device %s is the line %s of controller \"%s\" by another name; write "
                          "one of the two names for both",
                          controller->address, config->controllers[i].address,
                          config->controllers[i].id);
        config->own_mistakes += yaml_mistakes_count(mistakes) - before;
        return;
    }
}

/* Two on one bus. Two that read the same log would take each other's entries. */
static void check_neighbours(const struct config_controller *other,
                             const struct config_controller *controller,
                             struct yaml_mistakes *mistakes)
{
    if (controller->transport == TRANSPORT_SERIAL &&
        (controller->baud != other->baud || controller->parity != other->parity ||
         controller->stop_bits != other->stop_bits || controller->rs485 != other->rs485))
        yaml_mistakes_add(mistakes, controller->address_place,
                          "controller \"%s\" is on the line %s too; all on one line must have the "
                          "same baud, parity, stop_bits and rs485",
                          other->id, controller->address);
    if (controller->unit == other->unit && strcmp(controller->profile, other->profile) == 0)
        yaml_mistakes_add(mistakes,
                          config_is_written(controller->unit_place) ? controller->unit_place
                                                                    : controller->address_place,
                          "unit %u at %s is controller \"%s\" already; each needs a unit number "
                          "of its own",
                          controller->unit, controller->address, other->id);
}

void config_check_bus(struct config *config, size_t index, const struct board *board,
                      struct yaml_mistakes *mistakes)
{
    struct config_controller *controller = &config->controllers[index];
    bool serial = controller->transport == TRANSPORT_SERIAL;
    find_device(controller, board, mistakes);
    find_address(controller, mistakes);
    check_names(config, index, mistakes);
    if (serial && (controller->unit < 1 || controller->unit > 247))
        yaml_mistakes_add(mistakes, controller->unit_place,
                          "unit is %u, and 1 to 247 is right on a serial line", controller->unit);
    /* Over TCP 255, and 0 as well, is the device at the address itself (Modbus messaging on TCP/IP
     * V1.0b, 4.4.2); 248 to 254 are reserved (Modbus over serial line V1.02, 2.2). */
    if (controller->transport == TRANSPORT_TCP && controller->unit > 247 && controller->unit < 255)
        yaml_mistakes_add(mistakes, controller->unit_place,
                          "unit is %u, and 0 to 247, or 255, is right over TCP", controller->unit);
    for (size_t i = 0; i < index && controller->address[0] != '\0'; i++)
        if (config_share_bus(&config->controllers[i], controller))
            check_neighbours(&config->controllers[i], controller, mistakes);
}
