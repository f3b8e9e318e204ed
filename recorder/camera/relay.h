/*
 * TLS to a camera whose certificate is pinned (RTSPS).
 *
 * libavformat gives its RTSP client no way to look at the peer's certificate, so it talks in the
 * clear to a relay inside this process, over the loopback address, and the relay talks TLS to the
 * camera: it goes on only if the SHA-256 of the camera's leaf certificate (DER) is the pinned one.
 * Names, dates and issuers are not looked at: the pin is the whole trust.
 *
 * One thread, started before the sandbox. It accepts one connection each time it is armed.
 */
#ifndef SEALROOM_CAMERA_RELAY_H
#define SEALROOM_CAMERA_RELAY_H

#include "crypto/suite.h"

#define RELAY_ADDRESS "127.0.0.1"

struct relay;

enum relay_outcome {
    RELAY_WAITING = 0,
    RELAY_UNREACHABLE,       /* no connection, or no TLS */
    RELAY_WRONG_CERTIFICATE, /* the camera showed another one */
    RELAY_OPEN,
};

/* Reads nothing: `pinned` is the certificate's SHA-256, `port` the camera's. */
MUST_CHECK enum status relay_new(uint16_t port, const struct digest *pinned, struct relay **relay,
                                 struct error *error);
/* Ends the connection and the thread. NULL is allowed. */
void relay_free(struct relay *relay);
/* Lets the next connection in, to be carried to the camera at this numeric address; returns the
 * port to connect to. */
uint16_t relay_arm(struct relay *relay, const char *address);
/* Of the last connection, with the digest of the certificate that the camera showed (may be
 * NULL; zeros if it showed none). */
enum relay_outcome relay_outcome(struct relay *relay, struct digest *shown);

#endif
