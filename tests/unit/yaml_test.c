#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/yaml_fixture.h"

static void a_whole_file_is_read(void **state)
{
    (void)state;
    struct loaded loaded;
    load_bytes(&loaded, bytes_of_text("name: \"档案室\"\n"
                                      "segment_seconds: 0x20 # comment\n"
                                      "limits: {percent: 9, offset: -9223372036854775808}\n"
                                      "controllers:\n"
                                      "  - id: panel-1\n"
                                      "    link: tcp\n"
                                      "    host: 10.0.0.5\n"
                                      "    port: 502\n"
                                      "    cameras: [gate, hall]\n"
                                      "    codes: {1: access_granted, 0x2: access_denied}\n"
                                      "  - {id: panel-2, baud: 9600, device: /dev/ttyS1, "
                                      "link: serial}\n"
                                      "ports: [1, 2, 3]\n"));
    assert_string_equal((const char *)loaded.printed.data, "");
    const struct appliance *appliance = &loaded.appliance;
    assert_string_equal(appliance->name, "档案室");
    assert_int_equal(appliance->seconds, 32);
    assert_true(appliance->seconds_given);
    assert_int_equal(appliance->seconds_place.line, 2);
    assert_int_equal(appliance->seconds_place.column, 18);
    assert_int_equal(appliance->limits.percent, 9);
    assert_true(appliance->limits.offset == INT64_MIN);
    assert_int_equal(appliance->controller_count, 2);
    const struct controller *panel = appliance->controllers;
    assert_string_equal(panel[0].by.tcp.host, "10.0.0.5");
    assert_int_equal(panel[0].by.tcp.port, 502);
    assert_int_equal(panel[0].place.line, 5);
    assert_int_equal(panel[0].place.column, 5);
    assert_int_equal(panel[0].camera_count, 2);
    assert_string_equal(panel[0].cameras[1].id, "hall");
    assert_int_equal(panel[0].cameras[1].place.line, 9);
    assert_int_equal(panel[0].code_count, 2);
    assert_int_equal(panel[0].codes[1].number, 2);
    assert_int_equal(panel[0].codes[1].event, DOOR_ACCESS_DENIED);
    assert_int_equal(panel[1].link, LINK_SERIAL);
    assert_string_equal(panel[1].by.serial.device, "/dev/ttyS1");
    assert_int_equal(panel[1].by.serial.baud, 9600);
    assert_int_equal(appliance->port_count, 3);
    assert_int_equal(appliance->ports[2], 3);
    unload(&loaded);
}

static void what_is_absent_keeps_its_default(void **state)
{
    (void)state;
    struct loaded loaded;
    load_bytes(&loaded, bytes_of_text("name: a\nlimits: {offset: 1}\n"));
    assert_int_equal(loaded.appliance.seconds, 60);
    assert_false(loaded.appliance.seconds_given);
    assert_int_equal(loaded.appliance.seconds_place.line, 0);
    assert_int_equal(loaded.appliance.limits.percent, 50);
    assert_null(loaded.appliance.controllers);
    unload(&loaded);
}

static void every_mistake_is_reported_in_order(void **state)
{
    (void)state;
    expect_mistakes("segment_secnds: 5\n"
                    "ports: [1, x]\n"
                    "limits:\n"
                    "  percent: 101\n"
                    "  audio: maybe\n",
                    "f:1:1: \"name\" is missing; it must be a text\n"
                    "f:1:1: unknown key \"segment_secnds\"; did you mean \"segment_seconds\"?\n"
                    "f:2:12: item 2 of \"ports\" must be a whole number from 0 to 65535, not "
                    "\"x\"\n"
                    "f:4:12: \"percent\" must be a whole number from 0 to 100 (per cent), not "
                    "\"101\"\n"
                    "f:5:10: \"audio\" must be yes or no, not \"maybe\"\n");
}

static void an_unknown_key_unlike_any_lists_the_known(void **state)
{
    (void)state;
    expect_mistakes("name: a\nlimits: {zebra: 1}\n",
                    "f:2:10: unknown key \"zebra\"; known here: percent, offset, audio\n");
}

static void a_key_given_twice_names_the_first(void **state)
{
    (void)state;
    expect_mistakes("name: a\nports: []\nname: b\n",
                    "f:3:1: \"name\" is given twice; the first stands in line 1\n");
}

static void a_byte_order_mark_is_no_mistake_and_moves_no_place(void **state)
{
    (void)state;
    expect_mistakes("\xef\xbb\xbf"
                    "name: a\nports: []\nname: b\n",
                    "f:3:1: \"name\" is given twice; the first stands in line 1\n");
    expect_mistakes("\xef\xbb\xbf"
                    "zebra: 1\nname: a\n",
                    "f:1:1: unknown key \"zebra\"; known here: name, password, segment_seconds, "
                    "limits, controllers, ports\n");
}

static void keys_of_another_choice_do_not_go(void **state)
{
    (void)state;
    expect_mistakes("name: a\ncontrollers:\n- id: p\n  link: serial\n  host: h\n",
                    "f:3:3: \"device\" is missing; it must be a text\n"
                    "f:5:3: \"host\" does not go with link: serial\n");
}

static void with_a_bad_choice_its_keys_are_not_judged(void **state)
{
    (void)state;
    expect_mistakes("name: a\ncontrollers:\n- id: p\n  host: h\n  baud: 4\n",
                    "f:3:3: \"link\" is missing; it must be one of tcp, serial\n");
}

static void items_with_the_same_id_are_refused(void **state)
{
    (void)state;
    expect_mistakes("name: a\ncontrollers:\n"
                    "- {id: p, link: tcp, host: h}\n"
                    "- {id: q, link: tcp, host: h}\n"
                    "- {id: p, link: tcp, host: h}\n",
                    "f:5:8: \"id\" is \"p\" a second time; the first stands in line 3\n");
}

static void too_few_and_too_many_items_are_refused(void **state)
{
    (void)state;
    expect_mistakes("name: a\ncontrollers:\n- {id: p, link: tcp, host: h, cameras: []}\n",
                    "f:3:40: \"cameras\" must have 1 to 3 items, not 0\n");
    expect_mistakes("name: a\ncontrollers:\n- {id: p, link: tcp, host: h, cameras: [a,b,c,d]}\n",
                    "f:3:40: \"cameras\" must have 1 to 3 items, not 4\n");
}

static void a_code_given_twice_is_found_in_any_notation(void **state)
{
    (void)state;
    expect_mistakes("name: a\ncontrollers:\n- id: p\n  link: tcp\n  host: h\n"
                    "  codes:\n    16: opened\n    0x10: closed\n    x: opened\n",
                    "f:8:5: \"0x10\" is given twice in \"codes\"\n"
                    "f:9:5: a key of \"codes\" must be a whole number from 0 to 65535, not "
                    "\"x\"\n");
}

static void the_wrong_kind_of_node_is_refused(void **state)
{
    (void)state;
    expect_mistakes("- a\n",
                    "f:1:1: the file must be a mapping (lines of \"key: value\"), not a list\n");
    expect_mistakes("name: a\nlimits: 3\nports: {a: b}\ncontrollers: [7]\n",
                    "f:2:9: \"limits\" must be a mapping (lines of \"key: value\"), not \"3\"\n"
                    "f:3:8: \"ports\" must be a list (lines that begin with \"- \"), not a "
                    "mapping\n"
                    "f:4:15: item 1 of \"controllers\" must be a mapping (lines of \"key: "
                    "value\"), not \"7\"\n");
    expect_mistakes("name: a\n? [b]\n: c\n", "f:2:3: a key must be a plain name\n");
}

static void a_mapping_is_checked_as_a_whole(void **state)
{
    (void)state;
    expect_mistakes("name: a\nlimits: {audio: yes, percent: 0}\n",
                    "f:2:9: audio needs a percent above 0\n");
}

static void an_empty_file_lacks_its_required_keys(void **state)
{
    (void)state;
    expect_mistakes("", "f:1:1: \"name\" is missing; it must be a text\n");
    /* A buffer that nothing was read into points nowhere. */
    struct loaded loaded;
    load_bytes(&loaded, (struct bytes){NULL, 0});
    assert_string_equal((const char *)loaded.printed.data,
                        "f:1:1: \"name\" is missing; it must be a text\n");
    unload(&loaded);
    expect_mistakes("# nothing\n", "f:1:1: \"name\" is missing; it must be a text\n");
}

static void anchors_aliases_tags_and_documents_are_refused(void **state)
{
    (void)state;
    expect_mistakes("name: &n a\n",
                    "f:1:7: the anchor &n is not allowed; write the value out where it is meant\n");
    expect_mistakes("name: !!str a\n",
                    "f:1:7: the tag tag:yaml.org,2002:str is not allowed; leave it out\n");
    expect_mistakes("name: a\n---\nname: b\n",
                    "f:2:1: a second document begins here; a file holds one\n");
    expect_mistakes("name: &n a\nports: *n\n",
                    "f:1:7: the anchor &n is not allowed; write the value out where it is meant\n"
                    "f:2:8: the alias *n is not allowed; write the value out\n");
    /* A document that contains itself must not be followed. */
    expect_mistakes("ports: &a [*a]\n",
                    "f:1:8: the anchor &a is not allowed; write the value out where it is meant\n"
                    "f:1:12: the alias *a is not allowed; write the value out\n");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    char text[4096];
    memset(text, '[', sizeof text);
    struct loaded loaded;
    load_bytes(&loaded, (struct bytes){(const uint8_t *)text, sizeof text});
    assert_string_equal((const char *)loaded.printed.data,
                        "f:1:17: nested deeper than 16 levels\n");
    unload(&loaded);
}

static void bad_syntax_says_where(void **state)
{
    (void)state;
    expect_mistakes("name: a\n\tports: []\n", "f:2:1: a tab stands here; indent with spaces\n");
    struct loaded loaded;
    load_bytes(&loaded, bytes_of_text("name: [a\n"));
    assert_int_equal(loaded.mistakes.count, 1);
    assert_int_equal(loaded.mistakes.items[0].place.line, 2);
    unload(&loaded);
    load_bytes(&loaded, bytes_of_text("name: a\nab: \xff\n"));
    assert_int_equal(loaded.mistakes.count, 1);
    assert_int_equal(loaded.mistakes.items[0].place.line, 2);
    assert_int_equal(loaded.mistakes.items[0].place.column, 5);
    unload(&loaded);
}

static void a_huge_file_is_refused(void **state)
{
    (void)state;
    size_t size = YAML_SIZE_MAX + 1;
    char *text = calloc(1, size);
    assert_non_null(text);
    memset(text, ' ', size);
    struct loaded loaded;
    load_bytes(&loaded, (struct bytes){(const uint8_t *)text, size});
    assert_int_equal(loaded.mistakes.count, 1);
    unload(&loaded);
    free(text);
}

static void endless_mistakes_are_counted_not_kept(void **state)
{
    (void)state;
    struct buffer text = {0};
    assert_int_equal(buffer_append_text(&text, "name: a\nports:\n"), STATUS_OK);
    for (int i = 0; i < YAML_MISTAKES_MAX + 50; i++) {
        assert_int_equal(buffer_append_text(&text, "- x\n"), STATUS_OK);
    }
    struct loaded loaded;
    load_bytes(&loaded, buffer_bytes(&text));
    assert_int_equal(loaded.mistakes.count, YAML_MISTAKES_MAX);
    assert_int_equal(loaded.mistakes.left_out, 50);
    assert_non_null(strstr((const char *)loaded.printed.data, "f: and 50 mistakes more\n"));
    unload(&loaded);
    buffer_release(&text);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct loaded loaded = {0};
    struct error error = {0};
    assert_int_equal(yaml_load_file("/nonexistent/sealroom.yaml", &appliance_table,
                                    &loaded.appliance, &loaded.mistakes, &error),
                     STATUS_NOT_FOUND);
    assert_non_null(strstr(error.text, "/nonexistent/sealroom.yaml"));
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_is_read),
        cmocka_unit_test(what_is_absent_keeps_its_default),
        cmocka_unit_test(every_mistake_is_reported_in_order),
        cmocka_unit_test(an_unknown_key_unlike_any_lists_the_known),
        cmocka_unit_test(a_key_given_twice_names_the_first),
        cmocka_unit_test(a_byte_order_mark_is_no_mistake_and_moves_no_place),
        cmocka_unit_test(keys_of_another_choice_do_not_go),
        cmocka_unit_test(with_a_bad_choice_its_keys_are_not_judged),
        cmocka_unit_test(items_with_the_same_id_are_refused),
        cmocka_unit_test(too_few_and_too_many_items_are_refused),
        cmocka_unit_test(a_code_given_twice_is_found_in_any_notation),
        cmocka_unit_test(the_wrong_kind_of_node_is_refused),
        cmocka_unit_test(a_mapping_is_checked_as_a_whole),
        cmocka_unit_test(an_empty_file_lacks_its_required_keys),
        cmocka_unit_test(anchors_aliases_tags_and_documents_are_refused),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(bad_syntax_says_where),
        cmocka_unit_test(a_huge_file_is_refused),
        cmocka_unit_test(endless_mistakes_are_counted_not_kept),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
