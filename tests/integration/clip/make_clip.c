/*
 * Makes clips of recorded segments, for clip_test.py: what sealroom-export does, without a ledger.
 *
 *   make_clip SUITE KEY_DIRECTORY FROM_NS TO_NS OUTPUT < SEGMENTS
 *
 * SEGMENTS is lines, a segment's pieces after it, digests in hexadecimal:
 *
 *   segment CONTINUES FILE
 *   piece KIND KEYFRAME SIZE FRAMES START_NS DURATION_NS SHA256 SM3
 *
 * The clips are OUTPUT-0.mp4, OUTPUT-1.mp4 …; keys and certificates are made in KEY_DIRECTORY where
 * they are not there yet. Prints what it knows of each clip, in lines of the same kind.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "evidence/clip.h"

#define SEGMENTS_MAX 4096

struct recorded {
    char file[512];
    bool continues;
    struct piece_list *pieces;
};

static struct recorded segments[SEGMENTS_MAX];

static void must(enum status status, const struct error *error)
{
    if (status != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", status_name(status), error->text);
        exit(1);
    }
}

static enum status open_segment(void *context, size_t index, struct footage_segment *segment,
                                struct error *error)
{
    const struct recorded *recorded = &segments[index];

    (void)context;
    *segment = (struct footage_segment){.file = recorded->file,
                                        .descriptor = open(recorded->file, O_RDONLY | O_CLOEXEC),
                                        .pieces = recorded->pieces,
                                        .continues = recorded->continues};
    return segment->descriptor >= 0
               ? STATUS_OK
               : error_set(error, STATUS_IO, "%s cannot be opened", recorded->file);
}

static void close_segment(void *context, struct footage_segment *segment)
{
    (void)context;
    file_close(&segment->descriptor);
}

/* The next word of a line; "" at its end. */
static const char *word(char **line)
{
    const char *found = strsep(line, " \n");

    return found != NULL ? found : "";
}

static int64_t number(char **line)
{
    return strtoll(word(line), NULL, 10);
}

static void read_piece(char *line, struct recorded *segment, bool with_sm3)
{
    struct piece piece = {.offset = piece_list_size(segment->pieces)};
    struct error error = {.text = "a digest that is none"};

    piece.kind = (enum piece_kind)number(&line);
    piece.keyframe = number(&line) != 0;
    piece.size = (uint64_t)number(&line);
    piece.frames = (uint32_t)number(&line);
    piece.start_utc_ns = number(&line);
    piece.duration_ns = number(&line);
    must(hex_decode(piece.sha256.bytes, DIGEST_BYTES, word(&line)), &error);
    if (with_sm3)
        must(hex_decode(piece.sm3.bytes, DIGEST_BYTES, word(&line)), &error);
    must(piece_list_add(segment->pieces, &piece, &error), &error);
}

static void read_segment(char *line, struct recorded *segment, bool with_sm3)
{
    struct error error;

    segment->continues = number(&line) != 0;
    snprintf(segment->file, sizeof(segment->file), "%s", word(&line));
    must(piece_list_new(with_sm3, &segment->pieces, &error), &error);
}

static size_t read_segments(bool with_sm3)
{
    char text[1024];
    size_t count = 0;

    while (fgets(text, sizeof(text), stdin) != NULL) {
        char *line = text;

        if (strcmp(word(&line), "piece") != 0 && count < SEGMENTS_MAX)
            read_segment(line, &segments[count++], with_sm3);
        else if (count > 0)
            read_piece(line, &segments[count - 1], with_sm3);
    }
    return count;
}

static enum status write_file(void *context, struct bytes bytes, struct error *error)
{
    return file_write_all(*(const int *)context, bytes, error);
}

static void print_clip(const struct clip *clip, const char *name)
{
    char hex[2 * DIGEST_BYTES + 1];

    hex_encode(hex, clip_sha256(clip)->bytes, DIGEST_BYTES);
    printf("clip %s %" PRIu64 " %" PRId64 " %" PRId64 " %s\n", name, clip_size(clip),
           clip_start_utc_ns(clip), clip_end_utc_ns(clip), hex);
    for (size_t i = 0; i < clip_fragment_count(clip); i++) {
        const struct clip_fragment *fragment = clip_fragment_at(clip, i);

        hex_encode(hex, fragment->sha256.bytes, DIGEST_BYTES);
        printf("fragment %zu %zu %" PRIu64 " %" PRIu64 " %s\n", fragment->segment, fragment->piece,
               fragment->offset, fragment->size, hex);
    }
}

static void make_clip(const struct footage *footage, const struct clip_stretch *stretch,
                      const struct clip_sealer *sealer, const char *name)
{
    const struct clip_about about = {
        .unit_name = "sealroom",
        .unit_url = "https://recorder.example/",
        .unit_mac = "08:00:27:00:0C:15",
        .exported_utc_ns = INT64_C(1700000000) * NS_PER_SECOND,
        .operator_name = "uid-1000",
        .source_name = "gate 门口",
        .source_url = "rtsp://192.0.2.7/stream",
        .user_information = "case 2026-11; purpose: inspection",
    };
    struct clip *clip = NULL;
    struct error error;
    AUTO_CLOSE int out = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    const struct clip_sink sink = {.write = write_file, .context = &out};

    must(clip_open(footage, stretch, &about, sealer, &clip, &error), &error);
    must(clip_write(clip, &sink, &error), &error);
    print_clip(clip, name);
    clip_free(clip);
}

static struct certificate *load(int directory, const char *name)
{
    struct buffer der = {0};
    struct certificate *certificate = NULL;
    struct error error;

    must(file_read(directory, name, 65536, &der, &error), &error);
    must(certificate_parse(buffer_bytes(&der), &certificate, &error), &error);
    buffer_release(&der);
    return certificate;
}

static void store(int directory, const char *name, const struct certificate *certificate)
{
    struct error error;

    must(file_replace(directory, name, certificate_der(certificate), 0640, &error), &error);
}

static const char *const certificate_files[CLIP_SEALS] = {"export-rsa.der", "export-suite.der"};

static void make_keys(const struct suite *suite, int directory)
{
    struct device_key *device_key = NULL;
    struct certificate *device = NULL;
    struct error error;

    must(device_key_create(suite, directory, &device_key, &error), &error);
    must(certificate_self_sign(device_key, "recorder", &device, &error), &error);
    store(directory, "device.der", device);
    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        struct export_key *key = NULL;
        struct certificate *certificate = NULL;

        must(export_key_generate((enum export_key_kind)seal, suite, NULL, &key, &error), &error);
        must(export_key_store(key, directory, &error), &error);
        must(certificate_issue_export(device_key, device, export_key_spki(key), "recorder export",
                                      &certificate, &error),
             &error);
        store(directory, certificate_files[seal], certificate);
        certificate_free(certificate);
        export_key_free(key);
    }
    certificate_free(device);
    device_key_free(device_key);
}

/* Opened, and made before that if need be. */
struct opened_keys {
    struct export_key *keys[CLIP_SEALS];
    struct certificate *certificates[CLIP_SEALS];
};

static enum status sign(void *context, enum clip_seal seal, const struct digest *digest,
                        uint8_t *signature, size_t *size, struct error *error)
{
    const struct opened_keys *opened = context;

    return export_key_sign(opened->keys[seal], digest, signature, size, error);
}

static void open_keys(struct opened_keys *opened, const struct suite *suite, int directory)
{
    struct error error;

    if (faccessat(directory, "device.der", F_OK, 0) != 0)
        make_keys(suite, directory);
    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        opened->certificates[seal] = load(directory, certificate_files[seal]);
        must(export_key_open((enum export_key_kind)seal, suite, directory, &opened->keys[seal],
                             &error),
             &error);
    }
}

static void close_keys(struct opened_keys *opened)
{
    for (int seal = 0; seal < CLIP_SEALS; seal++) {
        export_key_free(opened->keys[seal]);
        certificate_free(opened->certificates[seal]);
    }
}

int main(int count, char **arguments)
{
    if (count != 6)
        return 2;
    const struct suite *suite = suite_named(arguments[1]);
    AUTO_CLOSE int directory = open(arguments[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct footage footage = {.open = open_segment, .close = close_segment};
    struct opened_keys opened = {0};
    struct clip_plan *plan = NULL;
    struct error error;

    footage.count = read_segments(suite_digest_algorithm(suite) == DIGEST_SM3);
    open_keys(&opened, suite, directory);
    const struct clip_sealer sealer = {
        .certificates = {opened.certificates[0], opened.certificates[1]},
        .sign = sign,
        .context = &opened,
    };
    must(clip_plan_new(&footage, strtoll(arguments[3], NULL, 10), strtoll(arguments[4], NULL, 10),
                       &plan, &error),
         &error);
    for (size_t i = 0; i < clip_plan_count(plan); i++) {
        char name[4096];

        snprintf(name, sizeof(name), "%s-%zu.mp4", arguments[5], i);
        make_clip(&footage, clip_plan_at(plan, i), &sealer, name);
    }
    clip_plan_free(plan);
    for (size_t i = 0; i < footage.count; i++)
        piece_list_free(segments[i].pieces);
    close_keys(&opened);
    return 0;
}
