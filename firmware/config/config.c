#include "firmware/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "firmware/config/config_check.h"
#include "firmware/config/config_table.h"

const char *config_suite(const struct config *config)
{
    return config->suite_is_nist ? "nist" : "sm";
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->camera_count; i++)
        explicit_bzero(config->cameras[i].password, sizeof config->cameras[i].password);
    /* A password may stand in the text. */
    if (config->text.data != NULL)
        explicit_bzero(config->text.data, config->text.size);
    buffer_release(&config->text);
    yaml_release(&config_table, config);
    free(config);
}

void config_cleanup(struct config **config)
{
    config_free(*config);
    *config = NULL;
}

/* The file's own place, which relative paths in it are taken from. */
static enum status name_file(const char *path, char absolute[PATH_SIZE], struct error *error)
{
    char *found = realpath(path, NULL);
    int size = found != NULL ? snprintf(absolute, PATH_SIZE, "%s", found)
                             : snprintf(absolute, PATH_SIZE, "%s", path);
    free(found);
    if (size >= (int)PATH_SIZE)
        return error_set(error, STATUS_INVALID, "the path of the configuration is too long");
    return STATUS_OK;
}

static enum status report(struct yaml_mistakes *found, const char *path, struct buffer *mistakes,
                          struct error *error)
{
    enum status status = yaml_mistakes_print(found, path, mistakes);
    if (status != STATUS_OK)
        return error_set(error, status, "no memory to report the mistakes of %s", path);
    if (found->no_memory || found->count == 0)
        return error_set(error, STATUS_NO_MEMORY, "no memory to check %s", path);
    return error_set(error, STATUS_INVALID, "%s:%u:%u: %s", path, found->items[0].place.line,
                     found->items[0].place.column, found->items[0].text);
}

/* Mistakes that concern one camera or controller alone keep nothing else from running. */
static enum status judge(const struct yaml_mistakes *found, size_t own_mistakes,
                         enum status reported)
{
    bool runs = !found->no_memory && yaml_mistakes_count(found) == own_mistakes;
    return runs && reported == STATUS_INVALID ? STATUS_OK : reported;
}

enum status config_parse(const char *path, struct bytes text, const char *share,
                         struct config **result, struct buffer *mistakes, struct error *error)
{
    struct yaml_mistakes found = {0};
    char absolute[PATH_SIZE];
    enum status status = name_file(path, absolute, error);
    if (status != STATUS_OK)
        return status;
    AUTO_CONFIG struct config *config = calloc(1, sizeof *config);
    if (config == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the configuration");

    status = yaml_load(text, &config_table, config, &found, error);
    if (status == STATUS_OK || status == STATUS_INVALID) {
        memcpy(config->path, absolute, sizeof config->path);
        config_check(config, share, &found);
        if (found.count > 0 || found.no_memory)
            status = judge(&found, config->own_mistakes, report(&found, path, mistakes, error));
    }
    yaml_mistakes_release(&found);
    if (status == STATUS_OK && text.size > 0)
        status = buffer_append(&config->text, text.data, text.size);
    if (status != STATUS_OK)
        return status;
    *result = config;
    config = NULL;
    return STATUS_OK;
}

enum status config_read(const char *path, const char *share, struct config **config,
                        struct buffer *mistakes, struct error *error)
{
    struct buffer text = {0};
    enum status status = file_read(AT_FDCWD, path, CONFIG_FILE_MAX, &text, error);
    if (status == STATUS_OK)
        status = config_parse(path, buffer_bytes(&text), share, config, mistakes, error);
    if (text.data != NULL)
        explicit_bzero(text.data, text.size);
    buffer_release(&text);
    return status;
}

/* Passes over the mistakes: what is read right is there. */
static enum status read_loosely(struct config *config, const char *path, struct error *error)
{
    struct yaml_mistakes found = {0};
    enum status status = file_read(AT_FDCWD, path, CONFIG_FILE_MAX, &config->text, error);
    struct buffer text = config->text;
    if (status == STATUS_OK && text.size == 0)
        return error_set(error, STATUS_INVALID, "%s:1:1: the file is empty", path);
    if (status == STATUS_OK)
        status = yaml_load(buffer_bytes(&text), &config_table, config, &found, error);
    config->text = text; /* yaml_load writes the whole struct */
    yaml_mistakes_release(&found);
    return status == STATUS_INVALID ? STATUS_OK : status;
}

static enum status take_folders(struct config *config, const char *path, char state[PATH_SIZE],
                                char video[PATH_SIZE], struct error *error)
{
    struct yaml_mistakes found = {0};
    enum status status = read_loosely(config, path, error);
    if (status == STATUS_OK)
        status = name_file(path, config->path, error);
    if (status == STATUS_OK) {
        config_check_folders(config, &found);
        memcpy(state, config->state, PATH_SIZE);
        memcpy(video, config->video, PATH_SIZE);
    }
    yaml_mistakes_release(&found);
    return status;
}

enum status config_read_folders(const char *path, char state[PATH_SIZE], char video[PATH_SIZE],
                                struct error *error)
{
    struct config *config = calloc(1, sizeof *config);
    if (config == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the configuration");
    enum status status = take_folders(config, path, state, video, error);
    config_free(config);
    return status;
}

enum status config_read_card(const char *path, enum card_display *card, struct error *error)
{
    struct config *config = calloc(1, sizeof *config);
    if (config == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the configuration");
    enum status status = read_loosely(config, path, error);
    if (status == STATUS_OK)
        *card = config->card;
    config_free(config);
    return status;
}

/* ---- what others need of it ---- */

enum status config_share_directory(char path[PATH_SIZE], struct error *error)
{
    char beside[PATH_SIZE];
    static const char relative[] = "/../share/sealroom";
    ssize_t size = readlink("/proc/self/exe", beside, sizeof beside - sizeof relative);
    if (size <= 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot read /proc/self/exe");
    beside[size] = '\0';
    char *slash = strrchr(beside, '/');
    if (slash == NULL)
        return error_set(error, STATUS_INVALID, "/proc/self/exe is no path");
    memcpy(slash, relative, sizeof relative);
    return name_file(beside, path, error);
}

bool config_share_bus(const struct config_controller *a, const struct config_controller *b)
{
    if (a->transport == TRANSPORT_GPIO)
        return a == b;
    return a->transport == b->transport && strcmp(a->address, b->address) == 0 &&
           (a->transport != TRANSPORT_TCP || a->port == b->port);
}

enum status config_members_text(const struct config_member *members, size_t count,
                                char text[DETAIL_SIZE])
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        int size = snprintf(text + at, DETAIL_SIZE - at, "%s%s", i > 0 ? " " : "", members[i].id);
        if (size < 0 || (size_t)size >= DETAIL_SIZE - at)
            return STATUS_INVALID;
        at += (size_t)size;
    }
    return STATUS_OK;
}
