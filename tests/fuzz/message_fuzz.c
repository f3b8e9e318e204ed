/* A packet from a peer: refused, or read and then written again byte for byte the same. */
#include <string.h>

#include "base/message_table.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum message_type type = MESSAGE_HELLO;
    uint32_t sequence = 0;
    union message_payload payload;
    struct error error = {0};
    enum status status =
        message_decode((struct bytes){data, size}, &type, &sequence, &payload, &error);
    if (status != STATUS_OK) {
        MUST(status == STATUS_INVALID && error.status == status && error.text[0] != '\0');
        return 0;
    }
    uint8_t again[MESSAGE_SIZE_MAX];
    struct writer packet = writer_of(again, sizeof again);
    MUST(message_encode(type, sequence, &payload, &packet) == STATUS_OK);
    MUST(packet.size == size && memcmp(again, data, size) == 0);
    return 0;
}
