"""A package taken apart, and put together again: as it must be, or as somebody wants it.

Everything by recorder/FORMAT.md. The keys beside the vectors are those of the devices that made
them, so that anybody can make what an exporter might who signs properly, or a thief of the key.
"""
import base64
import dataclasses
import hashlib
import json
import pathlib
import re
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration/stranger"))
import check_ledger as ledger  # noqa: E402

MANIFEST, RECORDS, CLIPS, CERTIFICATE = (
    "manifest.txt", "proof/records.txt", "proof/clips.txt", "proof/device.crt")


# ---- DER and signatures ----

def der(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else (
        lambda text: bytes([0x80 | len(text)]) + text)(size.to_bytes((size.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + length + content


def der_number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


class Signer:
    """A device's key."""

    def __init__(self, suite, secret):
        self.name, self.suite, self.secret = suite, ledger.SUITES[suite], secret
        self.curve = self.suite["curve"]
        self.point = ledger.times(self.curve, secret, self.curve["g"])
        algorithm = der(0x30, der(6, bytes.fromhex("2a8648ce3d0201")), der(6, self.suite["oid"]))
        self.bits = der(3, b"\0\4" + ledger.b32(self.point[0]) + ledger.b32(self.point[1]))
        self.spki = der(0x30, algorithm, self.bits)

    @classmethod
    def read(cls, suite, path):
        """PKCS#8 in PEM."""
        text = "".join(line for line in path.read_text().splitlines() if "-" not in line)
        inner = ledger.elements(ledger.der(base64.b64decode(text))[1])[2][1]
        return cls(suite, int.from_bytes(ledger.elements(ledger.der(inner)[1])[1][1], "big"))

    @classmethod
    def made_of(cls, suite, text):
        return cls(suite, int.from_bytes(hashlib.sha512(text.encode()).digest(), "big")
                   % (ledger.SUITES[suite]["curve"]["n"] - 2) + 1)

    def hash(self, data):
        return self.suite["digest"](data)

    def sign_numbers(self, message):
        """The one-time number is made of key and message, so that what is made again is the same."""
        n = self.curve["n"]
        k = int.from_bytes(hashlib.sha512(ledger.b32(self.secret) + message).digest(), "big") % n
        x = ledger.times(self.curve, k, self.curve["g"])[0]
        if self.name == "nist":
            e = int.from_bytes(ledger.sha256(message), "big")
            return x % n, pow(k, -1, n) * (e + x % n * self.secret) % n
        identifier = b"1234567812345678"
        z = ledger.sm3((8 * len(identifier)).to_bytes(2, "big") + identifier + b"".join(
            ledger.b32(value % self.curve["p"]) for value in (
                self.curve["a"], self.curve["b"], *self.curve["g"], *self.point)))
        r = (int.from_bytes(ledger.sm3(z + message), "big") + x) % n
        return r, pow(1 + self.secret, -1, n) * (k - r * self.secret) % n

    def sign(self, message):
        return der(0x30, *map(der_number, self.sign_numbers(message)))

    def line(self, origin, signature):
        known = ledger.Key.identifier(
            type("key", (), {"suite": self.suite, "spki": self.spki})(), origin)
        return f"\u2014 {origin} {base64.b64encode(known + signature).decode()}\n"

    def note(self, text, origin=None):
        origin = origin or text.split("\n", 1)[0]
        return (text + "\n" + self.line(origin, self.sign(text.encode()))).encode()

    def checkpoint(self, origin, size, root):
        return self.note(f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n")

    def certificate(self, name, issuer=None, issuer_name=None, is_ca=False):
        """X.509 v3, for this key; its own issuer unless another is named."""
        signature = der(0x30, der(6, bytes.fromhex(
            {"sm": "2a811ccf55018375", "nist": "2a8648ce3d040302"}[(issuer or self).name])))
        named = [der(0x30, der(0x31, der(0x30, der(6, b"\x55\4\3"), der(12, text.encode()))))
                 for text in (issuer_name or name, name)]
        constraints = der(4, der(0x30, der(1, b"\xff") if is_ca else b""))
        usage = der(4, b"\3\2\1\6" if is_ca else b"\3\2\6\xc0")
        extensions = der(0x30, der(0x30, der(6, b"\x55\x1d\x13"), der(1, b"\xff"), constraints),
                         der(0x30, der(6, b"\x55\x1d\x0f"), der(1, b"\xff"), usage))
        tbs = der(0x30, der(0xA0, der_number(2)),
                  der_number(int.from_bytes(hashlib.sha256(self.spki).digest()[:15], "big")),
                  signature, named[0],
                  der(0x30, der(0x17, b"200101000000Z"), der(0x18, b"99991231235959Z")),
                  named[1], self.spki, der(0xA3, extensions))
        return der(0x30, tbs, signature, der(3, b"\0" + (issuer or self).sign(tbs)))


# ---- ZIP ----

@dataclasses.dataclass
class Member:
    """As it is written: what says otherwise than the rest of it does is in `local` and `central`."""
    name: bytes
    content: bytes
    local: dict = dataclasses.field(default_factory=dict)
    central: dict = dataclasses.field(default_factory=dict)
    before: bytes = b""  # bytes before its header that belong to nobody
    is_listed: bool = True

    def fields(self, changes):
        crc = zlib.crc32(self.content)
        return {"made": 45, "needed": 20, "flags": 0, "method": 0, "time": 0, "date": 0x21,
                "crc": crc, "packed": len(self.content), "size": len(self.content),
                "name": self.name, "extra": b"", "comment": b"", "disk": 0, "internal": 0,
                "external": 0, "signature": None, **changes}


def zip_bytes(members, end=None, tail=b"", before=b"", middle=b""):
    """`end`: fields of the end record; `middle` goes before it, `tail` behind it."""
    out, central, count = before, b"", 0
    for member in members:
        out += member.before
        offset = len(out)
        said = member.fields(member.local)
        out += struct.pack("<IHHHHHIIIHH", said["signature"] or 0x04034B50, said["needed"],
                           said["flags"], said["method"], said["time"], said["date"], said["crc"],
                           said["packed"], said["size"], len(said["name"]), len(said["extra"]))
        out += said["name"] + said["extra"] + said.get("data", member.content)
        if not member.is_listed:
            continue
        count += 1
        said = member.fields({"offset": offset, **member.central})
        central += struct.pack(
            "<IHHHHHHIIIHHHHHII", said["signature"] or 0x02014B50, said["made"], said["needed"],
            said["flags"], said["method"], said["time"], said["date"], said["crc"], said["packed"],
            said["size"], len(said["name"]), len(said["extra"]), len(said["comment"]),
            said["disk"], said["internal"], said["external"], said["offset"])
        central += said["name"] + said["extra"] + said["comment"]
    said = {"signature": 0x06054B50, "disk": 0, "start": 0, "here": count, "count": count,
            "size": len(central), "offset": len(out), "comment": 0, **(end or {})}
    return out + central + middle + struct.pack("<IHHHHIIH", *said.values()) + tail


def zip_members(data):
    """Of a package that is as it must be: [(name, content)]."""
    count, size, offset = struct.unpack_from("<HII", data, len(data) - 12)
    members, at = [], offset
    for _ in range(count):
        length, name_size = struct.unpack_from("<IIH", data, at + 20)[1:]
        start, = struct.unpack_from("<I", data, at + 42)
        name = data[at + 46:at + 46 + name_size]
        begin = start + 30 + name_size
        members.append((name.decode(), data[begin:begin + length]))
        at += 46 + name_size
    return members


# ---- what is in one ----

@dataclasses.dataclass
class Item:
    """Of proof/records.txt. `hash` is what is stated."""
    word: str
    hash: bytes
    level: int = 0
    head: bytes = None
    body: bytes = None

    @property
    def about(self):
        return json.loads(self.head)


class Tree(list):
    """RFC 6962 of nodes of any level: the subtrees that are complete, (level, hash)."""

    def __init__(self, digest):
        super().__init__()
        self.digest = digest

    def put(self, level, node):
        while self and self[-1][0] == level:
            node, level = self.digest(b"\1" + self.pop()[1] + node), level + 1
        self.append((level, node))

    def root(self):
        root = None
        for _, node in reversed(self):
            root = node if root is None else self.digest(b"\1" + node + root)
        return root if root is not None else self.digest(b"")


class Package:
    """`members` in order without the manifest; `origin`, `size`, `root`, `request` are its own."""

    def __init__(self, data, signer):
        self.signer = signer
        members = zip_members(data)
        self.members = dict(members[:-1])
        self.order = [name for name, _ in members[:-1]]
        self.note = members[-1][1]
        found = re.match(r"sealroom package v1\norigin (\S+)\ncheckpoint (\d+) (\S+)\n"
                         r"request (\d+)\n", self.note.decode())
        self.origin, self.root = found[1], bytes.fromhex(found[3])
        self.size, self.request = int(found[2]), int(found[4])

    def lines(self):
        """Of the manifest, about the members."""
        for name in self.order:
            content = self.members[name]
            is_clip = name.startswith("clips/")
            own = "" if is_clip else self.signer.hash(content).hex() + " "
            yield (f"{'clip' if is_clip else 'file'} {len(content)} {zlib.crc32(content):08x} "
                   f"{own}{name}\n")

    def text(self):
        return (f"sealroom package v1\norigin {self.origin}\ncheckpoint {self.size} "
                f"{self.root.hex()}\nrequest {self.request}\n" + "".join(self.lines()))

    def sign(self, signer=None):
        """The manifest anew."""
        self.note = (signer or self.signer).note(self.text(), self.origin)
        return self

    def zip_members(self):
        return [Member(name.encode(), self.members[name]) for name in self.order] \
            + [Member(MANIFEST.encode(), self.note)]

    def zip(self):
        return zip_bytes(self.zip_members())

    # -- records --

    def items(self):
        lines = iter(self.members[RECORDS].split(b"\n")[2:-1])
        items = []
        for line in lines:
            words = line.decode().split(" ")
            if words[0] == "skip":
                items.append(Item("skip", bytes.fromhex(words[2]), int(words[1])))
            else:
                items.append(Item(words[0], bytes.fromhex(words[2]), 0, next(lines),
                                  next(lines) if words[0] != "head" else None))
        return items

    def set_items(self, items, size=None):
        text, number = [], 0
        for item in items:
            place = item.level if item.word == "skip" else number
            text.append(f"{item.word} {place} {item.hash.hex()}".encode())
            text += [line for line in (item.head, item.body) if line is not None]
            number += 1 << item.level
        self.members[RECORDS] = b"\n".join(
            [b"sealroom records v1", b"size %d" % (number if size is None else size), *text, b""])

    def renew(self, items):
        """Another history, signed by the same key: leaves, roots, checkpoints, manifest."""
        tree, roots, size = Tree(self.signer.hash), {}, 0
        for item in items:
            roots[size] = tree.root()
            if item.word != "skip":
                if item.body is not None:
                    head = dict(json.loads(item.head))
                    body = self.signer.hash(item.body).hex()
                    item.head = item.head.replace(head["body"].encode(), body.encode())
                item.hash = self.signer.hash(b"\0" + item.head)
            tree.put(item.level, item.hash)
            size += 1 << item.level
        roots[size] = tree.root()
        self.set_items(items)
        for name in [name for name in self.order if name.startswith("proof/checkpoints/")]:
            of = int(name.rpartition("/")[2][:-4])
            if of in roots:
                self.members[name] = self.signer.checkpoint(self.origin, of, roots[of])
        if size != self.size:
            self.rename(f"proof/checkpoints/{self.size}.txt", f"proof/checkpoints/{size}.txt")
            self.members[f"proof/checkpoints/{size}.txt"] = self.signer.checkpoint(
                self.origin, size, roots[size])
        self.size, self.root = size, roots[size]
        return self.sign()

    def rename(self, old, new):
        self.order[self.order.index(old)] = new
        self.members[new] = self.members.pop(old)

    def edit(self, name, change):
        """A member's lines, given as a list of str, and signed properly."""
        lines = self.members[name].decode().split("\n")[:-1]
        lines = change(lines) or lines
        self.members[name] = "".join(line + "\n" for line in lines).encode()
        return self.sign()

    def expected_size(self):
        return sum(1 << item.level for item in self.items())
