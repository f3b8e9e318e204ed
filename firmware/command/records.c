/* sealroom records: the ledger itself, record by record. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "firmware/command/evidence.h"
#include "firmware/command/record_summary.h"
#include "firmware/command/report.h"

#define DEFAULT_LIMIT 50 /* for people; programs get everything */

enum { TEXT_NONE, TEXT_MORE, TEXT_UNKNOWN_KIND, TEXT_NO_SUCH, TEXT_ALTERED, TEXT_EXPIRED };

static const struct text texts[] = {
    [TEXT_NONE] = {"no records fit", "没有符合条件的记录"},
    [TEXT_MORE] = {"the newest %llu are shown, there are more: --limit or --from shows them",
                   "只显示最新 %llu 条，还有更多：请用 --limit 或 --from"},
    [TEXT_UNKNOWN_KIND] = {"--kind %s: there is no such kind of record; right are: %s",
                           "--kind %s：没有这种记录；可用：%s"},
    [TEXT_NO_SUCH] = {"there is no record %llu: the ledger has %llu, counted from 0",
                      "没有记录 %llu：账本共有 %llu 条，从 0 编号"},
    [TEXT_ALTERED] = {"ALTERED: run sealroom verify", "记录被改动：请运行 sealroom verify"},
    [TEXT_EXPIRED] = {"body expired", "正文已到期"},
};

static const struct report_column columns[] = {
    {"number", {"record", "记录号"}, true}, {"at", {"time", "时间"}, false},
    {"kind", {"kind", "类别"}, false},      {"source", {"source", "来源"}, false},
    {"seq", {"seq", "序号"}, true},         {"says", {"says", "内容"}, false},
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

struct listing {
    const struct invocation *invocation;
    struct report *report;
    enum card_display cards;
};

static void show_line(const struct listing *listing, const struct evidence_row *row)
{
    char says[2048]; /* what people wrote is long */
    struct report *report = listing->report;
    enum language language = listing->invocation->language;
    if (row->altered)
        snprintf(says, sizeof says, "%s", text_in(&texts[TEXT_ALTERED], language));
    else if (row->expired)
        snprintf(says, sizeof says, "%s", text_in(&texts[TEXT_EXPIRED], language));
    else
        record_summary(row->body, language, listing->cards, says, sizeof says);
    report_number(report, row->number);
    report_time(report, row->head.at_utc_ns);
    report_word(report, word_record_kind(row->head.kind));
    report_cell(report, row->head.source, NULL);
    report_number(report, row->head.seq);
    report_cell(report, says, NULL);
    report_end_row(report);
}

/* The record's own bytes inside one object a line, so nothing is said in other words. */
static void print_verbatim(const struct evidence_row *row)
{
    printf("{\"number\":%llu,\"altered\":%s,\"expired\":%s", (unsigned long long)row->number,
           row->altered ? "true" : "false", row->expired ? "true" : "false");
    if (!row->altered)
        printf(",\"head\":%.*s", (int)row->head_line.size, (const char *)row->head_line.data);
    if (row->body != NULL)
        printf(",\"body\":%.*s", (int)row->body_line.size, (const char *)row->body_line.data);
    puts("}");
}

static enum status show(void *context, const struct evidence_row *row)
{
    const struct listing *listing = context;
    if (listing->invocation->json)
        print_verbatim(row);
    else
        show_line(listing, row);
    return STATUS_OK;
}

/* Head and body as they are stored: what the tree's leaf is made of. */
static enum status show_one(void *context, const struct evidence_row *row)
{
    const struct listing *listing = context;
    if (listing->invocation->json) {
        print_verbatim(row);
        return STATUS_OK;
    }
    if (row->altered)
        invocation_warn(listing->invocation, &texts[TEXT_ALTERED]);
    if (row->expired)
        invocation_warn(listing->invocation, &texts[TEXT_EXPIRED]);
    fwrite(row->head_line.data, 1, row->head_line.size, stdout);
    putchar('\n');
    if (row->body_line.size > 0) {
        fwrite(row->body_line.data, 1, row->body_line.size, stdout);
        putchar('\n');
    }
    return STATUS_OK;
}

static void refuse_kind(const struct invocation *invocation, const char *kind)
{
    char names[512] = "";
    size_t count = 0;
    size_t at = 0;
    const struct word *kinds = word_record_kinds(&count);
    for (size_t i = 0; i < count && at < sizeof names; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i > 0 ? ", " : "",
                               kinds[i].name);
    invocation_warn(invocation, &texts[TEXT_UNKNOWN_KIND], kind, names);
}

static bool read_filter(const struct invocation *invocation, struct evidence_filter *filter)
{
    const char *kind = invocation_value(invocation, "kind");
    *filter = (struct evidence_filter){.about = EVIDENCE_RECORDS,
                                       .source = invocation_value(invocation, "source")};
    if (kind != NULL) {
        const struct word *word = word_record_kind_named(kind);
        if (word == NULL) {
            refuse_kind(invocation, kind);
            return false;
        }
        filter->kind = (enum record_kind)word->code;
    }
    if (!invocation->json)
        filter->limit = DEFAULT_LIMIT;
    enum card_display cards = CARDS_FULL;
    return invocation_period(invocation, &filter->from_utc_ns, &filter->to_utc_ns) &&
           invocation_number(invocation, "limit", &filter->limit) &&
           invocation_cards(invocation, &cards);
}

static int show_number(const struct listing *listing, struct evidence *evidence)
{
    struct error error = {0};
    uint64_t number = 0;
    uint64_t end = 0;
    if (!invocation_number(listing->invocation, "number", &number))
        return COMMAND_FAILED;
    enum status status =
        evidence_one(evidence, number, show_one, (struct listing *)listing, &error);
    if (status == STATUS_NOT_FOUND &&
        ledger_view_end_number(evidence_ledger(evidence), &end, &error) == STATUS_OK) {
        invocation_warn(listing->invocation, &texts[TEXT_NO_SUCH], (unsigned long long)number,
                        (unsigned long long)end);
        return COMMAND_FAILED;
    }
    return status == STATUS_OK ? COMMAND_OK : invocation_fail(listing->invocation, &error);
}

static int show_all(struct listing *listing, struct evidence *evidence,
                    const struct evidence_filter *filter)
{
    const struct invocation *invocation = listing->invocation;
    struct error error = {0};
    bool more = false;
    listing->report = report_new(invocation, NULL, columns, COLUMN_COUNT);
    enum status status = evidence_each(evidence, filter, show, listing, &more, &error);
    size_t rows = report_end(listing->report, false);
    if (rows == 0 && !invocation->json && status == STATUS_OK)
        invocation_say(invocation, &texts[TEXT_NONE]);
    if (more)
        invocation_warn(invocation, &texts[TEXT_MORE], (unsigned long long)filter->limit);
    return status == STATUS_OK ? COMMAND_OK : invocation_fail(invocation, &error);
}

/* Bodies as they are stored: card numbers are whole in them. */
static bool is_verbatim(const struct invocation *invocation)
{
    return invocation->json || invocation_value(invocation, "number") != NULL;
}

/* What the look-up's record says of it. */
static void describe(const struct invocation *invocation, char text[DETAIL_SIZE])
{
    invocation_describe(invocation, (const char *[]){"cards", "kind", "number", "source", NULL},
                        text);
    if (is_verbatim(invocation)) {
        char rest[DETAIL_SIZE];
        memcpy(rest, text, sizeof rest);
        snprintf(text, DETAIL_SIZE, "verbatim%s%.*s", rest[0] == '\0' ? "" : " ",
                 (int)(DETAIL_SIZE - sizeof "verbatim "), rest);
    }
}

static int run(const struct invocation *invocation)
{
    struct listing listing = {.invocation = invocation};
    struct evidence_filter filter;
    char text[DETAIL_SIZE];
    const char *number = invocation_value(invocation, "number");

    if (!read_filter(invocation, &filter))
        return COMMAND_FAILED;
    describe(invocation, text);
    struct evidence *evidence = evidence_open(invocation, "records", &filter, text);
    if (evidence == NULL)
        return COMMAND_FAILED;
    if (!is_verbatim(invocation))
        listing.cards = evidence_cards(evidence);
    int result =
        number != NULL ? show_number(&listing, evidence) : show_all(&listing, evidence, &filter);
    evidence_close(evidence);
    return result;
}

static const struct command_option options[] = {
    {"from", "TIME", {"no earlier ones", "起始时间"}},
    {"to", "TIME", {"only earlier ones", "截止时间（不含）"}},
    {"day", "DATE", {"of this day", "这一天"}},
    {"kind",
     "KIND",
     {"of this kind: entry, segment, gap, alarm, health, operator, …",
      "这种类别：entry、segment、gap、alarm、health、operator 等"}},
    {"source", "SOURCE", {"of this source, such as camera/gate", "这个来源，如 camera/gate"}},
    {"number", "N", {"record N, head and body as they are stored", "记录 N，按存储原样显示头与体"}},
    {"cards",
     "full|masked",
     {"card numbers so, whatever is configured; stands in the record of this look-up",
      "按此显示卡号，不论配置如何；记入本次查询的记录"}},
    {"limit", "N", {"the newest N (50 unless --json)", "最新 N 条（未用 --json 时为 50）"}},
    {"reason",
     "TEXT",
     {"why you look, for the record of this look-up", "查询理由，记入本次查询的记录"}},
    {0},
};

const struct command command_records = {
    .name = "records",
    .about = {"the ledger itself, record by record", "逐条查看账本记录"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
