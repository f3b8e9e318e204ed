#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "yaml_fixture.h"

static const struct yaml_word links[] = {{"tcp", LINK_TCP}, {"serial", LINK_SERIAL}, {NULL, 0}};

static const struct yaml_key tcp_keys[] = {
    {.name = "host",
     YAML_TEXT(struct controller, by.tcp.host, .smallest = 1, .expect = "a numeric address"),
     .required = true},
    {.name = "port", YAML_INTEGER(struct controller, by.tcp.port, 1, 65535, NULL)},
};
static const struct yaml_table tcp_table = {YAML_KEYS(struct controller, tcp_keys)};

static const struct yaml_key serial_keys[] = {
    {.name = "device", YAML_TEXT(struct controller, by.serial.device, ), .required = true},
    {.name = "baud", YAML_INTEGER(struct controller, by.serial.baud, 300, 115200, "bit/s")},
};
static const struct yaml_table serial_table = {YAML_KEYS(struct controller, serial_keys)};

static const struct yaml_case link_cases[] = {{LINK_TCP, &tcp_table}, {LINK_SERIAL, &serial_table}};

static const struct yaml_type id_type = YAML_ID_TYPE(33);
static const struct yaml_type number_type = YAML_INTEGER_TYPE(uint16_t, 0, 65535, NULL);
static const struct yaml_type event_type = YAML_VOCABULARY_TYPE(uint16_t, word_door_events);

static const struct yaml_key controller_keys[] = {
    {.name = "id", YAML_ID(struct controller, id), .required = true},
    {.name = "link", YAML_WORD(struct controller, link, links), .required = true},
    {.name = "cameras",
     YAML_LIST_PLACED(struct controller, cameras, camera_count, struct named, id, place, &id_type,
                      1, 3)},
    {.name = "codes",
     YAML_DICTIONARY(struct controller, codes, code_count, struct code, number, &number_type, event,
                     &event_type, 0, 0)},
};
static const struct yaml_table controller_table = {
    YAML_KEYS(struct controller, controller_keys),
    YAML_CASES("link", link_cases),
    YAML_TABLE_PLACE(struct controller, place),
    .unique = "id",
};
static const struct yaml_type controller_type = YAML_MAPPING_TYPE(&controller_table);

static const struct yaml_key limits_keys[] = {
    {.name = "percent", YAML_INTEGER(struct limits, percent, 0, 100, "per cent")},
    {.name = "offset", YAML_INTEGER(struct limits, offset, INT64_MIN, INT64_MAX, NULL)},
    {.name = "audio", YAML_BOOLEAN(struct limits, audio)},
};

static void check_limits(const void *object, struct yaml_place place,
                         struct yaml_mistakes *mistakes)
{
    const struct limits *limits = object;
    if (limits->audio && limits->percent == 0) {
        yaml_mistakes_add(mistakes, place, "audio needs a percent above 0");
    }
}

static const struct yaml_table limits_table = {
    YAML_KEYS(struct limits, limits_keys),
    .defaults = &(struct limits){.percent = 50},
    .check = check_limits,
};

static const char *check_name(const char *text)
{
    return text[0] == 'x' ? "must not begin with x" : NULL;
}

static const struct yaml_key appliance_keys[] = {
    {.name = "name",
     YAML_TEXT(struct appliance, name, .smallest = 1, .check = check_name),
     .required = true},
    {.name = "password", YAML_TEXT(struct appliance, password, )},
    {.name = "segment_seconds",
     YAML_INTEGER(struct appliance, seconds, 10, 300, "seconds"),
     YAML_PRESENT(struct appliance, seconds_given),
     YAML_PLACE(struct appliance, seconds_place)},
    {.name = "limits", YAML_MAPPING(struct appliance, limits, &limits_table)},
    {.name = "controllers",
     YAML_LIST(struct appliance, controllers, controller_count, &controller_type, 0, 4)},
    {.name = "ports", YAML_LIST(struct appliance, ports, port_count, &number_type, 0, 0)},
};
const struct yaml_table appliance_table = {
    YAML_KEYS(struct appliance, appliance_keys),
    .defaults = &(struct appliance){.seconds = 60, .limits = {.percent = 7}},
};

void load_bytes(struct loaded *loaded, struct bytes text)
{
    *loaded = (struct loaded){0};
    loaded->status = yaml_load(text, &appliance_table, &loaded->appliance, &loaded->mistakes, NULL);
    assert_int_equal(yaml_mistakes_print(&loaded->mistakes, "f", &loaded->printed), STATUS_OK);
    assert_int_equal(buffer_append(&loaded->printed, "", 1), STATUS_OK);
    assert_int_equal(loaded->status, loaded->mistakes.count > 0 ? STATUS_INVALID : STATUS_OK);
}

void unload(struct loaded *loaded)
{
    yaml_release(&appliance_table, &loaded->appliance);
    yaml_mistakes_release(&loaded->mistakes);
    buffer_release(&loaded->printed);
}

void expect_mistakes(const char *text, const char *lines)
{
    struct loaded loaded;
    load_bytes(&loaded, bytes_of_text(text));
    assert_string_equal((const char *)loaded.printed.data, lines);
    unload(&loaded);
}
