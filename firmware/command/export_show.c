#include "firmware/command/export_show.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "firmware/command/export_texts.h"
#include "firmware/command/report.h"

#define BAR_COLUMNS 30
/* A rate is known by then. */
#define ESTIMATE_AFTER_S 2
/* "now" is a moment ago for the appliance. */
#define SHORTENED_NS NS_PER_SECOND

/* For a POSIX shell: one word, whatever is in it (XCU 2.2.2). "" if it is too long. */
static void quote(char *quoted, size_t size, const char *text)
{
    size_t used = 0;
    quoted[used++] = '\'';
    for (; *text != '\0' && used + 6 < size; text++) {
        if (*text == '\'') {
            memcpy(quoted + used, "'\\'", 3);
            used += 3;
        }
        quoted[used++] = *text;
    }
    quoted[used++] = '\'';
    quoted[*text == '\0' ? used : 0] = '\0';
}

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static const char *say(const struct export_show *show, unsigned which)
{
    return text_in(&export_texts[which], show->invocation->language);
}

/* One object a line; taken over. */
static void print_object(json_t *object)
{
    char *line = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    if (line != NULL)
        puts(line);
    (void)fflush(stdout);
    free(line);
    json_decref(object);
}

struct export_show export_show_begin(const struct invocation *invocation)
{
    return (struct export_show){.invocation = invocation,
                                .is_terminal = isatty(STDERR_FILENO) == 1 && !invocation->json};
}

static const char *shown_name(const struct export_show *show, const char *option)
{
    static const char *const names[] = {
        [TIME_SHOWN_ONCE] = "once", [TIME_SHOWN_TWICE] = "twice", [TIME_SHOWN_NEVER] = "never"};
    return names[invocation_time_shown(show->invocation, option)];
}

/* What is on record, and how it differs from what was typed. */
static void print_begun(const struct export_show *show, const struct message_export_begun *begun,
                        bool is_shortened)
{
    char from[TIME_TEXT_SIZE];
    char to[TIME_TEXT_SIZE];
    time_format(from, begun->from_utc_ns);
    time_format(to, begun->to_utc_ns);
    print_object(json_pack("{s:s,s:I,s:s,s:s,s:b,s:s,s:s}", "type", "begun", "request",
                           (json_int_t)begun->record, "from", from, "to", to, "shortened",
                           (int)is_shortened, "from_shown", shown_name(show, "from"), "to_shown",
                           shown_name(show, "to")));
}

void export_show_begun(struct export_show *show, const struct message_export_begun *begun,
                       int64_t asked_to_utc_ns)
{
    char from[LOCAL_TIME_SIZE];
    char to[LOCAL_TIME_SIZE];
    bool is_shortened = asked_to_utc_ns - begun->to_utc_ns > SHORTENED_NS;
    if (show->invocation->json) {
        print_begun(show, begun, is_shortened);
        return;
    }
    local_time_text(from, begun->from_utc_ns);
    local_time_text(to, begun->to_utc_ns);
    invocation_say(show->invocation, &export_texts[EXPORT_TEXT_BEGUN],
                   (unsigned long long)begun->record, from, to);
    if (is_shortened)
        invocation_say(show->invocation, &export_texts[EXPORT_TEXT_SHORTENED], to);
    (void)fflush(stdout);
}

void export_show_plan(struct export_show *show, const struct message_export_plan *plan)
{
    char size[BYTES_TEXT_SIZE];
    bytes_text(size, plan->bytes);
    show->began_ns = monotonic_ns();
    show->said_tenths = 0; /* it may be a second one */
    if (show->invocation->json) {
        print_object(json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "type", "plan", "bytes",
                               (json_int_t)plan->bytes, "clips", (json_int_t)plan->clips, "entries",
                               (json_int_t)plan->entries, "gaps", (json_int_t)plan->gaps, "absent",
                               (json_int_t)plan->absent));
        return;
    }
    invocation_say(show->invocation, &export_texts[EXPORT_TEXT_PLAN], size, plan->clips,
                   (unsigned long long)plan->entries);
    if (plan->gaps > 0 || plan->absent > 0)
        invocation_say(show->invocation, &export_texts[EXPORT_TEXT_GAPS],
                       (unsigned long long)plan->gaps, plan->absent);
    (void)fflush(stdout);
}

/* Up, the coarser the longer: what is estimated from moment to moment must not flicker. */
static unsigned long long round_left(double left_s)
{
    static const struct {
        double below_s;
        unsigned step_s;
    } steps[] = {{60, 5}, {600, 30}, {3600, 60}, {359999, 300}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (left_s < steps[i].below_s)
            return ((unsigned long long)left_s / steps[i].step_s + 1) * steps[i].step_s;
    return 359999;
}

static void draw_bar(struct export_show *show, const struct message_export_progress *progress,
                     unsigned percent)
{
    static const char full[] = "##############################";
    static const char empty[] = "------------------------------";
    char done[BYTES_TEXT_SIZE];
    char all[BYTES_TEXT_SIZE];
    unsigned columns = percent * BAR_COLUMNS / 100;
    double passed_s = (double)(monotonic_ns() - show->began_ns) / (double)NS_PER_SECOND;
    double rate = (double)progress->bytes / (passed_s > 0.1 ? passed_s : 0.1);
    double left_s = rate > 0 ? (double)(progress->total - progress->bytes) / rate : 0;
    bytes_text(done, progress->bytes);
    bytes_text(all, progress->total);
    fprintf(stderr, say(show, EXPORT_TEXT_BAR), full + BAR_COLUMNS - columns, empty + columns,
            percent, done, all);
    if (passed_s > ESTIMATE_AFTER_S && rate > 0) {
        unsigned long long left = round_left(left_s);
        fprintf(stderr, say(show, EXPORT_TEXT_LEFT), left / 60, left % 60);
    }
    show->is_bar_shown = true;
}

/* Each step has a bar of its own, for they go at different speeds: a disk's, and a stick's. */
static void begin_step(struct export_show *show, uint8_t step)
{
    show->step = step;
    show->began_ns = monotonic_ns();
    show->said_tenths = 0;
    export_show_end(show);
    if (!show->invocation->json)
        invocation_say(show->invocation, &export_texts[EXPORT_TEXT_ENCRYPTING]);
    (void)fflush(stdout);
}

void export_show_progress(struct export_show *show, const struct message_export_progress *progress)
{
    static const char *const steps[] = {
        [EXPORT_COPYING] = "copying", [EXPORT_ENCRYPTING] = "encrypting"};
    char done[BYTES_TEXT_SIZE];
    char all[BYTES_TEXT_SIZE];
    bool is_begun = progress->step != show->step && progress->step < sizeof steps / sizeof steps[0];
    if (is_begun)
        begin_step(show, progress->step);
    if (progress->total == 0 || progress->bytes > progress->total)
        return;
    unsigned percent = (unsigned)((double)progress->bytes * 100 / (double)progress->total);
    if (show->is_terminal) {
        draw_bar(show, progress, percent);
        return;
    }
    if (percent / 10 <= show->said_tenths && !(is_begun && show->invocation->json))
        return;
    show->said_tenths = percent / 10;
    bytes_text(done, progress->bytes);
    bytes_text(all, progress->total);
    if (show->invocation->json)
        print_object(json_pack("{s:s,s:s,s:I,s:I}", "type", "progress", "step", steps[show->step],
                               "bytes", (json_int_t)progress->bytes, "of",
                               (json_int_t)progress->total));
    else
        invocation_say(show->invocation, &export_texts[EXPORT_TEXT_PROGRESS], percent, done, all);
    (void)fflush(stdout);
}

void export_show_end(struct export_show *show)
{
    if (show->is_bar_shown)
        fprintf(stderr, "\r%78s\r", "");
    show->is_bar_shown = false;
}

static json_t *result_object(const char *path, const char *inside,
                             const struct message_export_result *result)
{
    json_t *object = json_pack(
        "{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:s,s:s}", "type", "done", "file", path, "request",
        (json_int_t)result->request, "size", (json_int_t)result->size, "records",
        (json_int_t)result->records, "clips", (json_int_t)result->clips, "absent",
        (json_int_t)result->absent, "package", result->package, "fingerprint", result->fingerprint);
    if (result->encrypted_size > 0) {
        (void)json_object_set_new(object, "encrypted_size",
                                  json_integer((json_int_t)result->encrypted_size));
        (void)json_object_set_new(object, "inside", json_string(inside));
    }
    return object;
}

void export_show_result(struct export_show *show, const char *path,
                        const struct message_export_result *result)
{
    const struct invocation *invocation = show->invocation;
    bool is_encrypted = result->encrypted_size > 0;
    char inside[EXPORT_PACKAGE_NAME_SIZE];
    char size[BYTES_TEXT_SIZE];
    char quoted[2 * PATH_SIZE];
    char digest[HEX_GROUPED_SIZE];
    (void)snprintf(inside, sizeof inside, EXPORT_PACKAGE_NAME, (unsigned long long)result->request);
    quote(quoted, sizeof quoted, is_encrypted ? inside : path);
    bytes_text(size, result->size);
    if (invocation->json) {
        print_object(result_object(path, inside, result));
        return;
    }
    invocation_say(invocation, &export_texts[EXPORT_TEXT_DONE], path, size, result->clips,
                   (unsigned long long)result->records);
    if (is_encrypted)
        invocation_say(invocation, &export_texts[EXPORT_TEXT_ENCRYPTED], inside);
    if (result->absent > 0)
        invocation_say(invocation, &export_texts[EXPORT_TEXT_ABSENT], result->absent);
    hex_grouped(digest, result->package);
    invocation_say(invocation, &export_texts[EXPORT_TEXT_DIGEST], digest);
    invocation_say(invocation, &export_texts[EXPORT_TEXT_VERIFY], result->fingerprint, quoted);
}
