#include "firmware/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/config/config.h"

#define DEFAULT_STATE "/var/lib/sealroom"

#define COMMAND(name) extern const struct command name;
#include "firmware/command/commands.h"
#undef COMMAND

#define COMMAND(name) &(name),
static const struct command *const commands[] = {
#include "firmware/command/commands.h"
    NULL};
#undef COMMAND

enum {
    TEXT_USAGE,
    TEXT_WHAT,
    TEXT_UNKNOWN_COMMAND,
    TEXT_UNKNOWN_OPTION,
    TEXT_NEEDS_VALUE,
    TEXT_HAS_NO_VALUE,
    TEXT_TWICE,
    TEXT_OPERANDS,
    TEXT_STATE_AND_CONFIG,
    TEXT_LONG_STATE,
    TEXT_OPTION_STATE,
    TEXT_OPTION_CONFIG,
    TEXT_OPTION_JSON,
    TEXT_OPTION_HELP,
    TEXT_SEE_HELP,
    TEXT_NOT_WRITTEN,
};

static const struct text texts[] = {
    [TEXT_USAGE] = {"usage: sealroom COMMAND [OPTION…]", "用法：sealroom 命令 [选项…]"},
    [TEXT_WHAT] = {"Commands (sealroom COMMAND --help tells more):",
                   "命令（sealroom 命令 --help 有详细说明）："},
    [TEXT_UNKNOWN_COMMAND] = {"there is no command \"%s\"; sealroom --help lists them all",
                              "没有命令“%s”；sealroom --help 列出全部命令"},
    [TEXT_UNKNOWN_OPTION] = {"%s: there is no option \"%s\"", "%s：没有选项“%s”"},
    [TEXT_NEEDS_VALUE] = {"%s: --%s needs a value: --%s %s", "%s：--%s 需要一个值：--%s %s"},
    [TEXT_HAS_NO_VALUE] = {"%s: --%s takes no value", "%s：--%s 不带值"},
    [TEXT_TWICE] = {"%s: --%.*s stands twice: give it once, with several ids in quotes and blanks "
                    "between them",
                    "%s：--%.*s 给出了两次：请只写一次，多个编号写在引号内并以空格分隔"},
    [TEXT_OPERANDS] = {"%s: this is right: sealroom %s%s%s", "%s：正确的写法：sealroom %s%s%s"},
    [TEXT_STATE_AND_CONFIG] = {"give --state or --config, not both",
                               "--state 与 --config 只能用一个"},
    [TEXT_LONG_STATE] = {"the path of the state folder is too long", "状态目录的路径太长"},
    [TEXT_OPTION_STATE] = {"the appliance's state folder (" DEFAULT_STATE ")",
                           "设备的状态目录（" DEFAULT_STATE "）"},
    [TEXT_OPTION_CONFIG] = {"take the state folder from this configuration",
                            "从这个配置文件取状态目录"},
    [TEXT_OPTION_JSON] = {"one JSON object a line, for programs", "每行一个 JSON 对象，供程序使用"},
    [TEXT_OPTION_HELP] = {"show this", "显示本说明"},
    [TEXT_SEE_HELP] = {"sealroom %s --help tells what there is", "sealroom %s --help 列出可用选项"},
    [TEXT_NOT_WRITTEN] = {"the output could not be written, or not all of it",
                          "输出无法写出，或未能全部写出"},
};

const struct command *command_at(size_t index)
{
    return index < sizeof commands / sizeof commands[0] ? commands[index] : NULL;
}

const struct text *command_text_at(size_t index)
{
    size_t own = sizeof texts / sizeof texts[0];
    return index < own ? &texts[index] : invocation_text_at(index - own);
}

/* ---- the help ---- */

static void print_padded(const char *text, int width)
{
    printf("  %s%*s", text, width - text_width(text), "");
}

static void print_option(const char *name, const char *value, const struct text *about,
                         enum language language)
{
    char shown[80];
    snprintf(shown, sizeof shown, "--%s%s%s", name, value == NULL ? "" : " ",
             value == NULL ? "" : value);
    print_padded(shown, 22);
    puts(text_in(about, language));
}

static int print_help(enum language language)
{
    puts(text_in(&texts[TEXT_USAGE], language));
    putchar('\n');
    puts(text_in(&texts[TEXT_WHAT], language));
    for (size_t i = 0; commands[i] != NULL; i++) {
        print_padded(commands[i]->name, 14);
        puts(text_in(&commands[i]->about, language));
    }
    return COMMAND_OK;
}

static int print_command_help(const struct command *command, enum language language)
{
    printf("sealroom %s%s%s\n  %s\n\n", command->name, command->operands == NULL ? "" : " ",
           command->operands == NULL ? "" : command->operands, text_in(&command->about, language));
    for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++)
        print_option(command->options[i].name, command->options[i].value,
                     &command->options[i].about, language);
    if (command->needs_state) {
        print_option("state", "DIR", &texts[TEXT_OPTION_STATE], language);
        print_option("config", "FILE", &texts[TEXT_OPTION_CONFIG], language);
    }
    print_option("json", NULL, &texts[TEXT_OPTION_JSON], language);
    print_option("help", NULL, &texts[TEXT_OPTION_HELP], language);
    return COMMAND_OK;
}

/* ---- the arguments ---- */

/* Options every command has, beside those of its own table. */
struct common {
    const char *state;
    const char *config;
    const char *json;
    const char *help;
};

/* Where the value of an option goes, NULL if there is no such option. */
static const char **slot_of(struct invocation *invocation, struct common *common, const char *name,
                            size_t size, const char **value_name)
{
    const struct command *command = invocation->command;
    const struct {
        const char *name;
        const char *value;
        const char **slot;
        bool there;
    } shared[] = {{"state", "DIR", &common->state, command->needs_state},
                  {"config", "FILE", &common->config, command->needs_state},
                  {"json", NULL, &common->json, true},
                  {"help", NULL, &common->help, true}};

    for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++)
        if (strlen(command->options[i].name) == size &&
            strncmp(command->options[i].name, name, size) == 0) {
            *value_name = command->options[i].value;
            return &invocation->values[i];
        }
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (shared[i].there && strlen(shared[i].name) == size &&
            strncmp(shared[i].name, name, size) == 0) {
            *value_name = shared[i].value;
            return shared[i].slot;
        }
    return NULL;
}

/* --name, --name value, --name=value. Moves *at on to the last argument it used. */
static bool take_option(struct invocation *invocation, struct common *common, int count,
                        char **values, int *at)
{
    const char *name = values[*at] + 2;
    const char *command = invocation->command->name;
    size_t size = strcspn(name, "=");
    const char *value_name = NULL;
    const char **slot = slot_of(invocation, common, name, size, &value_name);
    if (slot == NULL) {
        invocation_warn(invocation, &texts[TEXT_UNKNOWN_OPTION], command, values[*at]);
        invocation_warn(invocation, &texts[TEXT_SEE_HELP], command);
        return false;
    }
    if (value_name == NULL && name[size] == '=') {
        invocation_warn(invocation, &texts[TEXT_HAS_NO_VALUE], command, name);
        return false;
    }
    if (value_name != NULL && *slot != NULL) {
        invocation_warn(invocation, &texts[TEXT_TWICE], command, (int)size, name);
        return false;
    }
    if (value_name == NULL)
        *slot = "";
    else if (name[size] == '=')
        *slot = name + size + 1;
    else if (*at + 1 < count)
        *slot = values[++*at];
    else {
        invocation_warn(invocation, &texts[TEXT_NEEDS_VALUE], command, name, name, value_name);
        return false;
    }
    return true;
}

static bool take_arguments(struct invocation *invocation, struct common *common, int count,
                           char **values)
{
    const struct command *command = invocation->command;
    bool options_over = false;
    bool too_many = false;
    for (int i = 0; i < count; i++) {
        if (!options_over && strcmp(values[i], "--") == 0)
            options_over = true;
        else if (!options_over && strcmp(values[i], "-h") == 0)
            common->help = "";
        else if (!options_over && values[i][0] == '-' && values[i][1] != '\0') {
            if (values[i][1] != '-') {
                invocation_warn(invocation, &texts[TEXT_UNKNOWN_OPTION], command->name, values[i]);
                invocation_warn(invocation, &texts[TEXT_SEE_HELP], command->name);
                return false;
            }
            if (!take_option(invocation, common, count, values, &i))
                return false;
        } else if (invocation->operand_count < COMMAND_OPERANDS_MAX)
            invocation->operands[invocation->operand_count++] = values[i];
        else
            too_many = true;
    }
    if (common->help == NULL && (too_many || invocation->operand_count < command->operands_least ||
                                 invocation->operand_count > command->operands_most)) {
        const char *operands = command->operands == NULL ? "" : command->operands;
        invocation_warn(invocation, &texts[TEXT_OPERANDS], command->name, command->name,
                        operands[0] == '\0' ? "" : " ", operands);
        invocation_warn(invocation, &texts[TEXT_SEE_HELP], command->name);
        return false;
    }
    return true;
}

static bool find_state(struct invocation *invocation, const struct common *common)
{
    struct error error = {0};
    const char *state = common->state != NULL ? common->state : DEFAULT_STATE;
    if (!invocation->command->needs_state)
        return true;
    if (common->state != NULL && common->config != NULL) {
        invocation_warn(invocation, &texts[TEXT_STATE_AND_CONFIG]);
        return false;
    }
    if (common->config != NULL) {
        if (config_read_folders(common->config, invocation->state, invocation->video, &error) ==
            STATUS_OK)
            return true;
        (void)invocation_fail(invocation, &error);
        return false;
    }
    if (snprintf(invocation->state, sizeof invocation->state, "%s", state) <
        (int)sizeof invocation->state)
        return true;
    invocation_warn(invocation, &texts[TEXT_LONG_STATE]);
    return false;
}

static int dispatch(struct invocation *invocation, int count, char **values)
{
    struct common common = {0};

    if (count < 2 || strcmp(values[1], "--help") == 0 || strcmp(values[1], "-h") == 0 ||
        strcmp(values[1], "help") == 0) {
        (void)print_help(invocation->language);
        return count < 2 ? COMMAND_FAILED : COMMAND_OK;
    }
    if (strcmp(values[1], "--version") == 0) {
        puts("sealroom " SEALROOM_VERSION);
        return COMMAND_OK;
    }
    for (size_t i = 0; commands[i] != NULL; i++)
        if (strcmp(commands[i]->name, values[1]) == 0)
            invocation->command = commands[i];
    if (invocation->command == NULL) {
        invocation_warn(invocation, &texts[TEXT_UNKNOWN_COMMAND], values[1]);
        return COMMAND_FAILED;
    }
    if (!take_arguments(invocation, &common, count - 2, values + 2))
        return COMMAND_FAILED;
    if (common.help != NULL)
        return print_command_help(invocation->command, invocation->language);
    invocation->json = common.json != NULL;
    if (!find_state(invocation, &common))
        return COMMAND_FAILED;
    return invocation->command->run(invocation);
}

int command_main(int count, char **values)
{
    struct invocation invocation = {.language = language_of_environment()};
    int result = dispatch(&invocation, count, values);
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return result;
    invocation_warn(&invocation, &texts[TEXT_NOT_WRITTEN]);
    return COMMAND_FAILED;
}
