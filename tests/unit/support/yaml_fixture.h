/*
 * A small appliance that has every kind of value, nesting and choice, and loading it from a text.
 */
#ifndef SEALROOM_TESTS_YAML_FIXTURE_H
#define SEALROOM_TESTS_YAML_FIXTURE_H

#include "yaml/yaml_walk.h"

enum link { LINK_TCP = 1, LINK_SERIAL = 2 };

struct tcp {
    char host[16];
    uint16_t port;
};

struct serial {
    char device[16];
    uint32_t baud;
};

struct named {
    char id[33];
    struct yaml_place place;
};

struct code {
    uint16_t number;
    uint16_t event;
};

struct controller {
    char id[33];
    enum link link;
    union {
        struct tcp tcp;
        struct serial serial;
    } by;
    struct named *cameras;
    size_t camera_count;
    struct code *codes;
    size_t code_count;
    struct yaml_place place;
};

struct limits {
    uint8_t percent;
    int64_t offset;
    bool audio;
};

struct appliance {
    char name[12];
    char password[9];
    uint32_t seconds;
    bool seconds_given;
    struct yaml_place seconds_place;
    struct limits limits;
    struct controller *controllers;
    size_t controller_count;
    uint16_t *ports;
    size_t port_count;
};

extern const struct yaml_table appliance_table;

struct loaded {
    struct appliance appliance;
    struct yaml_mistakes mistakes;
    struct buffer printed; /* every mistake, a line each, NUL-terminated */
    enum status status;
};

void load_bytes(struct loaded *loaded, struct bytes text);
void unload(struct loaded *loaded);
/* Loads `text` and demands exactly these lines of mistakes. */
void expect_mistakes(const char *text, const char *lines);

#endif
