/* The configuration: what is right is taken over; each mistake is named at its place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "firmware/config/config.h"

/* A folder with a board, a profile, a password and a certificate. */
struct place {
    char folder[32];
    char file[64]; /* the configuration's name; not written */
    char share[64];
};

static void put(const struct place *place, const char *name, const char *text, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    AUTO_CLOSE int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
}

static void make_folder(const struct place *place, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", place->folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->folder, "/tmp/config-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->file, sizeof place->file, "%s/sealroom.yaml", place->folder);
    snprintf(place->share, sizeof place->share, "%s/share", place->folder);
    make_folder(place, "share");
    make_folder(place, "share/boards");
    make_folder(place, "share/boards/box_1");
    make_folder(place, "share/profiles");
    put(place, "share/boards/box_1/board.yaml",
        "name: Box\narchitecture: x86_64\nstorage: [{name: a, path: /a}]\n"
        "serial: [{name: com1, device: /dev/ttyS7}]\n",
        0644);
    put(place, "share/profiles/model.yaml", "name: x\n", 0644);
    put(place, "secret", "p\303\244ss word\n", 0600);
    put(place, "camera.pem", "-----BEGIN CERTIFICATE-----\n", 0644);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", place->folder);
    int result = system(command);
    free(place);
    return result;
}

static const char good[] =
    "site: {name: Room, unit: Office}\n"
    "state: state\n"
    "suite: nist\n"
    "board: box_1\n"
    "retention: {video_days: 40, record_days: 200, when_full: stop}\n"
    "cameras:\n"
    "  - id: gate\n"
    "    name: Gate\n"
    "    url: rtsps://gate.example:8554/a?b=c\n"
    "    certificate: camera.pem\n"
    "    user: viewer\n"
    "    password_file: secret\n"
    "    audio: on\n"
    "    share_percent: 40\n"
    "  - {id: aisle, name: Aisle, url: \"rtsp://[2001:db8::1]/x\", transport: "
    "udp}\n"
    "controllers:\n"
    "  - id: panel\n"
    "    profile: model\n"
    "    transport: tcp\n"
    "    address: 192.0.2.1\n"
    "    doors: [a, b]\n"
    "  - {id: bus, profile: ./share/profiles/model.yaml, transport: rtu, "
    "device: com1, parity: odd, doors: [c, b]}\n"
    "doors:\n"
    "  - {id: a, name: A, cameras: [gate, aisle]}\n"
    "  - {id: b, name: B}\n"
    "  - {id: c, name: C, rules: {two_persons: {window_s: 9}}}\n";

static struct config *read_good(const struct place *place)
{
    struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    enum status status =
        config_parse(place->file, bytes_of_text(good), place->share, &config, &mistakes, &error);
    if (status != STATUS_OK)
        print_error("%s\n%.*s", error.text, (int)mistakes.size, (const char *)mistakes.data);
    assert_int_equal(status, STATUS_OK);
    buffer_release(&mistakes);
    return config;
}

static void what_is_right_is_taken_over(void **state)
{
    const struct place *place = *state;
    char path[128];
    AUTO_CONFIG struct config *config = read_good(place);

    snprintf(path, sizeof path, "%s/state", place->folder);
    assert_string_equal(config->state, path);
    assert_memory_equal(config->video, path, strlen(path));
    assert_string_equal(config->video + strlen(path), "/video");
    assert_string_equal(config->site.unit, "Office");
    assert_string_equal(config_suite(config), "nist");
    assert_int_equal(config->retention.video_days, 40);
    assert_int_equal(config->retention.when_full, FULL_STOP);
    assert_int_equal(config->retention.reserve_mb, 2048);
    assert_int_equal(config->segment_seconds, 60);
    assert_int_equal(config->camera_count, 2);
    assert_string_equal(config->cameras[0].host, "gate.example");
    assert_string_equal(config->cameras[0].password, "p\303\244ss word");
    assert_true(config->cameras[0].audio);
    assert_int_equal(config->cameras[0].transport, TRANSPORT_TCP);
    assert_string_equal(config->cameras[1].host, "2001:db8::1");
    assert_int_equal(config->cameras[1].transport, TRANSPORT_UDP);
}

static void controllers_get_their_defaults_and_ports(void **state)
{
    const struct place *place = *state;
    char text[DETAIL_SIZE];
    AUTO_CONFIG struct config *config = read_good(place);

    assert_int_equal(config->controller_count, 2);
    assert_int_equal(config->controllers[0].port, 502);
    assert_int_equal(config->controllers[0].unit, 1);
    assert_int_equal(
        config_members_text(config->controllers[0].doors, config->controllers[0].door_count, text),
        STATUS_OK);
    assert_string_equal(text, "a b");
    assert_int_equal(config->controllers[1].transport, TRANSPORT_SERIAL);
    assert_string_equal(config->controllers[1].address, "/dev/ttyS7");
    assert_int_equal(config->controllers[1].baud, 19200);
    assert_int_equal(config->controllers[1].parity, 'O');
}

/* Replaces `old` in the good file by `new`, and wants exactly one mistake, at LINE:COLUMN, with
 * these words in it. */
static void expect_status(const struct place *place, enum status status, const char *old,
                          const char *new, const char *where, const char *words)
{
    char text[4096];
    char wanted[128];
    struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    const char *at = strstr(good, old);

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, new, at + strlen(old));
    assert_int_equal(
        config_parse(place->file, bytes_of_text(text), place->share, &config, &mistakes, &error),
        status);
    assert_true((config != NULL) == (status == STATUS_OK));
    config_free(config);
    assert_int_equal(buffer_append(&mistakes, "", 1), STATUS_OK);
    const char *shown = (const char *)mistakes.data;
    snprintf(wanted, sizeof wanted, "%s:%s: ", place->file, where);
    if (strncmp(shown, wanted, strlen(wanted)) != 0 || strstr(shown, words) == NULL ||
        strchr(shown, '\n') != shown + strlen(shown) - 1)
        fail_msg("wanted only %s… %s…\ngot\n%s", wanted, words, shown);
    buffer_release(&mistakes);
}

static void expect_mistake(const struct place *place, const char *old, const char *new,
                           const char *where, const char *words)
{
    expect_status(place, STATUS_INVALID, old, new, where, words);
}

/* In a file that one camera or controller alone needs. */
static void expect_own_mistake(const struct place *place, const char *old, const char *new,
                               const char *where, const char *words)
{
    expect_status(place, STATUS_OK, old, new, where, words);
}

static void short_retention_is_refused_with_the_floor_and_why(void **state)
{
    expect_mistake(*state, "video_days: 40", "video_days: 29", "5:25",
                   "at least 30 is right: video");
    expect_mistake(*state, "record_days: 200", "record_days: 179", "5:42",
                   "at least 180 is right: records");
}

static void unknown_key_is_a_mistake(void **state)
{
    expect_mistake(*state, "suite: nist", "suit: nist", "3:1", "did you mean \"suite\"?");
    expect_mistake(*state, "    audio: on", "    sound: on", "13:5", "unknown key \"sound\"");
}

static void out_of_range_names_the_range(void **state)
{
    expect_mistake(*state, "state: state", "segment_seconds: 9", "2:18", "10 to 300");
    expect_mistake(*state, "share_percent: 40", "share_percent: 101", "14:20", "1 to 100");
    expect_mistake(*state, "suite: nist", "suite: md5", "3:8", "sm");
}

static void unknown_board_lists_those_there_are(void **state)
{
    expect_mistake(*state, "board: box_1", "board: box_2", "4:8", "share/boards: box_1");
    expect_mistake(*state, "board: box_1", "board: ../x", "4:8", "folder of boards/");
}

static void url_with_password_is_refused(void **state)
{
    expect_mistake(*state, "rtsps://gate.example:8554/a?b=c", "rtsps://u:p@gate.example/", "9:10",
                   "must hold no user and password");
}

static void url_must_be_rtsp_with_a_host(void **state)
{
    expect_mistake(*state, "rtsp://[2001:db8::1]/x", "http://h/", "15:35", "rtsp://");
    expect_mistake(*state, "rtsp://[2001:db8::1]/x", "rtsp:///x", "15:35", "host name");
    expect_mistake(*state, "rtsp://[2001:db8::1]/x", "rtsp://[2001:db8:::1]/x", "15:35", "address");
    expect_mistake(*state, "rtsp://[2001:db8::1]/x", "rtsp://h:0/x", "15:35", "port");
    expect_mistake(*state, "rtsp://[2001:db8::1]/x", "rtsp://h:x/", "15:35", "port");
}

static void encrypted_camera_needs_its_certificate(void **state)
{
    expect_mistake(*state, "    certificate: camera.pem\n", "", "9:10", "certificate");
    expect_own_mistake(*state, "certificate: camera.pem", "certificate: secret", "10:18",
                       "holds no certificate");
    expect_own_mistake(*state, "certificate: camera.pem", "certificate: none.pem", "10:18",
                       "none.pem");
    expect_mistake(*state, "rtsps://gate.example:8554/a?b=c", "rtsp://gate.example/", "10:18",
                   "no use with rtsp://");
    expect_mistake(*state, "audio: on", "transport: udp", "13:16", "tcp is right");
}

static void consoles_certificate_goes_with_its_key(void **state)
{
    const struct place *place = *state;
    put(place, "key.pem", "-----BEGIN PRIVATE KEY-----\n", 0600);
    put(place, "open.pem", "-----BEGIN PRIVATE KEY-----\n", 0644);
    expect_mistake(place, "suite: nist", "console: {certificate: camera.pem}", "3:24",
                   "without key");
    expect_mistake(place, "suite: nist", "console: {key: key.pem}", "3:16", "without certificate");
    expect_mistake(place, "suite: nist", "console: {key: open.pem, certificate: camera.pem}",
                   "3:16", "chmod 0600");
    expect_own_mistake(place, "suite: nist", "console: {key: key.pem, certificate: secret}", "3:38",
                       "PEM file");
    expect_own_mistake(place, "suite: nist", "console: {key: none, certificate: camera.pem}",
                       "3:16", "none");
}

static void console_listens_at_a_number_and_a_port(void **state)
{
    static const char *const bad[] = {"8080",         "localhost:8080",
                                      "127.0.0.1:0",  "127.0.0.1:65536",
                                      "127.0.0.1:",   "::1:8080",
                                      "[::1]",        "[::1]8080",
                                      "127.0.0.1:80 "};
    char text[128];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "console: {listen: \"%s\"}", bad[i]);
        expect_mistake(*state, "suite: nist", text, "3:19", "127.0.0.1:8080");
    }
}

static void console_is_there_if_its_section_is(void **state)
{
    const struct place *place = *state;
    static const char text[] = "site: {name: Room}\nstate: state\nboard: box_1\n"
                               "console: {listen: \"[::1]:81\", name: archive.lan}\n";
    struct config *config = read_good(place);
    struct buffer mistakes = {0};
    assert_false(config->console.present);
    config_free(config);
    assert_int_equal(
        config_parse(place->file, bytes_of_text(text), place->share, &config, &mistakes, NULL),
        STATUS_OK);
    assert_true(config->console.present);
    assert_string_equal(config->console.address, "::1");
    assert_int_equal(config->console.port, 81);
    assert_int_equal(config->console.recent_minutes, 60);
    config_free(config);
    buffer_release(&mistakes);
}

static void password_file_must_be_private_and_one_line(void **state)
{
    const struct place *place = *state;
    put(place, "open", "secret\n", 0640);
    put(place, "empty", "\n", 0600);
    put(place, "lines", "a\nb\n", 0600);
    expect_own_mistake(place, "password_file: secret", "password_file: open", "12:20",
                       "chmod 0600");
    expect_own_mistake(place, "password_file: secret", "password_file: empty", "12:20", "empty");
    expect_own_mistake(place, "password_file: secret", "password_file: lines", "12:20", "one line");
    expect_own_mistake(place, "password_file: secret", "password_file: gone", "12:20",
                       "cannot be read: No such file");
}

/* It is named like any mistake, but what else stands in the file can be run. */
static void mistake_in_a_file_of_one_camera_lets_the_others_run(void **state)
{
    static const char *const removed[] = {"secret", "camera.pem", "share/profiles/model.yaml"};
    const struct place *place = *state;
    struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    char path[128];
    for (size_t i = 0; i < sizeof removed / sizeof removed[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", place->folder, removed[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(
        config_parse(place->file, bytes_of_text(good), place->share, &config, &mistakes, &error),
        STATUS_OK);
    assert_int_equal(config->own_mistakes, 4);
    assert_string_equal(config->cameras[0].password, "");
    assert_non_null(memmem(mistakes.data, mistakes.size, "secret cannot be read", 21));
    assert_non_null(memmem(mistakes.data, mistakes.size, "camera.pem", 10));
    buffer_release(&mistakes);
    config_free(config);
}

static void password_needs_user_and_user_needs_password(void **state)
{
    expect_mistake(*state, "    user: viewer\n", "", "7:5", "without user");
    expect_mistake(*state, "    password_file: secret\n", "", "7:5", "without a password");
    expect_mistake(*state, "    audio: on\n", "    password: x\n", "12:20", "keep one of them");
}

static void password_in_a_file_others_can_read_is_refused(void **state)
{
    const struct place *place = *state;
    put(place, "sealroom.yaml", "", 0644);
    expect_mistake(place, "password_file: secret", "password: secret", "12:15", "mode 0644");
}

static void shares_beyond_the_whole_are_refused(void **state)
{
    expect_mistake(*state, "transport: udp}", "share_percent: 61}", "15:76", "add up to 101");
    expect_mistake(*state, "share_percent: 40", "share_percent: 100", "15:5", "nothing is left");
}

static void ids_are_unique(void **state)
{
    expect_mistake(*state, "{id: bus", "{id: panel", "22:10", "a second time");
}

static void door_must_exist_and_belong_to_a_controller(void **state)
{
    expect_mistake(*state, "doors: [a, b]", "doors: [a, b, x]", "21:19", "there is no door \"x\"");
    expect_mistake(*state, "doors: [a, b]", "doors: [b]", "24:5", "belongs to no controller");
    expect_mistake(*state, "doors: [a, b]", "doors: [a, b, a]", "21:19",
                   "the door \"a\" is in this list already");
}

static void door_belongs_to_four_controllers_at_most(void **state)
{
    expect_mistake(*state, "doors: [c, b]}\n",
                   "doors: [c, b]}\n"
                   "  - {id: u1, profile: model, transport: tcp, address: 192.0.2.2, doors: [b]}\n"
                   "  - {id: u2, profile: model, transport: tcp, address: 192.0.2.3, doors: [b]}\n"
                   "  - {id: u3, profile: model, transport: tcp, address: 192.0.2.4, doors: [b]}\n",
                   "28:5", "\"b\" belongs to 5 controllers, and at most 4 is right");
}

static void door_names_cameras_that_exist(void **state)
{
    expect_mistake(*state, "[gate, aisle]", "[gate, cellar]", "24:38",
                   "there is no camera \"cellar\"");
}

static void rules_are_off_unless_they_are_asked_for(void **state)
{
    struct config *config = read_good(*state);
    const struct config_rules *rules = &config->doors[2].rules;
    assert_false(config->doors[0].rules.present);
    assert_true(rules->present);
    assert_int_equal(rules->held_s, 60);
    assert_int_equal(rules->prealarm_s, 0);
    assert_int_equal(rules->grant_s, 0);
    assert_int_equal(rules->grace_ms, 2000);
    assert_int_equal(rules->two_persons_s, 9);
    assert_false(rules->anti_passback);
    config_free(config);
}

static void rules_must_be_possible(void **state)
{
    expect_mistake(*state, "name: B}", "name: B, rules: {held_s: 20, prealarm_s: 20}}", "25:54",
                   "less than held_s (20) is right");
    expect_mistake(*state, "name: B}", "name: B, rules: {anti_passback: enforce}}", "25:45",
                   "observe");
    expect_mistake(*state, "name: B}", "name: B, rules: {two_persons: {}}}", "25:43",
                   "\"window_s\" is missing");
}

static void roster_must_be_readable(void **state)
{
    expect_own_mistake(*state, "board: box_1", "board: box_1\nroster: absent", "5:9",
                       "the roster cannot be used");
    expect_own_mistake(*state, "board: box_1", "board: box_1\nroster: secret", "5:9", "secret:1");
}

static void roster_mistake_names_its_line_and_no_card(void **state)
{
    struct place *place = *state;
    struct config *config = NULL;
    struct buffer mistakes = {0};
    char text[sizeof good + 32];
    (void)snprintf(text, sizeof text, "%sroster: people\n", good);
    put(place, "people",
        "people:\n  \"0010482013\": {name: A}\n  \"0010482013\": {name: B}\n"
        "  \"0010482014\": B\n",
        0600);
    struct error error = {0};
    assert_int_equal(
        config_parse(place->file, bytes_of_text(text), place->share, &config, &mistakes, &error),
        STATUS_OK);
    config_free(config);
    assert_non_null(strstr(error.text, "people:3"));
    assert_non_null(strstr(error.text, "\"******013\" is given twice"));
    assert_null(memmem(mistakes.data, mistakes.size, "0010482", 7));
    buffer_release(&mistakes);
    put(place, "people", "people:\n  \"0010482014\": B\n", 0600);
    assert_int_equal(
        config_parse(place->file, bytes_of_text(text), place->share, &config, &mistakes, &error),
        STATUS_OK);
    config_free(config);
    assert_non_null(strstr(error.text, "\"******014\""));
    assert_null(memmem(mistakes.data, mistakes.size, "0010482", 7));
    buffer_release(&mistakes);
}

static void cards_are_shown_in_full_unless_they_are_to_be_masked(void **state)
{
    struct place *place = *state;
    enum card_display card = CARDS_MASKED;
    struct config *config = read_good(place);
    assert_int_equal(config->card, CARDS_FULL);
    config_free(config);
    expect_mistake(place, "suite: nist", "card: hidden", "3:7", "full, masked");
    put(place, "sealroom.yaml", "state: here\n", 0644);
    assert_int_equal(config_read_card(place->file, &card, NULL), STATUS_OK);
    assert_int_equal(card, CARDS_FULL);
    put(place, "sealroom.yaml", "board: none\nnonsense: 1\ncard: masked\n", 0644);
    assert_int_equal(config_read_card(place->file, &card, NULL), STATUS_OK);
    assert_int_equal(card, CARDS_MASKED);
    assert_int_equal(config_read_card("/nonexistent.yaml", &card, NULL), STATUS_NOT_FOUND);
}

static void profile_must_be_readable(void **state)
{
    expect_own_mistake(*state, "profile: model", "profile: other", "18:14", "profiles/other.yaml");
    expect_own_mistake(*state, "profile: model", "profile: ./share", "18:14", "not a file");
}

static void serial_line_is_a_path_or_a_port_of_the_board(void **state)
{
    expect_mistake(*state, "device: com1", "device: com9", "22:77", "(com1)");
    expect_mistake(*state, "device: com1", "device: com1, unit: 0", "22:89", "1 to 247");
    expect_mistake(*state, "device: com1", "device: com1, port: 1", "22:83", "transport: rtu");
}

/* Beside the good file's controller on com1. */
#define BESIDE(controller)                                                                         \
    "device: com1, parity: odd, doors: [c, b]}\n" controller "doors:\n  - {id: d, name: D}\n"

static void controllers_of_one_line_have_the_same_speed_and_units_of_their_own(void **state)
{
    const char *old = "device: com1, parity: odd, doors: [c, b]}\ndoors:\n";
    expect_mistake(*state, old,
                   BESIDE("  - {id: bus-2, profile: model, transport: rtu, device: com1, unit: 2, "
                          "doors: [d]}\n"),
                   "23:57", "same baud, parity, stop_bits and rs485");
    expect_mistake(*state, old,
                   BESIDE("  - {id: bus-2, profile: ./share/profiles/model.yaml, transport: rtu, "
                          "device: com1, parity: odd, doors: [d]}\n"),
                   "23:79", "controller \"bus\" already");
}

static void one_line_has_one_name(void **state)
{
    const struct place *place = *state;
    const char *old = "device: com1, parity: odd, doors: [c, b]}\ndoors:\n";
    char text[1024];
    char link[128];
    put(place, "tty", "", 0600);
    (void)snprintf(text, sizeof text, "%s/tty", place->folder);
    (void)snprintf(link, sizeof link, "%s/by-id", place->folder);
    assert_int_equal(symlink(text, link), 0);
    (void)snprintf(text, sizeof text,
                   "device: %s/tty, parity: odd, doors: [c, b]}\n"
                   "  - {id: bus-2, profile: model, transport: rtu, device: %s, parity: odd, "
                   "unit: 2, doors: [d]}\ndoors:\n  - {id: d, name: D}\n",
                   place->folder, link);
    expect_own_mistake(place, old, text, "23:57", "write one of the two");
}

/* Beside the good file's controller at 192.0.2.1. */
#define TCP_BESIDE(address, rest)                                                                  \
    "    address: " address "\n    doors: [a, b]\n"                                                \
    "  - {id: panel-2, profile: model, transport: tcp, address: \"" rest ", doors: [a]}\n"

static void address_of_a_controller_is_numeric_and_the_same_however_it_is_written(void **state)
{
    const char *old = "    address: 192.0.2.1\n    doors: [a, b]\n";
    expect_mistake(*state, "address: 192.0.2.1", "address: localhost", "20:14", "192.0.2.7");
    expect_mistake(*state, "address: 192.0.2.1", "address: 999.1.1.1", "20:14", "192.0.2.7");
    expect_mistake(*state, old, TCP_BESIDE("2001:db8::1", "2001:db8:0::0:1\""), "22:60",
                   "controller \"panel\" already");
    expect_mistake(*state, old, TCP_BESIDE("192.0.2.1", "::ffff:192.0.2.1\""), "22:60",
                   "controller \"panel\" already");
}

static void unit_is_one_that_can_be_asked(void **state)
{
    const char *old = "address: 192.0.2.1";
    expect_mistake(*state, old, "address: 192.0.2.1\n    unit: 248", "21:11", "0 to 247, or 255");
    expect_mistake(*state, old, "address: 192.0.2.1\n    unit: 254", "21:11", "0 to 247, or 255");
}

static void every_door_can_have_a_controller_of_its_own(void **state)
{
    const struct place *place = *state;
    struct buffer text = {0};
    struct buffer mistakes = {0};
    struct error error = {0};
    AUTO_CONFIG struct config *config = NULL;
    assert_int_equal(
        buffer_append_format(&text, "site: {name: R}\nstate: state\nboard: box_1\ndoors:\n"),
        STATUS_OK);
    for (unsigned number = 1; number <= CONFIG_DOORS_MAX; number++)
        assert_int_equal(buffer_append_format(&text, "  - {id: d%u, name: D}\n", number),
                         STATUS_OK);
    assert_int_equal(buffer_append_format(&text, "controllers:\n"), STATUS_OK);
    for (unsigned number = 1; number <= CONFIG_DOORS_MAX; number++)
        assert_int_equal(buffer_append_format(&text,
                                              "  - {id: c%u, profile: model, transport: tcp, "
                                              "address: 192.0.2.%u, doors: [d%u]}\n",
                                              number, number, number),
                         STATUS_OK);
    assert_int_equal(
        config_parse(place->file, buffer_bytes(&text), place->share, &config, &mistakes, &error),
        STATUS_OK);
    assert_int_equal(config->controller_count, CONFIG_DOORS_MAX);
    buffer_release(&mistakes);
    buffer_release(&text);
}

static void every_mistake_is_reported_at_once(void **state)
{
    const struct place *place = *state;
    struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    const char text[] = "site: {nam: x}\nboard: none\nretention: {video_days: 1}\n"
                        "cameras: [{id: A, name: x, url: ftp://x}]\n"
                        "doors: [{id: d, name: D, cameras: [y]}]\n";
    assert_int_equal(
        config_parse(place->file, bytes_of_text(text), place->share, &config, &mistakes, &error),
        STATUS_INVALID);
    size_t lines[6] = {0};
    assert_int_equal(buffer_append(&mistakes, "", 1), STATUS_OK);
    for (char *line = strtok((char *)mistakes.data, "\n"); line != NULL;
         line = strtok(NULL, "\n")) {
        unsigned number = (unsigned)strtoul(line + strlen(place->file) + 1, NULL, 10);
        assert_in_range(number, 1, 5);
        lines[number]++;
    }
    assert_true(lines[1] >= 1 && lines[2] == 1 && lines[3] == 1 && lines[4] == 2 && lines[5] == 2);
    buffer_release(&mistakes);
}

static void state_among_the_video_is_refused(void **state)
{
    expect_mistake(*state, "state: state", "state: state\nvideo: state", "3:8", "state is in it");
    expect_mistake(*state, "state: state", "state: sealed/state\nvideo: sealed", "3:8",
                   "needs a folder of its own");
}

static void state_is_found_in_spite_of_mistakes(void **state)
{
    const struct place *place = *state;
    char path[PATH_SIZE];
    char video[PATH_SIZE];
    char wanted[128];
    put(place, "sealroom.yaml", "state: here\nboard: none\nnonsense: 1\n", 0644);
    assert_int_equal(config_read_folders(place->file, path, video, NULL), STATUS_OK);
    snprintf(wanted, sizeof wanted, "%s/here", place->folder);
    assert_string_equal(path, wanted);
    snprintf(wanted, sizeof wanted, "%s/here/video", place->folder);
    assert_string_equal(video, wanted);
    put(place, "sealroom.yaml", "state: here\nvideo: there\n", 0644);
    assert_int_equal(config_read_folders(place->file, path, video, NULL), STATUS_OK);
    snprintf(wanted, sizeof wanted, "%s/there", place->folder);
    assert_string_equal(video, wanted);
}

static void absent_file_is_no_mistake_in_it(void **state)
{
    const struct place *place = *state;
    struct config *config = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    assert_int_equal(config_read("/nonexistent.yaml", place->share, &config, &mistakes, &error),
                     STATUS_NOT_FOUND);
    assert_int_equal(mistakes.size, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void what_could_never_run_is_refused(void **state)
{
    const struct place *place = *state;
    expect_mistake(place, "suite: nist", "run_as: {keeper: nobody-at-all}", "3:18",
                   "there is no user \"nobody-at-all\"");
    expect_mistake(place, "state: state", "state: secret", "2:8", "is not a folder");
    expect_mistake(place, "suite: nist", "video: secret", "3:8", "is not a folder");
    expect_mistake(place, "{id: b, name: B}", "{id: b, name: \"\"}", "25:19", "must not be empty");
    expect_mistake(place, "cameras: [gate, aisle]", "cameras: [gate, gate]", "24:38",
                   "in this list already");
    expect_mistake(place, "when_full: stop", "reserve_mb: 16000001", "5:59", "16 to 16000000");
    expect_mistake(place, "suite: nist", "segment_seconds: 0x20", "3:18", "10 to 300");
    expect_mistake(place, "video_days: 40", "video_days: forty", "5:25", "30 to 36500");
    expect_mistake(place, "record_days: 200", "record_days: 99999", "5:42", "180 to 36500");
}

static void accounts_are_kept_as_usual_where_nothing_is_said(void **state)
{
    struct config *config = read_good(*state);
    assert_int_equal(config->accounts.settings.idle_minutes, 10);
    assert_int_equal(config->accounts.settings.lock_minutes, 15);
    assert_int_equal(config->accounts.second_count, 0);
    assert_false(config->accounts.lock_until_released);
    config_free(config);
}

static void accounts_are_kept_no_laxer_than_their_bounds(void **state)
{
    expect_mistake(*state, "suite: nist", "accounts: {idle_minutes: 16}", "3:26", "from 1 to 15");
    expect_mistake(*state, "suite: nist", "accounts: {password_length: 7}", "3:29", "from 8 to 64");
    expect_mistake(*state, "suite: nist", "accounts: {password_days: 91}", "3:27", "from 1 to 90");
    expect_mistake(*state, "suite: nist", "accounts: {lock_after: 6}", "3:24", "from 1 to 5");
    expect_mistake(*state, "suite: nist", "accounts: {lock_minutes: 14}", "3:26", "15 to 1440");
    expect_mistake(*state, "suite: nist", "accounts: {unused_days: 0}", "3:25", "from 1 to 90");
    expect_mistake(*state, "suite: nist", "accounts: {second_person: [watch]}", "3:28", "export");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_right_is_taken_over),
        TEST(controllers_get_their_defaults_and_ports),
        TEST(short_retention_is_refused_with_the_floor_and_why),
        TEST(unknown_key_is_a_mistake),
        TEST(out_of_range_names_the_range),
        TEST(unknown_board_lists_those_there_are),
        TEST(url_with_password_is_refused),
        TEST(url_must_be_rtsp_with_a_host),
        TEST(encrypted_camera_needs_its_certificate),
        TEST(password_file_must_be_private_and_one_line),
        TEST(mistake_in_a_file_of_one_camera_lets_the_others_run),
        TEST(consoles_certificate_goes_with_its_key),
        TEST(console_listens_at_a_number_and_a_port),
        TEST(console_is_there_if_its_section_is),
        TEST(password_needs_user_and_user_needs_password),
        TEST(password_in_a_file_others_can_read_is_refused),
        TEST(shares_beyond_the_whole_are_refused),
        TEST(ids_are_unique),
        TEST(door_must_exist_and_belong_to_a_controller),
        TEST(door_belongs_to_four_controllers_at_most),
        TEST(door_names_cameras_that_exist),
        TEST(rules_are_off_unless_they_are_asked_for),
        TEST(rules_must_be_possible),
        TEST(roster_must_be_readable),
        TEST(roster_mistake_names_its_line_and_no_card),
        TEST(cards_are_shown_in_full_unless_they_are_to_be_masked),
        TEST(profile_must_be_readable),
        TEST(serial_line_is_a_path_or_a_port_of_the_board),
        TEST(controllers_of_one_line_have_the_same_speed_and_units_of_their_own),
        TEST(one_line_has_one_name),
        TEST(address_of_a_controller_is_numeric_and_the_same_however_it_is_written),
        TEST(unit_is_one_that_can_be_asked),
        TEST(every_door_can_have_a_controller_of_its_own),
        TEST(every_mistake_is_reported_at_once),
        TEST(state_among_the_video_is_refused),
        TEST(state_is_found_in_spite_of_mistakes),
        TEST(absent_file_is_no_mistake_in_it),
        TEST(what_could_never_run_is_refused),
        TEST(accounts_are_kept_as_usual_where_nothing_is_said),
        TEST(accounts_are_kept_no_laxer_than_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
