/*
 * Continuity. A record is of one source and carries its count, so an omission shows; the records
 * of one boot are in the order of the monotonic clock, for there is one writer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/records.h"

/* A heartbeat comes after a minute of silence; what is later than this is worth a line. */
#define SILENCE_NS (150 * NS_PER_SECOND)

static bool is_known_boot(const struct book *book, const char *boot_id)
{
    const char(*boots)[BOOT_ID_SIZE] = book->boots.data;
    for (size_t i = 0; i < book->boots.count; i++) {
        if (strcmp(boots[i], boot_id) == 0) {
            return true;
        }
    }
    return false;
}

static const char *current_boot(const struct book *book)
{
    const char(*boots)[BOOT_ID_SIZE] = book->boots.data;
    return book->boots.count > 0 ? boots[book->boots.count - 1] : "";
}

/* From here on nobody's silence is counted until he is heard again. */
static void forgive_silence(struct book *book)
{
    struct book_source *sources = book->sources.data;
    for (size_t i = 0; i < book->sources.count; i++) {
        sources[i].heard = false;
    }
}

static void check_time(struct audit *audit, uint64_t number, const struct record_head *head)
{
    struct book *book = &audit->book;
    if (strcmp(current_boot(book), head->boot_id) == 0) {
        if (head->monotonic_ns < book->last_monotonic_ns) {
            records_report(audit, FAULT_TIME_BROKEN, number, head, "the monotonic time goes back");
        }
    } else if (is_known_boot(book, head->boot_id)) {
        records_report(audit, FAULT_TIME_BROKEN, number, head, "an earlier boot comes back");
    } else {
        char(*boot)[BOOT_ID_SIZE] = book_list_add(&book->boots, sizeof(*boot));
        if (boot != NULL) {
            memcpy(*boot, head->boot_id, sizeof(*boot));
        }
        forgive_silence(book);
    }
    book->last_monotonic_ns = head->monotonic_ns;
}

static void check_seq(struct audit *audit, uint64_t number, const struct record_head *head,
                      const struct book_source *source)
{
    char detail[96];
    if (head->seq == source->seq + 1) {
        return;
    }
    /* An unbelievable record since the source's last one may be the one that is lacking. */
    if (audit->book.doubtful > source->number && head->seq > source->seq) {
        return;
    }
    (void)snprintf(detail, sizeof(detail), "%" PRIu64 " follows %" PRIu64, head->seq, source->seq);
    records_report(audit, FAULT_SEQUENCE_BROKEN, number, head, detail);
}

/* Somebody at the command line is not expected to be heard of every minute. */
static bool is_steady(const char *source)
{
    return strncmp(source, "operator/", strlen("operator/")) != 0;
}

static void check_silence(struct audit *audit, uint64_t number, const struct record_head *head,
                          const struct book_source *source)
{
    char detail[96];
    int64_t silent_ns = head->monotonic_ns - source->monotonic_ns;
    if (source->heard && is_steady(head->source) && silent_ns > SILENCE_NS) {
        (void)snprintf(detail, sizeof(detail), "for %" PRId64 " s", silent_ns / NS_PER_SECOND);
        records_report(audit, FAULT_SOURCE_SILENT, number, head, detail);
    }
}

static void check_heartbeat(struct audit *audit, uint64_t number, const struct record_head *head,
                            const json_t *body)
{
    uint64_t latest = 0;
    if (head->kind == RECORD_HEARTBEAT && body != NULL &&
        (json_get_u64(body, "latest", &latest) != STATUS_OK || latest + 1 != head->seq)) {
        records_report(audit, FAULT_SEQUENCE_BROKEN, number, head,
                       "the heartbeat names another count");
    }
}

/* A body that is not there may have said so. */
static bool is_health(const struct record_head *head, const json_t *body, enum health_event wanted)
{
    const char *event = json_get_text(body, "event");
    return head->kind == RECORD_HEALTH &&
           (body == NULL || (event != NULL && strcmp(event, word_health_event(wanted)->name) == 0));
}

void sources_take(struct audit *audit, uint64_t number, const struct record_head *head,
                  const json_t *body)
{
    struct book *book = &audit->book;
    check_time(audit, number, head);
    /* whoever was silent while the recorder was not there had no way to speak */
    if (is_health(head, body, HEALTH_STARTED)) {
        forgive_silence(book);
    }
    struct book_source *source = book_source(book, head->source);
    if (source == NULL) {
        return;
    }
    check_seq(audit, number, head, source);
    check_silence(audit, number, head, source);
    check_heartbeat(audit, number, head, body);
    source->seq = head->seq;
    source->number = number;
    source->monotonic_ns = head->monotonic_ns;
    source->heard = true;
    /* a stop on record explains the silence of all, and of the next start's first records */
    if (is_health(head, body, HEALTH_STOPPED) || is_health(head, body, HEALTH_FAILED)) {
        forgive_silence(book);
    }
    if (book->first_utc_ns == 0) {
        book->first_utc_ns = head->at_utc_ns;
    }
    book->last_utc_ns = head->at_utc_ns;
}

void sources_pass(struct audit *audit, uint64_t number)
{
    audit->book.doubtful = number + 1;
}
