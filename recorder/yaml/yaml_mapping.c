/* Mappings: known, unknown, repeated and missing keys, and keys that depend on a selector. */
#include <stdio.h>
#include <string.h>

#include "yaml/yaml_inner.h"

/* More than any table has; the search for repeated keys takes the square of it. */
#define PAIRS_MAX 512

/* A mapping while it is read. */
struct mapping {
    struct yaml_walk *walk;
    const struct yaml_table *table;
    const struct yaml_table *chosen; /* by the selector; NULL if none applies */
    bool selector_read;              /* or there is none */
    const yaml_node_t *node;
    uint8_t *object;
};

const yaml_node_t *yaml_node_of(const struct yaml_walk *walk, int index)
{
    return yaml_document_get_node(walk->document, index);
}

bool yaml_is_scalar_named(const yaml_node_t *node, const char *name)
{
    return node->type == YAML_SCALAR_NODE &&
           strcmp((const char *)node->data.scalar.value, name) == 0;
}

/* The value of the first pair called `name`, or NULL. */
const yaml_node_t *yaml_value_of(const struct yaml_walk *walk, const yaml_node_t *node,
                                 const char *name)
{
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (yaml_is_scalar_named(yaml_node_of(walk, pair->key), name)) {
            return yaml_node_of(walk, pair->value);
        }
    }
    return NULL;
}

/* Reads the selector before everything else, without reporting: it is read again in its turn. */
static void choose(struct mapping *mapping)
{
    const struct yaml_table *table = mapping->table;
    const struct yaml_key *key =
        table->selector != NULL ? yaml_key_named(table, table->selector) : NULL;
    mapping->selector_read = true;
    if (key != NULL) {
        const yaml_node_t *value = yaml_value_of(mapping->walk, mapping->node, key->name);
        struct yaml_walk quiet = {.document = mapping->walk->document};
        mapping->selector_read = value != NULL ? yaml_scalar_read(&quiet, &key->type, "", value,
                                                                  mapping->object + key->offset)
                                               : !key->required;
    }
    mapping->chosen = yaml_case_of(table, mapping->object);
    if (mapping->chosen != NULL) {
        yaml_object_begin(mapping->chosen, mapping->object, false);
    }
}

static const struct yaml_key *key_in_any_case(const struct yaml_table *table, const char *name)
{
    const struct yaml_key *key = NULL;
    for (size_t i = 0; key == NULL && i < table->case_count; i++) {
        key = yaml_key_named(table->cases[i].table, name);
    }
    return key;
}

struct key_names {
    const struct yaml_table *tables[2];
    size_t table;
    size_t index;
};

static const char *next_key(void *context)
{
    struct key_names *names = context;
    for (; names->table < 2; names->table++, names->index = 0) {
        const struct yaml_table *table = names->tables[names->table];
        if (table != NULL && names->index < table->key_count) {
            return table->keys[names->index++].name;
        }
    }
    return NULL;
}

static void unknown_key(const struct mapping *mapping, const yaml_node_t *node)
{
    struct yaml_mistakes *mistakes = mapping->walk->mistakes;
    const char *name = (const char *)node->data.scalar.value;
    char shown[YAML_LABEL_SIZE];
    yaml_show(node, shown, sizeof shown);
    if (key_in_any_case(mapping->table, name) != NULL) {
        const yaml_node_t *selector =
            yaml_value_of(mapping->walk, mapping->node, mapping->table->selector);
        /* With a selector that is itself a mistake nobody knows which keys belong. */
        if (mapping->selector_read) {
            yaml_mistakes_add(mistakes, yaml_place_of(node), "\"%s\" does not go with %s: %s",
                              shown, mapping->table->selector,
                              selector != NULL ? (const char *)selector->data.scalar.value
                                               : "(its default)");
        }
        return;
    }
    struct key_names names = {.tables = {mapping->table, mapping->chosen}};
    const char *nearest = yaml_nearest(name, next_key, &names);
    if (nearest != NULL) {
        yaml_mistakes_add(mistakes, yaml_place_of(node), "unknown key \"%s\"; did you mean \"%s\"?",
                          shown, nearest);
        return;
    }
    struct buffer known = {0};
    names = (struct key_names){.tables = {mapping->table, mapping->chosen}};
    const char *key = NULL;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (key = next_key(&names)) != NULL) {
        status = buffer_append_format(&known, "%s%s", known.size > 0 ? ", " : "", key);
    }
    yaml_mistakes_add(mistakes, yaml_place_of(node), "unknown key \"%s\"; known here: %.*s", shown,
                      (int)known.size, known.size > 0 ? (const char *)known.data : "none");
    buffer_release(&known);
}

/* Was this pair's key there before? */
static bool is_repeated(const struct mapping *mapping, const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = yaml_node_of(mapping->walk, pair->key);
    const char *name = (const char *)key->data.scalar.value;
    for (const yaml_node_pair_t *earlier = mapping->node->data.mapping.pairs.start; earlier < pair;
         earlier++) {
        const yaml_node_t *first = yaml_node_of(mapping->walk, earlier->key);
        if (yaml_is_scalar_named(first, name)) {
            char shown[YAML_LABEL_SIZE];
            yaml_show(key, shown, sizeof shown);
            yaml_mistakes_add(mapping->walk->mistakes, yaml_place_of(key),
                              "\"%s\" is given twice; the first stands in line %u", shown,
                              yaml_place_of(first).line);
            return true;
        }
    }
    return false;
}

static void pair_read(const struct mapping *mapping, const yaml_node_pair_t *pair)
{
    const yaml_node_t *name = yaml_node_of(mapping->walk, pair->key);
    const yaml_node_t *value = yaml_node_of(mapping->walk, pair->value);
    if (name->type != YAML_SCALAR_NODE) {
        yaml_mistakes_add(mapping->walk->mistakes, yaml_place_of(name),
                          "a key must be a plain name");
        return;
    }
    if (is_repeated(mapping, pair)) {
        return;
    }
    const char *text = (const char *)name->data.scalar.value;
    const struct yaml_key *key = yaml_key_named(mapping->table, text);
    if (key == NULL) {
        key = yaml_key_named(mapping->chosen, text);
    }
    if (key == NULL) {
        unknown_key(mapping, name);
        return;
    }
    if (key->present != 0) {
        bool present = true;
        memcpy(mapping->object + key->present - 1, &present, sizeof present);
    }
    if (key->place != 0) {
        struct yaml_place place = yaml_place_of(value);
        memcpy(mapping->object + key->place - 1, &place, sizeof place);
    }
    char label[YAML_LABEL_SIZE];
    (void)snprintf(label, sizeof label, "\"%s\"", key->name);
    yaml_value_read(mapping->walk, &key->type, label, value, mapping->object, key->offset);
}

static void report_missing(const struct mapping *mapping, const struct yaml_table *table,
                           struct yaml_place place)
{
    for (size_t i = 0; table != NULL && i < table->key_count; i++) {
        const struct yaml_key *key = &table->keys[i];
        if (!key->required || (mapping->node != NULL &&
                               yaml_value_of(mapping->walk, mapping->node, key->name) != NULL)) {
            continue;
        }
        struct buffer text = {0};
        yaml_describe(&key->type, &text);
        yaml_mistakes_add(mapping->walk->mistakes, place, "\"%s\" is missing; it must be %.*s",
                          key->name, (int)text.size, text.size > 0 ? (const char *)text.data : "");
        buffer_release(&text);
    }
}

static size_t mistakes_so_far(const struct yaml_walk *walk)
{
    return walk->mistakes->count + walk->mistakes->left_out;
}

static void mapping_check(const struct mapping *mapping, struct yaml_place place)
{
    const struct yaml_table *tables[] = {mapping->table, mapping->chosen};
    for (size_t i = 0; i < 2; i++) {
        if (tables[i] != NULL && tables[i]->check != NULL) {
            tables[i]->check(mapping->object, place, mapping->walk->mistakes);
        }
    }
}

/* Reads a mapping into *object, which yaml_object_begin has prepared. */
void yaml_mapping_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                       const yaml_node_t *node, uint8_t *object)
{
    if (node->type != YAML_MAPPING_NODE) {
        yaml_expected(walk, type, label, node);
        return;
    }
    struct mapping mapping = {.walk = walk, .table = type->table, .node = node, .object = object};
    struct yaml_place place = yaml_place_of(node);
    size_t before = mistakes_so_far(walk);
    if (type->table->place != 0) {
        memcpy(object + type->table->place - 1, &place, sizeof place);
    }
    const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - pairs);
    if (count > PAIRS_MAX) {
        yaml_mistakes_add(walk->mistakes, place, "%s has %zu keys; only the first %d are read",
                          label, count, PAIRS_MAX);
        count = PAIRS_MAX;
    }
    choose(&mapping);
    for (size_t i = 0; i < count; i++) {
        pair_read(&mapping, &pairs[i]);
    }
    report_missing(&mapping, mapping.table, place);
    report_missing(&mapping, mapping.chosen, place);
    if (mistakes_so_far(walk) == before) {
        mapping_check(&mapping, place);
    }
}

void yaml_nothing_read(struct yaml_walk *walk, const struct yaml_table *table)
{
    struct mapping nothing = {.walk = walk, .table = table};
    report_missing(&nothing, table, (struct yaml_place){1, 1});
}
