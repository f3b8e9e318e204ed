/*
 * An RTSP URL taken apart, and put together again for libavformat: with the resolved address in
 * place of the name, and the credentials inside. The result is the only place besides the set-up
 * where they stand; wipe it after use.
 */
#ifndef SEALROOM_CAMERA_ADDRESS_H
#define SEALROOM_CAMERA_ADDRESS_H

#include <sys/socket.h>

#include "base/bytes.h"
#include "base/message.h"

struct address {
    bool encrypted; /* rtsps:// */
    uint16_t port;
    struct bytes path; /* from the first '/' or '?' on; borrowed from the URL */
};

/* Where to connect to. */
struct endpoint {
    struct sockaddr_storage address;
    socklen_t size; /* 0: it is none */
};

/* From a numeric IPv4 or IPv6 address; anything else gives none. Looks nothing up. */
struct endpoint address_endpoint(const char *numeric, uint16_t port);

/* A camera's name can have several addresses, separated by blanks, and not all of them answer. */
bool address_is_among(const char *addresses, const char *address);
/* The one after `current`, and after the last the first again; the first too if `current` is none
 * of them. `next` has NAME_SIZE bytes and may be `current`. */
void address_next(const char *addresses, const char *current, char *next);

/* STATUS_INVALID: no rtsp:// or rtsps:// URL, credentials in it, or a port that is none. */
MUST_CHECK enum status address_parse(const char *url, struct address *address, struct error *error);
/* Appends rtsp://[user[:password]@]host:port/path. User and password are percent-encoded (RFC
 * 3986, 2.1); an IPv6 host is put in brackets. */
MUST_CHECK enum status address_compose(const struct address *address, const char *host,
                                       uint16_t port, const char *user, const char *password,
                                       struct buffer *url);

#endif
