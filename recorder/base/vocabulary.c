#include "base/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "base/word_list.h"

static const struct word record_kinds[] = {
    {RECORD_LEDGER, "ledger", "ledger begun", "账本建立"},
    {RECORD_KEY, "key", "key", "密钥"},
    {RECORD_CHECKPOINT_LOST, "checkpoint_lost", "ledger rolled back", "账本被回退"},
    {RECORD_ENTRY, "entry", "door event", "门禁记录"},
    {RECORD_ALARM, "alarm", "alarm", "报警"},
    {RECORD_SEGMENT, "segment", "video segment", "录像片段"},
    {RECORD_GAP, "gap", "gap in video", "录像中断"},
    {RECORD_CAMERA, "camera", "camera", "摄像机"},
    {RECORD_SOURCE, "source", "door controller", "门禁控制器"},
    {RECORD_OPERATOR, "operator", "operator action", "操作记录"},
    {RECORD_ACCOUNT, "account", "account", "账号"},
    {RECORD_HOLD, "hold", "evidence hold", "证据保全"},
    {RECORD_EXPIRY, "expiry", "expiry", "到期清除"},
    {RECORD_CONFIG, "config", "configuration", "配置"},
    {RECORD_PROGRAM, "program", "programs", "程序"},
    {RECORD_CLOCK, "clock", "clock", "时钟"},
    {RECORD_HEALTH, "health", "appliance", "设备运行状态"},
    {RECORD_HEARTBEAT, "heartbeat", "heartbeat", "心跳"},
    {RECORD_ANCHOR, "anchor", "checkpoint handed out", "检查点外送"},
};

static const struct word door_events[] = {
    {DOOR_ACCESS_REQUESTED, "access_requested", "access requested", "请求通行"},
    {DOOR_ACCESS_GRANTED, "access_granted", "access granted", "准许通行"},
    {DOOR_ACCESS_DENIED, "access_denied", "access denied", "拒绝通行"},
    {DOOR_ACCESS_TAKEN, "access_taken", "went in", "已通行"},
    {DOOR_ACCESS_NOT_TAKEN, "access_not_taken", "granted, but nobody went in", "准许后未通行"},
    {DOOR_DURESS, "duress", "duress", "胁迫报警"},
    {DOOR_READ_ERROR, "read_error", "credential could not be read", "读卡错误"},
    {DOOR_CREDENTIAL_UNKNOWN, "credential_unknown", "unknown credential", "未知凭证"},
    {DOOR_APB_VIOLATION, "apb_violation", "anti-passback violation", "违反反潜回规则"},
    {DOOR_DUAL_WAITING, "dual_waiting", "waiting for the second person", "等待第二人验证"},
    {DOOR_DUAL_COMPLETED, "dual_completed", "two-person access completed", "双人验证完成"},
    {DOOR_DUAL_TIMEOUT, "dual_timeout", "second person did not come", "双人验证超时"},
    {DOOR_OPENED, "opened", "door opened", "门已打开"},
    {DOOR_CLOSED, "closed", "door closed", "门已关闭"},
    {DOOR_FORCED, "forced", "door forced", "强行开门"},
    {DOOR_HELD_PREALARM, "held_prealarm", "door about to be held open too long", "门即将开启超时"},
    {DOOR_HELD, "held", "door held open too long", "门开启超时"},
    {DOOR_FAULT, "fault", "door fault", "门故障"},
    {DOOR_LOCKED, "locked", "locked", "已上锁"},
    {DOOR_UNLOCKED, "unlocked", "unlocked", "已开锁"},
    {DOOR_LOCK_FAULT, "lock_fault", "lock fault", "电锁故障"},
    {DOOR_MODE_CHANGED, "mode_changed", "door mode changed", "门工作模式变更"},
    {DOOR_REX_PRESSED, "rex_pressed", "exit button pressed", "按下出门按钮"},
    {DOOR_EMERGENCY_RELEASE, "emergency_release", "emergency release", "紧急开门"},
    {DOOR_TAMPER, "tamper", "tamper", "防拆报警"},
    {DOOR_SUPERVISION, "supervision", "line open or shorted", "线路开路或短路"},
    {DOOR_SOURCE_ONLINE, "source_online", "controller online", "控制器上线"},
    {DOOR_SOURCE_OFFLINE, "source_offline", "controller offline", "控制器离线"},
    {DOOR_SOURCE_REBOOTED, "source_rebooted", "controller restarted", "控制器重启"},
    {DOOR_CLOCK_UNSYNCED, "clock_unsynced", "controller clock not set", "控制器时钟未同步"},
    {DOOR_CLOCK_STEPPED, "clock_stepped", "controller clock stepped", "控制器时钟跳变"},
    {DOOR_RECORDS_LOST, "records_lost", "controller records lost", "控制器记录丢失"},
    {DOOR_LOSS_UNKNOWN, "loss_unknown", "controller records may be lost", "控制器记录可能丢失"},
    {DOOR_LOG_NEARLY_FULL, "log_nearly_full", "controller log nearly full", "控制器记录存储将满"},
    {DOOR_UNKNOWN_CODE, "unknown_code", "event code not in the profile", "未定义的事件代码"},
    {DOOR_CLOCK_SET, "clock_set", "controller clock set", "已校准控制器时钟"},
    {DOOR_OPEN_UNSEEN, "open_unseen", "door open, no camera sees it", "开门期间无摄像机画面"},
    {DOOR_KEY_PRESSED, "key_pressed", "key pressed", "键盘按键"},
};

static const struct word deny_reasons[] = {
    {DENY_NONE, "none", "no reason given", "未说明原因"},
    {DENY_CREDENTIAL_NOT_ENABLED, "credential_not_enabled", "credential not enabled", "凭证未启用"},
    {DENY_CREDENTIAL_NOT_ACTIVE, "credential_not_active", "credential not yet valid", "凭证未生效"},
    {DENY_CREDENTIAL_EXPIRED, "credential_expired", "credential expired", "凭证已过期"},
    {DENY_INVALID_PIN, "invalid_pin", "wrong PIN", "密码错误"},
    {DENY_NOT_PERMITTED_AT_THIS_TIME, "not_permitted_at_this_time", "not permitted at this time",
     "不在允许通行时段"},
    {DENY_UNAUTHORIZED, "unauthorized", "not authorised for this door", "无此门通行权限"},
    {DENY_OTHER, "other", "another reason", "其他原因"},
};

static const struct word gap_causes[] = {
    {GAP_UNREACHABLE, "unreachable", "camera unreachable", "摄像机无法连接"},
    {GAP_REFUSED, "refused", "camera refused the connection", "摄像机拒绝连接"},
    {GAP_STALLED, "stalled", "no picture although connected", "已连接但无画面"},
    {GAP_ENDED, "ended", "camera closed the stream", "摄像机关闭码流"},
    {GAP_BAD_STREAM, "bad_stream", "stream could not be recorded", "码流无法录制"},
    {GAP_CERTIFICATE, "certificate", "camera certificate is not the pinned one",
     "摄像机证书与指定证书不符"},
    {GAP_CAMERA_PROCESS, "camera_process", "camera process restarted", "取流进程重启"},
    {GAP_RECORDER_STOPPED, "recorder_stopped", "recorder stopped in order", "录像设备正常停机"},
    {GAP_RECORDER_FAILED, "recorder_failed", "recorder failed or lost power",
     "录像设备异常中断或断电"},
    {GAP_STORAGE, "storage", "storage failed", "存储故障"},
    {GAP_DISK_FULL, "disk_full", "disk full", "磁盘已满"},
    {GAP_NOT_AUTHORISED, "not_authorised", "not authorised: check user and password",
     "认证失败：请检查用户名和密码"},
    {GAP_PIN_UNREADABLE, "pin_unreadable", "pinned certificate file cannot be read",
     "指定证书文件无法读取"},
    {GAP_PASSWORD_UNREADABLE, "password_unreadable", "password file cannot be read",
     "口令文件无法读取"},
    {GAP_NOT_DELIVERED, "not_delivered", "stream went on without pictures of this time",
     "码流未中断，但没有该时段的画面"},
};

static const struct word camera_notes[] = {
    {CAMERA_ONLINE, "online", "camera online", "摄像机上线"},
    {CAMERA_OFFLINE, "offline", "camera offline", "摄像机离线"},
    {CAMERA_AUDIO_UNSUPPORTED, "audio_unsupported", "audio not recorded: codec not supported",
     "音频编码不支持，仅录制视频"},
    {CAMERA_PARAMETERS_CHANGED, "parameters_changed", "stream parameters changed", "码流参数变更"},
    {CAMERA_TIMESTAMPS_MISSING, "timestamps_missing", "timestamps missing", "时间戳缺失"},
    {CAMERA_TIMESTAMPS_JUMPED, "timestamps_jumped", "timestamps jumped", "时间戳跳变"},
    {CAMERA_LONG_GOP, "long_gop", "keyframes too far apart", "关键帧间隔过长"},
    {CAMERA_FLOODED, "flooded", "more data than the camera's share", "数据量超出配额"},
    {CAMERA_MALFORMED, "malformed", "malformed data left out", "已剔除无效数据"},
    {CAMERA_IDENTITY_CHANGED, "identity_changed", "camera identity changed", "摄像机身份特征变更"},
    {CAMERA_SEGMENT_RECOVERED, "segment_recovered", "segment recovered", "录像片段已恢复"},
};

static const struct word health_events[] = {
    {HEALTH_STARTED, "started", "recorder started", "设备启动"},
    {HEALTH_STOPPED, "stopped", "recorder stopped", "设备停止"},
    {HEALTH_WORKER_ENDED, "worker_ended", "process ended unexpectedly", "进程异常退出"},
    {HEALTH_PEER_CUT_OFF, "peer_cut_off", "process cut off: forbidden message",
     "进程发送违规消息，已断开"},
    {HEALTH_ROW_ALTERED, "row_altered", "ledger record altered", "账本记录被篡改"},
    {HEALTH_NODES_REBUILT, "nodes_rebuilt", "ledger tree rebuilt", "账本哈希树已重建"},
    {HEALTH_ROWS_QUARANTINED, "rows_quarantined", "unsigned records quarantined",
     "未签名记录已隔离"},
    {HEALTH_LEDGER_SET_ASIDE, "ledger_set_aside", "ledger set aside, new one begun",
     "原账本已停用留存，启用新账本"},
    {HEALTH_CATALOG_REBUILT, "catalog_rebuilt", "search index rebuilt", "检索目录已重建"},
    {HEALTH_VOLUME_MISMATCH, "volume_mismatch", "wrong storage volume", "存储卷不符"},
    {HEALTH_SPACE_SHORT, "space_short", "space for the retention time is running short",
     "存储空间不足以满足保存期限"},
    {HEALTH_SPACE_FULL, "space_full", "storage full", "存储空间已满"},
    {HEALTH_SPACE_RELIEVED, "space_relieved", "storage space sufficient again", "存储空间恢复充足"},
    {HEALTH_STORAGE_ERROR, "storage_error", "storage error", "存储错误"},
    {HEALTH_NOTE_SLOT_INVALID, "note_slot_invalid", "progress note torn or altered",
     "进度凭据残缺或被改动"},
    {HEALTH_CAMERA_OVER_SHARE, "camera_over_share", "camera exceeds its share of storage",
     "摄像机超出存储配额"},
    {HEALTH_ROLLED_BACK, "rolled_back", "an older state may have been put back",
     "疑似被恢复为较旧的状态"},
    {HEALTH_HOLD_UNREADABLE, "hold_unreadable", "a hold cannot be read: nothing is deleted",
     "保全记录无法读取，暂停一切删除"},
    {HEALTH_PROCESS_FAILING, "process_failing", "process ends again and again", "进程反复异常退出"},
    {HEALTH_ROSTER_UNUSABLE, "roster_unusable", "the roster of people cannot be used",
     "人员名册无法使用"},
    {HEALTH_FAILED, "failed", "recorder ended out of order", "设备异常停止"},
    {HEALTH_EXPORT_KEY_ALTERED, "export_key_altered", "export key altered", "导出密钥被篡改"},
    {HEALTH_ACCOUNTS_ALTERED, "accounts_altered", "accounts changed behind the program's back",
     "账号被绕过程序篡改"},
    {HEALTH_ACCOUNTS_OPENED, "accounts_opened", "a first account may be made anew",
     "首个账号可被重新建立"},
};

static const struct word account_events[] = {
    {ACCOUNT_EVENT_CREATED, "created", "account made", "新建账号"},
    {ACCOUNT_EVENT_FIRST_CREATED, "first_created", "first account made with the one-time code",
     "凭一次性代码建立首个账号"},
    {ACCOUNT_EVENT_PERSON_CHANGED, "person_changed", "person's name changed", "变更人员姓名"},
    {ACCOUNT_EVENT_ROLE_CHANGED, "role_changed", "role changed", "变更角色"},
    {ACCOUNT_EVENT_PASSWORD_GIVEN, "password_given", "initial password given", "设置初始口令"},
    {ACCOUNT_EVENT_PASSWORD_CHANGED, "password_changed", "password changed by its person",
     "本人修改口令"},
    {ACCOUNT_EVENT_DISABLED, "disabled", "account disabled", "停用账号"},
    {ACCOUNT_EVENT_ENABLED, "enabled", "account enabled", "启用账号"},
    {ACCOUNT_EVENT_LOCKED, "locked", "account locked after failed log-ins",
     "多次登录失败，账号锁定"},
    {ACCOUNT_EVENT_UNLOCKED, "unlocked", "account unlocked", "账号解锁"},
    {ACCOUNT_EVENT_CLOSED, "closed", "account closed for ever", "账号注销"},
    {ACCOUNT_EVENT_UNUSED, "unused", "account disabled: nobody used it", "账号长期未使用，已停用"},
    {ACCOUNT_EVENT_ALTERED_OUTSIDE, "altered_outside", "account changed behind the program's back",
     "账号被绕过程序改动"},
    {ACCOUNT_EVENT_FIRST_CODE, "first_code", "one-time code for a first account given out",
     "发放首个账号的一次性代码"},
};

static const struct word operator_actions[] = {
    {OPERATOR_LOOKUP, "lookup", "looked up", "查询"},
    {OPERATOR_SEAL_NOW, "seal_now", "sealed at once", "立即封存"},
    {OPERATOR_EXPORT, "export", "asked for a package", "申请导出"},
    {OPERATOR_EXPORTED, "exported", "package made or not", "导出结果"},
    {OPERATOR_LOGIN, "login", "logged in", "登录"},
    {OPERATOR_LOGIN_FAILED, "login_failed", "log-in failed", "登录失败"},
    {OPERATOR_LOGOUT, "logout", "session ended", "退出登录"},
    {OPERATOR_REFUSED, "refused", "refused: not this role's part", "越权操作被拒绝"},
    {OPERATOR_REVIEW, "review", "entry reviewed", "复核进出记录"},
    {OPERATOR_ACKNOWLEDGE, "acknowledge", "alarm acknowledged", "确认报警"},
    {OPERATOR_VERIFIED, "verified", "verification's verdict", "核验结论"},
};

const struct word *word_list_code(struct word_list list, unsigned code)
{
    for (size_t i = 0; i < list.count; i++) {
        if (list.words[i].code == code) {
            return &list.words[i];
        }
    }
    return NULL;
}

const struct word *word_list_name(struct word_list list, const char *name)
{
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.words[i].name, name) == 0) {
            return &list.words[i];
        }
    }
    return NULL;
}

WORD_LOOKUPS(record_kind)
WORD_LOOKUPS(door_event)
WORD_LOOKUPS(deny_reason)
WORD_LOOKUPS(gap_cause)
WORD_LOOKUPS(camera_note)
WORD_LOOKUPS(health_event)
WORD_LOOKUPS(account_event)
WORD_LOOKUPS(operator_action)

bool word_is_formed(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return name[size] == '\0' && size < WORD_NAME_SIZE && strspn(name, letters) > 0;
}

const char *word_text(const struct word *word, enum language language)
{
    return language == LANGUAGE_CHINESE ? word->chinese : word->english;
}

bool record_kind_is_permanent(enum record_kind kind)
{
    /* A kind that is not thought of here stays. */
    static const enum record_kind going[] = {RECORD_ENTRY,  RECORD_ALARM,    RECORD_SEGMENT,
                                             RECORD_CAMERA, RECORD_SOURCE,   RECORD_OPERATOR,
                                             RECORD_HEALTH, RECORD_HEARTBEAT};
    for (size_t i = 0; i < sizeof going / sizeof going[0]; i++) {
        if (kind == going[i]) {
            return false;
        }
    }
    return true;
}

enum language language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return strncmp(value, "zh", 2) == 0 ? LANGUAGE_CHINESE : LANGUAGE_ENGLISH;
        }
    }
    return LANGUAGE_ENGLISH;
}
