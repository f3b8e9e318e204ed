/* sealroom checkpoint: hands out the newest checkpoint, to be kept outside the box. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "firmware/command/command.h"
#include "firmware/command/keeper_link.h"
#include "ledger/ledger.h"

enum { TEXT_TAKEN, TEXT_STOPPED, TEXT_EMPTY, TEXT_NO_LEDGER, TEXT_NOT_WRITTEN, TEXT_NOWHERE };

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
    [TEXT_NOT_WRITTEN] = {"record %llu says that this checkpoint left the box, but it could not be "
                          "written: nothing is to be kept outside yet, take another",
                          "记录 %llu 已载明此检查点离开本机，但它未能写出：机外尚无可保存的内容，"
                          "请重新取出"},
    [TEXT_NOWHERE] = {"standard output is closed: no checkpoint was taken",
                      "标准输出已关闭：未取出检查点"},
};

/* People and files get the note itself, byte for byte; programs an object. */
static int print_note(const struct invocation *invocation, const char *note, size_t size,
                      const uint64_t *record)
{
    if (!invocation->json)
        return fwrite(note, 1, size, stdout) == size && fflush(stdout) == 0 ? COMMAND_OK
                                                                            : COMMAND_FAILED;
    json_t *row = json_object();
    json_object_set_new(row, "note", json_stringn(note, size));
    if (record != NULL)
        json_object_set_new(row, "record", json_integer((json_int_t)*record));
    char *line = json_dumps(row, JSON_COMPACT);
    json_decref(row);
    if (line == NULL)
        return COMMAND_FAILED;
    bool written = puts(line) >= 0 && fflush(stdout) == 0;
    free(line);
    return written ? COMMAND_OK : COMMAND_FAILED;
}

static void keep_note(void *context, enum message_type type, const union message_payload *payload)
{
    struct message_checkpoint_note *note = context;
    if (type == MESSAGE_CHECKPOINT_NOTE)
        *note = payload->checkpoint_note;
}

/* The record comes first, as of every look-up: the checkpoint covers it, and none gets out without
 * one. What can be known before is asked before. */
static int take_live(const struct invocation *invocation, struct keeper_link *link)
{
    struct message_checkpoint_take take = {0};
    struct message_checkpoint_note note = {0};
    struct error error = {0};
    if (!invocation_words(invocation, "place", take.place, sizeof take.place))
        return COMMAND_FAILED;
    if (keeper_link_ask(link, MESSAGE_CHECKPOINT_TAKE, &take, keep_note, &note, NULL, &error) !=
        STATUS_OK)
        return invocation_fail(invocation, &error);
    int result = print_note(invocation, note.note, strlen(note.note), &note.record);
    if (result != COMMAND_OK)
        invocation_warn(invocation, &texts[TEXT_NOT_WRITTEN], (unsigned long long)note.record);
    else if (!invocation->json)
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
        if (result == COMMAND_OK)
            invocation_warn(invocation, &texts[TEXT_STOPPED]);
    }
    ledger_view_free(view);
    return result;
}

static bool is_readable_only(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 || (flags & O_ACCMODE) == O_RDONLY;
}

static int run(const struct invocation *invocation)
{
    struct keeper_link *link = NULL;
    struct error error = {0};
    if (is_readable_only(STDOUT_FILENO)) {
        invocation_warn(invocation, &texts[TEXT_NOWHERE]);
        return COMMAND_FAILED;
    }
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
