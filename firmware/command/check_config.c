/* sealroom check-config FILE: every mistake, with its line and what would be right. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door/profile.h"
#include "firmware/command/check_rules.h"
#include "firmware/command/command.h"
#include "firmware/config/config.h"

enum { TEXT_RIGHT, TEXT_MISTAKES, TEXT_ONE_MISTAKE };

static const struct text texts[] = {
    [TEXT_RIGHT] = {"%s is right (cameras: %zu, controllers: %zu, doors: %zu)",
                    "%s 正确（摄像机 %zu 台，控制器 %zu 个，门 %zu 个）"},
    [TEXT_MISTAKES] = {"%s: %zu mistakes", "%s：%zu 处错误"},
    [TEXT_ONE_MISTAKE] = {"%s: 1 mistake", "%s：1 处错误"},
};

/* ":LINE:COLUMN: " behind the path; NULL if this is none. */
static const char *place_in(const char *line)
{
    static const char form[] = ":0123456789";
    for (const char *at = strchr(line, ':'); at != NULL; at = strchr(at + 1, ':')) {
        size_t digits = strspn(at + 1, form + 1);
        size_t size = strspn(at, form);
        if (digits > 0 && digits + 2 < size && at[size - 1] == ':' && at[size] == ' ')
            return at;
    }
    return NULL;
}

static void print_row(json_t *row)
{
    char *line = json_dumps(row, JSON_COMPACT);
    json_decref(row);
    if (line != NULL)
        puts(line);
    free(line);
}

static void print_mistake(const struct invocation *invocation, const char *line)
{
    char shown[PATH_SIZE + PHRASE_SIZE];
    const char *place = place_in(line);
    if (!invocation->json) {
        puts(phrase_in(line, invocation->language, shown, sizeof shown));
        return;
    }
    if (place == NULL) {
        print_row(json_pack("{s:s, s:s}", "type", "mistake", "text", line));
        return;
    }
    char *rest = NULL;
    long number = strtol(place + 1, &rest, 10);
    long column = strtol(rest + 1, &rest, 10);
    print_row(json_pack("{s:s, s:s%, s:i, s:i, s:s}", "type", "mistake", "file", line,
                        (size_t)(place - line), "line", (int)number, "column", (int)column, "text",
                        rest + 2));
}

/* `mistakes` ends with a line break, as config_read makes it; it is taken apart. */
static int report_mistakes(const struct invocation *invocation, const char *path,
                           struct buffer *mistakes)
{
    size_t count = 0;
    char *line = (char *)mistakes->data;
    char *end = line + mistakes->size;
    for (char *stop = NULL; line < end && (stop = memchr(line, '\n', (size_t)(end - line))) != NULL;
         line = stop + 1) {
        *stop = '\0';
        print_mistake(invocation, line);
        count++;
    }
    if (!invocation->json)
        invocation_warn(invocation, &texts[count == 1 ? TEXT_ONE_MISTAKE : TEXT_MISTAKES], path,
                        count);
    return COMMAND_FOUND;
}

static void report_right(const struct invocation *invocation, const char *path,
                         const struct config *config)
{
    if (!invocation->json)
        invocation_say(invocation, &texts[TEXT_RIGHT], path, config->camera_count,
                       config->controller_count, config->door_count);
    else
        print_row(json_pack("{s:s, s:s, s:I, s:I, s:I}", "type", "configuration", "file", path,
                            "cameras", (json_int_t)config->camera_count, "controllers",
                            (json_int_t)config->controller_count, "doors",
                            (json_int_t)config->door_count));
}

static bool is_first_with_profile(const struct config *config, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (strcmp(config->controllers[i].profile, config->controllers[place].profile) == 0)
            return false;
    return true;
}

/* A clock is set only where the profile says how. */
static enum status check_clocks(const struct config *config, const char *path,
                                const struct config_controller *first,
                                const struct profile *profile, struct buffer *mistakes)
{
    enum status result = STATUS_OK;
    for (size_t i = 0; i < config->controller_count; i++) {
        const struct config_controller *controller = &config->controllers[i];
        if (controller->set_clock == SET_CLOCK_NEVER || profile->clock.is_there ||
            strcmp(controller->profile, first->profile) != 0)
            continue;
        if (buffer_append_format(mistakes,
                                 "%s:%u:%u: set_clock is given, but the profile %s does not say "
                                 "where its clock stands; leave set_clock out\n",
                                 path, controller->place.line, controller->place.column,
                                 profile->id) != STATUS_OK)
            return STATUS_NO_MEMORY;
        result = STATUS_INVALID;
    }
    return result;
}

/* Lines are wired to the machine itself, registers are read over Modbus. */
static enum status check_transports(const struct config *config, const char *path,
                                    const struct config_controller *first,
                                    const struct profile *profile, struct buffer *mistakes)
{
    enum status result = STATUS_OK;
    for (size_t i = 0; i < config->controller_count; i++) {
        const struct config_controller *controller = &config->controllers[i];
        bool fits = (profile->shape == PROFILE_LINES) == (controller->transport == TRANSPORT_GPIO);
        if (fits || strcmp(controller->profile, first->profile) != 0)
            continue;
        if (buffer_append_format(mistakes,
                                 "%s:%u:%u: transport gpio needs a profile of shape lines, and no "
                                 "other transport can have one\n",
                                 path, controller->profile_place.line,
                                 controller->profile_place.column) != STATUS_OK)
            return STATUS_NO_MEMORY;
        result = STATUS_INVALID;
    }
    return result;
}

/* A profile's mistakes are named here as well: at night its door process would only end. */
static enum status check_profiles(const struct config *config, const char *path,
                                  struct buffer *mistakes, struct error *error)
{
    enum status result = STATUS_OK;
    for (size_t i = 0; i < config->controller_count; i++) {
        AUTO_PROFILE struct profile *profile = NULL;
        if (!is_first_with_profile(config, i))
            continue;
        enum status status =
            profile_load(config->controllers[i].profile, &profile, mistakes, error);
        if (status == STATUS_OK)
            status = check_clocks(config, path, &config->controllers[i], profile, mistakes);
        if (status == STATUS_OK)
            status = check_transports(config, path, &config->controllers[i], profile, mistakes);
        if (status != STATUS_OK)
            result = status;
    }
    return result;
}

/* A bus has one process, and that has one zone. */
static enum status check_zones(const struct config *config, const char *path,
                               struct buffer *mistakes)
{
    struct zone zones[CONFIG_CONTROLLERS_MAX] = {0};
    enum status result = STATUS_OK;
    for (size_t i = 0; i < config->controller_count; i++) {
        const struct config_controller *controller = &config->controllers[i];
        AUTO_PROFILE struct profile *profile = NULL;
        struct buffer report = {0};
        if (profile_load(controller->profile, &profile, &report, NULL) == STATUS_OK)
            zones[i] = profile->record.time.parts.zone;
        buffer_release(&report);
        for (size_t other = 0; other < i; other++) {
            if (!config_share_bus(&config->controllers[other], controller) ||
                !zone_clashes(&zones[other], &zones[i]))
                continue;
            result = STATUS_INVALID;
            if (buffer_append_format(mistakes,
                                     "%s:%u:%u: controller \"%s\" is on the same bus, and its "
                                     "profile is in another zone; fixed ones like +08:00 go "
                                     "together\n",
                                     path, controller->place.line, controller->place.column,
                                     config->controllers[other].id) != STATUS_OK)
                return STATUS_NO_MEMORY;
        }
    }
    return result;
}

static int run(const struct invocation *invocation)
{
    AUTO_CONFIG struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    char share[PATH_SIZE];
    const char *path = invocation->operands[0];
    int result = COMMAND_OK;

    enum status status = config_share_directory(share, &error);
    if (status == STATUS_OK)
        status = config_read(path, share, &config, &mistakes, &error);
    if (status == STATUS_OK)
        status = check_profiles(config, path, &mistakes, &error);
    if (status == STATUS_OK)
        status = check_zones(config, path, &mistakes);
    if (status == STATUS_OK)
        status = check_rules(config, path, &mistakes);
    if (mistakes.size > 0)
        result = report_mistakes(invocation, path, &mistakes);
    else if (status == STATUS_OK)
        report_right(invocation, path, config);
    else
        result = invocation_fail(invocation, &error);
    buffer_release(&mistakes);
    return result;
}

const struct command command_check_config = {
    .name = "check-config",
    .operands = "FILE",
    .operands_least = 1,
    .operands_most = 1,
    .about = {"check a configuration, and name every mistake with its line",
              "检查配置文件，指出每一处错误及其行号"},
    COMMAND_TEXTS(texts),
    .run = run,
};
