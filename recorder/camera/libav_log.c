#include "camera/libav_log.h"

#include <string.h>

#include "camera/libav.h"
#include "crypto/suite.h"

/* What libavformat 59 to 61 says, and where it is put. */
static void hear_sdp(struct libav_heard *heard, va_list *arguments)
{
    struct digest digest;
    struct buffer kept = {0};
    const char *line = va_arg(*arguments, const char *);
    /* Left out is what the same camera says anew each time: the session's number (RFC 4566, 5.2)
     * and time, and the random names of its senders (RFC 5576, 4.1). */
    while (*line != '\0') {
        size_t size = strcspn(line, "\n");
        size += line[size] == '\n';
        bool passing = strncmp(line, "o=", 2) == 0 || strncmp(line, "t=", 2) == 0 ||
                       strncmp(line, "a=ssrc:", 7) == 0;
        if (!passing && buffer_append(&kept, line, size) != STATUS_OK) {
            break;
        }
        line += size;
    }
    digest_of(DIGEST_SHA256, buffer_bytes(&kept), &digest);
    memcpy(heard->facts->sdp_sha256, digest.bytes, sizeof heard->facts->sdp_sha256);
    buffer_release(&kept);
}

static void hear_line(struct libav_heard *heard, va_list *arguments)
{
    static const char header[] = "Server: ";
    const char *line = va_arg(*arguments, const char *);
    if (strncasecmp(line, header, sizeof header - 1) == 0) {
        message_text(heard->facts->server, sizeof heard->facts->server, line + sizeof header - 1);
    }
}

static void hear_missed(struct libav_heard *heard, va_list *arguments)
{
    int count = va_arg(*arguments, int);
    heard->missed += count > 0 ? (unsigned)count : 0;
}

static void listen_to_log(void *object, int level, const char *format, va_list arguments)
{
    static const struct {
        const char *format;
        void (*hear)(struct libav_heard *heard, va_list *arguments);
    } known[] = {
        {"SDP:\n%s\n", hear_sdp},
        {"line='%s'\n", hear_line},
        {"RTP: missed %d packets\n", hear_missed},
    };
    const AVClass *const *class = object;
    (void)level;
    if (object == NULL || *class != avformat_get_class()) {
        return;
    }
    struct libav_heard *heard = ((AVFormatContext *)object)->opaque;
    for (size_t i = 0; heard != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(format, known[i].format) == 0) {
            va_list copy;
            va_copy(copy, arguments);
            known[i].hear(heard, &copy);
            va_end(copy);
            return;
        }
    }
}

void libav_log_listen(void)
{
    av_log_set_callback(listen_to_log);
}
