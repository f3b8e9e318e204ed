#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/certificate.h"
#include "crypto/certificate_issue.h"

struct place {
    char path[64];
    int directory;
    struct device_key *key;
};

static int set_up(void **state, const char *suite)
{
    struct place *place = calloc(1, sizeof(*place));
    (void)snprintf(place->path, sizeof(place->path), "%s", "/tmp/sealroom-certificate-test-XXXXXX");
    if (mkdtemp(place->path) == NULL) {
        return -1;
    }
    place->directory = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = place;
    return (int)device_key_create(suite_named(suite), place->directory, &place->key, NULL);
}

static int set_up_sm(void **state)
{
    return set_up(state, "sm");
}

static int set_up_nist(void **state)
{
    return set_up(state, "nist");
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[128];
    device_key_free(place->key);
    close(place->directory);
    (void)snprintf(command, sizeof(command), "rm -r %s", place->path);
    int ended = system(command); /* NOLINT(cert-env33-c): the test's own directory */
    free(place);
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker of the asan preset traces its own process */
    return ended;
}

/* Runs the openssl command, as an inspector would. */
static int openssl(const struct place *place, const char *arguments)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "cd %s && openssl %s >out 2>&1", place->path,
                   arguments);
    return system(command); /* NOLINT(cert-env33-c) */
}

static void write_file(const struct place *place, const char *name, struct bytes bytes)
{
    assert_int_equal(file_replace(place->directory, name, bytes, 0644, NULL), STATUS_OK);
}

static bool output_has(const struct place *place, const char *text)
{
    struct buffer output = {0};
    assert_int_equal(file_read(place->directory, "out", 65536, &output, NULL), STATUS_OK);
    assert_int_equal(buffer_append(&output, "", 1), STATUS_OK);
    bool found = strstr((const char *)output.data, text) != NULL;
    buffer_release(&output);
    return found;
}

static bool is_sm(const struct place *place)
{
    return device_key_suite(place->key) == suite_named("sm");
}

static void self_signed_certificate_verifies_and_says_what_it_should(void **state)
{
    struct place *place = *state;
    struct certificate *certificate = NULL, *parsed = NULL;
    assert_int_equal(certificate_self_sign(place->key, "sealroom 档案室", &certificate, NULL),
                     STATUS_OK);
    assert_int_equal(certificate_verify(certificate, certificate, NULL), STATUS_OK);
    assert_int_equal(certificate_parse(certificate_der(certificate), &parsed, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(parsed, parsed, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(parsed, certificate, NULL), STATUS_OK);
    assert_ptr_equal(certificate_suite(parsed), device_key_suite(place->key));

    struct public_key *key = NULL;
    assert_int_equal(certificate_public_key(parsed, &key, NULL), STATUS_OK);
    assert_true(bytes_equal(public_key_spki(key), public_key_spki(device_key_public(place->key))));
    public_key_free(key);

    write_file(place, "device.der", certificate_der(certificate));
    assert_int_equal(openssl(place, "x509 -inform DER -in device.der -out device.crt"), 0);
    assert_int_equal(openssl(place, "x509 -in device.crt -noout -startdate -enddate"), 0);
    assert_true(output_has(place, "notBefore=Jan  1 00:00:00 2020 GMT"));
    assert_true(output_has(place, "notAfter=Dec 31 23:59:59 9999 GMT"));
    assert_int_equal(openssl(place, "x509 -in device.crt -noout -text"), 0);
    assert_true(output_has(place, is_sm(place) ? "SM2-with-SM3" : "ecdsa-with-SHA256"));
    /* the command has no way to set a root's identifier, so it cannot check SM2's own here */
    if (!is_sm(place)) {
        assert_int_equal(openssl(place, "verify -check_ss_sig -CAfile device.crt device.crt"), 0);
    }
    certificate_free(certificate);
    certificate_free(parsed);
}

static void fingerprint_is_what_openssl_shows(void **state)
{
    struct place *place = *state;
    struct certificate *certificate = NULL;
    char text[FINGERPRINT_SIZE];
    assert_int_equal(certificate_self_sign(place->key, "box", &certificate, NULL), STATUS_OK);
    certificate_fingerprint(certificate, text);
    write_file(place, "device.der", certificate_der(certificate));
    assert_int_equal(openssl(place, "dgst -sha256 device.der"), 0);
    assert_true(output_has(place, text));
    certificate_free(certificate);
}

static void every_flipped_bit_of_a_certificate_is_found(void **state)
{
    struct place *place = *state;
    struct certificate *certificate = NULL;
    assert_int_equal(certificate_self_sign(place->key, "box", &certificate, NULL), STATUS_OK);
    struct bytes der = certificate_der(certificate);
    uint8_t copy[2048];
    assert_in_range(der.size, 1, sizeof(copy));
    memcpy(copy, der.data, der.size);
    for (size_t bit = 0; bit < der.size * 8; bit++) {
        struct certificate *bad = NULL;
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (certificate_parse((struct bytes){copy, der.size}, &bad, NULL) == STATUS_OK) {
            assert_int_not_equal(certificate_verify(bad, bad, NULL), STATUS_OK);
        }
        certificate_free(bad);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    certificate_free(certificate);
}

static void certificate_of_another_key_does_not_verify(void **state)
{
    struct place *place = *state;
    struct certificate *certificate = NULL, *other = NULL;
    struct device_key *key = NULL;
    assert_int_equal(unlinkat(place->directory, "device.key", 0), 0);
    assert_int_equal(device_key_create(device_key_suite(place->key), place->directory, &key, NULL),
                     STATUS_OK);
    assert_int_equal(certificate_self_sign(place->key, "box", &certificate, NULL), STATUS_OK);
    assert_int_equal(certificate_self_sign(key, "box", &other, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(certificate, other, NULL), STATUS_MISMATCH);
    certificate_free(certificate);
    certificate_free(other);
    device_key_free(key);
}

/* A site's CA, made with the openssl command, issues to the request the device makes. */
static void site_ca_issues_to_the_request(void **state)
{
    struct place *place = *state;
    struct buffer pem = {0}, file = {0};
    assert_int_equal(certificate_request(place->key, "box", &pem, NULL), STATUS_OK);
    write_file(place, "box.csr", buffer_bytes(&pem));
    const char *id = is_sm(place) ? "-vfyopt distid:1234567812345678" : "";
    const char *sign_id = is_sm(place) ? "-sigopt distid:1234567812345678" : "";
    const char *digest = is_sm(place) ? "-sm3" : "-sha256";
    char command[400];
    (void)snprintf(command, sizeof(command), "req -in box.csr -verify -noout %s", id);
    assert_int_equal(openssl(place, command), 0);
    assert_int_equal(openssl(place, is_sm(place) ? "genpkey -algorithm SM2 -out ca.key"
                                                 : "ecparam -name P-256 -genkey -out ca.key"),
                     0);
    (void)snprintf(command, sizeof(command),
                   "req -x509 -new -key ca.key %s %s -subj /CN=Site -days 3650 -out ca.crt", digest,
                   sign_id);
    assert_int_equal(openssl(place, command), 0);
    (void)snprintf(command, sizeof(command),
                   "x509 -req -in box.csr -CA ca.crt -CAkey ca.key -CAcreateserial %s %s %s "
                   "-days 3650 -out box.crt",
                   digest, sign_id, id);
    assert_int_equal(openssl(place, command), 0);

    struct certificate *issued = NULL, *ca = NULL, *self = NULL;
    assert_int_equal(file_read(place->directory, "box.crt", 65536, &file, NULL), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&file), &issued, NULL), STATUS_OK);
    assert_int_equal(file_read(place->directory, "ca.crt", 65536, &file, NULL), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&file), &ca, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(issued, ca, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(ca, ca, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(issued, issued, NULL), STATUS_MISMATCH);

    /* A device's own certificate issues nothing, whoever's name it bears. */
    assert_int_equal(certificate_self_sign(place->key, "Site", &self, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(issued, self, NULL), STATUS_MISMATCH);
    certificate_free(issued);
    certificate_free(ca);
    certificate_free(self);
    buffer_release(&pem);
    buffer_release(&file);
}

static struct certificate *read_certificate(struct place *place, const char *name)
{
    struct certificate *certificate = NULL;
    struct buffer file = {0};
    assert_int_equal(file_read(place->directory, name, 65536, &file, NULL), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&file), &certificate, NULL), STATUS_OK);
    buffer_release(&file);
    return certificate;
}

/* The same CA certifies a server and a CA below it: neither passes as a device. */
static void what_a_ca_made_for_others_is_no_devices(void **state)
{
    static const struct {
        const char *extension;
        enum status status;
    } cases[] = {{"keyUsage=critical,digitalSignature,nonRepudiation", STATUS_OK},
                 {"extendedKeyUsage=serverAuth", STATUS_MISMATCH},
                 {"basicConstraints=CA:TRUE", STATUS_MISMATCH}};
    struct place *place = *state;
    struct buffer pem = {0};
    assert_int_equal(certificate_request(place->key, "box", &pem, NULL), STATUS_OK);
    write_file(place, "box.csr", buffer_bytes(&pem));
    assert_int_equal(openssl(place, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                                    "-subj /CN=Site -keyout ca.key -out ca.crt"),
                     0);
    struct certificate *ca = read_certificate(place, "ca.crt");
    const char *id = is_sm(place) ? "-vfyopt distid:1234567812345678" : "";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char command[400];
        write_file(place, "extensions", bytes_of_text(cases[i].extension));
        (void)snprintf(command, sizeof(command),
                       "x509 -req -in box.csr -CA ca.crt -CAkey ca.key -CAcreateserial %s "
                       "-extfile extensions -out box.crt",
                       id);
        assert_int_equal(openssl(place, command), 0);
        struct certificate *issued = read_certificate(place, "box.crt");
        assert_int_equal(certificate_verify(issued, ca, NULL), cases[i].status);
        certificate_free(issued);
    }
    certificate_free(ca);
    buffer_release(&pem);
}

/* Whoever has the device's key can sign certificates with it; they count for nothing. */
static void device_certificate_issues_nothing(void **state)
{
    struct place *place = *state;
    struct certificate *device = NULL, *forged = NULL;
    struct buffer file = {0};
    char command[400];
    const char *id = is_sm(place) ? "-sigopt distid:1234567812345678" : "";
    assert_int_equal(certificate_self_sign(place->key, "box", &device, NULL), STATUS_OK);
    write_file(place, "device.der", certificate_der(device));
    assert_int_equal(openssl(place, "x509 -inform DER -in device.der -out device.crt"), 0);
    assert_int_equal(openssl(place, "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                                    "-subj /CN=forged -keyout forged.key -out forged.csr"),
                     0);
    (void)snprintf(
        command, sizeof(command),
        "x509 -req -in forged.csr -CA device.crt -CAkey device.key -CAcreateserial %s %s "
        "-days 9 -out forged.crt",
        is_sm(place) ? "-sm3" : "-sha256", id);
    assert_int_equal(openssl(place, command), 0);
    assert_int_equal(file_read(place->directory, "forged.crt", 65536, &file, NULL), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&file), &forged, NULL), STATUS_OK);
    assert_int_equal(certificate_verify(forged, device, NULL), STATUS_MISMATCH);
    certificate_free(device);
    certificate_free(forged);
    buffer_release(&file);
}

static void weak_signature_algorithms_are_refused(void **state)
{
    struct place *place = *state;
    struct buffer file = {0};
    struct certificate *weak = NULL;
    assert_int_equal(openssl(place, "req -x509 -newkey rsa:2048 -nodes -sha1 -subj /CN=Old "
                                    "-keyout old.key -out old.crt"),
                     0);
    assert_int_equal(file_read(place->directory, "old.crt", 65536, &file, NULL), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&file), &weak, NULL), STATUS_OK);
    assert_null(certificate_suite(weak));
    assert_int_equal(certificate_verify(weak, weak, NULL), STATUS_MISMATCH);
    certificate_free(weak);
    buffer_release(&file);
}

static void what_is_not_one_certificate_is_refused(void **state)
{
    struct place *place = *state;
    struct certificate *certificate = NULL, *parsed = NULL;
    struct buffer bytes = {0}, pem = {0};
    assert_int_equal(certificate_self_sign(place->key, "box", &certificate, NULL), STATUS_OK);
    struct bytes der = certificate_der(certificate);
    for (size_t size = 0; size < der.size; size++) {
        assert_int_equal(certificate_parse((struct bytes){der.data, size}, &parsed, NULL),
                         STATUS_INVALID);
    }
    assert_int_equal(buffer_append(&bytes, der.data, der.size), STATUS_OK);
    assert_int_equal(buffer_append(&bytes, "", 1), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&bytes), &parsed, NULL), STATUS_INVALID);

    write_file(place, "device.der", der);
    assert_int_equal(openssl(place, "x509 -inform DER -in device.der -out device.crt"), 0);
    assert_int_equal(file_read(place->directory, "device.crt", 65536, &pem, NULL), STATUS_OK);
    buffer_clear(&bytes);
    assert_int_equal(buffer_append(&bytes, pem.data, pem.size), STATUS_OK);
    assert_int_equal(buffer_append(&bytes, pem.data, pem.size), STATUS_OK);
    assert_int_equal(certificate_parse(buffer_bytes(&bytes), &parsed, NULL), STATUS_INVALID);
    assert_int_equal(certificate_parse(bytes_of_text("no certificate"), &parsed, NULL),
                     STATUS_INVALID);
    certificate_free(certificate);
    buffer_release(&bytes);
    buffer_release(&pem);
}

static void names_that_do_not_fit_are_refused(void **state)
{
    struct place *place = *state;
    struct certificate *certificate = NULL;
    char name[66];
    memset(name, 'a', 65);
    name[65] = 0;
    assert_int_equal(certificate_self_sign(place->key, name, &certificate, NULL), STATUS_INVALID);
    assert_int_equal(certificate_self_sign(place->key, "", &certificate, NULL), STATUS_INVALID);
    assert_int_equal(certificate_self_sign(place->key, "a\nb", &certificate, NULL), STATUS_INVALID);
    assert_null(certificate);
}

#define BOTH(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, set_up_sm, tear_down),                                   \
        cmocka_unit_test_setup_teardown(name, set_up_nist, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(self_signed_certificate_verifies_and_says_what_it_should),
        BOTH(fingerprint_is_what_openssl_shows),
        BOTH(every_flipped_bit_of_a_certificate_is_found),
        BOTH(certificate_of_another_key_does_not_verify),
        BOTH(site_ca_issues_to_the_request),
        BOTH(what_a_ca_made_for_others_is_no_devices),
        BOTH(device_certificate_issues_nothing),
        BOTH(weak_signature_algorithms_are_refused),
        BOTH(what_is_not_one_certificate_is_refused),
        BOTH(names_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
