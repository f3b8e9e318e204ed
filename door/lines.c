#include "door/lines.h"

#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define CHIPS_MAX   64
#define CONSUMER    "sealroom-door"
#define BUFFER_SIZE 1024 /* the kernel gives no more: 16 for each of 64 lines */
#define BATCH       64   /* edges that one read takes */

struct group {
    struct lines_wish wishes[LINES_MAX];
    unsigned offsets[LINES_MAX];
    size_t count;
    struct gpiod_line_request *request; /* NULL: not open, or no lines */
    uint32_t newest;                    /* the kernel's number of the newest edge */
};

struct lines {
    char chip[PATH_SIZE];
    char name[PATH_SIZE + NAME_SIZE];
    bool is_open;
    struct gpiod_edge_event_buffer *buffer;
    struct group groups[LINES_GROUPS];
};

enum status lines_new(const char *chip, struct lines **lines, struct error *error)
{
    struct lines *made = calloc(1, sizeof *made);
    struct gpiod_edge_event_buffer *buffer = gpiod_edge_event_buffer_new(BATCH);
    if (made == NULL || buffer == NULL) {
        gpiod_edge_event_buffer_free(buffer);
        free(made);
        return error_set(error, STATUS_NO_MEMORY, "no memory for lines");
    }
    made->buffer = buffer;
    message_text(made->chip, sizeof made->chip, chip);
    message_text(made->name, sizeof made->name, chip);
    *lines = made;
    return STATUS_OK;
}

void lines_free(struct lines *lines)
{
    if (lines == NULL)
        return;
    lines_close(lines);
    gpiod_edge_event_buffer_free(lines->buffer);
    free(lines);
}

void lines_cleanup(struct lines **lines)
{
    lines_free(*lines);
    *lines = NULL;
}

enum status lines_add(struct lines *lines, enum lines_group group, const struct lines_wish *wish,
                      struct error *error)
{
    struct group *taken = &lines->groups[group];
    if (taken->count == LINES_MAX)
        return error_set(error, STATUS_FULL, "more than %d lines", LINES_MAX);
    taken->wishes[taken->count++] = *wish;
    return STATUS_OK;
}

/* ---- finding ---- */

static bool is_wanted(struct gpiod_chip *chip, struct lines *lines)
{
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    if (info == NULL)
        return false;
    const char *name = gpiod_chip_info_get_name(info);
    const char *label = gpiod_chip_info_get_label(info);
    bool fits = strcmp(label, lines->chip) == 0 || strcmp(name, lines->chip) == 0;
    if (fits) {
        char text[PATH_SIZE];
        (void)snprintf(text, sizeof text, "%s (%s)", name, label);
        message_text(lines->name, sizeof lines->name, text);
    }
    gpiod_chip_info_free(info);
    return fits;
}

/* Tried by number: a list of /dev is nothing that the sandbox lets be read. */
static enum status find_chip(struct lines *lines, struct gpiod_chip **found, struct error *error)
{
    int cause = 0;
    for (unsigned number = 0; number < CHIPS_MAX; number++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/dev/gpiochip%u", number);
        struct gpiod_chip *chip = gpiod_chip_open(path);
        if (chip == NULL) {
            cause = errno == ENOENT ? cause : errno;
            continue;
        }
        if (is_wanted(chip, lines)) {
            *found = chip;
            return STATUS_OK;
        }
        gpiod_chip_close(chip);
    }
    if (cause != 0)
        return error_set_errno(error, STATUS_NOT_FOUND, cause,
                               "no GPIO chip %.100s, among those that can be opened", lines->chip);
    return error_set(error, STATUS_NOT_FOUND, "there is no GPIO chip %.100s", lines->chip);
}

static enum status find_line(struct gpiod_chip *chip, const struct lines *lines, const char *line,
                             unsigned *offset, struct error *error)
{
    size_t digits = strspn(line, "0123456789");
    int number = -1;
    if (line[digits] != '\0')
        number = gpiod_chip_get_line_offset_from_name(chip, line);
    else if (digits < 6)
        number = (int)strtol(line, NULL, 10);
    if (number < 0)
        return error_set(error, STATUS_NOT_FOUND, "%.150s has no line %s", lines->name, line);
    *offset = (unsigned)number;
    return STATUS_OK;
}

static enum status find_lines(struct gpiod_chip *chip, struct lines *lines, struct group *group,
                              struct error *error)
{
    for (size_t at = 0; at < group->count; at++) {
        const char *line = group->wishes[at].line;
        enum status status = find_line(chip, lines, line, &group->offsets[at], error);
        if (status != STATUS_OK)
            return status;
        for (size_t other = 0; other < at; other++)
            if (group->offsets[other] == group->offsets[at])
                return error_set(error, STATUS_INVALID, "%s and %s are the same line of %.150s",
                                 group->wishes[other].line, line, lines->name);
    }
    return STATUS_OK;
}

/* ---- requesting ---- */

static const enum gpiod_line_bias biases[] = {
    [BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
    [BIAS_NONE] = GPIOD_LINE_BIAS_DISABLED,
    [BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
    [BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
};

static bool add_settings(struct gpiod_line_config *config, const struct lines_wish *wish,
                         unsigned offset, enum gpiod_line_edge edge)
{
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (settings == NULL)
        return false;
    gpiod_line_settings_set_active_low(settings, wish->active_low);
    gpiod_line_settings_set_debounce_period_us(settings, wish->debounce_us);
    bool is_set = gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) == 0 &&
                  gpiod_line_settings_set_edge_detection(settings, edge) == 0 &&
                  gpiod_line_settings_set_bias(settings, biases[wish->bias]) == 0 &&
                  gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC) == 0 &&
                  gpiod_line_config_add_line_settings(config, &offset, 1, settings) == 0;
    gpiod_line_settings_free(settings);
    return is_set;
}

static struct gpiod_line_request *request_group(struct gpiod_chip *chip, const struct group *group,
                                                enum gpiod_line_edge edge)
{
    struct gpiod_line_request *request = NULL;
    struct gpiod_request_config *how = gpiod_request_config_new();
    struct gpiod_line_config *config = gpiod_line_config_new();
    bool is_set = how != NULL && config != NULL;
    for (size_t at = 0; is_set && at < group->count; at++)
        is_set = add_settings(config, &group->wishes[at], group->offsets[at], edge);
    if (is_set) {
        gpiod_request_config_set_consumer(how, CONSUMER);
        gpiod_request_config_set_event_buffer_size(how, BUFFER_SIZE);
        request = gpiod_chip_request_lines(chip, how, config);
    }
    int cause = errno;
    gpiod_line_config_free(config);
    gpiod_request_config_free(how);
    errno = cause;
    return request;
}

static enum status open_group(struct gpiod_chip *chip, struct lines *lines, enum lines_group which,
                              struct error *error)
{
    struct group *group = &lines->groups[which];
    if (group->count == 0)
        return STATUS_OK;
    enum status status = find_lines(chip, lines, group, error);
    if (status != STATUS_OK)
        return status;
    group->newest = 0; /* the first edge of a request is 1 */
    group->request = request_group(
        chip, group, which == LINES_READERS ? GPIOD_LINE_EDGE_RISING : GPIOD_LINE_EDGE_BOTH);
    if (group->request != NULL)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno, "cannot have the lines of %.150s", lines->name);
}

enum status lines_open(struct lines *lines, struct error *error)
{
    struct gpiod_chip *chip = NULL;
    if (lines->is_open)
        return STATUS_OK;
    enum status status = find_chip(lines, &chip, error);
    for (unsigned which = 0; which < LINES_GROUPS && status == STATUS_OK; which++)
        status = open_group(chip, lines, (enum lines_group)which, error);
    if (chip != NULL)
        gpiod_chip_close(chip); /* a request lives on without it */
    lines->is_open = true;
    if (status != STATUS_OK)
        lines_close(lines);
    return status;
}

void lines_close(struct lines *lines)
{
    for (size_t which = 0; which < LINES_GROUPS; which++) {
        if (lines->groups[which].request != NULL)
            gpiod_line_request_release(lines->groups[which].request);
        lines->groups[which].request = NULL;
    }
    lines->is_open = false;
}

bool lines_is_open(const struct lines *lines)
{
    return lines->is_open;
}

const char *lines_name(const struct lines *lines)
{
    return lines->name;
}

int lines_descriptor(const struct lines *lines, enum lines_group group)
{
    struct gpiod_line_request *request = lines->groups[group].request;
    return request == NULL ? -1 : gpiod_line_request_get_fd(request);
}

unsigned lines_offset(const struct lines *lines, enum lines_group group, size_t line)
{
    return lines->groups[group].offsets[line];
}

/* ---- reading ---- */

static enum status give_up(struct lines *lines, int cause, struct error *error)
{
    lines_close(lines);
    return error_set_errno(error, STATUS_IO, cause, "%.150s has gone", lines->name);
}

static size_t line_at(const struct group *group, unsigned offset)
{
    size_t at = 0;
    while (at < group->count && group->offsets[at] != offset)
        at++;
    return at;
}

static struct lines_edge take_edge(struct group *group, struct gpiod_edge_event *event)
{
    uint32_t number = (uint32_t)gpiod_edge_event_get_global_seqno(event);
    struct lines_edge edge = {
        .line = line_at(group, gpiod_edge_event_get_line_offset(event)),
        .is_active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
        .at_ns = (int64_t)gpiod_edge_event_get_timestamp_ns(event),
        .lost = number - group->newest - 1,
    };
    group->newest = number;
    return edge;
}

enum status lines_read(struct lines *lines, enum lines_group which, struct lines_edge *edges,
                       size_t room, size_t *count, struct error *error)
{
    struct group *group = &lines->groups[which];
    *count = 0;
    if (group->request == NULL || room == 0)
        return STATUS_OK;
    int got = gpiod_line_request_wait_edge_events(group->request, 0);
    if (got > 0)
        got = gpiod_line_request_read_edge_events(group->request, lines->buffer,
                                                  room < BATCH ? room : BATCH);
    if (got < 0 && errno == EINTR)
        return STATUS_OK;
    if (got < 0)
        return give_up(lines, errno, error);
    for (unsigned long at = 0; at < (unsigned long)got; at++) {
        struct lines_edge edge =
            take_edge(group, gpiod_edge_event_buffer_get_event(lines->buffer, at));
        if (edge.line < group->count)
            edges[(*count)++] = edge;
    }
    return STATUS_OK;
}

enum status lines_levels(struct lines *lines, enum lines_group which, bool *is_active,
                         struct error *error)
{
    struct group *group = &lines->groups[which];
    enum gpiod_line_value values[LINES_MAX];
    if (group->request == NULL)
        return STATUS_OK;
    if (gpiod_line_request_get_values_subset(group->request, group->count, group->offsets,
                                             values) != 0)
        return give_up(lines, errno, error);
    for (size_t at = 0; at < group->count; at++)
        is_active[at] = values[at] == GPIOD_LINE_VALUE_ACTIVE;
    return STATUS_OK;
}

int64_t lines_now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}
