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


def suep(box):
    """SurveillanceExportBox, FullBox version 1, flags 0."""
    assert box.full() == (1, 0)
    read = box.reader
    found = {"unit": (read.text(), read.text(), read.text()), "time": read.number(8),
             "operator": read.text(), "sources": []}
    for _ in range(read.number(4)):
        found["sources"].append((read.number(2), read.text(), read.text(), read.text(),
                                 read.text()))
    read.end()
    return found


def cstb(box):
    """CorrectStartTimeBox: a Box, no version."""
    read = box.reader
    found = {read.number(4): read.number(8) for _ in range(read.number(4))}
    read.end()
    return found


def sinf(box):
    """ProtectionSchemeInfoBox with exactly one schm and exactly one schi."""
    schm, schi = box.inner()
    assert (schm.kind, schi.kind) == ("schm", "schi")
    assert schm.full() == (0, 0)
    assert schm.reader.number(4) == 0x6F656666
    assert schm.reader.number(4) == 0x00010000
    schm.reader.end()
    inside = schi.inner()
    assert set(kinds(inside)) <= {"sibo", "cert", "sigC", "auib", "cstb"}
    found = {"sibo": one(inside, "sibo"), "cert": one(inside, "cert").content, "sigC": None,
             "auib": None}
    if "sigC" in kinds(inside):
        found["sigC"] = one(inside, "sigC").content
    if "auib" in kinds(inside):
        read = one(inside, "auib").reader
        found["auib"] = read.text()
        read.end()
    return found


def ipro(box):
    """ItemProtectionBox: FullBox, protection_count 1, whatever follows."""
    assert box.full() == (0, 0)
    assert box.reader.number(2) == 1
    inside = box.inner(6)
    assert set(kinds(inside)) == {"sinf"}
    return [sinf(one_sinf) for one_sinf in inside]


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
        assert self.meta.full() == (0, 0)
        inside = self.meta.inner(4)
        assert kinds(inside) == ["hdlr", "suep", "cstb", "ipro"]
        self.hdlr = inside[0]
        self.suep, self.cstb, self.seals = suep(inside[1]), cstb(inside[2]), ipro(inside[3])
