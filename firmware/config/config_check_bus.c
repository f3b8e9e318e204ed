#include <string.h>

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
    if (serial && (controller->unit < 1 || controller->unit > 247))
        yaml_mistakes_add(mistakes, controller->unit_place,
                          "unit is %u, and 1 to 247 is right on a serial line", controller->unit);
    for (size_t i = 0; i < index && controller->address[0] != '\0'; i++)
        if (config_share_bus(&config->controllers[i], controller))
            check_neighbours(&config->controllers[i], controller, mistakes);
}
