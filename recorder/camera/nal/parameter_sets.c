#include "camera/nal/parameter_sets.h"

#include <stdlib.h>
#include <string.h>

void parameter_sets_init(struct parameter_sets *sets, const struct video_codec *codec)
{
    *sets = (struct parameter_sets){.codec = codec};
}

void parameter_sets_release(struct parameter_sets *sets)
{
    for (unsigned i = 0; i < sets->count; i++) {
        free(sets->sets[i].data);
    }
    sets->count = 0;
}

static struct parameter_set *find(struct parameter_sets *sets, enum parameter_kind kind,
                                  uint32_t id)
{
    for (unsigned i = 0; i < sets->count; i++) {
        if (sets->sets[i].kind == kind && sets->sets[i].id == id) {
            return &sets->sets[i];
        }
    }
    return NULL;
}

/* Room for a new set behind the others of its kind; NULL if there is none left. */
static struct parameter_set *insert(struct parameter_sets *sets, enum parameter_kind kind,
                                    uint32_t id)
{
    if (sets->count == PARAMETER_SETS_MAX) {
        return NULL;
    }
    unsigned at = 0;
    while (at < sets->count && sets->sets[at].kind <= kind) {
        at++;
    }
    memmove(&sets->sets[at + 1], &sets->sets[at], (sets->count - at) * sizeof sets->sets[0]);
    sets->count++;
    sets->sets[at] = (struct parameter_set){.kind = kind, .id = id};
    return &sets->sets[at];
}

static bool store(struct parameter_set *set, struct bytes nal)
{
    uint8_t *data = realloc(set->data, nal.size);
    if (data == NULL) {
        return false;
    }
    memcpy(data, nal.data, nal.size);
    set->data = data;
    set->size = nal.size;
    return true;
}

void parameter_sets_add(struct parameter_sets *sets, enum parameter_kind kind, struct bytes nal)
{
    uint32_t id = 0;
    struct sequence sequence = {0};
    if (nal.size == 0 || nal.size > PARAMETER_SIZE_MAX ||
        sets->codec->parameter_id(kind, nal, &id) != STATUS_OK ||
        (kind == PARAMETER_SPS && sets->codec->parse_sequence(nal, &sequence) != STATUS_OK)) {
        sets->refused++;
        return;
    }
    struct parameter_set *set = find(sets, kind, id);
    if (set != NULL && bytes_equal((struct bytes){set->data, set->size}, nal)) {
        return;
    }
    if (set == NULL) {
        set = insert(sets, kind, id);
    }
    if (set == NULL || !store(set, nal)) {
        sets->refused++;
        return;
    }
    if (kind == PARAMETER_SPS) {
        sets->sequence = sequence;
        sets->sequence_known = true;
    }
    sets->generation++;
}

size_t start_code_find(struct bytes bytes, size_t from)
{
    for (size_t at = from; at + 3 <= bytes.size;) {
        const uint8_t *one = memchr(bytes.data + at + 2, 1, bytes.size - at - 2);
        if (one == NULL) {
            break;
        }
        size_t found = (size_t)(one - bytes.data) - 2;
        if (one[-1] == 0 && one[-2] == 0) {
            return found;
        }
        at = found + 1;
    }
    return bytes.size;
}

void parameter_sets_add_stream(struct parameter_sets *sets, struct bytes annex_b)
{
    size_t at = start_code_find(annex_b, 0);
    while (at < annex_b.size) {
        size_t begin = at + 3;
        at = start_code_find(annex_b, begin);
        size_t end = at;
        while (end > begin && at < annex_b.size && annex_b.data[end - 1] == 0) {
            end--; /* the zero that belongs to a four-byte start code */
        }
        struct bytes nal = {annex_b.data + begin, end - begin};
        struct nal_traits traits = sets->codec->look(nal);
        if (traits.parameter != PARAMETER_NONE) {
            parameter_sets_add(sets, traits.parameter, nal);
        }
    }
}

const struct parameter_set *parameter_sets_of(const struct parameter_sets *sets,
                                              enum parameter_kind kind, unsigned *count)
{
    const struct parameter_set *first = NULL;
    *count = 0;
    for (unsigned i = 0; i < sets->count; i++) {
        if (sets->sets[i].kind == kind) {
            first = first == NULL ? &sets->sets[i] : first;
            (*count)++;
        }
    }
    return first;
}

bool parameter_sets_complete(const struct parameter_sets *sets)
{
    unsigned vps = 0;
    unsigned sps = 0;
    unsigned pps = 0;
    (void)parameter_sets_of(sets, PARAMETER_VPS, &vps);
    (void)parameter_sets_of(sets, PARAMETER_SPS, &sps);
    (void)parameter_sets_of(sets, PARAMETER_PPS, &pps);
    return sets->sequence_known && sps > 0 && pps > 0 && (vps > 0 || !sets->codec->has_vps);
}
