/* sealroom door-probe: what a controller's registers say through a profile. Writes nothing. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "door/event.h"
#include "firmware/command/command.h"
#include "firmware/command/door_probe_bus.h"
#include "firmware/command/report.h"
#include "firmware/config/config.h"

enum {
    TEXT_NEEDS_PROFILE,
    TEXT_WROTE_NOTHING,
    TEXT_NOT_READ,
    TEXT_STANDS,
    TEXT_NOTHING,
    TEXT_INVALID,
    TEXT_ON,
    TEXT_OFF,
};

static const struct text texts[] = {
    [TEXT_NEEDS_PROFILE] = {"--profile is needed: a name in %s/profiles, or a file",
                            "需要 --profile：%s/profiles 中的名称，或一个文件"},
    [TEXT_WROTE_NOTHING] = {"%s, %s: read only; nothing was selected, acknowledged or cleared",
                            "%s，%s：只读；没有选取、确认或清除任何内容"},
    [TEXT_NOT_READ] = {"the status is not read: reading it clears the flag of a restart, and the "
                       "recorder would not see it",
                       "未读取状态：读取会清除重启标志，录像设备将无法看到它"},
    [TEXT_STANDS] = {"a record stays as it stands: selecting the next one would be a write",
                     "记录保持原样：选取下一条需要写入"},
    [TEXT_NOTHING] = {"nothing", "无"},
    [TEXT_INVALID] = {"not valid", "无效"},
    [TEXT_ON] = {"on", "开"},
    [TEXT_OFF] = {"off", "关"},
};

static const struct report_column columns[] = {
    {"window", {"WINDOW", "窗口"}, false},         {"field", {"FIELD", "字段"}, false},
    {"registers", {"REGISTERS", "寄存器"}, false}, {"value", {"VALUE", "值"}, false},
    {"meaning", {"MEANING", "含义"}, false},
};

#define REGISTERS_SIZE (5 * PROFILE_READ_WORDS + 1)

/* What is looked at, one window after the other. */
struct probe {
    const struct invocation *invocation;
    const struct profile *profile;
    struct bus *bus;
    struct report *report;
    uint16_t words[BUS_WORDS_MAX];
    size_t count;
    unsigned refused; /* windows that could not be read */
    enum card_display cards;
    const struct field *card; /* the credential in the window that is looked at; NULL: none */
    char method[ID_SIZE];     /* by which it was read */
};

struct named_field {
    const char *name;
    size_t offset; /* in struct profile */
};

#define FIELD(name, member)                                                                        \
    {                                                                                              \
        (name), offsetof(struct profile, member)                                                   \
    }
static const struct named_field status_fields[] = {
    FIELD("waiting", status.waiting), FIELD("newest", status.newest),
    FIELD("next", status.next),       FIELD("oldest", status.oldest),
    FIELD("stored", status.stored),   FIELD("boot", status.boot.field),
};
static const struct named_field record_fields[] = {
    FIELD("sequence", record.sequence.field),
    FIELD("empty", record.empty),
    FIELD("unread", record.unread),
    FIELD("boot", record.boot.field),
    FIELD("code", record.code),
    FIELD("value", record.value),
    FIELD("door", record.door.field),
    FIELD("reader", record.reader),
    FIELD("reason", record.reason),
    FIELD("method", record.method),
    FIELD("credential", record.credential),
    FIELD("seconds", record.time.parts.seconds),
    FIELD("year", record.time.parts.year),
    FIELD("month", record.time.parts.month),
    FIELD("day", record.time.parts.day),
    FIELD("hour", record.time.parts.hour),
    FIELD("minute", record.time.parts.minute),
    FIELD("second", record.time.parts.second),
    FIELD("millisecond", record.time.parts.millisecond),
    FIELD("is_utc", record.time.parts.is_utc),
    FIELD("not_synchronised", record.time.parts.not_synchronised),
    FIELD("clock_failed", record.time.parts.clock_failed),
};

/* What programs read knows no language. */
static enum language language_of(const struct probe *probe)
{
    return probe->invocation->json ? LANGUAGE_ENGLISH : probe->invocation->language;
}

static const char *words_for(const struct probe *probe, int text)
{
    return text_in(&texts[text], language_of(probe));
}

static void show(struct probe *probe, const char *window, const char *field, const char *registers,
                 const char *value, const char *meaning)
{
    report_cell(probe->report, window, NULL);
    report_cell(probe->report, field, NULL);
    report_cell(probe->report, registers, NULL);
    report_cell(probe->report, value, NULL);
    report_phrase(probe->report, meaning);
    report_end_row(probe->report);
}

/* A card number is not shown by its registers either. */
static bool is_hidden(const struct probe *probe, size_t word)
{
    return probe->cards == CARDS_MASKED && probe->card != NULL && probe->card->is_there &&
           word >= probe->card->at && word < field_end(probe->card);
}

/* The words from `at` to before `end`, four digits each. */
static void write_registers(const struct probe *probe, size_t at, size_t end,
                            char text[REGISTERS_SIZE])
{
    size_t size = 0;
    text[0] = '\0';
    for (; at < end && at < probe->count && size + 6 < REGISTERS_SIZE; at++) {
        const char *blank = size == 0 ? "" : " ";
        if (is_hidden(probe, at))
            size += (size_t)snprintf(text + size, REGISTERS_SIZE - size, "%s****", blank);
        else
            size += (size_t)snprintf(text + size, REGISTERS_SIZE - size, "%s%04x", blank,
                                     probe->words[at]);
    }
}

static void show_field(struct probe *probe, const char *window, const char *name,
                       const struct field *field)
{
    char registers[REGISTERS_SIZE];
    char value[FIELD_TEXT_SIZE];
    char masked[CARD_MASKED_SIZE];
    enum card_display display = field == probe->card ? probe->cards : CARDS_FULL;
    if (!field->is_there)
        return;
    enum status status = field_text(field, probe->words, probe->count, value, sizeof value);
    write_registers(probe, field->at, field_end(field), registers);
    show(probe, window, name, registers, card_shown(display, value, probe->method, masked),
         status == STATUS_OK
             ? ""
             : words_for(probe, status == STATUS_NOT_FOUND ? TEXT_NOTHING : TEXT_INVALID));
}

static void show_fields(struct probe *probe, const char *window, const struct named_field *fields,
                        size_t count)
{
    for (size_t at = 0; at < count; at++)
        show_field(probe, window, fields[at].name,
                   (const void *)((const char *)probe->profile + fields[at].offset));
}

static void describe(const struct probe *probe, const struct profile_window *window,
                     char text[DETAIL_SIZE])
{
    static const char *const tables[] = {[TABLE_COIL] = "coil",
                                         [TABLE_DISCRETE] = "discrete",
                                         [TABLE_INPUT] = "input",
                                         [TABLE_HOLDING] = "holding"};
    if (window->request.size != 0)
        (void)snprintf(text, DETAIL_SIZE, "request 0x%02x", window->request.bytes[0]);
    else
        (void)snprintf(text, DETAIL_SIZE, "%s %u, %u", tables[window->table],
                       window->address + probe->profile->address_base, window->count);
}

/* Reads a window and shows it whole; false if the controller did not give it. */
static bool read_window(struct probe *probe, const char *name, const struct profile_window *window,
                        uint64_t number)
{
    char place[DETAIL_SIZE];
    char registers[REGISTERS_SIZE];
    struct error error = {0};
    describe(probe, window, place);
    memset(probe->words, 0, sizeof probe->words);
    probe->count = profile_window_words(window);
    enum status status = bus_open(probe->bus, &error);
    if (status == STATUS_OK)
        status = bus_read(probe->bus, window, number, probe->words, &error);
    if (status != STATUS_OK)
        probe->refused++;
    write_registers(probe, 0, status == STATUS_OK ? probe->count : 0, registers);
    show(probe, name, "", registers, place, status == STATUS_OK ? "" : error.text);
    return status == STATUS_OK;
}

/* What the record would be recorded as; false if it would not be. */
static bool decode(struct probe *probe, struct message_entry *entry)
{
    static const char numbers[] = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 "
                                  "25 26 27 28 29 30 31 32";
    struct door_list doors;
    struct clock_reading now = {0};
    (void)!door_list_parse(numbers, &doors, NULL);
    bool is_entry = event_decode(probe->profile, &doors, probe->words, probe->count, &now, entry);
    message_text(probe->method, sizeof probe->method, entry->method);
    return is_entry;
}

static void show_entry(struct probe *probe, const struct message_entry *entry, bool is_entry)
{
    char time[TIME_TEXT_SIZE] = "";
    char masked[CARD_MASKED_SIZE];
    if (entry->device_time_quality != DEVICE_TIME_NONE)
        time_format(time, entry->device_utc_ns);
    const struct word *event = word_door_event((enum door_event)entry->event);
    const struct word *reason = word_deny_reason((enum deny_reason)entry->deny_reason);
    const struct {
        const char *name;
        const char *value;
        const char *meaning;
    } rows[] = {
        {"event", is_entry ? event->name : "ignore",
         is_entry ? word_text(event, language_of(probe)) : ""},
        {"door", entry->door, ""},
        {"time", time, ""},
        {"credential", card_shown(probe->cards, entry->credential, entry->method, masked), ""},
        {"reader", entry->reader, ""},
        {"method", entry->method, ""},
        {"reason", entry->deny_reason != DENY_NONE ? reason->name : "",
         entry->deny_reason != DENY_NONE ? word_text(reason, language_of(probe)) : ""},
        {"detail", entry->detail, ""},
    };
    for (size_t at = 0; at < sizeof rows / sizeof rows[0]; at++)
        if (rows[at].value[0] != '\0')
            show(probe, "entry", rows[at].name, "", rows[at].value, rows[at].meaning);
}

static void show_inputs(struct probe *probe)
{
    const struct profile_inputs *inputs = &probe->profile->inputs;
    if (!read_window(probe, "inputs", &inputs->window, 0))
        return;
    for (size_t at = 0; at < inputs->level_count; at++) {
        const struct profile_level *row = &inputs->levels[at];
        char name[64];
        bool is_on = field_window_bit(probe->words, probe->count, row->input) != row->inverted;
        enum door_event event = is_on ? row->on : row->off;
        (void)snprintf(name, sizeof name, "input %u, door %u", row->input, row->door);
        show(probe, "inputs", name, "", words_for(probe, is_on ? TEXT_ON : TEXT_OFF),
             event == 0 ? "" : word_text(word_door_event(event), language_of(probe)));
        show_field(probe, "inputs", "counter", &row->counter);
    }
    if (inputs->has_overflows)
        (void)read_window(probe, "overflows", &inputs->overflows, 0);
}

static void show_records(struct probe *probe)
{
    const struct profile *profile = probe->profile;
    const struct profile_boot *boot = &profile->status.boot;
    uint64_t number =
        profile->shape == PROFILE_HISTORY ? profile->newest_index : profile->record.sequence.first;
    struct message_entry entry;
    bool is_clearing = boot->kind == BOOT_FLAG && boot->clear.count == 0;
    if (profile->status.is_there && is_clearing)
        show(probe, "status", "", "", "", words_for(probe, TEXT_NOT_READ));
    else if (profile->status.is_there && read_window(probe, "status", &profile->status.window, 0)) {
        show_fields(probe, "status", status_fields, sizeof status_fields / sizeof status_fields[0]);
        (void)!field_number(&profile->status.newest, probe->words, probe->count, &number);
    }
    probe->card = &profile->record.credential;
    if (!read_window(probe, "record", &profile->record.window, number))
        return;
    bool is_entry = decode(probe, &entry);
    if (profile->select.count != 0)
        show(probe, "record", "", "", "", words_for(probe, TEXT_STANDS));
    show_fields(probe, "record", record_fields, sizeof record_fields / sizeof record_fields[0]);
    show_entry(probe, &entry, is_entry);
}

/* A name among those that come with sealroom, or a path. */
static enum status load(const char *name, struct profile **profile, struct buffer *mistakes,
                        struct error *error)
{
    char path[2 * PATH_SIZE];
    char share[PATH_SIZE];
    bool is_path = strchr(name, '/') != NULL || strstr(name, ".yaml") != NULL;
    (void)snprintf(path, sizeof path, "%s", name);
    enum status status = is_path ? STATUS_OK : config_share_directory(share, error);
    if (status == STATUS_OK && !is_path)
        (void)snprintf(path, sizeof path, "%s/profiles/%.200s.yaml", share, name);
    if (status == STATUS_OK)
        status = profile_load(path, profile, mistakes, error);
    return status == STATUS_OK ? zone_use(&(*profile)->record.time.parts.zone, error) : status;
}

/* By --cards, else as the appliance here is configured; masked if nobody can read how. */
static bool find_cards(const struct invocation *invocation, enum card_display *cards)
{
    const char *path = invocation_value(invocation, "config");
    struct error error = {0};
    *cards = CARDS_FULL;
    if (invocation_value(invocation, "cards") != NULL)
        return invocation_cards(invocation, cards);
    enum status status = config_read_card(path == NULL ? CONFIG_DEFAULT_PATH : path, cards, &error);
    if (status != STATUS_OK && path != NULL) {
        (void)invocation_fail(invocation, &error);
        return false;
    }
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        *cards = CARDS_MASKED;
    return true;
}

static int look(const struct invocation *invocation, const struct profile *profile,
                enum card_display cards)
{
    AUTO_BUS struct bus *bus = NULL;
    struct error error = {0};
    if (door_probe_open(invocation, &bus, &error) != STATUS_OK)
        return invocation_fail(invocation, &error);
    struct probe probe = {.invocation = invocation, .profile = profile, .bus = bus, .cards = cards};
    probe.report = report_new(invocation, "field", columns, sizeof columns / sizeof columns[0]);
    if (profile->shape == PROFILE_LEVEL)
        show_inputs(&probe);
    else
        show_records(&probe);
    (void)report_end(probe.report, true);
    if (!invocation->json)
        invocation_warn(invocation, &texts[TEXT_WROTE_NOTHING], bus_name(bus), profile->model);
    return probe.refused == 0 ? COMMAND_OK : COMMAND_FOUND;
}

static int run(const struct invocation *invocation)
{
    AUTO_PROFILE struct profile *profile = NULL;
    struct buffer mistakes = {0};
    struct error error = {0};
    char share[PATH_SIZE] = "";
    enum card_display cards = CARDS_FULL;
    const char *name = invocation_value(invocation, "profile");
    if (name == NULL) {
        (void)!config_share_directory(share, NULL);
        invocation_warn(invocation, &texts[TEXT_NEEDS_PROFILE], share);
        return COMMAND_FAILED;
    }
    if (!find_cards(invocation, &cards))
        return COMMAND_FAILED;
    enum status status = load(name, &profile, &mistakes, &error);
    if (mistakes.size != 0)
        fwrite(mistakes.data, 1, mistakes.size, stdout);
    buffer_release(&mistakes);
    if (status != STATUS_OK) {
        int result = invocation_fail(invocation, &error);
        return status == STATUS_INVALID ? COMMAND_FOUND : result;
    }
    if (profile->shape == PROFILE_LINES) {
        (void)error_set(&error, STATUS_UNSUPPORTED,
                        "this profile is of GPIO lines; gpioinfo and gpiomon show what they do");
        return invocation_fail(invocation, &error);
    }
    return look(invocation, profile, cards);
}

static const struct command_option options[] = {
    {"profile", "NAME|FILE", {"the controller's profile", "控制器的型号文件"}},
    {"address", "HOST[:PORT]", {"where it is on the network (port 502)", "网络地址（端口 502）"}},
    {"port", "TTY", {"or on a serial line: its device", "或串口设备"}},
    {"unit", "N", {"its unit (1)", "单元号（1）"}},
    {"baud", "N", {"the serial line's speed (19200)", "串口速率（19200）"}},
    {"parity", "E|O|N", {"the serial line's parity (E)", "串口校验（E）"}},
    {"cards",
     "full|masked",
     {"card numbers so, whatever is configured", "按此显示卡号，不论配置如何"}},
    {"config",
     "FILE",
     {"the configuration that says how (" CONFIG_DEFAULT_PATH ", if it is there)",
      "卡号显示方式所依据的配置文件（" CONFIG_DEFAULT_PATH "，如有）"}},
    {0},
};

const struct command command_door_probe = {
    .name = "door-probe",
    .about = {"read a door controller through a profile, and show its registers beside what they "
              "mean; writes nothing",
              "按型号文件读取门禁控制器，并列显示寄存器及其含义；不写入任何内容"},
    .options = options,
    COMMAND_TEXTS(texts),
    .run = run,
};
