#include "firmware/config/board.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *absolute(const char *path)
{
    return path[0] == '/' ? NULL : "must be a path that begins with /";
}

static const struct yaml_key serial_keys[] = {
    {.name = "name", YAML_ID(struct board_serial, name), .required = true},
    {.name = "device", YAML_TEXT(struct board_serial, device, .check = absolute), .required = true},
    {.name = "rs485", YAML_BOOLEAN(struct board_serial, rs485)},
};
static const struct yaml_table serial_table = {YAML_KEYS(struct board_serial, serial_keys),
                                               .unique = "name"};
static const struct yaml_type serial_type = YAML_MAPPING_TYPE(&serial_table);

static const struct yaml_key line_keys[] = {
    {.name = "name", YAML_ID(struct board_line, name), .required = true},
    {.name = "chip", YAML_TEXT(struct board_line, chip), .required = true},
    {.name = "offset", YAML_INTEGER(struct board_line, offset, 0, 1023, NULL), .required = true},
    {.name = "active_low", YAML_BOOLEAN(struct board_line, active_low)},
};
static const struct yaml_table line_table = {YAML_KEYS(struct board_line, line_keys),
                                             .unique = "name"};
static const struct yaml_type line_type = YAML_MAPPING_TYPE(&line_table);

static const struct yaml_key storage_keys[] = {
    {.name = "name", YAML_ID(struct board_storage, name), .required = true},
    {.name = "path", YAML_TEXT(struct board_storage, path, .check = absolute), .required = true},
    {.name = "removable", YAML_BOOLEAN(struct board_storage, removable)},
};
static const struct yaml_table storage_table = {YAML_KEYS(struct board_storage, storage_keys),
                                                .unique = "name"};
static const struct yaml_type storage_type = YAML_MAPPING_TYPE(&storage_table);

static const struct yaml_key board_keys[] = {
    {.name = "name", YAML_TEXT(struct board, name), .required = true},
    {.name = "architecture", YAML_TEXT(struct board, architecture), .required = true},
    {.name = "watchdog", YAML_TEXT(struct board, watchdog, .check = absolute)},
    {.name = "storage",
     YAML_LIST(struct board, storage, storage_count, &storage_type, 1, 16),
     .required = true},
    {.name = "serial", YAML_LIST(struct board, serial, serial_count, &serial_type, 0, 32)},
    {.name = "lines", YAML_LIST(struct board, lines, line_count, &line_type, 0, 256)},
};
static const struct yaml_table board_table = {YAML_KEYS(struct board, board_keys)};

enum status board_read(const char *share, const char *name, struct board *board,
                       struct error *error)
{
    char path[PATH_SIZE];
    struct yaml_mistakes mistakes = {0};
    *board = (struct board){0};
    if (snprintf(path, sizeof path, "%s/boards/%s/board.yaml", share, name) >= (int)sizeof path ||
        access(path, F_OK) != 0)
        return error_set(error, STATUS_NOT_FOUND, "there is no board %s", name);
    enum status status = yaml_load_file(path, &board_table, board, &mistakes, error);
    if (status == STATUS_INVALID && mistakes.count > 0)
        status = error_set(error, STATUS_INVALID, "%s:%u: %s", path, mistakes.items[0].place.line,
                           mistakes.items[0].text);
    yaml_mistakes_release(&mistakes);
    return status;
}

void board_release(struct board *board)
{
    yaml_release(&board_table, board);
}

const struct board_serial *board_serial_named(const struct board *board, const char *name)
{
    for (size_t i = 0; i < board->serial_count; i++)
        if (strcmp(board->serial[i].name, name) == 0)
            return &board->serial[i];
    return NULL;
}

static int is_board(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

enum status board_names(const char *share, struct buffer *text)
{
    char path[PATH_SIZE];
    struct dirent **names = NULL;
    enum status status = STATUS_OK;
    if (snprintf(path, sizeof path, "%s/boards", share) >= (int)sizeof path)
        return STATUS_INVALID;
    int count = scandir(path, &names, is_board, alphasort);
    for (int i = 0; i < count; i++) {
        if (status == STATUS_OK)
            status = buffer_append_format(text, "%s%s", i > 0 ? ", " : "", names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return status;
}
