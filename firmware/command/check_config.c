/* sealroom check-config FILE: every mistake, with its line and what would be right. */
#include <stdio.h>
#include <string.h>

#include "door/profile.h"
#include "firmware/command/command.h"
#include "firmware/config/config.h"

enum { TEXT_RIGHT, TEXT_MISTAKES, TEXT_ONE_MISTAKE };

static const struct text texts[] = {
    [TEXT_RIGHT] = {"%s is right: %zu cameras, %zu controllers, %zu doors",
                    "%s 正确：%zu 个摄像机，%zu 个控制器，%zu 个门"},
    [TEXT_MISTAKES] = {"%s: %zu mistakes", "%s：%zu 处错误"},
    [TEXT_ONE_MISTAKE] = {"%s: 1 mistake", "%s：1 处错误"},
};

static size_t count_lines(const struct buffer *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < lines->size; i++)
        count += lines->data[i] == '\n';
    return count;
}

static int report_mistakes(const struct invocation *invocation, const char *path,
                           const struct buffer *mistakes)
{
    size_t count = count_lines(mistakes);
    fwrite(mistakes->data, 1, mistakes->size, stdout);
    invocation_warn(invocation, &texts[count == 1 ? TEXT_ONE_MISTAKE : TEXT_MISTAKES], path, count);
    return COMMAND_FOUND;
}

static bool is_first_with_profile(const struct config *config, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (strcmp(config->controllers[i].profile, config->controllers[place].profile) == 0)
            return false;
    return true;
}

/* A profile's mistakes are named here as well: at night its door process would only end. */
static enum status check_profiles(const struct config *config, struct buffer *mistakes,
                                  struct error *error)
{
    enum status result = STATUS_OK;
    for (size_t i = 0; i < config->controller_count; i++) {
        AUTO_PROFILE struct profile *profile = NULL;
        if (!is_first_with_profile(config, i))
            continue;
        enum status status =
            profile_load(config->controllers[i].profile, &profile, mistakes, error);
        if (status != STATUS_OK)
            result = status;
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
        status = check_profiles(config, &mistakes, &error);
    if (status == STATUS_OK)
        invocation_say(invocation, &texts[TEXT_RIGHT], path, config->camera_count,
                       config->controller_count, config->door_count);
    else if (mistakes.size > 0)
        result = report_mistakes(invocation, path, &mistakes);
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
