"""The messages of recorder/base/message*.h in Python, read from the headers themselves, so that a test
cannot know them better than the programs do.

    packet = encode("hello", 1, protocol=1, program="test")
    name, sequence, values = decode(packet)
"""
import pathlib
import re
import struct

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADER = "".join(path.read_text(encoding="utf-8")
                 for path in sorted((ROOT / "recorder" / "base").glob("message*.h")))
VOCABULARY = (ROOT / "recorder" / "base" / "vocabulary.h").read_text(encoding="utf-8")


def enum(text, name, prefix):
    """{number: lower-case name} of a C enum."""
    body = re.search(r"enum " + name + r" \{(.*?)\};", text, re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    names, number = {}, -1
    for item in body.split(","):
        if item.strip():
            word, _, value = item.strip().partition("=")
            number = int(value) if value else number + 1
            names[number] = word.strip().removeprefix(prefix).lower()
    return names


TYPES = {name: number for number, name in enum(HEADER, "message_type", "MESSAGE_").items()}
ROLES = {name: number for number, name in enum(HEADER, "role", "ROLE_").items()}
EVENTS = enum(VOCABULARY, "door_event", "DOOR_")
REASONS = enum(VOCABULARY, "deny_reason", "DENY_")
CAUSES = enum(VOCABULARY, "gap_cause", "GAP_")
STATUS_CODES = {name: number for number, name in enum(
    (ROOT / "recorder" / "base" / "status.h").read_text(encoding="utf-8"), "status",
    "STATUS_").items()}
EVENT_CODES = {name: number for number, name in EVENTS.items()}
CAUSE_CODES = {name: number for number, name in CAUSES.items()}
WIDTHS = {"uint8_t": "B", "uint16_t": "H", "uint32_t": "I", "uint64_t": "Q", "int64_t": "q"}
DIGEST_SIZE = 32


def form(name):
    """The fields of a message, in order, as its header has them."""
    body = re.search(r"struct message_" + name + r" \{(.*?)\n\};", HEADER, re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    fields = []
    for kind, member, size in re.findall(r"(\w+) (\w+)(\[\w+\])?;", body):
        fields.append((member, "digest" if kind == "uint8_t" and size else
                       "text" if kind == "char" else WIDTHS[kind]))
    return fields


FORMS = {name: form(name) for name in TYPES}


def encode(name, sequence, /, **values):
    """Members that are not given are empty or zero; one that does not exist is a mistake."""
    unknown = set(values) - {member for member, _ in FORMS[name]}
    assert not unknown, f"{name} has no {unknown}"
    packet = struct.pack("<HHI", TYPES[name], 0, sequence)
    for member, kind in FORMS[name]:
        value = values.get(member, "" if kind == "text" else bytes(DIGEST_SIZE)
                           if kind == "digest" else 0)
        if kind == "text":
            data = value.encode()
            packet += struct.pack("<H", len(data)) + data
        elif kind == "digest":
            assert len(value) == DIGEST_SIZE
            packet += value
        else:
            packet += struct.pack("<" + kind, value)
    return packet


def decode(packet):
    number, zero, sequence = struct.unpack_from("<HHI", packet)
    name = next(name for name, code in TYPES.items() if code == number)
    at, values = 8, {}
    assert zero == 0
    for member, kind in FORMS[name]:
        if kind == "text":
            (size,) = struct.unpack_from("<H", packet, at)
            values[member] = packet[at + 2:at + 2 + size].decode()
            at += 2 + size
        elif kind == "digest":
            values[member] = packet[at:at + DIGEST_SIZE]
            at += DIGEST_SIZE
        else:
            (values[member],) = struct.unpack_from("<" + kind, packet, at)
            at += struct.calcsize(kind)
    assert at == len(packet)
    return name, sequence, values
