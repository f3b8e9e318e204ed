#include "door/origin.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/suite.h"

static void take_digest(enum digest_algorithm algorithm, struct bytes text,
                        uint8_t taken[DIGEST_SIZE])
{
    struct digest digest;
    digest_of(algorithm, text, &digest);
    memcpy(taken, digest.bytes, DIGEST_SIZE);
}

enum status origin_load(const char *path, struct profile **profile, struct origin *origin,
                        struct error *error)
{
    struct buffer text = {0};
    struct buffer report = {0};
    *profile = NULL;
    enum status status = file_read(AT_FDCWD, path, YAML_SIZE_MAX, &text, error);
    if (status == STATUS_OK)
        status = profile_load_bytes(buffer_bytes(&text), path, profile, &report, error);
    if (report.size != 0)
        log_error("%.*s", (int)report.size, (const char *)report.data);
    if (status == STATUS_OK) {
        message_text(origin->profile, sizeof origin->profile, (*profile)->id);
        take_digest(DIGEST_SHA256, buffer_bytes(&text), origin->sha256);
        take_digest(DIGEST_SM3, buffer_bytes(&text), origin->sm3);
    }
    buffer_release(&report);
    buffer_release(&text);
    return status;
}
