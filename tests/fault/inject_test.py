"""Every system call of the keeper that touches the state fails once, over a real short recording.

A first run without faults tells which calls there are: of which kind, on which file, as the how
manyeth of its thread. Each further run lets one of them fail, once, in one life of the keeper
(`strace -e inject`), while a real camera and a real controller go on: in its first, which makes
everything, or in one that follows a kill of the whole appliance and has to recover. Whatever
happens then, carrying on or ending and being started again, afterwards

  * sealroom verify says authentic, or incomplete; never altered;
  * every event of the controller is in the ledger exactly once, for it was taken only after it
    was durable;
  * segments and gaps cover the camera's time, and no two segments the same;
  * a program written from FORMAT.md alone agrees, after another start at the latest: what could
    not be read when recovering is left for that.

A few calls of each kind by default. SEALROOM_LONG=1 takes up to SPREAD of each kind on each file,
with every error; SEALROOM_INJECT=pwrite64 does that for one kind, SEALROOM_INJECT=pwrite64:EIO:17
tries a single call, SEALROOM_INJECT=recovery:pwrite64:EIO:17 one of the second life.
"""
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile

import pytest

from appliance import ROOT, Appliance, Camera, Controller, until

STRANGER = ROOT / "tests" / "integration" / "stranger" / "check_ledger.py"
LONG = os.environ.get("SEALROOM_LONG") == "1"
ONLY = os.environ.get("SEALROOM_INJECT", "")
# What fails, and as what. EINTR where a signal could be the cause.
KINDS = {
    "openat": ["EIO", "ENOSPC", "EINTR"],
    "read": ["EIO", "EINTR"],
    "pread64": ["EIO", "EINTR"],
    "write": ["EIO", "ENOSPC", "EINTR"],
    "pwrite64": ["EIO", "ENOSPC", "EINTR"],
    "fsync": ["EIO", "ENOSPC", "EINTR"],
    "fdatasync": ["EIO", "ENOSPC", "EINTR"],
    "ftruncate": ["EIO", "ENOSPC", "EINTR"],
    "renameat2": ["EIO", "ENOSPC"],
    "rename": ["EIO", "ENOSPC"],
    "unlink": ["EIO"],
    "unlinkat": ["EIO"],
    "mkdirat": ["EIO", "ENOSPC"],
    "close": ["EIO", "EINTR"],
    "fcntl": ["EIO", "EINTR"],
    "newfstatat": ["EIO"],
}

# Calls of a kind on one file in the long run, spread over its life; calls of a kind in the short.
SPREAD = 12
FEW = {"first": {**dict.fromkeys(KINDS, 1), "pwrite64": 3, "fdatasync": 3},
       "recovery": {"openat": 1, "pread64": 1, "pwrite64": 2, "fdatasync": 1, "fsync": 1}}

Call = collections.namedtuple("Call", "kind nth target")


class Room:
    """One camera, one controller, one appliance whose keeper runs under strace in one life: the
    first, or the one after a kill."""

    def __init__(self, strace, life):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sr-inject-", dir="/tmp"))
        self.trace = self.folder / "trace"
        self.life = life
        self.camera = Camera(codec="h264", gop=25)
        self.panel = Controller("--stdin", "--capacity", 10000)
        # One life before the traced one, or none; each marks that it was.
        before = f"mkdir {self.folder}/before 2>/dev/null && exec {{program}} \"$@\"\n"
        traced = (f"mkdir {self.folder}/traced 2>/dev/null && exec strace -f -y --seccomp-bpf "
                  f"-o {self.trace} {strace} -- {{program}} \"$@\"\n")
        self.appliance = Appliance(
            cameras=[self.camera.entry("gate")],
            controllers=[self.panel.entry("panel", doors=["archive"])],
            folder=self.folder,
            # What looks for leaks is itself a tracer, and there can be only one.
            environment={"ASAN_OPTIONS": "detect_leaks=0"},
            wrap={"sealroom-keeper": (before if life == "recovery" else "") + traced
                  + 'exec {program} "$@"'})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.appliance.kill()
        self.camera.__exit__()
        self.panel.__exit__()
        subprocess.run(["rm", "-rf", self.folder], check=True)

    def start(self):
        """An appliance that gives up is started again, as its service manager would."""
        for attempt in range(4):
            try:
                self.appliance.start()
                return
            except AssertionError:
                if attempt == 3:
                    raise
                self.appliance.kill()

    def is_taken(self):
        return self.panel.ask("unread")["unread"] == 0

    def events(self, count):
        for _ in range(count):
            self.panel.ask("emit access_granted 1 4711")

    def wait(self, condition, what, timeout=60):
        def look():
            if not self.appliance.is_running():
                self.appliance.kill()
                self.start()
            return condition()
        until(look, timeout, what)

    def video_grows(self, by):
        start = sum(path.stat().st_size for path in self.appliance.segments())
        return lambda: sum(path.stat().st_size
                           for path in self.appliance.segments()) >= start + by

    def record(self):
        """A short recording: events and video, a look from outside, events, an ordered stop."""
        self.start()
        if self.life == "recovery" and not self.trace.exists():
            self.events(5)
            self.wait(self.is_taken, "the events before the kill")
            self.wait(self.video_grows(40_000), "video before the kill")
            self.appliance.kill()
            self.start()
        self.events(5)
        self.wait(self.is_taken, "the first events")
        self.wait(self.video_grows(40_000), "video")
        self.appliance.sealroom("checkpoint", check=False)
        self.events(5)
        self.wait(self.is_taken, "the second events")
        self.wait(self.video_grows(40_000), "more video")
        try:
            self.appliance.stop()
        except AssertionError:
            # The fault hit the stop itself: what a service manager would do, and once more.
            self.appliance.kill()
            self.start()
            self.wait(self.video_grows(1), "video after the second start")
            self.appliance.stop()


def plan(life):
    """The calls of a run without faults that touch the state."""
    with Room("-e trace=" + ",".join(KINDS), life) as room:
        room.record()
        return read_trace(room.trace, room.appliance.state)


def read_trace(trace, state):
    counts = collections.Counter()
    calls = set()
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        match = re.match(r"(\d+) +([a-z0-9_]+)\(", line)
        if not match or match[2] not in KINDS:
            continue
        counts[match[1], match[2]] += 1
        if str(state) in line:
            calls.add(Call(match[2], counts[match[1], match[2]], target_of(line, state)))
    return sorted(calls)


def target_of(line, state):
    """What lies behind the call, in one word: ledger.db-wal, video, key…"""
    rest = line.split(str(state), 1)[1]
    return re.match(r"/?([a-z0-9.-]*)", rest)[1] or "state"


def chosen(life, kind, calls):
    """(call, error) to try: all of them, or a few that touch different files."""
    if ":" in ONLY:
        only_life, only, error, nth = (["first"] + ONLY.split(":"))[-4:]
        if life != only_life:
            return []
        return [(Call(only, int(nth), "?"), error)] if only == kind else []
    targets = collections.defaultdict(list)
    for call in calls:
        if call.kind == kind:
            targets[call.target].append(call)
    spread = [(call, error) for mine in targets.values()
              for call in mine[::-(-len(mine) // SPREAD)] for error in KINDS[kind]]
    if LONG or ONLY == kind:
        return spread
    # In the first life of the later half of a file's calls: when it records, not when it starts.
    # The ledger's log first, then the ledger, then the rest.
    chance = random.Random(life + kind)
    half = 2 if life == "first" else len(calls)
    few = [(chance.choice(mine[len(mine) // half:]), chance.choice(KINDS[kind]))
           for _, mine in sorted(targets.items(), key=lambda pair: (
               pair[0] != "ledger.db-wal", pair[0] != "ledger.db", pair[0]))]
    return few[:FEW[life].get(kind, 0)]


def holes(records):
    """Is there time of the camera that neither a segment nor a gap covers, or two segments do? A
    gap may lie over a segment that was found later."""
    spans = sorted((nanoseconds(row["body"]["start"]), nanoseconds(row["body"]["end"]),
                    row["head"]["kind"], row["number"])
                   for row in records if row["head"]["kind"] in ("segment", "gap"))
    reach, video = spans[0][0], 0
    for start, end, kind, number in spans:
        if start > reach + 100_000_000:
            return f"nothing covers the {start - reach} ns before record {number}"
        if kind == "segment" and start < video - 100_000_000:
            return f"the segment of record {number} lies over another"
        reach, video = max(reach, end), end if kind == "segment" else video
    return None


def nanoseconds(text):
    hours, minutes, seconds = text[11:29].split(":")
    whole, fraction = seconds.split(".")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 10**9 + int(fraction)


def ask_stranger(room):
    """What it found, "" if nothing."""
    done = subprocess.run(["/usr/bin/python3", STRANGER, room.appliance.state],
                          capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def ended_in_order(room):
    """The fault may have hit the stop itself; then there is no record of it."""
    return room.appliance.json("records")[-1]["body"].get("event") == "stopped"


def judge(room):
    """What is wrong afterwards, in one sentence; None if nothing is."""
    for attempt in range(2):
        status, said = room.appliance.verify()
        if status not in (0, 3):
            return f"verify ended with {status}: {said}"
        said = ask_stranger(room)
        if said and attempt == 1:
            return f"the stranger: {said}"
        if not said and ended_in_order(room):
            break
        room.record()
    records = room.appliance.json("records")
    numbers = [int(row["body"]["device_seq"]) for row in records
               if row["head"]["kind"] == "entry" and "device_seq" in row["body"]]
    produced = sum(row["kind"] == "entry" for row in room.panel.truth())
    if sorted(numbers) != list(range(1, produced + 1)):
        return f"of {produced} events the ledger has {numbers}"
    return holes(records)


def inject(life, call, error):
    """One run with one fault; what went wrong, and what was hit."""
    with Room(f"-e trace={call.kind} -e inject={call.kind}:error={error}:when={call.nth}",
              life) as room:
        try:
            room.record()
            wrong = judge(room)
        except AssertionError as problem:
            wrong = str(problem)
        hit = [line for line in
               room.trace.read_text(encoding="utf-8", errors="replace").splitlines()
               if "INJECTED" in line]
        if wrong is not None:
            wrong += "\n" + "\n".join(hit) + "\n" + room.appliance.log_text()[-3000:]
        return wrong, hit


@pytest.fixture(scope="session")
def plans():
    return {life: plan(life) for life in FEW}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("life", sorted(FEW))
def test_a_failing_call_costs_nothing_that_was_acknowledged(life, kind, plans):
    wrongs = []
    for call, error in chosen(life, kind, plans[life]):
        wrong, hit = inject(life, call, error)
        print(json.dumps({"life": life, "call": call.kind, "error": error, "nth": call.nth,
                          "target": call.target, "hit": len(hit), "wrong": wrong}))
        if wrong is not None:
            wrongs.append(f"{life}:{call.kind}:{error}:{call.nth} ({call.target}): {wrong}")
    assert not wrongs, "\n\n".join(wrongs)
