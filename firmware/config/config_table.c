#include "firmware/config/config_table.h"

#include <ctype.h>

#include "base/permission.h"
#include "firmware/config/config.h"
#include "firmware/config/config_listen.h"
#include "firmware/config/config_url.h"

static const char *check_url(const char *url)
{
    return config_url_check(url, NULL);
}

/* It becomes part of a path. */
static const char *check_board_name(const char *name)
{
    bool right = name[0] != '\0' && name[0] != '-';
    for (; *name != '\0'; name++)
        right = right && (isalnum((unsigned char)*name) || *name == '-' || *name == '_');
    return right ? NULL : "must be the name of a folder of boards/: letters, digits, - and _";
}

static const struct yaml_type id_type = YAML_ID_TYPE(ID_SIZE);

static const struct yaml_word camera_transports[] = {
    {"tcp", TRANSPORT_TCP}, {"udp", TRANSPORT_UDP}, {0}};
static const struct yaml_key camera_keys[] = {
    {.name = "id", YAML_ID(struct config_camera, id), .required = true},
    {.name = "name", YAML_TEXT(struct config_camera, name, .smallest = 1), .required = true},
    {.name = "url",
     YAML_TEXT(struct config_camera, url, .check = check_url),
     .required = true,
     YAML_PLACE(struct config_camera, url_place)},
    {.name = "user", YAML_TEXT(struct config_camera, user)},
    {.name = "password",
     YAML_TEXT(struct config_camera, password),
     YAML_PLACE(struct config_camera, password_place)},
    {.name = "password_file",
     YAML_TEXT(struct config_camera, password_file),
     YAML_PLACE(struct config_camera, password_file_place)},
    {.name = "transport",
     YAML_WORD(struct config_camera, transport, camera_transports),
     YAML_PLACE(struct config_camera, transport_place)},
    {.name = "audio", YAML_BOOLEAN(struct config_camera, audio)},
    {.name = "certificate",
     YAML_TEXT(struct config_camera, certificate),
     YAML_PLACE(struct config_camera, certificate_place)},
    {.name = "share_percent",
     YAML_INTEGER(struct config_camera, share_percent, 1, 100, "percent"),
     YAML_PLACE(struct config_camera, share_place)},
};
static const struct yaml_table camera_table = {
    YAML_KEYS(struct config_camera, camera_keys),
    .defaults = &(const struct config_camera){.transport = TRANSPORT_TCP},
    YAML_TABLE_PLACE(struct config_camera, place), .unique = "id"};
static const struct yaml_type camera_type = YAML_MAPPING_TYPE(&camera_table);

static const struct yaml_word bus_transports[] = {
    {"tcp", TRANSPORT_TCP}, {"rtu", TRANSPORT_SERIAL}, {"gpio", TRANSPORT_GPIO}, {0}};
static const struct yaml_word parities[] = {{"none", 'N'}, {"even", 'E'}, {"odd", 'O'}, {0}};
static const struct yaml_key tcp_keys[] = {
    {.name = "address",
     YAML_TEXT(struct config_controller, address),
     .required = true,
     YAML_PLACE(struct config_controller, address_place)},
    {.name = "port", YAML_INTEGER(struct config_controller, port, 1, 65535, NULL)},
};
static const struct yaml_table tcp_table = {YAML_KEYS(struct config_controller, tcp_keys)};
static const struct yaml_word directions[] = {{"off", RS485_OFF},
                                              {"rts_on_send", RS485_RTS_ON_SEND},
                                              {"rts_after_send", RS485_RTS_AFTER_SEND},
                                              {0}};
static const struct yaml_key rtu_keys[] = {
    {.name = "device",
     YAML_TEXT(struct config_controller, address),
     .required = true,
     YAML_PLACE(struct config_controller, address_place)},
    {.name = "baud", YAML_INTEGER(struct config_controller, baud, 1200, 921600, "baud")},
    {.name = "parity", YAML_WORD(struct config_controller, parity, parities)},
    {.name = "stop_bits", YAML_INTEGER(struct config_controller, stop_bits, 1, 2, NULL)},
    {.name = "rs485", YAML_WORD(struct config_controller, rs485, directions)},
};
static const struct yaml_table rtu_table = {YAML_KEYS(struct config_controller, rtu_keys)};
static const struct yaml_key gpio_keys[] = {
    {.name = "chip",
     YAML_TEXT(struct config_controller, address, .smallest = 1),
     .required = true,
     YAML_PLACE(struct config_controller, address_place)},
};
static const struct yaml_table gpio_table = {YAML_KEYS(struct config_controller, gpio_keys)};
static const struct yaml_case bus_cases[] = {
    {TRANSPORT_TCP, &tcp_table}, {TRANSPORT_SERIAL, &rtu_table}, {TRANSPORT_GPIO, &gpio_table}};
static const struct yaml_word clock_times[] = {
    {"never", SET_CLOCK_NEVER}, {"at_start", SET_CLOCK_AT_START}, {"daily", SET_CLOCK_DAILY}, {0}};
static const struct yaml_key controller_keys[] = {
    {.name = "id", YAML_ID(struct config_controller, id), .required = true},
    {.name = "profile",
     YAML_TEXT(struct config_controller, profile),
     .required = true,
     YAML_PLACE(struct config_controller, profile_place)},
    {.name = "transport",
     YAML_WORD(struct config_controller, transport, bus_transports),
     .required = true},
    {.name = "unit",
     YAML_INTEGER(struct config_controller, unit, 0, 255, NULL),
     YAML_PLACE(struct config_controller, unit_place)},
    {.name = "set_clock", YAML_WORD(struct config_controller, set_clock, clock_times)},
    {.name = "poll_ms", YAML_INTEGER(struct config_controller, poll_ms, 50, 60000, "ms")},
    {.name = "timeout_ms", YAML_INTEGER(struct config_controller, timeout_ms, 50, 10000, "ms")},
    {.name = "doors",
     YAML_LIST_PLACED(struct config_controller, doors, door_count, struct config_member, id, place,
                      &id_type, 1, CONFIG_MEMBERS_MAX),
     .required = true,
     YAML_PLACE(struct config_controller, doors_place)},
};
static const struct yaml_table controller_table = {
    YAML_KEYS(struct config_controller, controller_keys),
    .defaults = &(const struct config_controller){.port = 502,
                                                  .baud = 19200,
                                                  .parity = 'E',
                                                  .stop_bits = 1,
                                                  .unit = 1,
                                                  .poll_ms = 500,
                                                  .timeout_ms = 1000},
    YAML_TABLE_PLACE(struct config_controller, place), .unique = "id",
    YAML_CASES("transport", bus_cases)};
static const struct yaml_type controller_type = YAML_MAPPING_TYPE(&controller_table);

static const struct yaml_key two_persons_keys[] = {
    {.name = "window_s",
     YAML_INTEGER(struct config_rules, two_persons_s, 1, 600, "seconds"),
     .required = true},
};
static const struct yaml_table two_persons_table = {
    YAML_KEYS(struct config_rules, two_persons_keys)};
static const struct yaml_word passback_words[] = {{"observe", true}, {0}};
static const struct yaml_key rules_keys[] = {
    {.name = "held_s",
     YAML_INTEGER(struct config_rules, held_s, 0, 86400, "seconds"),
     YAML_PLACE(struct config_rules, held_place)},
    {.name = "prealarm_s",
     YAML_INTEGER(struct config_rules, prealarm_s, 0, 86400, "seconds"),
     YAML_PLACE(struct config_rules, prealarm_place)},
    {.name = "grant_s",
     YAML_INTEGER(struct config_rules, grant_s, 1, 600, "seconds"),
     YAML_PLACE(struct config_rules, grant_place)},
    {.name = "grace_ms", YAML_INTEGER(struct config_rules, grace_ms, 100, 60000, "ms")},
    {.name = "anti_passback",
     YAML_WORD(struct config_rules, anti_passback, passback_words),
     YAML_PLACE(struct config_rules, passback_place)},
    {.name = "two_persons",
     .offset = 0,
     .type = YAML_MAPPING_TYPE(&two_persons_table),
     YAML_PLACE(struct config_rules, two_persons_place)},
};
static const struct yaml_table rules_table = {YAML_KEYS(struct config_rules, rules_keys),
                                              YAML_TABLE_PLACE(struct config_rules, place)};
static const struct yaml_key door_keys[] = {
    {.name = "id", YAML_ID(struct config_door, id), .required = true},
    {.name = "name", YAML_TEXT(struct config_door, name, .smallest = 1), .required = true},
    {.name = "cameras",
     YAML_LIST_PLACED(struct config_door, cameras, camera_count, struct config_member, id, place,
                      &id_type, 0, CONFIG_MEMBERS_MAX),
     YAML_PLACE(struct config_door, cameras_place)},
    {.name = "rules",
     YAML_MAPPING(struct config_door, rules, &rules_table),
     YAML_PRESENT(struct config_door, rules.present)},
};
static const struct yaml_table door_table = {
    YAML_KEYS(struct config_door, door_keys),
    .defaults = &(const struct config_door){.rules = {.held_s = 60, .grace_ms = 2000}},
    YAML_TABLE_PLACE(struct config_door, place), .unique = "id"};
static const struct yaml_type door_type = YAML_MAPPING_TYPE(&door_table);

static const struct yaml_key site_keys[] = {
    {.name = "name", YAML_TEXT(struct config_site, name, .smallest = 1), .required = true},
    {.name = "unit", YAML_TEXT(struct config_site, unit)},
};
static const struct yaml_table site_table = {YAML_KEYS(struct config_site, site_keys)};

/* The floors are judged in config_check.c, which says why they are there. */
#define RETENTION_AS_GIVEN                                                                         \
    {                                                                                              \
        .video_days = 90, .record_days = 365, .when_full = FULL_DELETE_OLDEST, .reserve_mb = 2048  \
    }
static const struct config_retention default_retention = RETENTION_AS_GIVEN;
static const struct yaml_word full_policies[] = {
    {"delete_oldest", FULL_DELETE_OLDEST}, {"stop", FULL_STOP}, {0}};
/* What is below the floor is read, so that the mistake can say why there is one. */
#define DAYS(member, right)                                                                        \
    .offset = offsetof(struct config_retention, member),                                           \
    .type = {.kind = YAML_KIND_INTEGER,                                                            \
             .size = YAML_MEMBER_SIZE(struct config_retention, member),                            \
             .largest = 36500,                                                                     \
             .expect = (right)}
static const struct yaml_key retention_keys[] = {
    {.name = "video_days",
     DAYS(video_days, "a whole number from 30 to 36500 (days)"),
     YAML_PLACE(struct config_retention, video_days_place)},
    {.name = "record_days",
     DAYS(record_days, "a whole number from 180 to 36500 (days)"),
     YAML_PLACE(struct config_retention, record_days_place)},
    {.name = "when_full", YAML_WORD(struct config_retention, when_full, full_policies)},
    {.name = "reserve_mb",
     YAML_INTEGER(struct config_retention, reserve_mb, 16, 16000000, "megabytes")},
};
static const struct yaml_table retention_table = {
    YAML_KEYS(struct config_retention, retention_keys), .defaults = &default_retention};

static const struct yaml_key run_as_keys[] = {
    {.name = "keeper",
     YAML_TEXT(struct config_run_as, keeper),
     YAML_PLACE(struct config_run_as, keeper_place)},
    {.name = "cameras",
     YAML_TEXT(struct config_run_as, cameras),
     YAML_PLACE(struct config_run_as, cameras_place)},
    {.name = "doors",
     YAML_TEXT(struct config_run_as, doors),
     YAML_PLACE(struct config_run_as, doors_place)},
    {.name = "exports",
     YAML_TEXT(struct config_run_as, exports),
     YAML_PLACE(struct config_run_as, exports_place)},
    {.name = "console",
     YAML_TEXT(struct config_run_as, console),
     YAML_PLACE(struct config_run_as, console_place)},
};
static const struct yaml_table run_as_table = {YAML_KEYS(struct config_run_as, run_as_keys)};

static const char *check_listen(const char *listen)
{
    char address[NAME_SIZE];
    uint32_t port = 0;
    return config_listen_read(listen, address, &port)
               ? NULL
               : "must be a numeric address and a port, such as 127.0.0.1:8080 or [::1]:8080";
}

#define CONSOLE_AS_GIVEN                                                                           \
    {                                                                                              \
        .listen = "127.0.0.1:8080", .recent_minutes = 60                                           \
    }
static const struct config_console default_console = CONSOLE_AS_GIVEN;
static const struct yaml_key console_keys[] = {
    {.name = "listen",
     YAML_TEXT(struct config_console, listen, .check = check_listen),
     YAML_PLACE(struct config_console, listen_place)},
    {.name = "name", YAML_TEXT(struct config_console, name)},
    {.name = "certificate",
     YAML_TEXT(struct config_console, certificate, .smallest = 1),
     YAML_PLACE(struct config_console, certificate_place)},
    {.name = "key",
     YAML_TEXT(struct config_console, key, .smallest = 1),
     YAML_PLACE(struct config_console, key_place)},
    {.name = "recent_minutes",
     YAML_INTEGER(struct config_console, recent_minutes, 0, 1440, "minutes")},
};
static const struct yaml_table console_table = {YAML_KEYS(struct config_console, console_keys),
                                                .defaults = &default_console,
                                                YAML_TABLE_PLACE(struct config_console, place)};

#define ACCOUNT_USUAL(setting, usual, least, most, unit_name) .settings.setting = (usual),
#define ACCOUNTS_AS_GIVEN                                                                          \
    {                                                                                              \
        ACCOUNT_LIMITS(ACCOUNT_USUAL).second = NULL                                                \
    }
#define ACCOUNT_KEY(setting, usual, least, most, unit_name)                                        \
    {.name = #setting,                                                                             \
     YAML_INTEGER(struct config_accounts, settings.setting, least, most, unit_name)},
static const struct config_accounts default_accounts = ACCOUNTS_AS_GIVEN;
static const struct yaml_word second_acts[] = {{"export", ACT_EXPORT},
                                               {"hold_release", ACT_HOLD_RELEASE},
                                               {"accounts", ACT_CHANGE_ACCOUNTS},
                                               {0}};
static const struct yaml_type second_type = {
    .kind = YAML_KIND_WORD, .size = sizeof(uint32_t), .words = second_acts};
static const struct yaml_key accounts_keys[] = {
    ACCOUNT_LIMITS(ACCOUNT_KEY){.name = "lock_until_released",
                                YAML_BOOLEAN(struct config_accounts, lock_until_released)},
    {.name = "second_person",
     YAML_LIST(struct config_accounts, second, second_count, &second_type, 0, 3)},
};
static const struct yaml_table accounts_table = {YAML_KEYS(struct config_accounts, accounts_keys),
                                                 .defaults = &default_accounts};

static const struct yaml_word suites[] = {{"sm", false}, {"nist", true}, {0}};
static const struct yaml_word displays[] = {{"full", CARDS_FULL}, {"masked", CARDS_MASKED}, {0}};
static const struct yaml_key config_keys[] = {
    {.name = "site", YAML_MAPPING(struct config, site, &site_table), .required = true},
    {.name = "state", YAML_TEXT(struct config, state), YAML_PLACE(struct config, state_place)},
    {.name = "video", YAML_TEXT(struct config, video), YAML_PLACE(struct config, video_place)},
    {.name = "suite", YAML_WORD(struct config, suite_is_nist, suites)},
    {.name = "board",
     YAML_TEXT(struct config, board, .check = check_board_name),
     .required = true,
     YAML_PLACE(struct config, board_place)},
    {.name = "roster",
     YAML_TEXT(struct config, roster, .smallest = 1),
     YAML_PLACE(struct config, roster_place)},
    {.name = "card", YAML_WORD(struct config, card, displays)},
    {.name = "retention", YAML_MAPPING(struct config, retention, &retention_table)},
    {.name = "segment_seconds", YAML_INTEGER(struct config, segment_seconds, 10, 300, "seconds")},
    {.name = "run_as", YAML_MAPPING(struct config, run_as, &run_as_table)},
    {.name = "accounts", YAML_MAPPING(struct config, accounts, &accounts_table)},
    {.name = "console",
     YAML_MAPPING(struct config, console, &console_table),
     YAML_PRESENT(struct config, console.present)},
    {.name = "cameras",
     YAML_LIST(struct config, cameras, camera_count, &camera_type, 0, CONFIG_CAMERAS_MAX)},
    {.name = "controllers",
     YAML_LIST(struct config, controllers, controller_count, &controller_type, 0,
               CONFIG_CONTROLLERS_MAX)},
    {.name = "doors", YAML_LIST(struct config, doors, door_count, &door_type, 0, CONFIG_DOORS_MAX)},
};
const struct yaml_table config_table = {YAML_KEYS(struct config, config_keys), .decimal = true,
                                        .defaults =
                                            &(const struct config){.retention = RETENTION_AS_GIVEN,
                                                                   .segment_seconds = 60,
                                                                   .console = CONSOLE_AS_GIVEN,
                                                                   .accounts = ACCOUNTS_AS_GIVEN}};
