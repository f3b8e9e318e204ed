#!/usr/bin/env python3
"""Verifies an evidence package from recorder/FORMAT.md alone.

    check_package.py PACKAGE [--fingerprint SHA256] [--since CHECKPOINT]

Written by the document (*Package*), not by the recorder's code. One line a finding, then the
verdict; exit status as that of sealroom-verify. Whole in memory, and slow: it is a test of the
document and of the other verifiers, not one for use.
"""
import argparse
import base64
import datetime
import pathlib
import re
import struct
import sys
import zlib

import clip_tables
from clip_tables import behind_times, boxes, inside, number_at
from check_ledger import (SUITES, Key, OtherKey, der, elements, nanoseconds, parse_body, parse_head, sha256,
                          signature_numbers)

EXIT = {"authentic": 0, "altered": 1, "incomplete": 3, "cannot_tell": 4}
TOLERANCE = 150_000_000
SAMPLES_MAX = 65536  # of a track in a fragment
SECOND = 1_000_000_000
FRONT_MAX = 2 ** 18  # of a piece, in which stands what it says of its time
NAME = re.compile(r"(?=.{1,96}\Z)[a-z0-9][a-z0-9._-]*(?<!\.)(/[a-z0-9][a-z0-9._-]*(?<!\.)){0,2}")
NUMBER = re.compile(r"0|[1-9][0-9]*")
SIGNED = re.compile(r"0|-?[1-9][0-9]*")
WORD = re.compile("[a-z][a-z0-9_]{0,31}")
DIGEST = re.compile(r"[0-9a-f]{64}")


class Altered(Exception):
    """Nothing more can be read."""


class Refused(Exception):
    """What was brought from outside is not what it should be: no verdict."""


def number(text, limit=2 ** 64 - 1):
    if not NUMBER.fullmatch(text) or int(text) > limit:
        raise Altered(f"{text!r} is no number")
    return int(text)


def signed(text):
    if not SIGNED.fullmatch(text) or not -2 ** 63 <= int(text) < 2 ** 63:
        raise Altered(f"{text!r} is no number")
    return int(text)


def digest(text):
    if not DIGEST.fullmatch(text):
        raise Altered(f"{text!r} is no digest")
    return bytes.fromhex(text)


# The members of the bodies that a package is judged by: FORMAT.md, "Kinds". Those with ? may lack.

def text(value):
    if not isinstance(value, str) or re.search(r"[\0-\x1f\x7f]", value):
        raise Altered(f"{value!r} is no text")


def count(value):
    if type(value) is not int or value < 0:
        raise Altered(f"{value!r} is no count")


def flag(value):
    if type(value) is not bool:
        raise Altered(f"{value!r} is no flag")


def word(*words):
    def check(value):
        if value not in words:
            raise Altered(f"{value!r} is no word of these")
    return check


def any_word(value):
    if not WORD.fullmatch(value):
        raise Altered(f"{value!r} is no word")


class Words:
    """Those that there are, and those of later versions."""
    def __contains__(self, value):
        return bool(WORD.fullmatch(value))


def identifier(value):
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,31}", value):
        raise Altered(f"{value!r} is no id")


def form(members):
    return dict(item.split(" ") for item in members.split(", "))


FORMS = {
    "text": text, "count": count, "flag": flag, "time": nanoseconds, "u64": number, "i64": signed,
    "digest": digest, "id": identifier, "word": any_word, "quality": word("synced", "unsynced"),
}
REQUEST = form("uid count, process count, from time, to time, doors? text, purpose text, case text, "
               "medium? text, account? text, person? text, second? text")
MEMBERS = {
    "segment": form(
        "camera id, segment text, file text, start time, end time, times_estimated? flag, "
        "size u64, pieces count, frames count, video_codec? text, audio_codec? text, width? count, "
        "height? count, connection? count, continues flag, cut? word, clock_quality quality, "
        "start_monotonic_ns? i64, utc_minus_raw_ns? i64, camera_clock_offset_ns? i64, "
        "pieces_sha256 digest, root_sha256 digest, root_sm3? digest, recovered_from? u64, "
        "not_covered_from? u64, noted_size? u64, noted_root_sha256? digest, noted_root_sm3? digest"),
    "gap": form("camera id, start time, end time, cause word, continues flag, detail? text"),
    "expiry": form("camera id, reason word, video_days count"),
    "expired": form("record u64, segment text, file text, start time, end time, size u64, "
                    "below_floor flag, root_sha256 digest, root_sm3? digest"),
}


def check_members(body, members):
    for name, kind in members.items():
        optional = name.endswith("?")
        if name.rstrip("?") in body or not optional:
            FORMS[kind](body[name.rstrip("?")])


def check_file(segment, camera):
    day, time = re.fullmatch(r"(\d{8})T(\d{6})Z-[0-9a-f]{16}", segment["segment"]).groups()
    datetime.datetime.strptime(day + time, "%Y%m%d%H%M%S")
    if segment["file"] != f"{camera}/{day}/{segment['segment']}.mp4":
        raise Altered("a file that is not the segment's")


def lines_of(content):
    if not content.endswith(b"\n"):
        raise Altered("the last line is not ended")
    return content[:-1].split(b"\n")


# ---- the file ----

def local_header(name, size, crc):
    return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 0x21, crc, size, size,
                       len(name), 0) + name


def central_header(name, size, crc, offset):
    extra = struct.pack("<HHQ", 1, 8, offset) if offset >= 0xFFFFFFFF else b""
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45 if extra else 20, 0, 0, 0, 0x21,
                       crc, size, size, len(name), len(extra), 0, 0, 0, 0,
                       min(offset, 0xFFFFFFFF)) + name + extra


def end_records(count, size, offset):
    end = b""
    if offset >= 0xFFFFFFFF:
        end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, size, offset)
        end += struct.pack("<IIQI", 0x07064B50, 0, offset + size, 1)
    return end + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size,
                             min(offset, 0xFFFFFFFF), 0)


def read_directory(data):
    """[(name, size, crc, offset)], believed for nothing but where things are said to be."""
    if len(data) < 22 or data[-22:-18] != b"PK\5\6":
        raise Altered("the file does not end as a package does")
    count, = struct.unpack_from("<H", data, len(data) - 12)
    offset, = struct.unpack_from("<I", data, len(data) - 6)
    if offset == 0xFFFFFFFF and len(data) >= 98:
        offset, = struct.unpack_from("<Q", data, len(data) - 50)
    if not 1 <= count <= 16384 or offset > len(data):
        raise Altered("an impossible directory")
    members, at = [], offset
    for _ in range(count):
        if at + 46 > len(data):
            raise Altered("the directory is cut off")
        crc, _, size, name_size, extra_size = struct.unpack_from("<IIIHH", data, at + 16)
        start, = struct.unpack_from("<I", data, at + 42)
        name = data[at + 46:at + 46 + name_size]
        if start == 0xFFFFFFFF and extra_size == 12 and at + 58 + name_size <= len(data):
            start, = struct.unpack_from("<Q", data, at + 50 + name_size)
        members.append((name, size, crc, start))
        at += 46 + name_size + extra_size
    return members, offset


def read_zip(data):
    """{name: (content, crc)}, in order. What is outside of the contents is made, and compared."""
    members, directory = read_directory(data)
    made, central, found = 0, b"", {}
    for name, size, crc, offset in members:
        header = local_header(name, size, crc)
        text = name.decode("ascii", "replace")
        if not NAME.fullmatch(text) or text in found or size > 2 ** 32 - 2:
            raise Altered(f"{text!r} cannot be there")
        begin = made + len(header)
        if offset != made or data[made:begin] != header or begin + size > directory:
            raise Altered(f"{text} does not lie where it must")
        found[text] = (data[begin:begin + size], crc)
        central += central_header(name, size, crc, offset)
        made = begin + size
    end = central + end_records(len(members), len(central), directory)
    if made != directory or data[directory:] != end:
        raise Altered("the directory or the end is not as it must be")
    return found


# ---- trees that are tiled ----

class Tiling:
    def __init__(self, hash_of):
        self.hash_of = hash_of
        self.size = 0
        self.peaks = []

    def add(self, level, node):
        if level > 63 or self.size % 2 ** level:
            raise Altered("a node does not fit where it stands")
        at = self.size >> level
        while at & 1:
            node = self.hash_of(b"\1" + self.peaks.pop() + node)
            at >>= 1
        self.peaks.append(node)
        self.size += 2 ** level

    def root(self):
        if not self.peaks:
            return self.hash_of(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = self.hash_of(b"\1" + peak + root)
        return root


# ---- what video says of its time ----

def near(stated, held, distance=0):
    return abs(stated - held) <= TOLERANCE + distance // 1000


def told(read, content, *rest):
    """None where the boxes for it are missing or cut short, as no recorder makes them."""
    try:
        return read(content[:FRONT_MAX], *rest)
    except (struct.error, IndexError):
        return None


def video_track(init):
    """(track, timescale, default duration), or None."""
    for kind, trak in boxes(inside(init, b"moov")):
        if kind == b"trak" and inside(trak, b"mdia", b"hdlr")[8:12] == b"vide":
            track = behind_times(inside(trak, b"tkhd"))
            scale = behind_times(inside(trak, b"mdia", b"mdhd"))
            trex = [content for kind, content in boxes(inside(init, b"moov", b"mvex"))
                    if kind == b"trex" and number_at(content, 4) == track]
            default = number_at(trex[0], 12) if trex else 0
            return (track, scale, default) if track and scale else None
    return None


def fragment_times(content, track, scale, standard):
    """(decoding time, duration) in ns, or None."""
    begin, total, samples = None, 0, 0
    for kind, traf in boxes(inside(content, b"moof")):
        tfhd, tfdt = inside(traf, b"tfhd"), inside(traf, b"tfdt")
        if kind != b"traf" or number_at(tfhd, 4) != track:
            continue
        flags, = struct.unpack_from(">I", tfhd)
        default = standard
        if flags & 8:
            default, = struct.unpack_from(">I", tfhd, 12 if flags & 2 else 8)
        time, = struct.unpack_from(">Q" if tfdt[0] == 1 else ">I", tfdt, 4)
        for trun in (content for kind, content in boxes(traf) if kind == b"trun"):
            count, = struct.unpack_from(">I", trun, 4)
            samples += count
            if samples > SAMPLES_MAX:
                return None
            begin = time if begin is None and count > 0 else begin
            total += run_duration(trun, default)
    return None if begin is None else (begin * SECOND // scale, total * SECOND // scale)


def run_duration(trun, default):
    flags, count = struct.unpack_from(">II", trun)
    if not flags & 0x100:
        return count * default
    at = 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    step = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    return sum(struct.unpack_from(">I", trun, at + index * step)[0] for index in range(count))


# ---- the package ----

class Package:
    """`trust`: a fingerprint, a certificate's bytes, or nobody."""

    def __init__(self, data, trust, since):
        self.found = {"altered": [], "cannot_tell": [], "incomplete": []}
        self.trust, self.since = trust, since
        try:
            self.members = read_zip(data)
            self.open_certificate()
            self.read_manifest()
            self.read_checkpoints()
            self.read_records()
            self.read_clips()
            self.judge()
        except (Altered, ValueError, KeyError, IndexError, AttributeError, TypeError,
                StopIteration) as problem:
            self.say("altered", f"{type(problem).__name__}: {problem}")
        except LookupError as problem:
            self.say("cannot_tell", str(problem))

    def say(self, verdict, text):
        self.found[verdict].append(text)

    def verdict(self):
        return next((verdict for verdict, found in self.found.items() if found), "authentic")

    def content(self, name):
        if name not in self.members:
            raise Altered(f"{name} is missing")
        return self.members[name][0]

    # -- whose it is --

    def open_certificate(self):
        certificate = self.content("proof/device.crt")
        own = sha256(certificate).hex()
        if self.trust is None:
            self.say("cannot_tell", "nobody said whom to trust")
        elif isinstance(self.trust, str) and self.trust != own:
            self.say("altered", "the certificate is not the trusted one")
        if der(certificate)[3]:
            raise Altered("bytes behind the certificate")
        for suite in SUITES.values():
            try:
                self.key = Key(suite, certificate)
                break
            except ValueError:
                continue
        else:
            raise LookupError("a certificate of no known suite")
        self.suite = self.key.suite
        self.hash_of = self.suite["digest"]
        parts = elements(der(certificate)[1])
        names = [part for part in elements(parts[0][1]) if part[0] == 0x30]
        if names[1][2] == names[3][2] and not self.suite["verify"](
                self.key.point, parts[0][2], *signature_numbers(parts[2][1][1:])):
            self.say("altered", "the certificate's signature does not fit")
        self.certificate = certificate
        if isinstance(self.trust, bytes) and not self.is_by(self.trust, parts):
            self.say("altered", "the certificate is neither the trusted one nor issued by it")

    def is_by(self, trusted, parts):
        """Another certificate of its key, or its issuer's: a CA of that name, whose key signed it."""
        try:
            other = Key(self.suite, trusted)
        except ValueError as problem:
            raise Refused(str(problem)) from None
        own, issuer = (elements(elements(der(text)[1])[0][1]) for text in (self.certificate, trusted))
        is_ca = b"\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff" in trusted
        return other.spki == self.key.spki or (
            is_ca and own[3][2] == issuer[5][2]
            and self.suite["verify"](other.point, parts[0][2], *signature_numbers(parts[2][1][1:])))

    def read_manifest(self):
        content, crc = self.members["manifest.txt"]
        if list(self.members)[-1] != "manifest.txt" or crc != zlib.crc32(content):
            raise Altered("the manifest is not the last member, or its CRC does not fit")
        text, _, signatures = content.rpartition(b"\n\n")
        if signatures.count(b"\n") != 1:
            raise Altered("a manifest with more than one signature")
        lines = (text + b"\n").decode().splitlines()
        if lines[0] != "sealroom package v1":
            raise Altered("no manifest")
        self.origin = re.fullmatch(r"origin ([^ ]+)", lines[1])[1]
        self.key.open_note(content, self.origin)
        size, root = re.fullmatch(r"checkpoint (\d+) ([0-9a-f]{64})", lines[2]).groups()
        self.size, self.root = number(size), digest(root)
        self.request_number = number(re.fullmatch(r"request (\d+)", lines[3])[1])
        self.compare(lines[4:])

    def compare(self, lines):
        names = list(self.members)[:-1]
        if len(lines) != len(names):
            raise Altered("the manifest lists other members")
        for line, name in zip(lines, names):
            content, crc = self.members[name]
            own = "" if name.startswith("clips/") else " " + self.hash_of(content).hex()
            kind = "clip" if name.startswith("clips/") else "file"
            if line != f"{kind} {len(content)} {crc:08x}{own} {name}":
                self.say("altered", f"{name} is not what was signed")
            if name.startswith("proof/") and not re.fullmatch(
                    r"proof/(records\.txt|clips\.txt|device\.crt|checkpoints/.*)", name):
                self.say("altered", f"{name} has no place there")

    def checkpoint(self, note):
        if len(note) > 2048:
            raise Altered("too long for a checkpoint")
        lines = self.key.open_note(note, note.split(b"\n", 1)[0].decode()).split("\n")
        if len(lines) != 4:
            raise Altered("no checkpoint")
        root = base64.b64decode(lines[2], validate=True)
        if len(root) != 32 or base64.b64encode(root).decode() != lines[2] or lines[3]:
            raise Altered("no root")
        return lines[0], number(lines[1]), root

    def read_checkpoints(self):
        self.claims = []
        for name, (content, _) in self.members.items():
            if name.startswith("proof/checkpoints/"):
                origin, size, root = self.checkpoint(content)
                if origin != self.origin or name != f"proof/checkpoints/{size}.txt":
                    raise Altered(f"{name} is another's")
                self.claims.append((size, root))
        if max(self.claims) != (self.size, self.root):
            raise Altered("the manifest names another checkpoint")
        if self.since is not None:
            self.take_since()

    def take_since(self):
        try:
            origin, size, root = self.checkpoint(self.since)
        except OtherKey:
            origin = ""
        except ValueError as problem:
            raise Refused(str(problem)) from None
        if origin != self.origin:
            self.say("altered", "the checkpoint from outside is of another ledger")
        else:
            self.since = (size, root)

    # -- records --

    def read_records(self):
        lines = iter(lines_of(self.content("proof/records.txt")))
        if next(lines) != b"sealroom records v1" or next(lines) != b"size %d" % self.size:
            raise Altered("proof/records.txt begins otherwise")
        tree, self.roots, self.records = Tiling(self.hash_of), {}, []
        for line in lines:
            self.roots[tree.size] = tree.root()
            words = line.decode().split(" ")
            if words[0] == "skip":
                tree.add(number(words[1], 63), digest(words[2]))
                words = words[3:]
            else:
                self.take_record(words, tree, next(lines),
                                 next(lines) if words[0] != "head" else None)
                words = words[3:]
            if words:
                raise Altered("more fields than there are")
        self.roots[tree.size] = tree.root()
        if tree.size != self.size:
            raise Altered("the items tile another number of records")
        for size, root in self.claims:
            if self.roots.get(size) != root:
                self.say("altered", f"the records do not give the checkpoint of {size}")
        if isinstance(self.since, tuple):
            size, root = self.since
            if size not in self.roots:
                self.say("cannot_tell", "the package does not show how it stands to the checkpoint")
            elif self.roots[size] != root:
                self.say("altered", "the checkpoint from outside has another root")

    def take_record(self, words, tree, head, body):
        if words[0] not in ("run", "head", "beside") or number(words[1]) != tree.size:
            raise Altered("an item that cannot be there")
        leaf = self.hash_of(b"\0" + head)
        if leaf != digest(words[2]):
            self.say("altered", f"record {tree.size} is altered")
        record = parse_head(head, Words())
        record |= {"number": tree.size, "as": words[0], "at": nanoseconds(record["at"])}
        if body is not None and self.hash_of(body) != record["body"]:
            raise Altered(f"the body of record {tree.size} is altered")
        record["body"] = None if body is None else parse_body(body)
        if body is not None and record["kind"] in ("segment", "gap"):
            check_members(record["body"], MEMBERS[record["kind"]])
            if nanoseconds(record["body"]["start"]) > nanoseconds(record["body"]["end"]):
                raise Altered("an end before the start")
        if body is not None and record["kind"] == "segment":
            if ("noted_size" in record["body"]) != ("noted_root_sha256" in record["body"]):
                raise Altered("half of what a progress note said")
            check_file(record["body"], record["body"]["camera"])
            if self.suite is SUITES["sm"] and "root_sm3" not in record["body"]:
                raise Altered("no root of the suite's")
            if max(number(record["body"].get(name, "0")) for name in (
                    "recovered_from", "not_covered_from")) > number(record["body"]["size"]):
                raise Altered("a range beyond the segment's size")
        self.records.append(record)
        if len({record["source"] for record in self.records}) > 512:
            raise Altered("too many sources")
        tree.add(0, digest(words[2]))

    # -- clips --

    def read_clips(self):
        lines = lines_of(self.content("proof/clips.txt"))
        if lines[0] != b"sealroom clips v1":
            raise Altered("proof/clips.txt begins otherwise")
        self.segments = {record["number"]: record["body"] for record in self.records
                         if record["kind"] == "segment" and record["body"] is not None}
        self.shown, self.absent = {}, {}
        self.clips = [name for name in self.members if name.startswith("clips/")]
        self.clip = None
        for line in lines[1:]:
            words = line.decode().split(" ")
            getattr(self, "line_" + words[0])(*words[1:])
        self.end_clip()
        if self.clips:
            raise Altered("a clip without proof")

    def line_clip(self, name):
        self.end_clip()
        if not self.clips or self.clips.pop(0) != name or self.absent:
            raise Altered("another clip")
        self.clip, self.at, self.inits, self.segment = self.content(name), 0, set(), None
        self.before = None  # the segment before in this clip
        self.pieces = None
        self.with_init = False
        self.stretches = []  # (is it a piece, its kind, its bytes, its start)

    def end_clip(self):
        if self.clip is not None:
            self.end_segment()
            if self.at != len(self.clip):
                raise Altered("bytes of a clip that no line names")
            self.judge_own()
        self.clip = None

    def judge_own(self):
        """One stretch of its own before the pieces and one behind them, which follow; or none."""
        kinds = [kind for kind, _, _ in self.stretches]
        if 0 not in kinds:
            return
        if kinds[0] != 0 or kinds[-1] != 0 or 2 not in kinds or 0 in kinds[1:-1]:
            raise Altered("own bytes that are not before and behind the pieces")
        contents = [content for _, content, _ in self.stretches]
        try:
            fits = kinds[1] == 1 and set(kinds[2:-1]) == {2} and contents[0] == clip_tables.front(
                contents[1:-1], self.stretches[2][2])
        except ValueError:
            fits = False
        if not fits or contents[-1][:8] != struct.pack(">I", len(contents[-1])) + b"meta":
            self.say("altered", "a clip's own bytes do not follow from its pieces")

    def stretch(self, size, expected, kind=0, start=None):
        content = self.clip[self.at:self.at + size]
        if len(content) != size or self.hash_of(content) != expected:
            self.say("altered", f"bytes {self.at} to {self.at + size} of a clip")
        self.stretches.append((kind, content, start))
        self.at += size

    def line_own(self, size, expected):
        if size == "0":
            raise Altered("nothing of a clip's own")
        self.stretch(number(size, 2 ** 32 - 1), digest(expected))

    def line_segment(self, record):
        self.end_segment()
        self.segment = number(record)
        if self.segment in self.shown or self.clip is None:
            raise Altered("a segment stands twice, or outside of a clip")
        self.shown[self.segment] = []
        self.goes_on = self.before is not None
        if self.goes_on and not self.may_go_on(self.before, self.segment):
            raise Altered("a segment does not follow the one before in its clip")
        self.before = self.segment
        self.with_init, self.track, self.base = False, None, None
        self.pieces = Tiling(self.hash_of)

    def may_go_on(self, before, after):
        """A clip is of one camera, and without a gap."""
        one, other, shown = self.segments[before], self.segments[after], self.shown[before]
        return one["camera"] == other["camera"] and before < after and one["continues"] \
            and near(nanoseconds(other["start"]), nanoseconds(one["end"])) \
            and bool(shown) and shown[-1][0] + 1 == one["pieces"]

    def end_segment(self):
        if self.segment is not None:
            body = self.segments[self.segment]
            root = body["root_sm3" if self.suite is SUITES["sm"] else "root_sha256"]
            if self.pieces.size != body["pieces"] or self.pieces.root().hex() != root:
                self.say("altered", f"the pieces of record {self.segment} are others")
        self.segment = self.pieces = None

    def line_skip(self, level, node):
        self.pieces.add(number(level, 63), digest(node))

    def line_piece(self, kind, offset, size, expected, at, start, duration):
        kind, offset, size = number(kind, 3), number(offset), number(size, 2 ** 32 - 1)
        at, start, end = number(at, 2 ** 32 - 1), signed(start), signed(start) + signed(duration)
        index = self.pieces.size
        if self.segment is None or kind < 1 or size == 0 or (kind == 1) != (index == 0) \
                or signed(duration) < 0 or end >= 2 ** 63:
            raise Altered("a piece that cannot be there")
        if kind == 1:
            self.with_init, self.track = True, told(video_track, self.clip[at:at + size])
        if kind == 2:
            fragments = self.shown[self.segment]
            follows = fragments[-1][0] + 1 == index if fragments else index == 1 or not self.goes_on
            if not self.with_init or not follows:
                raise Altered("a fragment does not follow the one before")
            body = self.segments.get(self.segment)
            if body is not None and not (nanoseconds(body["start"]) - TOLERANCE <= start
                                         and end <= nanoseconds(body["end"]) + TOLERANCE):
                raise Altered("a fragment of an impossible time")
            fragments.append((index, start, end))
            if body is not None:
                self.hold_time(index, body, (start, end), self.clip[at:at + size])
        self.pieces.add(0, self.hash_of(
            b"\0" + struct.pack("<BQQ", kind, offset, size) + digest(expected)))
        if kind == 1 and (at, size, expected) in self.inits:
            return
        if kind == 1 and len(self.inits) == 64:
            raise Altered("too many init parts")
        if kind == 1:
            self.inits.add((at, size, expected))
        if at != self.at:
            raise Altered("a piece does not lie where the one before ends")
        self.stretch(size, digest(expected), kind, start)

    def hold_time(self, index, body, stated, content):
        start, end = stated
        first, last = nanoseconds(body["start"]), nanoseconds(body["end"])
        fits = index != 1 or near(start, first)
        fits = fits and (index + 1 != body["pieces"] or near(end, last))
        media = self.track and told(fragment_times, content, *self.track)
        if media:
            time, duration = media
            self.base = (time, start) if len(self.shown[self.segment]) == 1 else self.base
            distance = time - self.base[0]
            fits = fits and distance >= 0
            fits = fits and (index + 1 == body["pieces"] or near(end - start, duration, duration))
            fits = fits and near(start - self.base[1], distance, distance)
        if not fits:
            self.say("altered", f"the time of piece {index} of record {self.segment}")

    def line_absent(self, record, cause):
        self.end_clip()
        record = number(record)
        if record not in self.segments or record in self.absent or record in self.shown:
            raise Altered("a line of an absent segment")
        self.absent[record] = cause
        self.say({"unreadable": "incomplete", "altered": "altered", "missing": "altered"}[cause],
                 f"record {record}: {cause}")

    # -- what is complete --

    def judge(self):
        by_number = {record["number"]: record for record in self.records}
        request = by_number[self.request_number]
        asked = request["body"]
        if request["kind"] != "operator" or asked["action"] != "export":
            raise Altered("no request")
        check_members(asked, REQUEST)
        if by_number[0]["kind"] != "ledger" or by_number[0]["body"]["origin"] != self.origin:
            raise Altered("record 0 names another ledger")
        if by_number[1]["kind"] != "key" or base64.b64decode(
                by_number[1]["body"]["certificate"], validate=True) != self.certificate:
            raise Altered("record 1 has another certificate")
        self.since_ns, self.until_ns = nanoseconds(asked["from"]), nanoseconds(asked["to"])
        if not self.since_ns < self.until_ns <= request["at"]:
            raise Altered("the range is none, or ends later than the request was made")
        self.of_doors = "doors" in asked
        self.take_expiries()
        latest = {item["source"]: number(item["latest"]) for item in asked["sources"]}
        if not 1 <= len(asked["sources"]) <= 256 or list(latest) != sorted(latest) \
                or len(latest) != len(asked["sources"]):
            raise Altered("the sources are not in order")
        for record in self.records:
            if record["as"] != "beside" and record["source"] not in latest:
                self.say("altered", f"record {record['number']} was not asked for")
        for source, seq in latest.items():
            self.judge_run(source, seq)
            if source.startswith("camera/"):
                self.judge_camera(source)

    def take_expiries(self):
        """(first, last, by) of bodies, and of segments."""
        self.gone = {"records": [], "segments": []}
        for record in self.records:
            if record["kind"] == "expiry" and record["body"] is not None:
                which = "records" if "records" in record["body"] else "segments"
                try:
                    self.gone[which] += [(first, last, record["number"]) for first, last in
                                         getattr(self, "expired_" + which)(record["body"])]
                except (Altered, ValueError, KeyError, TypeError, AttributeError):
                    pass  # it names nothing

    @staticmethod
    def expired_records(body):
        ranges = [(number(item["first"]), number(item["last"])) for item in body["records"]]
        count(body["record_days"])
        any_word(body["reason"])
        if not 1 <= len(ranges) <= 1024 \
                or any(last < first for first, last in ranges) \
                or any(two[0] < one[1] + 2 for one, two in zip(ranges, ranges[1:])):
            raise Altered("no expiry of bodies")
        return ranges

    @staticmethod
    def expired_segments(body):
        check_members(body, MEMBERS["expiry"])
        for item in body["segments"]:
            check_members(item, MEMBERS["expired"])
            check_file(item, body["camera"])
        return [(number(item["record"]), number(item["record"])) for item in body["segments"]]

    def is_gone(self, which, record):
        return any(first <= record <= last and record < by for first, last, by in self.gone[which])

    def judge_run(self, source, latest):
        run = [record for record in self.records
               if record["source"] == source and record["as"] != "beside"]
        for before, record in zip(run, run[1:]):
            if record["seq"] != before["seq"] + 1:
                self.say("altered", f"{source} misses a record before {record['number']}")
        if latest == 0:
            pass
        elif not run or (run[0]["seq"] != 1 and run[0]["at"] >= self.since_ns) \
                or (run[-1]["at"] < self.until_ns and run[-1]["seq"] < latest):
            self.say("altered", f"records of {source} were left out")
        for record in run:
            if record["body"] is None and self.since_ns <= record["at"] < self.until_ns:
                gone = self.is_gone("records", record["number"])
                may = gone or (self.of_doors and not source.startswith("camera/"))
                self.say("incomplete" if may else "altered", f"record {record['number']} has no "
                         "body: " + ("expired" if gone else "withheld" if may else "missing"))

    def judge_camera(self, source):
        spans = []
        for record in self.records:
            body = record["body"]
            if record["source"] != source or record["kind"] not in ("segment", "gap") \
                    or body is None:
                continue
            start, end = nanoseconds(body["start"]), nanoseconds(body["end"])
            if start < self.until_ns and end > self.since_ns:
                spans.append((start, end))
                if record["kind"] == "gap":
                    self.say("incomplete", f"a gap: {body['cause']}")
                else:
                    self.judge_segment(record["number"], body, start, end)
        covered = self.since_ns
        for start, end in sorted(spans):
            if start > covered + TOLERANCE:
                self.say("incomplete", f"time of {source} that no record explains")
            covered = max(covered, end)
        if covered < self.until_ns - TOLERANCE:
            self.say("incomplete", f"time of {source} that no record explains")

    def is_whole(self, body, fragments):
        """Where a segment begins or ends inside the range, no fragment is missing there."""
        torn = 1 if "recovered_from" in body else 0
        return (nanoseconds(body["start"]) < self.since_ns or fragments[0][0] == 1) \
            and (nanoseconds(body["end"]) >= self.until_ns
                 or fragments[-1][0] + 1 + torn >= body["pieces"])

    def judge_segment(self, record, body, start, end):
        fragments = self.shown.get(record)
        if "noted_size" in body:
            self.say("altered", f"record {record} contradicted its progress note")
        if not fragments and self.is_gone("segments", record):
            self.say("incomplete", f"the video of record {record} expired")
        elif record not in self.absent and int(body["size"]) > 0:
            start, end = max(start, self.since_ns), min(end, self.until_ns)
            if end - start <= TOLERANCE:
                return
            if not fragments or fragments[0][1] > start + TOLERANCE \
                    or fragments[-1][2] < end - TOLERANCE \
                    or not self.is_whole(body, fragments):
                self.say("altered", f"video of record {record} was left out")
            if "not_covered_from" in body and int(body["not_covered_from"]) < int(body["size"]):
                self.say("incomplete", f"record {record} has bytes that nothing covers")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("package", type=pathlib.Path)
    parser.add_argument("--fingerprint")
    parser.add_argument("--since", type=pathlib.Path)
    options = parser.parse_args()
    since = options.since.read_bytes() if options.since else None
    package = Package(options.package.read_bytes(), options.fingerprint, since)
    for verdict, found in package.found.items():
        for text in found:
            print(f"{verdict}: {text}")
    print(package.verdict())
    return EXIT[package.verdict()]


if __name__ == "__main__":
    sys.exit(main())
