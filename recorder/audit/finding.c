#include "audit/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"

struct fault {
    enum finding_class class;
    const char *name;
    const char *english;
    const char *chinese;
};

static const struct fault faults[FAULT_COUNT] = {
    [FAULT_RECORD_ALTERED] = {FINDING_ALTERED, "record_altered",
                              "the record is not the one that was sealed", "记录与封存时不同"},
    [FAULT_BODY_ALTERED] = {FINDING_ALTERED, "body_altered",
                            "the record's content is not the one that was sealed",
                            "记录内容与封存时不同"},
    [FAULT_RECORD_MISSING] = {FINDING_ALTERED, "record_missing", "the record is missing",
                              "记录缺失"},
    [FAULT_RECORD_UNREADABLE] = {FINDING_INCOMPLETE, "record_unreadable",
                                 "the record cannot be read from the disk", "记录无法从磁盘读出"},
    [FAULT_RECORD_BEYOND] = {FINDING_ALTERED, "record_beyond",
                             "the record stands beyond the newest checkpoint and was never sealed",
                             "记录位于最新检查点之后，从未封存"},
    [FAULT_BODY_MISSING] = {FINDING_ALTERED, "body_missing",
                            "the record's content is missing, and no expiry record names it",
                            "记录内容缺失，且没有到期记录"},
    [FAULT_RECORD_MALFORMED] = {FINDING_ALTERED, "record_malformed",
                                "the sealed record is not in its form", "封存的记录格式不符"},
    [FAULT_RECORDS_UNPROVED] = {FINDING_ALTERED, "records_unproved",
                                "neither the records nor the stored tree fit the signed root here",
                                "此处记录与存储的树均与签名的根不符"},
    [FAULT_RECORDS_UNCOVERED] = {FINDING_ALTERED, "records_uncovered",
                                 "no valid checkpoint covers these records",
                                 "没有有效的检查点覆盖这些记录"},
    [FAULT_SEQUENCE_BROKEN] = {FINDING_ALTERED, "sequence_broken",
                               "the source's count has a hole or a repetition",
                               "来源的序号有缺号或重号"},
    [FAULT_TIME_BROKEN] = {FINDING_ALTERED, "time_broken",
                           "the records of one boot are not in the order of time",
                           "同一次启动的记录时间顺序错乱"},
    [FAULT_SOURCE_SILENT] = {FINDING_NOTE, "source_silent",
                             "the source was silent for longer than a heartbeat allows",
                             "来源静默超过心跳间隔"},
    [FAULT_NODE_ALTERED] = {FINDING_ALTERED, "node_altered",
                            "a stored node of the tree is altered or missing; the records are not",
                            "存储的树节点被更改或缺失（记录未变）"},
    [FAULT_NODE_EXTRA] = {FINDING_ALTERED, "node_extra",
                          "a stored node belongs to no sealed record", "多余的树节点"},
    [FAULT_CHECKPOINT_ALTERED] = {FINDING_ALTERED, "checkpoint_altered",
                                  "the stored checkpoint is altered", "存储的检查点被更改"},
    [FAULT_CHECKPOINT_FOREIGN] = {FINDING_ALTERED, "checkpoint_foreign",
                                  "the checkpoint is not signed by this device's key",
                                  "检查点不是由本设备密钥签名"},
    [FAULT_CHECKPOINT_FORK] = {FINDING_ALTERED, "checkpoint_fork",
                               "a signed checkpoint states another history than the records",
                               "签名的检查点与记录的历史不一致"},
    [FAULT_NEWEST_ALTERED] = {FINDING_ALTERED, "newest_altered",
                              "the second copy of the newest checkpoint is altered",
                              "最新检查点的第二份副本被更改"},
    [FAULT_NO_CHECKPOINT] = {FINDING_CANNOT_TELL, "no_checkpoint", "there is no checkpoint",
                             "没有检查点"},
    [FAULT_QUARANTINE] = {FINDING_ALTERED, "quarantine",
                          "what was added beyond the newest checkpoint was put in quarantine",
                          "最新检查点之后添加的内容已被隔离"},
    [FAULT_SINCE_AHEAD] =
        {FINDING_ALTERED, "since_ahead",
         "the checkpoint from outside covers records that are not there: an older "
         "state was put back",
         "外部检查点覆盖的记录不存在：数据已被还原成旧版本"},
    [FAULT_SINCE_FORK] = {FINDING_ALTERED, "since_fork",
                          "the ledger's history is not the one of the checkpoint from outside",
                          "账本历史与外部检查点不一致"},
    [FAULT_SINCE_OTHER] = {FINDING_ALTERED, "since_other",
                           "the checkpoint from outside is of another ledger: this one took its "
                           "place",
                           "外部检查点属于另一账本：账本已被替换"},
    [FAULT_NO_CERTIFICATE] = {FINDING_CANNOT_TELL, "no_certificate",
                              "there is no certificate to judge by", "没有可用于核验的证书"},
    [FAULT_KEY_NOT_TRUSTED] = {FINDING_ALTERED, "key_not_trusted",
                               "the ledger is signed by another key than the trusted one",
                               "账本由受信任密钥以外的密钥签名"},
    [FAULT_CERTIFICATE_ALTERED] = {FINDING_ALTERED, "certificate_altered",
                                   "the certificate is not the one of the key that signs",
                                   "证书与签名密钥不符"},
    [FAULT_CERTIFICATE_UNJUDGED] = {FINDING_NOTE, "certificate_unjudged",
                                    "the certificate is not the one on record, and only its "
                                    "issuer's could say whether it is right",
                                    "证书与记录中的不同，需提供签发者证书才能判定"},
    [FAULT_EXPORT_KEY_FOREIGN] = {FINDING_ALTERED, "export_key_foreign",
                                  "the export key was not certified by the device key",
                                  "导出密钥未经设备密钥认证"},
    [FAULT_ROLLED_BACK] = {FINDING_ALTERED, "rolled_back",
                           "the recorder found itself rolled back here: sealed records are gone",
                           "录像设备在此处发现账本被回退：已封存的记录丢失"},
    [FAULT_PREDECESSOR_LOST] = {FINDING_ALTERED, "predecessor_lost",
                                "this ledger begins after another, which is not here",
                                "本账本接续另一账本，而后者不在此处"},
    [FAULT_PREDECESSOR_ASIDE] = {FINDING_ALTERED, "predecessor_aside",
                                 "this ledger begins after another, which could not be used and "
                                 "was set aside",
                                 "本账本接续另一账本，后者无法使用，已停用留存"},
    [FAULT_LEDGER_MISSING] = {FINDING_ALTERED, "ledger_missing", "the ledger is missing",
                              "账本缺失"},
    [FAULT_LEDGER_UNREADABLE] = {FINDING_INCOMPLETE, "ledger_unreadable",
                                 "the ledger's file cannot be read from the disk here",
                                 "账本文件此处无法从磁盘读出"},
    [FAULT_LEDGER_STRUCTURE] = {FINDING_ALTERED, "ledger_structure",
                                "the structure of the ledger's file is damaged here",
                                "账本文件结构在此处损坏"},
    [FAULT_LEDGER_IDENTITY] = {FINDING_ALTERED, "ledger_identity",
                               "what the ledger's file says of itself does not fit its records",
                               "账本文件的自述与记录不符"},
    [FAULT_INDEX_ALTERED] = {FINDING_ALTERED, "index_altered",
                             "an index in the ledger's file does not fit the records",
                             "账本文件中的索引与记录不符"},
    [FAULT_PIECES_ALTERED] = {FINDING_ALTERED, "pieces_altered",
                              "the stored list of a segment's pieces does not fit its record",
                              "存储的分片清单与录像片段的记录不符"},
    [FAULT_SLOT_INVALID] = {FINDING_NOTE, "slot_invalid",
                            "one of the two progress notes is torn or altered; the other is valid",
                            "两份进度凭据之一残缺或被更改，另一份有效"},
    [FAULT_SLOTS_INVALID] = {FINDING_ALTERED, "slots_invalid", "no progress note is valid",
                             "进度凭据均无效"},
    [FAULT_NOTE_AHEAD] = {FINDING_ALTERED, "note_ahead",
                          "a progress note knows records that are not there: an older ledger was "
                          "put back",
                          "进度凭据所载的记录不存在：账本已被还原成旧版本"},
    [FAULT_NOTE_FORK] = {FINDING_ALTERED, "note_fork",
                         "a progress note names another history than the records",
                         "进度凭据与记录的历史不一致"},
    [FAULT_VOLUME_IDENTITY] = {FINDING_ALTERED, "volume_identity",
                               "the video volume's identity is missing or not this ledger's",
                               "录像卷标识缺失或不属于本账本"},
    [FAULT_VIDEO_ALTERED] = {FINDING_ALTERED, "video_altered",
                             "the video is not the one that was sealed", "录像与封存时不同"},
    [FAULT_VIDEO_CUT] = {FINDING_ALTERED, "video_cut", "the end of the video file is missing",
                         "录像文件末尾缺失"},
    [FAULT_VIDEO_GROWN] = {FINDING_ALTERED, "video_grown",
                           "something was appended to the sealed video file",
                           "封存的录像文件被追加内容"},
    [FAULT_VIDEO_MISSING] = {FINDING_ALTERED, "video_missing",
                             "the video file is missing, and no expiry record names it",
                             "录像文件缺失，且没有到期记录"},
    [FAULT_VIDEO_UNREADABLE] = {FINDING_INCOMPLETE, "video_unreadable",
                                "the video cannot be read from the disk", "录像无法从磁盘读出"},
    [FAULT_VIDEO_NOT_COVERED] = {FINDING_INCOMPLETE, "video_not_covered",
                                 "these bytes are covered by no signature made before the "
                                 "interruption",
                                 "这些字节未被中断前的签名覆盖"},
    [FAULT_VIDEO_BEING_WRITTEN] = {FINDING_NOTE, "video_being_written",
                                   "this part is being recorded and not sealed yet",
                                   "此部分正在录制，尚未封存"},
    [FAULT_FILE_UNKNOWN] = {FINDING_INCOMPLETE, "file_unknown",
                            "the file belongs to no record and to no progress note",
                            "文件不属于任何记录或进度凭据"},
    [FAULT_FILE_EXPIRED] = {FINDING_NOTE, "file_expired",
                            "the file's expiry is on record, and it is still or again there",
                            "文件已有到期记录，但仍然存在"},
    [FAULT_TIME_UNEXPLAINED] = {FINDING_INCOMPLETE, "time_unexplained",
                                "there is no video, and no record says why",
                                "没有录像，也没有记录说明原因"},
    [FAULT_GAP] = {FINDING_NOTE, "gap", "there is no video; a record says why",
                   "没有录像，原因已记录在案"},
    [FAULT_EXPIRED] = {FINDING_NOTE, "expired", "deleted after its time, as recorded",
                       "到期删除，有记录可查"},
    [FAULT_DELETED_EARLY] = {FINDING_INCOMPLETE, "deleted_early", "deleted before its time",
                             "未到期即被删除"},
    [FAULT_DELETED_HELD] = {FINDING_INCOMPLETE, "deleted_held", "deleted although it was held",
                            "在证据保全期间被删除"},
    [FAULT_DELETED_BELOW_FLOOR] = {FINDING_INCOMPLETE, "deleted_below_floor",
                                   "deleted below the retention floor, as recorded",
                                   "未满最低保存期限即被删除，有记录可查"},
    [FAULT_EXPIRY_FALSE] = {FINDING_ALTERED, "expiry_false",
                            "the expiry record does not fit what it names",
                            "到期记录与其所指内容不符"},
    [FAULT_BODIES_EXPIRED] = {FINDING_NOTE, "bodies_expired",
                              "records' bodies expired after their time, as recorded",
                              "记录正文到期删除，有记录可查"},
    [FAULT_BODY_EXPIRED] = {FINDING_NOTE, "body_expired",
                            "the body's expiry is on record, and it is still or again there",
                            "记录正文已有到期记录，但仍然存在"},
    [FAULT_CATALOG_DIFFERS] = {FINDING_NOTE, "catalog_differs",
                               "the search catalog does not fit the records; it is made again from "
                               "them",
                               "检索目录与记录不符，将由记录重建"},
    [FAULT_CATALOG_UNREADABLE] = {FINDING_NOTE, "catalog_unreadable",
                                  "the search catalog is missing or damaged; it is made again from "
                                  "the records",
                                  "检索目录缺失或损坏，将由记录重建"},
    [FAULT_PACKAGE_STRUCTURE] = {FINDING_ALTERED, "package_structure",
                                 "the package is not laid out as packages are",
                                 "证据包的结构与规定不符"},
    [FAULT_MEMBER_ALTERED] = {FINDING_ALTERED, "member_altered",
                              "the file in the package is not the one that was signed",
                              "证据包中的文件与签名时不同"},
    [FAULT_MEMBER_MISSING] = {FINDING_ALTERED, "member_missing",
                              "a file that belongs in the package is missing",
                              "证据包中应有的文件缺失"},
    [FAULT_MEMBER_UNLISTED] = {FINDING_ALTERED, "member_unlisted",
                               "the manifest does not list this file", "清单中没有这个文件"},
    [FAULT_MEMBER_MALFORMED] = {FINDING_ALTERED, "member_malformed",
                                "the file in the package is not in its form",
                                "证据包中的文件格式不符"},
    [FAULT_MANIFEST_ALTERED] = {FINDING_ALTERED, "manifest_altered",
                                "the manifest is not the one that was signed", "清单与签名时不同"},
    [FAULT_MANIFEST_FOREIGN] = {FINDING_ALTERED, "manifest_foreign",
                                "the manifest is not signed by this device's key",
                                "清单不是由本设备密钥签名"},
    [FAULT_MANIFEST_CONTRADICTED] = {FINDING_ALTERED, "manifest_contradicted",
                                     "the manifest contradicts what the package holds",
                                     "清单与证据包内容矛盾"},
    [FAULT_LEAF_ALTERED] = {FINDING_ALTERED, "leaf_altered",
                            "the hash beside the record is altered; the record is not",
                            "记录旁的散列值被更改（记录未变）"},
    [FAULT_RECORDS_LEFT_OUT] = {FINDING_ALTERED, "records_left_out",
                                "records that were asked for were left out", "所请求的记录被遗漏"},
    [FAULT_RECORD_UNASKED] = {FINDING_ALTERED, "record_unasked",
                              "the record is of a source that was not asked for",
                              "该记录的来源不在请求范围内"},
    [FAULT_CLIP_UNPROVED] = {FINDING_ALTERED, "clip_unproved",
                             "the pieces of the clip are not those of the sealed segment",
                             "视频文件的分片与封存的录像片段不符"},
    [FAULT_CLIP_CONTRADICTED] = {FINDING_ALTERED, "clip_contradicted",
                                 "the clip would show other than its recorded pieces: its tables "
                                 "do not follow from them",
                                 "视频文件的索引与其录制分片不符，播放器可能显示与录制不同的内容"},
    [FAULT_VIDEO_LEFT_OUT] = {FINDING_ALTERED, "video_left_out",
                              "recorded video that was asked for was left out",
                              "所请求的录像被遗漏"},
    [FAULT_VIDEO_MISTIMED] = {FINDING_ALTERED, "video_mistimed",
                              "the time that is stated of the video is not the recorded one",
                              "所述的录像时间与录制的不符"},
    [FAULT_NOT_TRUSTED] = {FINDING_CANNOT_TELL, "not_trusted",
                           "no certificate or fingerprint from outside the package was given",
                           "没有提供证据包之外的证书或指纹"},
    [FAULT_SINCE_NOT_SHOWN] = {FINDING_CANNOT_TELL, "since_not_shown",
                               "the package does not show how it stands to the outside checkpoint",
                               "证据包没有显示与外部检查点的关系"},
    [FAULT_NO_VIDEO] = {FINDING_INCOMPLETE, "no_video",
                        "there is no video of this time; a record says why",
                        "此时间没有录像，有记录说明原因"},
    [FAULT_VIDEO_EXPIRED] = {FINDING_INCOMPLETE, "video_expired",
                             "the video was deleted before the export, as recorded",
                             "录像在导出前已按记录删除"},
    [FAULT_CONTENT_EXPIRED] = {FINDING_INCOMPLETE, "content_expired",
                               "the record's content was deleted before the export, as recorded",
                               "记录内容在导出前已按记录删除"},
    [FAULT_CONTENT_WITHHELD] = {FINDING_INCOMPLETE, "content_withheld",
                                "the record's content is not shown", "记录内容未出示"},
};

static const char *const class_names[] = {
    [FINDING_NOTE] = "note",
    [FINDING_INCOMPLETE] = "incomplete",
    [FINDING_CANNOT_TELL] = "cannot_tell",
    [FINDING_ALTERED] = "altered",
};

enum finding_class fault_class(enum audit_fault fault)
{
    return faults[fault].class;
}

const char *finding_class_name(enum finding_class class)
{
    return class_names[class];
}

const char *fault_name(enum audit_fault fault)
{
    return faults[fault].name;
}

const char *fault_text(enum audit_fault fault, enum language language)
{
    return language == LANGUAGE_CHINESE ? faults[fault].chinese : faults[fault].english;
}

struct finding finding_of(enum audit_fault fault)
{
    return (struct finding){.fault = fault};
}

void finding_set_record(struct finding *finding, uint64_t record)
{
    finding->has_record = true;
    finding->record = record;
    finding->record_last = record;
}

void finding_set_bytes(struct finding *finding, uint64_t from, uint64_t to)
{
    finding->has_bytes = true;
    finding->from_byte = from;
    finding->to_byte = to;
}

/* Names and sentences may come from what was altered: what cannot be seen is shown as '?'. */
static void clean(char *text)
{
    if (utf8_is_visible(bytes_of_text(text))) {
        return;
    }
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f) {
            *at = '?';
        }
    }
}

struct finding finding_of_record(enum audit_fault fault, uint64_t record,
                                 const struct record_head *head)
{
    struct finding finding = finding_of(fault);
    finding_set_record(&finding, record);
    finding_set_file(&finding, "ledger.db");
    if (head != NULL) {
        memcpy(finding.subject, head->source, sizeof(finding.subject));
        finding.from_utc_ns = head->at_utc_ns;
        finding.to_utc_ns = head->at_utc_ns;
    }
    return finding;
}

void finding_set_file(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(finding->file, sizeof(finding->file), format, arguments);
    va_end(arguments);
    clean(finding->file);
}

void finding_set_detail(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(finding->detail, sizeof(finding->detail), format, arguments);
    va_end(arguments);
    clean(finding->detail);
}

static bool extends(const struct finding *last, const struct finding *next)
{
    if (last->fault != next->fault || strcmp(last->file, next->file) != 0 ||
        strcmp(last->subject, next->subject) != 0 || strcmp(last->detail, next->detail) != 0 ||
        last->cause != next->cause || last->segments != next->segments ||
        last->bodies != next->bodies || last->has_record != next->has_record ||
        last->has_bytes != next->has_bytes) {
        return false;
    }
    if (last->has_bytes) {
        return last->to_byte == next->from_byte && last->record == next->record;
    }
    return last->has_record && last->record_last + 1 == next->record;
}

static void extend(struct finding *last, const struct finding *next)
{
    last->record_last = next->record_last;
    last->to_byte = next->to_byte;
    last->to_utc_ns = next->to_utc_ns;
    if (last->from_utc_ns == 0) {
        last->from_utc_ns = next->from_utc_ns;
    }
}

void findings_add(struct findings *findings, const struct finding *finding)
{
    enum finding_class class = fault_class(finding->fault);
    if (class > findings->heaviest) {
        findings->heaviest = class;
    }
    if (findings->count > 0 && extends(&findings->list[findings->count - 1], finding)) {
        extend(&findings->list[findings->count - 1], finding);
        return;
    }
    if (findings->count == FINDINGS_MAX ||
        (class == FINDING_NOTE && findings->notes == NOTES_MAX)) {
        findings->dropped++;
        return;
    }
    if (findings->count == findings->capacity) {
        size_t capacity = findings->capacity == 0 ? 64 : findings->capacity * 2;
        struct finding *list = realloc(findings->list, capacity * sizeof(*list));
        if (list == NULL) {
            log_error("no memory to list what was found");
            findings->dropped++;
            return;
        }
        findings->list = list;
        findings->capacity = capacity;
    }
    findings->list[findings->count++] = *finding;
    findings->notes += class == FINDING_NOTE;
}

void findings_release(struct findings *findings)
{
    free(findings->list);
    *findings = (struct findings){0};
}
