#include "audit/verdict_word.h"

#include <string.h>

static const struct {
    const char *name;
    int exit_code;
    const char *texts[2]; /* by enum language */
} words[] = {
    [AUDIT_AUTHENTIC] = {"authentic", 0, {"AUTHENTIC", "真实完整"}},
    [AUDIT_ALTERED] = {"altered", 1, {"ALTERED", "已被更改"}},
    [AUDIT_INCOMPLETE] = {"incomplete", 3, {"AUTHENTIC BUT INCOMPLETE", "真实但不完整"}},
    [AUDIT_CANNOT_TELL] = {"cannot_tell", 4, {"CANNOT TELL", "无法判定"}},
};

enum audit_verdict audit_verdict_of(const struct findings *findings)
{
    static const enum audit_verdict verdicts[] = {
        [FINDING_NOTE] = AUDIT_AUTHENTIC,
        [FINDING_INCOMPLETE] = AUDIT_INCOMPLETE,
        [FINDING_CANNOT_TELL] = AUDIT_CANNOT_TELL,
        [FINDING_ALTERED] = AUDIT_ALTERED,
    };
    return verdicts[findings->heaviest];
}

int audit_exit_code(enum audit_verdict verdict)
{
    return words[verdict].exit_code;
}

const char *audit_verdict_name(enum audit_verdict verdict)
{
    return words[verdict].name;
}

bool audit_verdict_is_named(const char *name)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

const char *audit_verdict_text(enum audit_verdict verdict, enum language language)
{
    return words[verdict].texts[language];
}
