/* What server.c and stream.c know of a response. Internal. */
#ifndef SEALROOM_CONSOLE_RESPONSE_PARTS_H
#define SEALROOM_CONSOLE_RESPONSE_PARTS_H

#include <microhttpd.h>

#include "firmware/console/response.h"

struct response {
    enum response_code code;
    struct MHD_Response *body;
    uint64_t size;   /* of the body, in bytes */
    bool is_endless; /* a stream, which watches its own time */
};

/* Takes `body`; NULL is no memory. The headers that every one bears are added. */
struct response *response_of(enum response_code code, struct MHD_Response *body, uint64_t size);

#endif
