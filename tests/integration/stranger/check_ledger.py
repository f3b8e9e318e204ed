#!/usr/bin/env python3
"""Checks a sealroom state from recorder/FORMAT.md alone.

    check_ledger.py STATE [--fingerprint SHA256]

Written by the document, not by the recorder's code, and sharing nothing with it: Python's own
library, SQLite, and elliptic-curve arithmetic written out below. One line a finding; exit status
0 if there is none, 1 otherwise. It is a test of the document as much as of the ledger.
"""
import argparse
import base64
import hashlib
import json
import pathlib
import re
import sqlite3
import sys

# ---- suites: digest and signature ----

P256 = {
    "p": 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
    "a": -3,
    "b": 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    "n": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "g": (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
          0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
}
SM2 = {
    "p": 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF,
    "a": -3,
    "b": 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
    "n": 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
    "g": (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
          0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0),
}


def add(curve, one, two):
    """Points are (x, y) or None for infinity."""
    p = curve["p"]
    if one is None or two is None:
        return two if one is None else one
    if one[0] == two[0]:
        if (one[1] + two[1]) % p == 0:
            return None
        slope = (3 * one[0] * one[0] + curve["a"]) * pow(2 * one[1], -1, p)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, p)
    x = (slope * slope - one[0] - two[0]) % p
    return x, (slope * (one[0] - x) - one[1]) % p


def times(curve, number, point):
    """In Jacobian coordinates, (X/Z^2, Y/Z^3), to be spared an inversion a step; a is -3."""
    p, (px, py) = curve["p"], point
    x, y, z = 0, 1, 0
    for bit in bin(number)[2:]:
        delta, gamma = z * z % p, y * y % p
        beta, alpha = x * gamma % p, 3 * (x - delta) * (x + delta) % p
        x, y, z = ((alpha * alpha - 8 * beta) % p, y, ((y + z) * (y + z) - gamma - delta) % p)
        y = (alpha * (4 * beta - x) - 8 * gamma * gamma) % p
        if bit == "1" and z == 0:
            x, y, z = px, py, 1
        elif bit == "1":
            zz = z * z % p
            h, r = (px * zz - x) % p, (py * z * zz - y) % p
            if h == 0:  # the same point or its opposite: leave it to the plain formula
                x, y = x * pow(zz, -1, p) % p, y * pow(z * zz, -1, p) % p
                both = add(curve, (x, y), point)
                x, y, z = (0, 1, 0) if both is None else (*both, 1)
                continue
            hh, hhh = h * h % p, h * h * h % p
            v = x * hh % p
            x = (r * r - hhh - 2 * v) % p
            y, z = (r * (v - x) - y * hhh) % p, z * h % p
    if z == 0:
        return None
    inverse = pow(z, -1, p)
    return x * inverse * inverse % p, y * inverse * inverse * inverse % p


def on_curve(curve, point):
    x, y = point
    return (y * y - (x * x * x + curve["a"] * x + curve["b"])) % curve["p"] == 0


def b32(number):
    return number.to_bytes(32, "big")


def ecdsa_verify(key, message, r, s):
    """FIPS 186-4, 6.4."""
    n = P256["n"]
    if not (0 < r < n and 0 < s < n):
        return False
    e = int.from_bytes(hashlib.sha256(message).digest(), "big")
    w = pow(s, -1, n)
    point = add(P256, times(P256, e * w % n, P256["g"]), times(P256, r * w % n, key))
    return point is not None and point[0] % n == r


def sm2_verify(key, message, r, s):
    """GM/T 0003.2, 7, with the identifier 1234567812345678."""
    n = SM2["n"]
    if not (0 < r < n and 0 < s < n) or (r + s) % n == 0:
        return False
    identifier = b"1234567812345678"
    z = sm3((8 * len(identifier)).to_bytes(2, "big") + identifier + b32(SM2["a"] % SM2["p"])
            + b32(SM2["b"]) + b32(SM2["g"][0]) + b32(SM2["g"][1]) + b32(key[0]) + b32(key[1]))
    e = int.from_bytes(sm3(z + message), "big")
    point = add(SM2, times(SM2, s, SM2["g"]), times(SM2, (r + s) % n, key))
    return point is not None and (e + point[0]) % n == r


def sha256(data):
    return hashlib.sha256(data).digest()


def sm3(data):
    return hashlib.new("sm3", data).digest()


SUITES = {
    "nist": {"digest": sha256, "curve": P256, "verify": ecdsa_verify,
             "oid": bytes.fromhex("2a8648ce3d030107")},
    "sm": {"digest": sm3, "curve": SM2, "verify": sm2_verify,
           "oid": bytes.fromhex("2a811ccf5501822d")},
}
LONG_IDENTIFIER = b"sealroom SM2-SM3 signed note v1"


# ---- DER, as much as a certificate and a signature need ----

def der(data):
    """(tag, content, whole element, rest)"""
    length, at = data[1], 2
    if length & 0x80:
        at = 2 + (length & 0x7F)
        length = int.from_bytes(data[2:at], "big")
    if len(data) < at + length:
        raise ValueError("DER is cut off")
    return data[0], data[at:at + length], data[:at + length], data[at + length:]


def elements(content):
    found = []
    while content:
        tag, inner, whole, content = der(content)
        found.append((tag, inner, whole))
    return found


def signature_numbers(data):
    tag, content, _, rest = der(data)
    parts = elements(content)
    if tag != 0x30 or rest or len(parts) != 2 or any(part[0] != 2 for part in parts):
        raise ValueError("not a signature")
    numbers = [int.from_bytes(part[1], "big", signed=True) for part in parts]
    whole = b"".join(b"\2" + bytes([len(text)]) + text for text in (
        number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True) for number in numbers))
    if data != b"\x30" + bytes([len(whole)]) + whole:
        raise ValueError("the signature is not written as DER has it")
    return tuple(numbers)


class OtherKey(ValueError):
    """Nobody whose key this is has signed."""


class Key:
    def __init__(self, suite, certificate):
        tbs = elements(elements(der(certificate)[1])[0][1])
        if tbs[0][0] == 0xA0:  # version
            tbs = tbs[1:]
        self.spki = tbs[5][2]
        algorithm, bits = elements(der(self.spki)[1])
        if elements(algorithm[1])[1][1] != suite["oid"]:
            raise ValueError("the certificate's key is of another curve")
        point = bits[1][1:]
        if len(point) != 65 or point[0] != 4:
            raise ValueError("the public key is no uncompressed point")
        self.suite = suite
        self.point = (int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big"))
        if not on_curve(suite["curve"], self.point):
            raise ValueError("the public key is not on its curve")

    def identifier(self, origin):
        if self.suite is SUITES["nist"]:
            return sha256(self.spki)[:4]
        return sha256(origin.encode() + b"\n\xff" + LONG_IDENTIFIER + self.spki)[:4]

    def open_note(self, note, origin):
        """The text of a signed note, if this key has signed it."""
        text, separator, signatures = note.rpartition(b"\n\n")
        if not separator:
            raise ValueError("not a signed note")
        text += b"\n"
        verified = False
        if not signatures.endswith(b"\n") or signatures.count(b"\n") > 64 \
                or re.search(rb"[\0-\x09\x0b-\x1f\x7f]", note):
            raise ValueError("not a signed note")
        for line in signatures[:-1].decode("utf-8").split("\n"):
            match = re.fullmatch("\u2014 ([^ ]+) ([A-Za-z0-9+/]+=*)", line)
            if not match:
                raise ValueError("not a signature line")
            blob = base64.b64decode(match[2], validate=True)
            if base64.b64encode(blob).decode() != match[2] or len(blob) < 5:
                raise ValueError("not a signature line")
            if match[1] != origin or blob[:4] != self.identifier(origin):
                continue
            if not self.suite["verify"](self.point, text, *signature_numbers(blob[4:])):
                raise ValueError("the signature is wrong")
            verified = True
        if not verified:
            raise OtherKey("not signed by the key")
        return text.decode("utf-8")


# ---- tree ----

class Tree:
    """RFC 6962, growing; keeps every complete node."""

    def __init__(self, digest):
        self.digest = digest
        self.levels = []

    def add(self, data):
        node, level = self.digest(b"\x00" + data), 0
        while True:
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(node)
            if len(self.levels[level]) % 2:
                return
            node = self.digest(b"\x01" + self.levels[level][-2] + self.levels[level][-1])
            level += 1

    def root(self):
        size = len(self.levels[0]) if self.levels else 0
        if size == 0:
            return self.digest(b"")
        root, done = None, size
        for level in range(size.bit_length()):
            if size >> level & 1:
                done -= 1 << level
                peak = self.levels[level][done >> level]
                root = peak if root is None else self.digest(b"\x01" + peak + root)
        return root


# ---- records ----

IDENTIFIER = "[a-z0-9][a-z0-9-]{0,31}"
HEAD = re.compile(
    r'\{"kind":"([a-z0-9_]+)","source":"(' + IDENTIFIER + "(?:/" + IDENTIFIER + r')?)",'
    r'"seq":"([1-9][0-9]*)","at":"([0-9T:.Z-]{30})",'
    r'"boot":"([0-9a-f-]{36})","monotonic":"(0|-?[1-9][0-9]*)","clock":"(synced|unsynced)",'
    r'"body":"([0-9a-f]{64})"\}')
KINDS = set("ledger key checkpoint_lost entry alarm segment gap camera source operator account "
            "hold expiry config program clock health heartbeat anchor".split())


def parse_head(line, kinds=KINDS):
    if len(line) > 1024:
        raise ValueError("too long")
    match = HEAD.fullmatch(line.decode("ascii"))
    if not match or match[1] not in kinds or len(match[2]) > 47 or int(match[3]) >= 1 << 64 \
            or not -(1 << 63) <= int(match[6]) < 1 << 63:
        raise ValueError("not of the form")
    return {"kind": match[1], "source": match[2], "seq": int(match[3]), "at": match[4],
            "body": bytes.fromhex(match[8]), "boot": match[5], "monotonic": int(match[6])}


def parse_body(line):
    def pairs(items):
        if len({name for name, _ in items}) != len(items):
            raise ValueError("a member stands twice")
        return dict(items)

    def no_number(text):
        raise ValueError(f"a fraction, or no number: {text}")

    def plain(value, depth=0):
        if depth > 16 or type(value) is int and abs(value) >= 1 << 53:
            raise ValueError("too deep, or too large a number")
        if isinstance(value, str):
            value.encode()  # halves of surrogate pairs cannot be
            if "\0" in value:
                raise ValueError("a NUL in a text")
        for inner in value if isinstance(value, list) else ():
            plain(inner, depth + 1)
        for name, inner in value.items() if isinstance(value, dict) else ():
            plain(name, depth)
            plain(inner, depth + 1)

    if b"\n" in line or len(line) > 1 << 20:
        raise ValueError("too long, or of several lines")
    text = line.decode("utf-8")
    if not re.match('\\{"salt":"[0-9a-f]{32}"', text):
        raise ValueError("no salt")
    if re.search(r"\s", re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)):
        raise ValueError("blanks")
    try:
        body = json.loads(text, object_pairs_hook=pairs, parse_float=no_number,
                          parse_constant=no_number)
    except RecursionError:
        raise ValueError("too deep") from None
    plain(body)
    return body


def nanoseconds(text):
    import datetime
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z", text):
        raise ValueError(f"{text!r} is no time")
    whole = datetime.datetime.fromisoformat(text[:19] + "+00:00")
    time = int(whole.timestamp()) * 10**9 + int(text[20:29])
    if not -2 ** 63 <= time < 2 ** 63:
        raise ValueError(f"{text!r} is too far away")
    return time


GOING = set("entry alarm camera source operator health heartbeat segment".split())
DAY = 24 * 3600 * 10**9


def covers(hold, source, at):
    if not nanoseconds(hold["from"]) <= at < nanoseconds(hold["to"]) + DAY:
        return False
    cameras = hold.get("cameras", "").split(" ")
    return (not source.startswith("camera/") or source[7:] in cameras
            or not hold.get("cameras") and not hold.get("doors"))


# ---- the checks ----

class Check:
    def __init__(self, state, fingerprint):
        self.state = pathlib.Path(state)
        self.database = sqlite3.connect(f"file:{self.state / 'ledger.db'}?mode=ro", uri=True)
        self.database.text_factory = bytes
        self.fingerprint = fingerprint
        self.findings = []
        self.segments = {}
        self.expired = set()
        self.facts = {}  # number: kind, source, at, lived time
        self.lived = 0
        self.before = None
        self.absent = set()
        self.named = set()
        self.holds = {}
        self.record_days = 180

    def find(self, text):
        self.findings.append(text)

    def rows(self, query):
        return self.database.execute(query)

    def identity(self):
        rows = list(self.rows("SELECT id, format, origin, suite FROM ledger"))
        if len(rows) != 1 or rows[0][:2] != (1, 1):
            return self.find("table ledger: not one row of format 1")
        self.origin = rows[0][2].decode()
        self.suite = SUITES[rows[0][3].decode()]
        self.suite_name = rows[0][3].decode()

    def key(self):
        body = self.database.execute("SELECT body FROM record WHERE number = 1").fetchone()
        certificate = base64.b64decode(parse_body(body[0])["certificate"], validate=True)
        own = hashlib.sha256(certificate).hexdigest()
        if self.fingerprint and own != self.fingerprint:
            self.find("record 1: its certificate is not the trusted one")
        self.public = Key(self.suite, certificate)

    def checkpoint(self, note, where):
        try:
            lines = self.public.open_note(note, self.origin).split("\n")
            if len(lines) != 4 or lines[0] != self.origin or lines[3] or \
                    not re.fullmatch("[1-9][0-9]*", lines[1]):
                raise ValueError("not the three lines of a checkpoint")
            return int(lines[1]), base64.b64decode(lines[2], validate=True)
        except (ValueError, UnicodeDecodeError) as problem:
            self.find(f"{where}: {problem}")
            return None

    def checkpoints(self):
        """{size: (root, at, left)} and the newest."""
        self.signed = {}
        newest = None
        for size, at, left, note in self.rows(
                "SELECT size, at_utc_ns, left_box, note FROM checkpoint ORDER BY size"):
            newest = (size, note)
            found = self.checkpoint(note, f"checkpoint {size}")
            if found and found[0] != size:
                self.find(f"checkpoint {size}: its note says {found[0]}")
            elif found:
                self.signed[size] = (found[1], at, left)
        rows = list(self.rows("SELECT id, note FROM newest"))
        if newest is None or rows != [(1, newest[1])]:
            self.find("table newest: not the newest checkpoint")
        for row in rows:
            self.checkpoint(row[1], "table newest")
        self.size = max(self.signed, default=0)

    def records(self):
        self.tree = Tree(self.suite["digest"])
        self.last = {}
        anchors = []
        at = None
        expected = 0
        for number, head, body in self.rows(
                "SELECT number, head, body FROM record ORDER BY number"):
            if number < 0 or number >= self.size:
                self.find(f"record {number}: beyond the newest checkpoint")
                continue
            for missing in range(expected, number):
                self.find(f"record {missing}: missing")
                self.tree.add(b"")
            expected = number + 1
            self.tree.add(head)
            try:
                fields = parse_head(head)
                at = fields["at"]
                self.record(number, fields, body)
                if fields["kind"] == "anchor":
                    anchors.append(number)
            except (ValueError, UnicodeDecodeError) as problem:
                self.find(f"record {number}: head: {problem}")
            self.against_checkpoint(number + 1, at)
        for missing in range(expected, self.size):
            self.find(f"record {missing}: missing")
        for number in sorted(self.absent - self.named):
            self.find(f"record {number}: its body is missing")
        self.left = {min((size for size in self.signed if size > number), default=None)
                     for number in anchors}
        for size, (_, _, left) in self.signed.items():
            if left != (size in self.left):
                self.find(f"checkpoint {size}: left_box is wrong")

    def record(self, number, head, body):
        source, seq = head["source"], head["seq"]
        if seq != self.last.get(source, (0, 0))[0] + 1:
            self.find(f"record {number}: seq {seq} of {source} does not follow on")
        self.last[source] = (seq, number)
        if self.before and self.before["boot"] == head["boot"]:
            self.lived += max(head["monotonic"] - self.before["monotonic"], 0)
        self.before = head
        self.facts[number] = (head["kind"], source, nanoseconds(head["at"]), self.lived)
        if body is None:
            self.absent.add(number)
            return
        if self.suite["digest"](body) != head["body"]:
            self.find(f"record {number}: the body is not the one its head names")
            return
        try:
            content = parse_body(body)
        except ValueError as problem:
            self.find(f"record {number}: body: {problem}")
            return
        if number == 0 and (head["kind"] != "ledger" or content["origin"] != self.origin
                            or content["suite"] != self.suite_name):
            self.find("record 0: not this ledger's beginning")
        if number == 1 and head["kind"] != "key":
            self.find("record 1: no key")
        if head["kind"] == "segment":
            self.segments[number] = content
        if head["kind"] == "config":
            self.record_days = max(180, content["record_days"])
        if head["kind"] == "hold" and content["action"] == "set":
            self.holds[number] = content
        elif head["kind"] == "hold":
            self.holds.pop(int(content["hold"]), None)
        if head["kind"] == "expiry" and "records" in content:
            self.bodies(number, content["records"])
        elif head["kind"] == "expiry":
            self.expired |= {int(segment["record"]) for segment in content["segments"]}

    def bodies(self, expiry, ranges):
        """Expiry of bodies."""
        before = -2
        for item in ranges:
            first, last = int(item["first"]), int(item["last"])
            if not before + 1 < first <= last < expiry:
                self.find(f"record {expiry}: its ranges are not in order, or not before it")
                continue
            before = last
            for number in range(first, last + 1):
                if number in self.facts and number not in self.named:
                    self.body(expiry, number)

    def body(self, expiry, number):
        kind, source, at, lived = self.facts[number]
        age = min(self.facts[expiry][2] - at, self.facts[expiry][3] - lived)
        if kind not in GOING or kind == "segment" and number not in self.expired:
            self.find(f"record {expiry}: it names record {number}, which stays whole")
            return
        self.named.add(number)
        if age < self.record_days * DAY or any(covers(hold, source, at)
                                               for hold in self.holds.values()):
            self.find(f"record {number}: its body was deleted early")

    def against_checkpoint(self, size, at):
        if size in self.signed:
            root, at_utc_ns, _ = self.signed[size]
            if self.tree.root() != root:
                self.find(f"checkpoint {size}: the records up to there give another root")
            if at is not None and nanoseconds(at) != at_utc_ns:
                self.find(f"checkpoint {size}: at_utc_ns is not its last record's")

    def nodes(self):
        expected = {(level, position): node for level, nodes in enumerate(self.tree.levels)
                    for position, node in enumerate(nodes)}
        for level, position, node in self.rows("SELECT level, position, hash FROM node"):
            if expected.pop((level, position), None) != node:
                self.find(f"node {level}/{position}: not what the records give")
        for level, position in expected:
            self.find(f"node {level}/{position}: missing")

    def sources(self):
        stored = {name.decode(): (seq, number) for name, seq, number in
                  self.rows("SELECT name, seq, number FROM source")}
        if stored != self.last:
            for name in sorted(set(stored) | set(self.last)):
                if stored.get(name) != self.last.get(name):
                    self.find(f"source {name}: {stored.get(name)}, not {self.last.get(name)}")

    def quarantine(self):
        for table, number in self.rows("SELECT origin_table, number FROM quarantine"):
            self.find(f"quarantine: {table.decode()} {number}")

    def root_of(self, digest, pieces, content, index):
        tree, at = Tree(digest), 0
        for piece in pieces:
            data = content[at:at + piece["size"]]
            if digest(data) != piece["digests"][index]:
                self.bad.append((at, at + piece["size"]))
            tree.add(bytes([piece["kind"]]) + at.to_bytes(8, "little")
                     + piece["size"].to_bytes(8, "little") + digest(data))
            at += piece["size"]
        return tree.root().hex()

    @staticmethod
    def piece_list(data):
        """The row of table piece."""
        count, at, pieces = int.from_bytes(data[1:5], "little"), 5, []
        width = {1: 62, 2: 94}[data[0]]
        for _ in range(count):
            row = data[at:at + width]
            pieces.append({"kind": row[0], "size": int.from_bytes(row[2:10], "little"),
                           "digests": [row[30:62], row[62:94]]})
            at += width
        if at != len(data):
            raise ValueError("bytes after the last piece")
        return pieces

    def video(self):
        known = set()
        for number, segment in self.segments.items():
            path = self.state / "video" / segment["file"]
            known.add(path)
            if not path.exists():
                if number not in self.expired:
                    self.find(f"record {number}: {segment['file']} is missing")
                continue
            self.segment(number, segment, path.read_bytes())
        for path in sorted((self.state / "video").glob("*/*/*.mp4")):
            if path not in known and path.stat().st_size and not self.is_open(path):
                self.find(f"{path.name}: no record names it")

    def is_open(self, path):
        return any(path.stem in slot for slot in self.open_segments)

    def segment(self, number, segment, content):
        if len(content) != int(segment["size"]):
            self.find(f"record {number}: {segment['file']} has {len(content)} bytes, "
                      f"not {segment['size']}")
            return
        row = self.database.execute("SELECT pieces FROM piece WHERE record = ?",
                                    (number,)).fetchone()
        try:
            pieces = self.piece_list(row[0]) if row else []
        except (ValueError, KeyError, IndexError):
            pieces = []
        if len(pieces) != segment["pieces"] or \
                sum(piece["size"] for piece in pieces) != len(content):
            self.find(f"record {number}: its piece list does not fit")
            return
        self.bad = []
        for name, digest, index in (("root_sha256", sha256, 0), ("root_sm3", sm3, 1)):
            if name in segment and self.root_of(digest, pieces, content, index) != segment[name]:
                where = ", ".join(f"bytes {start} to {end}" for start, end in sorted(set(self.bad)))
                self.find(f"record {number}: {segment['file']} is altered: "
                          f"{where or 'its piece list'}")
                return
            if self.bad:
                self.find(f"record {number}: its piece list is altered")
                return

    def progress(self):
        self.open_segments = []
        sequences = []
        for name in ("progress.0", "progress.1"):
            path = self.state / name
            if not path.exists():
                continue
            try:
                text = self.public.open_note(path.read_bytes(), self.origin)
                sequences.append(self.progress_note(text))
            except (ValueError, UnicodeDecodeError) as problem:
                self.find(f"{name}: {problem}")
        if len(set(sequences)) != len(sequences):
            self.find("progress: the same sequence twice")

    def progress_note(self, text):
        match = re.fullmatch(
            "sealroom progress v1\norigin (\\S+)\nboot ([0-9a-f-]{36})\nsequence (\\d+)\n"
            "time (\\S{30})\ncheckpoint (\\d+) ([0-9a-f]{64})\n((?:segment .*\n)*)", text)
        if not match or match[1] != self.origin:
            raise ValueError("not a progress note of this ledger")
        for line in match[7].splitlines():
            words = re.fullmatch(
                f"segment ({IDENTIFIER}) (\\d{{8}}T\\d{{6}}Z-[0-9a-f]{{16}}) (\\d+) (\\d+) "
                "(-?\\d+) (-?\\d+) ([0-9a-f]{64}) ([0-9a-f]{64}|-)", line)
            if not words:
                raise ValueError("a segment line is malformed")
            self.open_segments.append(line)
        size, root = int(match[5]), bytes.fromhex(match[6])
        if size in self.signed and self.signed[size][0] != root:
            raise ValueError(f"it names another root for checkpoint {size}")
        return int(match[3])

    def volume(self):
        path = self.state / "video" / "volume"
        expected = (f"sealroom volume 1\norigin {self.origin}\n"
                    f"key {hashlib.sha256(self.public.spki).hexdigest()}\n")
        if not path.exists() or path.read_text(encoding="utf-8") != expected:
            self.find("video/volume: not this ledger's")

    def run(self):
        for step in (self.identity, self.key, self.checkpoints, self.records, self.nodes,
                     self.sources, self.quarantine, self.progress, self.video, self.volume):
            try:
                step()
            except (ValueError, KeyError, TypeError, AttributeError, sqlite3.Error) as problem:
                self.find(f"{step.__name__}: {type(problem).__name__}: {problem}")
        return self.findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("state")
    parser.add_argument("--fingerprint", help="the certificate's, from outside")
    options = parser.parse_args()
    check = Check(options.state, options.fingerprint)
    findings = check.run()
    for finding in findings:
        print(finding)
    if not findings:
        held = "the fingerprint given" if options.fingerprint else "the ledger's own certificate"
        print(f"{check.size} records, {len(check.signed)} checkpoints, {len(check.segments)} "
              f"segments: all fit, held against {held}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
