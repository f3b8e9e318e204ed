#include "store/catalog_page.h"

#include <string.h>

#include "store/catalog_query.h"

/* A person is looked for among the distinct texts of the entries' index. Of so many each gets a
 * place in it; of more, a page is full soon enough by walking back. */
#define PERSONS_MAX 12u
#define WHO_SIZE    512u

struct persons {
    char who[PERSONS_MAX][WHO_SIZE];
    size_t count; /* PERSONS_MAX + 1: too many */
};

static enum status note_person(void *context, sqlite3_stmt *row)
{
    struct persons *persons = context;

    if (persons->count < PERSONS_MAX)
        catalog_copy_text(row, 0, persons->who[persons->count], WHO_SIZE);
    persons->count++;
    return STATUS_OK;
}

/* From each distinct text the index is entered anew behind it, so its many rows are jumped over. */
static enum status find_persons(struct catalog_view *view, const char *part,
                                struct persons *persons, struct error *error)
{
    struct catalog_query query = {0};

    catalog_query_text(&query,
                       "WITH RECURSIVE p (who) AS (SELECT min(who) FROM entry UNION ALL"
                       " SELECT (SELECT min(e.who) FROM entry e WHERE e.who > p.who) FROM p"
                       " WHERE p.who IS NOT NULL)"
                       " SELECT who FROM p WHERE instr(lower(who), lower(?)) > 0",
                       part);
    catalog_query_number(&query, " LIMIT ?", PERSONS_MAX + 1);
    return catalog_query_run(&query, view, note_person, persons, error);
}

#define REVIEW "SELECT max(d.record) FROM deed d WHERE d.subject = e.record AND d.action = 'review'"

static bool has_range(const struct catalog_entries_wanted *wanted)
{
    return wanted->from_utc_ns != 0 || wanted->to_utc_ns != 0;
}

/* A page of a range is in the order of time, all others in that of records. */
static void add_place(struct catalog_query *query, const struct catalog_entries_wanted *wanted)
{
    if (has_range(wanted)) {
        if (wanted->from_utc_ns != 0)
            catalog_query_number(query, " AND e.at_ns >= ?", wanted->from_utc_ns);
        catalog_query_number(query, " AND e.at_ns < ?",
                             wanted->to_utc_ns != 0 ? wanted->to_utc_ns : INT64_MAX);
        if (wanted->before != 0) {
            catalog_query_number(query,
                                 " AND (e.at_ns, e.record) < ((SELECT b.at_ns FROM entry b"
                                 " WHERE b.record = ?)",
                                 (int64_t)wanted->before);
            catalog_query_number(query, ", ?)", (int64_t)wanted->before);
        }
    } else if (wanted->before != 0) {
        catalog_query_number(query, " AND e.record < ?", (int64_t)wanted->before);
    }
}

/* A range is walked along its own index, which has door and event in it: theirs would give all that
 * ever was at that door, to be sorted by time. The sign keeps SQLite from them. */
static void add_conditions(struct catalog_query *query, const struct catalog_entries_wanted *wanted)
{
    bool ranged = has_range(wanted);

    if (wanted->door)
        catalog_query_text(query, ranged ? " AND +e.door = ?" : " AND e.door = ?", wanted->door);
    if (wanted->event)
        catalog_query_number(query, ranged ? " AND +e.event = ?" : " AND e.event = ?",
                             wanted->event);
    if (wanted->alarming)
        catalog_query_add(query, " AND e.alarming");
    if (wanted->reviewed == CATALOG_REVIEWED_NO)
        catalog_query_add(query, " AND (" REVIEW ") IS NULL");
    if (wanted->reviewed == CATALOG_REVIEWED_YES)
        catalog_query_add(query, " AND e.record IN (SELECT d.subject FROM deed d"
                                 " WHERE d.action = 'review' AND d.subject IS NOT NULL)");
}

static void add_order(struct catalog_query *query, const struct catalog_entries_wanted *wanted)
{
    catalog_query_add(query, has_range(wanted) ? " ORDER BY e.at_ns DESC, e.record DESC"
                                               : " ORDER BY e.record DESC");
    catalog_query_number(query, " LIMIT ?", catalog_page_limit(wanted->limit));
}

/* The numbers of a page's entries; of one person, if `who` is not NULL. */
static void add_numbers(struct catalog_query *query, const struct catalog_entries_wanted *wanted,
                        const char *who, bool scan)
{
    catalog_query_add(query, "SELECT * FROM (SELECT e.record FROM entry e WHERE true");
    if (who)
        catalog_query_text(query, " AND e.who = ?", who);
    if (scan)
        catalog_query_text(query, " AND instr(lower(e.who), lower(?)) > 0", wanted->person);
    add_place(query, wanted);
    add_conditions(query, wanted);
    add_order(query, wanted);
    catalog_query_add(query, ")");
}

/* What was received in the range and happened elsewhere: a wrong clock hides nothing. It stands on
 * the first page. */
static void add_late(struct catalog_query *query, const struct catalog_entries_wanted *wanted)
{
    if (!has_range(wanted) || wanted->before != 0 || wanted->person)
        return;
    catalog_query_number(query,
                         " UNION SELECT * FROM (SELECT e.record FROM entry e WHERE e.late_ns >= ?",
                         wanted->from_utc_ns);
    catalog_query_number(query, " AND e.late_ns < ?",
                         wanted->to_utc_ns != 0 ? wanted->to_utc_ns : INT64_MAX);
    add_conditions(query, wanted);
    catalog_query_number(query, " ORDER BY e.late_ns DESC LIMIT ?)",
                         catalog_page_limit(wanted->limit));
}

#define PAGE_COLUMNS "SELECT " CATALOG_HEAD ", e.body, e.alarming, coalesce((" REVIEW "), 0)"
#define PAGE_TABLES  " FROM entry e JOIN record r ON r.record = e.record"

static void make_page(struct catalog_query *query, const struct catalog_entries_wanted *wanted,
                      const struct persons *persons)
{
    bool few = wanted->person && persons->count <= PERSONS_MAX;

    catalog_query_add(query, PAGE_COLUMNS PAGE_TABLES " WHERE e.record IN (");
    for (size_t i = 0; few && i < persons->count; i++) {
        catalog_query_add(query, i > 0 ? " UNION ALL " : "");
        add_numbers(query, wanted, persons->who[i], false);
    }
    if (!few)
        add_numbers(query, wanted, NULL, wanted->person != NULL);
    add_late(query, wanted);
    catalog_query_add(query, ")");
    add_order(query, wanted);
}

struct entry_caller {
    enum status (*each)(void *, const struct catalog_page_entry *);
    void *context;
};

static enum status each_entry(void *context, sqlite3_stmt *row)
{
    const struct entry_caller *caller = context;
    struct catalog_page_entry entry = {.alarming = sqlite3_column_int(row, 6) != 0,
                                       .review = (uint64_t)sqlite3_column_int64(row, 7)};

    return catalog_read_entry(row, &entry.entry) ? caller->each(caller->context, &entry)
                                                 : STATUS_OK;
}

enum status
catalog_page_entries(struct catalog_view *view, const struct catalog_entries_wanted *wanted,
                     enum status (*each)(void *context, const struct catalog_page_entry *entry),
                     void *context, struct error *error)
{
    struct entry_caller caller = {each, context};
    struct catalog_query query = {0};
    struct persons persons = {0};
    enum status status = STATUS_OK;

    if (wanted->person)
        status = find_persons(view, wanted->person, &persons, error);
    if (status != STATUS_OK || (wanted->person && persons.count == 0))
        return status;
    make_page(&query, wanted, &persons);
    return catalog_query_run(&query, view, each_entry, &caller, error);
}

static enum status take_entry(void *context, const struct catalog_page_entry *entry)
{
    *(struct catalog_page_entry *)context = *entry;
    return STATUS_EXISTS;
}

enum status catalog_page_entry(struct catalog_view *view, uint64_t number,
                               struct catalog_page_entry *entry, struct error *error)
{
    struct entry_caller caller = {take_entry, entry};
    struct catalog_query query = {0};
    enum status status = STATUS_OK;

    catalog_query_number(&query, PAGE_COLUMNS PAGE_TABLES " WHERE e.record = ?", (int64_t)number);
    status = catalog_query_run(&query, view, each_entry, &caller, error);
    if (status == STATUS_OK)
        return error_set(error, STATUS_NOT_FOUND, "record %llu is no entry, or has expired",
                         (unsigned long long)number);
    return status == STATUS_EXISTS ? STATUS_OK : status;
}
