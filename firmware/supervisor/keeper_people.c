#include "firmware/supervisor/keeper_people.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/suite.h"
#include "firmware/config/people.h"

/* As message_people says. No text has control characters. */
static enum status write_lines(const struct config_people *people, struct buffer *lines)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < people->count; i++) {
        const struct config_person *person = &people->items[i];
        status = buffer_append_format(lines, "%s\t%s\t%s\n", person->credential, person->known.name,
                                      person->known.department);
    }
    return status;
}

static enum status send(struct message_people *said, const struct buffer *lines,
                        struct channel *control, struct error *error)
{
    AUTO_CLOSE int file = memfd_create("people", MFD_CLOEXEC);
    if (file < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot hand over the roster");
    enum status status = file_write_all(file, buffer_bytes(lines), error);
    return status == STATUS_OK ? channel_send(control, MESSAGE_PEOPLE, said, file, NULL, error)
                               : status;
}

static enum status hand_over(const struct config *config, const struct config_people *people,
                             struct channel *control, struct error *error)
{
    struct message_people said = {.count = (uint32_t)people->count};
    struct digest digest;
    struct buffer lines = {0};
    message_text(said.path, sizeof said.path, config->roster);
    digest_of(DIGEST_SHA256, buffer_bytes(&people->text), &digest);
    memcpy(said.sha256, digest.bytes, sizeof said.sha256);
    digest_of(DIGEST_SM3, buffer_bytes(&people->text), &digest);
    memcpy(said.sm3, digest.bytes, sizeof said.sm3);
    enum status status = write_lines(people, &lines);
    if (status != STATUS_OK)
        (void)error_set(error, status, "no memory to hand over the roster");
    else
        status = send(&said, &lines, control, error);
    buffer_release(&lines);
    return status;
}

static enum status hand_over_fault(const struct config *config, const struct error *why,
                                   struct channel *control, struct error *error)
{
    struct message_people said = {0};
    log_error("the roster cannot be used: %s", why->text);
    message_text(said.path, sizeof said.path, config->roster);
    message_text(said.fault, sizeof said.fault, why->text);
    return send(&said, &(struct buffer){0}, control, error);
}

enum status keeper_people_send(const struct config *config, struct channel *control,
                               struct error *error)
{
    struct config_people people = {0};
    struct error why = {0};
    enum status status = STATUS_OK;
    if (config->roster[0] == '\0')
        return STATUS_OK;
    if (config_people_read(config->roster, &people, &why) == STATUS_OK)
        status = hand_over(config, &people, control, error);
    else
        status = hand_over_fault(config, &why, control, error);
    config_people_release(&people);
    return status;
}
