#include "firmware/supervisor/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

#define NOBODY        65534u /* nobody and nogroup */
#define ADDRESSES_MAX 8      /* looked at; as many as a message has room for are handed on */

struct resolver {
    resolver_answer *answer;
    void *context;
    pid_t process;
    int descriptor;
    sd_event_source *readable;
    sd_event_source *timer;
};

bool resolver_is_numeric(const char *host, char address[NAME_SIZE])
{
    unsigned char binary[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, host, binary) != 1 && inet_pton(AF_INET6, host, binary) != 1)
        return false;
    message_text(address, NAME_SIZE, host);
    return true;
}

/* IPv4 before IPv6, and always in the same order, whatever order a name server likes today. */
static int compare(const void *left, const void *right)
{
    const char *one = left;
    const char *other = right;
    bool is_v6 = strchr(one, ':') != NULL;
    if (is_v6 != (strchr(other, ':') != NULL))
        return is_v6 ? 1 : -1;
    return strcmp(one, other);
}

/* One line: the numeric addresses, or '!' and the reason. */
static void ask(const char *host, char line[NAME_SIZE])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    char numeric[ADDRESSES_MAX][INET6_ADDRSTRLEN];
    size_t count = 0;
    size_t used = 0;
    int problem = getaddrinfo(host, NULL, &hints, &found);
    for (const struct addrinfo *one = problem == 0 ? found : NULL;
         one != NULL && count < ADDRESSES_MAX; one = one->ai_next)
        if (getnameinfo(one->ai_addr, one->ai_addrlen, numeric[count], sizeof numeric[count], NULL,
                        0, NI_NUMERICHOST) == 0)
            count++;
    qsort(numeric, count, sizeof numeric[0], compare);
    line[0] = '\0';
    for (size_t at = 0; at < count && used + 1 + strlen(numeric[at]) < NAME_SIZE; at++)
        used += (size_t)snprintf(line + used, NAME_SIZE - used, "%s%s", at == 0 ? "" : " ",
                                 numeric[at]);
    if (count == 0)
        snprintf(line, NAME_SIZE, "!%.90s", gai_strerror(problem));
}

static _Noreturn void look_up(const char *host, int answer)
{
    char line[NAME_SIZE];
    const struct rlimit no_files_written = {0, 0};

    /* Nobody's rights, nothing open but the pipe: this process reads what a stranger sends. */
    if (dup2(answer, STDERR_FILENO + 1) < 0 || close_range(STDERR_FILENO + 2, ~0U, 0) != 0)
        _exit(1);
    answer = STDERR_FILENO + 1;
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
                           setresuid(NOBODY, NOBODY, NOBODY) != 0))
        _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_FSIZE, &no_files_written);
    setrlimit(RLIMIT_CORE, &no_files_written);
    ask(host, line);
    ssize_t written = write(answer, line, strlen(line));
    _exit(written < 0 ? 1 : 0);
}

static void finish(struct resolver *resolver, const char *address, const char *reason)
{
    resolver_answer *answer = resolver->answer;
    void *context = resolver->context;
    answer(context, address, reason);
}

/* What comes from that process is not believed: it reads what strangers send. */
static bool are_numeric(const char *line)
{
    char words[NAME_SIZE];
    char address[NAME_SIZE];
    char *rest = NULL;
    bool is_one = false;
    message_text(words, sizeof words, line);
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        is_one = resolver_is_numeric(word, address);
        if (!is_one)
            return false;
    }
    return is_one;
}

static int on_readable(sd_event_source *source, int descriptor, uint32_t events, void *context)
{
    struct resolver *resolver = context;
    char line[NAME_SIZE];
    (void)source;
    (void)events;

    /* Shorter than PIPE_BUF, so it comes in one piece or not at all. */
    ssize_t size = TEMP_FAILURE_RETRY(read(descriptor, line, sizeof line - 1));
    line[size > 0 ? size : 0] = '\0';
    if (are_numeric(line))
        finish(resolver, line, "");
    else
        finish(resolver, "", line[0] == '!' ? line + 1 : "the look-up ended without an answer");
    return 0;
}

static int on_timeout(sd_event_source *source, uint64_t at_us, void *context)
{
    (void)source;
    (void)at_us;
    finish(context, "", "the name servers do not answer");
    return 0;
}

static enum status watch(struct resolver *resolver, sd_event *event)
{
    int problem = sd_event_add_io(event, &resolver->readable, resolver->descriptor, EPOLLIN,
                                  on_readable, resolver);
    if (problem >= 0)
        problem = sd_event_add_time_relative(event, &resolver->timer, CLOCK_MONOTONIC,
                                             (uint64_t)RESOLVER_TIMEOUT_MS * 1000u, 0, on_timeout,
                                             resolver);
    return problem >= 0 ? STATUS_OK : STATUS_IO;
}

enum status resolver_start(sd_event *event, const char *host, resolver_answer *answer,
                           void *context, struct resolver **result, struct error *error)
{
    int ends[2];
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (resolver == NULL)
        return error_set(error, STATUS_NO_MEMORY, "no memory to look up %s", host);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        free(resolver);
        return error_set_errno(error, STATUS_IO, errno, "cannot make a pipe to look up %s", host);
    }
    *resolver = (struct resolver){.answer = answer, .context = context, .descriptor = ends[0]};
    resolver->process = fork();
    if (resolver->process == 0)
        look_up(host, ends[1]);
    int problem = errno;
    close(ends[1]);
    if (resolver->process < 0 || watch(resolver, event) != STATUS_OK) {
        resolver_free(resolver);
        return error_set_errno(error, STATUS_IO, problem, "cannot look up %s", host);
    }
    *result = resolver;
    return STATUS_OK;
}

void resolver_free(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    sd_event_source_disable_unref(resolver->readable);
    sd_event_source_disable_unref(resolver->timer);
    file_close(&resolver->descriptor);
    if (resolver->process > 0) {
        kill(resolver->process, SIGKILL);
        (void)TEMP_FAILURE_RETRY(waitpid(resolver->process, NULL, 0));
    }
    free(resolver);
}
