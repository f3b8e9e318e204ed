/*
 * A camera's address: rtsp://HOST[:PORT][/PATH] or rtsps://…, as RFC 7826, 4.2, without user
 * information, which would end up in process lists and logs.
 */
#ifndef SEALROOM_CONFIG_CONFIG_URL_H
#define SEALROOM_CONFIG_CONFIG_URL_H

#include "base/message.h"

/* NULL if the address is right, else what would be right ("must …"); constant. The host (without
 * the brackets of an IPv6 address) is copied to `host`, which may be NULL. */
const char *config_url_check(const char *url, char host[NAME_SIZE]);
bool config_url_is_encrypted(const char *url);

#endif
