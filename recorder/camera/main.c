/*
 * sealroom-camera: records one camera. Started by sealroomd with its control socket as
 * descriptor 3. Its one argument, the camera's id, is for those who read the process list and the
 * log; what it does is in CAMERA_SETUP.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/file.h"
#include "base/log.h"
#include "camera/address.h"
#include "camera/recording.h"
#include "camera/relay.h"
#include "camera/sandbox.h"
#include "crypto/certificate.h"
#include "crypto/suite.h"

#define CONTROL_DESCRIPTOR 3
#define SETUP_TIMEOUT_MS   30000
#define CERTIFICATE_MAX    65536

static enum status receive_setup(struct channel *control, struct message_camera_setup *setup,
                                 struct error *error)
{
    enum message_type type = 0;
    union message_payload payload;
    AUTO_CLOSE int attached = -1;
    enum status status = channel_wait(control, SETUP_TIMEOUT_MS);
    if (status == STATUS_OK) {
        status = channel_receive(control, &type, NULL, &payload, &attached, error);
    }
    if (status == STATUS_OK && type == MESSAGE_CAMERA_SETUP) {
        *setup = payload.camera_setup;
    }
    explicit_bzero(&payload, sizeof payload);
    if (status != STATUS_OK) {
        return error_set(error, status, "no set-up came on descriptor %d", CONTROL_DESCRIPTOR);
    }
    bool usable = type == MESSAGE_CAMERA_SETUP && setup->segment_seconds >= 1 &&
                  setup->stall_ms >= 1000 && setup->stall_ms <= 10000;
    return usable ? STATUS_OK : error_set(error, STATUS_INVALID, "the set-up is not usable");
}

static enum status read_pin(const char *path, struct digest *pinned, struct error *error)
{
    __attribute__((cleanup(buffer_release))) struct buffer pem = {0};
    struct certificate *certificate = NULL;
    enum status status = file_read(AT_FDCWD, path, CERTIFICATE_MAX, &pem, error);
    if (status == STATUS_OK) {
        status = certificate_parse(buffer_bytes(&pem), &certificate, error);
    }
    if (status == STATUS_OK) {
        digest_of(DIGEST_SHA256, certificate_der(certificate), pinned);
    }
    certificate_free(certificate);
    return status;
}

/* A person has to put it back, and need do nothing else. */
static enum status look_for_pin(const char *path, struct digest *pinned, struct error *error)
{
    struct error reason = {0};
    enum status status = read_pin(path, pinned, &reason);
    return status == STATUS_OK
               ? STATUS_OK
               : error_set(error, status, "%s; put this camera's certificate, a PEM file, at %s",
                           reason.text, path);
}

static enum status block_signals(int *signals, struct error *error)
{
    sigset_t stopping;
    (void)sigemptyset(&stopping);
    (void)sigaddset(&stopping, SIGTERM);
    (void)sigaddset(&stopping, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &stopping, NULL) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "signals");
    }
    *signals = signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK);
    return *signals >= 0 ? STATUS_OK : error_set_errno(error, STATUS_IO, errno, "signals");
}

/* RTSPS only: the pinned certificate is the one file that is read. Then, before anything comes from
 * outside, no file can be opened any more, by any thread. */
static enum status enclose(void *context, struct relay **relay, enum gap_cause *cause,
                           struct error *error)
{
    const struct message_camera_setup *setup = context;
    struct address address;
    struct digest pinned;
    enum status status = address_parse(setup->url, &address, error);
    if (status == STATUS_OK && address.encrypted) {
        status = look_for_pin(setup->certificate, &pinned, error);
        *cause = status == STATUS_OK ? 0 : GAP_PIN_UNREADABLE;
    }
    status = status == STATUS_OK ? sandbox_close_files(error) : status;
    if (status == STATUS_OK && address.encrypted) {
        status = relay_new(address.port, &pinned, relay, error);
    }
    return status == STATUS_OK ? sandbox_close_calls(error) : status;
}

static enum status run(struct error *error)
{
    struct message_camera_setup setup = {0};
    struct clock clock;
    AUTO_CHANNEL struct channel *control = NULL;
    AUTO_CLOSE int signals = -1;
    enum status status = channel_new(CONTROL_DESCRIPTOR, &control, error);
    status = status == STATUS_OK ? receive_setup(control, &setup, error) : status;
    status = status == STATUS_OK ? block_signals(&signals, error) : status;
    status = status == STATUS_OK ? clock_system(&clock, error) : status;
    if (status == STATUS_OK) {
        crypto_warm_up();
        struct recording_parts parts = {.setup = &setup,
                                        .source = &source_rtsp,
                                        .clock = &clock,
                                        .control = control,
                                        .signals = signals,
                                        .enclose = enclose,
                                        .context = &setup};
        status = recording_run(&parts, error);
    }
    explicit_bzero(&setup, sizeof setup);
    return status;
}

int main(int count, char **arguments)
{
    struct error error = {0};
    char name[sizeof "sealroom-camera " + ID_SIZE] = "sealroom-camera";
    file_hold_standard();
    if (count > 1) {
        (void)snprintf(name, sizeof name, "sealroom-camera %s", arguments[1]);
    }
    log_set_program(name);
    enum status status = run(&error);
    if (status != STATUS_OK) {
        log_error("%s", error.text);
    }
    log_set_program("sealroom-camera");
    return status == STATUS_OK ? 0 : 1;
}
