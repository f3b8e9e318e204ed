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

    def bytes(self, moved):
        """The offsets of the samples moved along."""
        for track in range(sum(kind == b"trak" for kind, _ in self.holder(b"moov"))):
            box = self.table(b"stco", track)
            count = (len(box[1]) - 8) // 4
            offsets = struct.unpack(f">{count}I", box[1][8:])
            box[1] = box[1][:8] + struct.pack(f">{count}I", *(one + moved for one in offsets))
        return write_boxes(self.top) + struct.pack(">I4s", self.data, b"mdat")


def tell(package, name, change):
    """The package with that clip's own bytes changed, and the lines about it as they must be then."""
    lines = package.members[CLIPS].decode().split("\n")[:-1]
    begin = lines.index(f"clip {name}")
    end = next((at for at in range(begin + 1, len(lines)) if lines[at].startswith(
        ("clip ", "absent "))), len(lines))
    own = [at for at in range(begin, end) if lines[at].startswith("own ")]
    sizes = [int(lines[at].split(" ")[1]) for at in own]
    clip = package.members[name]
    front = Front(clip[:sizes[0]], clip[-sizes[1]:])
    change(front)
    moved = len(front.bytes(0)) - sizes[0]
    made = front.bytes(moved)
    package.members[name] = made + clip[sizes[0]:-sizes[1]] + front.end
    for at, content in zip(own, (made, front.end)):
        lines[at] = f"own {len(content)} {package.signer.hash(content).hex()}"
    for at in range(begin, end):
        words = lines[at].split(" ")
        if words[0] == "piece":
            words[5] = str(int(words[5]) + moved)
            lines[at] = " ".join(words)
    package.members[CLIPS] = "".join(line + "\n" for line in lines).encode()
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


def pieces_alone(package, name):
    """What an exporter makes of footage that has no tables: nothing of its own."""
    lines = package.members[CLIPS].decode().split("\n")[:-1]
    begin = lines.index(f"clip {name}")
    end = next((at for at in range(begin + 1, len(lines)) if lines[at].startswith(
        ("clip ", "absent "))), len(lines))
    own = [line for line in lines[begin:end] if line.startswith("own ")]
    front, behind = (int(line.split(" ")[1]) for line in own)
    package.members[name] = package.members[name][front:-behind]
    for at in range(begin, end):
        words = lines[at].split(" ")
        if words[0] == "piece":
            words[5] = str(int(words[5]) - front)
            lines[at] = " ".join(words)
    package.members[CLIPS] = "".join(
        line + "\n" for at, line in enumerate(lines)
        if not (begin <= at < end and line.startswith("own "))).encode()
    return package.sign().zip()
