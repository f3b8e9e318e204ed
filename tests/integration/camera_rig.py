"""Drives one sealroom-camera: plays the supervisor's and the keeper's end of the protocol of
recorder/base/message*.h, and looks at the files that were written.

This is the receiving end for tests of the camera process alone; what the real keeper makes of it
is tested with the real keeper.
"""
import hashlib
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SEALROOM_BIN", os.path.join(ROOT, "build", "dev", "bin"))
PEERS = os.path.join(ROOT, "tests", "peers")

HEADERS = [os.path.join(ROOT, "recorder", "base", name)
           for name in ("message.h", "message_supervisor.h", "message_camera.h", "message_door.h",
                        "message_command.h")]
FORMS = {"uint8_t": "B", "uint16_t": "H", "uint32_t": "I", "uint64_t": "Q", "int64_t": "q"}


def read_header():
    """name: (number, [(field, form)]) from the headers that are the contract; "t" is a text, "d" a
    digest, anything else a struct letter."""
    text = ""
    for header in HEADERS:
        with open(header, encoding="utf-8") as file:
            text += re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
    number, numbers = 0, {}
    for name, value in re.findall(r"MESSAGE_([A-Z_]+)\s*(?:=\s*(\d+))?\s*,",
                                  re.search(r"enum message_type \{(.*?)\};", text, re.DOTALL)[1]):
        number = int(value) if value else number + 1
        numbers[name.lower()] = number
    messages = {}
    for name, body in re.findall(r"struct message_(\w+) \{(.*?)\n\};", text, re.DOTALL):
        fields = []
        for kind, field, array in re.findall(r"(\w+) (\w+)(\[\w+\])?;", body):
            form = "t" if kind == "char" else "d" if array else FORMS[kind]
            fields.append((field, form))
        messages[name] = (numbers[name], fields)
    return messages


MESSAGES = read_header()
BY_NUMBER = {number: (name, fields) for name, (number, fields) in MESSAGES.items()}

CUT_FIRST, CUT_TIME, CUT_PARAMETERS, CUT_CLOCK, CUT_DISCONTINUITY, CUT_SEAL = range(1, 7)
PIECE_INIT, PIECE_FRAGMENT = 1, 2
(GAP_UNREACHABLE, GAP_REFUSED, GAP_STALLED, GAP_ENDED, GAP_BAD_STREAM, GAP_CERTIFICATE) = range(1, 7)
GAP_STORAGE, GAP_NOT_AUTHORISED, GAP_PIN_UNREADABLE = 10, 12, 13
(NOTE_AUDIO_UNSUPPORTED, NOTE_PARAMETERS_CHANGED, NOTE_TIMESTAMPS_MISSING, NOTE_TIMESTAMPS_JUMPED,
 NOTE_LONG_GOP, NOTE_FLOODED, NOTE_MALFORMED) = range(3, 10)


def encode(name, sequence, values):
    number, fields = MESSAGES[name]
    packet = struct.pack("<HHI", number, 0, sequence)
    for key, form in fields:
        value = values.get(key, "" if form == "t" else bytes(32) if form == "d" else 0)
        if form == "t":
            text = value.encode()
            packet += struct.pack("<H", len(text)) + text
        elif form == "d":
            packet += value
        else:
            packet += struct.pack("<" + form, value)
    return packet


def decode(packet):
    number, _zero, _sequence = struct.unpack_from("<HHI", packet)
    name, fields = BY_NUMBER[number]
    at, values = 8, {"name": name}
    for key, form in fields:
        if form == "t":
            (size,) = struct.unpack_from("<H", packet, at)
            values[key] = packet[at + 2:at + 2 + size].decode()
            at += 2 + size
        elif form == "d":
            values[key] = packet[at:at + 32]
            at += 32
        else:
            (values[key],) = struct.unpack_from("<" + form, packet, at)
            at += struct.calcsize("<" + form)
    assert at == len(packet), f"{name}: {len(packet) - at} bytes too many"
    return values


class Channel:
    """One end of a message socket."""

    def __init__(self, sock):
        self.socket = sock
        self.sent = 0

    def send(self, name, attached=None, **values):
        self.sent += 1
        packet = encode(name, self.sent, values)
        if attached is None:
            self.socket.send(packet)
        else:
            socket.send_fds(self.socket, [packet], [attached])

    def receive(self, timeout):
        """A message, None if none came, "end" if the other side is gone."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return None
        try:
            packet = self.socket.recv(16384)
        except ConnectionResetError:
            return "end"
        return decode(packet) if packet else "end"

    def close(self):
        self.socket.close()


def pair():
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class Segment:
    """A segment as the camera told of it, and its file."""

    def __init__(self, begin, path):
        self.begin = begin
        self.path = path
        self.pieces = []
        self.end = None

    def bytes(self):
        with open(self.path, "rb") as file:
            return file.read()

    def fragments_written(self):
        """In the file, whoever was told of them."""
        data = self.bytes()
        return sum(kind == b"moof" for kind, _, _ in boxes(data, 0, len(data)))

    def check(self, with_sm3=False):
        """Pieces tile the file, digests are those of the bytes, times tile the time."""
        data = self.bytes()
        at, utc = 0, self.begin["start_utc_ns"]
        for number, piece in enumerate(self.pieces):
            assert piece["offset"] == at, "pieces tile the file"
            body = data[at:at + piece["size"]]
            assert hashlib.sha256(body).digest() == piece["sha256"]
            if with_sm3:
                assert hashlib.new("sm3", body).digest() == piece["sm3"]
            else:
                assert piece["sm3"] == bytes(32)
            assert piece["kind"] == (PIECE_FRAGMENT if number else PIECE_INIT)
            boxes = box_types(body)
            assert boxes == ([b"moof", b"mdat"] if number else [b"ftyp", b"moov"]), boxes
            assert piece["start_utc_ns"] == utc, "pieces tile the time"
            utc += piece["duration_ns"]
            at += piece["size"]
        assert self.pieces[1]["keyframe"] == 1
        if self.end is not None:
            assert self.end["segment"] == self.begin["segment"]
            assert self.end["size"] == at == len(data)
            assert self.end["pieces"] == len(self.pieces)
            assert self.end["frames"] == sum(piece["frames"] for piece in self.pieces)
            assert self.end["end_utc_ns"] == utc


def box_types(data):
    types, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        types.append(kind)
        assert size >= 8
        at += size
    assert at == len(data)
    return types


def boxes(data, start, end):
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        yield kind, start + 8, start + size
        start += size


def fragment_times(path):
    """(mfhd, tfdt, sum of sample durations) of every fragment's video track, from the boxes."""
    with open(path, "rb") as file:
        data = file.read()
    found = []
    for kind, start, end in boxes(data, 0, len(data)):
        if kind != b"moof":
            continue
        number = None
        for inner, at, stop in boxes(data, start, end):
            if inner == b"mfhd":
                number = struct.unpack_from(">I", data, at + 4)[0]
            if inner == b"traf":
                parts = {name: (a, b) for name, a, b in boxes(data, at, stop)}
                tfhd = parts[b"tfhd"][0]
                flags, track = struct.unpack_from(">II", data, tfhd)
                if track != 1:
                    continue
                assert not flags & 3, "no base data offset, no sample description"
                default = struct.unpack_from(">I", data, tfhd + 8)[0]
                decode = struct.unpack_from(">Q", data, parts[b"tfdt"][0] + 4)[0]
                run = parts[b"trun"][0]
                flags, count = struct.unpack_from(">II", data, run)
                first = run + 8 + 4 * bin(flags & 5).count("1")
                width = 4 * bin(flags & 0xf00).count("1")
                total = sum(struct.unpack_from(">I", data, first + width * i)[0]
                            for i in range(count)) if flags & 0x100 else default * count
                found.append((number, decode, total))
    return found


class Rig:
    """A sealroom-camera with this test as its supervisor and its keeper."""

    def __init__(self, url, directory, with_sm3=False, **setup):
        self.directory = str(directory)
        self.with_sm3 = with_sm3
        self.segments = []
        self.granted = {}
        self.grants = 0
        self.generation = 0
        self.messages = []
        self.hellos = []
        self.keeper = None
        self.granting = True
        ours, theirs = pair()
        self.log = open(os.path.join(self.directory, "camera.log"), "a+", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-c",
             "import os,sys; fd=int(sys.argv[1]); os.dup2(fd, 3, inheritable=True);"
             "os.execv(sys.argv[2], ['sealroom-camera'])",
             str(theirs.fileno()), os.path.join(BIN, "sealroom-camera")],
            pass_fds=[theirs.fileno()], stderr=self.log)
        theirs.close()
        self.control = Channel(ours)
        values = {"camera": "gate", "url": url, "address": "127.0.0.1", "transport": 1, "audio": 0,
                  "segment_seconds": 2, "stall_ms": 5000}
        values.update(setup)
        self.control.send("camera_setup", **values)

    def start_keeper(self):
        ours, theirs = pair()
        self.generation += 1
        self.control.send("keeper_link", attached=theirs.fileno(), generation=self.generation)
        theirs.close()
        self.keeper = Channel(ours)

    def kill_keeper(self):
        self.keeper.close()
        self.keeper = None
        self.granted = {key: path for key, path in self.granted.items()
                        if any(seg.begin["segment"] == key for seg in self.segments)}

    def grant(self):
        self.grants += 1
        name = f"gate-{self.grants:04d}"
        path = os.path.join(self.directory, name + ".mp4")
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o640)
        self.granted[name] = path
        self.keeper.send("segment_granted", attached=file, segment=name)
        os.close(file)

    def take(self, message):
        name = message["name"]
        self.messages.append(message)
        if name == "hello":
            self.hellos.append(message)
            self.keeper.send("welcome", protocol=1, with_sm3=int(self.with_sm3), origin="test")
        elif name == "segment_request" and self.granting:
            self.grant()
        elif name == "segment_begin":
            known = [seg for seg in self.segments
                     if seg.begin["segment"] == message["segment"]]
            if known:  # told again after a resume
                known[0].begin = message
                known[0].pieces = []
            else:
                self.segments.append(Segment(message, self.granted[message["segment"]]))
        elif name == "fragment":
            self.segments[-1].pieces.append(message)
        elif name == "segment_end":
            assert self.segments[-1].begin["segment"] == message["segment"]
            self.segments[-1].end = message

    def run(self, until, timeout=60):
        """Serves the camera until `until(self)` holds; False if it did not in time."""
        deadline = time.monotonic() + timeout
        while not until(self):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if self.keeper is None:
                time.sleep(0.02)
                continue
            message = self.keeper.receive(min(left, 0.1))
            if message == "end":
                return until(self)
            if message is not None:
                self.take(message)
        return True

    def stop(self):
        """An ordered stop; takes what the camera still has to tell."""
        self.process.send_signal(signal.SIGTERM)
        self.run(lambda rig: False, timeout=5) if self.keeper is None else None
        while self.keeper is not None:
            message = self.keeper.receive(60)
            if message is None or message == "end":
                break
            self.take(message)
        return self.process.wait(timeout=60)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def all(self, name):
        return [message for message in self.messages if message["name"] == name]

    def frames(self):
        return sum(piece["frames"] for segment in self.segments for piece in segment.pieces)

    def notes(self):
        return {message["note"] for message in self.all("stream_note")}

    def log_text(self):
        self.log.flush()
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def laid_end_to_end(self):
        """The init part of the first segment and all fragments, in one file."""
        path = os.path.join(self.directory, "all.mp4")
        with open(path, "wb") as out:
            for number, segment in enumerate(self.segments):
                data = segment.bytes()
                skip = segment.pieces[0]["size"] if number else 0
                out.write(data[skip:sum(piece["size"] for piece in segment.pieces)])
        return path


class Camera:
    """A program of tests/peers as a process."""

    def __init__(self, directory, *options, peer="rtsp_camera.py"):
        handle, self.counts = tempfile.mkstemp(suffix=".json", dir=str(directory))
        os.close(handle)
        os.unlink(self.counts)
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(PEERS, peer), "--counts", self.counts, *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.hello = json.loads(self.process.stdout.readline())
        self.url = self.hello["url"]

    def report(self):
        if self.process.poll() is None:
            try:
                before = os.stat(self.counts).st_mtime_ns
            except FileNotFoundError:
                before = 0
            self.process.send_signal(signal.SIGUSR1)
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                if os.path.exists(self.counts) and os.stat(self.counts).st_mtime_ns != before:
                    break
                time.sleep(0.02)
        with open(self.counts, encoding="utf-8") as file:
            return json.load(file)

    def finished(self):
        """The first client's stream was sent to its end."""
        if not os.path.exists(self.counts):
            return False
        with open(self.counts, encoding="utf-8") as file:
            clients = json.load(file)["clients"]
        return bool(clients) and clients[0]["finished"]

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process.stdout.close()


def packets(path, stream="v"):
    """Packets of a file as ffprobe sees them."""
    out = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", stream, "-show_entries",
         "packet=pts,dts,duration,size,flags,pos", "-of", "json", path],
        check=True, capture_output=True, text=True)
    assert out.stderr == "", out.stderr
    return json.loads(out.stdout)["packets"]


def nals(path):
    """SHA-256 of every NAL unit of every sample of the video track, in order."""
    with open(path, "rb") as file:
        data = file.read()
    found = []
    for packet in packets(path):
        at = int(packet["pos"])
        end = at + int(packet["size"])
        unit = []
        while at < end:
            size = int.from_bytes(data[at:at + 4], "big")
            unit.append(hashlib.sha256(data[at + 4:at + 4 + size]).hexdigest())
            at += 4 + size
        assert at == end
        found.append(unit)
    return found
