"""Makes the packages that lie here, and `expected`, anew.

    make.py                  those that are made here: the rest stays, and what is made of it is the same
    make.py MAKE_VECTORS     all of them, with new keys; the program is build/PRESET/tests/make_vectors

The good ones are the recorder's own, by that program, and so are some of the bad ones; the rest is
made of them here. What each must be found to be stands here too, reasoned from FORMAT.md, not from
what any program said.
"""
import copy
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import zlib

import clips as lies
import ways
from package import CERTIFICATE, CLIPS, RECORDS, Item, Member, Package, Signer, zip_bytes

HERE = pathlib.Path(__file__).resolve().parent

# By make_vectors: what is found, and the member or the record where.
MADE = {
    "door": "-", "gate": "no_video camera/gate", "gate-joined": "no_video camera/gate",
    "door-flipped": "*", "gate-cut": "package_structure",
    "gate-fragment-left-out": "video_left_out camera/gate",
    "gate-segment-left-out": "video_left_out camera/gate",
    "gate-unreadable": "video_unreadable camera/gate", "gate-missing": "video_missing camera/gate",
    "entry-left-out": "sequence_broken door/front", "gap-left-out": "sequence_broken camera/gate",
    "beginning-left-out": "records_left_out door/front",
    "end-left-out": "records_left_out door/front", "body-altered": "body_altered proof/records.txt",
    "head-altered": "record_altered proof/records.txt",
    "node-altered": "records_unproved proof/records.txt",
    "piece-left-out": "member_malformed proof/clips.txt",
    "piece-node-altered": "clip_unproved clips/gate-1.mp4", "report-exchanged": "-",
    "time-earlier": "video_mistimed clips/gate-1.mp4",
    "time-longer": "video_mistimed clips/gate-2.mp4", "time-slewed": "no_video camera/gate",
    "content-missing": "body_missing door/front",
    "content-withheld": "content_withheld door/front", "signed-twice": "manifest_altered",
    "record-beyond": "member_malformed proof/records.txt",
    "signed-by-another": "manifest_foreign", "forged": "key_not_trusted proof/device.crt",
    "content-expired": "content_expired door/front", "gate-expired": "video_expired camera/gate",
}


def with_members(change, **end):
    """A change of the ZIP alone."""
    def make(package):
        members = package.zip_members()
        options = change(members) or {}
        return zip_bytes(members, **{**end, **options})
    return make


def member(at, **changes):
    def change(members):
        for name, value in changes.items():
            setattr(members[at], name, value)
    return with_members(change)


def packed(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(content) + packer.flush()
    said = {"method": 8, "packed": len(data), "size": len(content), "crc": zlib.crc32(content)}
    return {"content": data, "local": said, "central": said}


HIDDEN = Member(b"hidden.txt", b"not to be seen\n", is_listed=False)
ZIP64 = (b"PK\6\6" + (44).to_bytes(8, "little") + b"\x2d\0\x2d\0" + bytes(8 + 32)
         + b"PK\6\7" + bytes(12) + b"\1\0\0\0")

# Without a key: the file's bytes. Of the door's package; all are altered.
ZIP = {
    "zip-name-twice": with_members(lambda m: m.insert(1, copy.deepcopy(m[0]))),
    "zip-name-twice-other-content": with_members(
        lambda m: m.insert(0, Member(m[0].name, b"<p>another</p>"))),
    "zip-hidden-between": with_members(lambda m: m.insert(2, HIDDEN)),
    "zip-hidden-at-end": with_members(lambda m: m.append(HIDDEN)),
    "zip-bytes-between": member(2, before=b"bytes that are nobody's"),
    "zip-bytes-before-directory": with_members(lambda m: None, middle=b"nobody's"),
    "zip-data-before": lambda package: b"#!/bin/sh\n" + package.zip(),
    "zip-data-before-moved-along": with_members(lambda m: None, before=b"#!/bin/sh\n"),
    "zip-data-behind": lambda package: package.zip() + b"more",
    "zip-second-end": lambda package: package.zip() + package.zip()[-22:],
    "zip-comment": with_members(lambda m: None, end={"comment": 7}, tail=b"comment"),
    "zip-comment-holds-a-zip": lambda package: zip_bytes(
        package.zip_members(), end={"comment": len(package.zip())}, tail=package.zip()),
    "zip-member-comment": member(0, central={"comment": b"comment"}),
    "zip-extra-field": member(0, central={"extra": b"UT\5\0\1\0\0\0\0"}),
    "zip-overlapping": member(1, central={"offset": 0}),
    "zip-entry-twice": with_members(
        lambda m: m.append(Member(b"again.txt", b"", central={"offset": 0}))),
    "zip-traversal": member(0, name=b"../../report.html"),
    "zip-absolute": member(0, name=b"/report.html"),
    "zip-backslash": member(0, name=b"a\\report.html"),
    "zip-upper-case": member(0, name=b"Report.html"),
    "zip-local-name-other": member(0, local={"name": b"verify.html"}),
    "zip-local-size-other": member(0, local={"size": 5, "packed": 5}),
    "zip-local-crc-other": member(0, local={"crc": 0}),
    "zip-central-size-other": member(0, central={"size": 5}),
    "zip-crc-of-manifest": member(-1, local={"crc": 1}, central={"crc": 1}),
    "zip-packed": with_members(lambda m: m.__setitem__(0, Member(m[0].name, **packed(m[0].content)))),
    "zip-bomb": with_members(lambda m: m.__setitem__(0, Member(m[0].name, **packed(bytes(8 << 20))))),
    "zip-data-descriptor": with_members(lambda m: m.__setitem__(0, Member(
        m[0].name, m[0].content, central={"flags": 8},
        local={"flags": 8, "crc": 0, "size": 0, "packed": 0, "data": m[0].content + b"PK\7\10"
               + m[0].fields({})["crc"].to_bytes(4, "little")
               + 2 * len(m[0].content).to_bytes(4, "little")}))),
    "zip-encrypted": member(0, local={"flags": 1}, central={"flags": 1}),
    "zip64-needless": with_members(lambda m: None, middle=ZIP64),
    "zip64-lies": with_members(lambda m: None, middle=ZIP64, end={"offset": 0xFFFFFFFF}),
    "zip-count-too-small": with_members(lambda m: {"end": {"here": len(m) - 1, "count": len(m) - 1}}),
    "zip-disks": with_members(lambda m: None, end={"disk": 1}),
}
ZIP_ELSEWHERE = {  # whole as a ZIP: the manifest tells
    "member-unlisted": (with_members(lambda m: m.insert(0, Member(b"more.txt", b"more\n"))),
                        "member_unlisted more.txt"),
    "member-gone": (with_members(lambda m: m.__delitem__(0)), "member_missing report.html"),
    "members-in-other-order": (with_members(lambda m: m.insert(0, m.pop(1))), "package_structure"),
    "contents-swapped": (with_members(lambda m: [
        setattr(one, "content", other) for one, other in ((m[0], m[1].content),
                                                          (m[1], m[0].content))] and None),
        "member_altered report.html"),
}


def items(change):
    def make(package):
        found = package.items()
        change(package, found)
        package.set_items(found, package.size)
        return package.sign().zip()
    return make


def first(found, word):
    return next(at for at, item in enumerate(found) if item.word == word)


def put_beside(_, found):
    found[first(found, "run")].word = "beside"


def put_into_run(_, found):
    found[1].word = "run"  # of the appliance, which nobody asked for


def request_left_out(_, found):
    found[-1] = Item("skip", found[-1].hash)


def last_line_open(package):
    package.members[RECORDS] = package.members[RECORDS][:-1]
    return package.sign().zip()


def clips(change):
    def make(package):
        return package.edit(CLIPS, change).zip()
    return make


def line(lines, begin):
    return next(at for at, text in enumerate(lines) if text.startswith(begin))


def called_own(lines):
    at = line(lines, "piece 2")
    words = lines[at].split(" ")
    lines[at] = f"own {words[3]} {words[4]}"


def negative(lines):
    at = line(lines, "piece 2")
    lines[at] = " ".join(lines[at].split(" ")[:-1] + ["-1000000000"])


def swapped_segments(lines):
    one, two = [at for at, text in enumerate(lines) if text.startswith("segment")]
    lines[one], lines[two] = lines[two], lines[one]


# Made by an exporter of sound recordings: what a player would show is not what was recorded.
LIES = {
    "picture-of-another": lies.another_picture, "order-swapped": lies.other_order,
    "duration-changed": lies.other_duration, "composition-changed": lies.other_composition,
    "last-hidden": lies.last_one_hidden, "box-added": lies.box_added,
    "track-added": lies.track_added, "edit-hidden": lies.edit_moved,
    "bytes-behind": lies.behind_the_pieces, "box-behind": lies.box_behind,
}


def told(lie):
    return lambda package: lies.tell(package, "clips/gate-1.mp4", lie)


def own_between(package):
    """Bytes between two pieces, in the mdat."""
    def change(lines):
        at = line(lines, "piece 2")
        place = int(lines[at].split(" ")[5]) + int(lines[at].split(" ")[3])
        clip = package.members["clips/gate-1.mp4"]
        package.members["clips/gate-1.mp4"] = clip[:place] + b"more" + clip[place:]
        for after in range(at + 1, line(lines, "clip clips/gate-2")):
            words = lines[after].split(" ")
            if words[0] == "piece":
                words[5] = str(int(words[5]) + 4)
                lines[after] = " ".join(words)
        lines.insert(at + 1, f"own 4 {package.signer.hash(b'more').hex()}")
    return package.edit(CLIPS, change).zip()


def end_left_out(package):
    """Tables, but no meta."""
    def change(lines):
        at = max(at for at, text in enumerate(lines[:line(lines, "clip clips/gate-2")])
                 if text.startswith("own"))
        size = int(lines.pop(at).split(" ")[1])
        package.members["clips/gate-1.mp4"] = package.members["clips/gate-1.mp4"][:-size]
    return package.edit(CLIPS, change).zip()


def bytes_changed(package):
    """Of a fragment, and its digest stated as it is then."""
    name = "clips/gate-1.mp4"
    clip = bytearray(package.members[name])
    clip[-500] ^= 1
    package.members[name] = bytes(clip)

    def change(lines):
        at = max(at for at, text in enumerate(lines[:line(lines, "clip clips/gate-2")])
                 if text.startswith("piece"))
        words = lines[at].split(" ")
        words[4] = package.signer.hash(bytes(clip[int(words[5]):int(words[5]) + 1000])).hex()
        lines[at] = " ".join(words)
    return package.edit(CLIPS, change).zip()


def seal_changed(package):
    """A byte of what the export added, where seals stand: no key signed that."""
    name = "clips/gate-1.mp4"
    package.members[name] = package.members[name][:-1] + b"A"
    return package.zip()


def member_altered(package):
    package.members["report.html"] = package.members["report.html"].replace(b"<p>", b"<b>")
    return package.zip()


def checkpoint(size, root=None, origin=None):
    def make(package):
        name = f"proof/checkpoints/{size}.txt"
        if name not in package.order:
            package.order.append(name)
        package.members[name] = package.signer.checkpoint(origin or package.origin, size,
                                                          root or package.root)
        return package.sign().zip()
    return make


def replayed(package):
    newest = f"proof/checkpoints/{package.size}.txt"
    older = next(name for name in package.order if "checkpoints" in name and name != newest)
    package.members[newest] = package.members[older]
    return package.sign().zip()


def checkpoint_gone(package):
    package.order.remove(f"proof/checkpoints/{package.size}.txt")
    return package.sign().zip()


def other_certificate(package):
    """Of the same key."""
    package.members[CERTIFICATE] = package.signer.certificate("another")
    return package.sign().zip()


def by_forger(package):
    """Manifest, checkpoints, certificate: all but record 1, which the tree holds."""
    forger = ways.FORGER[package.signer.name]
    for name in package.order:
        if "checkpoints" in name:
            text = package.members[name].decode().rpartition("\n\n")[0] + "\n"
            package.members[name] = forger.note(text)
    package.members[CERTIFICATE] = forger.certificate("forger")
    return package.sign(forger).zip()


def witnessed(package):
    witness = ways.FORGER[package.signer.name]
    name = f"proof/checkpoints/{package.size}.txt"
    package.members[name] += witness.line("witness", witness.sign(b"")).encode()
    return package.sign().zip()


def malleable(package):
    """The signature's two numbers in BER that is no DER."""
    signature = package.signer.sign(package.text().encode())
    package.note = (package.text() + "\n" + package.signer.line(
        package.origin, b"\x30\x81" + signature[1:])).encode()
    return package.zip()


def more_in_proof(package):
    package.members["proof/more.txt"] = b"more\n"
    package.order.append("proof/more.txt")
    return package.sign().zip()


def history(word, change, kind=None):
    """Another history, by the device's key: of the first item with such a word (and kind) the head
    or the body is another."""
    def make(package):
        found = package.items()
        item = next(item for item in found if item.word == word
                    and (kind is None or (item.body and item.about["kind"] == kind)))
        change(item)
        return package.renew(found).zip()
    return make


def of_kind(kind):
    def change(item):
        item.head = re.sub(rb'"kind":"\w+"', f'"kind":"{kind}"'.encode(), item.head, count=1)
    return history("run", change)


def body_with(kind, word="run", without=(), **members):
    def change(item):
        body = {**json.loads(item.body), **members}
        item.body = json.dumps({name: value for name, value in body.items() if name not in without},
                               separators=(",", ":"), ensure_ascii=False).encode()
    return history(word, change, kind)


def suites_root_left_out(package):
    return body_with("segment", without=(
        {"sm": "root_sm3", "nist": "root_sha256"}[package.signer.name],))(package)


def manifest(change):
    """Its text, signed properly."""
    def make(package):
        package.note = package.signer.note(change(package.text()), package.origin)
        return package.zip()
    return make


def crc_other(name, in_manifest):
    """In the headers, and in the manifest too: bytes that nobody need judge."""
    def make(package):
        own = zlib.crc32(package.members[name])
        if in_manifest:
            package.note = package.signer.note(
                package.text().replace(f" {own:08x} ", f" {own ^ 1:08x} "), package.origin)
        members = package.zip_members()
        for one in members:
            if one.name == name.encode():
                one.local = one.central = {"crc": own ^ 1}
        return zip_bytes(members)
    return make


# Signed properly, or nearly: (base, change, verdict, what is found and where).
SIGNED = {
    "entry-beside": ("door", items(put_beside), "altered", "sequence_broken door/front"),
    "unasked-record": ("door", items(put_into_run), "altered", "record_unasked appliance"),
    "request-left-out": ("door", items(request_left_out), "altered",
                         "record_missing proof/records.txt"),
    "other-request": ("door", lambda p: [setattr(p, "request", 0), p.sign().zip()][1], "altered",
                      "record_missing proof/records.txt"),
    "item-twice": ("door", items(lambda p, found: found.insert(1, found[0])), "altered",
                   "member_malformed proof/records.txt"),
    "last-line-open": ("door", last_line_open, "altered", "member_malformed"),
    "piece-called-own": ("gate", clips(called_own), "altered", "*"),
    "negative-duration": ("gate", clips(negative), "altered", "member_malformed proof/clips.txt"),
    # its pieces are of another time: no more of the file is read, and no more is shown
    "segments-swapped": ("gate", clips(swapped_segments), "altered", "video_left_out camera/gate"),
    "shown-and-absent": ("gate", clips(lambda lines: lines.append(
        f"absent {lines[line(lines, 'segment')].split(' ')[1]} unreadable")), "altered",
        "member_malformed proof/clips.txt"),
    **{f"clip-{name}": ("gate", told(lie), "altered", "clip_contradicted clips/gate-1.mp4")
       for name, lie in LIES.items()},
    "clip-bytes-between": ("gate", own_between, "altered",
                           "member_malformed proof/clips.txt"),
    "clip-front-alone": ("gate", end_left_out, "altered",
                         "member_malformed proof/clips.txt"),
    "clip-pieces-alone": ("gate", lambda p: lies.pieces_alone(p, "clips/gate-1.mp4"), "incomplete",
                          "no_video camera/gate"),
    "clip-backwards": ("gate", lambda p: lies.in_one(p, "clips/gate-2.mp4", "clips/gate-1.mp4"),
                       "altered", "member_malformed proof/clips.txt"),
    "clip-over-a-gap": ("gate", lambda p: lies.in_one(p, "clips/gate-1.mp4", "clips/gate-2.mp4"),
                        "altered", "member_malformed proof/clips.txt"),
    "clip-not-continued": ("gate-joined", body_with("segment", continues=False), "altered",
                           "member_malformed proof/clips.txt"),
    "time-behind-room": ("gate", lambda p: lies.late_behind_room(p, "clips/gate-1.mp4"), "altered",
                         "video_mistimed clips/gate-1.mp4"),
    "fragment-exchanged": ("gate", bytes_changed, "altered", "clip_unproved clips/gate-1.mp4"),
    "seal-changed": ("gate", seal_changed, "altered", "member_altered clips/gate-1.mp4"),
    "report-altered": ("door", member_altered, "altered", "member_altered report.html"),
    "checkpoint-replayed": ("door", replayed, "altered", "checkpoint_altered proof/checkpoints"),
    "checkpoint-gone": ("door", checkpoint_gone, "altered", "manifest_contradicted manifest.txt"),
    "checkpoint-of-fork": ("door", checkpoint(2, bytes(32)), "altered", "checkpoint_fork"),
    "checkpoint-beyond": ("door", checkpoint(1000000), "altered",
                          "manifest_contradicted manifest.txt"),
    "certificate-other": ("door", other_certificate, "altered",
                          "certificate_altered proof/device.crt"),
    "all-by-another": ("door", by_forger, "altered", "key_not_trusted proof/device.crt"),
    "signature-not-der": ("door", malleable, "altered", "manifest_altered manifest.txt"),
    "more-in-proof": ("door", more_in_proof, "altered", "package_structure proof/more.txt"),
    "witnessed": ("door", witnessed, "authentic", "-"),
    # words of a later version
    "kind-unknown": ("door", of_kind("unheard_of"), "authentic", "-"),
    "kind-malformed": ("door", of_kind("Entry"), "altered", "record_malformed proof/records.txt"),
    "cause-unknown": ("gate", body_with("gap", cause="sunspots"), "incomplete",
                      "no_video camera/gate"),
    "cause-malformed": ("gate", body_with("gap", cause="Sun spots"), "altered",
                        "record_malformed camera/gate"),
    "cut-unknown": ("gate", body_with("segment", cut="whim"), "incomplete", "no_video camera/gate"),
    "reason-unknown": ("gate-expired", body_with("expiry", "beside", reason="order"), "incomplete",
                       "video_expired camera/gate"),
    "reason-of-bodies-unknown": ("content-expired", body_with("expiry", "beside", reason="order"),
                                 "incomplete", "content_expired door/front"),
    "suites-root-left-out": ("gate", suites_root_left_out, "altered",
                             "record_malformed camera/gate"),
    "noted-half": ("gate", body_with("segment", noted_size="1"), "altered",
                   "record_malformed camera/gate"),
    "crc-of-file": ("door", crc_other("report.html", True), "authentic", "-"),
    "crc-of-clip": ("gate", crc_other("clips/gate-1.mp4", True), "incomplete",
                    "no_video camera/gate"),
    "crc-of-clip-in-headers": ("gate", crc_other("clips/gate-1.mp4", False), "altered",
                               "member_altered clips/gate-1.mp4"),
    "manifest-name-twice": ("door", manifest(lambda text: text + text.splitlines(True)[-1]),
                            "altered", "manifest_altered manifest.txt"),
    "manifest-request-beyond": ("door", manifest(lambda text: re.sub(
        r"checkpoint (\d+) (.*)\nrequest \d+", r"checkpoint \1 \2\nrequest \1", text)),
        "altered", "manifest_altered manifest.txt"),
    "manifest-line-malformed": ("door", manifest(lambda text: text.replace("\nfile ", "\nfile 0", 1)),
                                "altered", "manifest_altered manifest.txt"),
}


class Folder:
    def __init__(self):
        self.lines, self.fingerprints = [], {}

    def expect(self, file, verdict, found, trust=None, since="-"):
        trust = trust or self.fingerprints[file]
        self.lines.append(f"{file} {verdict} {trust} {since} {found}")

    def keep(self, base, file, data, verdict, found):
        (HERE / file).write_bytes(data)
        self.fingerprints[file] = self.fingerprints[base]
        self.expect(file, verdict, found)


def issued(folder, suite, signer):
    """The same records by a device whose certificate the site's CA issued: trust by CA."""
    issuer = Signer.made_of(suite, "the site's")
    (HERE / f"{suite}-ca.crt").write_bytes(issuer.certificate("site", is_ca=True))
    other = ways.FORGER[suite]
    (HERE / f"{suite}-other-ca.crt").write_bytes(other.certificate("site", is_ca=True))
    package = Package((HERE / f"{suite}-door.zip").read_bytes(), signer)
    certificate = signer.certificate("device", issuer, "site")
    package.members[CERTIFICATE] = certificate
    found = package.items()
    ways.set_certificate(found[1], certificate)
    file = f"{suite}-issued.zip"
    (HERE / file).write_bytes(package.renew(found).zip())
    folder.fingerprints[file] = hashlib.sha256(certificate).hexdigest()
    folder.expect(file, "authentic", "-")
    folder.expect(file, "authentic", "-", f"{suite}-ca.crt")
    folder.expect(file, "altered", "key_not_trusted proof/device.crt", f"{suite}-other-ca.crt")
    folder.expect(file, "cannot_tell", "not_trusted proof/device.crt", "nobody")


def outside(folder, suite, signer):
    """What a checkpoint from outside says, and what without one cannot be told."""
    door, forged = f"{suite}-door.zip", f"{suite}-forged.zip"
    package = Package((HERE / door).read_bytes(), signer)
    (HERE / f"{suite}-beyond.txt").write_bytes(
        signer.checkpoint(package.origin, 1000000, bytes(32)))
    folder.expect(door, "cannot_tell", "not_trusted proof/device.crt", "nobody")
    folder.expect(door, "altered", "key_not_trusted proof/device.crt", "00" * 32)
    folder.expect(door, "authentic", "-", since=f"{suite}-since.txt")
    folder.expect(door, "altered", "since_fork", since=f"{suite}-fork.txt")
    folder.expect(door, "cannot_tell", "since_not_shown", since=f"{suite}-beyond.txt")
    folder.expect(forged, "cannot_tell", "not_trusted proof/device.crt", "nobody")
    folder.expect(forged, "altered", "since_other", "nobody", f"{suite}-since.txt")
    # by somebody who has the key: whole in itself, but not the history that it was
    found = package.items()
    at = first(found, "skip")
    found[at].hash = package.signer.hash(b"another record")
    file = f"{suite}-history-rewritten.zip"
    folder.keep(door, file, package.renew(found).zip(), "authentic", "-")
    folder.expect(file, "altered", "since_fork", since=f"{suite}-since.txt")


def custody(suite, name, breaks):
    package = HERE / f"{suite}-door.zip"
    signer = Signer.read(suite, HERE / f"{suite}.key")
    digest = signer.hash(Package(package.read_bytes(), signer).text().encode()).hex()
    lines = ["sealroom custody v1"]
    for day, who in (("23", "王"), ("24", "李"), ("25", name)):
        before = signer.hash(lines[-1].encode()).hex()
        lines.append(f"2026-11-{day}T08:00:00.000000000Z {digest} {before} authentic {who}")
    if breaks:
        del lines[2]
    package.with_name(package.name + ".custody").write_text("\n".join(lines) + "\n")


def main():
    if len(sys.argv) > 1:
        for old in HERE.iterdir():
            if old.suffix in (".zip", ".key", ".crt", ".txt", ".custody") or old.name == "expected":
                old.unlink()
        subprocess.run([sys.argv[1], HERE], check=True)
    folder = Folder()
    for entry in (HERE / "expected").read_text().splitlines():
        file, verdict, fingerprint = entry.split(" ")[:3]
        made = MADE.get(file.split("-", 1)[1][:-4])
        if made is None or file in folder.fingerprints:
            continue  # made below
        folder.fingerprints[file] = fingerprint
        folder.expect(file, verdict, made)
    for suite in ("sm", "nist"):
        signer = Signer.read(suite, HERE / f"{suite}.key")

        def base(name):
            return Package((HERE / f"{suite}-{name}.zip").read_bytes(), signer)

        for name, (made_of, change, verdict, found) in SIGNED.items():
            folder.keep(f"{suite}-{made_of}.zip", f"{suite}-{name}.zip", change(base(made_of)),
                        verdict, found)
        issued(folder, suite, signer)
        outside(folder, suite, signer)
        custody(suite, "张", suite == "nist")
        if suite == "sm":
            continue  # a ZIP has no suite
        for name, change in ZIP.items():
            found = "manifest_altered manifest.txt" if name == "zip-crc-of-manifest" \
                else "package_structure"
            folder.keep(f"{suite}-door.zip", f"{name}.zip", change(base("door")), "altered", found)
        for name, (change, found) in ZIP_ELSEWHERE.items():
            folder.keep(f"{suite}-door.zip", f"{name}.zip", change(base("door")), "altered", found)
    (HERE / "expected").write_text("".join(line + "\n" for line in folder.lines))


if __name__ == "__main__":
    main()
