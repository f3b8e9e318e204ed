/*
 * Times. The recorded decoding times of a connection run on one line for all its tracks, each in
 * its own timescale, so pictures and sound with equal presentation times belong together. A
 * table's media time is the recorded decoding time less that of the track's first sample; with S
 * the recorded presentation time of the first keyframe, a track's edit begins at S less that. A
 * track that begins after S begins with an empty edit (8.6.6). Nothing longer than a reordering is
 * edited away: Firefox shows what lies before an edit, and counts time from there.
 */
#include "evidence/clip_movie.h"

#include "base/clock.h"

/* 1904-01-01 to 1970-01-01 */
#define EPOCH_1904_S INT64_C(2082844800)

#define MDAT_HEADER_SIZE 8

#define TRACK_IN_MOVIE 3u /* track_enabled, track_in_movie: 8.3.2.3 */

void clip_movie_release(struct clip_movie *movie)
{
    for (size_t i = 0; i < FOOTAGE_TRACKS_MAX; i++)
        sample_table_release(&movie->tables[i]);
    buffer_release(&movie->init);
}

enum status clip_movie_begin(struct clip_movie *movie, const struct footage_segment *segment,
                             const struct piece *init, const struct piece *first,
                             struct footage_fragment *fragment, struct error *error)
{
    struct footage_times own;
    enum status status = footage_read_init(segment, init, &movie->init, error);

    if (status == STATUS_OK)
        status = footage_parse_tracks(segment, buffer_bytes(&movie->init), &movie->tracks, error);
    if (status == STATUS_OK)
        status =
            footage_fragment_times(segment, first, &movie->tracks.items[0], fragment, &own, error);
    if (status != STATUS_OK)
        return status;
    movie->start_utc_ns = first->start_utc_ns;
    movie->lead = own.lead;
    /* The keyframe: pictures shown before it may want what is not in the clip. */
    movie->shown_first = own.first_decode + (uint64_t)own.lead;
    movie->tables[0].first_decode = own.first_decode;
    return STATUS_OK;
}

enum status clip_movie_lead(struct clip_movie *movie, const struct footage_segment *segment,
                            const struct piece *first, struct footage_fragment *fragment,
                            struct error *error)
{
    struct footage_times times;
    enum status status =
        footage_fragment_times(segment, first, &movie->tracks.items[0], fragment, &times, error);

    if (status == STATUS_OK)
        movie->lead = times.lead;
    return status;
}

/* When what has this presentation time is shown. */
static int64_t shown_utc_ns(const struct clip_movie *movie, uint64_t presentation)
{
    int64_t since = (int64_t)(presentation - movie->tables[0].first_decode) - movie->lead;

    return movie->start_utc_ns + footage_ns_of(since, movie->tracks.items[0].timescale);
}

static enum status add_picture(struct clip_movie *movie, const struct box_sample *sample)
{
    const struct sample_table *table = &movie->tables[0];
    uint64_t shown = sample->decode_time + (uint64_t)sample->composition;

    /* A clip begins with a keyframe, and no picture is missing in it. */
    if (table->samples == 0 ? !sample->sync
                            : sample->decode_time != sample_table_next_decode(table))
        return STATUS_MISMATCH;
    if (shown + sample->duration > movie->shown_end)
        movie->shown_end = shown + sample->duration;
    return STATUS_OK;
}

static enum status add_sample(void *context, const struct box_sample *sample)
{
    struct clip_movie *movie = context;
    enum status status = movie->track == 0 ? add_picture(movie, sample) : STATUS_OK;

    if (status != STATUS_OK)
        return status;
    return sample_table_add(&movie->tables[movie->track], sample,
                            movie->fragment_at + (uint64_t)sample->offset);
}

enum status clip_movie_add(struct clip_movie *movie, const struct footage_segment *segment,
                           const struct piece *piece, uint64_t at,
                           struct footage_fragment *fragment, struct error *error)
{
    enum status status = footage_read_fragment(segment, piece, fragment, error);

    movie->fragment_at = at;
    for (size_t i = 0; status == STATUS_OK && i < movie->tracks.count; i++) {
        movie->track = i;
        status = footage_each_sample(segment, piece, fragment, &movie->tracks.items[i], add_sample,
                                     movie, error);
    }
    return status;
}

enum status clip_movie_end(struct clip_movie *movie)
{
    enum status status = STATUS_OK;

    for (size_t i = 0; status == STATUS_OK && i < movie->tracks.count; i++)
        status = sample_table_end(&movie->tables[i]);
    return status;
}

bool clip_movie_has(const struct clip_movie *movie, size_t track)
{
    return track < movie->tracks.count && movie->tables[track].samples > 0;
}

/* A time of the video in a track's own units. */
static int64_t in_units_of(const struct clip_movie *movie, uint64_t video_time, size_t track)
{
    return (int64_t)((__int128)video_time * movie->tracks.items[track].timescale /
                     movie->tracks.items[0].timescale);
}

/* And back. */
static int64_t in_movie_units(const struct clip_movie *movie, int64_t time, size_t track)
{
    return (int64_t)((__int128)time * movie->tracks.items[0].timescale /
                     movie->tracks.items[track].timescale);
}

int64_t clip_movie_origin_utc_ns(const struct clip_movie *movie, size_t track)
{
    const struct footage_track *of = &movie->tracks.items[track];
    uint64_t origin = movie->tables[track].first_decode;
    int64_t from_start = (int64_t)origin - in_units_of(movie, movie->tables[0].first_decode, track);

    return shown_utc_ns(movie, movie->tables[0].first_decode) +
           footage_ns_of(from_start, of->timescale);
}

int64_t clip_movie_start_utc_ns(const struct clip_movie *movie)
{
    return shown_utc_ns(movie, movie->shown_first);
}

/* How a track is cut into the presentation, in units of the track's and of the movie's scale. */
struct edit {
    uint64_t empty;     /* movie units before it begins */
    int64_t media_time; /* track units from its first sample */
    uint64_t duration;  /* movie units */
};

static struct edit find_edit(const struct clip_movie *movie, size_t track)
{
    const struct sample_table *table = &movie->tables[track];
    int64_t begin = in_units_of(movie, movie->shown_first, track);
    int64_t end = track == 0 ? (int64_t)movie->shown_end : (int64_t)sample_table_next_decode(table);
    struct edit edit = {.media_time = begin - (int64_t)table->first_decode};

    if (edit.media_time < 0) {
        edit.empty = (uint64_t)in_movie_units(movie, -edit.media_time, track);
        edit.media_time = 0;
        begin = (int64_t)table->first_decode;
    }
    if (end > begin)
        edit.duration = (uint64_t)in_movie_units(movie, end - begin, track);
    return edit;
}

static uint64_t track_duration(const struct clip_movie *movie, size_t track)
{
    struct edit edit = find_edit(movie, track);

    return edit.empty + edit.duration;
}

static uint64_t movie_duration(const struct clip_movie *movie)
{
    uint64_t longest = 0;

    for (size_t i = 0; i < movie->tracks.count; i++) {
        uint64_t duration = clip_movie_has(movie, i) ? track_duration(movie, i) : 0;

        longest = duration > longest ? duration : longest;
    }
    return longest;
}

/* Creation and modification time: when the first fragment begins. */
static void put_times(const struct clip_movie *movie, struct box_writer *writer)
{
    uint64_t at = (uint64_t)(movie->start_utc_ns / NS_PER_SECOND + EPOCH_1904_S);

    put_u64(writer, at);
    put_u64(writer, at);
}

static void put_ftyp(struct box_writer *writer)
{
    size_t begin = box_begin(writer, BOX_TYPE('f', 't', 'y', 'p'));

    put_u32(writer, BOX_TYPE('i', 's', 'o', 'm'));
    put_u32(writer, 0x200);
    put_u32(writer, BOX_TYPE('i', 's', 'o', 'm'));
    put_u32(writer, BOX_TYPE('i', 's', 'o', '2'));
    put_u32(writer, BOX_TYPE('m', 'p', '4', '1'));
    box_end(writer, begin);
}

/* 8.2.2 */
static void put_mvhd(const struct clip_movie *movie, struct box_writer *writer)
{
    static const uint32_t matrix[] = {0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000};
    size_t begin = full_box_begin(writer, BOX_TYPE('m', 'v', 'h', 'd'), 1, 0);
    uint32_t next_track = 1;

    put_times(movie, writer);
    put_u32(writer, movie->tracks.items[0].timescale);
    put_u64(writer, movie_duration(movie));
    put_u32(writer, 0x00010000); /* rate */
    put_u16(writer, 0x0100);     /* volume */
    put_zeros(writer, 10);
    for (size_t i = 0; i < sizeof(matrix) / sizeof(matrix[0]); i++)
        put_u32(writer, matrix[i]);
    put_zeros(writer, 24);
    for (size_t i = 0; i < movie->tracks.count; i++)
        if (movie->tracks.items[i].track >= next_track)
            next_track = movie->tracks.items[i].track + 1;
    put_u32(writer, next_track);
    box_end(writer, begin);
}

/* The last bytes of a recorded box, which are of one form in all versions; zeros if it is short. */
static void put_tail(struct box_writer *writer, struct bytes content, size_t size)
{
    if (content.size < size)
        put_zeros(writer, size);
    else
        put_bytes(writer, (struct bytes){content.data + content.size - size, size});
}

/* 8.3.2 */
static void put_tkhd(const struct clip_movie *movie, size_t track, struct box_writer *writer)
{
    const struct footage_track *of = &movie->tracks.items[track];
    size_t begin = full_box_begin(writer, BOX_TYPE('t', 'k', 'h', 'd'), 1, TRACK_IN_MOVIE);

    put_times(movie, writer);
    put_u32(writer, of->track);
    put_u32(writer, 0);
    put_u64(writer, track_duration(movie, track));
    put_tail(writer, box_find(of->trak, BOX_TYPE('t', 'k', 'h', 'd')), 60);
    box_end(writer, begin);
}

/* 8.6.5, 8.6.6 */
static void put_edits(const struct clip_movie *movie, size_t track, struct box_writer *writer)
{
    struct edit edit = find_edit(movie, track);
    size_t edts = box_begin(writer, BOX_TYPE('e', 'd', 't', 's'));
    size_t elst = full_box_begin(writer, BOX_TYPE('e', 'l', 's', 't'), 1, 0);

    put_u32(writer, edit.empty > 0 ? 2 : 1);
    if (edit.empty > 0) {
        put_u64(writer, edit.empty);
        put_u64(writer, UINT64_MAX); /* media_time -1 */
        put_u32(writer, 0x00010000);
    }
    put_u64(writer, edit.duration);
    put_u64(writer, (uint64_t)edit.media_time);
    put_u32(writer, 0x00010000);
    box_end(writer, elst);
    box_end(writer, edts);
}

/* 8.4.2 */
static void put_mdhd(const struct clip_movie *movie, size_t track, struct bytes mdia,
                     struct box_writer *writer)
{
    const struct sample_table *table = &movie->tables[track];
    size_t begin = full_box_begin(writer, BOX_TYPE('m', 'd', 'h', 'd'), 1, 0);

    put_times(movie, writer);
    put_u32(writer, movie->tracks.items[track].timescale);
    put_u64(writer, sample_table_next_decode(table) - table->first_decode);
    put_tail(writer, box_find(mdia, BOX_TYPE('m', 'd', 'h', 'd')), 4);
    box_end(writer, begin);
}

/* Everything of minf but the sample table is as it was recorded, and so is stsd. */
static void put_minf(const struct clip_movie *movie, size_t track, struct bytes mdia, uint64_t base,
                     struct box_writer *writer)
{
    struct bytes rest = box_find(mdia, BOX_TYPE('m', 'i', 'n', 'f'));
    struct bytes recorded = box_find(rest, BOX_TYPE('s', 't', 'b', 'l'));
    size_t minf = box_begin(writer, BOX_TYPE('m', 'i', 'n', 'f'));
    struct bytes content = {0};
    uint32_t type = 0;
    size_t stbl = 0;

    while (box_take(&rest, &type, &content))
        if (type != BOX_TYPE('s', 't', 'b', 'l'))
            put_box(writer, type, content);
    stbl = box_begin(writer, BOX_TYPE('s', 't', 'b', 'l'));
    put_box(writer, BOX_TYPE('s', 't', 's', 'd'), box_find(recorded, BOX_TYPE('s', 't', 's', 'd')));
    sample_table_put(&movie->tables[track], base, writer);
    box_end(writer, stbl);
    box_end(writer, minf);
}

static void put_trak(const struct clip_movie *movie, size_t track, uint64_t base,
                     struct box_writer *writer)
{
    struct bytes mdia = box_find(movie->tracks.items[track].trak, BOX_TYPE('m', 'd', 'i', 'a'));
    size_t trak = box_begin(writer, BOX_TYPE('t', 'r', 'a', 'k'));
    size_t media = 0;

    put_tkhd(movie, track, writer);
    put_edits(movie, track, writer);
    media = box_begin(writer, BOX_TYPE('m', 'd', 'i', 'a'));
    put_mdhd(movie, track, mdia, writer);
    put_box(writer, BOX_TYPE('h', 'd', 'l', 'r'), box_find(mdia, BOX_TYPE('h', 'd', 'l', 'r')));
    put_minf(movie, track, mdia, base, writer);
    box_end(writer, media);
    box_end(writer, trak);
}

/* `base` is where the mdat's content begins in the file. */
static void put_movie(const struct clip_movie *movie, uint64_t base, struct box_writer *writer)
{
    size_t moov = 0;

    put_ftyp(writer);
    moov = box_begin(writer, BOX_TYPE('m', 'o', 'o', 'v'));
    put_mvhd(movie, writer);
    for (size_t i = 0; i < movie->tracks.count; i++)
        if (clip_movie_has(movie, i))
            put_trak(movie, i, base, writer);
    box_end(writer, moov);
}

/* Offsets in moov depend on its own length, and its length on none of them: so it is made twice. */
enum status clip_movie_front(const struct clip_movie *movie, uint64_t data_size,
                             struct buffer *front, struct error *error)
{
    struct box_writer writer = {.out = front};
    uint64_t base = 0;

    buffer_clear(front);
    put_movie(movie, 0, &writer);
    base = front->size + MDAT_HEADER_SIZE;
    if (data_size > UINT32_MAX || base + data_size > UINT32_MAX)
        return error_set(error, STATUS_UNSUPPORTED, "a clip of more than 4 GiB");
    buffer_clear(front);
    put_movie(movie, base, &writer);
    put_u32(&writer, (uint32_t)(data_size + MDAT_HEADER_SIZE));
    put_u32(&writer, BOX_TYPE('m', 'd', 'a', 't'));
    return writer.failed ? error_set(error, STATUS_NO_MEMORY, "no memory for a clip") : STATUS_OK;
}
