"""Clips made up for what stands before their pieces: init parts and runs of fragments of every kind
that ISO/IEC 14496-12 allows and more than any recorder makes, and some spoiled.

A case is (start, [(head, size)]): of a fragment the head is what stands before its samples. What is
in the samples nobody asks.
"""
import random
import struct

SPARE = bytes(2 ** 18 + 16)  # behind the last head, for who reads as far as a head may reach
BIG = 2 ** 32 - 1
AT = 0x7A7A7A7A  # stands for where the samples begin


def u32(*numbers):
    return struct.pack(f">{len(numbers)}I", *(number % 2 ** 32 for number in numbers))


def box(kind, *parts):
    content = b"".join(parts)
    return u32(8 + len(content)) + kind + content


def long_box(kind, *parts):
    content = b"".join(parts)
    return u32(1) + kind + struct.pack(">Q", 16 + len(content)) + content


class Track:
    def __init__(self, rng, number, handler):
        self.number, self.handler = number, handler
        self.scale = rng.choice([90000, 90000, 8000, 10_000_000, 44100, 48000, 29_970, 12800,
                                 rng.randrange(8000, 10 ** 7)]) if rng.random() < 0.97 else \
            rng.choice([0, 7999, 10_000_001])
        self.time = rng.choice([0, 0, 1, 2 ** 32 - 5000, 2 ** 33, 2 ** 44 - 10 ** 6,
                                rng.randrange(2 ** 40)])
        step = max(1, self.scale // rng.choice([10, 25, 30, 50]))
        self.trex = (1 if rng.random() < 0.97 else rng.randrange(3), step, rng.randrange(1, 5000),
                     rng.choice([0, 0x10000, 0x1010000]) if handler == b"vide" else 0)
        self.step, self.begins, self.ends = step, 0, BIG
        if handler != b"vide" and rng.random() < 0.4:
            self.begins, self.ends = rng.randrange(4), rng.randrange(1, 6)
        self.signed = rng.random() < 0.3
        self.reordered = handler == b"vide" and rng.random() < 0.6
        self.entry = {b"vide": rng.choice([b"avc1", b"hvc1"])}.get(
            handler, rng.choice([b"mp4a", b"Opus"]))

    def header(self, rng, kind, *fields):
        version = rng.randrange(2)
        times = rng.randbytes(16 if version else 8)
        return box(kind, bytes([version, 0, 0, rng.randrange(8)]), times, *fields)

    def trak(self, rng):
        tkhd = self.header(rng, b"tkhd", u32(self.number), rng.randbytes(rng.choice([72, 76, 20])))
        mdhd = self.header(rng, b"mdhd", u32(self.scale), rng.randbytes(rng.choice([8, 12, 2])))
        hdlr = box(b"hdlr", bytes(8), self.handler, bytes(12), b"name\0")
        stsd = box(b"stsd", u32(0, 1), box(self.entry, rng.randbytes(rng.randrange(90))))
        stbl = box(b"stbl", *shuffled(rng, [stsd, box(b"stts", u32(0, 0)), box(b"stsz", bytes(12))]))
        minf = shuffled(rng, [box(b"vmhd", bytes(12)), box(b"dinf", rng.randbytes(20)), stbl])
        mdia = shuffled(rng, [mdhd, hdlr, box(b"minf", *minf)])
        edits = [box(b"edts", bytes(12))] if rng.random() < 0.1 else []
        return box(b"trak", *shuffled(rng, [tkhd, box(b"mdia", *mdia), *edits]))


def shuffled(rng, items):
    return rng.sample(items, len(items)) if rng.random() < 0.3 else items


def make_tracks(rng):
    handlers = [b"vide"] + [rng.choice([b"soun", b"soun", b"vide", b"meta"])
                            for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 4]))]
    numbers = rng.sample(range(1, 9), len(handlers))
    if rng.random() < 0.05:
        numbers[-1] = rng.choice([0, BIG, BIG - 1, numbers[0]])
    return [Track(rng, *pair) for pair in zip(numbers, shuffled(rng, handlers))]


def make_init(rng, tracks):
    trexes = [box(b"trex", u32(0, track.number, *track.trex)) for track in tracks
              if rng.random() < 0.97]
    if rng.random() < 0.05:
        trexes.append(box(b"trex", u32(0, tracks[0].number, 1, 77, 77, 0)))
    mvex = [box(b"mvex", *shuffled(rng, trexes))]
    parts = [box(b"mvhd", bytes(100)), *(track.trak(rng) for track in tracks), *mvex]
    return box(b"ftyp", b"iso5", u32(512)) + box(b"moov", *shuffled(rng, parts))


class Fragment:
    """Several traf, their samples' bytes one after the other, or at random places."""

    def __init__(self, rng, number, tracks, is_big):
        self.rng, self.number, self.is_big = rng, number, is_big
        self.used = rng.choice([0, 0, 0, 7])  # bytes of the mdat
        self.trafs = []
        for track in shuffled(rng, tracks):
            if track.begins <= number < track.ends:
                for _ in range(rng.choice([1, 1, 1, 1, 2])):
                    self.trafs.append(self.make_traf(track))

    def header_fields(self, track):
        """(tfhd, its flags, {what: value or None where the trun says it})"""
        flags, fields, values = 0, [], {}
        if self.rng.random() < 0.1:
            flags, fields = 2, [1]
        for what, bit, fallback in (("duration", 8, 1), ("size", 0x10, 2), ("flags", 0x20, 3)):
            way = self.rng.choice(["trex", "tfhd", "trun", "trun"])
            values[what] = track.trex[fallback] if way == "trex" else None
            if way == "tfhd":
                flags |= bit
                values[what] = {"duration": track.step, "size": self.rng.randrange(3000),
                                "flags": track.trex[3]}[what]
                fields.append(values[what])
        if self.rng.random() < 0.01:
            return flags | 1, [0, 0, *fields], values
        return flags | 0x20000, fields, values

    def make_traf(self, track):
        flags, fields, values = self.header_fields(track)
        time = track.time
        if track.handler != b"vide" and self.rng.random() < 0.2:
            time += self.rng.randrange(5000)  # a hole in the sound
        if self.rng.random() < 0.01:
            time += self.rng.choice([-1, 1, 2 ** 32, 2 ** 45])
        track.time = time % 2 ** 64
        long = self.rng.random() < 0.5 or track.time >= 2 ** 32
        tfdt = box(b"tfdt", bytes([long, 0, 0, 0]), struct.pack(">Q" if long else ">I", track.time))
        is_first = True
        runs = []
        for _ in range(self.rng.choice([0, 1, 1, 1, 1, 1, 2, 3]) if self.number or
                       track.handler != b"vide" else self.rng.choice([1, 1, 2])):
            runs.append(self.make_run(track, values, is_first))
            is_first = False
        return box(b"tfhd", u32(flags, track.number, *fields)), tfdt, runs

    def make_run(self, track, values, is_first):
        rng = self.rng
        bits = sum(bit for what, bit in (("duration", 0x100), ("size", 0x200), ("flags", 0x400))
                   if values[what] is None)
        bits |= 0x800 * (track.reordered or rng.random() < 0.1)
        first_flags = None
        is_begin = self.number == 0 and is_first and track.handler == b"vide"
        if is_begin and values["flags"] is not None or rng.random() < 0.2:
            first_flags = 0x2000000 if is_begin and rng.random() < 0.97 else rng.choice([0, 0x1010000])
        count = rng.choice([0, 1, 1, 2, 3, 8, 25, 60]) if rng.random() < 0.98 else \
            rng.randrange(1000, 4000)
        if is_begin:
            count = max(1, count)
        rows, size_in_all = [], 0
        for index in range(count):
            duration, size, flags = self.make_sample(track, is_begin and index == 0)
            composition = 0
            if bits & 0x800:
                composition = rng.choice([0, 1, 2, 5]) * track.step if track.reordered else 0
                if track.signed and rng.random() < 0.002:
                    composition = -1
                if rng.random() < 0.0005:
                    composition = rng.choice([2 ** 31 - 1, 2 ** 31])
            row = [value for bit, value in ((0x100, duration), (0x200, size), (0x400, flags),
                                            (0x800, composition)) if bits & bit]
            track.time += duration if bits & 0x100 else values["duration"]
            size_in_all += size if bits & 0x200 else values["size"]
            rows += row
        begin, follows = self.used, not is_first and rng.random() < 0.5
        if not follows and rng.random() < 0.1:
            begin += 5
        if not (follows and self.last == self.used):
            bits |= 1
        self.used = self.last = begin + size_in_all
        word = (track.signed or rng.random() < 0.1) << 24 | bits | 4 * (first_flags is not None)
        return word, count, begin, first_flags, rows

    def make_sample(self, track, is_begin):
        rng = self.rng
        duration = track.step if rng.random() < 0.7 else \
            max(1, track.step + rng.randrange(-min(3, track.step), 400))
        if rng.random() < 0.001:
            duration = rng.choice([0, BIG])
        size = rng.randrange(20000) if rng.random() < 0.9 else 0
        if self.is_big and rng.random() < 0.05:
            size = rng.choice([2 ** 31, 2 ** 32 - 2 ** 16, rng.randrange(2 ** 32)])
        sync = is_begin or track.handler != b"vide" or rng.random() < 0.1
        if is_begin and rng.random() < 0.02:
            sync = False
        return duration, size, 0x2000000 if sync else 0x1010000

    def head(self):
        rng = self.rng

        def moof(base):
            trafs = []
            for tfhd, tfdt, runs in self.trafs:
                truns = [box(b"trun", u32(word, count),
                             u32(base + begin) if word & 1 else b"",
                             u32(first) if first is not None else b"", u32(*rows))
                         for word, count, begin, first, rows in runs]
                trafs.append(box(b"traf", tfhd, tfdt, *truns))
            return box(b"moof", box(b"mfhd", u32(0, self.number + 1)), *trafs)

        base = len(moof(0)) + 8
        front = moof(base)
        short = rng.choice([0] * 60 + [1])
        size = self.used + rng.choice([0, 0, 0, 9]) - min(short, self.used)
        length = 8 + size
        behind = rng.choice([0, 0, 0, 0, 24])
        if length > BIG:
            return front + u32(1) + b"mdat" + struct.pack(">Q", length + 8) + bytes(16), \
                len(front) + length + 8
        return front + u32(length) + b"mdat" + bytes(16), len(front) + length + behind


def spoil(rng, head):
    """A few bytes of it are others, or a box is of another form."""
    head = bytearray(head)
    for _ in range(rng.choice([1, 1, 2, 5])):
        kinds = [at for kind in (b"trak", b"tkhd", b"mdhd", b"hdlr", b"trex", b"mvex", b"minf",
                                 b"stbl", b"stsd", b"moov", b"moof", b"traf", b"tfhd", b"tfdt",
                                 b"trun", b"mdat")
                 for at in places(head, kind)]
        at = rng.choice(kinds)
        way = rng.randrange(5)
        if way == 0:
            head[rng.randrange(len(head))] = rng.randrange(256)
        elif way == 1:
            head[at + rng.randrange(4)] = rng.randrange(256)
        elif way == 2:  # a length that is a little another
            length = int.from_bytes(head[at - 4:at], "big")
            head[at - 4:at] = u32(length + rng.choice([-9, -8, -4, -1, 1, 4, 8, -length, 1 - length]))
        elif way == 3 and at + 24 < len(head):
            head[at + 4 + rng.randrange(16)] ^= 1 << rng.randrange(8)
        else:  # a length of 64 bits, in the place of what stood there
            length = int.from_bytes(head[at - 4:at], "big")
            head[at - 4:at] = u32(1)
            head[at + 4:at + 12] = struct.pack(">Q", length)
    return bytes(head)


def places(head, kind):
    at = head.find(kind, 4)
    while at >= 0:
        yield at
        at = head.find(kind, at + 1)


def make_case(rng):
    tracks = make_tracks(rng)
    is_big = rng.random() < 0.05
    init = make_init(rng, tracks)
    if rng.random() < 0.1:  # what all have behind moov is read by nobody
        init = init.replace(box(b"vmhd", bytes(12)), long_box(b"vmhd", bytes(4)), 1)
    pieces = [(init, len(init))]
    for number in range(rng.choice([0] + [1, 2, 3, 5] * 5)):
        pieces.append(Fragment(rng, number, tracks, is_big).head())
    if rng.random() < 0.03:
        pieces.insert(rng.randrange(1, len(pieces) + 1), pieces[0])  # other parameter sets
    if rng.random() < 0.35:
        index = rng.randrange(len(pieces))
        pieces[index] = (spoil(rng, pieces[index][0]), pieces[index][1])
    return rng.choice([0, 1, 1_700_000_000_123_456_789, rng.randrange(2 ** 62)]), pieces


def cases(seed, count):
    return [make_case(random.Random(f"{seed} {number}")) for number in range(count)]


def write(found, path):
    """The heads in a file; [(start, [(offset, size)])]."""
    at, listed = 0, []
    with open(path, "wb") as file:
        for start, pieces in found:
            placed = []
            for head, size in pieces:
                file.write(head)
                placed.append((at, size))
                at += len(head)
            listed.append((start, placed))
        file.write(SPARE)
    return listed


def bare_runs(counts):
    """A case of one fragment, whose samples are empty and told of by nothing but how many they are."""
    rng = random.Random(0)
    track = Track(rng, 1, b"vide")
    track.scale, track.trex = 90000, (1, 1, 0, 0)
    init = make_init(random.Random(1), [track])
    traf = box(b"traf", box(b"tfhd", u32(0x20000, 1)), box(b"tfdt", u32(0, 0)),
               *(box(b"trun", u32(1, count, AT)) for count in counts))
    moof = box(b"moof", traf)
    moof = moof.replace(u32(AT), u32(len(moof) + 8))
    head = moof + box(b"mdat", bytes(8))
    return 0, [(init, len(init)), (head, len(head))]
