"""A clip's own bytes told otherwise: by an exporter who makes a clip that plays, and who signs
properly. Each way is a function (Front) that changes what stands before the pieces."""
import struct

from package import CLIPS

HOLDERS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"}


def read_boxes(data):
    """[[kind, content]]; the content of those that hold others is such a list."""
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8:at + size]
        found.append([kind, read_boxes(content) if kind in HOLDERS else content])
        at += size
    return found


def write_boxes(found):
    data = b""
    for kind, content in found:
        content = write_boxes(content) if isinstance(content, list) else content
        data += struct.pack(">I4s", len(content) + 8, kind) + content
    return data


class Front:
    """`top`: ftyp and moov, and what else one puts there; `data`: how long mdat says it is; `end`:
    what stands behind the pieces."""

    def __init__(self, front, end):
        self.top, self.end = read_boxes(front[:-8]), end
        self.data, = struct.unpack_from(">I", front, len(front) - 8)

    def holder(self, *path):
        """The list in the first box of that path."""
        found = self.top
        for kind in path:
            found = next(content for one, content in found if one == kind)
        return found

    def table(self, kind, track=0):
        """The box of a track's stbl: to be read and changed."""
        traks = [content for one, content in self.holder(b"moov") if one == b"trak"]
        found = traks[track]
        for step in (b"mdia", b"minf", b"stbl"):
            found = next(content for one, content in found if one == step)
        return next(box for box in found if box[0] == kind)

    def numbers(self, kind, change):
        """The entries of a box, behind its count, as numbers."""
        box = self.table(kind)
        at = 12 if kind == b"stsz" else 8
        numbers = list(struct.unpack(f">{(len(box[1]) - at) // 4}I", box[1][at:]))
        change(numbers)
        box[1] = box[1][:at] + struct.pack(f">{len(numbers)}I", *numbers)

    def field(self, path, format_of, at, change):
        """One number of a box."""
        *path, kind = path
        box = next(box for box in self.holder(*path) if box[0] == kind)
        content = bytearray(box[1])
        value, = struct.unpack_from(format_of, content, at)
        struct.pack_into(format_of, content, at, change(value))
        box[1] = bytes(content)

    def written(self, moved):
        """The offsets of the samples moved along."""
        for track in range(sum(kind == b"trak" for kind, _ in self.holder(b"moov"))):
            box = self.table(b"stco", track)
            count = (len(box[1]) - 8) // 4
            offsets = struct.unpack(f">{count}I", box[1][8:])
            box[1] = box[1][:8] + struct.pack(f">{count}I", *(one + moved for one in offsets))
        return write_boxes(self.top) + struct.pack(">I4s", self.data, b"mdat")


def block(lines, name):
    """Where that clip's lines begin and end."""
    begin = lines.index(f"clip {name}")
    return begin, next((at for at in range(begin + 1, len(lines)) if lines[at].startswith(
        ("clip ", "absent "))), len(lines))


def moved(line, distance):
    """A line of a piece, so much further on in its clip."""
    words = line.split(" ")
    if words[0] == "piece":
        words[5] = str(int(words[5]) + distance)
    return " ".join(words)


def lines_of(package):
    return package.members[CLIPS].decode().split("\n")[:-1]


def set_lines(package, lines):
    package.members[CLIPS] = "".join(line + "\n" for line in lines).encode()


def tell(package, name, change):
    """The package with that clip's own bytes changed, and the lines about it as they must be then."""
    lines = lines_of(package)
    begin, end = block(lines, name)
    own = [at for at in range(begin, end) if lines[at].startswith("own ")]
    sizes = [int(lines[at].split(" ")[1]) for at in own]
    clip = package.members[name]
    front = Front(clip[:sizes[0]], clip[-sizes[1]:])
    change(front)
    distance = len(front.written(0)) - sizes[0]
    made = front.written(distance)
    package.members[name] = made + clip[sizes[0]:-sizes[1]] + front.end
    for at, content in zip(own, (made, front.end)):
        lines[at] = f"own {len(content)} {package.signer.hash(content).hex()}"
    lines[begin:end] = [moved(line, distance) for line in lines[begin:end]]
    set_lines(package, lines)
    return package.sign().zip()


# ---- lies that a player would show ----

def another_picture(front):
    """The second fragment's samples: the first's once more."""
    front.numbers(b"stco", lambda offsets: offsets.__setitem__(1, offsets[0]))


def other_order(front):
    front.numbers(b"stco", lambda offsets: offsets.reverse())


def other_size(front):
    front.numbers(b"stsz", lambda sizes: sizes.__setitem__(0, sizes[0] - 1))


def other_duration(front):
    front.numbers(b"stts", lambda runs: runs.__setitem__(1, 2 * runs[1]))


def other_composition(front):
    def swap(runs):
        runs[1], runs[3] = runs[3], runs[1]
    front.numbers(b"ctts", swap)


def other_keyframe(front):
    front.numbers(b"stss", lambda numbers: numbers.__setitem__(-1, numbers[-1] + 1))


def last_one_hidden(front):
    """The last fragment is in the mdat, and in no table."""
    front.numbers(b"stsz", lambda sizes: sizes.__delitem__(slice(-4, None)))
    front.numbers(b"stco", lambda offsets: offsets.pop())
    front.numbers(b"stts", lambda runs: runs.__setitem__(0, runs[0] - 4))
    for kind in (b"stsz", b"stco"):
        box = front.table(kind)
        at = 8 if kind == b"stsz" else 4
        count, = struct.unpack_from(">I", box[1], at)
        box[1] = box[1][:at] + struct.pack(">I", count - (4 if at == 8 else 1)) + box[1][at + 4:]


def other_timescale(front):
    front.field((b"moov", b"trak", b"mdia", b"mdhd"), ">I", 20, lambda scale: 2 * scale)


def other_time(front):
    """When it was recorded, for who asks the file."""
    front.field((b"moov", b"mvhd"), ">Q", 4, lambda seconds: seconds + 86400)


def edit_moved(front):
    """The beginning is in the file, and not shown."""
    front.field((b"moov", b"trak", b"edts", b"elst"), ">Q", 16, lambda time: time + 90000)


def edit_added(front):
    """The second half of it is not shown."""
    edits = front.holder(b"moov", b"trak", b"edts")
    duration, media, rate = struct.unpack_from(">QQI", edits[0][1], 8)
    edits[0][1] = edits[0][1][:4] + struct.pack(">IQQIQQI", 2, duration // 2, media, rate,
                                                duration // 2, media, rate)


def no_edits(front):
    trak = front.holder(b"moov", b"trak")
    trak[:] = [box for box in trak if box[0] != b"edts"]


def box_added(front):
    front.holder(b"moov").append([b"udta", struct.pack(">I4s", 12, b"name") + b"more"])


def box_between(front):
    front.top.append([b"free", b"room"])


def track_added(front):
    """The same samples once more, of another number."""
    movie = front.holder(b"moov")
    movie.append([b"trak", read_boxes(write_boxes(front.holder(b"moov", b"trak")))])
    head = movie[-1][1][0]
    head[1] = head[1][:20] + struct.pack(">I", 2) + head[1][24:]


def brand_changed(front):
    front.top[0][1] = b"qt  " + front.top[0][1][4:]


def behind_the_pieces(front):
    """In the mdat."""
    front.data, front.end = front.data + 4, b"more" + front.end


def box_behind(front):
    front.end += struct.pack(">I4s", 12, b"free") + b"more"


def meta_called_otherwise(front):
    front.end = front.end[:4] + b"moov" + front.end[8:]


LIES = [another_picture, other_order, other_size, other_duration, other_composition, other_keyframe,
        last_one_hidden, other_timescale, other_time, edit_moved, edit_added, no_edits, box_added,
        box_between, track_added, brand_changed, behind_the_pieces, box_behind,
        meta_called_otherwise]


def without_own(package, name):
    lines = lines_of(package)
    begin, end = block(lines, name)
    front, behind = (int(line.split(" ")[1]) for line in lines[begin:end] if line.startswith("own "))
    package.members[name] = package.members[name][front:-behind]
    lines[begin:end] = [moved(line, -front) for line in lines[begin:end]
                        if not line.startswith("own ")]
    set_lines(package, lines)


def pieces_alone(package, name):
    """What an exporter makes of footage that has no tables: nothing of its own."""
    without_own(package, name)
    return package.sign().zip()


def late_behind_room(package, name):
    """An init part that is not the recorded one, with 64 KiB of room before its tracks; and the
    second fragment said to be later than it is."""
    lines = lines_of(package)
    begin, end = block(lines, name)
    clip = package.members[name]
    at = next(at for at in range(begin, end) if lines[at].startswith("piece 1 "))
    words = lines[at].split(" ")
    place, size = int(words[5]), int(words[3])
    boxes = read_boxes(clip[place:place + size])
    next(box for box in boxes if box[0] == b"moov")[1].insert(0, [b"free", bytes(1 << 16)])
    init = write_boxes(boxes)
    words[3:5] = str(len(init)), package.signer.hash(init).hex()
    lines[at + 1:end] = [moved(line, len(init) - size) for line in lines[at + 1:end]]
    lines[at] = " ".join(words)
    package.members[name] = clip[:place] + init + clip[place + size:]
    late = [at for at in range(begin, end) if lines[at].startswith("piece 2 ")][1]
    words = lines[late].split(" ")
    words[6] = str(int(words[6]) + 600_000_000)
    lines[late] = " ".join(words)
    set_lines(package, lines)
    return package.sign().zip()


def in_one(package, first, second):
    """Two clips of one init part as one, of pieces alone; it has the name of the first one there."""
    without_own(package, first)
    without_own(package, second)
    lines = lines_of(package)
    blocks = [lines[begin + 1:end] for begin, end in (block(lines, first), block(lines, second))]
    init = next(int(line.split(" ")[3]) for line in blocks[1] if line.startswith("piece 1 "))
    size = len(package.members[first])
    for at, line in enumerate(blocks[1]):
        if not line.startswith("piece 1 "):  # that stands there already
            blocks[1][at] = moved(line, size - init)
    content = package.members[first] + package.members[second][init:]
    name, gone = sorted((first, second))
    package.members[name] = content
    del package.members[gone]
    package.order.remove(gone)
    begin = min(block(lines, first)[0], block(lines, second)[0])
    end = max(block(lines, first)[1], block(lines, second)[1])
    lines[begin:end] = [f"clip {name}"] + blocks[0] + blocks[1]
    set_lines(package, lines)
    return package.sign().zip()
