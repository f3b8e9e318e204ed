/* sealroom entries: who went in and out, from the entry records. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/command/evidence.h"
#include "firmware/command/report.h"
#include "store/entry_record.h"

#define DEFAULT_LIMIT 100 /* for people; programs get everything */

enum {
    TEXT_NONE,
    TEXT_MORE,
    TEXT_UNKNOWN_KIND,
    TEXT_GRANTED,
    TEXT_DENIED,
    TEXT_IN,
    TEXT_OUT,
    TEXT_DERIVED,
    TEXT_RECEIVED,
    TEXT_CONCLUDED,
    TEXT_BY_RECEIPT,
    TEXT_IN_DOUBT,
    TEXT_ALTERED,
    TEXT_EXPIRED,
};

static const struct text texts[] = {
    [TEXT_NONE] = {"no entries fit", "没有符合条件的进出记录"},
    [TEXT_MORE] = {"the newest %llu are shown, there are more: --limit or --from shows them",
                   "只显示最新 %llu 条，还有更多：请用 --limit 或 --from"},
    [TEXT_UNKNOWN_KIND] = {"--kind %s: there is no such event; it is a name of FORMAT.md's "
                           "vocabulary, such as access_denied",
                           "--kind %s：没有这种事件；应为 FORMAT.md 词汇表中的名称，如 "
                           "access_denied"},
    [TEXT_GRANTED] = {"granted", "准许"},
    [TEXT_DENIED] = {"denied", "拒绝"},
    [TEXT_IN] = {"in", "进"},
    [TEXT_OUT] = {"out", "出"},
    [TEXT_DERIVED] = {"recorder's conclusion", "本机推断"},
    [TEXT_RECEIVED] = {"received", "收到于"},
    [TEXT_CONCLUDED] = {"concluded", "推断于"},
    [TEXT_BY_RECEIPT] = {"time of receipt", "按收到时间"},
    [TEXT_IN_DOUBT] = {"time of receipt, the controller's clock is in doubt",
                       "按收到时间，控制器时钟不可靠"},
    [TEXT_ALTERED] = {"ALTERED: run sealroom verify", "记录被改动：请运行 sealroom verify"},
    [TEXT_EXPIRED] = {"body expired", "正文已到期"},
};

static const struct report_column columns[] = {
    {"record", {"record", "记录号"}, true},  {"time", {"time", "时间"}, false},
    {"door", {"door", "门"}, false},         {"event", {"event", "事件"}, false},
    {"verdict", {"verdict", "结论"}, false}, {"credential", {"card", "卡号"}, false},
    {"direction", {"way", "方向"}, false},   {"cameras", {"cameras", "摄像机"}, false},
    {"detail", {"remark", "备注"}, false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

struct listing {
    const struct invocation *invocation;
    struct evidence *evidence;
    struct report *report;
    enum card_display cards;
};

static void show_verdict(const struct listing *listing, const struct message_entry *entry)
{
    char shown[128] = "";
    enum language language = listing->invocation->language;
    if (entry->verdict == VERDICT_GRANTED)
        snprintf(shown, sizeof shown, "%s", text_in(&texts[TEXT_GRANTED], language));
    else if (entry->verdict == VERDICT_DENIED && entry->deny_reason == DENY_NONE)
        snprintf(shown, sizeof shown, "%s", text_in(&texts[TEXT_DENIED], language));
    else if (entry->verdict == VERDICT_DENIED)
        snprintf(shown, sizeof shown, "%s (%s)", text_in(&texts[TEXT_DENIED], language),
                 word_text(word_deny_reason((enum deny_reason)entry->deny_reason), language));
    report_cell(listing->report, shown, json_string(verdict_name((enum verdict)entry->verdict)));
}

static void show_direction(const struct listing *listing, const struct message_entry *entry)
{
    enum language language = listing->invocation->language;
    const char *shown = "";
    if (entry->direction != DIRECTION_UNKNOWN)
        shown = text_in(&texts[entry->direction == DIRECTION_IN ? TEXT_IN : TEXT_OUT], language);
    report_cell(listing->report, shown,
                json_string(direction_name((enum direction)entry->direction)));
}

/* What the recorder concluded looks unlike what a controller reported. */
static void show_event(const struct listing *listing, const struct message_entry *entry)
{
    enum language language = listing->invocation->language;
    const struct word *word = word_door_event((enum door_event)entry->event);
    char shown[256];
    if (entry->derived == 0) {
        report_word(listing->report, word);
        return;
    }
    snprintf(shown, sizeof shown, "» %s (%s)", word_text(word, language),
             text_in(&texts[TEXT_DERIVED], language));
    report_cell(listing->report, shown, json_string(word->name));
}

/* The card, and whose it was. */
static void show_person(const struct listing *listing, const struct entry_record *record)
{
    const struct message_entry *entry = &record->entry;
    char masked[CARD_MASKED_SIZE];
    char shown[CREDENTIAL_SIZE + NAME_SIZE];
    const char *card = card_shown(listing->cards, entry->credential, entry->method, masked);
    snprintf(shown, sizeof shown, "%s%s%s", card, record->name[0] == '\0' ? "" : " ", record->name);
    report_cell(listing->report, shown, card[0] == '\0' ? json_null() : json_string(card));
    if (card[0] != '\0' && listing->cards == CARDS_MASKED)
        report_json(listing->report, "credential_masked", json_true());
}

/* What a conclusion is drawn from, for programs. */
static void add_derivation(struct report *report, const struct entry_record *record)
{
    json_t *from = json_array();
    for (size_t i = 0; i < record->from_count; i++)
        (void)json_array_append_new(from, json_integer((json_int_t)record->from[i]));
    report_json(report, "by", json_string(record->by));
    report_json(report, "from", from);
    report_json(report, "at", json_time(record->at_utc_ns));
}

/* What only programs get. */
static void add_members(struct report *report, const struct entry_record *record)
{
    const struct message_entry *entry = &record->entry;
    report_json(report, "time_by",
                json_string(entry_record_time(record).by_controller ? "controller" : "receipt"));
    report_json(report, "received", json_time(entry->received_utc_ns));
    report_json(report, "controller", json_string(record->controller));
    if (entry->deny_reason != DENY_NONE)
        report_json(report, "deny_reason",
                    json_string(word_deny_reason((enum deny_reason)entry->deny_reason)->name));
    if (entry->has_device_seq)
        report_json(report, "device_seq", json_u64(entry->device_seq));
    report_json(report, "boot_epoch", json_u64(entry->boot_epoch));
    if (entry->device_utc_ns != 0)
        report_json(report, "device_time", json_time(entry->device_utc_ns));
    if (record->name[0] != '\0')
        report_json(report, "name", json_string(record->name));
    if (record->department[0] != '\0')
        report_json(report, "department", json_string(record->department));
    if (entry->method[0] != '\0')
        report_json(report, "method", json_string(entry->method));
    if (entry->reader[0] != '\0')
        report_json(report, "reader", json_string(entry->reader));
    if (entry->event == DOOR_RECORDS_LOST) {
        report_json(report, "lost_from", json_u64(entry->lost_from));
        report_json(report, "lost_to", json_u64(entry->lost_to));
    }
    report_json(report, "derived", json_boolean(entry->derived));
    if (entry->found != 0)
        report_json(report, "found", json_true());
    if (entry->derived != 0)
        add_derivation(report, record);
}

/* Of the same day "14:02:11" is enough. */
static void other_time(char text[LOCAL_TIME_SIZE], int64_t utc_ns, int64_t beside_utc_ns)
{
    enum { DAY = sizeof "2026-11-22" - 1, CLOCK = sizeof "14:02:11" - 1 };
    char beside[LOCAL_TIME_SIZE];
    local_time_text(text, utc_ns);
    local_time_text(beside, beside_utc_ns);
    if (strlen(text) > DAY + 1 + CLOCK && strncmp(text, beside, DAY + 1) == 0) {
        memmove(text, text + DAY + 1, CLOCK);
        text[CLOCK] = '\0';
    }
}

/* What came late, or was concluded so, says when; and a time that is no controller's says that,
 * where a controller has spoken. */
static void add_time(const struct listing *listing, const struct entry_record *record, char *text,
                     size_t size)
{
    const struct message_entry *entry = &record->entry;
    enum language language = listing->invocation->language;
    struct entry_time time = entry_record_time(record);
    size_t used = strlen(text);
    const char *comma = used > 0 ? "; " : "";
    char when[LOCAL_TIME_SIZE];
    if (time.is_apart) {
        other_time(when, entry->received_utc_ns, time.utc_ns);
        snprintf(text + used, size - used, "%s%s %s", comma,
                 text_in(&texts[entry->derived != 0 ? TEXT_CONCLUDED : TEXT_RECEIVED], language),
                 when);
    } else if (entry->derived == 0 && !time.by_controller && entry->raw[0] != '\0') {
        bool has_clock = entry->device_time_quality != DEVICE_TIME_NONE;
        snprintf(text + used, size - used, "%s%s", comma,
                 text_in(&texts[has_clock ? TEXT_IN_DOUBT : TEXT_BY_RECEIPT], language));
    }
}

static void show_remark(const struct listing *listing, const struct entry_record *record)
{
    const struct message_entry *entry = &record->entry;
    char shown[PHRASE_SIZE + 64];
    char worded[PHRASE_SIZE];
    const char *detail =
        phrase_in(entry->detail, listing->invocation->language, worded, sizeof worded);
    if (entry->event == DOOR_RECORDS_LOST)
        snprintf(shown, sizeof shown, "%llu–%llu %s", (unsigned long long)entry->lost_from,
                 (unsigned long long)entry->lost_to, detail);
    else
        snprintf(shown, sizeof shown, "%s", detail);
    add_time(listing, record, shown, sizeof shown);
    report_cell(listing->report, shown,
                entry->detail[0] == '\0' ? json_null() : json_string(entry->detail));
}

/* One whose content is not there to be shown. */
static void show_absent(const struct listing *listing, const struct evidence_row *row)
{
    struct report *report = listing->report;
    report_number(report, row->number);
    report_time(report, row->altered ? 0 : row->head.at_utc_ns);
    for (size_t i = 2; i + 1 < COLUMN_COUNT; i++)
        report_cell(report, "", NULL);
    report_cell(
        report,
        text_in(&texts[row->altered ? TEXT_ALTERED : TEXT_EXPIRED], listing->invocation->language),
        json_null());
    if (!row->altered)
        report_json(report, "received", json_time(row->head.at_utc_ns));
    report_json(report, row->altered ? "altered" : "expired", json_true());
    report_end_row(report);
}

static enum status show(void *context, const struct evidence_row *row)
{
    struct listing *listing = context;
    struct report *report = listing->report;
    struct entry_record record;

    if (row->body == NULL || entry_record_parse(row->body, &record, NULL) != STATUS_OK) {
        show_absent(listing, row);
        return STATUS_OK;
    }
    const struct message_entry *entry = &record.entry;
    const char *door = entry->door[0] == '\0' ? record.controller
                                              : evidence_door_name(listing->evidence, entry->door);
    report_number(report, row->number);
    report_time(report, entry_record_time(&record).utc_ns);
    report_cell(report, door, entry->door[0] == '\0' ? json_null() : json_string(entry->door));
    show_event(listing, entry);
    show_verdict(listing, entry);
    show_person(listing, &record);
    show_direction(listing, entry);
    report_ids(report, record.cameras, record.cameras);
    show_remark(listing, &record);
    add_members(report, &record);
    report_end_row(report);
    return STATUS_OK;
}

static bool read_filter(const struct invocation *invocation, struct evidence_filter *filter)
{
    const char *kind = invocation_value(invocation, "kind");
    *filter = (struct evidence_filter){.about = EVIDENCE_ENTRIES,
                                       .door = invocation_value(invocation, "door"),
                                       .card = invocation_value(invocation, "card")};
    if (kind != NULL) {
        const struct word *word = word_door_event_named(kind);
        if (word == NULL) {
            invocation_warn(invocation, &texts[TEXT_UNKNOWN_KIND], kind);
            return false;
        }
        filter->event = (enum door_event)word->code;
    }
    if (!invocation->json)
        filter->limit = DEFAULT_LIMIT;
    enum card_display cards = CARDS_FULL;
    return invocation_period(invocation, &filter->from_utc_ns, &filter->to_utc_ns) &&
           invocation_number(invocation, "limit", &filter->limit) &&
           invocation_cards(invocation, &cards);
}

static int run(const struct invocation *invocation)
{
    struct listing listing = {.invocation = invocation};
    struct evidence_filter filter;
    struct error error = {0};
    char text[DETAIL_SIZE];
    bool more = false;

    if (!read_filter(invocation, &filter))
        return COMMAND_FAILED;
    /* The card comes last: it may be anything, and a summary masks all that follows. */
    invocation_describe(invocation,
                        (const char *[]){"cards", "door", "kind", "limit", "card", NULL}, text);
    listing.evidence = evidence_open(invocation, "entries", &filter, text);
    if (listing.evidence == NULL)
        return COMMAND_FAILED;
    if (!evidence_knows(listing.evidence, NULL, filter.door)) {
        evidence_close(listing.evidence);
        return COMMAND_FAILED;
    }
    listing.cards = evidence_cards(listing.evidence);
    listing.report = report_new(invocation, NULL, columns, COLUMN_COUNT);
    enum status status = evidence_each(listing.evidence, &filter, show, &listing, &more, &error);
    size_t rows = report_end(listing.report, false);
    if (rows == 0 && !invocation->json && status == STATUS_OK)
        invocation_say(invocation, &texts[TEXT_NONE]);
    if (more)
        invocation_warn(invocation, &texts[TEXT_MORE], (unsigned long long)filter.limit);
    evidence_close(listing.evidence);
    return status == STATUS_OK ? COMMAND_OK : invocation_fail(invocation, &error);
}

static const struct command_option options[] = {
    {"from", "TIME", {"no earlier ones", "起始时间"}},
    {"to", "TIME", {"only earlier ones", "截止时间（不含）"}},
    {"day", "DATE", {"of this day", "这一天"}},
    {"door", "ID", {"of this door", "这个门"}},
    {"card",
     "NUMBER",
     {"of this card or user, as the controller gives it", "这张卡或这个用户，写法与控制器一致"}},
    {"kind", "EVENT", {"of this event, such as access_denied", "这种事件，如 access_denied"}},
    {"cards",
     "full|masked",
     {"card numbers so, whatever is configured; stands in the record of this look-up",
      "按此显示卡号，不论配置如何；记入本次查询的记录"}},
    {"limit", "N", {"the newest N (100 unless --json)", "最新 N 条（未用 --json 时为 100）"}},
    {"reason",
     "TEXT",
     {"why you look, for the record of this look-up", "查询理由，记入本次查询的记录"}},
    {0},
};

const struct command command_entries = {
    .name = "entries",
    .about = {"who came and went, and what the doors did", "人员进出与门的事件"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
