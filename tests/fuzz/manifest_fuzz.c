/* A manifest: there is one way to write what is read. */
#include "evidence/manifest.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct manifest manifest = {0};
    struct buffer again = {0};
    struct bytes text = {data, size};
    if (manifest_read(text, &manifest, NULL) == STATUS_OK) {
        MUST(manifest_write(&manifest, &again, NULL) == STATUS_OK);
        MUST(bytes_equal(text, buffer_bytes(&again)));
    }
    buffer_release(&again);
    manifest_release(&manifest);
    return 0;
}
