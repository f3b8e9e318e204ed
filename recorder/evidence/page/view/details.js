/* What the core adds to a finding, in Chinese; in English as it is. What is not here stays. */
const chinese = [
    ['it is not in its form', '格式不符'],
    ['it is no certificate', '不是证书'],
    ['its signature does not fit', '签名不符'],
    ['it is not the one in record 1', '与记录 1 中的证书不同'],
    ['it stands in another one\'s place', '位置不符'],
    ['more than one signature', '签名不止一个'],
    ['another checkpoint', '检查点不同'],
    ['it is too large', '文件过大'],
    ['its size or CRC is another', '大小或 CRC 不同'],
    ['its CRC does not fit', 'CRC 不符'],
    ['it is not the last member', '不是最后一个文件'],
    ['its members are in another order', '文件顺序不同'],
    ['it has no place there', '不应出现在该处'],
    ['the directory cannot be read', '目录无法读取'],
    ['a name stands twice', '文件名重复'],
    ['a local header is not what it must be', '本地文件头不符'],
    ['its content is not in its form', '内容格式不符'],
    ['its head is not in its form', '记录头格式不符'],
    ['altered before it was sealed', '封存前已被更改'],
    ['as found when it was to be copied', '导出时发现'],
    ['a line is too long', '行过长'],
    ['the last line does not end', '末行不完整'],
    ['a fragment does not follow the one before', '分片与前一分片不连续'],
    ['a fragment without its init part', '分片缺少初始化部分'],
    ['a line of an absent segment', '所列录像片段不存在'],
    ['a line of no known kind', '行的类型未知'],
    ['a node does not fit where it stands', '节点位置不符'],
    ['a piece that cannot be there', '分片不应出现在该处'],
    ['a segment outside of a clip', '录像片段不在视频文件之内'],
    ['a segment stands twice', '录像片段重复'],
    ['it does not lie where the one before ends', '未与前一分片首尾相接'],
    ['it ends inside an item', '在条目中间结束'],
    ['its first line is another', '首行不符'],
    ['its items tile another number of records', '条目所覆盖的记录数不符'],
    ['not the number that follows', '编号不连续'],
    ['the clips are not those of the package', '与证据包中的视频文件不符'],
    [/^by record (\d+)$/, '依据记录 $1'],
    [/^checkpoint of (\d+) records$/, '覆盖 $1 条记录的检查点'],
    [/^(\S+) instead of (\S+)$/, '为 $1，而非 $2'],
];

export function detailIn(language, detail) {
    if (language !== 'zh' || !detail) return detail;
    for (const [english, text] of chinese) {
        if (english === detail) return text;
        if (english instanceof RegExp && english.test(detail)) return detail.replace(english, text);
    }
    return detail;
}
