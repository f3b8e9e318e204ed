/*
 * What the parts of the walker share.
 */
#ifndef SEALROOM_YAML_YAML_INNER_H
#define SEALROOM_YAML_YAML_INNER_H

#include <yaml.h>

#include "yaml/yaml_walk.h"

#define YAML_LABEL_SIZE 128

/* The document that is being walked, and where its mistakes go (NULL: nowhere). */
struct yaml_walk {
    yaml_document_t *document;
    struct yaml_mistakes *mistakes;
    bool no_memory;
    bool decimal;
};

struct yaml_place yaml_place_of_mark(const yaml_mark_t *mark);
struct yaml_place yaml_place_of(const yaml_node_t *node);

/* The first pass, over events: what the document API cannot show (anchors, tags, further
 * documents) or must not be given (endless depth), and bad syntax. False if a document cannot be
 * loaded and walked. */
bool yaml_scan(struct bytes text, struct yaml_mistakes *mistakes);

/* Says of `label` that it must be what `type` describes, and what it is instead. */
void yaml_expected(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                   const yaml_node_t *node);
/* Appends what `type` describes: "a whole number from 1 to 65535". Cut off if memory ends. */
void yaml_describe(const struct yaml_type *type, struct buffer *text);
/* A node's scalar for showing to people: clean, and cut to `size`. */
void yaml_show(const yaml_node_t *node, char *shown, size_t size);

/* Reads a scalar of any kind but mapping, list and dictionary to `value`, type->size bytes. False
 * if it was a mistake. */
bool yaml_scalar_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                      const yaml_node_t *node, void *value);
/* The value of a word or integer member of `size` bytes. */
int64_t yaml_integer_stored(const void *value, size_t size);
/* A plain scalar that is empty, "~" or "null". */
bool yaml_is_empty(const yaml_node_t *node);

/* Of the names that `next` gives until NULL, the one that looks most like `text`; NULL if none
 * does. */
const char *yaml_nearest(const char *text, const char *(*next)(void *context), void *context);

/* Nodes. */
const yaml_node_t *yaml_node_of(const struct yaml_walk *walk, int index);
bool yaml_is_scalar_named(const yaml_node_t *node, const char *name);
/* The value of the first pair called `name` of a mapping, or NULL. */
const yaml_node_t *yaml_value_of(const struct yaml_walk *walk, const yaml_node_t *node,
                                 const char *name);

/* The C struct. A list or dictionary is a pointer at `offset` and a count, both in `owner`. */
bool yaml_is_array(const struct yaml_type *type);
void yaml_array_store(uint8_t *owner, size_t offset, const struct yaml_type *type, void *items,
                      size_t count);
/* Gives every list an empty beginning and every inner mapping its defaults. */
void yaml_object_begin(const struct yaml_table *table, uint8_t *object, bool with_defaults);
/* NULL if the table (which may be NULL) has no such key. */
const struct yaml_key *yaml_key_named(const struct yaml_table *table, const char *name);
/* Which further table the selector's value in *object stands for; NULL if none. */
const struct yaml_table *yaml_case_of(const struct yaml_table *table, const uint8_t *object);

/* Read a value into owner + offset; the struct there was prepared by yaml_object_begin. */
void yaml_value_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                     const yaml_node_t *node, uint8_t *owner, size_t offset);
void yaml_mapping_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                       const yaml_node_t *node, uint8_t *object);
void yaml_list_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                    const yaml_node_t *node, uint8_t *owner, size_t offset);
void yaml_dictionary_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                          const yaml_node_t *node, uint8_t *owner, size_t offset);
/* Every required key of an empty mapping is missing. */
void yaml_nothing_read(struct yaml_walk *walk, const struct yaml_table *table);

#endif
