#include "keeper/people.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "keeper/body.h"

#define PEOPLE_MAX 4096u
#define PERSON_MAX (CREDENTIAL_SIZE + 2 * NAME_SIZE)
#define BYTES_MAX  ((size_t)PEOPLE_MAX * PERSON_MAX)

struct person {
    char credential[CREDENTIAL_SIZE];
    char name[NAME_SIZE];
    char department[NAME_SIZE];
};

struct people {
    struct message_people said;
    size_t count;
    struct person *persons; /* by credential */
};

static int compare(const void *a, const void *b)
{
    const struct person *x = a;
    const struct person *y = b;
    return strcmp(x->credential, y->credential);
}

/* The field up to `end`, which is passed. False if it is not there. */
static bool take_field(char **at, char end, char *field, size_t size)
{
    char *stop = strchr(*at, end);
    if (stop == NULL)
        return false;
    *stop = '\0';
    message_text(field, size, *at);
    *at = stop + 1;
    return true;
}

static enum status parse(struct people *people, char *text, struct error *error)
{
    char *at = text;
    for (; people->count < people->said.count; people->count++) {
        struct person *person = &people->persons[people->count];
        if (!take_field(&at, '\t', person->credential, sizeof person->credential) ||
            !take_field(&at, '\t', person->name, sizeof person->name) ||
            !take_field(&at, '\n', person->department, sizeof person->department))
            return error_set(error, STATUS_INVALID, "the roster ends after %zu people",
                             people->count);
    }
    qsort(people->persons, people->count, sizeof people->persons[0], compare);
    return STATUS_OK;
}

/* A text of what stands in the file; the caller's to free. */
static enum status read_text(int file, char **text, struct error *error)
{
    char *found = calloc(1, BYTES_MAX + 1);
    if (found == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory for the roster");
    ssize_t size = pread(file, found, BYTES_MAX, 0);
    if (size < 0) {
        free(found);
        return error_set_errno(error, STATUS_INVALID, errno, "the roster cannot be read");
    }
    *text = found;
    return STATUS_OK;
}

enum status people_read(const struct message_people *said, int file, struct people **result,
                        struct error *error)
{
    char *text = NULL;
    if (said->count > PEOPLE_MAX)
        return error_set(error, STATUS_INVALID, "a roster of %u people", said->count);
    struct people *people = calloc(1, sizeof *people);
    if (people != NULL)
        people->persons = calloc(said->count + 1u, sizeof *people->persons);
    if (people == NULL || people->persons == NULL) {
        people_free(people);
        return error_set(error, STATUS_NO_MEMORY, "no memory for the roster");
    }
    people->said = *said;
    enum status status = read_text(file, &text, error);
    if (status == STATUS_OK)
        status = parse(people, text, error);
    free(text);
    if (status != STATUS_OK) {
        people_free(people);
        return status;
    }
    *result = people;
    return STATUS_OK;
}

void people_free(struct people *people)
{
    if (people != NULL)
        free(people->persons);
    free(people);
}

void people_name(const struct people *people, struct entry_record *record)
{
    struct person key = {0};
    if (people == NULL || record->entry.credential[0] == '\0')
        return;
    memcpy(key.credential, record->entry.credential, sizeof key.credential);
    const struct person *person =
        bsearch(&key, people->persons, people->count, sizeof key, compare);
    if (person == NULL)
        return;
    memcpy(record->name, person->name, sizeof record->name);
    memcpy(record->department, person->department, sizeof record->department);
}

json_t *people_body(const struct people *people)
{
    struct body body = body_begin();
    body_text(&body, "path", people->said.path);
    body_raw_digest(&body, "sha256", people->said.sha256);
    body_raw_digest(&body, "sm3", people->said.sm3);
    body_small(&body, "people", people->said.count);
    return body_end(&body);
}
