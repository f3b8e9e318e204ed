/* Lists, and dictionaries, whose keys are data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/card.h"
#include "base/message.h"
#include "yaml/yaml_inner.h"

/* Makes room for the items of a list or dictionary and says if there are too few or too many;
 * NULL if there is nothing to read. *count is cut to what is allowed. */
static uint8_t *items_make(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                           const yaml_node_t *node, size_t *count)
{
    size_t most = type->most != 0 ? type->most : YAML_ITEMS_MAX;
    if (*count < type->least || *count > most) {
        yaml_mistakes_add(walk->mistakes, yaml_place_of(node),
                          "%s must have %zu to %zu items, not %zu", label, type->least, most,
                          *count);
    }
    *count = *count < most ? *count : most;
    uint8_t *items = *count > 0 ? calloc(*count, type->item_size) : NULL;
    walk->no_memory = walk->no_memory || (*count > 0 && items == NULL);
    return items;
}

static void item_begin(const struct yaml_type *type, const yaml_node_t *node, uint8_t *item)
{
    if (type->item->kind == YAML_KIND_MAPPING) {
        yaml_object_begin(type->item->table, item + type->item_offset, true);
    }
    if (type->item_place != YAML_NOWHERE) {
        struct yaml_place place = yaml_place_of(node);
        memcpy(item + type->item_place, &place, sizeof place);
    }
}

/* In a list of mappings, no two may have the same value under the table's `unique` key. */
static void check_unique(const struct yaml_walk *walk, const yaml_node_t *list, size_t count,
                         const char *unique)
{
    const yaml_node_item_t *items = list->data.sequence.items.start;
    const yaml_node_t **values = calloc(count, sizeof(const yaml_node_t *));
    for (size_t i = 0; values != NULL && i < count; i++) {
        const yaml_node_t *item = yaml_node_of(walk, items[i]);
        const yaml_node_t *value =
            item->type == YAML_MAPPING_NODE ? yaml_value_of(walk, item, unique) : NULL;
        values[i] = value != NULL && value->type == YAML_SCALAR_NODE ? value : NULL;
        for (size_t j = 0; values[i] != NULL && j < i; j++) {
            if (values[j] == NULL ||
                !yaml_is_scalar_named(values[j], (const char *)values[i]->data.scalar.value)) {
                continue;
            }
            char shown[YAML_LABEL_SIZE];
            yaml_show(values[i], shown, sizeof shown);
            yaml_mistakes_add(walk->mistakes, yaml_place_of(values[i]),
                              "\"%s\" is \"%s\" a second time; the first stands in line %u", unique,
                              shown, yaml_place_of(values[j]).line);
            break;
        }
    }
    free(values);
}

void yaml_list_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                    const yaml_node_t *node, uint8_t *owner, size_t offset)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        yaml_expected(walk, type, label, node);
        return;
    }
    const yaml_node_item_t *items = node->data.sequence.items.start;
    size_t count = (size_t)(node->data.sequence.items.top - items);
    uint8_t *made = items_make(walk, type, label, node, &count);
    if (made == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        char inner[YAML_LABEL_SIZE + 32];
        (void)snprintf(inner, sizeof inner, "item %zu of %s", i + 1, label);
        const yaml_node_t *item = yaml_node_of(walk, items[i]);
        item_begin(type, item, made + i * type->item_size);
        yaml_value_read(walk, type->item, inner, item, made + i * type->item_size,
                        type->item_offset);
    }
    if (type->item->kind == YAML_KIND_MAPPING && type->item->table->unique != NULL) {
        check_unique(walk, node, count, type->item->table->unique);
    }
    yaml_array_store(owner, offset, type, made, count);
}

/* Is there an item before `index` with the same key? Keys are compared as they were read: 16 and
 * 0x10 are one. */
static bool has_equal_key(const struct yaml_type *type, const uint8_t *items, size_t index)
{
    const uint8_t *key = items + index * type->item_size + type->key_offset;
    for (size_t i = 0; i < index; i++) {
        if (memcmp(items + i * type->item_size + type->key_offset, key, type->key->size) == 0) {
            return true;
        }
    }
    return false;
}

static void show_key(const struct yaml_type *type, const yaml_node_t *key, char *shown, size_t size)
{
    char masked[CARD_MASKED_SIZE];
    yaml_show(key, shown, size);
    if (type->is_card) {
        card_mask(masked, bytes_of_text(shown), NULL);
        message_text(shown, size, masked);
    }
}

void yaml_dictionary_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                          const yaml_node_t *node, uint8_t *owner, size_t offset)
{
    if (node->type != YAML_MAPPING_NODE) {
        yaml_expected(walk, type, label, node);
        return;
    }
    const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - pairs);
    uint8_t *made = items_make(walk, type, label, node, &count);
    if (made == NULL) {
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *key = yaml_node_of(walk, pairs[i].key);
        uint8_t *item = made + kept * type->item_size;
        memset(item, 0, type->item_size);
        char inner[YAML_LABEL_SIZE + 32];
        (void)snprintf(inner, sizeof inner, "a key of %s", label);
        if (!yaml_scalar_read(walk, type->key, inner, key, item + type->key_offset)) {
            continue;
        }
        char shown[YAML_LABEL_SIZE];
        show_key(type->key, key, shown, sizeof shown);
        if (has_equal_key(type, made, kept)) {
            yaml_mistakes_add(walk->mistakes, yaml_place_of(key), "\"%s\" is given twice in %s",
                              shown, label);
            continue;
        }
        (void)snprintf(inner, sizeof inner, "\"%s\"", shown);
        item_begin(type, key, item);
        yaml_value_read(walk, type->item, inner, yaml_node_of(walk, pairs[i].value), item,
                        type->item_offset);
        kept++;
    }
    yaml_array_store(owner, offset, type, made, kept);
}
