/*
 * proof/clips.txt and the clips: each byte of a clip is in one stretch with a digest, and the
 * stretches that were recorded lead to the roots in the segments' records.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/check_parts.h"
#include "evidence/check_stretches.h"
#include "evidence/check_times.h"
#include "evidence/text_line.h"
#include "store/piece.h"

#define FIRST_LINE  "sealroom clips v1"
#define INITS_MAX   64u
#define PIECE_LIMIT UINT64_C(0xffffffff)

struct known_init {
    uint32_t offset;
    uint64_t size;
    struct digest digest;
};

struct walk {
    struct check *check;
    struct member_lines *lines;
    size_t next;                   /* member of the ZIP at which the next clip is looked for */
    const struct zip_member *clip; /* NULL: none was begun, or the last one ended */
    uint64_t at;                   /* how far the clip is tiled */
    bool is_over;                  /* an `absent` line came */
    bool in_segment;
    uint64_t record;               /* the segment's */
    struct shown_segment *segment; /* NULL: its record is not shown, which was reported */
    bool goes_on;                  /* from the one before in its clip */
    struct merkle_frontier tree;   /* of its pieces */
    bool has_init;                 /* its init part is shown */
    struct box_track track;        /* of its video */
    struct shown_fragments shown;  /* of it; `last` is 0: none yet */
    bool has_front;                /* of its own, before its pieces */
    bool has_fragment;
    bool has_end; /* of its own, behind them */
    struct known_init inits[INITS_MAX];
    size_t init_count;
    struct stretches stretches;
};

static enum status malformed(const char *what, struct error *error)
{
    return error_set(error, STATUS_INVALID, "%s", what);
}

/* The next stretch of the clip. */
static enum status add_stretch(struct walk *walk, struct stretch_job *job, struct error *error)
{
    if (walk->at != job->offset || job->size > walk->clip->size - walk->at) {
        return malformed("it does not lie where the one before ends", error);
    }
    walk->at += job->size;
    job->member = walk->clip;
    return check_stretch(walk->check, &walk->stretches, job, error);
}

/* ---- segments ---- */

/* At its end, or where the file is malformed. */
static void judge_shown(struct walk *walk)
{
    if (walk->segment != NULL && walk->shown.last != 0) {
        walk->segment->has_pieces = true;
        walk->segment->is_shown = check_is_shown(walk->check, walk->segment, &walk->shown);
    }
}

static void end_segment(struct walk *walk)
{
    struct check *check = walk->check;
    struct digest root;
    if (!walk->in_segment) {
        return;
    }
    walk->in_segment = false;
    judge_shown(walk);
    merkle_frontier_root(check->algorithm, &walk->tree, &root);
    if (walk->segment == NULL || walk->tree.size != walk->segment->pieces ||
        !digest_equal(&root, &walk->segment->root)) {
        struct finding finding = check_finding(check, FAULT_CLIP_UNPROVED, walk->clip->name);
        finding_set_record(&finding, walk->record);
        check_add(check, &finding);
    }
}

static enum status take_segment(struct walk *walk, struct text_line *line, struct error *error)
{
    if (walk->clip == NULL) {
        return malformed("a segment outside of a clip", error);
    }
    end_segment(walk);
    walk->record = text_u64(line);
    if (!text_line_is_over(line)) {
        return malformed("a line of a segment", error);
    }
    const struct shown_segment *before = walk->segment;
    walk->segment = check_segment(walk->check, walk->record);
    walk->goes_on = before != NULL && walk->segment != NULL;
    if (walk->segment != NULL && walk->segment->stands) {
        return malformed("a segment stands twice", error);
    }
    if (walk->goes_on && !check_goes_on(before, &walk->shown, walk->segment)) {
        return malformed("a segment does not follow the one before", error);
    }
    if (walk->segment != NULL) {
        walk->segment->stands = true;
    }
    walk->in_segment = true;
    walk->has_init = false;
    walk->shown = (struct shown_fragments){0};
    merkle_frontier_init(&walk->tree);
    walk->check->report->segments++;
    return STATUS_OK;
}

static enum status take_skip(struct walk *walk, struct text_line *line, struct error *error)
{
    struct digest node;
    unsigned level = (unsigned)text_u64_within(line, MERKLE_LEVELS - 1);
    text_digest(line, &node);
    if (!walk->in_segment || !text_line_is_over(line) ||
        merkle_frontier_add_node(walk->check->algorithm, &walk->tree, level, &node) != STATUS_OK) {
        return malformed("a node does not fit where it stands", error);
    }
    return STATUS_OK;
}

/* ---- pieces ---- */

/* An init part that the clip has already takes no place in it. */
static bool is_known_init(const struct walk *walk, const struct piece *piece,
                          const struct digest *digest, uint64_t offset)
{
    for (size_t i = 0; i < walk->init_count && piece->kind == PIECE_INIT; i++) {
        const struct known_init *init = &walk->inits[i];
        if (init->offset == offset && init->size == piece->size &&
            digest_equal(&init->digest, digest)) {
            return true;
        }
    }
    return false;
}

static enum status place_piece(struct walk *walk, const struct piece *piece,
                               const struct digest *digest, uint64_t offset, struct error *error)
{
    if (is_known_init(walk, piece, digest, offset)) {
        return STATUS_OK;
    }
    if (walk->has_end) {
        return malformed("a line of a clip's own bytes", error);
    }
    walk->has_fragment = walk->has_fragment || piece->kind == PIECE_FRAGMENT;
    if (piece->kind == PIECE_INIT && walk->init_count == INITS_MAX) {
        return malformed("too many init parts", error);
    }
    if (piece->kind == PIECE_INIT) {
        walk->inits[walk->init_count++] =
            (struct known_init){(uint32_t)offset, piece->size, *digest};
    }
    struct stretch_job job = {.offset = (uint32_t)offset,
                              .size = (uint32_t)piece->size,
                              .digest = *digest,
                              .is_piece = true,
                              .record = walk->record,
                              .kind = piece->kind,
                              .index = walk->tree.size - 1,
                              .track = walk->track,
                              .start_utc_ns = piece->start_utc_ns,
                              .duration_ns = piece->duration_ns};
    return add_stretch(walk, &job, error);
}

/* Nobody but the exporter says when a fragment was, but not beside its segment. */
static bool is_in_time(const struct shown_segment *segment, const struct piece *piece)
{
    return segment == NULL ||
           (piece->start_utc_ns >= check_time_before(segment->start_utc_ns) &&
            piece->start_utc_ns + piece->duration_ns <= check_time_after(segment->end_utc_ns));
}

/* Fragments stand one after another behind the init part, and tell what time is shown. */
static enum status follow_fragments(struct walk *walk, const struct piece *piece, uint64_t index,
                                    struct error *error)
{
    const struct shown_segment *segment = walk->segment;
    int64_t end = 0;
    if (piece->duration_ns < 0 ||
        __builtin_add_overflow(piece->start_utc_ns, piece->duration_ns, &end)) {
        return malformed("a piece of an impossible time", error);
    }
    walk->has_init = walk->has_init || piece->kind == PIECE_INIT;
    if (piece->kind != PIECE_FRAGMENT) {
        return STATUS_OK;
    }
    if (!walk->has_init || (walk->shown.last != 0 && index != walk->shown.last + 1) ||
        (walk->shown.last == 0 && walk->goes_on && index != 1)) {
        return malformed("a fragment does not follow the one before", error);
    }
    if (!is_in_time(segment, piece)) {
        return malformed("a fragment of an impossible time", error);
    }
    if (walk->shown.last == 0) {
        walk->shown.first = index;
        walk->shown.from_utc_ns = piece->start_utc_ns;
    }
    walk->shown.last = index;
    walk->shown.to_utc_ns = end;
    return STATUS_OK;
}

static enum status take_piece(struct walk *walk, struct text_line *line, struct error *error)
{
    enum digest_algorithm algorithm = walk->check->algorithm;
    struct piece piece = {0};
    struct digest digest;
    struct digest leaf;
    uint64_t index = walk->tree.size;
    piece.kind = (enum piece_kind)text_u64_within(line, PIECE_TORN);
    piece.offset = text_u64(line);
    piece.size = text_u64_within(line, PIECE_LIMIT);
    text_digest(line, &digest);
    uint64_t offset = text_u64_within(line, PIECE_LIMIT);
    piece.start_utc_ns = text_i64(line);
    piece.duration_ns = text_i64(line);
    if (!walk->in_segment || !text_line_is_over(line) || piece.kind < PIECE_INIT ||
        piece.size == 0 || (piece.kind == PIECE_INIT) != (index == 0)) {
        return malformed("a piece that cannot be there", error);
    }
    *(algorithm == DIGEST_SM3 ? &piece.sm3 : &piece.sha256) = digest;
    piece_leaf(algorithm, &piece, &leaf);
    enum status status = follow_fragments(walk, &piece, index, error);
    if (status == STATUS_OK &&
        merkle_frontier_add_node(algorithm, &walk->tree, 0, &leaf) != STATUS_OK) {
        status = malformed("too many pieces", error);
    }
    if (status == STATUS_OK && piece.kind == PIECE_INIT) {
        status = check_times_track(walk->check->zip, walk->clip, offset, piece.size, &walk->track,
                                   error);
    }
    return status == STATUS_OK ? place_piece(walk, &piece, &digest, offset, error) : status;
}

/* ---- clips ---- */

static enum status end_clip(struct walk *walk, struct error *error)
{
    end_segment(walk);
    if (walk->clip != NULL && walk->at != walk->clip->size) {
        return malformed("a clip has bytes that no line names", error);
    }
    if (walk->clip != NULL && walk->has_front && !walk->has_end) {
        return malformed("a line of a clip's own bytes", error);
    }
    walk->clip = NULL;
    return STATUS_OK;
}

/* The next clip of the ZIP; NULL: there is none. */
static const struct zip_member *next_clip(struct walk *walk)
{
    const struct zip_reader *zip = walk->check->zip;
    while (walk->next < zip_reader_count(zip)) {
        const struct zip_member *member = zip_reader_at(zip, walk->next++);
        if (manifest_is_clip(member->name)) {
            return member;
        }
    }
    return NULL;
}

static enum status take_clip(struct walk *walk, struct text_line *line, struct error *error)
{
    char name[ZIP_NAME_SIZE];
    text_word(line, name, sizeof(name));
    enum status status = end_clip(walk, error);
    if (status != STATUS_OK) {
        return status;
    }
    walk->clip = next_clip(walk);
    if (walk->is_over || !text_line_is_over(line) || walk->clip == NULL ||
        strcmp(walk->clip->name, name) != 0) {
        walk->clip = NULL;
        return malformed("the clips are not those of the package", error);
    }
    walk->at = 0;
    walk->segment = NULL;
    walk->init_count = 0;
    walk->has_front = walk->has_fragment = walk->has_end = false;
    walk->check->report->clips++;
    return STATUS_OK;
}

static enum status take_own(struct walk *walk, struct text_line *line, struct error *error)
{
    struct stretch_job job = {0};
    job.size = (uint32_t)text_u64_within(line, PIECE_LIMIT);
    text_digest(line, &job.digest);
    /* once before its pieces and once behind them; or it is pieces alone */
    bool is_front = walk->at == 0;
    if (walk->clip == NULL || !text_line_is_over(line) || job.size == 0 ||
        (!is_front && (!walk->has_front || !walk->has_fragment || walk->has_end))) {
        return malformed("a line of a clip's own bytes", error);
    }
    *(is_front ? &walk->has_front : &walk->has_end) = true;
    job.offset = (uint32_t)walk->at;
    return add_stretch(walk, &job, error);
}

static enum status take_absent(struct walk *walk, struct text_line *line, struct error *error)
{
    static const struct {
        const char *word;
        enum audit_fault fault;
    } causes[] = {{"unreadable", FAULT_VIDEO_UNREADABLE},
                  {"altered", FAULT_VIDEO_ALTERED},
                  {"missing", FAULT_VIDEO_MISSING}};
    char word[16];
    uint64_t record = text_u64(line);
    text_word(line, word, sizeof(word));
    enum status status = end_clip(walk, error);
    if (status != STATUS_OK) {
        return status;
    }
    walk->is_over = true;
    struct shown_segment *segment = check_segment(walk->check, record);
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (text_line_is_over(line) && strcmp(word, causes[i].word) == 0 && segment != NULL &&
            !segment->is_absent && !segment->stands) {
            struct finding finding = check_finding(walk->check, causes[i].fault, PROOF_CLIPS);
            finding_set_record(&finding, record);
            memcpy(finding.subject, walk->check->sources[segment->source].name,
                   sizeof(finding.subject));
            finding.from_utc_ns = segment->start_utc_ns;
            finding.to_utc_ns = segment->end_utc_ns;
            finding_set_detail(&finding, "as found when it was to be copied");
            check_add(walk->check, &finding);
            segment->is_absent = true;
            return STATUS_OK;
        }
    }
    return malformed("a line of an absent segment", error);
}

/* ---- the file ---- */

static enum status take_line(struct walk *walk, struct bytes bytes, struct error *error)
{
    static const struct {
        const char *word;
        enum status (*take)(struct walk *walk, struct text_line *line, struct error *error);
    } items[] = {{"piece", take_piece}, {"own", take_own},   {"segment", take_segment},
                 {"skip", take_skip},   {"clip", take_clip}, {"absent", take_absent}};
    struct text_line line = text_line_of(bytes);
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        if (text_is(&line, items[i].word)) {
            return items[i].take(walk, &line, error);
        }
    }
    return malformed("a line of no known kind", error);
}

static enum status read_lines(struct walk *walk, struct error *error)
{
    struct bytes line;
    enum status status = member_lines_next(walk->lines, &line, error);
    if (status == STATUS_END ||
        (status == STATUS_OK && !bytes_equal(line, bytes_of_text(FIRST_LINE)))) {
        return malformed("its first line is another", error);
    }
    while (status == STATUS_OK) {
        status = member_lines_next(walk->lines, &line, error);
        if (status == STATUS_OK) {
            status = take_line(walk, line, error);
        }
    }
    if (status == STATUS_END) {
        status = end_clip(walk, error);
    }
    if (status == STATUS_OK && next_clip(walk) != NULL) {
        status = malformed("the clips are not those of the package", error);
    }
    return status;
}

static enum status read_file(struct walk *walk, struct error *error)
{
    struct check *check = walk->check;
    struct error problem = {0};
    struct digest digest;
    enum status status = read_lines(walk, &problem);
    if (status == STATUS_INVALID) {
        if (walk->in_segment) {
            judge_shown(walk);
        }
        struct finding finding = check_finding(check, FAULT_MEMBER_MALFORMED, PROOF_CLIPS);
        finding_set_bytes(&finding, member_lines_at(walk->lines),
                          member_lines_next_at(walk->lines));
        finding_set_detail(&finding, "%s", problem.text);
        check_add(check, &finding);
    } else if (status != STATUS_OK) {
        return error_set(error, status, "%s", problem.text);
    }
    status = check_stretches(check, &walk->stretches, error);
    if (status == STATUS_OK) {
        status = member_lines_finish(walk->lines, &digest, error);
    }
    if (status == STATUS_OK) {
        check_digest(check, zip_reader_find(check->zip, PROOF_CLIPS), &digest);
    }
    return status;
}

enum status check_clips(struct check *check, struct error *error)
{
    const struct zip_member *member = zip_reader_find(check->zip, PROOF_CLIPS);
    struct walk walk = {.check = check};
    if (member == NULL) {
        check_report(check, FAULT_MEMBER_MISSING, PROOF_CLIPS, "");
        return STATUS_OK;
    }
    if (check->algorithm == 0) {
        return STATUS_OK; /* no certificate, no suite: that was reported */
    }
    for (size_t i = 0; i < zip_reader_count(check->zip); i++) {
        const struct zip_member *clip = zip_reader_at(check->zip, i);
        walk.stretches.total += manifest_is_clip(clip->name) ? clip->size : 0;
    }
    enum status status =
        member_lines_open(check->zip, member, check->algorithm, &walk.lines, error);
    if (status == STATUS_OK) {
        status = read_file(&walk, error);
    }
    member_lines_free(walk.lines);
    stretches_release(&walk.stretches);
    return status;
}
