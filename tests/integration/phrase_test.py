"""What the sources say in English where people are shown it, the tables of recorder/phrase say in
Chinese: nobody has to remember a line there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LITERAL = r'"(?:[^"\\]|\\.)*"'
# One literal, over several lines and with PRIu64 and its like between.
TEXT = re.compile(rf"{LITERAL}(?:\s*(?:PRI\w+|{LITERAL}))*")
SAYS = re.compile(
    r"\b(?:error_set|error_set_errno|yaml_mistakes_add|finding_set_detail|add_fault|say_own"
    r"|table_report|table_report_index|invocation_detail|check_report|check_report_record|malformed|refuse|report_bytes|exports_fail|request_refuse|say_no|give_up|fail)\s*\("
)

# Files whose errors and details are shown by commands; what the others say goes to the journal.
SHOWN = [
    "firmware/config/*.c",
    "firmware/command/*.c",
    "firmware/console/api_*.c",
    "firmware/console/body.c",
    "firmware/console/console.c",
    "firmware/console/derived.c",
    "firmware/console/keeper_link.c",
    "firmware/console/live.c",
    "firmware/console/moment.c",
    "firmware/console/query.c",
    "firmware/console/scope.c",
    "firmware/console/sheet.c",
    "firmware/console/video_cache.c",
    "firmware/console/server.c",
    "firmware/picture/decoder.c",
    "firmware/picture/jpeg.c",
    "firmware/picture/scaler.c",
    "firmware/supervisor/console_setup.c",
    "firmware/supervisor/worker.c",
    "recorder/yaml/*.c",
    "recorder/audit/*.c",
    "recorder/evidence/*.c",
    "recorder/inspection/*.c",
    "door/profile*.c",
    "door/zone.c",
    "recorder/base/file.c",
    "recorder/base/sealed.c",
    "recorder/crypto/certificate.c",
    "recorder/crypto/public_key.c",
    "recorder/ledger/checkpoint.c",
    "recorder/ledger/ledger_view.c",
    "recorder/ledger/note.c",
    "recorder/ledger/record.c",
    "recorder/store/body_table.c",
    "recorder/store/*_record.c",
    "recorder/keeper/hold_scope.c",
    "recorder/keeper/inspections.c",
    "recorder/keeper/desk_operator.c",
    "recorder/keeper/accounts*.c",
    "recorder/keeper/sheets.c",
    "recorder/accounts/*.c",
    "recorder/keeper/export_manifest.c",
    "recorder/keeper/export_request.c",
    "recorder/keeper/exports*.c",
    "recorder/camera/source_rtsp*.c",
    "recorder/camera/address.c",
    "door/shape_cursor.c",
    "door/wiegand_format.c",
]


# Put together from parts where they are made; what comes of them stands in the tables.
COMPOSED = {
    "%s:1:1: the file is empty",
    "%s cannot be read: %s%s",
    "by record %u%s%s",
    "checkpoint of %u records%s%s",
    "node %u/%u %s",
    "%s %s: %u bytes, at most %u are allowed",
    "not readable as YAML%s%s: %s",
    "%u mistake%s; the first in line %u: %s",
}


def c_text(literals):
    joined = re.sub(r"PRI\w+", '"u"', literals)
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', joined))
    return re.sub(r'\\(["\\])', r"\1", text)


def normal(text):
    """A format with every conversion as %s or %u, as the tables have them."""
    text = re.sub(r"%[-0 .*\d]*s", "%s", text)
    return re.sub(r"%[-0 .*\d]*(?:hh|h|ll|l|z|j|t)?[diuoxXf]", "%u", text)


def call(source, begin):
    """The text of a call whose bracket was opened just before `begin`."""
    depth, at = 1, begin
    while depth > 0:
        literal = re.compile(LITERAL).match(source, at)
        if literal:
            at = literal.end()
            continue
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        at += 1
    return source[begin:at]


def sentences(path):
    source = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    for found in SAYS.finditer(source):
        for literals in TEXT.findall(call(source, found.end()))[:1]:
            text = normal(c_text(literals))
            # A name alone and a place before another sentence say nothing of their own.
            if " " in re.sub(r"%[su]|[:,;]", "", text).strip():
                yield text


def phrases():
    known = set(COMPOSED)
    for path in (ROOT / "recorder/phrase").glob("phrases_of_*.c"):
        for english in re.findall(rf"{{\s*((?:{LITERAL}\s*)+),", path.read_text()):
            known.add(c_text(english))
    return known


def test_every_sentence_that_people_are_shown_is_there_in_chinese():
    known = phrases()
    memory = re.compile(r"no memory (?:for|to) ")
    missing = {
        f"{path.relative_to(ROOT)}: {text}"
        for pattern in SHOWN
        for path in ROOT.glob(pattern)
        for text in sentences(path)
        if text not in known and not memory.match(text)
    }
    assert not missing, "add them to recorder/phrase/phrases_of_*.c:\n" + "\n".join(sorted(missing))
