/* sealroom checkpoint: hands out the newest checkpoint, to be kept outside the box. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "firmware/command/command.h"
#include "firmware/command/keeper_link.h"
#include "ledger/ledger.h"

enum { TEXT_TAKEN, TEXT_STOPPED, TEXT_EMPTY, TEXT_NO_LEDGER };

static const struct text texts[] = {
    [TEXT_TAKEN] = {"record %llu says that this checkpoint left the box; keep it outside: sealroom "
                    "verify --since FILE holds the ledger against it",
                    "记录 %llu 已载明此检查点离开本机；请在机外保存，sealroom verify --since 文件 "
                    "可据此核对账本"},
    [TEXT_STOPPED] = {"the appliance does not run: no record could be made that this checkpoint "
                      "left the box",
                      "设备没有运行：无法记录此检查点离开本机"},
    [TEXT_EMPTY] = {"the ledger has no checkpoint yet", "账本还没有检查点"},
    [TEXT_NO_LEDGER] = {"there is no ledger in %s: name the state folder by --state or --config",
                        "%s 中没有账本：请用 --state 或 --config 指明状态目录"},
};

/* People and files get the note itself, byte for byte; programs an object. */
static int print_note(const struct invocation *invocation, const char *note, size_t size,
                      const uint64_t *record)
{
    if (!invocation->json)
        return fwrite(note, 1, size, stdout) == size ? COMMAND_OK : COMMAND_FAILED;
    json_t *row = json_object();
    json_object_set_new(row, "note", json_stringn(note, size));
    if (record != NULL)
        json_object_set_new(row, "record", json_integer((json_int_t)*record));
    char *line = json_dumps(row, JSON_COMPACT);
    json_decref(row);
    if (line == NULL)
        return COMMAND_FAILED;
    puts(line);
    free(line);
    return COMMAND_OK;
}

static void keep_note(void *context, enum message_type type, const union message_payload *payload)
{
    struct message_checkpoint_note *note = context;
    if (type == MESSAGE_CHECKPOINT_NOTE)
        *note = payload->checkpoint_note;
}

static int take_live(const struct invocation *invocation, struct keeper_link *link)
{
    struct message_checkpoint_take take = {0};
    struct message_checkpoint_note note = {0};
    struct error error = {0};
    const char *place = invocation_value(invocation, "place");
    message_text(take.place, sizeof take.place, place == NULL ? "" : place);
    if (keeper_link_ask(link, MESSAGE_CHECKPOINT_TAKE, &take, keep_note, &note, NULL, &error) !=
        STATUS_OK)
        return invocation_fail(invocation, &error);
    int result = print_note(invocation, note.note, strlen(note.note), &note.record);
    if (result == COMMAND_OK && !invocation->json)
        invocation_warn(invocation, &texts[TEXT_TAKEN], (unsigned long long)note.record);
    return result;
}

static int take_stopped(const struct invocation *invocation)
{
    char path[PATH_SIZE + 16];
    struct ledger_view *view = NULL;
    struct bytes note = {0};
    struct error error = {0};
    snprintf(path, sizeof path, "%s/ledger.db", invocation->state);
    if (access(path, F_OK) != 0) {
        invocation_warn(invocation, &texts[TEXT_NO_LEDGER], invocation->state);
        return COMMAND_FAILED;
    }
    int result = COMMAND_OK;
    enum status status = ledger_view_open(path, &view, &error);
    if (status == STATUS_OK)
        status = ledger_view_newest(view, &note, &error);
    if (status != STATUS_OK)
        result = invocation_fail(invocation, &error);
    else if (note.size == 0) {
        invocation_warn(invocation, &texts[TEXT_EMPTY]);
        result = COMMAND_FAILED;
    } else {
        result = print_note(invocation, (const char *)note.data, note.size, NULL);
        invocation_warn(invocation, &texts[TEXT_STOPPED]);
    }
    ledger_view_free(view);
    return result;
}

static int run(const struct invocation *invocation)
{
    struct keeper_link *link = NULL;
    struct error error = {0};
    enum status status = keeper_link_open(invocation->state, &link, &error);
    if (status == STATUS_NOT_FOUND)
        return take_stopped(invocation);
    if (status != STATUS_OK)
        return invocation_fail(invocation, &error);
    int result = take_live(invocation, link);
    keeper_link_close(link);
    return result;
}

static const struct command_option options[] = {
    {"place",
     "TEXT",
     {"where it goes, for the record: \"paper, safe 2\"", "去向，记入记录，如“纸质，2 号保险柜”"}},
    {0},
};

const struct command command_checkpoint = {
    .name = "checkpoint",
    .about = {"hand out the newest checkpoint, to be kept outside the box",
              "取出最新检查点，供机外保存"},
    .options = options,
    .needs_state = true,
    COMMAND_TEXTS(texts),
    .run = run,
};
