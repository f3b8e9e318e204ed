"""What stands before a clip's recorded pieces, made of them by recorder/FORMAT.md, "Its tables".

ValueError: they are none that a clip with tables is made of.
"""
import struct

SECOND = 1_000_000_000
EPOCH = 2_082_844_800  # 1904-01-01 to 1970-01-01
SAMPLES_MAX = 2 ** 20
FRAGMENT_SAMPLES_MAX = 2 ** 16
BOXES_SIZE_MAX = 2 ** 18 - 16
UNITY = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def u32(*numbers):
    return struct.pack(f">{len(numbers)}I", *numbers)


def u64(*numbers):
    return struct.pack(f">{len(numbers)}Q", *numbers)


def box(kind, *parts):
    content = b"".join(parts)
    return u32(8 + len(content)) + kind + content


def header(content, at, left):
    """(kind, size of the header, size) of the box at a place of which so many bytes are left; or None."""
    if left < 8:
        return None
    size, kind = struct.unpack_from(">I4s", content, at)
    begin = 8
    if size == 1:
        if left < 16:
            return None
        (size,) = struct.unpack_from(">Q", content, at + 8)
        begin = 16
    printable = all(0x20 <= byte <= 0x7e for byte in kind)
    return (kind, begin, size) if printable and begin <= size <= left else None


def boxes(content):
    """[(kind, content)], as far as there are any."""
    found, at = [], 0
    while (box_there := header(content, at, len(content) - at)) is not None:
        kind, begin, size = box_there
        found.append((kind, content[at + begin:at + size]))
        at += size
    return found


def inside(content, *path):
    for kind in path:
        content = next((inner for found, inner in boxes(content) if found == kind), b"")
    return content


class Reader:
    def __init__(self, content):
        self.content, self.at = content, 0

    def number(self, size=4, signed=False):
        self.at += size
        if self.at > len(self.content):
            raise ValueError("a box ends early")
        return int.from_bytes(self.content[self.at - size:self.at], "big", signed=signed)


def number_at(content, at):
    """0 if it is cut short."""
    return struct.unpack_from(">I", content, at)[0] if at + 4 <= len(content) else 0


def behind_times(content):
    return number_at(content, 20 if number_at(content, 0) >> 24 == 1 else 12)


class Track:
    def __init__(self, moov, trak):
        self.trak, self.mdia = trak, inside(trak, b"mdia")
        self.number = behind_times(inside(trak, b"tkhd"))
        self.scale = behind_times(inside(self.mdia, b"mdhd"))
        self.handler = inside(self.mdia, b"hdlr")[8:12]
        self.defaults = [0, 0, 0, 0]
        for kind, content in boxes(inside(moov, b"mvex")):
            if kind == b"trex" and number_at(content, 4) == self.number:
                self.defaults = [number_at(content, at) for at in (8, 12, 16, 20)]
                break
        self.left = 0  # samples that a fragment may have
        self.samples = []  # (offset in the mdat, size, decoded, duration, composition, sync, first)

    def is_one(self):
        return self.number not in (0, 2 ** 32 - 1) and 8000 <= self.scale <= 10_000_000 \
            and self.handler in (b"vide", b"soun")

    def end(self):
        return self.samples[-1][2] + self.samples[-1][3]

    # -- samples --

    def add_fragment(self, traf, begin, end, at):
        header, decoded = Reader(inside(traf, b"tfhd")), Reader(inside(traf, b"tfdt"))
        flags = header.number() & 0xFFFFFF
        header.number()
        if flags & 1:
            raise ValueError("data at an offset in the file")
        defaults = [header.number() if flags & bit else default
                    for bit, default in zip((2, 8, 0x10, 0x20), self.defaults)]
        if defaults[0] > 1:
            raise ValueError("another sample description")
        time, offset = decoded.number(8 if decoded.number() >> 24 == 1 else 4), 0
        for kind, content in boxes(traf):
            if kind == b"trun":
                time, offset = self.add_run(Reader(content), defaults[1:], (time, offset),
                                            (begin, end, at))

    def add_run(self, run, defaults, place, limits):
        word, count = run.number(), run.number()
        self.left -= count
        if self.left < 0:
            raise ValueError("more samples than a fragment has")
        time, offset = place
        if word & 1:
            offset = run.number(signed=True)
        first_flags = run.number() if word & 4 else None
        for index in range(count):
            duration, size, flags = (
                run.number() if word & bit else default
                for bit, default in zip((0x100, 0x200, 0x400), defaults))
            composition = run.number(signed=word >> 24 != 0) if word & 0x800 else 0
            if index == 0 and first_flags is not None:
                flags = first_flags
            if not limits[0] <= offset <= limits[1] - size:
                raise ValueError("a sample outside of its fragment")
            self.add((limits[2] + offset, size, time, duration, composition,
                      not flags & 0x10000, index == 0))
            time, offset = time + duration, offset + size
        return time, offset

    def add(self, sample):
        decoded, composition, sync = sample[2], sample[4], sample[5]
        if decoded > 2 ** 44 or not 0 <= composition < 2 ** 31 or len(self.samples) == SAMPLES_MAX:
            raise ValueError("a sample that no recorder makes")
        if self.samples and not 0 < decoded - self.samples[-1][2] < 2 ** 32:
            raise ValueError("decoding times that do not grow")
        if self.handler == b"vide" and self.is_first and (
                decoded != self.end() if self.samples else not sync):
            raise ValueError("pictures that do not follow one another")
        self.samples.append(sample)

    # -- boxes --

    def table(self, base):
        offsets, sizes, decoded, durations, compositions, syncs, firsts = zip(*self.samples)
        distances = [after - before for before, after in zip(decoded, decoded[1:])] + [durations[-1]]
        chunks = []  # [offset, samples]
        for index, offset in enumerate(offsets):
            if firsts[index] or index == 0 or offset != offsets[index - 1] + sizes[index - 1]:
                chunks.append([base + offset, 0])
            chunks[-1][1] += 1
        changes = [(number + 1, each, 1) for number, (_, each) in enumerate(chunks)
                   if number == 0 or each != chunks[number - 1][1]]
        numbers = [(number + 1,) for number, sync in enumerate(syncs) if sync]
        return b"".join([
            box(b"stts", entries(runs(distances))),
            box(b"ctts", entries(runs(compositions))) if any(compositions) else b"",
            box(b"stss", entries(numbers)) if len(numbers) < len(syncs) else b"",
            box(b"stsc", entries(changes)), box(b"stsz", u32(0, 0, len(sizes), *sizes)),
            box(b"stco", u32(0, len(chunks), *(offset for offset, _ in chunks)))])

    def edits(self, pictures, shown):
        """[(duration, media time)] in units of the movie and of the track."""
        first = self.samples[0][2]
        begin = shown * self.scale // pictures.scale
        end = max(sample[2] + sample[4] + sample[3] for sample in self.samples) \
            if self is pictures else self.end()
        empty = max(0, first - begin) * pictures.scale // self.scale
        begin = max(begin, first)
        edit = (max(0, end - begin) * pictures.scale // self.scale, begin - first)
        return [(empty, -1), edit] if empty > 0 else [edit]

    def box(self, times, base, edits):
        mdhd, tkhd = inside(self.mdia, b"mdhd"), inside(self.trak, b"tkhd")
        minf = inside(self.mdia, b"minf")
        stsd = inside(minf, b"stbl", b"stsd")
        listed = [u64(duration) + struct.pack(">q", media) + u32(0x10000)
                  for duration, media in edits]
        return box(
            b"trak",
            box(b"tkhd", u32(0x1000003), times, u32(self.number, 0), u64(sum(d for d, _ in edits)),
                tail(tkhd, 60)),
            box(b"edts", box(b"elst", u32(0x1000000, len(listed)), *listed)),
            box(b"mdia",
                box(b"mdhd", u32(0x1000000), times, u32(self.scale),
                    u64(self.end() - self.samples[0][2]), tail(mdhd, 4)),
                box(b"hdlr", inside(self.mdia, b"hdlr")),
                box(b"minf", *(box(*one) for one in boxes(minf) if one[0] != b"stbl"),
                    box(b"stbl", box(b"stsd", stsd), self.table(base)))))


def tail(content, size):
    return content[-size:] if len(content) >= size else bytes(size)


def runs(values):
    """[(count, value)]"""
    found = []
    for value in values:
        if found and found[-1][1] == value:
            found[-1][0] += 1
        else:
            found.append([1, value])
    return found


def entries(rows):
    return u32(0, len(rows)) + b"".join(u32(*row) for row in rows)


def find_tracks(init):
    moov = inside(init, b"moov")
    tracks = [Track(moov, content) for kind, content in boxes(moov) if kind == b"trak"]
    tracks = [track for track in tracks if track.is_one()][:4]
    first = next((track for track in tracks if track.handler == b"vide"), None)
    if first is None or len(init) > BOXES_SIZE_MAX:
        raise ValueError("no track of pictures")
    tracks.remove(first)
    tracks.insert(0, first)
    for track in tracks:
        track.is_first = track is first
    return tracks


def add_fragment(tracks, fragment, size, at):
    moof = header(fragment, 0, size)
    if moof is None or moof[0] != b"moof" or moof[2] > BOXES_SIZE_MAX:
        raise ValueError("no moof")
    mdat = header(fragment, moof[2], size - moof[2])
    if mdat is None or mdat[0] != b"mdat":
        raise ValueError("no mdat")
    begin, end = moof[2] + mdat[1], moof[2] + mdat[2]
    for track in tracks:
        track.left = FRAGMENT_SAMPLES_MAX
        for kind, traf in boxes(fragment[moof[1]:moof[2]]):
            if kind == b"traf" and number_at(inside(traf, b"tfhd"), 4) == track.number:
                track.add_fragment(traf, begin, end, at)


def front(pieces, start, sizes=None):
    """`pieces`: init part and fragments, as bytes; of fragments those up to the content of mdat
    suffice, where `sizes` tells how long all are. `start`: of the first fragment, ns."""
    try:
        return make(pieces, start, sizes or [len(piece) for piece in pieces])
    except struct.error as problem:
        raise ValueError(str(problem)) from None


def make(pieces, start, sizes):
    tracks = find_tracks(pieces[0])
    pictures, at = tracks[0], len(pieces[0])
    for fragment, size in zip(pieces[1:], sizes[1:]):
        add_fragment(tracks, fragment, size, at)
        if not pictures.samples:
            raise ValueError("a first fragment without a picture")
        at += size
    if not pictures.samples:
        raise ValueError("no fragment")
    shown = pictures.samples[0][2] + pictures.samples[0][4]
    seconds = abs(start) // SECOND * (1 if start > 0 else -1) + EPOCH
    movie = lambda base: moov(tracks, shown, seconds, base)  # noqa: E731
    ftyp = box(b"ftyp", b"isom", u32(0x200), b"isomiso2mp41")
    base = len(ftyp) + len(movie(0)) + 8
    if base + at >= 2 ** 32:
        raise ValueError("too long")
    return ftyp + movie(base) + u32(8 + at) + b"mdat"


def moov(tracks, shown, seconds, base):
    times, pictures = u64(seconds, seconds), tracks[0]
    found = [(track, track.edits(pictures, shown)) for track in tracks if track.samples]
    longest = max(sum(duration for duration, _ in edits) for _, edits in found)
    mvhd = box(b"mvhd", u32(0x1000000), times, u32(pictures.scale), u64(longest), u32(0x10000),
               struct.pack(">H", 0x100), bytes(10), u32(*UNITY), bytes(24),
               u32(max(track.number for track in tracks) + 1))
    return box(b"moov", mvhd, *(track.box(times, base, edits) for track, edits in found))
