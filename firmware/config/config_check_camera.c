/* Cameras: address, password, certificate, share. What is wrong with a file that belongs to one
 * camera is its own mistake: all others go on. */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "firmware/config/camera_password.h"
#include "firmware/config/config_check.h"
#include "firmware/config/config_url.h"

#define PEM_LIMIT  65536u
#define GROUPS_MAX 64

static void check_inline_password(const struct config *config, const struct config_camera *camera,
                                  struct yaml_mistakes *mistakes)
{
    struct stat found;
    if (!config_is_written(camera->password_place))
        return;
    if (stat(config->path, &found) == 0 && (found.st_mode & 077) != 0)
        yaml_mistakes_add(
            mistakes, camera->password_place,
            "a password stands in a file that others can read (mode %04o): chmod 0600 "
            "%s, or put it in a file of its own and name that as password_file",
            found.st_mode & 07777u, config->path);
    if (config_is_written(camera->password_file_place))
        yaml_mistakes_add(mistakes, camera->password_file_place,
                          "password and password_file are both given: keep one of them");
}

/* By the file's own mode; folders above it are not looked at. */
static bool may_read(const struct passwd *user, const struct stat *file)
{
    gid_t groups[GROUPS_MAX];
    int count = GROUPS_MAX;
    bool member = false;
    if (getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0)
        count = GROUPS_MAX; /* in more than these */
    for (int i = 0; i < count; i++)
        member = member || groups[i] == file->st_gid;
    mode_t bit = user->pw_uid == file->st_uid ? S_IRUSR : member ? S_IRGRP : S_IROTH;
    return user->pw_uid == 0 || (file->st_mode & bit) != 0;
}

/* The camera's process reads it, as its own user where it has one. */
static void check_reader(const struct config *config, const struct config_camera *camera,
                         struct yaml_mistakes *mistakes)
{
    struct stat found;
    const char *name = config->run_as.cameras;
    const struct passwd *user = name[0] != '\0' && geteuid() == 0 ? getpwnam(name) : NULL;
    if (user != NULL && stat(camera->certificate, &found) == 0 && !may_read(user, &found))
        yaml_mistakes_add(mistakes, camera->certificate_place,
                          "the user %s, as which cameras run, cannot read %s (mode %04o): chmod "
                          "0644 %s, for a certificate is no secret",
                          name, camera->certificate, found.st_mode & 07777u, camera->certificate);
}

static void check_certificate(const struct config_camera *camera, struct yaml_mistakes *mistakes)
{
    bool encrypted = config_url_is_encrypted(camera->url);

    if (encrypted && !config_is_written(camera->certificate_place))
        yaml_mistakes_add(mistakes, camera->url_place,
                          "rtsps:// without certificate: name the PEM file of this camera's "
                          "certificate, so that no other can stand in for it");
    if (config_is_written(camera->certificate_place) && !encrypted && camera->url[0] != '\0')
        yaml_mistakes_add(mistakes, camera->certificate_place,
                          "certificate has no use with rtsp://; the url begins with rtsps:// if "
                          "the camera encrypts");
}

static void check_certificate_file(const struct config *config, const struct config_camera *camera,
                                   struct yaml_mistakes *mistakes)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    struct error error = {0};
    struct buffer pem = {0};

    if (file_read(AT_FDCWD, camera->certificate, PEM_LIMIT, &pem, &error) != STATUS_OK)
        yaml_mistakes_add(mistakes, camera->certificate_place, "%s", error.text);
    else if (memmem(pem.data, pem.size, begin, strlen(begin)) == NULL)
        yaml_mistakes_add(mistakes, camera->certificate_place,
                          "%s holds no certificate; a PEM file with the line %s is right",
                          camera->certificate, begin);
    else
        check_reader(config, camera, mistakes);
    buffer_release(&pem);
}

static void check_own_files(const struct config *config, struct config_camera *camera,
                            struct yaml_mistakes *mistakes)
{
    struct error error = {0};
    if (config_is_written(camera->password_file_place) && camera->password_file[0] != '\0' &&
        camera_password_read(camera->password_file, camera->password, &error) != STATUS_OK)
        yaml_mistakes_add(mistakes, camera->password_file_place, "%s", error.text);
    if (config_is_written(camera->certificate_place))
        check_certificate_file(config, camera, mistakes);
}

static void check_camera(const struct config *config, struct config_camera *camera,
                         struct yaml_mistakes *mistakes)
{
    config_complete_path(config, camera->password_file, camera->password_file_place, mistakes);
    config_complete_path(config, camera->certificate, camera->certificate_place, mistakes);
    /* A wrong address is a mistake of the table's already. */
    (void)config_url_check(camera->url, camera->host);
    if (config_url_is_encrypted(camera->url) && camera->transport == TRANSPORT_UDP)
        yaml_mistakes_add(mistakes, camera->transport_place,
                          "transport udp does not go with rtsps://, whose pictures come over the "
                          "same encrypted connection: tcp is right");
    check_inline_password(config, camera, mistakes);
    bool has_password =
        config_is_written(camera->password_place) || config_is_written(camera->password_file_place);
    if (has_password && camera->user[0] == '\0')
        yaml_mistakes_add(mistakes, camera->place,
                          "a password without user: give the name it belongs to");
    if (!has_password && camera->user[0] != '\0')
        yaml_mistakes_add(mistakes, camera->place,
                          "user without a password: give password_file (a file of mode 0600)");
    check_certificate(camera, mistakes);
}

static void check_shares(const struct config *config, struct yaml_mistakes *mistakes)
{
    uint32_t sum = 0;
    size_t without = 0;
    for (size_t i = 0; i < config->camera_count; i++) {
        const struct config_camera *camera = &config->cameras[i];
        without += camera->share_percent == 0;
        if (sum <= 100 && sum + camera->share_percent > 100)
            yaml_mistakes_add(mistakes, camera->share_place,
                              "the shares add up to %u percent here; 100 in all is the most",
                              sum + camera->share_percent);
        sum += camera->share_percent;
    }
    for (size_t i = 0; sum == 100 && without > 0 && i < config->camera_count; i++)
        if (config->cameras[i].share_percent == 0)
            yaml_mistakes_add(mistakes, config->cameras[i].place,
                              "the other cameras have 100 percent between them, so nothing is left "
                              "for this one: make their share_percent smaller");
}

void config_check_cameras(struct config *config, struct yaml_mistakes *mistakes)
{
    for (size_t i = 0; i < config->camera_count; i++)
        check_camera(config, &config->cameras[i], mistakes);
    check_shares(config, mistakes);
    size_t before = yaml_mistakes_count(mistakes);
    for (size_t i = 0; i < config->camera_count; i++)
        check_own_files(config, &config->cameras[i], mistakes);
    config->own_mistakes += yaml_mistakes_count(mistakes) - before;
}
