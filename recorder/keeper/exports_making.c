/* The process that makes a package: how it comes and goes, its task, and what it says. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "keeper/export_keys.h"
#include "keeper/export_seals.h"
#include "keeper/exports_parts.h"
#include "keeper/janitor.h"

/* So long a whole package waits for its name: what is left to do is a sync of what was synced. */
#define KEEP_NS (600 * NS_PER_SECOND)
/* The supervisor tells how a process ended at once. */
#define LOST_NS (10 * NS_PER_SECOND)
/* A segment that turns out altered has a package begun again, once. */
#define PLANS_MAX 2u

/* ---- it comes and goes ---- */

enum status exports_introduce(struct exports *exports, int descriptor, uint32_t link,
                              struct error *error)
{
    struct keeper *keeper = exports->keeper;
    struct peer *exporter = NULL;
    AUTO_CLOSE int owned = descriptor;
    if (exports->phase != EXPORTS_ASKED || exports->link != 0)
        return STATUS_OK; /* not wanted any more: its socket is closed, and it ends */
    enum status status = peers_add(keeper->peers, file_steal(&owned), &desk_export, "export", false,
                                   &exporter, error);
    if (status != STATUS_OK)
        return status;
    exports->exporter = peer_number(exporter);
    exports->link = link;
    return STATUS_OK;
}

/* Its last words, that the package is whole, may still lie in its socket: it is read to its end. */
void exports_ended(struct exports *exports, const struct message_worker_ended *ended)
{
    char detail[DETAIL_SIZE];
    if (exports->link == 0 && ended->exit_code != WORKER_NOT_STARTED)
        return; /* one that was let go before */
    if (ended->exit_code == WORKER_NOT_STARTED)
        (void)snprintf(detail, sizeof detail, "no package can be made: %.200s", ended->detail);
    else if (ended->signal != 0)
        (void)snprintf(detail, sizeof detail,
                       "the process that made the package was ended by signal %u", ended->signal);
    else
        (void)snprintf(detail, sizeof detail,
                       "the process that made the package ended with exit status %d",
                       (int)ended->exit_code);
    if (peers_find(exports->keeper->peers, exports->exporter) == NULL) {
        exports_fail(exports, STATUS_END, detail);
        return;
    }
    message_text(exports->ended, sizeof exports->ended, detail);
    exports->lost_by_ns = clock_monotonic_ns(exports->keeper->clock) + LOST_NS;
}

void exports_exporter_gone(struct exports *exports, const struct peer *exporter, const char *reason)
{
    if ((exports->phase != EXPORTS_MAKING && exports->phase != EXPORTS_ASKED) ||
        peer_number(exporter) != exports->exporter)
        return;
    exports->exporter = 0;
    if (reason != NULL)
        exports_fail(exports, STATUS_MISMATCH, reason);
    else if (exports->ended[0] != '\0')
        exports_fail(exports, STATUS_END, exports->ended);
    else
        exports->lost_by_ns = clock_monotonic_ns(exports->keeper->clock) + LOST_NS;
}

/* ---- its task ---- */

/* Without a name from the first moment; it goes when the last process that has it ends. */
static enum status open_scratch(const struct keeper *keeper, int *scratch, struct error *error)
{
    *scratch = openat(keeper->identity.video, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*scratch < 0)
        *scratch = openat(keeper->identity.state, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return *scratch >= 0 ? STATUS_OK
                         : error_set_errno(error, STATUS_IO, errno,
                                           "the video folder has no room for a package's lists");
}

/* The package itself, where it is encrypted before it leaves: on the volume of the video, whose
 * room is looked after (check_room), and nowhere else. */
static enum status open_plain(const struct keeper *keeper, int *plain, struct error *error)
{
    *plain = openat(keeper->identity.video, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return *plain >= 0 ? STATUS_OK
                       : error_set_errno(error, STATUS_IO, errno,
                                         "the video folder has no room for a package that is to be "
                                         "encrypted");
}

/* Small, and of the system's own disk. */
enum status exports_page(const struct keeper *keeper, enum digest_algorithm algorithm,
                         struct digest *digest, struct error *error)
{
    struct buffer content = {0};
    if (keeper->page_path == NULL)
        return STATUS_NOT_FOUND;
    enum status status =
        file_read(AT_FDCWD, keeper->page_path, EXPORT_PAGE_SIZE_MAX, &content, error);
    if (status == STATUS_OK)
        digest_of(algorithm, buffer_bytes(&content), digest);
    buffer_release(&content);
    return status;
}

/* The page as it is now: what the manifest must have is settled by it. */
static enum status open_page(struct exports *exports, struct error *error)
{
    const struct keeper *keeper = exports->keeper;
    struct export_terms *terms = &exports->terms;
    enum status status =
        exports_page(keeper, suite_digest_algorithm(keeper->identity.suite), &terms->page, error);
    terms->has_page = status == STATUS_OK;
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    return status == STATUS_OK
               ? file_open_regular(AT_FDCWD, keeper->page_path, O_RDONLY, &exports->page, error)
               : status;
}

/* What is to be encrypted, and with what. */
static enum status hand_on_phrase(struct exports *exports, struct peer *exporter,
                                  struct error *error)
{
    AUTO_CLOSE int plain = -1;
    if (!exports->is_encrypted)
        return STATUS_OK;
    enum status status = open_plain(exports->keeper, &plain, error);
    if (status != STATUS_OK)
        return status;
    peer_send(exporter, MESSAGE_EXPORT_PLAIN, &(struct message_export_plain){0}, plain);
    peer_send(exporter, MESSAGE_EXPORT_PHRASE, &(struct message_export_phrase){0}, exports->phrase);
    file_close(&exports->phrase);
    return STATUS_OK;
}

enum status exports_greet(struct exports *exports, struct peer *exporter, struct error *error)
{
    AUTO_CLOSE int scratch = -1;
    struct message_welcome welcome = keeper_welcome(exports->keeper);
    struct message_export_task task = {.language = exports->language,
                                       .request = exports->request_number};
    memcpy(task.since, exports->since, sizeof task.since);
    enum status status = open_scratch(exports->keeper, &scratch, error);
    if (status == STATUS_OK)
        status = open_page(exports, error);
    if (status != STATUS_OK)
        return status;
    exports->terms.request = exports->request_number;
    exports->phase = EXPORTS_MAKING;
    peer_send(exporter, MESSAGE_WELCOME, &welcome, -1);
    status = export_seals_introduce(exports->keeper, exporter, error);
    if (status != STATUS_OK)
        return status;
    peer_send(exporter, MESSAGE_EXPORT_SCRATCH, &(struct message_export_scratch){0}, scratch);
    if (exports->terms.has_page)
        peer_send(exporter, MESSAGE_EXPORT_PAGE, &(struct message_export_page){0}, exports->page);
    status = hand_on_phrase(exports, exporter, error);
    if (status != STATUS_OK)
        return status;
    peer_send(exporter, MESSAGE_EXPORT_TASK, &task, exports->output);
    file_close(&exports->output);
    file_close(&exports->page);
    return STATUS_OK;
}

/* ---- what it says ---- */

static enum status in_the_making(const struct exports *exports, struct error *error)
{
    return exports->phase == EXPORTS_MAKING
               ? STATUS_OK
               : error_set(error, STATUS_REFUSED, "no package is being made");
}

enum status exports_seal(struct exports *exports, struct peer *exporter,
                         const struct letter *letter, struct error *error)
{
    enum status status = in_the_making(exports, error);
    if (status == STATUS_OK &&
        (!exports->is_planned || exports->is_signed || exports->seals_left == 0))
        status = error_set(error, STATUS_REFUSED,
                           "a clip of the plan is sealed once by each key, before the signature");
    if (status != STATUS_OK)
        return status;
    exports->seals_left--;
    return export_seals_take(exports->keeper, exporter, letter, error);
}

/* What is made must not take the room of what is recorded: on the way, also the package before it
 * is encrypted, and the file itself where it goes to the same volume. */
static enum status check_room(const struct exports *exports, const struct message_export_plan *plan,
                              struct error *error)
{
    const struct keeper *keeper = exports->keeper;
    struct volume_space space;
    struct stat about = {0};
    enum status status = volume_space(keeper->identity.video, &space, error);
    if (status != STATUS_OK)
        return status;
    bool is_same = fstat(keeper->identity.video, &about) == 0 && about.st_dev == exports->device;
    uint64_t copies = (uint64_t)exports->is_encrypted + (uint64_t)is_same;
    uint64_t needed = plan->scratch_bytes + copies * plan->bytes;
    uint64_t kept = keeper->roster.settings.reserve_bytes;
    uint64_t room = space.free_bytes > kept ? space.free_bytes - kept : 0;
    if (needed <= room)
        return STATUS_OK;
    return is_same
               ? error_set(error, STATUS_FULL,
                           "the package needs up to %" PRIu64
                           " MB on the volume of the video, where "
                           "%" PRIu64 " MB are free above the reserve: write it to another medium",
                           needed / 1000000 + 1, room / 1000000)
               : error_set(error, STATUS_FULL,
                           "the making needs about %" PRIu64
                           " MB on the volume of the video, where "
                           "%" PRIu64 " MB are free above the reserve",
                           needed / 1000000 + 1, room / 1000000);
}

/* Nobody did anything wrong: it is no message to cut the process off for. */
static enum status refuse_plan(struct exports *exports, const struct error *error)
{
    exports->exporter = 0; /* not closed in the middle of its message: the supervisor ends it */
    exports_fail(exports, error->status, error->text);
    return STATUS_OK;
}

enum status exports_plan(struct exports *exports, const struct message_export_plan *plan,
                         struct error *error)
{
    struct peer *asker = exports_asker(exports);
    enum status status = in_the_making(exports, error);
    if (status == STATUS_OK && (exports->plans == PLANS_MAX))
        status = error_set(error, STATUS_REFUSED, "that is no plan of a package");
    if (status == STATUS_OK)
        status =
            export_manifest_checkpoint(exports->keeper, plan->checkpoint, exports->request_number,
                                       &exports->terms.checkpoint, error);
    if (status == STATUS_OK && check_room(exports, plan, error) != STATUS_OK)
        return refuse_plan(exports, error);
    exports->is_planned = status == STATUS_OK;
    exports->plans++;
    exports->seals_left =
        EXPORT_KEY_KINDS * (plan->clips < ZIP_MEMBERS_MAX ? plan->clips : ZIP_MEMBERS_MAX);
    if (status == STATUS_OK && asker != NULL)
        peer_send(asker, MESSAGE_EXPORT_PLAN, plan, -1);
    return status;
}

void exports_progress(struct exports *exports, const struct message_export_progress *progress)
{
    struct peer *asker = exports_asker(exports);
    if (exports->phase == EXPORTS_MAKING && asker != NULL)
        peer_send(asker, MESSAGE_EXPORT_PROGRESS, progress, -1);
}

enum status exports_sign(struct exports *exports, struct peer *exporter, int file, uint32_t size,
                         struct error *error)
{
    struct message_export_signed answer = {0};
    struct buffer note = {0};
    size_t text_size = 0;
    enum status status = in_the_making(exports, error);
    if (status == STATUS_OK && (!exports->is_planned || exports->is_signed))
        status = error_set(error, STATUS_REFUSED, "a manifest is signed once, after its plan");
    if (status == STATUS_OK)
        status = export_manifest_sign(exports->keeper, &exports->terms, file, size, &note,
                                      &text_size, &exports->package, error);
    if (status == STATUS_OK && note.size - text_size >= sizeof answer.signature)
        status = error_set(error, STATUS_UNSUPPORTED, "the signature is longer than a message");
    if (status == STATUS_OK) {
        memcpy(answer.signature, note.data + text_size, note.size - text_size);
        exports->is_signed = true;
        peer_send(exporter, MESSAGE_EXPORT_SIGNED, &answer, -1);
    }
    buffer_release(&note);
    return status;
}

static void take_result(struct exports *exports, const struct message_export_end *end)
{
    struct message_export_result *result = &exports->result;
    *result = (struct message_export_result){.reference = exports->reference,
                                             .request = exports->request_number,
                                             .size = end->size,
                                             .encrypted_size = end->encrypted_size,
                                             .records = end->records,
                                             .clips = end->clips,
                                             .absent = end->absent};
    hex_encode(result->package, exports->package.bytes, DIGEST_BYTES);
    message_text(result->fingerprint, sizeof result->fingerprint,
                 exports->keeper->identity.fingerprint);
}

enum status exports_end(struct exports *exports, const struct message_export_end *end,
                        struct error *error)
{
    struct peer *asker = exports_asker(exports);
    enum status status = in_the_making(exports, error);
    if (status != STATUS_OK)
        return status;
    if (end->status != STATUS_OK) {
        exports->exporter = 0; /* not closed in the middle of its message: it ends by itself */
        exports_fail(exports, (enum status)end->status, end->text);
        return STATUS_OK;
    }
    if (!exports->is_signed)
        return error_set(error, STATUS_REFUSED, "a package without a signature is none");
    if ((end->encrypted_size != 0) != exports->is_encrypted)
        return error_set(error, STATUS_REFUSED, "the package is not encrypted as it was asked for");
    take_result(exports, end);
    exports->exporter = 0; /* it ends by itself, and that is nothing to tell of any more */
    exports->link = 0;
    exports->lost_by_ns = 0;
    exports->phase = EXPORTS_KEEPING;
    exports->kept_by_ns = clock_monotonic_ns(exports->keeper->clock) + KEEP_NS;
    if (asker != NULL)
        peer_send(asker, MESSAGE_EXPORT_RESULT, &exports->result, -1);
    return STATUS_OK;
}

enum status exports_kept(struct exports *exports, const struct peer *asker,
                         const struct message_export_kept *kept, struct error *error)
{
    const struct message_export_result *result = &exports->result;
    struct exported_record said = {.done = true,
                                   .package = exports->package,
                                   .size = result->size,
                                   .encrypted_size = result->encrypted_size,
                                   .records = (uint32_t)result->records,
                                   .clips = result->clips};
    char detail[DETAIL_SIZE];
    if (exports->asker != peer_number(asker) || exports->reference != kept->reference)
        return error_set(error, STATUS_REFUSED, "it asked for no package");
    if (exports->phase == EXPORTS_ENDING || exports->phase == EXPORTS_IDLE)
        return STATUS_OK; /* it failed meanwhile, and the answer is under way */
    if (exports->phase != EXPORTS_KEEPING)
        return error_set(error, STATUS_REFUSED, "there is no whole package yet");
    (void)snprintf(detail, sizeof detail, "the package was not kept: %.200s", kept->text);
    if (kept->status == STATUS_OK)
        exports_conclude(exports, &said);
    else
        exports_fail(exports, STATUS_IO, detail);
    return STATUS_OK;
}
