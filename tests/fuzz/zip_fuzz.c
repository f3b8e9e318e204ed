/* A package's ZIP: whatever is taken without a fault is laid out end to end, byte for byte. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "evidence/zip_reader.h"
#include "fuzz.h"

static void see(void *context, const struct zip_fault *fault)
{
    MUST(fault->from <= fault->to && fault->what != NULL);
    ++*(unsigned *)context;
}

/* Writes the file that the directory speaks of again, and compares. */
static void check_layout(const struct zip_reader *reader, const uint8_t *data, size_t size)
{
    uint8_t made[ZIP_CENTRAL_SIZE_MAX];
    uint8_t ends[ZIP_ENDS_SIZE_MAX];
    uint64_t at = 0;
    uint32_t count = (uint32_t)zip_reader_count(reader);
    for (uint32_t i = 0; i < count; i++) {
        const struct zip_member *member = zip_reader_at(reader, i);
        size_t header = zip_local_header(member, made);
        MUST(member->offset == at && memcmp(data + at, made, header) == 0);
        MUST(zip_reader_find(reader, member->name) == member);
        at = zip_member_end(member);
        MUST(at <= size);
    }
    uint64_t directory = at;
    for (uint32_t i = 0; i < count; i++) {
        size_t header = zip_central_header(zip_reader_at(reader, i), made);
        MUST(memcmp(data + at, made, header) == 0);
        at += header;
    }
    size_t end = zip_end_records(count, directory, at - directory, ends);
    MUST(size - at == end && memcmp(data + at, ends, end) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned faults = 0;
    struct zip_reader *reader = NULL;
    AUTO_CLOSE int file = memfd_create("zip-fuzz", MFD_CLOEXEC);
    MUST(file_write_all(file, (struct bytes){data, size}, NULL) == STATUS_OK);
    enum status status = zip_reader_open(file, see, &faults, &reader, NULL);
    MUST(status == STATUS_OK || (status == STATUS_INVALID && faults > 0));
    if (status == STATUS_OK && faults == 0) {
        check_layout(reader, data, size);
    }
    zip_reader_free(reader);
    return 0;
}
