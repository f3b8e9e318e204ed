"""Reads a clip's boxes by the definitions of ISO/IEC 14496-12 and of the ONVIF Export File Format,
with nothing of the recorder's. A field too many or too few anywhere fails."""
import struct


class Reader:
    """Bytes taken from the front; all of them, or it is an error."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        assert self.at + size <= len(self.data), "a box ends early"
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "big", signed=signed)

    def text(self):
        end = self.data.index(b"\0", self.at)
        return self.take(end - self.at + 1)[:-1].decode("utf-8")

    def rest(self):
        return self.take(len(self.data) - self.at)

    def end(self):
        assert self.at == len(self.data), f"{len(self.data) - self.at} bytes too many"


class Box:
    def __init__(self, data, start, end):
        size, kind = struct.unpack_from(">I4s", data, start)
        assert 8 <= size <= end - start, f"a box of {size} bytes in {end - start}"
        self.kind, self.start, self.end = kind.decode("ascii"), start, start + size
        self.content = data[start + 8:start + size]
        self.reader = Reader(self.content)

    def full(self):
        """A FullBox: its version and flags."""
        return self.reader.number(1), self.reader.number(3)

    def inner(self, skip=0):
        """The boxes inside, `skip` bytes after the header; they fill it."""
        return boxes(self.content, skip, len(self.content), self.start + 8)


def boxes(data, start=0, end=None, base=0):
    end = len(data) if end is None else end
    found = []
    while start < end:
        found.append(Box(data, start, end))
        start = found[-1].end
        found[-1].start += base
        found[-1].end += base
    assert start == end
    return found


def one(among, kind):
    found = [box for box in among if box.kind == kind]
    assert len(found) == 1, f"{len(found)} {kind}"
    return found[0]


def kinds(among):
    return [box.kind for box in among]


class Definition:
    """A box as its document defines it. `fields` are (name, what, value): what is a number's bytes,
    "text" (UTF-8, ended by a NUL), "bytes" or "boxes" (to the box's end), or a list of fields that
    stand as often as a u32 in front of them says. `value` is the only one allowed, None: any."""

    def __init__(self, kind, containers, quantity, full, fields, clause):
        self.kind, self.containers, self.quantity = kind, containers.split(), quantity
        self.full, self.fields, self.clause = full, fields, clause

    def __repr__(self):
        return f"{self.kind} ({self.clause})"

    def read(self, box):
        """{name: value} of a box that is as defined, to its last byte."""
        if self.full is not None:
            assert box.full() == self.full, f"{self}: version, flags"
        found = self.read_fields(box, self.fields)
        box.reader.end()
        return found

    def read_fields(self, box, fields):
        found = {}
        for name, what, value in fields:
            if isinstance(what, list):
                count = box.reader.number(4)
                found[name] = [self.read_fields(box, what) for _ in range(count)]
            elif what == "boxes":
                found[name] = box.inner(box.reader.at)
                box.reader.rest()
            else:
                found[name] = (box.reader.text() if what == "text" else
                               box.reader.rest() if what == "bytes" else box.reader.number(what))
            assert value is None or found[name] == value, f"{self}: {name} is {found[name]!r}"
        return found


ONE, ZERO_OR_ONE, ONE_PER_SIGNER = (1, 1), (0, 1), (1, 1 << 32)

# ONVIF Export File Format 26.06, by the titles of its sections; "14496-12" is ISO/IEC 14496-12,
# whose boxes it takes over. `cstb` stands in "meta": "Timing" allows it there and, as a correction
# by a later signer, among a signer's own.
DEFINITIONS = [
    Definition("meta", "file", ONE, (0, 0), [("boxes", "boxes", None)], "14496-12, 8.11.1"),
    Definition("hdlr", "meta", ONE, (0, 0),
               [("pre_defined", 4, 0), ("handler_type", 4, int.from_bytes(b"null", "big")),
                ("reserved", 4, 0), ("reserved", 4, 0), ("reserved", 4, 0), ("name", "text", "")],
               "14496-12, 8.4.3"),
    Definition("suep", "meta", ONE, (1, 0),
               [("ExportUnitName", "text", None), ("ExportUnitURL", "text", None),
                ("ExportUnitMAC", "text", None), ("ExportUnitTime", 8, None),
                ("ExportOperator", "text", None),
                ("entries", [("TrackID", 2, None), ("SourceName", "text", None),
                             ("SourceURL", "text", None), ("SourceMAC", "text", None),
                             ("SourceLine", "text", None)], None)],
               "Required Side Information, SurveillanceExportBox: file level, exactly one"),
    Definition("cstb", "meta schi", ZERO_OR_ONE, None,
               [("entries", [("track_ID", 4, None), ("startTime", 8, None)], None)],
               "Timing, StartTimeBox: zero or one; extends Box"),
    Definition("ipro", "meta", ONE, (0, 0),
               [("protection_count", 2, 1), ("boxes", "boxes", None)],
               "Item Protection Box: exactly one; the protection_count shall be 1"),
    Definition("sinf", "ipro", ONE_PER_SIGNER, None, [("boxes", "boxes", None)],
               "Protection Scheme Info Box: one per signing instance"),
    Definition("schm", "sinf", ONE, (0, 0),
               [("scheme_type", 4, 0x6F656666), ("scheme_version", 4, 0x00010000)],
               "Scheme Type Box: exactly one"),
    Definition("schi", "sinf", ONE, None, [("boxes", "boxes", None)],
               "Scheme Information Box: exactly one"),
    Definition("sibo", "schi", ONE, None, [("signature", "bytes", None)],
               "Signature Box: exactly one"),
    Definition("cert", "schi", ONE, None, [("data", "bytes", None)],
               "Certificate Box: exactly one, DER"),
    Definition("sigC", "schi", ZERO_OR_ONE, None, [("AlgorithmIdentifier", "bytes", None)],
               "Signature Configuration Box: zero or one per signing instance"),
    Definition("auib", "schi", ZERO_OR_ONE, None, [("UserInformation", "text", None)],
               "Additional User Information Box: zero or one per signing instance"),
]


def read_defined(container, inside, found):
    """Reads the boxes of a container by their definitions, down to the last, into {kind: [{name:
    value}]}. One that is not defined to stand there, or not so often, fails."""
    defined = {each.kind: each for each in DEFINITIONS if container in each.containers}
    for box in inside:
        assert box.kind in defined, f"{box.kind} in {container}"
        fields = defined[box.kind].read(box)
        found.setdefault(box.kind, []).append(fields)
        if "boxes" in fields:
            read_defined(box.kind, fields["boxes"], found)
    for kind, each in defined.items():
        least, most = each.quantity
        assert least <= kinds(inside).count(kind) <= most, f"{each}: quantity"
    return found


def edits(trak):
    box = one(one(trak.inner(), "edts").inner(), "elst")
    assert box.full() == (1, 0)
    read = box.reader
    found = []
    for _ in range(read.number(4)):
        found.append((read.number(8), read.number(8, signed=True)))
        assert read.number(4) == 0x00010000
    read.end()
    return found


def table(stbl, kind, *sizes):
    """The entries of a full box that is a count and as many rows of numbers."""
    box = one(stbl, kind)
    assert box.full() == (0, 0)
    read = box.reader
    rows = [tuple(read.number(size) for size in sizes) for _ in range(read.number(4))]
    read.end()
    return rows


def samples(trak):
    """[(offset, size, decode, composition, sync)] of a track, from its sample tables."""
    mdia = one(trak.inner(), "mdia").inner()
    stbl = one(one(mdia, "minf").inner(), "stbl").inner()
    read = one(stbl, "stsz").reader
    assert (read.number(4), read.number(4)) == (0, 0)
    sizes = [read.number(4) for _ in range(read.number(4))]
    read.end()
    durations = [delta for count, delta in table(stbl, "stts", 4, 4) for _ in range(count)]
    assert len(durations) == len(sizes)
    shifts = [0] * len(sizes)
    if "ctts" in kinds(stbl):
        shifts = [shift for count, shift in table(stbl, "ctts", 4, 4) for _ in range(count)]
        assert len(shifts) == len(sizes)
    syncs = set(range(1, len(sizes) + 1))
    if "stss" in kinds(stbl):
        syncs = {number for (number,) in table(stbl, "stss", 4)}
    offsets = [offset for (offset,) in table(stbl, "stco", 4)]
    runs = table(stbl, "stsc", 4, 4, 4)
    assert runs[0][0] == 1 and all(run[2] == 1 for run in runs)
    found, decode = [], 0
    for (first, each, _), after in zip(runs, [run[0] for run in runs[1:]] + [len(offsets) + 1]):
        for chunk in range(first, after):
            at = offsets[chunk - 1]
            for _ in range(each):
                number = len(found)
                found.append((at, sizes[number], decode, shifts[number], number + 1 in syncs))
                at += sizes[number]
                decode += durations[number]
    assert len(found) == len(sizes)
    return found


class Clip:
    """A whole file: ftyp, moov, mdat, meta and nothing else, in this order."""

    def __init__(self, data):
        self.data = data
        self.top = boxes(data)
        assert kinds(self.top) == ["ftyp", "moov", "mdat", "meta"]
        self.ftyp, self.moov, self.mdat, self.meta = self.top
        self.tracks = [box for box in self.moov.inner() if box.kind == "trak"]
        self.defined = read_defined("file", [self.meta], {})
        (meta,), (ipro,) = self.defined["meta"], self.defined["ipro"]
        assert kinds(meta["boxes"]) == ["hdlr", "suep", "cstb", "ipro"]
        (self.suep,), (cstb,) = self.defined["suep"], self.defined["cstb"]
        self.cstb = {entry["track_ID"]: entry["startTime"] for entry in cstb["entries"]}
        self.seals = []
        for sinf in ipro["boxes"]:
            schi = one(sinf.inner(), "schi")
            self.seals.append({box.kind: box.content for box in schi.inner()})
