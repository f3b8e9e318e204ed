/*
 * A board: data about the hardware, boards/NAME/board.yaml. Another board is another folder, not
 * other code.
 */
#ifndef SEALROOM_CONFIG_BOARD_H
#define SEALROOM_CONFIG_BOARD_H

#include "base/message.h"
#include "yaml/yaml_walk.h"

struct board_serial {
    char name[ID_SIZE];
    char device[PATH_SIZE];
    bool rs485; /* the port drives a two-wire bus by itself */
};

struct board_line {
    char name[ID_SIZE];
    char chip[NAME_SIZE]; /* label of the GPIO chip */
    uint32_t offset;
    bool active_low;
};

struct board_storage {
    char name[ID_SIZE];
    char path[PATH_SIZE]; /* where it is mounted */
    bool removable;
};

struct board {
    char name[NAME_SIZE];
    char architecture[ID_SIZE];
    char watchdog[PATH_SIZE]; /* device, "" if there is none */
    struct board_storage *storage;
    size_t storage_count;
    struct board_serial *serial;
    size_t serial_count;
    struct board_line *lines;
    size_t line_count;
};

/* Reads SHARE/boards/NAME/board.yaml. STATUS_NOT_FOUND if there is no such board; mistakes in
 * the file are STATUS_INVALID, and the error names the first. Release with board_release. */
MUST_CHECK enum status board_read(const char *share, const char *name, struct board *board,
                                  struct error *error);
void board_release(struct board *board);
/* NULL if the board has no port of that name. */
const struct board_serial *board_serial_named(const struct board *board, const char *name);
/* Appends the names of all boards under SHARE/boards, in order, separated by ", ". */
MUST_CHECK enum status board_names(const char *share, struct buffer *text);

#endif
