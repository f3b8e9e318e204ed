#include "report_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void must(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_name(status), error->text);
    }
}

static void configure(struct report_fixture *fixture)
{
    (void)store_append(&fixture->package.store, RECORD_CONFIG, "appliance",
                       json_pack("{s:s,s:[{s:s,s:s}],s:[{s:s,s:s,s:[s]}]}", "site",
                                 "不动产登记中心 3 楼", "cameras", "camera", "gate", "name",
                                 "库房门口", "doors", "door", "archive", "name", "档案库房",
                                 "cameras", "gate"));
}

void report_begin(struct report_fixture *fixture, const char *suite)
{
    memset(fixture, 0, sizeof *fixture);
    package_begin(&fixture->package, suite);
    configure(fixture);
}

void report_end(struct report_fixture *fixture)
{
    site_free(fixture->site);
    package_writer_free(fixture->writer);
    if (fixture->view != NULL) {
        ledger_view_end(fixture->view);
        ledger_view_free(fixture->view);
        (void)close(fixture->plan.file);
        (void)close(fixture->plan.scratch);
    }
    package_end(&fixture->package);
}

struct entry_record report_plain_entry(struct report_fixture *fixture, enum door_event event)
{
    struct entry_record record = {.entry = {.event = (uint16_t)event}};
    SET_TEXT(record.entry.door, "archive");
    SET_TEXT(record.controller, "front");
    SET_TEXT(record.cameras, "gate");
    record.entry.received_utc_ns = fixture->package.store.base.now.utc_ns;
    record.entry.received_monotonic_ns = fixture->package.store.base.now.monotonic_ns;
    return record;
}

uint64_t report_entry(struct report_fixture *fixture, const struct entry_record *record)
{
    struct store_fixture *store = &fixture->package.store;
    struct error error = {0};
    json_t *members = NULL;
    uint64_t number = 0;
    must(entry_record_members(record, &members, &error), &error);
    store_pass(store, NS_PER_SECOND);
    must(ledger_append(store->base.ledger, RECORD_ENTRY,
                       record->entry.derived != 0 ? "derived/front" : "door/front", members,
                       &number, &error),
         &error);
    json_decref(members);
    return number;
}

void report_ask(struct report_fixture *fixture, const char *sources)
{
    store_pass(&fixture->package.store, NS_PER_SECOND);
    report_ask_until(fixture, sources, fixture->package.store.base.now.utc_ns);
}

void report_ask_until(struct report_fixture *fixture, const char *sources, int64_t to_utc_ns)
{
    struct error error = {0};
    fixture->package.to_utc_ns = to_utc_ns;
    uint64_t request = package_request(&fixture->package, sources);
    must(ledger_view_open(fixture->package.store.base.path, &fixture->view, &error), &error);
    must(ledger_view_begin(fixture->view, &error), &error);
    fixture->plan = (struct package_plan){.view = fixture->view,
                                          .file = memfd_create("package", MFD_CLOEXEC),
                                          .scratch = memfd_create("scratch", MFD_CLOEXEC),
                                          .certificate = fixture->package.certificate,
                                          .request = request};
    must(package_writer_new(&fixture->plan, &fixture->writer, &error), &error);
    const struct selection *selection = package_writer_selection(fixture->writer);
    must(site_read(fixture->view, selection_configuration(selection), &fixture->site, &error),
         &error);
    fixture->content = (struct content){
        .view = fixture->view,
        .selection = selection,
        .request = package_writer_request(fixture->writer),
        .request_number = request,
        .size = package_writer_checkpoint(fixture->writer)->size,
        .site = fixture->site,
    };
}

static enum status put(void *context, struct bytes bytes, struct error *error)
{
    return buffer_append(context, bytes.data, bytes.size) == STATUS_OK
               ? STATUS_OK
               : error_set(error, STATUS_NO_MEMORY, "no memory");
}

struct text_sink report_into(struct buffer *buffer)
{
    return (struct text_sink){put, buffer};
}

int report_set_up(void **state, const char *suite)
{
    struct report_fixture *fixture = calloc(1, sizeof *fixture);
    (void)setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    report_begin(fixture, suite);
    *state = fixture;
    return 0;
}

int report_tear_down(void **state)
{
    report_end(*state);
    free(*state);
    prctl(PR_SET_DUMPABLE, 1); /* the leak checker of the asan preset traces its own process */
    return 0;
}

void text_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", part, text);
    }
}

void text_has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) {
        fail_msg("\"%s\" is in:\n%s", part, text);
    }
}
