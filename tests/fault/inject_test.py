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

A few calls of each kind by default. SEALROOM_LONG=1 takes them all, by this rule: a call site is
one kind of call on one file from one stack, down through SQLite to the system call (`strace -k`);
of every site the first EACH calls are tried with every error. What comes later from the same
stack on the same file finds the same code in the same state, but for what is in the records. A
thread's calls are counted, and no two runs are the same to the call: so which site was really hit
is read from the run's own trace, and sites that were missed are tried again by a new first run,
ROUNDS times in all. What is still missed then is told.

Points mostly wait, so SEALROOM_JOBS are tried at a time. SEALROOM_INJECT=pwrite64 tries all of one
kind, SEALROOM_INJECT=pwrite64:EIO:17 a single call, SEALROOM_INJECT=recovery:pwrite64:EIO:17 one
of the second life.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import threading

import pytest

from appliance import ROOT, Appliance, Camera, Controller, until

STRANGER = ROOT / "tests" / "integration" / "stranger" / "check_ledger.py"
LONG = os.environ.get("SEALROOM_LONG") == "1"
ONLY = os.environ.get("SEALROOM_INJECT", "")
JOBS = int(os.environ.get("SEALROOM_JOBS", "12" if LONG else "4"))
# What fails, and as what. EINTR where a signal could be the cause.
KINDS = {
    "access": ["EIO"],
    "openat": ["EIO", "ENOSPC", "EINTR"],
    "read": ["EIO", "EINTR"],
    "pread64": ["EIO", "EINTR"],
    "write": ["EIO", "ENOSPC", "EINTR"],
    "pwrite64": ["EIO", "ENOSPC", "EINTR"],
    "fsync": ["EIO", "ENOSPC", "EINTR"],
    "fdatasync": ["EIO", "ENOSPC", "EINTR"],
    "fallocate": ["EIO", "ENOSPC", "EINTR"],
    "ftruncate": ["EIO", "ENOSPC", "EINTR"],
    "renameat2": ["EIO", "ENOSPC"],
    "rename": ["EIO", "ENOSPC"],
    "unlink": ["EIO"],
    "unlinkat": ["EIO"],
    "mkdirat": ["EIO", "ENOSPC"],
    "mmap": ["ENOMEM"],
    "close": ["EIO", "EINTR"],
    "fchown": ["EIO"],
    "fcntl": ["EIO", "EINTR"],
    "fstatfs": ["EIO"],
    "getdents64": ["EIO"],
    "newfstatat": ["EIO"],
}

# Of the long run: calls of a site, rounds. Of the short: calls of a kind in each life.
EACH = 2
ROUNDS = 3
CLIENTS = 25  # of one camera process
FEW = {"first": {**dict.fromkeys(KINDS, 1), "pwrite64": 3, "fdatasync": 3},
       "recovery": {"openat": 1, "pread64": 1, "pwrite64": 2, "fdatasync": 1, "fsync": 1}}

Site = collections.namedtuple("Site", "kind target stack")
# The nth call of its kind in its thread. A point is a site to hit with an error, by that call,
# which is the site's first, second…
Call = collections.namedtuple("Call", "nth site")
Point = collections.namedtuple("Point", "life site error nth time", defaults=[0])


class Cameras:
    """A camera for each thread, for to start one takes longer than to record from it. It is
    followed by a new one now and then: it remembers every client."""

    def __init__(self):
        self.local = threading.local()
        self.all = []

    def one(self):
        used = getattr(self.local, "used", 0)
        if used % CLIENTS == 0:
            if used:
                self.local.camera.__exit__()
                self.all.remove(self.local.camera)
            # Noise: many bytes of small pictures, for the encoder works on the same processors.
            self.local.camera = Camera(codec="h264", gop=25, size="160x96", pattern="snow")
            self.all.append(self.local.camera)
        self.local.used = used + 1
        return self.local.camera

    def end(self):
        for camera in self.all:
            camera.__exit__()


class Room:
    """One camera, one controller, one appliance whose keeper runs under strace in one life: the
    first, or the one after a kill."""

    def __init__(self, strace, life, camera):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sr-inject-", dir="/tmp"))
        self.trace = self.folder / "trace"
        self.life = life
        self.panel = Controller("--stdin", "--capacity", 10000)
        # One life before the traced one, or none; each marks that it was.
        before = f"mkdir {self.folder}/before 2>/dev/null && exec {{program}} \"$@\"\n"
        traced = (f"mkdir {self.folder}/traced 2>/dev/null && exec strace -f -y --seccomp-bpf "
                  f"-o {self.trace} {strace} -- {{program}} \"$@\"\n")
        self.appliance = Appliance(
            cameras=[camera.entry("gate")],
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


def plan(life, camera):
    """The calls of a run without faults that touch the state, by their sites."""
    with Room(("-k " if LONG or ONLY else "") + "-e trace=" + ",".join(KINDS), life,
              camera) as room:
        room.record()
        sites = collections.defaultdict(list)
        for call in read_trace(room.trace, room.appliance.state):
            sites[call.site].append(call.nth)
        return sites


def read_trace(trace, state, wanted=""):
    """The calls on the state in lines that hold `wanted`. Under each call's line, or under that
    of its end where another thread came between, is its stack."""
    counts = collections.Counter()
    calls, unfinished, latest = [], {}, None
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(" > "):
            if latest is not None:
                latest[2].append(line[3:])
            continue
        latest = None
        match = re.match(r"(\d+) +(?:<\.\.\. )?([a-z0-9_]+)(\(| resumed)", line)
        if not match or match[2] not in KINDS:
            continue
        if match[3] != "(":
            latest = unfinished.pop((match[1], match[2]), None)
            continue
        counts[match[1], match[2]] += 1
        if str(state) not in line or wanted not in line:
            continue
        latest = (match[2], counts[match[1], match[2]], [], target_of(line, state))
        calls.append(latest)
        if line.endswith("<unfinished ...>"):
            unfinished[match[1], match[2]] = latest
    return [Call(nth, Site(kind, target, tuple(stack))) for kind, nth, stack, target in calls]


def target_of(line, state):
    """What lies behind the call, in one word: ledger.db-wal, video, key…"""
    rest = line.split(str(state), 1)[1]
    return re.match(r"/?([a-z0-9.-]*)", rest)[1] or "state"


def chosen(life, kind, sites):
    """The points to try: all of them, or a few that touch different files."""
    if ":" in ONLY:
        only_life, only, error, nth = (["first"] + ONLY.split(":"))[-4:]
        wanted = life == only_life and only == kind
        return [Point(life, Site(kind, "?", ()), error, int(nth))] if wanted else []
    mine = {site: numbers for site, numbers in sites.items() if site.kind == kind}
    if LONG or ONLY == kind:
        return [Point(life, site, error, nth, time) for site, numbers in mine.items()
                for time, nth in enumerate(numbers[:EACH]) for error in KINDS[kind]]
    # In the first life of the later half of a file's calls: when it records, not when it starts.
    # The ledger's log first, then the ledger, then the rest.
    chance = random.Random(life + kind)
    few = []
    for site, numbers in sorted(mine.items(), key=lambda pair: (
            pair[0].target != "ledger.db-wal", pair[0].target != "ledger.db", pair[0].target)):
        late = sorted(numbers)[len(numbers) // 2 if life == "first" else 0:]
        few.append(Point(life, site, chance.choice(KINDS[kind]), chance.choice(late)))
    return few[:FEW[life].get(kind, 0)]


def holes(records):
    """Is there time of the camera that neither a segment nor a gap covers, or two segments do? A
    gap may lie over a segment that was found later. A connection that began while the machine was
    busy stands late, by MEDIA_RUN_NS (camera/timeline.h) at most, so the next may begin before its
    end."""
    spans = sorted((nanoseconds(row["body"]["start"]), nanoseconds(row["body"]["end"]),
                    row["head"]["kind"], row["number"], row["body"].get("cut"))
                   for row in records if row["head"]["kind"] in ("segment", "gap"))
    reach, video = spans[0][0], 0
    for start, end, kind, number, cut in spans:
        if start > reach + 100_000_000:
            return f"nothing covers the {start - reach} ns before record {number}"
        if kind == "segment" and start < video - (100_000_000 if cut == "time" else 10**9):
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


def inject(point, camera):
    """One run with one fault: which sites were hit, and what is wrong, if anything is."""
    kind = point.site.kind
    strace = (f"-Z -k -e trace={kind} "
              f"-e inject={kind}:error={point.error}:when={point.nth}")
    with Room(strace, point.life, camera) as room:
        try:
            room.record()
            wrong = judge(room)
        except AssertionError as problem:
            wrong = str(problem)
        hit = [call.site for call in
               read_trace(room.trace, room.appliance.state, "INJECTED")]
        if wrong is not None:
            wrong = (f"{point.life}:{kind}:{point.error}:{point.nth} ({point.site.target}): "
                     f"{wrong}\n{hit}\n{room.appliance.log_text()[-3000:]}")
        print(json.dumps({"life": point.life, "call": kind, "error": point.error,
                          "nth": point.nth, "target": point.site.target,
                          "hit": [site.target for site in hit],
                          "as_planned": point.site in hit, "wrong": wrong}), flush=True)
        return hit, wrong


class Trial:
    """All points of the tests that were selected, JOBS at a time, in rounds."""

    def __init__(self, selected):
        self.selected = selected
        self.wrongs = collections.defaultdict(list)
        self.tried = 0
        self.cameras = Cameras()
        self.pool = concurrent.futures.ThreadPoolExecutor(JOBS)

    def each(self, function, items):
        return self.pool.map(lambda item: function(item, self.cameras.one()), items)

    def end(self):
        self.pool.shutdown(cancel_futures=True)
        self.cameras.end()

    def run(self):
        done, points = set(), []
        for _ in range(ROUNDS if LONG else 1):
            plans = dict(zip(FEW, self.each(plan, FEW)))
            points = [point for life, kind in self.selected
                      for point in chosen(life, kind, plans[life])
                      if point[:3] not in done]
            # So that a run cut short has seen something of everything.
            random.Random(0).shuffle(points)
            points.sort(key=lambda point: point.time)
            print(f"{len(points)} points", flush=True)
            for point, (hit, wrong) in zip(points, self.each(inject, points)):
                self.tried += 1
                done.update((point.life, site, point.error) for site in hit)
                if wrong is not None:
                    self.wrongs[point.life, point.site.kind].append(wrong)
        missed = {point[:3] for point in points} - done
        print(f"{self.tried} tried; sites with an error: {len(done)} hit, {len(missed)} missed")
        return self


@pytest.fixture(scope="module", name="trial")
def trial_fixture(request):
    selected = [(item.callspec.params["life"], item.callspec.params["kind"])
                for item in request.session.items if item.path == request.path]
    trial = Trial(selected)
    try:
        yield trial.run()
    finally:
        trial.end()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("life", sorted(FEW))
def test_a_failing_call_costs_nothing_that_was_acknowledged(life, kind, trial):
    wrongs = trial.wrongs[life, kind]
    assert not wrongs, "\n\n".join(wrongs)
