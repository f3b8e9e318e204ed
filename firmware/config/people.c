#include "firmware/config/people.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "yaml/yaml_walk.h"

static const struct yaml_key name_keys[] = {
    {.name = "name", YAML_TEXT(struct config_person_name, name, .smallest = 1), .required = true},
    {.name = "department", YAML_TEXT(struct config_person_name, department)},
};
static const struct yaml_table name_table = {YAML_KEYS(struct config_person_name, name_keys)};
static const struct yaml_type name_type = YAML_MAPPING_TYPE(&name_table);
static const struct yaml_type credential_type =
    YAML_TEXT_TYPE(CREDENTIAL_SIZE, .smallest = 1, .is_card = true);

static const struct yaml_key people_keys[] = {
    {.name = "people",
     YAML_DICTIONARY(struct config_people, items, count, struct config_person, credential,
                     &credential_type, known, &name_type, 0, CONFIG_PEOPLE_MAX),
     .required = true},
};
static const struct yaml_table people_table = {YAML_KEYS(struct config_people, people_keys)};

enum status config_people_read(const char *path, struct config_people *people, struct error *error)
{
    struct yaml_mistakes mistakes = {0};
    struct buffer text = {0};
    enum status status = file_read(AT_FDCWD, path, CONFIG_PEOPLE_FILE_MAX, &text, error);
    if (status == STATUS_OK)
        status = yaml_load(buffer_bytes(&text), &people_table, people, &mistakes, error);
    people->text = text; /* yaml_load writes the whole struct */
    if (status == STATUS_INVALID && mistakes.count > 0)
        status = error_set(error, STATUS_INVALID, "%s:%u: %s", path, mistakes.items[0].place.line,
                           mistakes.items[0].text);
    yaml_mistakes_release(&mistakes);
    return status;
}

void config_people_release(struct config_people *people)
{
    yaml_release(&people_table, people);
    buffer_release(&people->text);
}
