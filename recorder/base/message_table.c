#include "base/message_table.h"

#include "base/message_form.h"

/* clang-format off */
static const struct field hello_fields[] = {
    FIELD(hello, protocol),
    FIELD(hello, process),
    FIELD(hello, program),
    FIELD(hello, version),
    FIELD(hello, resume),
};
static const struct field welcome_fields[] = {
    FIELD(welcome, protocol),
    FIELD(welcome, with_sm3),
    FIELD(welcome, origin),
    FIELD(welcome, has_position),
    FIELD(welcome, boot_epoch),
    FIELD(welcome, device_seq),
};
static const struct field done_fields[] = {
    FIELD(done, reference),
    FIELD(done, status),
    FIELD(done, record),
    FIELD(done, text),
};

static const struct message_form forms[] = {
    FORM(HELLO, hello,
         BY(SUPERVISOR) | BY(CAMERA) | BY(DOOR) | BY(COMMAND) | BY(EXPORT) | BY(CONSOLE) |
             BY(INSPECT),
         false),
    FORM(WELCOME, welcome, BY(KEEPER), false),
    FORM(DONE, done, BY(KEEPER), false),
};
/* clang-format on */

MESSAGE_TABLE(common);

#define TABLE_OF(role) &message_##role##_table,
static const struct message_table *const tables[] = {MESSAGE_TABLES(TABLE_OF)};

#define TABLE_COUNT (sizeof tables / sizeof tables[0])

const struct message_form *message_form_at(size_t index)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (index < tables[i]->count) {
            return &tables[i]->forms[index];
        }
        index -= tables[i]->count;
    }
    return NULL;
}

size_t message_form_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        count += tables[i]->count;
    }
    return count;
}

const struct message_form *message_form(enum message_type type)
{
    const struct message_form *form = NULL;
    for (size_t i = 0; (form = message_form_at(i)) != NULL && form->type != type; i++) {
    }
    return form;
}

static bool is_text(const struct field *field)
{
    return field->kind == FIELD_TEXT || field->kind == FIELD_LINES;
}

size_t message_size_min(const struct message_form *form)
{
    size_t size = MESSAGE_HEADER_SIZE;
    for (size_t i = 0; i < form->field_count; i++) {
        size += is_text(&form->fields[i]) ? sizeof(uint16_t) : form->fields[i].size;
    }
    return size;
}

size_t message_size_max(const struct message_form *form)
{
    size_t size = message_size_min(form);
    for (size_t i = 0; i < form->field_count; i++) {
        size += is_text(&form->fields[i]) ? form->fields[i].size - 1u : 0;
    }
    return size;
}
