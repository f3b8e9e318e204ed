/*
 * The roster: whose credential it is. A file of its own, for it holds personal data and changes
 * oftener than the configuration.
 *
 *     people:
 *       "0010482013": {name: Li Wen, department: Registry}
 *
 * The keys are credentials as the controllers give them (`sealroom entries` shows them).
 */
#ifndef SEALROOM_CONFIG_PEOPLE_H
#define SEALROOM_CONFIG_PEOPLE_H

#include "base/bytes.h"
#include "base/message.h"

#define CONFIG_PEOPLE_MAX      4096u
#define CONFIG_PEOPLE_FILE_MAX ((size_t)1024 * 1024)

struct config_person {
    char credential[CREDENTIAL_SIZE];
    struct config_person_name {
        char name[NAME_SIZE];
        char department[NAME_SIZE]; /* "" if none */
    } known;
};

struct config_people {
    struct config_person *items;
    size_t count;
    struct buffer text; /* the file's bytes, as they were read */
};

/* Zero-initialise; release whatever this returns. STATUS_INVALID: the error names file and line. */
MUST_CHECK enum status config_people_read(const char *path, struct config_people *people,
                                          struct error *error);
void config_people_release(struct config_people *people);

#endif
