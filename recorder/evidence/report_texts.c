#include "evidence/report_texts.h"

/* { English, Chinese } */
static const char *const texts[][2] = {
    [SAY_TITLE] = {"Evidence package report", "证据包报告"},
    [SAY_SUBTITLE] = {"Readable summary of an evidence package", "证据包内容摘要"},
    [SAY_LANGUAGE] = {"Language", "语言"},
    [SAY_NOTICE_TITLE] = {"This page is a readable summary.", "本页仅为便于阅读的摘要。"},
    [SAY_NOTICE] = {"What counts is the verdict of a verifier over the whole package: open "
                    "verify.html and give it this ZIP file, or run `sealroom-verify`. A page "
                    "like this can be written by anybody; “How to verify” below says how to "
                    "tell.",
                    "是否可信，以核验程序对整个证据包的判定为准：请打开 verify.html "
                    "并选择本 ZIP 文件，或运行 `sealroom-verify`。类似本页"
                    "的文件任何人都可以编写，如何辨别见下文“如何核验”。"},
    [SAY_GLANCE_RANGE] = {"Range", "时间范围"},
    [SAY_GLANCE_ENTRIES] = {"Entries", "进出记录"},
    [SAY_GLANCE_VIDEO] = {"Video in the range", "范围内有录像"},
    [SAY_GLANCE_MISSING] = {"Video that is missing", "缺少录像"},
    [SAY_GLANCE_NO_CAMERA] = {"no camera asked for", "未请求摄像机"},
    [SAY_GLANCE_NO_DOOR] = {"no door asked for", "未请求门"},
    [SAY_GLANCE_VERDICTS] = {"%1 granted, %2 denied", "准许 %1，拒绝 %2"},
    [SAY_GLANCE_CONCLUSIONS] = {"%1 of them the recorder’s conclusions", "其中 %1 条为本机推断"},
    [SAY_GLANCE_OF_CAMERAS] = {"over %1 cameras", "%1 台摄像机合计"},
    [SAY_GLANCE_OF_CAMERA] = {"of one camera", "1 台摄像机"},
    [SAY_GLANCE_SHARE] = {"%1 of what there should be", "占应录时长的 %1"},
    [SAY_GLANCE_WHOLE] = {"nothing is missing", "没有缺失"},
    [SAY_GLANCE_COMPLETE] =
        {"Complete as far as the recorder knows: all that was asked for is in the "
         "package.",
         "就本机所知内容齐全：所请求的内容均在包内。"},
    [SAY_GLANCE_INCOMPLETE] =
        {"Not all that was asked for is there: a verifier will call this package "
         "“authentic but incomplete” at best. What is missing, and why, stands "
         "under “Coverage” and “Entries”.",
         "所请求的内容并不齐全：核验结果至多为“真实但不完整”。缺少什么、原因为何，见"
         "“录像覆盖”与“进出记录”。"},
    [SAY_GLANCE_BROKEN] =
        {"The recorder found content that is not what was sealed: a verifier will "
         "call this package “altered”.",
         "本机发现部分内容与封存时不符：核验结果将为“已被更改”。"},
    [SAY_REQUEST] = {"The request", "请求"},
    [SAY_REQUEST_BY] = {"Requested by", "请求人"},
    [SAY_REQUEST_BY_UID] =
        {"local user with uid %1 of the recorder (as its kernel says, not a name "
         "somebody typed)",
         "录像设备本机用户 uid %1（由操作系统内核认定，并非自行填写的姓名）"},
    [SAY_REQUEST_BY_ACCOUNT] = {"%1, by the account %2 of the recorder", "%1（录像设备账号 %2）"},
    [SAY_REQUEST_SECOND] = {"Second person", "第二人"},
    [SAY_REQUEST_WHY] = {"Purpose", "用途"},
    [SAY_REQUEST_CASE] = {"Case", "案号"},
    [SAY_REQUEST_MEDIUM] = {"Medium", "介质"},
    [SAY_REQUEST_AT] = {"Requested at", "请求时间"},
    [SAY_REQUEST_RECORD] = {"Recorded as", "请求记录"},
    [SAY_REQUEST_RECORD_NUMBER] = {"record %1, made before a byte was copied",
                                   "第 %1 号记录，在复制任何数据之前写入账本"},
    [SAY_REQUEST_FROM] = {"From", "起"},
    [SAY_REQUEST_TO] = {"To (not in it)", "止（不含）"},
    [SAY_REQUEST_LENGTH] = {"Length", "时长"},
    [SAY_REQUEST_CAMERAS] = {"Cameras", "摄像机"},
    [SAY_REQUEST_DOORS] = {"Doors", "门"},
    [SAY_REQUEST_CONTROLLERS] = {"Door controllers", "门禁控制器"},
    [SAY_REQUEST_OTHERS] = {"Other sources", "其他来源"},
    [SAY_NOTHING_SAID] = {"not given", "未填写"},
    [SAY_NONE] = {"none", "无"},
    [SAY_DEVICE] = {"The recorder and its clock", "录像设备与时钟"},
    [SAY_DEVICE_SITE] = {"Site", "场所"},
    [SAY_DEVICE_ORIGIN] = {"Ledger", "账本标识"},
    [SAY_DEVICE_FINGERPRINT] = {"Certificate, SHA-256 fingerprint", "证书指纹（SHA-256）"},
    [SAY_DEVICE_COMPARE] = {"Compare it with the one that was noted down when the recorder was "
                            "installed, not with this page alone.",
                            "请与设备安装时抄录的指纹比对，不要仅凭本页。"},
    [SAY_DEVICE_SUITE] = {"Cryptography", "密码算法"},
    [SAY_DEVICE_SUITE_SM] = {"SM2 signatures, SM3 digests", "SM2 签名、SM3 摘要"},
    [SAY_DEVICE_SUITE_NIST] = {"ECDSA P-256 signatures, SHA-256 digests",
                               "ECDSA P-256 签名、SHA-256 摘要"},
    [SAY_DEVICE_VERSION] = {"Program", "程序版本"},
    [SAY_DEVICE_CHECKPOINT] = {"Proved by the signed checkpoint over", "据以证明的签名检查点"},
    [SAY_DEVICE_RECORDS] = {"the first %1 records of the ledger", "覆盖账本前 %1 条记录"},
    [SAY_CLOCK_NOW] = {"Clock when this was made", "制作时的时钟"},
    [SAY_CLOCK_SYNCED] =
        {"synchronised; measured offset %1 s, at most %2 s off by its own estimate "
         "(at %3)",
         "已同步；实测偏差 %1 秒，自估误差不超过 %2 秒（%3）"},
    [SAY_CLOCK_UNSYNCED] =
        {"not synchronised with any time source: how far it is off is not known (at "
         "%1)",
         "未与时间源同步：偏差未知（%1）"},
    [SAY_CLOCK_UNKNOWN] = {"not measured", "未测量"},
    [SAY_CLOCK_RANGE] = {"Clock in the range", "范围内的时钟"},
    [SAY_CLOCK_RANGE_ALL] = {"synchronised at all %1 records shown",
                             "所示 %1 条记录写入时均已同步"},
    [SAY_CLOCK_RANGE_SOME] = {"not synchronised at %1 of %2 records shown: their times may be off",
                              "所示 %2 条记录中有 %1 条写入时未同步：其时间可能有偏差"},
    [SAY_CLOCK_CAMERAS] = {"Cameras’ own clocks", "摄像机自身时钟"},
    [SAY_CLOCK_CAMERA] = {"%1: %2 to %3 s against the recorder", "%1：与本机相差 %2 至 %3 秒"},
    [SAY_CLOCK_ZONE] = {"All times are the recorder’s own, shown in local time with its distance "
                        "from UTC; entries.csv has UTC too.",
                        "时间均为录像设备时间，以当地时间显示并注明时区；UTC 时间见 entries.csv。"},
    [SAY_COVERAGE] = {"Coverage", "录像覆盖"},
    [SAY_COVERAGE_NONE] = {"No camera was asked for.", "未请求任何摄像机。"},
    [SAY_COVERAGE_LEGEND_VIDEO] = {"video", "录像"},
    [SAY_COVERAGE_LEGEND_GAP] = {"no video, recorded with its cause", "无录像（已记录原因）"},
    [SAY_COVERAGE_LEGEND_EXPIRED] = {"deleted, with a record of it", "已删除（有删除记录）"},
    [SAY_COVERAGE_LEGEND_ABSENT] = {"could not be copied", "未能复制"},
    [SAY_COVERAGE_LEGEND_NOTHING] = {"no record explains", "没有记录说明"},
    [SAY_COVERAGE_LEGEND_ENTRY] = {"an entry at a door of this camera", "该摄像机所对门的进出记录"},
    [SAY_COVERAGE_CAMERA] = {"Camera", "摄像机"},
    [SAY_COVERAGE_VIDEO] = {"Video", "有录像"},
    [SAY_COVERAGE_GAPS] = {"Gaps", "中断"},
    [SAY_COVERAGE_EXPIRED] = {"Deleted", "已删除"},
    [SAY_COVERAGE_ABSENT] = {"Not copied", "未复制"},
    [SAY_COVERAGE_UNEXPLAINED] = {"Unexplained", "无说明"},
    [SAY_COVERAGE_CLIPS] = {"Video files", "视频文件"},
    [SAY_CAUSES] = {"Missing video by cause", "缺少录像的原因"},
    [SAY_CAUSES_CAUSE] = {"Cause", "原因"},
    [SAY_CAUSES_COUNT] = {"Times", "次数"},
    [SAY_CAUSES_TOTAL] = {"Total", "合计"},
    [SAY_CAUSES_LONGEST] = {"Longest", "最长"},
    [SAY_MISSING] = {"When video is missing (UTC%1)", "缺少录像的时段（UTC%1）"},
    [SAY_MISSING_FROM] = {"From", "起"},
    [SAY_MISSING_TO] = {"To", "止"},
    [SAY_MISSING_LENGTH] = {"Length", "时长"},
    [SAY_MISSING_MORE] = {"%1 more are not listed here: the records in proof/records.txt have them "
                          "all.",
                          "另有 %1 处未列出，全部记录见 proof/records.txt。"},
    [SAY_MISSING_RECORDS] = {"Record", "记录"},
    [SAY_MISSING_NOTHING] =
        {"Nothing is missing: of every camera there is video for the whole range.",
         "没有缺失：每台摄像机在整个时间范围内均有录像。"},
    [SAY_EXPIRED_AGE] = {"deleted in order: kept for its time", "依规删除：保存期满"},
    [SAY_EXPIRED_SHARE] = {"deleted for space: its camera was over its share",
                           "因空间不足删除：该摄像机超出配额"},
    [SAY_EXPIRED_SPACE] = {"deleted for space: it was the oldest", "因空间不足删除：最早的录像"},
    [SAY_EXPIRED_PLAIN] = {"deleted, with a record of it", "已删除，并有删除记录"},
    [SAY_EXPIRED_BELOW] = {"before the time it had to be kept", "未满保存期限"},
    [SAY_ABSENT_UNREADABLE] = {"could not be read from the disk", "磁盘无法读取"},
    [SAY_ABSENT_ALTERED] = {"ALTERED: not what was sealed", "被改动：与封存内容不符"},
    [SAY_ABSENT_MISSING] = {"MISSING, without a record of its deletion", "文件缺失，且无删除记录"},
    [SAY_UNEXPLAINED] =
        {"no record explains this time (a camera that was new, or stopped in order)",
         "没有记录说明此时段（如摄像机刚接入或正常停用）"},
    [SAY_RECOVERED] = {"%1 recorded segments were sealed after a failure of the recorder; of them "
                       "%2 have bytes at their end that no signature covered before.",
                       "有 %1 段录像在设备异常后补封存；其中 %2 段末尾有此前未被签名覆盖的数据。"},
    [SAY_ENTRIES] = {"Entries", "进出记录"},
    [SAY_ENTRIES_NONE] = {"No entries in the range.", "范围内没有进出记录。"},
    [SAY_ENTRIES_NOT_ASKED] = {"No door was asked for.", "未请求任何门。"},
    [SAY_ENTRIES_INTRO] =
        {"In the order they were recorded. Times are by the controller’s clock "
         "where that is good, else when the recorder received it. The same entries, "
         "with UTC, are in entries.csv.",
         "按写入账本的顺序排列。控制器时钟可靠时用其时间，否则为本机收到的时间。同样的"
         "内容（含 UTC 时间）见 entries.csv。"},
    [SAY_ENTRIES_STILLS] =
        {"Stills are derived from the recorded video by decoding and scaling. They "
         "help to find a moment and are no evidence; the clips are.",
         "画面截图由录像解码、缩放而得，仅便于查找时刻，不是证据；证据是视频文件。"},
    [SAY_ENTRIES_RECORD] = {"No.", "记录号"},
    [SAY_ENTRIES_TIME] = {"Time", "时间"},
    [SAY_ENTRIES_EVENT] = {"Door and event", "门与事件"},
    [SAY_ENTRIES_PERSON] = {"Person and card", "人员与卡"},
    [SAY_ENTRIES_STILL] = {"Stills (derived)", "画面截图（非证据）"},
    [SAY_ENTRY_DERIVED] = {"recorder’s conclusion", "本机推断"},
    [SAY_ENTRY_RULE] = {"rule:", "规则："},
    [SAY_ENTRY_FROM] = {"from record", "依据记录"},
    [SAY_ENTRY_RECEIVED] = {"received %1", "收到于 %1"},
    [SAY_ENTRY_LOST] = {"the controller’s records %1 to %2", "控制器记录 %1 至 %2"},
    [SAY_ENTRY_FOUND] = {"found so; when it changed is not known", "发现时已如此，何时变化不详"},
    [SAY_ENTRY_IN] = {"in", "进"},
    [SAY_ENTRY_OUT] = {"out", "出"},
    [SAY_ENTRIES_OTHERS] =
        {"%1 further records of the same controllers belong to other doors and are "
         "not part of this package.",
         "同一控制器另有 %1 条记录属于其他门，未纳入本证据包。"},
    [SAY_ENTRIES_GONE] = {"%1 entries have no content any more: it expired, or was taken away; the "
                          "verifier says which.",
                          "有 %1 条进出记录的正文已不再保存：到期删除或被移走，以核验结果为准。"},
    [SAY_STILLS_COUNT] = {"%1 stills.", "共 %1 幅画面截图。"},
    [SAY_STILLS_WITHOUT] = {"Pictures that are not there (%1):", "有 %1 幅画面未提供："},
    [SAY_STILLS_LIMIT] = {"over the limit of %1 stills in a report; remarkable events came first",
                          "超出报告 %1 幅画面的上限（优先提供异常事件的画面）"},
    [SAY_STILLS_SIZE] = {"over the report’s size limit", "超出报告大小上限"},
    [SAY_STILLS_NO_VIDEO] = {"no video of that time", "该时刻无录像"},
    [SAY_STILLS_FAILED] = {"the picture could not be made", "未能生成画面"},
    [SAY_STILLS_ENDED] = {"the program that makes stills had ended, at the picture before them",
                          "生成截图的程序在此前的画面处已退出"},
    [SAY_STILLS_SWITCHED_OFF] = {"stills were not made", "未制作画面截图"},
    [SAY_STILL_ENDED] = {"no still: the program that makes them had ended",
                         "无截图：生成截图的程序已退出"},
    [SAY_STILL_NO_VIDEO] = {"no video", "无录像"},
    [SAY_STILL_EXPIRED] = {"video deleted", "录像已删除"},
    [SAY_STILL_ABSENT] = {"video not in the package", "录像不在包内"},
    [SAY_STILL_DERIVED] = {"not evidence", "非证据"},
    [SAY_ITEMS] = {"What is in the package", "证据包内容"},
    [SAY_ITEMS_INTRO] =
        {"Digests of the files as they are taken out of the ZIP file. The digest of "
         "this report itself, and of the proofs, stands in manifest.txt, which the "
         "recorder signed.",
         "以下为从 ZIP 取出后各文件的摘要。本报告及各证明文件的摘要记于由设备签名"
         "的 manifest.txt。"},
    [SAY_ITEMS_NAME] = {"File", "文件"},
    [SAY_ITEMS_SIZE] = {"Size", "大小"},
    [SAY_ITEMS_DIGEST] = {"Digest", "摘要"},
    [SAY_ITEMS_FOR_PEOPLE] = {"for people; proves nothing by itself", "供人阅读，自身不作证明"},
    [SAY_ITEMS_PAGE] = {"the verifier", "核验页面"},
    [SAY_ITEMS_THEN] = {"After these follow report.html (this page), the proofs below proof/ and "
                        "manifest.txt.",
                        "其后为 report.html（本页）、proof/ 下的证明文件和 man"
                        "ifest.txt。"},
    [SAY_VERIFY] = {"How to verify", "如何核验"},
    [SAY_VERIFY_1] = {"Keep the ZIP file as it was handed over; verify it before anything is "
                      "taken out of it or changed.",
                      "保持 ZIP 文件移交时的原样，先核验，再取出或处理其中内容。"},
    [SAY_VERIFY_2] = {"On any office PC, without network and with nothing to install: open "
                      "verify.html in Chrome, Edge or Firefox and drop the ZIP file on it. Use a "
                      "verify.html you trust: a forged package could bring a forged page. That "
                      "of this package must have this digest, and it must be the one the "
                      "recorder shows (`sealroom status`):",
                      "任何办公电脑，无需联网和安装：用 Chrome、Edge 或 Firefox"
                      " 打开 verify.html，将 ZIP 文件拖入。请使用可信的 veri"
                      "fy.html——伪造的证据包也可能附带伪造的页面。本包中 verify.h"
                      "tml 的摘要应如下，并与录像设备显示的（`sealroom status`"
                      "）一致："},
    [SAY_VERIFY_3] = {"Give it the certificate fingerprint that was noted down when the recorder "
                      "was installed. Without one from outside nobody can tell this package from "
                      "a forgery that is whole in itself, and the verdict is “cannot tell”. The "
                      "package claims this one:",
                      "填入设备安装时抄录的证书指纹。没有来自包外的指纹，就无法与整体伪造的证据包相"
                      "区分，判定为“无法判定”。本包声称的指纹为："},
    [SAY_VERIFY_4] = {"Or on Linux:", "或在 Linux 上运行："},
    [SAY_VERIFY_5] = {"Where a checkpoint of the recorder was kept outside (on paper, on another "
                      "medium), give it too (`--since`): it shows that nothing older was "
                      "rewritten, not even by somebody who has the recorder’s key.",
                      "如另存有该设备的检查点（纸质或其他介质），请一并提供（`--since`）："
                      "可证明此前的历史未被改写，即使改写者掌握设备密钥。"},
    [SAY_VERIFY_VERDICTS] =
        {"The verdict is one of four: authentic; authentic but incomplete (and what "
         "is missing, and why); altered (which record, file and bytes); cannot "
         "tell.",
         "判定结果为四者之一：真实完整；真实但不完整（指明缺少什么及原因）；已被更改（"
         "指明哪条记录、哪个文件、哪些字节）；无法判定。"},
    [SAY_PROVES] = {"What this proves, and what not", "能证明什么，不能证明什么"},
    [SAY_PROVES_WHO] = {"What might have happened", "可能的情形"},
    [SAY_PROVES_OUTCOME] = {"What a verifier finds", "核验能发现什么"},
    [SAY_ATTACK_EDITOR] =
        {"Somebody changed, cut out, swapped, reordered or added records or video "
         "in this file",
         "有人更改、截除、调换、重排或添加了本文件中的记录或录像"},
    [SAY_OUTCOME_EDITOR] = {"Found, and the place is named: record, file, bytes.",
                            "能发现，并指明位置：记录、文件、字节。"},
    [SAY_ATTACK_OMIT] = {"Whoever exported left out an entry or a gap of the range, or copied from "
                         "a tampered search index",
                         "导出人漏掉范围内的进出记录或中断记录，或检索目录被动过手脚"},
    [SAY_OUTCOME_OMIT] =
        {"Found: each source counts its records without holes, and the request "
         "stands in the ledger from before the copying. Search indexes play no "
         "part.",
         "能发现：每个来源的记录连续编号，且请求在复制之前已写入账本；检索目录不参与导出。"},
    [SAY_ATTACK_FORGER] = {"Somebody made up a whole package with a recorder of his own",
                           "有人用自己的设备伪造了整个证据包"},
    [SAY_OUTCOME_FORGER] = {"Found by comparing the certificate’s fingerprint with the one from "
                            "outside. Without one: cannot tell.",
                            "比对来自包外的证书指纹即可发现；没有指纹则无法判定。"},
    [SAY_ATTACK_OLD] = {"Somebody put a whole older state of the recorder back",
                        "有人将设备整体恢复为较早的状态"},
    [SAY_OUTCOME_OLD] = {"Found with a checkpoint that was held outside; without one not for "
                         "certain.",
                         "有外部保存的检查点即可发现；没有则不一定。"},
    [SAY_ATTACK_ROOT] = {"Somebody had full control of the recorder and its key",
                         "有人完全控制设备及其密钥"},
    [SAY_OUTCOME_ROOT] =
        {"He could make up new records, and rewrite old ones that no checkpoint "
         "from outside covers. What one covers cannot have changed unseen.",
         "可以伪造新的记录，也可以改写未被外部检查点覆盖的旧记录；已被覆盖的内容无法不"
         "留痕迹地更改。"},
    [SAY_ATTACK_OPERATOR] = {"An operator of the recorder wanted other content",
                             "设备操作人员希望内容不同"},
    [SAY_OUTCOME_OPERATOR] =
        {"He can change nothing: every look-up, hold and export is a record under "
         "his user id.",
         "无法更改：每次查询、保全和导出都以其用户标识记录在案。"},
    [SAY_ATTACK_THIEF] = {"Somebody stole the disk", "有人盗走磁盘"},
    [SAY_OUTCOME_THIEF] =
        {"He sees what is on it unless it was encrypted. With the key on it he can "
         "do what the line on full control says; without, he is found like any "
         "editor.",
         "磁盘未加密则内容泄露。若密钥也在其中，情形同“完全控制设备”；否则更改仍能发现。"},
    [SAY_ATTACK_IMPOSTOR] =
        {"A camera or door controller was replaced by another device, or showed "
         "something else",
         "摄像机或门禁控制器被调换，或提供的内容不实"},
    [SAY_OUTCOME_IMPOSTOR] =
        {"Not found: it is proved what the recorder received, not that the world "
         "was so. What identified the camera is on record, and a change is an "
         "alarm.",
         "不能发现：能证明的是设备收到了什么，而不是现场确实如此。摄像机的身份特征已记"
         "录，变化会报警。"},
    [SAY_ATTACK_CARD] = {"Somebody used another person’s card", "有人使用他人的卡"},
    [SAY_OUTCOME_CARD] = {"Not found by itself: an entry says which card was used; the video shows "
                          "who came.",
                          "仅凭记录不能发现：记录说明用了哪张卡，录像显示来者是谁。"},
    [SAY_ATTACK_CLOCK] = {"The recorder’s clock was wrong", "设备时钟有误"},
    [SAY_OUTCOME_CLOCK] = {"The order of the records of a source holds all the same; how good the "
                           "clock was is stated above, and with each record.",
                           "同一来源的记录先后顺序仍然成立；时钟状态随每条记录保存，汇总见上文。"},
    [SAY_CUSTODY] = {"Custody", "保管与移交"},
    [SAY_CUSTODY_INTRO] =
        {"Who had this package, in order. The file beside the package keeps the "
         "same in a chain: `sealroom-verify --custody NAME` adds a line to it. On "
         "paper:",
         "按顺序记录证据包的保管人。证据包旁的 .custody 文件以链式保存同样内"
         "容：`sealroom-verify --custody 姓名` 即可追加一"
         "行。纸质记录："},
    [SAY_CUSTODY_FROM] = {"Handed over by", "移交人"},
    [SAY_CUSTODY_TO] = {"Received by", "接收人"},
    [SAY_CUSTODY_WHEN] = {"When", "时间"},
    [SAY_CUSTODY_VERDICT] = {"Verdict at the time", "当时判定"},
    [SAY_CUSTODY_SIGN] = {"Signature", "签名"},
    [SAY_FOOTER] = {"Made by sealroom %1 on the recorder with the certificate %2, for the "
                    "request in record %3.",
                    "由证书为 %2 的录像设备上的 sealroom %1 制作，对应第 %3 号请求记录。"},
    [SAY_SEPARATOR] = {", ", "、"},
};

const char *report_text_in(enum report_text text, enum language language)
{
    return texts[text][language];
}
