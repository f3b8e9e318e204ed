#!/usr/bin/env python3
"""Writes recorder/EXAMPLES.md out of smallest-nist.zip and smallest-sm.zip.

    examples.py >recorder/EXAMPLES.md

Every hash, key id, signature and header in it is computed here from the packages' bytes by the
verifier that was written from FORMAT.md alone, and compared with what stands in them; tests hold
the document against what this writes.
"""
import base64
import pathlib
import struct
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "integration" / "stranger"))
import check_ledger as ledger  # noqa: E402
import check_package as package  # noqa: E402

SUITES = {"nist": "SHA-256, ECDSA P-256", "sm": "SM3, SM2"}
INTRODUCTION = """# Worked examples

One whole package of each suite, as small as one can be: a ledger of four records of which one entry was asked for. They are `smallest-nist.zip` and `smallest-sm.zip` in `tests/vectors/examples`, made once with keys that were thrown away; `examples.py` beside them computes what stands here from their bytes, and a test holds this document against it. What the parts are, FORMAT.md says. Offsets and counts are decimal, bytes hexadecimal; ‖ joins; a line's end is shown as one, and is `0a`.
"""


def fence(text):
    return "```\n" + text.rstrip("\n") + "\n```\n"


def lines(data, width=32):
    return fence("\n".join(textwrap.wrap(data.hex(), 2 * width)))


def show(data):
    return data.decode()


class Example:
    def __init__(self, name):
        self.name, self.suite = name, ledger.SUITES[name]
        self.path = HERE / f"smallest-{name}.zip"
        self.data = self.path.read_bytes()
        self.members = {name: content for name, (content, _) in package.read_zip(self.data).items()}
        self.certificate = self.members["proof/device.crt"]
        self.key = ledger.Key(self.suite, self.certificate)
        self.hash_of = self.suite["digest"]
        self.out = []
        judged = package.Package(self.data, ledger.sha256(self.certificate).hex(), None)
        assert judged.verdict() == "authentic", judged.found
        items = self.members["proof/records.txt"].split(b"\n")
        self.items = [items[at:at + 3] for at in range(2, 14, 3)]

    def say(self, text):
        if text.startswith("- ") and self.out[-1].startswith("- "):
            self.out[-1] += text + "\n"
        else:
            self.out.append(text.rstrip("\n") + "\n")

    def render(self):
        self.say(f"## Suite `{self.name}`: {SUITES[self.name]}\n")
        for part in (self.certificate_part, self.record_part, self.tree_part, self.piece_part,
                     self.note_part, self.proof_part, self.manifest_part, self.file_part):
            part()
        return "\n".join(self.out)

    def certificate_part(self):
        self.say("### Certificate and key\n")
        self.say(f"`proof/device.crt`, {len(self.certificate)} bytes of DER. SHA-256 of them is the "
                 f"fingerprint, `{ledger.sha256(self.certificate).hex()}`.\n")
        self.say(lines(self.certificate))
        self.say(f"Of it the SubjectPublicKeyInfo, {len(self.key.spki)} bytes from byte "
                 f"{self.certificate.index(self.key.spki)}:\n")
        self.say(lines(self.key.spki))

    def record_part(self):
        item, head, body = self.items[2]
        leaf = self.hash_of(b"\0" + head)
        assert self.hash_of(body).hex().encode() in head and item.endswith(leaf.hex().encode())
        self.say("### Record, head, body, leaf\n")
        self.say("Record 2, of the door. Its head:\n")
        self.say(fence(show(head)))
        self.say("Its body:\n")
        self.say(fence(show(body)))
        self.say(f"- H(body), {len(body)} bytes without the line's end: `{self.hash_of(body).hex()}`"
                 ", which stands in the head.")
        self.say(f"- The leaf, H(`00` ‖ head), {len(head)} bytes of head: `{leaf.hex()}`.")

    def tree_part(self):
        leaves = [self.hash_of(b"\0" + head) for _, head, _ in self.items]
        left, right = (self.hash_of(b"\1" + leaves[at] + leaves[at + 1]) for at in (0, 2))
        self.root = self.hash_of(b"\1" + left + right)
        self.say("### Tree\n")
        rows = [f"| leaf {at} | `{leaf.hex()}` |" for at, leaf in enumerate(leaves)]
        rows.append(f"| node of leaves 0 and 1: H(`01` ‖ leaf 0 ‖ leaf 1) | `{left.hex()}` |")
        rows.append(f"| node of leaves 2 and 3 | `{right.hex()}` |")
        rows.append(f"| root: H(`01` ‖ node ‖ node) | `{self.root.hex()}` |")
        self.say("| | |\n| --- | --- |\n" + "\n".join(rows))

    def piece_part(self):
        digest = self.hash_of(b"fragment")
        data = struct.pack("<BQQ", 2, 700, 8) + digest
        self.say("### Leaf of a piece\n")
        self.say("This package has no video. A fragment (kind 2) at byte 700 of a segment's file, of "
                 f"8 bytes, the text `fragment`, has the digest `{digest.hex()}`; its leaf's data is\n")
        self.say(lines(data, 49))
        self.say(f"and the leaf, H(`00` ‖ data), `{self.hash_of(bytes(1) + data).hex()}`.")

    def signed(self, note):
        """What a note's signature line is made of."""
        origin = self.members["manifest.txt"].split(b"\n")[1][7:].decode()
        text = self.key.open_note(note, origin)
        blob = base64.b64decode(note.rstrip(b"\n").rpartition(b" ")[2])
        r, s = ledger.signature_numbers(blob[4:])
        assert blob[:4] == self.key.identifier(origin)
        digested = "SHA-256(SPKI)" if self.name == "nist" else (
            "SHA-256(origin ‖ `0a` ‖ `ff` ‖ `sealroom SM2-SM3 signed note v1` ‖ SPKI)")
        self.say(f"- Signed are its first {len(text.encode())} bytes, to the line's end before the "
                 "empty line.")
        self.say(f"- The Base64 is key id `{blob[:4].hex()}` (the first 4 bytes of {digested}) ‖ the "
                 f"signature in DER, `{blob[4:].hex()}`:")
        self.say(f"- r = `{r:064x}`, s = `{s:064x}`.")
        self.say(f"- The number that is signed, e: `{self.number(text.encode()).hex()}`"
                 + (", SM3(Z ‖ text) with Z = `" + self.z().hex() + "`." if self.name == "sm"
                    else ", SHA-256(text)."))

    def z(self):
        curve, point = ledger.SM2, self.key.point
        return ledger.sm3(b"\0\x801234567812345678" + b"".join(map(ledger.b32, (
            curve["a"] % curve["p"], curve["b"], *curve["g"], *point))))

    def number(self, text):
        return ledger.sm3(self.z() + text) if self.name == "sm" else ledger.sha256(text)

    def note_part(self):
        note = self.members["proof/checkpoints/4.txt"]
        assert base64.b64decode(note.split(b"\n")[2]) == self.root
        self.say("### Checkpoint\n")
        self.say(fence(show(note)))
        self.say("- The third line is the root above, in Base64.")
        self.signed(note)

    def proof_part(self):
        self.say("### Proof\n")
        self.say("`proof/records.txt`, four items, one of them asked for:\n")
        self.say(fence(show(self.members["proof/records.txt"])))
        leaves = [self.hash_of(b"\0" + head) for _, head, _ in self.items]
        left = self.hash_of(b"\1" + leaves[0] + leaves[1])
        self.say("Had records 0 and 1 no place in every package, one item would stand for both:\n")
        self.say(fence(f"skip 1 {left.hex()}"))

    def manifest_part(self):
        manifest = self.members["manifest.txt"]
        text = manifest.rpartition(b"\n\n")[0] + b"\n"
        self.say("### Manifest\n")
        self.say(fence(show(manifest)))
        self.signed(manifest)
        self.say(f"- The package's digest, H of the text: `{self.hash_of(text).hex()}`.")

    def file_part(self):
        self.say("### The file, byte by byte\n")
        self.rows, self.at = [], 0
        central, offsets = [], []
        for name, (content, crc) in package.read_zip(self.data).items():
            offsets.append(self.at)
            self.local(name.encode(), len(content), crc)
            self.row(len(content), f"{name}, as above" if name not in (
                "report.html", "proof/clips.txt") else f"{name}: `{show(content).strip()}`"
                + (" and a line's end" if content.endswith(b"\n") else ""), False)
            central.append((name.encode(), len(content), crc, offsets[-1]))
        begin = self.at
        for entry in central:
            self.central(*entry)
        self.end(len(central), self.at - begin, begin)
        assert self.at == len(self.data)
        self.say("| from | bytes | |\n| --- | --- | --- |\n" + "\n".join(self.rows))

    def row(self, size, meaning, whole=True):
        shown = self.data[self.at:self.at + size].hex(" ") if whole else f"({size} bytes)"
        self.rows.append(f"| {self.at} | {'`' + shown + '`' if whole else shown} | {meaning} |")
        self.at += size

    def common(self, name, size, crc):
        for length, meaning in ((2, "version needed: 20"), (2, "flags"), (2, "method: stored"),
                                (2, "time"), (2, "date: 1980-01-01"), (4, f"CRC-32: {crc:08x}"),
                                (4, f"size: {size}"), (4, "and once more"),
                                (2, f"name's length: {len(name)}"), (2, "extra field's length")):
            self.row(length, meaning)

    def local(self, name, size, crc):
        made = package.local_header(name, size, crc)
        assert self.data[self.at:self.at + len(made)] == made
        self.row(4, f"**local header** of {name.decode()}")
        self.common(name, size, crc)
        self.row(len(name), "name")

    def central(self, name, size, crc, offset):
        made = package.central_header(name, size, crc, offset)
        assert self.data[self.at:self.at + len(made)] == made
        self.row(4, f"**central header** of {name.decode()}")
        self.row(2, "made by: 45")
        self.common(name, size, crc)
        for length, meaning in ((2, "comment's length"), (2, "disk"), (2, "attributes"),
                                (4, "attributes"), (4, f"offset: {offset}"), (len(name), "name")):
            self.row(length, meaning)

    def end(self, count, size, offset):
        assert self.data[self.at:] == package.end_records(count, size, offset)
        for length, meaning in ((4, "**end record**"), (2, "disk"), (2, "disk"),
                                (2, f"entries: {count}"), (2, "and once more"),
                                (4, f"the directory's size: {size}"),
                                (4, f"its offset: {offset}"), (2, "comment's length")):
            self.row(length, meaning)


def render():
    return "\n".join([INTRODUCTION] + [Example(name).render() for name in SUITES])


if __name__ == "__main__":
    sys.stdout.write(render())
