#include "yaml/yaml_walk.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "yaml/yaml_inner.h"

void yaml_value_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                     const yaml_node_t *node, uint8_t *owner, size_t offset)
{
    switch (type->kind) {
    case YAML_KIND_MAPPING:
        yaml_mapping_read(walk, type, label, node, owner + offset);
        break;
    case YAML_KIND_LIST:
        yaml_list_read(walk, type, label, node, owner, offset);
        break;
    case YAML_KIND_DICTIONARY:
        yaml_dictionary_read(walk, type, label, node, owner, offset);
        break;
    case YAML_KIND_TEXT:
    case YAML_KIND_ID:
    case YAML_KIND_INTEGER:
    case YAML_KIND_BOOLEAN:
    case YAML_KIND_WORD:
        (void)yaml_scalar_read(walk, type, label, node, owner + offset);
        break;
    }
}

static void document_walk(struct yaml_walk *walk, const struct yaml_table *table, uint8_t *object)
{
    const yaml_node_t *root = yaml_document_get_root_node(walk->document);
    struct yaml_type type = {.kind = YAML_KIND_MAPPING, .table = table};
    if (root != NULL && !yaml_is_empty(root)) {
        yaml_mapping_read(walk, &type, "the file", root, object);
        return;
    }
    yaml_nothing_read(walk, table);
}

static bool load_and_walk(struct bytes text, const struct yaml_table *table, uint8_t *object,
                          struct yaml_mistakes *mistakes)
{
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) {
        return false;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.data, text.size);
    yaml_document_t document;
    struct yaml_walk walk = {
        .document = &document, .mistakes = mistakes, .decimal = table->decimal};
    /* The scan has read the same bytes without fault, so only memory can be wanting here. */
    bool loaded = yaml_parser_load(&parser, &document) != 0;
    if (loaded) {
        document_walk(&walk, table, object);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return loaded && !walk.no_memory;
}

/* Some editors begin a file with a byte order mark. */
static struct bytes without_mark(struct bytes text)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    if (text.size < sizeof mark || memcmp(text.data, mark, sizeof mark) != 0) {
        return text;
    }
    return (struct bytes){text.data + sizeof mark, text.size - sizeof mark};
}

enum status yaml_load(struct bytes text, const struct yaml_table *table, void *object,
                      struct yaml_mistakes *mistakes, struct error *error)
{
    /* libyaml asserts that there is something to point at, even if it is of no length. */
    if (text.data == NULL) {
        text = bytes_of_text("");
    }
    text = without_mark(text);
    memset(object, 0, table->size);
    yaml_object_begin(table, object, true);
    bool memory = true;
    size_t first = mistakes->count;
    size_t before = mistakes->count + mistakes->left_out;
    if (text.size > YAML_SIZE_MAX) {
        yaml_mistakes_add(mistakes, (struct yaml_place){1, 1},
                          "larger than %zu bytes, which is more than is read", YAML_SIZE_MAX);
    } else if (yaml_scan(text, mistakes)) {
        memory = load_and_walk(text, table, object, mistakes);
    }
    if (!memory || mistakes->no_memory) {
        return error_set(error, STATUS_NO_MEMORY, "no memory to read a YAML document");
    }
    size_t count = mistakes->count + mistakes->left_out - before;
    if (count > 0 && first < mistakes->count) {
        return error_set(error, STATUS_INVALID, "%zu mistake%s; the first in line %u: %s", count,
                         count == 1 ? "" : "s", mistakes->items[first].place.line,
                         mistakes->items[first].text);
    }
    return count > 0 ? error_set(error, STATUS_INVALID, "%zu more mistakes", count) : STATUS_OK;
}

enum status yaml_load_file(const char *path, const struct yaml_table *table, void *object,
                           struct yaml_mistakes *mistakes, struct error *error)
{
    struct buffer text = {0};
    struct error why = {0};
    enum status status = file_read(AT_FDCWD, path, YAML_SIZE_MAX, &text, error);
    if (status == STATUS_OK) {
        status = yaml_load(buffer_bytes(&text), table, object, mistakes, &why);
        if (status != STATUS_OK) {
            (void)error_set(error, status, "%s: %s", path, why.text);
        }
    } else {
        memset(object, 0, table->size);
        yaml_object_begin(table, object, true);
    }
    buffer_release(&text);
    return status;
}
