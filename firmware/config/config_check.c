#include "firmware/config/config_check.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "firmware/config/board.h"
#include "firmware/config/people.h"

static const char default_state[] = "/var/lib/sealroom";

/* ---- paths ---- */

void config_complete_path(const struct config *config, char path[PATH_SIZE],
                          struct yaml_place place, struct yaml_mistakes *mistakes)
{
    char whole[2 * PATH_SIZE];
    const char *slash = strrchr(config->path, '/');
    if (path[0] == '/' || path[0] == '\0')
        return;
    int folder = slash == NULL ? 0 : (int)(slash - config->path);
    int size = snprintf(whole, sizeof whole, "%.*s/%s", folder, config->path, path);
    if (size < 0 || size >= PATH_SIZE)
        yaml_mistakes_add(mistakes, place,
                          "the path is too long with the folder of this file before it: at most %d "
                          "bytes",
                          PATH_SIZE - 1);
    else
        memcpy(path, whole, (size_t)size + 1);
}

void config_check_folders(struct config *config, struct yaml_mistakes *mistakes)
{
    config_complete_path(config, config->state, config->state_place, mistakes);
    if (config->state[0] == '\0')
        memcpy(config->state, default_state, sizeof default_state);
    config_complete_path(config, config->video, config->video_place, mistakes);
    if (config->video[0] == '\0' && snprintf(config->video, sizeof config->video, "%s/video",
                                             config->state) >= (int)sizeof config->video)
        yaml_mistakes_add(mistakes, config->state_place,
                          "the path is too long: leave room for "
                          "/video after it");
}

/* One that is not there yet is made. */
static void check_folder(const char *path, struct yaml_place place, const char *what,
                         struct yaml_mistakes *mistakes)
{
    struct stat found;
    if (config_is_written(place) && path[0] != '\0' && stat(path, &found) == 0 &&
        !S_ISDIR(found.st_mode))
        yaml_mistakes_add(mistakes, place, "%s is %s, which exists and is not a folder", what,
                          path);
}

static bool is_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/')
        length--;
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Whatever stands among the video is judged as video. */
static void check_apart(const struct config *config, struct yaml_mistakes *mistakes)
{
    if (config_is_written(config->video_place) && config->video[0] != '\0' &&
        is_in(config->state, config->video))
        yaml_mistakes_add(mistakes, config->video_place,
                          "video is %s, and state is in it: video needs a folder of its own, for "
                          "instance %s/video",
                          config->video, config->state);
}

static void check_user(const char *user, struct yaml_place place, struct yaml_mistakes *mistakes)
{
    errno = 0;
    if (!config_is_written(place) || user[0] == '\0' || getpwnam(user) != NULL)
        return;
    /* A directory service that does not answer is no mistake of this file. */
    if (errno == 0 || errno == ENOENT || errno == ESRCH)
        yaml_mistakes_add(mistakes, place, "there is no user \"%s\" on this system", user);
}

static void check_users(const struct config_run_as *users, struct yaml_mistakes *mistakes)
{
    check_user(users->keeper, users->keeper_place, mistakes);
    check_user(users->cameras, users->cameras_place, mistakes);
    check_user(users->doors, users->doors_place, mistakes);
    check_user(users->exports, users->exports_place, mistakes);
    check_user(users->console, users->console_place, mistakes);
}

static void check_folders(struct config *config, struct yaml_mistakes *mistakes)
{
    config_check_folders(config, mistakes);
    check_folder(config->state, config->state_place, "state", mistakes);
    check_folder(config->video, config->video_place, "video", mistakes);
    check_apart(config, mistakes);
}

/* ---- board ---- */

static void check_board(const struct config *config, const char *share, struct board *board,
                        struct yaml_mistakes *mistakes)
{
    struct error error = {0};
    struct buffer names = {0};
    if (!config_is_written(config->board_place) || config->board[0] == '\0')
        return;
    enum status status = board_read(share, config->board, board, &error);
    if (status == STATUS_NOT_FOUND && board_names(share, &names) == STATUS_OK)
        yaml_mistakes_add(mistakes, config->board_place,
                          "there is no board \"%s\"; it is one of the folders of %s/boards: %.*s",
                          config->board, share, (int)names.size, (const char *)names.data);
    else if (status != STATUS_OK)
        yaml_mistakes_add(mistakes, config->board_place, "the board cannot be used: %s",
                          error.text);
    buffer_release(&names);
}

/* ---- people ---- */

static void check_roster(struct config *config, struct yaml_mistakes *mistakes)
{
    struct config_people people = {0};
    struct error error = {0};
    if (!config_is_written(config->roster_place) || config->roster[0] == '\0')
        return;
    config_complete_path(config, config->roster, config->roster_place, mistakes);
    size_t before = yaml_mistakes_count(mistakes);
    if (config_people_read(config->roster, &people, &error) != STATUS_OK)
        yaml_mistakes_add(mistakes, config->roster_place, "the roster cannot be used: %s",
                          error.text);
    config->own_mistakes += yaml_mistakes_count(mistakes) - before;
    config_people_release(&people);
}

/* ---- retention ---- */

static void check_retention(const struct config_retention *retention,
                            struct yaml_mistakes *mistakes)
{
    if (config_is_written(retention->video_days_place) &&
        retention->video_days < CONFIG_VIDEO_DAYS_FLOOR)
        yaml_mistakes_add(mistakes, retention->video_days_place,
                          "video_days is %u, and at least %u is right: video of such a room has to "
                          "be kept for a month or more",
                          retention->video_days, CONFIG_VIDEO_DAYS_FLOOR);
    if (config_is_written(retention->record_days_place) &&
        retention->record_days < CONFIG_RECORD_DAYS_FLOOR)
        yaml_mistakes_add(mistakes, retention->record_days_place,
                          "record_days is %u, and at least %u is right: records of entries and of "
                          "look-ups have to be kept for six months or more",
                          retention->record_days, CONFIG_RECORD_DAYS_FLOOR);
}

/* ---- controllers and doors ---- */

static void check_profile_file(const struct config_controller *controller, const char *share,
                               struct yaml_mistakes *mistakes)
{
    AUTO_CLOSE int file = open(controller->profile, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat found;
    if (file < 0 || fstat(file, &found) != 0)
        yaml_mistakes_add(mistakes, controller->profile_place,
                          "the profile %s cannot be read: %s; a name from %s/profiles is right, or "
                          "a path with a / in it",
                          controller->profile, strerror(errno), share);
    else if (!S_ISREG(found.st_mode))
        yaml_mistakes_add(mistakes, controller->profile_place, "the profile %s is not a file",
                          controller->profile);
}

static void find_profile(struct config *config, struct config_controller *controller,
                         const char *share, struct yaml_mistakes *mistakes)
{
    char named[2 * PATH_SIZE];
    if (controller->profile[0] == '\0')
        return;
    if (strchr(controller->profile, '/') != NULL) {
        config_complete_path(config, controller->profile, controller->profile_place, mistakes);
    } else {
        int size = snprintf(named, sizeof named, "%s/profiles/%s.yaml", share, controller->profile);
        if (size < 0 || size >= PATH_SIZE) {
            yaml_mistakes_add(mistakes, controller->profile_place,
                              "the profile's name is too long");
            return;
        }
        memcpy(controller->profile, named, (size_t)size + 1);
    }
    size_t before = yaml_mistakes_count(mistakes);
    check_profile_file(controller, share, mistakes);
    config->own_mistakes += yaml_mistakes_count(mistakes) - before;
}

static const struct config_door *door_named(const struct config *config, const char *id)
{
    for (size_t i = 0; i < config->door_count; i++)
        if (strcmp(config->doors[i].id, id) == 0)
            return &config->doors[i];
    return NULL;
}

static const struct config_camera *camera_named(const struct config *config, const char *id)
{
    for (size_t i = 0; i < config->camera_count; i++)
        if (strcmp(config->cameras[i].id, id) == 0)
            return &config->cameras[i];
    return NULL;
}

/* Whether it stands in the list before `index` already. */
static bool stands_before(const struct config_member *members, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(members[i].id, members[index].id) == 0)
            return true;
    return false;
}

static void check_controller_doors(const struct config *config, size_t index,
                                   struct yaml_mistakes *mistakes)
{
    char text[DETAIL_SIZE];
    const struct config_controller *controller = &config->controllers[index];
    for (size_t d = 0; d < controller->door_count; d++) {
        const struct config_member *member = &controller->doors[d];
        if (member->id[0] == '\0')
            continue;
        if (door_named(config, member->id) == NULL)
            yaml_mistakes_add(mistakes, member->place,
                              "there is no door \"%s\"; it is the id of one of the doors below "
                              "\"doors:\"",
                              member->id);
        if (stands_before(controller->doors, d))
            yaml_mistakes_add(mistakes, member->place, "the door \"%s\" is in this list already",
                              member->id);
    }
    if (config_members_text(controller->doors, controller->door_count, text) != STATUS_OK)
        yaml_mistakes_add(mistakes, controller->doors_place,
                          "the doors' ids are too long together: at most %d bytes with a blank "
                          "between them",
                          DETAIL_SIZE - 1);
}

static void check_rules(const struct config_rules *rules, struct yaml_mistakes *mistakes)
{
    if (config_is_written(rules->prealarm_place) && rules->prealarm_s > 0 &&
        rules->prealarm_s >= rules->held_s)
        yaml_mistakes_add(mistakes, rules->prealarm_place,
                          "prealarm_s is %u, and less than held_s (%u) is right: so long before "
                          "the alarm it is said that the door is open",
                          rules->prealarm_s, rules->held_s);
}

static unsigned count_controllers(const struct config *config, const char *door)
{
    unsigned count = 0;
    for (size_t c = 0; c < config->controller_count; c++) {
        bool has_it = false;
        for (size_t d = 0; d < config->controllers[c].door_count; d++)
            has_it = has_it || strcmp(config->controllers[c].doors[d].id, door) == 0;
        count += has_it ? 1 : 0;
    }
    return count;
}

static void check_door(const struct config *config, const struct config_door *door,
                       struct yaml_mistakes *mistakes)
{
    char text[DETAIL_SIZE];
    unsigned owners = count_controllers(config, door->id);
    if (owners == 0 && door->id[0] != '\0')
        yaml_mistakes_add(mistakes, door->place,
                          "the door \"%s\" belongs to no controller; add it to the doors of one",
                          door->id);
    if (owners > DOOR_CONTROLLERS_MAX)
        yaml_mistakes_add(mistakes, door->place,
                          "the door \"%s\" belongs to %u controllers, and at most %d is right",
                          door->id, owners, DOOR_CONTROLLERS_MAX);
    for (size_t i = 0; i < door->camera_count; i++)
        if (door->cameras[i].id[0] != '\0' && camera_named(config, door->cameras[i].id) == NULL)
            yaml_mistakes_add(mistakes, door->cameras[i].place,
                              "there is no camera \"%s\"; it is the id of one of the cameras below "
                              "\"cameras:\"",
                              door->cameras[i].id);
    for (size_t i = 0; i < door->camera_count; i++)
        if (door->cameras[i].id[0] != '\0' && stands_before(door->cameras, i))
            yaml_mistakes_add(mistakes, door->cameras[i].place,
                              "the camera \"%s\" is in this list already", door->cameras[i].id);
    check_rules(&door->rules, mistakes);
    if (config_members_text(door->cameras, door->camera_count, text) != STATUS_OK)
        yaml_mistakes_add(mistakes, door->cameras_place,
                          "the cameras' ids are too long together: at most %d bytes with a blank "
                          "between them",
                          DETAIL_SIZE - 1);
}

void config_check(struct config *config, const char *share, struct yaml_mistakes *mistakes)
{
    struct board board = {0};
    check_board(config, share, &board, mistakes);
    check_folders(config, mistakes);
    check_retention(&config->retention, mistakes);
    check_users(&config->run_as, mistakes);
    check_roster(config, mistakes);
    config_check_console(config, mistakes);
    config_check_cameras(config, mistakes);
    for (size_t i = 0; i < config->controller_count; i++) {
        find_profile(config, &config->controllers[i], share, mistakes);
        config_check_bus(config, i, &board, mistakes);
        check_controller_doors(config, i, mistakes);
    }
    for (size_t i = 0; i < config->door_count; i++)
        check_door(config, &config->doors[i], mistakes);
    board_release(&board);
}
