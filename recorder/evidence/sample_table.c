#include "evidence/sample_table.h"

void sample_table_release(struct sample_table *table)
{
    buffer_release(&table->durations);
    buffer_release(&table->compositions);
    buffer_release(&table->syncs);
    buffer_release(&table->chunk_runs);
    buffer_release(&table->sizes);
    buffer_release(&table->chunk_offsets);
}

uint64_t sample_table_next_decode(const struct sample_table *table)
{
    return table->last_decode + table->last_duration;
}

static enum status append_u32(struct buffer *entries, uint32_t value)
{
    struct box_writer writer = {.out = entries};

    put_u32(&writer, value);
    return writer.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status end_run(struct sample_run *run, struct buffer *entries)
{
    struct box_writer writer = {.out = entries};

    if (run->count == 0)
        return STATUS_OK;
    put_u32(&writer, run->count);
    put_u32(&writer, run->value);
    run->count = 0;
    return writer.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status add_to_run(struct sample_run *run, uint32_t value, struct buffer *entries)
{
    enum status status = run->value == value ? STATUS_OK : end_run(run, entries);

    run->value = value;
    run->count++;
    return status;
}

/* An entry of stsc says from which chunk on each has so many samples. */
static enum status end_chunk(struct sample_table *table)
{
    struct box_writer writer = {.out = &table->chunk_runs};

    if (table->chunks == 0 || table->chunk_samples == table->chunk_samples_written)
        return STATUS_OK;
    put_u32(&writer, table->chunks);
    put_u32(&writer, table->chunk_samples);
    put_u32(&writer, 1); /* the one sample entry */
    table->chunk_samples_written = table->chunk_samples;
    return writer.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status add_place(struct sample_table *table, const struct box_sample *sample,
                             uint64_t offset)
{
    enum status status = STATUS_OK;

    if (sample->first_of_run || table->chunks == 0 || offset != table->data_end) {
        status = end_chunk(table);
        if (status == STATUS_OK)
            status = append_u32(&table->chunk_offsets, (uint32_t)offset);
        table->chunks++;
        table->chunk_samples = 0;
    }
    table->chunk_samples++;
    table->data_end = offset + sample->size;
    return status == STATUS_OK ? append_u32(&table->sizes, sample->size) : status;
}

static enum status add_time(struct sample_table *table, const struct box_sample *sample)
{
    uint64_t since = sample->decode_time - table->last_decode;

    if (table->samples == 0) {
        table->first_decode = sample->decode_time;
    } else if (sample->decode_time <= table->last_decode || since > UINT32_MAX) {
        return STATUS_INVALID;
    } else {
        enum status status = add_to_run(&table->duration, (uint32_t)since, &table->durations);

        if (status != STATUS_OK)
            return status;
    }
    if (sample->composition < 0 || sample->composition > INT32_MAX)
        return STATUS_INVALID;
    table->last_decode = sample->decode_time;
    table->last_duration = sample->duration;
    table->reordered = table->reordered || sample->composition != 0;
    return add_to_run(&table->composition, (uint32_t)sample->composition, &table->compositions);
}

enum status sample_table_add(struct sample_table *table, const struct box_sample *sample,
                             uint64_t offset)
{
    enum status status = STATUS_OK;

    if (table->samples == SAMPLE_TABLE_MAX)
        return STATUS_FULL;
    status = add_time(table, sample);
    if (status == STATUS_OK)
        status = add_place(table, sample, offset);
    if (status != STATUS_OK)
        return status;
    table->samples++;
    if (!sample->sync)
        return STATUS_OK;
    table->sync_samples++;
    return append_u32(&table->syncs, table->samples);
}

enum status sample_table_end(struct sample_table *table)
{
    enum status status = STATUS_OK;

    if (table->samples > 0)
        status = add_to_run(&table->duration, table->last_duration, &table->durations);
    if (status == STATUS_OK)
        status = end_run(&table->duration, &table->durations);
    if (status == STATUS_OK)
        status = end_run(&table->composition, &table->compositions);
    return status == STATUS_OK ? end_chunk(table) : status;
}

/* A box that is a count of entries, and the entries. */
static void put_entries(struct box_writer *writer, uint32_t type, const struct buffer *entries,
                        size_t entry_size)
{
    size_t begin = full_box_begin(writer, type, 0, 0);

    put_u32(writer, (uint32_t)(entries->size / entry_size));
    put_bytes(writer, buffer_bytes(entries));
    box_end(writer, begin);
}

void sample_table_put(const struct sample_table *table, uint64_t base, struct box_writer *writer)
{
    size_t begin = 0;

    put_entries(writer, BOX_TYPE('s', 't', 't', 's'), &table->durations, 8);
    if (table->reordered)
        put_entries(writer, BOX_TYPE('c', 't', 't', 's'), &table->compositions, 8);
    if (table->sync_samples < table->samples)
        put_entries(writer, BOX_TYPE('s', 't', 's', 's'), &table->syncs, 4);
    put_entries(writer, BOX_TYPE('s', 't', 's', 'c'), &table->chunk_runs, 12);

    begin = full_box_begin(writer, BOX_TYPE('s', 't', 's', 'z'), 0, 0);
    put_u32(writer, 0); /* every sample has a size of its own */
    put_u32(writer, table->samples);
    put_bytes(writer, buffer_bytes(&table->sizes));
    box_end(writer, begin);

    begin = full_box_begin(writer, BOX_TYPE('s', 't', 'c', 'o'), 0, 0);
    put_u32(writer, table->chunks);
    for (size_t at = 0; at < table->chunk_offsets.size; at += 4)
        put_u32(writer, (uint32_t)(base + big_u32(table->chunk_offsets.data + at)));
    box_end(writer, begin);
}
