#include "phrase/phrase.h"

#include <stdbool.h>
#include <string.h>

#include "phrase/phrase_tables.h"

/* Arguments and joined sentences inside one another. */
#define DEPTH_MAX 4
/* Characters compared for one text: what is made to be slow is not translated. */
#define STEPS_MAX 200000

static const struct phrase *const tables[] = {
    phrases_of_config,   phrases_of_system, phrases_of_audit,   phrases_of_records,
    phrases_of_evidence, phrases_of_export, phrases_of_console, phrases_of_accounts};

struct span {
    const char *text;
    size_t size;
};

struct match {
    const char *pattern;
    struct span arguments[PHRASE_ARGUMENTS_MAX];
    bool reasons[PHRASE_ARGUMENTS_MAX]; /* it stands after a colon: a sentence of its own */
    size_t count;
    unsigned *steps;
};

/* ---- recognising ---- */

/* "-12", "3.250": how much of it begins `text`. */
static size_t number_size(const char *text, const char *end)
{
    const char *at = text < end && *text == '-' ? text + 1 : text;
    const char *digits = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    if (at == digits)
        return 0;
    const char *point = at;
    if (at < end && *at == '.')
        at++;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)((at == point + 1 ? point : at) - text);
}

static bool fits(struct match *match, const char *pattern, const char *text, const char *end);

static bool fits_with(struct match *match, const char *pattern, struct span argument,
                      const char *end)
{
    size_t count = match->count;
    if (count == PHRASE_ARGUMENTS_MAX)
        return false;
    match->reasons[count] =
        pattern - match->pattern >= 4 && pattern[-3] == ' ' && pattern[-4] == ':';
    match->arguments[match->count++] = argument;
    if (fits(match, pattern, argument.text + argument.size, end))
        return true;
    match->count = count;
    return false;
}

/* The shortest argument first. */
static bool fits_text(struct match *match, const char *pattern, const char *text, const char *end)
{
    for (size_t size = 1; size <= (size_t)(end - text); size++)
        if (fits_with(match, pattern, (struct span){text, size}, end))
            return true;
    return false;
}

/* Recursion ends with the pattern: once for each of its arguments. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static bool fits(struct match *match, const char *pattern, const char *text, const char *end)
{
    for (; *pattern != '\0'; pattern++, text++) {
        if (++*match->steps > STEPS_MAX)
            return false;
        if (*pattern == '%' && pattern[1] == 's')
            return fits_text(match, pattern + 2, text, end);
        if (*pattern == '%' && pattern[1] == 'u') {
            size_t size = number_size(text, end);
            return size > 0 && fits_with(match, pattern + 2, (struct span){text, size}, end);
        }
        if (text == end || *text != *pattern)
            return false;
    }
    return text == end;
}

/* Characters of a pattern that are no argument. */
static size_t literal_size(const char *pattern)
{
    size_t size = 0;
    for (; *pattern != '\0'; pattern++)
        size += *pattern == '%' ? 0 : 1;
    return size;
}

/* The phrase that says most of `text` itself; NULL if none fits. */
static const struct phrase *find(struct span text, unsigned *steps, struct match *best)
{
    const struct phrase *found = NULL;
    size_t most = 0;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct phrase *phrase = tables[t]; phrase->english != NULL; phrase++) {
            struct match match = {.pattern = phrase->english, .steps = steps};
            size_t size = literal_size(phrase->english);
            *steps += 1;
            if (size <= most || size > text.size ||
                !fits(&match, phrase->english, text.text, text.text + text.size))
                continue;
            found = phrase;
            most = size;
            *best = match;
        }
    return found;
}

/* ---- wording again ---- */

struct writer {
    char *text;
    size_t size;
    size_t at;
    unsigned steps;
};

static bool put(struct writer *writer, const char *text, size_t size)
{
    if (size >= writer->size - writer->at)
        return false;
    memcpy(writer->text + writer->at, text, size);
    writer->at += size;
    writer->text[writer->at] = '\0';
    return true;
}

static bool say(struct writer *writer, struct span text, unsigned depth);

/* A name, a path, a number: what is no sentence stays. */
static bool say_name(struct writer *writer, struct span text, const char *no_name)
{
    return memmem(text.text, text.size, no_name, strlen(no_name)) == NULL &&
           put(writer, text.text, text.size);
}

static bool say_argument(struct writer *writer, struct span argument, bool is_reason,
                         unsigned depth)
{
    size_t at = writer->at;
    if (say(writer, argument, depth + 1))
        return true;
    writer->at = at;
    return say_name(writer, argument, is_reason ? " " : ": ");
}

static bool say_phrase(struct writer *writer, const struct phrase *phrase,
                       const struct match *match, unsigned depth)
{
    for (const char *at = phrase->chinese; *at != '\0'; at++) {
        bool is_argument = at[0] == '%' && at[1] >= '1' && at[1] <= '9';
        size_t index = is_argument ? (size_t)(at[1] - '1') : 0;
        if (!is_argument) {
            if (!put(writer, at, 1))
                return false;
            continue;
        }
        if (index >= match->count ||
            !say_argument(writer, match->arguments[index], match->reasons[index], depth))
            return false;
        at++;
    }
    return true;
}

/* Two sentences, or a name and a sentence. */
static bool say_joined(struct writer *writer, struct span text, unsigned depth)
{
    static const struct {
        const char *english;
        const char *chinese;
    } joints[] = {{": ", "："}, {"; ", "；"}};
    size_t begin = writer->at;
    for (size_t j = 0; j < sizeof joints / sizeof joints[0]; j++)
        for (size_t i = 1; i + 2 < text.size; i++) {
            struct span first = {text.text, i};
            struct span rest = {text.text + i + 2, text.size - i - 2};
            if (memcmp(text.text + i, joints[j].english, 2) != 0)
                continue;
            writer->at = begin;
            bool said = say(writer, first, depth + 1);
            if (!said) {
                writer->at = begin;
                said = say_name(writer, first, " ");
            }
            if (said && put(writer, joints[j].chinese, strlen(joints[j].chinese)) &&
                say(writer, rest, depth + 1))
                return true;
        }
    writer->at = begin;
    return false;
}

/* "cannot open x: No such file": the reason is no part of x. */
static bool say_with_reason(struct writer *writer, struct span text, unsigned depth)
{
    size_t begin = writer->at;
    const char *joint = NULL;
    for (size_t i = 1; i + 2 < text.size; i++)
        joint = memcmp(text.text + i, ": ", 2) == 0 ? text.text + i : joint;
    if (joint == NULL)
        return false;
    struct span first = {text.text, (size_t)(joint - text.text)};
    struct span reason = {joint + 2, text.size - first.size - 2};
    if (say(writer, first, depth + 1) && put(writer, "：", strlen("：")) &&
        say(writer, reason, depth + 1))
        return true;
    writer->at = begin;
    return false;
}

/* False, and something or nothing written, if it is not known. Recursion ends at DEPTH_MAX. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static bool say(struct writer *writer, struct span text, unsigned depth)
{
    struct match match = {0};
    if (depth > DEPTH_MAX || text.size == 0 || writer->steps > STEPS_MAX)
        return false;
    if (say_with_reason(writer, text, depth))
        return true;
    size_t begin = writer->at;
    const struct phrase *phrase = find(text, &writer->steps, &match);
    if (phrase != NULL && say_phrase(writer, phrase, &match, depth))
        return true;
    writer->at = begin;
    return say_joined(writer, text, depth);
}

const char *phrase_in(const char *english, enum language language, char *shown, size_t size)
{
    struct writer writer = {.text = shown, .size = size};
    struct span text = {english, strlen(english)};
    if (language != LANGUAGE_CHINESE || text.size >= size)
        return english;
    return say(&writer, text, 0) ? shown : english;
}
