"""sealroom-keeper by itself: the supervisor's, cameras', doors' and commands' ends of its sockets.

    with Keeper(folder) as keeper:
        keeper.start(cameras=["gate"], doors={"archive": "panel"})
        panel = keeper.door("panel")
        number = panel.ask("entry", event=EVENT_CODES["access_granted"], door="archive")["record"]
        keeper.stop()

What it wrote is read from ledger.db as any stranger would: `records()`.
"""
import contextlib
import functools
import hashlib
import json
import os
import pathlib
import resource
import socket
import sqlite3
import struct
import subprocess
import time

from appliance import BIN
from messages import ROLES, decode, encode

TIMEOUT = 60


class Link:
    """One end of a message socket, with the other end's part of the sequence checked."""

    def __init__(self, ours):
        self.socket = ours
        self.socket.settimeout(TIMEOUT)
        self.sent = 0
        self.received = 0
        self.waiting = []

    def say(self, name, /, *, descriptor=None, **values):
        self.sent += 1
        packet = encode(name, self.sent, **values)
        if descriptor is None:
            self.socket.send(packet)
        else:
            socket.send_fds(self.socket, [packet], [descriptor])
        return self.sent

    def raw(self, packet, descriptors=()):
        if descriptors:
            socket.send_fds(self.socket, [packet], list(descriptors))
        else:
            self.socket.send(packet)

    def receive(self):
        """(name, values), or None at the end. A descriptor that came stands in "descriptor"."""
        packet, descriptors, _, _ = socket.recv_fds(self.socket, 65536, 4)
        if not packet:
            return None
        name, sequence, values = decode(packet)
        self.received += 1
        assert sequence == self.received
        if descriptors:
            values["descriptor"] = descriptors[0]
        return name, values

    def expect(self, wanted, where=lambda values: True):
        """The next message of that name; what comes before it is kept for later."""
        for index, (name, values) in enumerate(self.waiting):
            if name == wanted and where(values):
                del self.waiting[index]
                return values
        while True:
            message = self.receive()
            assert message is not None, f"the end came instead of {wanted}"
            if message[0] == wanted and where(message[1]):
                return message[1]
            self.waiting.append(message)

    def done(self, reference):
        return self.expect("done", lambda values: values["reference"] == reference)

    def ask(self, name, /, **values):
        return self.done(self.say(name, **values))

    def is_ended(self):
        """Reads to the end; what came before it is kept."""
        try:
            while (message := self.receive()) is not None:
                self.waiting.append(message)
        except ConnectionResetError:
            pass
        return True

    def close(self):
        self.socket.close()


class CameraEnd(Link):
    """What a camera process says. Times are of this machine, as the real one's are."""

    def hello(self, resume=""):
        self.say("hello", protocol=1, program="test", resume=resume)
        welcome = self.expect("welcome")
        self.with_sm3 = welcome["with_sm3"]
        return welcome

    def grant(self):
        self.say("segment_request")
        self.granted = self.expect("segment_granted")
        return self.granted

    def raw_at(self):
        """Where the last frame ended, by the monotonic clock."""
        return self.start_raw_ns + self.at - self.start_utc_ns

    def begin(self, granted, reason=1, start_ns=None, raw_ns=None, width=1920):
        """Frames lie in the past, as a camera's do: by five seconds, if not told otherwise."""
        now = time.time_ns() - 5 * 10**9 if start_ns is None else start_ns
        raw = now - time.time_ns() + time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        raw = raw if raw_ns is None else raw_ns
        self.file, self.id = granted["descriptor"], granted["segment"]
        self.start_utc_ns, self.start_raw_ns = now, raw
        self.offset, self.pieces, self.frames, self.at = 0, [], 0, now
        self.say_begin(reason, width)

    def say_begin(self, reason=1, width=1920):
        self.say("segment_begin", segment=self.id, reason=reason, start_utc_ns=self.start_utc_ns,
                 start_monotonic_ns=self.start_raw_ns,
                 utc_minus_raw_ns=self.start_utc_ns - self.start_raw_ns, video_codec="h264",
                 width=width, height=1080, connection=1)

    def write(self, data):
        os.write(self.file, data)

    def piece(self, data, duration_ns=1_000_000_000, write=True, tell=True):
        if write:
            self.write(data)
        first = not self.pieces
        fields = {"kind": 1 if first else 2, "keyframe": 0 if first else 1, "offset": self.offset,
                  "size": len(data), "frames": 0 if first else 25, "start_utc_ns": self.at,
                  "duration_ns": 0 if first else duration_ns,
                  "sha256": digest("sha256", data)}
        if self.with_sm3:
            fields["sm3"] = digest("sm3", data)
        self.pieces.append(fields)
        self.offset += len(data)
        if not first:
            self.frames += 25
            self.at += duration_ns
        if tell:
            self.say("fragment", **fields)

    def end(self, continues=0):
        self.say("segment_end", segment=self.id, size=self.offset, pieces=len(self.pieces),
                 frames=self.frames, end_utc_ns=self.at, continues=continues)
        os.close(self.file)

    def record(self, granted, pieces=3, continues=0, start_ns=None, raw_ns=None):
        """A whole small segment."""
        self.begin(granted, start_ns=start_ns, raw_ns=raw_ns)
        self.piece(init_part())
        for number in range(pieces):
            self.piece(fragment(number))
        self.end(continues)


@functools.lru_cache(4)
def digest(algorithm, data):
    """Who sends the same piece again and again need not wait for it."""
    return hashlib.new(algorithm, data).digest()


def box(kind, content=b""):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def init_part():
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"mvhd", bytes(100)))


def fragment(number, size=2000):
    moof = box(b"moof", box(b"mfhd", struct.pack(">II", 0, number + 1)))
    return moof + box(b"mdat", os.urandom(size))


class Keeper:
    """A running sealroom-keeper and its supervisor."""

    def __init__(self, state, suite="sm", arguments=(), wrap=(), environment=None):
        self.state = pathlib.Path(state)
        self.state.mkdir(exist_ok=True)
        self.suite = suite
        self.arguments = list(arguments)
        self.wrap = list(wrap)
        self.environment = environment
        self.process = None
        self.control = None
        self.log = self.state / "keeper.log"
        self.is_checked = True  # false for a test that alters what is on disk

    def spawn(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def be_descriptor_3():
            os.dup2(theirs.fileno(), 3)

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.wrap, BIN / "sealroom-keeper", "--state", self.state, "--video",
                 self.state / "video", "--suite", self.suite, *self.arguments],
                preexec_fn=be_descriptor_3, pass_fds=[3], stdout=log, stderr=log,
                env={**os.environ, **(self.environment or {})})
        theirs.close()
        self.control = Link(ours)
        self.links = []
        return self

    def start(self, cameras=(), doors=None, workers=(), rules=None, accounts=None, **settings):
        """Settings, live workers (role, source), START; returns their links and waits for DONE.
        `doors` names each door's controller, or a list of several; `rules` are members of
        door_settings, by door."""
        if self.process is None:
            self.spawn()
        self.control.say("hello", protocol=1, program="test")
        self.settle(cameras, doors or {}, rules, **settings)
        if accounts is not None:
            self.control.say("account_settings", **accounts)
        links = [self.peer(role, source) for role, source in workers]
        reference = self.control.say("start", peers=len(links))
        done = self.control.done(reference)
        assert done["status"] == 0, done["text"]
        return links

    def settle(self, cameras, doors, rules=None, **settings):
        rules = rules or {}
        given = {"video_days": 30, "record_days": 180, "full_policy": 1,
                 "reserve_bytes": 1_000_000, "segment_seconds": 60, "site": "Test",
                 "configuration_path": "/etc/test.yaml", **settings}
        self.control.say("keeper_settings", **given)
        for camera in cameras:
            self.control.say("camera_settings", camera=camera, name=camera.title())
        for door, names in doors.items():
            for controller in [names] if isinstance(names, str) else names:
                self.control.say("door_settings", door=door, name=door.title(),
                                 controller=controller, cameras=" ".join(cameras),
                                 rules=int(door in rules), **rules.get(door, {}))

    def peer(self, role, source):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.say("peer", role=ROLES[role], source=source, descriptor=theirs.fileno())
        theirs.close()
        link = CameraEnd(ours) if role == "camera" else Link(ours)
        self.links.append(link)
        return link

    def camera(self, source):
        link = self.peer("camera", source)
        link.hello()
        return link

    def door(self, source):
        link = self.peer("door", source)
        link.say("hello", protocol=1, program="test")
        link.welcome = link.expect("welcome")
        return link

    def console(self):
        link = self.peer("console", "console")
        link.say("hello", protocol=1, program="test")
        link.welcome = link.expect("welcome")
        link.state = link.expect("accounts_state")
        return link

    def command(self, greet=True):
        ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.connect(str(self.state / "run" / "keeper.sock"))
        link = Link(ours)
        self.links.append(link)
        if greet:
            link.say("hello", protocol=1, program="test")
            link.welcome = link.expect("welcome")
        return link

    def stop(self):
        """In order; the ledger is complete afterwards."""
        done = self.control.ask("stop", reason="test")
        assert done["status"] == 0
        assert self.process.wait(TIMEOUT) == 0, self.text()
        self.leave()

    def kill(self):
        self.process.kill()
        self.process.wait(TIMEOUT)
        self.leave()

    def leave(self):
        self.process = None
        for link in [self.control, *self.links]:
            link.close()

    def verify(self, *arguments):
        """(exit status, what it says) of `sealroom verify` over the state as it is."""
        run = subprocess.run([BIN / "sealroom", "verify", "--state", self.state, *arguments],
                             capture_output=True, text=True, check=False,
                             env={**os.environ, "LC_ALL": "C"})
        return run.returncode, run.stdout + run.stderr

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="utf-8") as file:
            return int(next(line for line in file if line.startswith("Pss:")).split()[1])

    def records(self, kind=None, source=None):
        """[(number, head, body)] as committed; None for a body that has expired."""
        path = f"file:{self.state}/ledger.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=TIMEOUT)) as database:
            rows = database.execute("SELECT number, head, body FROM record ORDER BY number")
            records = [(number, json.loads(head), body and json.loads(body))
                       for number, head, body in rows]
        return [(number, head, body) for number, head, body in records
                if kind in (None, head["kind"]) and source in (None, head["source"])]

    def bodies(self, kind, source=None, **members):
        return [body for _, _, body in self.records(kind, source)
                if body and all(body.get(key) == value for key, value in members.items())]

    def wait(self, condition, what="the condition"):
        limit = time.monotonic() + TIMEOUT
        while not (answer := condition()):
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < limit, f"{what} did not come: {self.text()}"
            time.sleep(0.02)
        return answer

    def __enter__(self):
        return self.spawn()

    def __exit__(self, kind, *_):
        """Whatever a test did to the keeper, what it wrote is never called altered."""
        if self.process is not None:
            self.kill()
        if kind is None and self.is_checked and (self.state / "ledger.db").exists():
            status, text = self.verify()
            assert status in (0, 3), text


def cpu_seconds():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
