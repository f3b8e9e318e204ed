/* A YAML file against a small table that has every kind of value. Either it is read without a
 * mistake and keeps the table's limits, or it has mistakes, each with a place. */
#include <string.h>

#include "fuzz.h"
#include "yaml/yaml_walk.h"

enum shape { SHAPE_ROUND = 1, SHAPE_SQUARE };

struct pair {
    uint16_t code;
    uint16_t event;
};

struct named {
    char id[33];
    struct yaml_place place;
};

struct part {
    char id[33];
    enum shape shape;
    union {
        uint32_t radius;
        struct {
            struct named *sides;
            size_t side_count;
        } square;
    } of;
    struct pair *codes;
    size_t code_count;
};

struct inner {
    int64_t number;
    bool flag;
};

struct whole {
    char name[16];
    uint8_t level;
    struct inner inner;
    struct part *parts;
    size_t part_count;
};

static const struct yaml_word shapes[] = {
    {"round", SHAPE_ROUND}, {"square", SHAPE_SQUARE}, {NULL, 0}};
static const struct yaml_type id_type = YAML_ID_TYPE(33);
static const struct yaml_type code_type = YAML_INTEGER_TYPE(uint16_t, 1, 1000, NULL);
static const struct yaml_type event_type = YAML_VOCABULARY_TYPE(uint16_t, word_door_events);

static const struct yaml_key round_keys[] = {
    {.name = "radius", YAML_INTEGER(struct part, of.radius, 1, 100, "mm"), .required = true},
};
static const struct yaml_table round_table = {YAML_KEYS(struct part, round_keys)};
static const struct yaml_key square_keys[] = {
    {.name = "sides",
     YAML_LIST_PLACED(struct part, of.square.sides, of.square.side_count, struct named, id, place,
                      &id_type, 0, 4)},
};
static const struct yaml_table square_table = {YAML_KEYS(struct part, square_keys)};
static const struct yaml_case cases[] = {{SHAPE_ROUND, &round_table},
                                         {SHAPE_SQUARE, &square_table}};

static const struct yaml_key part_keys[] = {
    {.name = "id", YAML_ID(struct part, id), .required = true},
    {.name = "shape", YAML_WORD(struct part, shape, shapes), .required = true},
    {.name = "codes",
     YAML_DICTIONARY(struct part, codes, code_count, struct pair, code, &code_type, event,
                     &event_type, 0, 8)},
};
static const struct yaml_table part_table = {YAML_KEYS(struct part, part_keys),
                                             YAML_CASES("shape", cases), .unique = "id"};
static const struct yaml_type part_type = YAML_MAPPING_TYPE(&part_table);

static const struct yaml_key inner_keys[] = {
    {.name = "number", YAML_INTEGER(struct inner, number, INT64_MIN, INT64_MAX, NULL)},
    {.name = "flag", YAML_BOOLEAN(struct inner, flag)},
};
static const struct yaml_table inner_table = {YAML_KEYS(struct inner, inner_keys),
                                              .defaults = &(struct inner){.number = 7}};

static const struct yaml_key whole_keys[] = {
    {.name = "name", YAML_TEXT(struct whole, name, .smallest = 2), .required = true},
    {.name = "level", YAML_INTEGER(struct whole, level, 3, 200, NULL)},
    {.name = "inner", YAML_MAPPING(struct whole, inner, &inner_table)},
    {.name = "parts", YAML_LIST(struct whole, parts, part_count, &part_type, 0, 16)},
};
static const struct yaml_table whole_table = {YAML_KEYS(struct whole, whole_keys),
                                              .defaults = &(struct whole){.level = 3}};

static void check_part(const struct part *part)
{
    MUST(part->id[0] != '\0' && strlen(part->id) < sizeof part->id);
    MUST(part->shape == SHAPE_ROUND || part->shape == SHAPE_SQUARE);
    MUST(part->shape != SHAPE_ROUND || (part->of.radius >= 1 && part->of.radius <= 100));
    MUST(part->shape != SHAPE_SQUARE || part->of.square.side_count <= 4);
    MUST(part->code_count <= 8);
    for (size_t i = 0; i < part->code_count; i++) {
        MUST(part->codes[i].code >= 1 && part->codes[i].code <= 1000);
        MUST(word_door_event((enum door_event)part->codes[i].event) != NULL);
    }
}

static void check(const struct whole *whole)
{
    struct bytes name = {(const uint8_t *)whole->name, strnlen(whole->name, sizeof whole->name)};
    MUST(name.size >= 2 && name.size < sizeof whole->name && utf8_is_clean(name, false));
    MUST(whole->level >= 3 && whole->level <= 200);
    MUST(whole->part_count <= 16);
    for (size_t i = 0; i < whole->part_count; i++) {
        check_part(&whole->parts[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct whole whole;
    struct yaml_mistakes mistakes = {0};
    struct buffer text = {0};
    enum status status =
        yaml_load((struct bytes){data, size}, &whole_table, &whole, &mistakes, NULL);
    if (status == STATUS_OK) {
        MUST(mistakes.count == 0);
        check(&whole);
    } else if (status == STATUS_INVALID) {
        MUST(mistakes.count > 0);
        for (size_t i = 0; i < mistakes.count; i++) {
            MUST(mistakes.items[i].place.line > 0 && mistakes.items[i].place.column > 0);
        }
    }
    MUST(yaml_mistakes_print(&mistakes, "f", &text) == STATUS_OK);
    MUST(text.size == 0 || utf8_is_clean(buffer_bytes(&text), true));
    buffer_release(&text);
    yaml_release(&whole_table, &whole);
    yaml_mistakes_release(&mistakes);
    return 0;
}
