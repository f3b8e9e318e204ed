#include "evidence/export_transport.h"

#include <stdio.h>

#include "base/file.h"
#include "evidence/transport.h"

struct way {
    struct export_link *link;
    int output;
    uint64_t done;
    uint64_t unsent;
};

static enum status went(void *context, uint64_t done, uint64_t total, struct error *error)
{
    struct way *way = context;
    file_drain(way->output, &way->unsent, done - way->done);
    way->done = done;
    return export_link_progress(way->link, EXPORT_ENCRYPTING, done, total, error);
}

enum status export_transport_write(struct export_link *link, struct error *error)
{
    const struct export_task *task = export_link_task(link);
    char name[EXPORT_PACKAGE_NAME_SIZE];
    AUTO_WIPE struct pass_phrase phrase;
    struct way way = {.link = link, .output = task->output};
    const struct transport_plan transport = {
        .from = task->plain, .to = task->output, .name = name, .progress = went, .context = &way};
    (void)snprintf(name, sizeof name, EXPORT_PACKAGE_NAME, (unsigned long long)task->request);
    enum status status = pass_phrase_unseal(&phrase, task->phrase, error);
    return status == STATUS_OK ? transport_encrypt(&transport, &phrase, error) : status;
}
