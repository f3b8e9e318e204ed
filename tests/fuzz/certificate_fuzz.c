/* A certificate from outside, PEM or DER, and its key. */
#include "crypto/certificate.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certificate *certificate = NULL;
    struct public_key *key = NULL;
    if (certificate_parse((struct bytes){data, size}, &certificate, NULL) != STATUS_OK) {
        return 0;
    }
    MUST(certificate_der(certificate).size > 0);
    if (certificate_public_key(certificate, &key, NULL) == STATUS_OK) {
        MUST(public_key_spki(key).size > 0);
    }
    (void)!certificate_verify(certificate, certificate, NULL);
    public_key_free(key);
    certificate_free(certificate);
    return 0;
}
