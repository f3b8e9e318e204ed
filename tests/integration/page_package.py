"""Evidence packages made up for the page: whole ones by FORMAT.md (*Package*), of footage with the
number of each picture burnt in, of cameras, doors, gaps and people as a test wants them.

Not the exporter's code: what the page must show is told here in a few lines, without an appliance.
A clip has its tables where its pieces allow them, else it is these alone.
"""
import base64
import datetime
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "stranger"))
import clip_tables  # noqa: E402

SECOND = 1_000_000_000
WIDTH, HEIGHT, FPS = 640, 352, 25
BITS = 16
# Every picture's number stands in its top 32 lines, in sixteen fields of black or white.
STRIP = (f"color=black:s={BITS}x1:r={FPS},format=gray,"
         "geq=lum='if(mod(floor(N/pow(2,X)),2),235,16)',"
         f"scale={WIDTH}:32:flags=neighbor,format=yuv420p")
BOOT = "6f1c0a52-2a3b-4f43-9a53-1d2f3c4b5a69"
SUITES = {
    "nist": {"digest": "sha256", "type": b"\x02", "long": b"",
             "key": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-pkeyopt", "ec_param_enc:named_curve"],
             "certify": ["-sha256"], "sign": ["-digest", "sha256"]},
    "sm": {"digest": "sm3", "type": b"\xff", "long": b"sealroom SM2-SM3 signed note v1",
           "key": ["genpkey", "-algorithm", "SM2"],
           "certify": ["-sm3", "-sigopt", "distid:1234567812345678"],
           "sign": ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]},
}


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True,
                          capture_output=True).stdout


def time_text(at_ns):
    whole = datetime.datetime.fromtimestamp(at_ns // SECOND, datetime.timezone.utc)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{at_ns % SECOND:09d}Z"


def encode(path, seconds, codec="h264", scene="testsrc2", gop=50, size=(WIDTH, HEIGHT), first=0):
    """Footage as the recorder's segments are: an init part, and fragments of a second."""
    coder = {"h264": ["libx264", "-profile:v", "high", "-x264-params",
                      f"keyint={gop}:min-keyint={gop}:bframes=2:b-adapt=0:scenecut=0"],
             "h265": ["libx265", "-tag:v", "hvc1", "-x265-params",
                      f"keyint={gop}:min-keyint={gop}:bframes=0:scenecut=0:log-level=error"]}[codec]
    width, height = size
    source = f"{scene},scale={width}:{height},setsar=1,format=yuv420p[scene];{STRIP}" if first == 0 \
        else f"{scene},scale={width}:{height},setsar=1,format=yuv420p[scene];" \
        + STRIP.replace("floor(N/", f"floor((N+{first})/")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-filter_complex",
         f"{source},scale={width}:32:flags=neighbor[strip];[scene][strip]overlay=0:0:shortest=1,"
         f"trim=duration={seconds}[out]",
         "-map", "[out]", "-r", str(FPS), "-c:v", *coder, "-preset", "ultrafast", "-crf", "30",
         "-video_track_timescale", "90000", "-use_editlist", "0", "-movflags",
         "cmaf+frag_keyframe+skip_trailer", "-frag_duration", "1000000", "-f", "mp4", str(path)],
        check=True)
    return pieces_of(path.read_bytes())


def boxes(data):
    at = 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        yield name.decode("latin"), data[at:at + size]
        at += size


def pieces_of(data):
    """(init part, [(fragment, seconds)])"""
    init, fragments, pending = b"", [], b""
    for name, box in boxes(data):
        if name in ("ftyp", "moov"):
            init += box
        elif name in ("moof", "mdat"):
            pending += box
            if name == "mdat":
                fragments.append(pending)
                pending = b""
    counts = [frames_of(fragment) for fragment in fragments]
    return init, [(fragment, count / FPS) for fragment, count in zip(fragments, counts)]


def frames_of(fragment):
    at = fragment.index(b"trun")
    return struct.unpack_from(">I", fragment, at + 8)[0]


class Tree:
    """RFC 6962 over leaf hashes."""

    def __init__(self, digest):
        self.digest = digest

    def root(self, leaves):
        if len(leaves) < 2:
            return leaves[0] if leaves else self.digest(b"")
        half = 1
        while half * 2 < len(leaves):
            half *= 2
        return self.digest(b"\1" + self.root(leaves[:half]) + self.root(leaves[half:]))


class Recorder:
    """A ledger in memory, and packages of it."""

    def __init__(self, folder, suite="nist", origin="archive.example/0f3a", begin_ns=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.suite, self.origin = SUITES[suite], origin
        self.key = self.folder / "key.pem"
        openssl(*self.suite["key"], "-out", self.key)
        self.certificate = openssl(
            "req", "-x509", "-new", "-key", self.key, *self.suite["certify"], "-subj",
            "/CN=sealroom archive", "-days", "36500", "-outform", "DER")
        spki = openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")
        name = self.suite["type"] + self.suite["long"] + spki
        self.key_id = hashlib.sha256(
            spki if suite == "nist" else origin.encode() + b"\n" + name).digest()[:4]
        self.fingerprint = hashlib.sha256(self.certificate).hexdigest()
        self.records, self.counts, self.footage, self.clips = [], {}, {}, []
        begin_ns = begin_ns or 1_795_334_000 * SECOND
        self.add("ledger", "appliance", begin_ns,
                 {"origin": origin, "suite": suite, "version": "1.0"})
        self.add("key", "appliance", begin_ns,
                 {"use": "ledger", "suite": suite, "fingerprint": self.fingerprint,
                  "certificate": base64.b64encode(self.certificate).decode()})

    def digest(self, data):
        return hashlib.new(self.suite["digest"], data).digest()

    def add(self, kind, source, at_ns, members):
        number = len(self.records)
        salt = hashlib.sha256(f"salt {number}".encode()).hexdigest()[:32]
        body = json.dumps({"salt": salt, **members}, ensure_ascii=False,
                          separators=(",", ":")).encode()
        self.counts[source] = self.counts.get(source, 0) + 1
        head = (f'{{"kind":"{kind}","source":"{source}","seq":"{self.counts[source]}",'
                f'"at":"{time_text(at_ns)}","boot":"{BOOT}","monotonic":"{at_ns % 10 ** 15}",'
                f'"clock":"synced","body":"{self.digest(body).hex()}"}}').encode()
        self.records.append({"kind": kind, "source": source, "at": at_ns, "head": head,
                             "body": body, "leaf": self.digest(b"\0" + head)})
        return number

    def entry(self, at_ns, event, controller="front", door="archive", cameras="", **members):
        return self.add("entry", f"door/{controller}", at_ns, {
            "controller": controller, "door": door, **({"cameras": cameras} if cameras else {}),
            "event": event, "verdict": members.pop("verdict", "none"),
            "direction": members.pop("direction", "unknown"), **members,
            "device_seq": str(self.counts.get(f"door/{controller}", 0)), "boot_epoch": "1",
            "device_time_quality": "none", "received": time_text(at_ns),
            "received_monotonic_ns": str(at_ns % 10 ** 15), "derived": False})

    def gap(self, camera, start_ns, end_ns, cause, detail=None):
        return self.add("gap", f"camera/{camera}", end_ns, {
            "camera": camera, "start": time_text(start_ns), "end": time_text(end_ns),
            "cause": cause, "continues": False, **({"detail": detail} if detail else {})})

    def segment(self, camera, start_ns, footage, codec="h264", size=(WIDTH, HEIGHT), **members):
        """Seals it; `footage` is as encode gives it. Its end is when it is on record."""
        init, fragments = footage
        pieces, offset, at = [], 0, start_ns
        for kind, data, seconds in [(1, init, 0)] + [(2, *one) for one in fragments]:
            pieces.append({"kind": kind, "offset": offset, "data": data, "start": at,
                           "duration": round(seconds * SECOND), "digest": self.digest(data)})
            offset += len(data)
            at += round(seconds * SECOND)
        leaves = {name: [hashlib.new(name, b"\0" + struct.pack("<BQQ", piece["kind"],
                                                                piece["offset"], len(piece["data"]))
                                      + hashlib.new(name, piece["data"]).digest()).digest()
                         for piece in pieces] for name in ("sha256", "sm3")}
        roots = {f"root_{name}": Tree(lambda data, name=name: hashlib.new(name, data).digest())
                 .root(found).hex() for name, found in leaves.items()}
        identity = f"{time_text(start_ns)[:19].replace('-', '').replace(':', '')}Z-" \
                   f"{hashlib.sha256(init + str(start_ns).encode()).hexdigest()[:16]}"
        number = self.add("segment", f"camera/{camera}", at, {
            "camera": camera, "segment": identity, "file":
            f"{camera}/{identity[:8]}/{identity}.mp4", "start": time_text(start_ns),
            "end": time_text(at), "size": str(offset), "pieces": len(pieces), "frames":
            sum(round(seconds * FPS) for _, seconds in fragments), "video_codec": codec,
            "width": size[0], "height": size[1], "continues": members.pop("continues", True),
            "cut": "time", "clock_quality": "synced", "pieces_sha256": "0" * 64, **roots,
            **members})
        self.footage[number] = pieces
        return number, at

    def request(self, at_ns, from_ns, to_ns, sources, purpose="核查", case="2026-17", **members):
        return self.add("operator", "operator/uid-1000", at_ns, {
            "action": "export", "uid": 1000, "process": 4711, "from": time_text(from_ns),
            "to": time_text(to_ns), "sources": [
                {"source": source, "latest": str(self.counts.get(source, 0))}
                for source in sorted(sources)], **members, "purpose": purpose, "case": case})

    # -- the package --

    def note(self, text):
        signature = self.folder / "text"
        signature.write_bytes(text)
        signed = openssl("pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", signature,
                         *self.suite["sign"])
        line = base64.b64encode(self.key_id + signed).decode()
        return text + f"\n— {self.origin} {line}\n".encode()

    def checkpoint(self, size=None):
        size = len(self.records) if size is None else size
        root = Tree(self.digest).root([record["leaf"] for record in self.records[:size]])
        return size, root, self.note(
            f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode())

    def records_text(self, request, beside, withheld):
        asked = json.loads(self.records[request]["body"])
        sources = {item["source"] for item in asked["sources"]}
        from_text, to_text = asked["from"], asked["to"]
        lines = [b"sealroom records v1", b"size %d" % len(self.records)]
        shown = {}
        for source in sources:
            own = [number for number, record in enumerate(self.records[:request])
                   if record["source"] == source]
            inside = [number for number in own
                      if from_text <= time_text(self.records[number]["at"]) < to_text]
            shown.update({number: "run" for number in inside})
            before = [number for number in own if time_text(self.records[number]["at"]) < from_text]
            after = [number for number in own if time_text(self.records[number]["at"]) >= to_text]
            shown.update({number: "head" for number in before[-1:] + after[:1]})
        shown.update({number: "head" for number in withheld})
        for number in (0, 1, request, *beside):
            shown[number] = "run" if number in shown else "beside"
        for number, record in enumerate(self.records):
            how = shown.get(number)
            if how is None:
                lines.append(f"skip 0 {record['leaf'].hex()}".encode())
                continue
            lines.append(f"{how} {number} {record['leaf'].hex()}".encode())
            lines += [record["head"]] + ([record["body"]] if how != "head" else [])
        return b"\n".join(lines) + b"\n"

    def clip(self, parts):
        """(bytes, lines): `parts` is [(segment's record, its first fragment, its last)]."""
        init = self.footage[parts[0][0]][0]
        shown = [self.footage[record][i] for record, first, last in parts
                 for i in range(first, last + 1) if i > 0]
        inits = {self.footage[record][0]["data"] for record, _, _ in parts}
        try:
            own = clip_tables.front([init["data"]] + [piece["data"] for piece in shown],
                                    shown[0]["start"]) if len(inits) == 1 else b""
        except ValueError:
            own = b""
        data, init_at = bytearray(own), None
        lines = [f"own {len(own)} {self.digest(own).hex()}"] if own else []
        for record, first, last in parts:
            lines.append(f"segment {record}")
            for index, piece in enumerate(self.footage[record]):
                leaf = self.digest(b"\0" + struct.pack("<BQQ", piece["kind"], piece["offset"],
                                                       len(piece["data"])) + piece["digest"])
                if index != 0 and not first <= index <= last:
                    lines.append(f"skip 0 {leaf.hex()}")
                    continue
                at = len(data)
                if index == 0 and init_at is not None and piece["data"] == init["data"]:
                    at = init_at
                else:
                    data += piece["data"]
                init_at = at if index == 0 else init_at
                lines.append(f"piece {piece['kind']} {piece['offset']} {len(piece['data'])} "
                             f"{piece['digest'].hex()} {at} {piece['start']} {piece['duration']}")
        end = struct.pack(">I4s", 8, b"meta") if own else b""
        lines += [f"own {len(end)} {self.digest(end).hex()}"] if own else []
        return bytes(data + end), lines

    def package(self, path, request, clips, beside=(), withheld=(), absent=(), outside=(),
                page=b"<!doctype html><title>verify.html</title>", spoil=None):
        """`clips` is {name: parts}; `spoil` gets {name: content} to alter after signing."""
        size, root, checkpoint = self.checkpoint()
        members, lines = {}, ["sealroom clips v1"]
        for name, parts in clips.items():
            members[f"clips/{name}"], own = self.clip(parts)
            lines += [f"clip clips/{name}", *own]
        lines += [f"absent {record} {cause}" for record, cause in absent]
        members["entries.csv"] = "\ufeff时间,门,事件\r\n".encode()
        members["verify.html"] = page
        members["report.html"] = "<!doctype html><title>报告</title>".encode()
        shown = {record for parts in clips.values() for record, _, _ in parts}
        members["proof/records.txt"] = self.records_text(request, {*beside, *shown}, withheld)
        members["proof/clips.txt"] = ("\n".join(lines) + "\n").encode()
        members["proof/device.crt"] = self.certificate
        for early in outside:
            members[f"proof/checkpoints/{early}.txt"] = self.checkpoint(early)[2]
        members[f"proof/checkpoints/{size}.txt"] = checkpoint
        text = [f"sealroom package v1\norigin {self.origin}\ncheckpoint {size} {root.hex()}\n"
                f"request {request}\n"]
        for name, data in members.items():
            clip = name.startswith("clips/")
            text.append(f"{'clip' if clip else 'file'} {len(data)} {zlib.crc32(data):08x} "
                        f"{'' if clip else self.digest(data).hex() + ' '}{name}\n")
        members["manifest.txt"] = self.note("".join(text).encode())
        crcs = {name: zlib.crc32(data) for name, data in members.items()}
        if spoil is not None:
            spoil(members)
        write_zip(pathlib.Path(path), members, crcs)
        return members


def write_zip(path, members, crcs):
    """As FORMAT.md has it; below 4 GiB."""
    with path.open("wb") as file:
        central, offset = b"", 0
        for name, data in members.items():
            common = (0, 0, 0, 0x21, crcs[name], len(data), len(data), len(name), 0)
            file.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, *common) + name.encode() + data)
            central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 20, *common, 0, 0, 0, 0,
                                   offset) + name.encode()
            offset += 30 + len(name) + len(data)
        file.write(central + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, len(members), len(members),
                                         len(central), offset, 0))
