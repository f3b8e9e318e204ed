#include "camera/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "camera/address.h"

#define CONNECT_TIMEOUT_MS 10000
#define FLOW_SIZE          16384

/* Bytes on their way in one direction. */
struct flow {
    uint8_t data[FLOW_SIZE];
    size_t at;
    size_t size;
};

struct relay {
    struct digest pinned;
    SSL_CTX *context;
    uint16_t camera_port;
    int listener;
    uint16_t port;
    int stop; /* eventfd: readable when the thread is to end */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    enum relay_outcome outcome; /* under the lock, like the three below */
    struct digest shown;
    struct endpoint camera;
    bool armed;
};

static void set_outcome(struct relay *relay, enum relay_outcome outcome)
{
    (void)pthread_mutex_lock(&relay->lock);
    relay->outcome = outcome;
    (void)pthread_mutex_unlock(&relay->lock);
}

enum relay_outcome relay_outcome(struct relay *relay, struct digest *shown)
{
    (void)pthread_mutex_lock(&relay->lock);
    enum relay_outcome outcome = relay->outcome;
    if (shown != NULL) {
        *shown = relay->shown;
    }
    (void)pthread_mutex_unlock(&relay->lock);
    return outcome;
}

uint16_t relay_arm(struct relay *relay, const char *address)
{
    (void)pthread_mutex_lock(&relay->lock);
    relay->camera = address_endpoint(address, relay->camera_port);
    relay->armed = true;
    relay->outcome = RELAY_WAITING;
    relay->shown = (struct digest){{0}};
    (void)pthread_mutex_unlock(&relay->lock);
    return relay->port;
}

/* Where to carry the connection that came, if one was to come. */
static bool disarm(struct relay *relay, struct endpoint *camera)
{
    (void)pthread_mutex_lock(&relay->lock);
    bool armed = relay->armed;
    relay->armed = false;
    *camera = relay->camera;
    (void)pthread_mutex_unlock(&relay->lock);
    return armed;
}

/* Waits for an event on `descriptor`; false on time-out, or when the relay is to end. */
static bool wait_for(const struct relay *relay, int descriptor, short events, int timeout_ms)
{
    struct pollfd polled[2] = {{.fd = descriptor, .events = events},
                               {.fd = relay->stop, .events = POLLIN}};
    int count = 0;
    do {
        count = poll(polled, 2, timeout_ms);
    } while (count < 0 && errno == EINTR);
    return count > 0 && polled[1].revents == 0;
}

static int connect_camera(const struct relay *relay, const struct endpoint *endpoint)
{
    AUTO_CLOSE int camera = socket(endpoint->address.ss_family,
                                   SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (camera < 0) {
        return -1;
    }
    if (connect(camera, (const struct sockaddr *)&endpoint->address, endpoint->size) != 0) {
        int failed = 0;
        socklen_t size = sizeof failed;
        if (errno != EINPROGRESS || !wait_for(relay, camera, POLLOUT, CONNECT_TIMEOUT_MS) ||
            getsockopt(camera, SOL_SOCKET, SO_ERROR, &failed, &size) != 0 || failed != 0) {
            return -1;
        }
    }
    return file_steal(&camera);
}

static bool shake_hands(const struct relay *relay, SSL *tls, int camera)
{
    for (;;) {
        int result = SSL_connect(tls);
        if (result == 1) {
            return true;
        }
        int wanted = SSL_get_error(tls, result);
        short events = wanted == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
        if ((wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) ||
            !wait_for(relay, camera, events, CONNECT_TIMEOUT_MS)) {
            return false;
        }
    }
}

static bool is_pinned(struct relay *relay, SSL *tls)
{
    X509 *leaf = SSL_get1_peer_certificate(tls);
    unsigned char *der = NULL;
    int size = leaf != NULL ? i2d_X509(leaf, &der) : -1;
    struct digest shown = {{0}};
    if (size > 0) {
        digest_of(DIGEST_SHA256, (struct bytes){der, (size_t)size}, &shown);
    }
    OPENSSL_free(der);
    X509_free(leaf);
    (void)pthread_mutex_lock(&relay->lock);
    relay->shown = shown;
    (void)pthread_mutex_unlock(&relay->lock);
    return size > 0 && digest_equal(&shown, &relay->pinned);
}

/* Each returns false when its side is done or has failed. */
static bool read_plain(int plain, struct flow *up)
{
    ssize_t count = recv(plain, up->data, sizeof up->data, 0);
    if (count > 0) {
        up->at = 0;
        up->size = (size_t)count;
    }
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool write_plain(int plain, struct flow *down)
{
    ssize_t count = send(plain, down->data + down->at, down->size - down->at, MSG_NOSIGNAL);
    if (count > 0) {
        down->at += (size_t)count;
    }
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool wants_more(SSL *tls, int result)
{
    int wanted = SSL_get_error(tls, result);
    return wanted == SSL_ERROR_WANT_READ || wanted == SSL_ERROR_WANT_WRITE;
}

static bool read_tls(SSL *tls, struct flow *down)
{
    int count = SSL_read(tls, down->data, sizeof down->data);
    if (count > 0) {
        down->at = 0;
        down->size = (size_t)count;
    }
    return count > 0 || wants_more(tls, count);
}

static bool write_tls(SSL *tls, struct flow *up)
{
    int count = SSL_write(tls, up->data + up->at, (int)(up->size - up->at));
    if (count > 0) {
        up->at += (size_t)count;
    }
    return count > 0 || wants_more(tls, count);
}

/* Carries bytes both ways until either side is done. */
static void carry(const struct relay *relay, SSL *tls, int camera, int plain)
{
    struct flow up = {.size = 0};
    struct flow down = {.size = 0};
    for (;;) {
        bool up_waits = up.at < up.size;
        bool down_waits = down.at < down.size;
        struct pollfd polled[3] = {
            {.fd = plain, .events = (short)((up_waits ? 0 : POLLIN) | (down_waits ? POLLOUT : 0))},
            {.fd = camera, .events = (short)((down_waits ? 0 : POLLIN) | (up_waits ? POLLOUT : 0))},
            {.fd = relay->stop, .events = POLLIN},
        };
        int timeout = !down_waits && SSL_pending(tls) > 0 ? 0 : -1;
        if ((poll(polled, 3, timeout) < 0 && errno != EINTR) || polled[2].revents != 0) {
            return;
        }
        if ((!up_waits && polled[0].revents != 0 && !read_plain(plain, &up)) ||
            (up.at < up.size && !write_tls(tls, &up)) || (!down_waits && !read_tls(tls, &down)) ||
            (down.at < down.size && !write_plain(plain, &down))) {
            return;
        }
    }
}

static void serve(struct relay *relay, int plain, const struct endpoint *endpoint)
{
    AUTO_CLOSE int camera = connect_camera(relay, endpoint);
    SSL *tls = camera >= 0 ? SSL_new(relay->context) : NULL;
    if (tls == NULL || SSL_set_fd(tls, camera) != 1 || !shake_hands(relay, tls, camera)) {
        set_outcome(relay, RELAY_UNREACHABLE);
    } else if (!is_pinned(relay, tls)) {
        set_outcome(relay, RELAY_WRONG_CERTIFICATE);
    } else {
        set_outcome(relay, RELAY_OPEN);
        carry(relay, tls, camera, plain);
        (void)SSL_shutdown(tls);
    }
    SSL_free(tls);
}

static void *run(void *context)
{
    struct relay *relay = context;
    while (wait_for(relay, relay->listener, POLLIN, -1)) {
        AUTO_CLOSE int plain = accept4(relay->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct endpoint endpoint;
        if (plain >= 0 && disarm(relay, &endpoint)) {
            serve(relay, plain, &endpoint);
        }
    }
    return NULL;
}

static enum status open_listener(struct relay *relay, struct error *error)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (relay->listener < 0 || bind(relay->listener, (struct sockaddr *)&here, sizeof here) != 0 ||
        listen(relay->listener, 1) != 0 ||
        getsockname(relay->listener, (struct sockaddr *)&here, &size) != 0) {
        return error_set_errno(error, STATUS_IO, errno, "no loopback socket for TLS");
    }
    relay->port = ntohs(here.sin_port);
    return STATUS_OK;
}

static enum status open_context(struct relay *relay, struct error *error)
{
    relay->context = SSL_CTX_new(TLS_client_method());
    /* The pin is the trust; a camera's own certificate may be small and old. */
    if (relay->context == NULL ||
        SSL_CTX_set_min_proto_version(relay->context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(relay->context, "DEFAULT:@SECLEVEL=1") != 1) {
        return error_set(error, STATUS_UNSUPPORTED, "TLS cannot be set up");
    }
    SSL_CTX_set_verify(relay->context, SSL_VERIFY_NONE, NULL);
    (void)SSL_CTX_set_mode(relay->context,
                           SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return STATUS_OK;
}

static enum status start_thread(struct relay *relay, struct error *error)
{
    sigset_t all;
    sigset_t kept;
    relay->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (relay->stop < 0) {
        return error_set_errno(error, STATUS_IO, errno, "no event descriptor");
    }
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &kept); /* signals are the first thread's */
    int failed = pthread_create(&relay->thread, NULL, run, relay);
    (void)pthread_sigmask(SIG_SETMASK, &kept, NULL);
    if (failed != 0) {
        return error_set_errno(error, STATUS_IO, failed, "no thread for TLS");
    }
    relay->started = true;
    return STATUS_OK;
}

enum status relay_new(uint16_t port, const struct digest *pinned, struct relay **relay,
                      struct error *error)
{
    struct relay *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "no memory for TLS");
    }
    made->listener = -1;
    made->stop = -1;
    made->pinned = *pinned;
    (void)pthread_mutex_init(&made->lock, NULL);
    made->camera_port = port;
    enum status status = open_context(made, error);
    status = status == STATUS_OK ? open_listener(made, error) : status;
    status = status == STATUS_OK ? start_thread(made, error) : status;
    if (status != STATUS_OK) {
        relay_free(made);
        return status;
    }
    *relay = made;
    return STATUS_OK;
}

void relay_free(struct relay *relay)
{
    if (relay == NULL) {
        return;
    }
    if (relay->started) {
        uint64_t one = 1;
        (void)!write(relay->stop, &one, sizeof one);
        (void)pthread_join(relay->thread, NULL);
    }
    file_close(&relay->stop);
    file_close(&relay->listener);
    SSL_CTX_free(relay->context);
    (void)pthread_mutex_destroy(&relay->lock);
    free(relay);
}
