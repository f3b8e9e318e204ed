#include "yaml/yaml_inner.h"

struct yaml_place yaml_place_of_mark(const yaml_mark_t *mark)
{
    return (struct yaml_place){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1};
}

/* libyaml's reader gives an offset in bytes and no mark. */
static struct yaml_place place_of_offset(struct bytes text, size_t offset)
{
    struct yaml_place place = {1, 1};
    for (size_t i = 0; i < offset && i < text.size; i++) {
        bool newline = text.data[i] == '\n';
        place.line += newline ? 1 : 0;
        /* Bytes that continue a UTF-8 character are no columns of their own. */
        place.column = newline ? 1 : place.column + ((text.data[i] & 0xc0) != 0x80);
    }
    return place;
}

static void syntax_mistake(const yaml_parser_t *parser, struct bytes text,
                           struct yaml_mistakes *mistakes)
{
    const char *problem = parser->problem != NULL ? parser->problem : "unknown problem";
    if (parser->error == YAML_MEMORY_ERROR) {
        mistakes->no_memory = true;
    } else if (parser->error == YAML_READER_ERROR) {
        yaml_mistakes_add(mistakes, place_of_offset(text, parser->problem_offset),
                          "not UTF-8 text: %s", problem);
    } else if (parser->problem_mark.index < text.size &&
               text.data[parser->problem_mark.index] == '\t') {
        yaml_mistakes_add(mistakes, yaml_place_of_mark(&parser->problem_mark),
                          "a tab stands here; indent with spaces");
    } else {
        yaml_mistakes_add(mistakes, yaml_place_of_mark(&parser->problem_mark),
                          "not readable as YAML%s%s: %s", parser->context != NULL ? " " : "",
                          parser->context != NULL ? parser->context : "", problem);
    }
}

struct scan {
    struct yaml_mistakes *mistakes;
    size_t depth;
    size_t documents;
    bool loadable;
    bool done;
};

static void stop(struct scan *scan)
{
    scan->loadable = false;
    scan->done = true;
}

static void decorated(struct scan *scan, const yaml_event_t *event, const yaml_char_t *anchor,
                      const yaml_char_t *tag)
{
    struct yaml_place place = yaml_place_of_mark(&event->start_mark);
    if (anchor != NULL) {
        yaml_mistakes_add(scan->mistakes, place,
                          "the anchor &%s is not allowed; write the value out where it is meant",
                          (const char *)anchor);
    }
    if (tag != NULL) {
        yaml_mistakes_add(scan->mistakes, place, "the tag %s is not allowed; leave it out",
                          (const char *)tag);
    }
}

static void deeper(struct scan *scan, const yaml_event_t *event)
{
    if (++scan->depth > YAML_DEPTH_MAX) {
        yaml_mistakes_add(scan->mistakes, yaml_place_of_mark(&event->start_mark),
                          "nested deeper than %d levels", YAML_DEPTH_MAX);
        stop(scan);
    }
}

static void document_begins(struct scan *scan, const yaml_event_t *event)
{
    if (++scan->documents > 1) {
        yaml_mistakes_add(scan->mistakes, yaml_place_of_mark(&event->start_mark),
                          "a second document begins here; a file holds one");
        stop(scan);
    }
}

static void event_look(struct scan *scan, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        yaml_mistakes_add(scan->mistakes, yaml_place_of_mark(&event->start_mark),
                          "the alias *%s is not allowed; write the value out",
                          (const char *)event->data.alias.anchor);
        /* Aliases can make a document endless, so it is not walked. */
        scan->loadable = false;
        break;
    case YAML_SCALAR_EVENT:
        decorated(scan, event, event->data.scalar.anchor, event->data.scalar.tag);
        break;
    case YAML_SEQUENCE_START_EVENT:
        decorated(scan, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
        deeper(scan, event);
        break;
    case YAML_MAPPING_START_EVENT:
        decorated(scan, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
        deeper(scan, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        scan->depth--;
        break;
    case YAML_DOCUMENT_START_EVENT:
        document_begins(scan, event);
        break;
    case YAML_STREAM_END_EVENT:
        scan->done = true;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

bool yaml_scan(struct bytes text, struct yaml_mistakes *mistakes)
{
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) {
        mistakes->no_memory = true;
        return false;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, text.data, text.size);
    struct scan scan = {.mistakes = mistakes, .loadable = true};
    while (!scan.done) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            syntax_mistake(&parser, text, mistakes);
            stop(&scan);
        } else {
            event_look(&scan, &event);
            yaml_event_delete(&event);
        }
    }
    yaml_parser_delete(&parser);
    return scan.loadable;
}
