#include "base/permission.h"

#include "base/word_list.h"

static const struct word operator_roles[] = {
    {OPERATOR_GUARD, "guard", "guard", "值班员"},
    {OPERATOR_INSPECTOR, "inspector", "inspector", "检查员"},
    {OPERATOR_SYSTEM_ADMINISTRATOR, "system_administrator", "system administrator", "系统管理员"},
    {OPERATOR_SECURITY_ADMINISTRATOR, "security_administrator", "security administrator",
     "安全管理员"},
    {OPERATOR_AUDITOR, "auditor", "auditor", "审计员"},
};

static const struct word account_states[] = {
    {ACCOUNT_ACTIVE, "active", "active", "正常"},
    {ACCOUNT_DISABLED, "disabled", "disabled", "停用"},
    {ACCOUNT_LOCKED, "locked", "locked", "锁定"},
    {ACCOUNT_CLOSED, "closed", "closed", "已注销"},
};

static const struct word acts[] = {
    {ACT_SEE_STATE, "see_state", "see state and alarms", "查看设备状态和报警"},
    {ACT_SEE_ENTRIES, "see_entries", "see entries", "查看进出记录"},
    {ACT_WATCH, "watch", "watch recorded video", "回放录像"},
    {ACT_WATCH_LIVE, "watch_live", "watch live video", "查看实时画面"},
    {ACT_REVIEW_ENTRY, "review_entry", "mark an entry as reviewed", "复核进出记录"},
    {ACT_ACKNOWLEDGE_ALARM, "acknowledge_alarm", "acknowledge an alarm", "确认报警"},
    {ACT_EXPORT, "export", "take evidence away", "导出证据"},
    {ACT_HOLD_SET, "hold_set", "set an evidence hold", "设置证据保全"},
    {ACT_HOLD_RELEASE, "hold_release", "release an evidence hold", "解除证据保全"},
    {ACT_SEE_REGISTER, "see_register", "see the query register", "查看查询记录簿"},
    {ACT_SEE_REPORT, "see_report", "see the inspection report", "查看自查报告"},
    {ACT_TAKE_CHECKPOINT, "take_checkpoint", "take a checkpoint away", "取走检查点"},
    {ACT_VERIFY, "verify", "verify the records", "校验记录"},
    {ACT_SEE_ACCOUNTS, "see_accounts", "see accounts", "查看账号"},
    {ACT_CHANGE_ACCOUNTS, "change_accounts", "change accounts", "管理账号"},
    {ACT_APPROVE_EXPORT, "approve_export", "approve an export as the second person",
     "作为第二人批准导出"},
    {ACT_APPROVE_HOLD_RELEASE, "approve_hold_release",
     "approve a hold's release as the second person", "作为第二人批准解除保全"},
    {ACT_APPROVE_ACCOUNTS, "approve_accounts", "approve a change of accounts as the second person",
     "作为第二人批准账号变更"},
    {ACT_OWN_PASSWORD, "own_password", "change one's own password", "修改本人口令"},
};

WORD_LOOKUPS(operator_role)
WORD_LOOKUPS(account_state)
WORD_LOOKUPS(act)

#define GUARD    (1u << OPERATOR_GUARD)
#define INSPECT  (1u << OPERATOR_INSPECTOR)
#define SYSTEM   (1u << OPERATOR_SYSTEM_ADMINISTRATOR)
#define SECURITY (1u << OPERATOR_SECURITY_ADMINISTRATOR)
#define AUDIT    (1u << OPERATOR_AUDITOR)

/* The table: for each act who may, and what its second person must be allowed to do. */
/* clang-format off */
static const struct {
    unsigned roles;
    enum act second;
} permissions[] = {
    [ACT_SEE_STATE]            = {GUARD | INSPECT | SYSTEM | SECURITY | AUDIT, ACT_NONE},
    [ACT_SEE_ENTRIES]          = {GUARD | INSPECT | AUDIT, ACT_NONE},
    [ACT_WATCH]                = {GUARD | INSPECT | AUDIT, ACT_NONE},
    [ACT_WATCH_LIVE]           = {GUARD | INSPECT | AUDIT, ACT_NONE},
    [ACT_REVIEW_ENTRY]         = {GUARD, ACT_NONE},
    [ACT_ACKNOWLEDGE_ALARM]    = {GUARD | SYSTEM, ACT_NONE},
    [ACT_EXPORT]               = {INSPECT, ACT_APPROVE_EXPORT},
    [ACT_HOLD_SET]             = {INSPECT, ACT_NONE},
    [ACT_HOLD_RELEASE]         = {INSPECT, ACT_APPROVE_HOLD_RELEASE},
    [ACT_SEE_REGISTER]         = {INSPECT | AUDIT, ACT_NONE},
    [ACT_SEE_REPORT]           = {INSPECT | SYSTEM | SECURITY | AUDIT, ACT_NONE},
    [ACT_TAKE_CHECKPOINT]      = {INSPECT | SYSTEM, ACT_NONE},
    [ACT_VERIFY]               = {INSPECT | SYSTEM | SECURITY | AUDIT, ACT_NONE},
    [ACT_SEE_ACCOUNTS]         = {SECURITY | AUDIT, ACT_NONE},
    [ACT_CHANGE_ACCOUNTS]      = {SECURITY, ACT_APPROVE_ACCOUNTS},
    [ACT_APPROVE_EXPORT]       = {INSPECT | SECURITY, ACT_NONE},
    [ACT_APPROVE_HOLD_RELEASE] = {INSPECT | SECURITY, ACT_NONE},
    [ACT_APPROVE_ACCOUNTS]     = {SYSTEM, ACT_NONE},
    [ACT_OWN_PASSWORD]         = {GUARD | INSPECT | SYSTEM | SECURITY | AUDIT, ACT_NONE},
};
/* clang-format on */

#define ACT_COUNT (sizeof permissions / sizeof permissions[0])

bool permission_allows(enum operator_role role, enum act act)
{
    bool is_known = word_operator_role(role) != NULL && (size_t)act < ACT_COUNT;
    return is_known && (permissions[act].roles & (1u << role)) != 0;
}

enum act permission_second(enum act act)
{
    return (size_t)act < ACT_COUNT ? permissions[act].second : ACT_NONE;
}
