/*
 * The one configuration file, read and checked. sealroom.example.yaml and sealroom.yaml(5) say
 * what may stand in it; config.c is the table of that, config_check.c what must fit together.
 *
 * Every mistake of a file is found in one reading, each with its line and what would be right.
 */
#ifndef SEALROOM_CONFIG_CONFIG_H
#define SEALROOM_CONFIG_CONFIG_H

#include "base/account_limits.h"
#include "base/card.h"
#include "base/message.h"
#include "yaml/yaml_walk.h"

#define CONFIG_DEFAULT_PATH "/etc/sealroom/sealroom.yaml"

#define CONFIG_CAMERAS_MAX     64
#define CONFIG_CONTROLLERS_MAX 64
#define CONFIG_DOORS_MAX       64
#define CONFIG_MEMBERS_MAX     16 /* doors of a controller, cameras of a door */
#define CONFIG_FILE_MAX        262144u

#define CONFIG_VIDEO_DAYS_FLOOR  30u
#define CONFIG_RECORD_DAYS_FLOOR 180u

/* Places are {0, 0} for what is not written in the file. */
struct config_member {
    char id[ID_SIZE];
    struct yaml_place place;
};

struct config_camera {
    char id[ID_SIZE];
    char name[NAME_SIZE];
    char url[PATH_SIZE];
    char host[NAME_SIZE]; /* out of the URL: a name or a numeric address */
    char user[NAME_SIZE];
    char password[NAME_SIZE]; /* in plain, from `password` or out of `password_file`; "" if that
                                 cannot be used */
    char password_file[PATH_SIZE];
    char certificate[PATH_SIZE];
    enum transport transport;
    bool audio;
    uint32_t share_percent; /* 0: an equal part of what is not given out */
    struct yaml_place place;
    struct yaml_place url_place;
    struct yaml_place password_place;
    struct yaml_place password_file_place;
    struct yaml_place certificate_place;
    struct yaml_place transport_place;
    struct yaml_place share_place;
};

struct config_controller {
    char id[ID_SIZE];
    char profile[PATH_SIZE]; /* the file, found */
    enum transport transport;
    char address[PATH_SIZE]; /* numeric address, serial device's path, or GPIO chip */
    uint32_t port;
    uint32_t baud;
    int32_t parity; /* 'N', 'E', 'O' */
    uint32_t stop_bits;
    enum rs485 rs485;
    uint32_t unit;
    enum set_clock set_clock;
    uint32_t poll_ms;
    uint32_t timeout_ms;
    struct config_member *doors;
    size_t door_count;
    struct yaml_place place;
    struct yaml_place profile_place;
    struct yaml_place address_place;
    struct yaml_place unit_place;
    struct yaml_place doors_place;
};

/* What the recorder concludes by itself; base/message_supervisor.h says of what. */
struct config_rules {
    bool present; /* the section is there */
    uint32_t held_s;
    uint32_t prealarm_s;
    uint32_t grant_s;
    uint32_t grace_ms;
    uint32_t two_persons_s;
    bool anti_passback;
    struct yaml_place place;
    struct yaml_place held_place;
    struct yaml_place prealarm_place;
    struct yaml_place grant_place;
    struct yaml_place two_persons_place;
    struct yaml_place passback_place;
};

struct config_door {
    char id[ID_SIZE];
    char name[NAME_SIZE];
    struct config_rules rules;
    struct config_member *cameras;
    size_t camera_count;
    struct yaml_place place;
    struct yaml_place cameras_place;
};

/* How people's accounts are kept (base/account_limits.h). */
struct config_accounts {
    struct message_account_settings settings;
    bool lock_until_released; /* by a security administrator: lock_minutes says nothing */
    uint32_t *second;         /* enum act: what needs a second person */
    size_t second_count;
};

/* The guards' console; without the section there is none. */
struct config_console {
    bool present;
    char listen[NAME_SIZE];  /* ADDRESS:PORT, as it was written */
    char address[NAME_SIZE]; /* the numeric address in it, without brackets */
    uint32_t port;
    char name[NAME_SIZE];        /* what people's browsers call it, besides the address; or "" */
    char certificate[PATH_SIZE]; /* "": without TLS, or by the console's own (below) */
    char key[PATH_SIZE];
    uint32_t recent_minutes;
    struct yaml_place place;
    struct yaml_place listen_place;
    struct yaml_place certificate_place;
    struct yaml_place key_place;
};
/* Is it reached from other machines by a key that the keeper makes? */
bool config_console_has_own_key(const struct config_console *console);

struct config_site {
    char name[NAME_SIZE];
    char unit[NAME_SIZE];
};

struct config_retention {
    uint32_t video_days;
    uint32_t record_days;
    enum full_policy when_full;
    uint32_t reserve_mb; /* of 1,000,000 bytes */
    struct yaml_place video_days_place;
    struct yaml_place record_days_place;
};

/* Users; "": as the supervisor. */
struct config_run_as {
    char keeper[ID_SIZE];
    char cameras[ID_SIZE];
    char doors[ID_SIZE];
    char exports[ID_SIZE]; /* "": the keeper's */
    char console[ID_SIZE]; /* the same */
    struct yaml_place keeper_place;
    struct yaml_place cameras_place;
    struct yaml_place doors_place;
    struct yaml_place exports_place;
    struct yaml_place console_place;
};

struct config {
    char path[PATH_SIZE]; /* of the file itself, absolute */
    struct buffer text;   /* its bytes, as they were read */
    struct config_site site;
    char state[PATH_SIZE]; /* absolute, like every path here */
    char video[PATH_SIZE];
    bool suite_is_nist;
    char board[ID_SIZE];
    char roster[PATH_SIZE]; /* people.h; "" if there is none */
    enum card_display card; /* how card numbers are shown */
    struct config_retention retention;
    uint32_t segment_seconds;
    struct config_run_as run_as;
    struct config_console console;
    struct config_accounts accounts;
    struct config_camera *cameras;
    size_t camera_count;
    struct config_controller *controllers;
    size_t controller_count;
    struct config_door *doors;
    size_t door_count;
    /* Mistakes not of this file but of one that it names and that one camera or controller alone
     * needs: meanwhile that one is offline, and all others go on. Or of the roster: entries then
     * name nobody. */
    size_t own_mistakes;
    struct yaml_place board_place;
    struct yaml_place roster_place;
    struct yaml_place state_place;
    struct yaml_place video_place;
};

/* "sm" or "nist". */
const char *config_suite(const struct config *config);

/* Reads and checks the file at `path`. `share` is the folder that holds boards/ and profiles/
 * (config_share_directory). Mistakes are appended to *mistakes, one line each in the order of
 * the file, "PATH:LINE:COLUMN: what is wrong; what would be right", and the result is then
 * STATUS_INVALID with *config NULL; *error is the first of them. If all of them are own_mistakes,
 * the configuration can be run: the result is STATUS_OK. A file that cannot be read at all is
 * STATUS_NOT_FOUND or STATUS_IO and no mistakes. */
MUST_CHECK enum status config_read(const char *path, const char *share, struct config **config,
                                   struct buffer *mistakes, struct error *error);
/* Reads a configuration from memory, for tests and the fuzzer; `path` is only its name, against
 * whose folder relative paths are taken. */
MUST_CHECK enum status config_parse(const char *path, struct bytes text, const char *share,
                                    struct config **config, struct buffer *mistakes,
                                    struct error *error);
/* Only the state folder and the video folder of a configuration, for whoever looks at an appliance
 * and need not be able to run it: mistakes elsewhere in the file and password files are passed
 * over. */
MUST_CHECK enum status config_read_folders(const char *path, char state[PATH_SIZE],
                                           char video[PATH_SIZE], struct error *error);
/* In the same way, only how card numbers are shown. */
MUST_CHECK enum status config_read_card(const char *path, enum card_display *card,
                                        struct error *error);
/* Wipes the passwords and frees; NULL is allowed. */
void config_free(struct config *config);
void config_cleanup(struct config **config);
#define AUTO_CONFIG __attribute__((cleanup(config_cleanup)))

/* The folder "../share/sealroom" beside the folder of the running program, which is right for an
 * installed program and for one in the build tree. */
MUST_CHECK enum status config_share_directory(char path[PATH_SIZE], struct error *error);

/* On one serial device, or behind one address and port: read by one process, one after the other.
 */
bool config_share_bus(const struct config_controller *a, const struct config_controller *b);

/* The ids by spaces, as messages carry them. STATUS_INVALID if they do not fit DETAIL_SIZE. */
MUST_CHECK enum status config_members_text(const struct config_member *members, size_t count,
                                           char text[DETAIL_SIZE]);

#endif
