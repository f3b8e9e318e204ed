#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "yaml/yaml_inner.h"

#define SHOWN_SIZE 61

struct yaml_place yaml_place_of(const yaml_node_t *node)
{
    return yaml_place_of_mark(&node->start_mark);
}

static const char *scalar_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static bool is_plain(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool yaml_is_empty(const yaml_node_t *node)
{
    if (!is_plain(node)) {
        return false;
    }
    const char *text = scalar_text(node);
    return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

void yaml_show(const yaml_node_t *node, char *shown, size_t size)
{
    message_text(shown, size, scalar_text(node));
}

/* A description that lacks its end for want of memory is still better than none. */
static void add_text(struct buffer *text, const char *more)
{
    if (buffer_append_text(text, more) != STATUS_OK) {
        text->size = text->size > 0 ? text->size - 1 : 0;
    }
}

/* A word's name by its place in the list, whichever list the type has; NULL after the last. */
static const char *word_at(const struct yaml_type *type, size_t index, int64_t *value)
{
    if (type->vocabulary == NULL) {
        *value = type->words[index].value;
        return type->words[index].name;
    }
    size_t count = 0;
    const struct word *words = type->vocabulary(&count);
    if (index >= count) {
        return NULL;
    }
    *value = words[index].code;
    return words[index].name;
}

static void describe_words(const struct yaml_type *type, struct buffer *text)
{
    int64_t value = 0;
    const char *name = NULL;
    add_text(text, "one of ");
    for (size_t i = 0; (name = word_at(type, i, &value)) != NULL; i++) {
        add_text(text, i > 0 ? ", " : "");
        add_text(text, name);
    }
}

static void describe_integer(const struct yaml_type *type, struct buffer *text)
{
    enum status status = buffer_append_format(text, "a whole number from %lld to %lld",
                                              (long long)type->smallest, (long long)type->largest);
    if (status == STATUS_OK && type->unit != NULL) {
        add_text(text, " (");
        add_text(text, type->unit);
        add_text(text, ")");
    }
}

void yaml_describe(const struct yaml_type *type, struct buffer *text)
{
    if (type->expect != NULL) {
        add_text(text, type->expect);
        return;
    }
    switch (type->kind) {
    case YAML_KIND_TEXT:
        add_text(text, "a text");
        break;
    case YAML_KIND_ID:
        add_text(text, "an id: 1 to 32 of a-z, 0-9 and -, not beginning with -");
        break;
    case YAML_KIND_INTEGER:
        describe_integer(type, text);
        break;
    case YAML_KIND_BOOLEAN:
        add_text(text, "yes or no");
        break;
    case YAML_KIND_WORD:
        describe_words(type, text);
        break;
    case YAML_KIND_LIST:
        add_text(text, "a list (lines that begin with \"- \")");
        break;
    case YAML_KIND_MAPPING:
    case YAML_KIND_DICTIONARY:
        add_text(text, "a mapping (lines of \"key: value\")");
        break;
    }
}

static const char *next_word(void *context)
{
    struct {
        const struct yaml_type *type;
        size_t index;
    } *walker = context;
    int64_t value = 0;
    return word_at(walker->type, walker->index++, &value);
}

static const char *nearest_word(const struct yaml_type *type, const yaml_node_t *node)
{
    struct {
        const struct yaml_type *type;
        size_t index;
    } walker = {type, 0};
    bool is_word = type->kind == YAML_KIND_WORD && node->type == YAML_SCALAR_NODE;
    return is_word ? yaml_nearest(scalar_text(node), next_word, &walker) : NULL;
}

/* What the node is instead, for the end of a sentence. */
static void describe_node(const yaml_node_t *node, struct buffer *text)
{
    char shown[SHOWN_SIZE];
    if (node->type == YAML_SEQUENCE_NODE) {
        add_text(text, "a list");
    } else if (node->type == YAML_MAPPING_NODE) {
        add_text(text, "a mapping");
    } else {
        yaml_show(node, shown, sizeof shown);
        add_text(text, "\"");
        add_text(text, shown);
        add_text(text, "\"");
    }
}

static int digit_of(char character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    if (character >= 'a' && character <= 'f') {
        return character - 'a' + 10;
    }
    if (character >= 'A' && character <= 'F') {
        return character - 'A' + 10;
    }
    return 16;
}

/* [-]digits or 0x and hexadecimal digits, and nothing else. Leading zeros are refused: YAML 1.1
 * takes them for octal, people do not. */
static bool integer_parse(const char *text, int64_t *number)
{
    bool negative = text[0] == '-';
    text += negative ? 1 : 0;
    bool hexadecimal = text[0] == '0' && text[1] == 'x';
    text += hexadecimal ? 2 : 0;
    if (text[0] == '\0' || (!hexadecimal && text[0] == '0' && text[1] != '\0')) {
        return false;
    }
    int base = hexadecimal ? 16 : 10;
    int64_t value = 0;
    for (; *text != '\0'; text++) {
        int digit = digit_of(*text);
        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value)) {
            return false;
        }
    }
    *number = value;
    return true;
}

static bool boolean_parse(const char *text, bool *set)
{
    static const struct yaml_word words[] = {
        {"yes", true},  {"no", false},  {"on", true},
        {"off", false}, {"true", true}, {"false", false},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].name, text) == 0) {
            *set = words[i].value != 0;
            return true;
        }
    }
    return false;
}

/* Would it be right, or a number at least, without its quotes? */
static bool is_only_quoted(const struct yaml_type *type, const yaml_node_t *node)
{
    int64_t number = 0;
    bool set = false;
    const char *text = node->type == YAML_SCALAR_NODE && !is_plain(node) ? scalar_text(node) : "";
    return (type->kind == YAML_KIND_INTEGER && integer_parse(text, &number)) ||
           (type->kind == YAML_KIND_BOOLEAN && boolean_parse(text, &set));
}

void yaml_expected(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                   const yaml_node_t *node)
{
    if (walk->mistakes == NULL) {
        return;
    }
    struct buffer text = {0};
    bool empty = yaml_is_empty(node);
    yaml_describe(type, &text);
    if (!empty) {
        add_text(&text, ", not ");
        describe_node(node, &text);
    }
    if (is_only_quoted(type, node)) {
        add_text(&text, ": leave out the quotes");
    }
    const char *nearest = nearest_word(type, node);
    yaml_mistakes_add(walk->mistakes, yaml_place_of(node), "%s %s %.*s%s%s%s", label,
                      empty ? "has no value; it must be" : "must be", (int)text.size,
                      text.size > 0 ? (const char *)text.data : "",
                      nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                      nearest != NULL ? "\"?" : "");
    buffer_release(&text);
}

int64_t yaml_integer_stored(const void *value, size_t size)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    int64_t i64 = 0;
    switch (size) {
    case sizeof u8:
        memcpy(&u8, value, size);
        return u8;
    case sizeof u16:
        memcpy(&u16, value, size);
        return u16;
    case sizeof u32:
        memcpy(&u32, value, size);
        return u32;
    default:
        memcpy(&i64, value, sizeof i64);
        return i64;
    }
}

/* The range was checked before, so what is cut off is only the sign's extension. */
static void integer_store(void *value, size_t size, int64_t number)
{
    uint8_t u8 = (uint8_t)number;
    uint16_t u16 = (uint16_t)number;
    uint32_t u32 = (uint32_t)number;
    switch (size) {
    case sizeof u8:
        memcpy(value, &u8, size);
        break;
    case sizeof u16:
        memcpy(value, &u16, size);
        break;
    case sizeof u32:
        memcpy(value, &u32, size);
        break;
    default:
        memcpy(value, &number, sizeof number);
        break;
    }
}

static bool integer_read(const struct yaml_walk *walk, const struct yaml_type *type,
                         const yaml_node_t *node, void *value)
{
    int64_t number = 0;
    if (walk->decimal && strchr(scalar_text(node), 'x') != NULL) {
        return false;
    }
    if (!is_plain(node) || !integer_parse(scalar_text(node), &number) || number < type->smallest ||
        number > type->largest) {
        return false;
    }
    integer_store(value, type->size, number);
    return true;
}

static bool boolean_read(const yaml_node_t *node, void *value)
{
    bool set = false;
    if (!is_plain(node) || !boolean_parse(scalar_text(node), &set)) {
        return false;
    }
    memcpy(value, &set, sizeof set);
    return true;
}

static bool word_read(const struct yaml_type *type, const yaml_node_t *node, void *value)
{
    int64_t code = 0;
    const char *name = NULL;
    for (size_t i = 0; (name = word_at(type, i, &code)) != NULL; i++) {
        if (strcmp(name, scalar_text(node)) == 0) {
            integer_store(value, type->size, code);
            return true;
        }
    }
    return false;
}

static bool is_id(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return text[length] == '\0' && length > 0 && length < ID_SIZE && text[0] != '-';
}

/* What is wrong with a text beyond its being one, or NULL. It never quotes the text, which may
 * be a password. */
static const char *text_fault(const struct yaml_type *type, const yaml_node_t *node)
{
    struct bytes text = {node->data.scalar.value, node->data.scalar.length};
    if (!utf8_is_clean(text, false)) {
        return "must have no control characters or line breaks";
    }
    if (text.size >= type->size) {
        return "is too long";
    }
    if (type->smallest > 0 && text.size < (uint64_t)type->smallest) {
        return text.size == 0 ? "must not be empty" : "is too short";
    }
    return type->check != NULL ? type->check(scalar_text(node)) : NULL;
}

static bool text_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                      const yaml_node_t *node, void *value)
{
    const char *fault = text_fault(type, node);
    if (fault == NULL) {
        memset(value, 0, type->size);
        memcpy(value, node->data.scalar.value, node->data.scalar.length);
        return true;
    }
    bool length_matters = node->data.scalar.length >= type->size;
    if (walk->mistakes != NULL && length_matters) {
        yaml_mistakes_add(walk->mistakes, yaml_place_of(node),
                          "%s %s: %zu bytes, at most %zu are allowed", label, fault,
                          node->data.scalar.length, type->size - 1);
    } else if (walk->mistakes != NULL) {
        yaml_mistakes_add(walk->mistakes, yaml_place_of(node), "%s %s", label, fault);
    }
    return false;
}

bool yaml_scalar_read(struct yaml_walk *walk, const struct yaml_type *type, const char *label,
                      const yaml_node_t *node, void *value)
{
    bool read = false;
    if (node->type == YAML_SCALAR_NODE && !yaml_is_empty(node)) {
        switch (type->kind) {
        case YAML_KIND_ID:
            read =
                is_id(scalar_text(node)) && strlen(scalar_text(node)) == node->data.scalar.length;
            if (read) {
                return text_read(walk, type, label, node, value);
            }
            break;
        case YAML_KIND_TEXT:
            return text_read(walk, type, label, node, value);
        case YAML_KIND_INTEGER:
            read = integer_read(walk, type, node, value);
            break;
        case YAML_KIND_BOOLEAN:
            read = boolean_read(node, value);
            break;
        case YAML_KIND_WORD:
            read = word_read(type, node, value);
            break;
        case YAML_KIND_MAPPING:
        case YAML_KIND_LIST:
        case YAML_KIND_DICTIONARY:
            break;
        }
    }
    if (!read) {
        yaml_expected(walk, type, label, node);
    }
    return read;
}
