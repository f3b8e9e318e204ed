"""Ways to change a package, each a function (package, chance) -> bytes; which of them somebody
without a key can go, which an exporter who signs properly, and which only who has the device's key
and makes another history. `chance` is a random.Random: the same seed, the same change.

A way that a package gives no occasion for returns None.
"""
import base64
import copy
import datetime
import hashlib
import json
import re
import struct
import zlib

import clips
from package import CERTIFICATE, CLIPS, RECORDS, Item, Member, Signer, der, zip_bytes

FORGER = {suite: Signer.made_of(suite, "a forger's") for suite in ("sm", "nist")}
BAD_NAMES = [
    b"../report.html", b"/report.html", b"a/../report.html", b"a\\report.html", b"c:report.html",
    b"Report.html", b"", b".", b"report.", b"a//b", b"a/", b"a/b/c/d", b"x" * 97, b"re port",
    b"r\0.html", "\u62a5.html".encode(), b"-r", b"a/.b", b"r\n"]
WORDS = ["", " ", "0", "00", "-0", "+1", "01", "1.0", "0x1", "18446744073709551616", "-1", "\t",
         "\u0661", "9223372036854775808", "4294967296", "A"]
WORDS_OF_RECORDS = ["unheard_of", "a", "x" * 32, "x" * 33, "", "Age", "9lives", "a b", "a\u0301",
                    "age", None, 3]


# ---- without a key: bytes ----

def place(data, chance, length=64):
    at = chance.randrange(len(data))
    return at, min(len(data), at + chance.randrange(1, length))


def a_bit(package, chance):
    data = bytearray(package.zip())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def cut_off(package, chance):
    data = package.zip()
    return data[:chance.randrange(len(data))]


def cut_off_a_little(package, chance):
    return package.zip()[:-chance.randrange(1, 64)]


def cut_out(package, chance):
    data = package.zip()
    begin, end = place(data, chance)
    return data[:begin] + data[end:]


def begun_late(package, chance):
    return package.zip()[chance.randrange(1, 64):]


def put_in(package, chance):
    data = package.zip()
    begin, end = place(data, chance)
    at = chance.randrange(len(data))
    return data[:at] + data[begin:end] + data[at:]


def copied_over(package, chance):
    data = package.zip()
    begin, end = place(data, chance)
    at = chance.randrange(len(data) - (end - begin) + 1)
    return data[:at] + data[begin:end] + data[at + end - begin:]


def zeros_over(package, chance):
    data = package.zip()
    begin, end = place(data, chance, 512)
    return data[:begin] + bytes(end - begin) + data[end:]


def data_before(package, chance):
    """The offsets as they were, or moved along."""
    front = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 64)))
    return chance.choice([front + package.zip(), zip_bytes(package.zip_members(), before=front)])


def data_behind(package, chance):
    data = package.zip()
    return data + chance.choice([b"\0", b"\n", data[-22:], data])


# ---- without a key: the ZIP ----

def pick(package, chance):
    members = package.zip_members()
    return members, chance.randrange(len(members))


def name_twice(package, chance):
    members, at = pick(package, chance)
    twin = copy.deepcopy(members[at])
    twin.content = chance.choice([twin.content, b"", b"another\n"])
    members.insert(chance.randrange(len(members) + 1), twin)
    return zip_bytes(members)


def entry_twice(package, chance):
    """Two entries of the directory for the same bytes: members that overlap."""
    members, at = pick(package, chance)
    data = zip_bytes(members)
    offset = data.index(b"PK\3\4" + data[4:26] + struct.pack("<H", len(members[0].name))) \
        if at == 0 else 0
    members.append(Member(members[at].name, b"", central={"offset": offset}))
    return zip_bytes(members)


def overlapping(package, chance):
    members, at = pick(package, chance)
    member = members[at]
    member.central = chance.choice([
        {"offset": 0} if at else {"offset": 1}, {"packed": len(member.content) + 30,
                                                 "size": len(member.content) + 30},
        {"packed": 0xFFFFFFFE, "size": 0xFFFFFFFE}, {"offset": 0xFFFFFFFE}])
    return zip_bytes(members)


def hidden_between(package, chance):
    """A member, or bytes, that the directory does not name."""
    members, at = pick(package, chance)
    if chance.randrange(2):
        members.insert(at, Member(b"hidden.txt", b"not to be seen\n", is_listed=False))
    else:
        members[at].before = bytes(chance.randrange(1, 40))
    return zip_bytes(members)


def hidden_before_directory(package, chance):
    members = package.zip_members()
    return chance.choice([
        zip_bytes(members + [Member(b"hidden.txt", b"not to be seen\n", is_listed=False)]),
        zip_bytes(members, middle=bytes(chance.randrange(1, 40)))])


def unlisted(package, chance):
    """A member that the directory names and the manifest does not."""
    members, at = pick(package, chance)
    members.insert(at, Member(chance.choice([b"more.txt", b"proof/more.txt", b"clips/more.mp4",
                                             b"proof/checkpoints/1.txt"]), b"more\n"))
    return zip_bytes(members)


def member_gone(package, chance):
    members, at = pick(package, chance)
    del members[at]
    return zip_bytes(members)


def other_order(package, chance):
    members, at = pick(package, chance)
    other = chance.choice([i for i in range(len(members)) if i != at])
    members[at], members[other] = members[other], members[at]
    return zip_bytes(members)


def contents_swapped(package, chance):
    members, at = pick(package, chance)
    other = chance.choice([i for i in range(len(members)) if i != at])
    members[at].content, members[other].content = members[other].content, members[at].content
    return zip_bytes(members)


def bad_name(package, chance):
    members, at = pick(package, chance)
    name = chance.choice(BAD_NAMES)
    chance.choice([lambda: setattr(members[at], "name", name),
                   lambda: members[at].local.update(name=name),
                   lambda: members[at].central.update(name=name)])()
    return zip_bytes(members)


def bomb(package, chance):
    """A member that is packed, and would unpack to a thousand times its size."""
    members, at = pick(package, chance)
    content = bytes(chance.choice([1 << 20, 8 << 20]))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    said = {"method": 8, "packed": len(packed), "size": len(content), "crc": zlib.crc32(content)}
    members[at] = Member(members[at].name, packed, local=dict(said), central=dict(said))
    return zip_bytes(members)


def packed(package, chance):
    """The same content, deflated: other tools read the same from it."""
    members, at = pick(package, chance)
    member = members[at]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    said = {"method": 8, "size": len(member.content), "crc": zlib.crc32(member.content)}
    data = packer.compress(member.content) + packer.flush()
    members[at] = Member(member.name, data, local={**said, "packed": len(data)},
                         central={**said, "packed": len(data)})
    return zip_bytes(members)


def data_descriptor(package, chance):
    members, at = pick(package, chance)
    member = members[at]
    size, crc = len(member.content), zlib.crc32(member.content)
    behind = chance.choice([b"PK\7\10", b""]) + struct.pack("<III", crc, size, size)
    member.local = {"flags": 8, "crc": 0, "size": 0, "packed": 0, "data": member.content + behind}
    member.central = {"flags": 8}
    return zip_bytes(members)


FIELDS = {"made": 0x0314, "needed": 10, "flags": 0x800, "method": 1, "time": 1, "date": 0x5A21,
          "crc": 0x12345678, "packed": 3, "size": 3, "signature": 0x02014B51, "extra": b"\1\0\0\0",
          "comment": b"comment", "disk": 1, "internal": 1, "external": 0o100644 << 16, "offset": 7}
LOCAL_FIELDS = [name for name in FIELDS
                if name not in ("made", "comment", "disk", "internal", "external", "offset")]


def one_field(package, chance):
    """A field of a header, in the one place, the other or both."""
    members, at = pick(package, chance)
    field = chance.choice(sorted(FIELDS))
    where = chance.choice([("local",), ("central",), ("local", "central")]
                          if field in LOCAL_FIELDS else [("central",)])
    for side in where:
        setattr(members[at], side, {field: FIELDS[field]})
    return zip_bytes(members)


def other_crc(package, chance):
    """In both headers, as if it were so."""
    members, at = pick(package, chance)
    for said in (members[at].local, members[at].central):
        said["crc"] = zlib.crc32(members[at].content) ^ 1
    return zip_bytes(members)


def end_record(package, chance):
    count = len(package.zip_members())
    field, value = chance.choice([
        ("disk", 1), ("start", 1), ("here", count - 1), ("count", count + 1), ("count", 0),
        ("count", 0xFFFF), ("size", 0), ("size", 0xFFFFFFFF), ("offset", 0), ("offset", 0xFFFFFFFF),
        ("comment", 1), ("signature", 0x06054B51), ("count", count - 1)])
    said = {field: value}
    if field in ("here", "count") and chance.randrange(2):
        said = {"here": value, "count": value}
    return zip_bytes(package.zip_members(), end=said)


def comment(package, chance):
    """The end record's: words, or a whole other end."""
    text = chance.choice([b"comment", zip_bytes(package.zip_members()[:1])[-22:],
                          zip_bytes([Member(b"report.html", b"another\n")])])
    return zip_bytes(package.zip_members(), end={"comment": len(text)}, tail=text)


def needless_zip64(package, chance):
    """Fields for four gigabytes where there are few bytes; true ones, and lies."""
    members, at = pick(package, chance)
    data = zip_bytes(members)
    count, size, offset = struct.unpack_from("<HII", data, len(data) - 12)
    lie = chance.choice([0, 0, 1, -1, 1 << 40, (1 << 63) - offset])
    if chance.randrange(2):
        end64 = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, size,
                            offset + lie)
        locator = struct.pack("<IIQI", 0x07064B50, 0, offset + size, 1)
        return zip_bytes(members, end={"offset": chance.choice([0xFFFFFFFF, offset])},
                         middle=end64 + locator)
    members[at].central = {"extra": struct.pack("<HHQ", 1, 8, max(0, (offset if at else 0) + lie)),
                           "offset": 0xFFFFFFFF, "needed": 45}
    return zip_bytes(members)


def signature_line(package, chance):
    """The manifest's, by somebody who has no key but mends the CRC."""
    text, _, line = package.note.rpartition(b"\n\n")
    package.note = text + chance.choice([
        b"\n", b"\n\n", b"\n\n" + line[:-1], b"\n\n" + line + line, b"\n" + line,
        b"\n\n" + line.replace(b" ", b"  "), b"\n\n" + line[:-1] + b"\r\n",
        b"\n\n" + FORGER[package.signer.name].line(package.origin, b"\x30\0").encode(),
        b"\n\n" + FORGER[package.signer.name].line("somebody", b"\x30\0").encode() + line,
        b"\r\n\r\n" + line])
    return package.zip()


def numbers_rewritten(package, chance):
    """The same two numbers of the signature, not as DER has them."""
    numbers = package.signer.sign_numbers(package.text().encode())
    r, s = (number.to_bytes(33, "big") for number in numbers)
    plain = [der(2, value.lstrip(b"\0") if value.lstrip(b"\0")[0] < 128 else
                 b"\0" + value.lstrip(b"\0")) for value in (r, s)]
    whole = der(0x30, *plain)
    signature = chance.choice([
        der(0x30, der(2, b"\0" + r), plain[1]), b"\x30\x81" + whole[1:], whole + b"\0",
        der(0x30, *plain, der(5)), der(0x31, *plain), b"\x30\x80" + whole[2:] + b"\0\0",
        der(0x30, plain[1], plain[0]), der(0x30, der(2, b"\0"), plain[1])])
    package.note = (package.text() + "\n"
                    + package.signer.line(package.origin, signature)).encode()
    return package.zip()


def text_changed(package, chance):
    """The manifest's, with the signature of what it was."""
    text, _, line = package.note.rpartition(b"\n\n")
    at = chance.randrange(len(text))
    package.note = (text[:at] + bytes([text[at] ^ 1 << chance.randrange(7)]) + text[at + 1:]
                    + b"\n\n" + line)
    return package.zip()


def proof_changed(package, chance):
    """A byte of a member, and all CRCs mended."""
    name = chance.choice(package.order)
    content = bytearray(package.members[name])
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    package.members[name] = bytes(content)
    return package.zip()


def byte_of(data, chance):
    """Another byte anywhere, mostly where a tag may be."""
    tags = [at for at, byte in enumerate(data) if byte in (2, 3, 6, 0x0c, 0x30, 0x31, 0xa0)]
    at = chance.choice(tags) if tags and chance.random() < 0.8 else chance.randrange(len(data))
    # times and strings of wide characters: contents that do not fit them are where readers fail
    value = chance.choice([chance.randrange(256), 0x20 | chance.randrange(32),
                           *chance.sample([0x01, 0x09, 0x0a, 0x10, 0x17, 0x18, 0x1c, 0x1e], 3)])
    return data[:at] + bytes([value]) + data[at + 1:]


def in_signature(note, chance):
    """Of a signed note, a byte of what the base64 stands for, behind the key's number."""
    text, _, base64_text = note[:-1].rpartition(b" ")
    whole = base64.b64decode(base64_text)
    return text + b" " + base64.b64encode(whole[:4] + byte_of(whole[4:], chance)) + b"\n"


def manifest_signature_byte(package, chance):
    package.note = in_signature(package.note, chance)
    return package.zip()


def checkpoint_signature_byte(package, chance):
    name = chance.choice([name for name in package.order if name.startswith("proof/checkpoints/")])
    package.members[name] = in_signature(package.members[name], chance)
    return chance.choice([package, package.sign()]).zip()


def checkpoint_byte(package, chance):
    name = chance.choice([name for name in package.order if name.startswith("proof/checkpoints/")])
    package.members[name] = byte_of(package.members[name], chance)
    return package.sign().zip()


def certificate_byte(package, chance):
    package.members[CERTIFICATE] = byte_of(package.members[CERTIFICATE], chance)
    return chance.choice([package, package.sign()]).zip()


def manifest_byte(package, chance):
    package.note = byte_of(package.note, chance)
    return package.zip()


AIMED = [manifest_signature_byte, checkpoint_signature_byte, checkpoint_byte, certificate_byte,
         manifest_byte]

RAW = [a_bit, a_bit, cut_off, cut_off_a_little, cut_out, begun_late, put_in, copied_over,
       zeros_over, data_before, data_behind, name_twice, entry_twice, overlapping, hidden_between,
       hidden_before_directory, unlisted, member_gone, other_order, contents_swapped, bad_name,
       bomb, packed, data_descriptor, one_field, other_crc, end_record, comment, needless_zip64,
       signature_line, numbers_rewritten, text_changed, proof_changed]


# ---- who signs properly: records ----

def items_of(package, chance, *words):
    """All items, and the place of one with such a word."""
    items = package.items()
    places = [at for at, item in enumerate(items) if item.word in words]
    return items, chance.choice(places) if places else None


def kept(package, items):
    package.set_items(items, package.size)
    return package.sign().zip()


def left_out(package, chance):
    """A record: its hash stays, so the tree does not tell."""
    items, at = items_of(package, chance, "run", "head", "beside")
    items[at] = Item("skip", items[at].hash)
    return kept(package, items)


def withheld(package, chance):
    items, at = items_of(package, chance, "run")
    if at is None:
        return None
    items[at].word, items[at].body = "head", None
    return kept(package, items)


def put_beside(package, chance):
    items, at = items_of(package, chance, "run")
    if at is None:
        return None
    items[at].word = "beside"
    return kept(package, items)


def put_into_run(package, chance):
    """A record of a source that nobody asked for, or of another time."""
    items, at = items_of(package, chance, "beside")
    items[at].word = "run"
    return kept(package, items)


def shown_twice(package, chance):
    items, at = items_of(package, chance, "run", "head", "beside")
    items.insert(chance.randrange(len(items) + 1), items[at])
    package.set_items(items, chance.choice([package.size, None]))
    return package.sign().zip()


def items_swapped(package, chance):
    items, at = items_of(package, chance, "run", "head", "beside", "skip")
    other = chance.choice([i for i in range(len(items)) if i != at])
    items[at], items[other] = items[other], items[at]
    return kept(package, items)


def node_changed(package, chance):
    """The hash of a node, or the leaf that is stated of a record."""
    items, at = items_of(package, chance, "run", "head", "beside", "skip")
    items[at].hash = items[at].hash[:-1] + bytes([items[at].hash[-1] ^ 1])
    return kept(package, items)


def level_changed(package, chance):
    items, at = items_of(package, chance, "skip")
    items[at].level = chance.choice([items[at].level + 1, 62, 63, 64])
    package.set_items(items, package.size)
    return package.sign().zip()


def record_changed(package, chance):
    """A byte of a head or a body."""
    items, at = items_of(package, chance, "run", "head", "beside")
    which = chance.choice(["head", "body"]) if items[at].body is not None else "head"
    line = bytearray(getattr(items[at], which))
    place_at = chance.randrange(len(line))
    line[place_at] = chance.choice([line[place_at] ^ 1, 0x30, 0x20, 0xFF, 0])
    if bytes(line) == getattr(items[at], which) or b"\n" in line:
        return None
    setattr(items[at], which, bytes(line))
    return kept(package, items)


def head_changed(package, chance):
    """The leaf stated as it would have to be for that head: the tree tells."""
    items, at = items_of(package, chance, "run", "head")
    if at is None:
        return None
    head = items[at].head
    items[at].head = head.replace(b'"seq":"', b'"seq":"1', 1)
    items[at].hash = package.signer.hash(b"\0" + items[at].head)
    return kept(package, items)


def another_line(name):
    def change(package, chance):
        """A line gone, twice, elsewhere, or with another field."""
        def edit(lines):
            at = chance.randrange(len(lines))
            words = lines[at].split(" ")
            which = chance.randrange(len(words))
            kind = chance.randrange(9)
            if kind == 0:
                del lines[at]
            elif kind == 1:
                lines.insert(chance.randrange(len(lines) + 1), lines[at])
            elif kind == 2:
                other = chance.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            elif kind == 3:
                words[which] = chance.choice(WORDS)
                lines[at] = " ".join(words)
            elif kind == 4:
                words.insert(which, chance.choice(WORDS))
                lines[at] = " ".join(words)
            elif kind == 5:
                lines[at] += chance.choice([" ", "\r", "\0", " x", "\u2028"])
            elif kind == 6:
                lines[at] = lines[at].upper() if chance.randrange(2) else " " + lines[at]
            elif kind == 7 and words[which].isdigit():
                number = int(words[which]) + chance.choice([-1, 1, 1 << 32, 1 << 53, 1 << 63])
                lines[at] = " ".join(words[:which] + [str(max(0, number))] + words[which + 1:])
            else:
                lines.insert(at, chance.choice(["", "\ufeff", "skip 0 " + "0" * 64, "x"]))
        before = package.members[name]
        package.edit(name, edit)
        return package.zip() if package.members[name] != before else None
    change.__name__ = "line_of_" + name.rpartition("/")[2].replace(".", "_")
    return change


def last_line_open(package, chance):
    name = chance.choice([RECORDS, CLIPS])
    package.members[name] = package.members[name][:-1]
    return package.sign().zip()


# ---- who signs properly: clips ----

def clip_lines(package, pattern):
    lines = package.members[CLIPS].decode().split("\n")[:-1]
    return lines, [at for at, line in enumerate(lines) if re.match(pattern, line)]


def clips_signed(package, lines):
    package.members[CLIPS] = "".join(line + "\n" for line in lines).encode()
    return package.sign().zip()


def piece_moved_in_time(package, chance):
    lines, places = clip_lines(package, "piece 2")
    if not places:
        return None
    at = chance.choice(places)
    words = lines[at].split(" ")
    field = chance.choice([6, 7])
    words[field] = str(chance.choice([
        0, -1, 1 << 62, -(1 << 63), (1 << 63) - 1, int(words[field]) + 200_000_000,
        int(words[field]) - 200_000_000, int(words[field]) + 100_000_000]))
    lines[at] = " ".join(words)
    return clips_signed(package, lines)


def fragment_left_out(package, chance):
    """Its bytes out of the clip, its line a node."""
    lines, places = clip_lines(package, "piece 2")
    if not places:
        return None
    at = chance.choice(places)
    words = lines[at].split(" ")
    name = next(line[5:] for line in reversed(lines[:at]) if line.startswith("clip "))
    begin, size = int(words[5]), int(words[3])
    clip = package.members[name]
    package.members[name] = clip[:begin] + clip[begin + size:]
    leaf = package.signer.hash(b"\0" + struct.pack("<BQQ", 2, int(words[2]), size)
                               + bytes.fromhex(words[4]))
    lines[at] = f"skip 0 {leaf.hex()}"
    for later in range(at + 1, len(lines)):
        words = lines[later].split(" ")
        if words[0] == "clip":
            break
        if words[0] == "piece":
            words[5] = str(int(words[5]) - size)
            lines[later] = " ".join(words)
    return clips_signed(package, lines)


def clip_left_out(package, chance):
    """All of a clip; instead of its segments a line that says why, or not."""
    lines, places = clip_lines(package, "clip ")
    if not places:
        return None
    begin = chance.choice(places)
    end = next((at for at in range(begin + 1, len(lines)) if lines[at].startswith(
        ("clip ", "absent "))), len(lines))
    segments = [line.split(" ")[1] for line in lines[begin:end] if line.startswith("segment ")]
    cause = chance.choice([None, "unreadable", "missing", "altered", "lost", "unreadable"])
    package.order.remove(lines[begin][5:])
    lines[begin:end] = []
    if cause:
        lines += [f"absent {segment} {cause}" for segment in segments]
    return clips_signed(package, lines)


def said_absent(package, chance):
    """A segment that is shown, a record that is none, or none."""
    lines, _ = clip_lines(package, "")
    number = chance.choice([str(n) for n in range(package.size + 1)])
    return clips_signed(package, lines + [f"absent {number} unreadable"])


def clip_bytes_changed(package, chance):
    """Of a piece, or of what stands before the first."""
    lines, places = clip_lines(package, "piece|own")
    ends = clip_ends(lines, places)
    places = [at for at in places if at not in ends]
    return byte_changed(package, chance, lines, chance.choice(places)) if places else None


def clip_end_changed(package, chance):
    """Behind its pieces, where seals stand."""
    lines, places = clip_lines(package, "own")
    ends = clip_ends(lines, places)
    return byte_changed(package, chance, lines, chance.choice(ends)) if ends else None


def clip_ends(lines, places):
    """Each clip's second stretch of its own."""
    def of(at):
        return max(before for before in range(at) if lines[before].startswith("clip "))
    own = [at for at in places if lines[at].startswith("own ")]
    return [at for at, before in zip(own[1:], own) if of(at) == of(before)]


def byte_changed(package, chance, lines, at):
    """And the digest of that stretch, mostly, stated as it is then."""
    name = next(line[5:] for line in reversed(lines[:at]) if line.startswith("clip "))
    words, begin = lines[at].split(" "), 0
    size = int(words[3] if words[0] == "piece" else words[1])
    if words[0] == "piece":
        begin = int(words[5])
    else:
        for line in lines[lines.index("clip " + name):at]:
            part = line.split(" ")
            if part[0] == "own":
                begin += int(part[1])
            elif part[0] == "piece" and int(part[5]) == begin:  # a known init part takes no place
                begin += int(part[3])
    clip = bytearray(package.members[name])
    clip[begin + chance.randrange(size)] ^= 1 << chance.randrange(8)
    package.members[name] = bytes(clip)
    if chance.randrange(3):
        words[4 if words[0] == "piece" else 2] = package.signer.hash(
            bytes(clip[begin:begin + size])).hex()
        lines[at] = " ".join(words)
    return clips_signed(package, lines)


def pieces_of_another(package, chance):
    """One clip's bytes and lines in another one's place; the segment's line stays or goes along."""
    lines, places = clip_lines(package, "clip ")
    if len(places) < 2:
        return None
    names = [lines[at][5:] for at in places[:2]]
    one, two = (package.members[name] for name in names)
    package.members[names[0]], package.members[names[1]] = two, one
    if chance.randrange(2):
        segments = [at for at, line in enumerate(lines) if line.startswith("segment ")][:2]
        lines[segments[0]], lines[segments[1]] = lines[segments[1]], lines[segments[0]]
    return clips_signed(package, lines)


def piece_called_own(package, chance):
    """Recorded bytes as the clip's own, so that nothing proves them."""
    lines, places = clip_lines(package, "piece")
    if not places:
        return None
    at = chance.choice(places)
    words = lines[at].split(" ")
    lines[at] = f"own {words[3]} {words[4]}"
    return clips_signed(package, lines)


def clip_told_otherwise(package, chance):
    """A clip's own bytes that a player would show something else by."""
    names = [name for name in package.order if name.startswith("clips/")]
    if not names:
        return None
    return clips.tell(package, chance.choice(names), chance.choice(clips.LIES))


def own_added(package, chance):
    """Bytes of the exporter's between the pieces."""
    lines, places = clip_lines(package, "own")
    if not places:
        return None
    name = next(line[5:] for line in reversed(lines[:places[-1]]) if line.startswith("clip "))
    content = chance.choice([b"", b"more"])
    package.members[name] += content
    lines.insert(places[-1] + 1, f"own {len(content)} {package.signer.hash(content).hex()}")
    return clips_signed(package, lines)


# ---- who signs properly: the manifest, and what else there is ----

def manifest_line(package, chance):
    lines = package.text().split("\n")[:-1]
    at = chance.randrange(len(lines))
    words = lines[at].split(" ")
    which = chance.randrange(len(words))
    kind = chance.randrange(6)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(chance.randrange(len(lines) + 1), lines[at])
    elif kind == 2:
        words[which] = chance.choice(WORDS + [words[which].upper(), words[which] + "0"])
        lines[at] = " ".join(words)
    elif kind == 3:
        lines[at] += chance.choice([" ", "\r", " x", "\n"])
    elif kind == 4:
        lines[at] = {"file": "clip", "clip": "file"}.get(words[0], "x") + lines[at][4:]
    else:
        other = chance.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    text = "\n".join(lines) + "\n"
    if text == package.text():
        return None
    package.note = package.signer.note(text, package.origin)
    return package.zip()


def signed_by_another(package, chance):
    """The manifest, a checkpoint, or all with another certificate."""
    forger = FORGER[package.signer.name]
    what = chance.randrange(3)
    name = chance.choice([name for name in package.order if "checkpoints" in name])
    if what > 0:
        text = package.members[name].decode().rpartition("\n\n")[0] + "\n"
        package.members[name] = forger.note(text)
    if what == 2:
        package.members[CERTIFICATE] = forger.certificate("forger")
    return package.sign(forger if what != 1 else None).zip()


def another_request(package, chance):
    package.request = chance.choice([at for at in range(package.size + 2) if at != package.request])
    return package.sign().zip()


def checkpoint_replayed(package, chance):
    """An older checkpoint of this ledger, in the newest's place."""
    names = [name for name in package.order if name.startswith("proof/checkpoints/")]
    older = [name for name in names if name != f"proof/checkpoints/{package.size}.txt"]
    if not older:
        return None
    note = package.members[older[0]]
    size = int(note.split(b"\n")[1])
    newest = f"proof/checkpoints/{package.size}.txt"
    kind = chance.randrange(4)
    if kind == 0:
        package.members[newest] = note
    elif kind == 1:
        package.order.remove(newest)
    else:
        package.order.remove(newest)
        package.size, package.root = size, base64.b64decode(note.split(b"\n")[2])
        if kind == 3:  # and nothing but the records that it covers
            items, number = [], 0
            for item in package.items():
                if number < size:
                    items.append(item)
                number += 1 << item.level
            package.set_items(items)
            package.request = chance.randrange(2)
    return package.sign().zip()


def checkpoint_added(package, chance):
    """Signed by the device, of another history or of records that are not there."""
    size = chance.choice([0, 1, 2, package.size - 1, package.size + 1, 1 << 62])
    name = f"proof/checkpoints/{size}.txt"
    if name in package.order:
        return None
    package.members[name] = package.signer.checkpoint(package.origin, size,
                                                      chance.choice([package.root, bytes(32)]))
    package.order.insert(chance.randrange(len(package.order) + 1), name)
    return package.sign().zip()


def checkpoint_of_another(package, chance):
    """Signed by the device, under another name or of another origin."""
    name = f"proof/checkpoints/{package.size}.txt"
    origin = chance.choice(["sealroom/another", package.origin + "0"])
    package.members[name] = package.signer.checkpoint(origin, package.size, package.root)
    if chance.randrange(2):
        package.members[name] = package.signer.note(
            package.members[name].decode().rpartition("\n\n")[0] + "\n", package.origin)
    return package.sign().zip()


def checkpoint_malformed(package, chance):
    name = f"proof/checkpoints/{package.size}.txt"
    root = base64.b64encode(package.root).decode()
    text = chance.choice([
        f"{package.origin}\n0{package.size}\n{root}\n", f"{package.origin}\n{package.size}\n{root}",
        f"{package.origin}\n{package.size}\n{root}\nextension\n",
        f"{package.origin}\n{package.size}\n{root[:-1]}\n",
        f"{package.origin}\n{package.size}\n{root[:-2]}{chr(ord(root[-2]) + 1)}=\n",
        f"{package.origin}\n{package.size}\n{base64.b64encode(package.root + b'0').decode()}\n",
        f"{package.origin}\n+{package.size}\n{root}\n", f"{package.origin}\n\n{root}\n",
        f"{package.origin}\n{package.size} \n{root}\n", f"{package.origin}\r\n{package.size}\n{root}\n"])
    package.members[name] = package.signer.note(text if text.endswith("\n") else text + " \n",
                                                package.origin)
    return package.sign().zip()


def witness_added(package, chance):
    """A line of somebody else under a checkpoint: they are passed over."""
    name = chance.choice([name for name in package.order if "checkpoints" in name])
    witness = FORGER[package.signer.name]
    lines = [witness.line("witness", witness.sign(b"x")), witness.line(package.origin, b"\x30\0")]
    package.members[name] += "".join(chance.sample(lines, chance.choice([1, 2]))).encode()
    return package.sign().zip()


def bad_member(package, chance):
    """A member that has no place in a package, listed and signed."""
    name = chance.choice([name.decode("utf-8") for name in BAD_NAMES if b"\n" not in name]
                         + ["proof/more.txt", "proof/checkpoints/x.txt", "proof/records.txt.txt",
                            "proof/checkpoints/01.txt", "clips/more.mp4", "manifest.txt"])
    if name in package.order:
        return None
    package.members[name] = b"more\n"
    package.order.insert(chance.randrange(len(package.order) + 1), name)
    return package.sign().zip()


def needed_member_gone(package, chance):
    package.order.remove(chance.choice([name for name in package.order
                                        if name.startswith("proof/") and "checkpoints" not in name]
                                       + [f"proof/checkpoints/{package.size}.txt"]))
    return package.sign().zip()


def no_certificate(package, chance):
    """In the certificate's place."""
    own = package.members[CERTIFICATE]
    changed = bytearray(own)
    changed[chance.randrange(len(own))] ^= 1 << chance.randrange(8)
    package.members[CERTIFICATE] = chance.choice([
        b"", b"\x30\0", own + b"\0", own[:-1], bytes(changed), bytes(changed), b"x" * 70000,
        package.signer.certificate("package test")])
    return package.sign().zip()


def other_file(package, chance):
    """What is for people is made by whoever signs: another report, or one more file."""
    if chance.randrange(2):
        package.members["report.html"] = b"<p>another</p>"
    else:
        package.members["more.txt"] = b"more\n" * chance.randrange(3)
        package.order.insert(0, "more.txt")
    return package.sign().zip()


def crc_of_nothing(package, chance):
    """A CRC that does not fit, in headers and manifest alike."""
    name = chance.choice(package.order)
    own = zlib.crc32(package.members[name])
    text = package.text().replace(f" {own:08x} ", f" {own ^ 1:08x} ")
    package.note = package.signer.note(text, package.origin)
    members = package.zip_members()
    for member in members:
        if member.name == name.encode():
            member.local = member.central = {"crc": own ^ 1}
    return zip_bytes(members)


SIGNED = [left_out, left_out, left_out, withheld, put_beside, put_into_run, shown_twice,
          items_swapped, node_changed, level_changed, record_changed, head_changed,
          another_line(RECORDS), another_line(CLIPS), another_line(CLIPS), last_line_open,
          piece_moved_in_time, fragment_left_out, clip_left_out, said_absent, clip_bytes_changed, clip_end_changed,
          pieces_of_another, piece_called_own, own_added, clip_told_otherwise, clip_told_otherwise,
          manifest_line, signed_by_another,
          another_request, checkpoint_replayed, checkpoint_added, checkpoint_of_another,
          checkpoint_malformed, witness_added, bad_member, needed_member_gone, no_certificate,
          other_file, crc_of_nothing]


# ---- with the device's key: another history ----

def body_edit(package, chance, kind, change):
    """Of a record of that kind that is shown, the members changed."""
    items = package.items()
    found = [item for item in items if item.body is not None and item.about["kind"] == kind]
    if not found:
        return None
    item = chance.choice(found)
    body = json.loads(item.body)
    change(body)
    item.body = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return package.renew(items).zip()


def later(text, seconds):
    at = datetime.datetime.fromisoformat(text[:19]) + datetime.timedelta(seconds=seconds)
    return at.isoformat() + text[19:]


def request_rewritten(package, chance):
    def change(body):
        source = chance.choice(body["sources"])
        chance.choice([
            lambda: source.update(latest=str(int(source["latest"]) - 1)),
            lambda: source.update(latest="0"),
            lambda: source.update(latest=str(int(source["latest"]) + 1)),
            lambda: source.update(latest=int(source["latest"])),
            lambda: source.update(latest="18446744073709551615"),
            lambda: source.update(source="door/back"),
            lambda: body["sources"].append(dict(source)),
            lambda: body["sources"].append({"source": "zzz", "latest": "0"}),
            lambda: body["sources"].append({"source": "zzz", "latest": "3"}),
            lambda: body.update(sources=[]),
            lambda: body.update(sources=body["sources"][::-1]),
            lambda: body.pop("sources"),
            lambda: body.update({"from": later(body["from"], chance.choice([-9, -1, 1, 9]))}),
            lambda: body.update(to=later(body["to"], chance.choice([-9, -1, 1, 9, 900]))),
            lambda: body.update(to=body["from"]),
            lambda: body.update(to="2026-02-30T00:00:00.000000000Z"),
            lambda: body.update(purpose=3),
            lambda: body.pop("case"),
            lambda: body.update(action="exported"),
            lambda: body.update(uid="0"),
            lambda: body.update(more=[1, {"x": None}]),
        ])()
    return body_edit(package, chance, "operator", change)


def segment_rewritten(package, chance):
    root = "root_sm3" if package.signer.name == "sm" else "root_sha256"

    def change(body):
        chance.choice([
            lambda: body.update(pieces=body["pieces"] + 1),
            lambda: body.update({root: "0" * 64}),
            lambda: body.pop(root),
            lambda: body.update(size="0"),
            lambda: body.update(start=later(body["start"], chance.choice([-5, -1, 1]))),
            lambda: body.update(end=later(body["end"], chance.choice([-1, 1, 5]))),
            lambda: body.update(end=body["start"]),
            lambda: body.update(not_covered_from="1000"),
            lambda: body.update(not_covered_from=body["size"]),
            lambda: body.update(noted_size="1", noted_root_sha256="0" * 64,
                                **({"noted_root_sm3": "0" * 64} if root == "root_sm3" else {})),
            lambda: body.update(noted_size="1"),
            lambda: body.update(noted_root_sha256="0" * 64),
            lambda: body.pop("start"),
            lambda: body.update(pieces="6"),
            lambda: body.update(camera="yard"),
            lambda: body.update(cut=chance.choice(WORDS_OF_RECORDS)),
        ])()
    return body_edit(package, chance, "segment", change)


def gap_rewritten(package, chance):
    def change(body):
        chance.choice([
            lambda: body.update(start=later(body["start"], chance.choice([-1, 1]))),
            lambda: body.update(end=later(body["end"], chance.choice([-1, 1, 100]))),
            lambda: body.update(end=later(body["start"], -1)),
            lambda: body.pop("end"),
            lambda: body.update(cause=chance.choice(WORDS_OF_RECORDS)),
        ])()
    return body_edit(package, chance, "gap", change)


def expiry_rewritten(package, chance):
    def change(body):
        if not chance.randrange(4):
            body.update(reason=chance.choice(WORDS_OF_RECORDS))
            return
        for item in body.get("segments", body.get("records")):
            for member in ("record", "first", "last"):
                if member in item and chance.randrange(2):
                    item[member] = str(max(0, int(item[member]) + chance.choice([-1, 1, 40])))
    return body_edit(package, chance, "expiry", change)


def set_certificate(item, certificate):
    """In record 1."""
    body = json.loads(item.body)
    body["certificate"] = base64.b64encode(certificate).decode()
    body["fingerprint"] = hashlib.sha256(certificate).hexdigest()
    item.body = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def identity_rewritten(package, chance):
    if chance.randrange(2):
        return body_edit(package, chance, "ledger", lambda body: chance.choice([
            lambda: body.update(origin="sealroom/another"), lambda: body.pop("origin"),
            lambda: body.update(suite="none")])())
    return body_edit(package, chance, "key", lambda body: chance.choice([
        lambda: body.update(certificate="AAAA"), lambda: body.pop("certificate"),
        lambda: body.update(use="export"), lambda: body.update(certificate=body["certificate"][:-4])
    ])())


def head_rewritten(package, chance):
    """Its seq, source or time; or no head at all."""
    items = package.items()
    item = chance.choice([item for item in items if item.head is not None])
    old = item.head
    seq = int(item.about["seq"])
    changes = [
        (rb'"seq":"\d+"', f'"seq":"{chance.choice([0, seq - 1, seq + 1, 1 << 64])}"'),
        (rb'"seq":"', '"seq":"0'), (rb'"kind":"\w+"', f'"kind":"{chance.choice(WORDS_OF_RECORDS)}"'),
        (rb'"kind":"\w+"', '"kind":"entry"'), (rb'"source":"', '"source":"-'),
        (rb'"source":"[^"]+"', '"source":"door/back"'),
        (rb'"source":"[^"]+"', f'"source":"{"x" * 24}/{"x" * 24}"'),
        (rb'"at":"2026-11', f'"at":"{chance.choice(["2026-13", "2026-10", "2026-12", "1969-11"])}'),
        (rb"Z\"", '"'), (rb'"boot":"0', '"boot":"g'), (rb'"boot":"0', '"boot":"'),
        (rb'"monotonic":"', '"monotonic":"-'), (rb'"monotonic":"', '"monotonic":"99999999999999'),
        (rb'"clock":"synced"', '"clock":"unsynced"'), (rb'"clock":"synced"', '"clock":"good"'),
        (rb"\{", "{ "), (rb"\}$", ',"x":"y"}'), (rb"\}$", "} "),
    ]
    pattern, text = chance.choice(changes)
    item.head = re.sub(pattern, text.encode(), old, count=1)
    try:
        return package.renew(items).zip() if item.head != old else None
    except ValueError:  # no JSON any more
        return None


def body_malformed(package, chance):
    """No I-JSON, or not as a body is written."""
    items = package.items()
    item = chance.choice([item for item in items if item.body is not None])
    body = item.body
    item.body = chance.choice([
        body[:-1], body + b"}", body.replace(b'"salt":"', b'"salt":"A', 1), b"{}", b"[]", b"null",
        b"", body.replace(b"{", b'{"salt":"' + b"0" * 32 + b'",', 1),
        body.replace(b'{"salt":', b'{"x":1,"x":2,"salt":', 1), body[:-1] + b',"x":NaN}',
        body[:-1] + b',"x":1e999}', body[:-1] + b',"x":"\xff"}', body[:-1] + b',"x":"\\ud800"}',
        body[:-1] + b',"x":\'a\'}', body[:-1] + b",}", body[:-1] + b',"x":"\\u0000"}',
        body[:-1] + b',"x":01}', b"\xef\xbb\xbf" + body, body[:-1] + b',"x":"a\tb"}',
        body[:-1] + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}",
        body[:-1] + b',"x":"\xed\xa0\x80"}', body[:-1] + b',"\\u0073alt":"x"}',
        body[:-1] + b',"x":123456789012345678901234567890}', body + b" ", body[:-1] + b',"x":-}'])
    return package.renew(items).zip()


def history_shortened(package, chance):
    """Records gone from the ledger itself, so that later ones have other numbers."""
    items = package.items()
    places = [at for at, item in enumerate(items) if item.word == "run"]
    if not places:
        return None
    del items[chance.choice(places)]
    package.request = sum(1 << item.level for item in items) - 1
    return package.renew(items).zip()


HISTORY = [request_rewritten, request_rewritten, segment_rewritten, gap_rewritten, expiry_rewritten,
           identity_rewritten, head_rewritten, head_rewritten, body_malformed, history_shortened]

# What is for people, a witness's line, what a clip's meta says, a piece's time within the tolerance,
# a CRC: whoever signs may say what he likes about these.
HARMLESS = {"other_file", "witness_added", "clip_end_changed", "piece_moved_in_time",
            "crc_of_nothing"}
# What video shows, or a player would show of it: never but altered.
FATAL = {"clip_bytes_changed", "clip_told_otherwise"}
