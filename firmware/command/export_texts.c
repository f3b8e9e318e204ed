#include "firmware/command/export_texts.h"

const struct text export_texts[EXPORT_TEXT_COUNT] = {
    [EXPORT_TEXT_NEEDS_PERIOD] = {"export needs --from and --to, or --day",
                                  "export 需要 --from 与 --to，或 --day"},
    [EXPORT_TEXT_NEEDS_WORDS] = {"export needs --%s: it stands in the record and in the package",
                                 "export 需要 --%s：它记入记录并写入证据包"},
    [EXPORT_TEXT_HIDDEN] =
        {"--%s has characters that cannot be seen or turn the text around: leave "
         "them out",
         "--%s 含有不可见或改变文字方向的字符，请去掉"},
    [EXPORT_TEXT_NEEDS_OUT] = {"export needs --out FILE.zip", "export 需要 --out 文件.zip"},
    [EXPORT_TEXT_TOO_MANY] = {"--%s: so many ids do not fit into one export; make several",
                              "--%s：编号太多，一次导出放不下，请分几次导出"},
    [EXPORT_TEXT_NO_IDS] = {"--%s names nothing; without it, everything is exported",
                            "--%s 没有写任何编号；如要全部导出，请不要写此选项"},
    [EXPORT_TEXT_SEPARATOR] = {"--%s %s: several ids are parted by blanks, in quotes: --%s \"a b\"",
                               "--%s %s：多个编号写在引号内并以空格分隔：--%s \"a b\""},
    [EXPORT_TEXT_SHORTENED] =
        {"the end that was asked for is in the future: the package goes up to "
         "%s",
         "所要求的截止时间尚未到来：证据包截止到 %s"},
    [EXPORT_TEXT_INTERRUPTED] = {"interrupted: there is no package, and the record says so",
                                 "已中断：没有生成证据包，并已记录"},
    [EXPORT_TEXT_INTERRUPTED_EARLY] =
        {"interrupted before the appliance said that the request is on record: there is no "
         "package; if the request came on record, so does its failure",
         "在设备确认请求已记录之前中断：没有生成证据包；若请求已记录，其失败也会记录"},
    [EXPORT_TEXT_INTERRUPTED_LATE] =
        {"interrupted before the appliance said what is on record of the package",
         "在设备告知证据包的记录结果之前中断"},
    [EXPORT_TEXT_WHOLE] =
        {"%s is a whole package; what the record says of it is shown by: sealroom records --kind "
         "operator",
         "%s 是完整的证据包；记录中对它的记载可用 sealroom records --kind operator 查看"},
    [EXPORT_TEXT_OTHER_NAME] =
        {"%s: the package is there and on record as done, but by the name %s",
         "%s：证据包已生成并已记录，但文件名为 %s"},
    [EXPORT_TEXT_BAD_SINCE] = {"--since %s is no checkpoint", "--since %s 不是检查点"},
    [EXPORT_TEXT_BEGUN] = {"request on record: %llu, from %s to %s",
                           "请求已记录：%llu，自 %s 至 %s"},
    [EXPORT_TEXT_PLAN] = {"at most %s: %u clips, %llu entries",
                          "最多 %s：%u 段视频，%llu 条进出记录"},
    [EXPORT_TEXT_GAPS] =
        {"in this time %llu gaps in the video, and %u segments that cannot be copied: the "
         "package says which and why",
         "此时段视频中断 %llu 处，另有 %u 个分段无法复制：证据包会说明是哪些及原因"},
    [EXPORT_TEXT_BAR] = {"\r[%s%s] %3u %%  %s of %s  ", "\r[%s%s] %3u %%  %s / %s  "},
    [EXPORT_TEXT_LEFT] = {"about %llu:%02llu left   ", "约剩 %llu:%02llu   "},
    [EXPORT_TEXT_PROGRESS] = {"%u %%: %s of %s", "%u %%：%s / %s"},
    [EXPORT_TEXT_DONE] = {"%s: %s, %u clips, %llu records", "%s：%s，%u 段视频，%llu 条记录"},
    [EXPORT_TEXT_DIGEST] = {"the package's digest: %s", "证据包摘要：%s"},
    [EXPORT_TEXT_ABSENT] = {"%u segments could not be copied: the package says which and why",
                            "%u 个分段无法复制：证据包会说明是哪些及原因"},
    [EXPORT_TEXT_VERIFY] =
        {"to verify it: sealroom-verify --trust %s %s; or open verify.html from it in a "
         "browser. Compare the fingerprint with the one that was copied down when the "
         "recorder was installed",
         "验证：sealroom-verify --trust %s %s；或用浏览器打开其中的 "
         "verify.html。请与安装录像设备时抄下的指纹核对"},
    [EXPORT_TEXT_ASK_PHRASE] = {"Pass phrase, 12 to 99 letters, digits and signs: ",
                                "口令（12 至 99 个字母、数字和符号）："},
    [EXPORT_TEXT_ASK_AGAIN] = {"The same again: ", "再输入一次："},
    [EXPORT_TEXT_NO_TERMINAL] =
        {"there is no terminal to ask for the pass phrase at: give --pass-phrase-file FILE, or - "
         "for standard input",
         "没有可供输入口令的终端：请用 --pass-phrase-file 文件，或以 - 表示标准输入"},
    [EXPORT_TEXT_NOWHERE_TO_SHOW] =
        {"there is no terminal to show a new pass phrase at, and it is shown nowhere else: give "
         "--pass-phrase-file FILE",
         "没有可供显示新口令的终端，而口令不会在别处显示：请用 --pass-phrase-file 文件"},
    [EXPORT_TEXT_TWO_PHRASES] = {"give --pass-phrase-file or --generate-pass-phrase, not both",
                                 "--pass-phrase-file 与 --generate-pass-phrase 不能同时使用"},
    [EXPORT_TEXT_ENCRYPTING] = {"the package is whole; it is being encrypted for transport",
                                "证据包已完成，正在作传输加密"},
    [EXPORT_TEXT_ENCRYPTED] =
        {"encrypted for transport: 7-Zip or another program for AES-256 ZIP files opens it with "
         "the "
         "pass phrase; inside is %s",
         "已作传输加密：用 7-Zip 等支持 AES-256 的 ZIP 程序和口令打开，其中是 %s"},
    [EXPORT_TEXT_PHRASE] = {"the pass phrase, shown this once and kept nowhere: %s\n",
                            "口令（只显示这一次，任何地方都不保存）：%s\n"},
};
