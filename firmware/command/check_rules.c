#include "firmware/command/check_rules.h"

#include <string.h>

#include "door/profile.h"
#include "firmware/config/config_check.h"

#define NEEDS_MAX  2
#define EITHER_MAX 6

/* One of these events. */
struct need {
    enum door_event either[EITHER_MAX];
    const char *words;
};
static const struct need opened = {{DOOR_OPENED}, "opened"};
static const struct need closed = {{DOOR_CLOSED}, "closed"};
static const struct need granted = {{DOOR_ACCESS_GRANTED}, "access_granted"};
static const struct need shown = {{DOOR_ACCESS_GRANTED, DOOR_ACCESS_REQUESTED},
                                  "access_granted / access_requested"};
/* As the rule `forced` has them. */
static const struct need permitted = {
    {DOOR_ACCESS_GRANTED, DOOR_ACCESS_TAKEN, DOOR_REX_PRESSED, DOOR_EMERGENCY_RELEASE,
     DOOR_UNLOCKED, DOOR_DUAL_COMPLETED},
    "access_granted / rex_pressed / unlocked / emergency_release"};

struct subject {
    const char *key;
    struct yaml_place place; /* nowhere: not given */
    const struct need *needs[NEEDS_MAX];
};

/* By one of the door's controllers, each with its own number for the door. */
static bool is_reported(const struct config *config, struct profile *const *profiles,
                        const char *door, enum door_event event)
{
    for (size_t i = 0; i < config->controller_count; i++)
        for (size_t d = 0; d < config->controllers[i].door_count; d++)
            if (strcmp(config->controllers[i].doors[d].id, door) == 0 &&
                profile_reports(profiles[i], (unsigned)d + 1, event))
                return true;
    return false;
}

static bool is_met(const struct config *config, struct profile *const *profiles, const char *door,
                   const struct need *need)
{
    for (size_t i = 0; i < EITHER_MAX && need->either[i] != 0; i++)
        if (is_reported(config, profiles, door, need->either[i]))
            return true;
    return false;
}

static bool are_known(const struct config *config, struct profile *const *profiles,
                      const char *door)
{
    for (size_t i = 0; i < config->controller_count; i++)
        for (size_t d = 0; d < config->controllers[i].door_count; d++)
            if (strcmp(config->controllers[i].doors[d].id, door) == 0 && profiles[i] == NULL)
                return false;
    return true;
}

/* held_s is there without being given; alone, it is what the section is for. */
static enum status check_door(const struct config *config, struct profile *const *profiles,
                              const struct config_door *door, const char *path,
                              struct buffer *mistakes)
{
    const struct yaml_place nowhere = {0};
    const struct config_rules *rules = &door->rules;
    bool is_empty = rules->held_s != 0 && !config_is_written(rules->held_place) &&
                    rules->grant_s == 0 && rules->two_persons_s == 0 && !rules->anti_passback;
    const struct subject subjects[] = {
        {"rules", is_empty ? rules->place : nowhere, {&opened, &closed}},
        {"held_s", rules->held_s != 0 ? rules->held_place : nowhere, {&opened, &closed}},
        {"grant_s", rules->grant_place, {&opened, &permitted}},
        {"two_persons", rules->two_persons_place, {&shown}},
        {"anti_passback", rules->passback_place, {&granted, &opened}},
    };
    enum status result = STATUS_OK;
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        const struct subject *subject = &subjects[i];
        const struct need *missing = NULL;
        for (size_t n = 0; n < NEEDS_MAX && subject->needs[n] != NULL && missing == NULL; n++)
            if (!is_met(config, profiles, door->id, subject->needs[n]))
                missing = subject->needs[n];
        if (missing == NULL || !config_is_written(subject->place))
            continue;
        result = STATUS_INVALID;
        if (buffer_append_format(mistakes,
                                 "%s:%u:%u: %s is given, but by their profiles no controller of "
                                 "the door \"%s\" reports %s; leave it out, or add a controller "
                                 "that does\n",
                                 path, subject->place.line, subject->place.column, subject->key,
                                 door->id, missing->words) != STATUS_OK)
            return STATUS_NO_MEMORY;
    }
    return result;
}

enum status check_rules(const struct config *config, const char *path, struct buffer *mistakes)
{
    struct profile *profiles[CONFIG_CONTROLLERS_MAX] = {0};
    enum status result = STATUS_OK;
    for (size_t i = 0; i < config->controller_count; i++) {
        struct buffer report = {0};
        if (profile_load(config->controllers[i].profile, &profiles[i], &report, NULL) != STATUS_OK)
            profiles[i] = NULL;
        buffer_release(&report);
    }
    for (size_t i = 0; i < config->door_count && result != STATUS_NO_MEMORY; i++) {
        const struct config_door *door = &config->doors[i];
        if (!door->rules.present || !are_known(config, profiles, door->id))
            continue;
        enum status status = check_door(config, profiles, door, path, mistakes);
        result = status != STATUS_OK ? status : result;
    }
    for (size_t i = 0; i < config->controller_count; i++)
        profile_free(profiles[i]);
    return result;
}
