/*
 * A progress note's text, signed by the right key: what somebody who holds the key, or a fault
 * before the signature, could put into a slot. The first byte says whether the bytes are a note's
 * text, to be signed here, or a note as it is, which must not pass.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "fuzz.h"
#include "ledger/note.h"
#include "store/progress.h"

#define ORIGIN "sealroom/0f0e0d0c0b0a09080706050403020100"

static struct device_key *key(void)
{
    static struct device_key *made;
    if (made == NULL) {
        char path[] = "/tmp/sealroom-fuzz-XXXXXX";
        MUST(mkdtemp(path) != NULL);
        AUTO_CLOSE int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        MUST(device_key_create(suite_named("nist"), directory, &made, NULL) == STATUS_OK);
        MUST(unlinkat(directory, "device.key", 0) == 0);
        MUST(rmdir(path) == 0);
    }
    return made;
}

static void check(const struct progress_note *note)
{
    MUST(note->count <= PROGRESS_SEGMENTS_MAX);
    MUST(strlen(note->boot_id) < sizeof note->boot_id);
    for (size_t i = 0; i < note->count; i++) {
        MUST(camera_id_is_valid(note->segments[i].camera));
        MUST(segment_id_is_valid(note->segments[i].id));
    }
    /* What was taken can be written, and is then the same. */
    static struct progress_note again;
    struct buffer bytes = {0};
    MUST(progress_sign(key(), note, &bytes, NULL) == STATUS_OK);
    MUST(progress_verify(suite_named("nist"), device_key_public(key()), ORIGIN,
                         buffer_bytes(&bytes), &again, NULL) == STATUS_OK);
    MUST(again.count == note->count && again.sequence == note->sequence);
    buffer_release(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    static struct progress_note note;
    struct buffer bytes = {0};
    bool is_text = data[0] % 2 == 0;
    MUST(buffer_append(&bytes, data + 1, size - 1) == STATUS_OK);
    if (!is_text || note_sign(key(), ORIGIN, &bytes, NULL) == STATUS_OK) {
        enum status status = progress_verify(suite_named("nist"), device_key_public(key()), ORIGIN,
                                             buffer_bytes(&bytes), &note, NULL);
        MUST(is_text || status != STATUS_OK);
        if (status == STATUS_OK) {
            check(&note);
        }
    }
    buffer_release(&bytes);
    return 0;
}
