/* The C struct that a table describes: how it begins, and how it is released. */
#include <stdlib.h>
#include <string.h>

#include "yaml/yaml_inner.h"

bool yaml_is_array(const struct yaml_type *type)
{
    return type->kind == YAML_KIND_LIST || type->kind == YAML_KIND_DICTIONARY;
}

void yaml_array_store(uint8_t *owner, size_t offset, const struct yaml_type *type, void *items,
                      size_t count)
{
    memcpy(owner + offset, &items, sizeof items);
    memcpy(owner + type->count_offset, &count, sizeof count);
}

static void array_release(uint8_t *owner, size_t offset, const struct yaml_type *type)
{
    uint8_t *items = NULL;
    size_t count = 0;
    memcpy(&items, owner + offset, sizeof items);
    memcpy(&count, owner + type->count_offset, sizeof count);
    for (size_t i = 0; type->item->kind == YAML_KIND_MAPPING && i < count; i++) {
        yaml_release(type->item->table, items + i * type->item_size + type->item_offset);
    }
    free(items);
    yaml_array_store(owner, offset, type, NULL, 0);
}

void yaml_object_begin(const struct yaml_table *table, uint8_t *object, bool with_defaults)
{
    if (with_defaults && table->defaults != NULL) {
        memcpy(object, table->defaults, table->size);
    }
    for (size_t i = 0; i < table->key_count; i++) {
        const struct yaml_key *key = &table->keys[i];
        if (yaml_is_array(&key->type)) {
            yaml_array_store(object, key->offset, &key->type, NULL, 0);
        } else if (key->type.kind == YAML_KIND_MAPPING) {
            yaml_object_begin(key->type.table, object + key->offset, true);
        }
    }
    const struct yaml_table *chosen = with_defaults ? yaml_case_of(table, object) : NULL;
    if (chosen != NULL) {
        yaml_object_begin(chosen, object, false);
    }
}

const struct yaml_key *yaml_key_named(const struct yaml_table *table, const char *name)
{
    for (size_t i = 0; table != NULL && i < table->key_count; i++) {
        if (strcmp(table->keys[i].name, name) == 0) {
            return &table->keys[i];
        }
    }
    return NULL;
}

const struct yaml_table *yaml_case_of(const struct yaml_table *table, const uint8_t *object)
{
    const struct yaml_key *key =
        table->selector != NULL ? yaml_key_named(table, table->selector) : NULL;
    if (key == NULL) {
        return NULL;
    }
    int64_t value = yaml_integer_stored(object + key->offset, key->type.size);
    for (size_t i = 0; i < table->case_count; i++) {
        if (table->cases[i].value == value) {
            return table->cases[i].table;
        }
    }
    return NULL;
}

static void keys_release(const struct yaml_table *table, uint8_t *object)
{
    for (size_t i = 0; table != NULL && i < table->key_count; i++) {
        const struct yaml_key *key = &table->keys[i];
        if (key->type.kind == YAML_KIND_MAPPING) {
            yaml_release(key->type.table, object + key->offset);
        } else if (yaml_is_array(&key->type)) {
            array_release(object, key->offset, &key->type);
        }
    }
}

void yaml_release(const struct yaml_table *table, void *object)
{
    keys_release(yaml_case_of(table, object), object);
    keys_release(table, object);
}
