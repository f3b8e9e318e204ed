/* A signed note. Two keys have each signed one checkpoint, which are among the seeds; nothing else
 * may ever verify. */
#include <string.h>

#include "fuzz.h"
#include "ledger/checkpoint.h"

#define ORIGIN "sealroom/0f0e0d0c0b0a09080706050403020100"

static const struct {
    const char *suite;
    const char *spki;
} signers[] = {
    {"sm", "3059301306072a8648ce3d020106082a811ccf5501822d034200043f8a9b8c7454358e1249027c39"
           "0ada0bc68398530f28da3f03d085581be2a0d8fc826ad71af03497c20e794220ad992edc7363e2c0"
           "b7adc454c149a9791b8d44"},
    {"nist", "3059301306072a8648ce3d020106082a8648ce3d03010703420004c50fb58662d48b5190bf9ea510"
             "fb07bb80a51f547fb96ff5a3e0804171996d784d95e780ba08c87a1c02d4a9673096ad418ff06e84"
             "4d13cb1f9b1bd3d4091c5a"},
};

#define SIGNER_COUNT (sizeof signers / sizeof signers[0])

static struct public_key *key_of(size_t signer)
{
    static struct public_key *keys[SIGNER_COUNT];
    if (keys[signer] == NULL) {
        uint8_t spki[91];
        MUST(hex_decode(spki, sizeof spki, signers[signer].spki) == STATUS_OK);
        MUST(public_key_parse(suite_named(signers[signer].suite), (struct bytes){spki, sizeof spki},
                              &keys[signer], NULL) == STATUS_OK);
    }
    return keys[signer];
}

static void check_signed(const struct checkpoint *checkpoint)
{
    struct digest root;
    memset(root.bytes, 7, sizeof root.bytes);
    MUST(strcmp(checkpoint->origin, ORIGIN) == 0);
    MUST(checkpoint->size == 12345 && digest_equal(&checkpoint->root, &root));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes note = {data, size};
    struct checkpoint parsed;
    enum status status = checkpoint_parse(note, &parsed, NULL);
    if (status == STATUS_OK) {
        struct bytes origin = bytes_of_text(parsed.origin);
        MUST(origin.size > 0 && origin.size < sizeof parsed.origin);
        MUST(size > origin.size && memcmp(data, parsed.origin, origin.size) == 0);
    }
    for (size_t i = 0; i < SIGNER_COUNT; i++) {
        struct checkpoint checkpoint;
        if (checkpoint_verify(suite_named(signers[i].suite), key_of(i), note, &checkpoint, NULL) ==
            STATUS_OK) {
            MUST(status == STATUS_OK);
            check_signed(&checkpoint);
        }
    }
    return 0;
}
