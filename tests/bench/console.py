"""The guards' console with ten million entries behind it: pages over HTTP, and how soon a clip plays."""
import contextlib
import functools
import http.server
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

import browsers
import catalog
import measure
from appliance import Appliance, Camera, Controller, free_port
from console_end import PASSWORD, console_settings, log_in, make_people

MB = 1 << 20
DAYS, SEGMENT_SECONDS = 30, 10
OWN_ENTRIES, EVERY_S = 120, 1.0  # true ones, a whole page and their video
TURNS, CLIPS = 15, 10
BY_HAND_MS = 10_000  # what takes so long is not asked again
DAY_NS, HOUR_NS = 86400 * 10**9, 3600 * 10**9

ROWS = ("SELECT e.record, e.at_ns, r.at_ns, e.door, e.event, e.who, e.body FROM entry e"
        " JOIN record r ON r.record = e.record WHERE {} ORDER BY {} DESC LIMIT 100;")
DAY = ("SELECT s.camera, s.start_ns, s.end_ns, s.is_gap, s.cause FROM span s WHERE s.end_ns > {0}"
       " AND s.start_ns < {1} AND s.camera IN (SELECT value FROM json_each('{2}'))"
       " ORDER BY s.camera, s.start_ns;"
       "SELECT e.record, e.at_ns, e.event, e.door FROM entry e WHERE e.at_ns >= {0} AND"
       " e.at_ns < {1} ORDER BY e.at_ns DESC LIMIT 2000;")
CAMERAS = [f"camera-{number}" for number in range(catalog.CAMERAS)]


def questions(end_ns):
    """{what: (path, the same by hand in SQL)}; all but the first want a look-up."""
    year_ago, day_ns = end_ns - 300 * DAY_NS, end_ns - 10 * DAY_NS
    span = f"from={year_ago // 10**6}&to={(year_ago + DAY_NS) // 10**6}"
    in_span = f"e.at_ns >= {year_ago} AND e.at_ns < {year_ago + DAY_NS}"
    pages = {
        "all": ("", "true"),
        "a door": ("door=door-3", "e.door = 'door-3'"),
        "a door hardly used": ("door=cellar", "e.door = 'cellar'"),
        "a door that is none": ("door=nowhere", "e.door = 'nowhere'"),
        "an event": ("event=access_granted", "e.event = 2"),
        "a rare event": ("event=forced", "e.event = 15"),
        "a door's rare event": ("door=door-5&event=access_denied",
                                "e.door = 'door-5' AND e.event = 3"),
        "a person": ("person=Person+17", "e.who LIKE '%Person 17%'"),
        "a department": ("person=Registry", "e.who LIKE '%Registry%'"),
        "a card": ("person=0000000042", "e.who LIKE '%0000000042%'"),
        "nobody": ("person=nobody", "e.who LIKE '%nobody%'"),
        "a person's refusals": ("person=Person+42&event=access_denied",
                                "e.who LIKE '%Person 42%' AND e.event = 3"),
        "alarming": ("alarm=yes", "e.alarming"),
        "not reviewed": ("reviewed=no", "NOT EXISTS (SELECT 1 FROM deed d WHERE d.subject ="
                                        " e.record AND d.action = 'review')"),
        "reviewed": ("reviewed=yes", "e.record IN (SELECT d.subject FROM deed d WHERE"
                                     " d.action = 'review')"),
    }
    ranged = {
        "a day": (span, in_span),
        "a day at a door": (f"{span}&door=door-3", f"{in_span} AND e.door = 'door-3'"),
        "a day's alarming": (f"{span}&alarm=yes", f"{in_span} AND e.alarming"),
        "a person on a day": (f"{span}&person=Person+17",
                              f"{in_span} AND e.who LIKE '%Person 17%'"),
    }
    found = {name: (f"/api/entries?limit=100&{path}", ROWS.format(where, "e.record"))
             for name, (path, where) in pages.items()}
    found |= {name: (f"/api/entries?limit=100&{path}", ROWS.format(where, "e.at_ns"))
              for name, (path, where) in ranged.items()}
    found["timeline of a day"] = (
        f"/api/timeline?from={day_ns // 10**6}&to={(day_ns + DAY_NS) // 10**6}",
        DAY.format(day_ns, day_ns + DAY_NS, json.dumps(CAMERAS)))
    return found


class Room:
    """An appliance whose catalog says so much; the cache's file is in it while it runs."""

    def __init__(self, cache, entries, clip):
        self.file = cache / f"catalog-{entries}-{DAYS}.db"
        self.entries, self.stack = entries, contextlib.ExitStack()
        camera = self.stack.enter_context(Camera(file=clip, shared=True))
        self.panel = self.stack.enter_context(Controller("--stdin"))
        settings, self.port = console_settings()
        # one camera is there; the others are known, for the day is of all
        cameras = [camera.entry("camera-0")] + [
            {"id": name, "name": name, "url": f"rtsp://127.0.0.1:{free_port()}/"}
            for name in CAMERAS[1:]]
        doors = [{"id": "archive", "name": "Archive", "cameras": ["camera-0"]}]
        self.appliance = Appliance(cameras=cameras, controllers=[self.panel.entry("panel")],
                                   doors=doors, settings=settings,
                                   segment_seconds=SEGMENT_SECONDS)
        self.catalog = self.appliance.state / "catalog.db"

    def __enter__(self):
        appliance = self.appliance.start()
        try:
            appliance.wait(lambda: appliance.is_recording("camera-0"))
            origin = appliance.status()["appliance"]["origin"]
            appliance.stop()
            self._lay_in(origin)
            appliance.start()
            self.guard = make_people(appliance, self.port)["guard"]
            appliance.wait(lambda: appliance.is_recording("camera-0"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def _lay_in(self, origin):
        if not self.file.exists():
            measure.note(f"making a catalog of {self.entries} entries (kept as {self.file})")
            made = self.file.with_suffix(".part")
            self.file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.catalog, made)
            with measure.Stopwatch() as watch:
                catalog.fill(made, self.entries, DAYS, time.time_ns() - HOUR_NS)
            made.rename(self.file)
            measure.note(f"made in {watch.seconds:.0f} s, {self.file.stat().st_size / 1e9:.1f} GB")
        catalog.adopt(self.file, origin)
        self._forget_index(self.catalog)
        shutil.move(self.file, self.catalog)

    @staticmethod
    def _forget_index(path):
        for ending in ("", "-wal", "-shm"):
            pathlib.Path(f"{path}{ending}").unlink(missing_ok=True)

    def __exit__(self, *_):
        """The generated rows go back; what really happened goes with the appliance."""
        try:
            self.appliance.kill()
            if self.catalog.exists() and self.catalog.stat().st_size > self.entries * 100:
                catalog.adopt(self.catalog, "")
                shutil.move(self.catalog, self.file)
        finally:
            self.appliance.__exit__()
            self.stack.close()

    def console(self):
        return self.appliance.processes()["console"]

    def come_in(self):
        """True entries, with their video."""
        for number in range(OWN_ENTRIES):
            self.panel.ask(f"emit {'access_denied' if number % 40 == 0 else 'access_granted'} 1 "
                           f"{4700 + number % 7}")
            measure.rest(EVERY_S)
        return self.appliance.wait(
            lambda: len(found := self.guard.get("/api/entries?limit=500").json["entries"]) >=
            OWN_ENTRIES and found, what="the entries")


class ByHand:
    """The same file by the sqlite3 command line, which stays open."""

    def __init__(self, path):
        self.process = subprocess.Popen(["sqlite3", "-batch", "-noheader", f"file:{path}?mode=ro"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, sql):
        self.process.stdin.write(f"{sql}\n.print done\n")
        self.process.stdin.flush()
        rows = 0
        while self.process.stdout.readline() != "done\n":
            rows += 1
        return rows

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


class Line:
    """A browser's connection, open before it is asked; the server ends one that is idle."""

    def __init__(self, room):
        self.guard = room.guard

    def ask(self, path):
        """Seconds until the whole answer was there, and the answer."""
        with contextlib.closing(self.guard.connect()) as connection:
            connection.connect()
            return self.time(connection, path)

    def time(self, connection, path):
        with measure.Stopwatch() as watch:
            connection.request("GET", path, headers={"Cookie": self.guard.cookie})
            answer = connection.getresponse()
            body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:200]}")
        return watch.seconds, json.loads(body)


def measure_pages(room):
    """{what: (median ms of the console, its worst, median ms by hand)}, turn by turn."""
    with ByHand(room.catalog) as by_hand:
        return ask_in_turn(room, Line(room), by_hand)


def ask_in_turn(room, line, by_hand):
    found = {}
    recent = f"e.at_ns >= {time.time_ns() - HOUR_NS}"
    asked = {"first page": ("/api/entries?limit=100", ROWS.format(recent, "e.at_ns")),
             "newest of a door": ("/api/entries?limit=100&door=archive",
                                  ROWS.format(f"{recent} AND e.door = 'archive'", "e.at_ns")),
             "newest of an event": ("/api/entries?limit=100&event=access_granted",
                                    ROWS.format(f"{recent} AND e.event = 2", "e.at_ns"))}
    for opened in (False, True):
        if opened:
            room.guard.post("/api/lookup", {"what": "entries", "from": 0, "reason": "bench",
                                            "to": time.time_ns() // 10**6 + 36 * 10**5})
            asked = questions(time.time_ns())
        for what, (path, sql) in asked.items():
            own, hand = [], []
            for _ in range(TURNS):
                seconds, answer = line.ask(path)
                own.append(seconds * 1000)
                if sum(hand) > BY_HAND_MS:
                    continue
                with measure.Stopwatch() as watch:
                    rows = by_hand.ask(sql)
                hand.append(watch.seconds * 1000)
            if "entries" in answer and len(answer["entries"]) < min(rows, 100):
                raise SystemExit(f"{what}: {len(answer['entries'])} entries, by hand {rows}")
            found[what] = (statistics.median(own), max(own), statistics.median(hand))
    return found


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


# Until the first picture of a video is decoded, from a click on.
FIRST = """(async () => {
    const began = performance.now();
    %s;
    for (;;) {
        const video = document.querySelector('video');
        if (video !== null && video.getVideoPlaybackQuality().totalVideoFrames > 0) break;
        if (performance.now() - began > 20_000) throw new Error('no picture');
        await new Promise((done) => { const { port1, port2 } = new MessageChannel();
            port1.onmessage = done; port2.postMessage(null); });
    }
    return performance.now() - began;
})()"""
PLAIN = """document.querySelector('video')?.remove();
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, src: %s }); document.body.append(video)"""


def measure_clips(room, entries):
    """Milliseconds until an entry's first picture, and until a plain page's of the same segment from a
    plain server, turn by turn; each turn another entry, of other video."""
    segments = [path for path in room.appliance.segments() if path.stat().st_size > 0]
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=segments[0].parent))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chosen = sorted(entries, key=lambda entry: entry["at"])[25::(OWN_ENTRIES - 40) // CLIPS]
    own, plain = [], []
    with browsers.start("chromium") as browser:
        session = log_in(room.guard, "guard", PASSWORD.format(2))
        name, value = room.guard.cookie.split("=")
        browser.call("Network.setCookie", name=name, value=value, path="/", httpOnly=True,
                     url=f"http://127.0.0.1:{room.port}/")
        tab = browser.tab()
        tab.open(f"http://127.0.0.1:{server.server_port}/")
        browser.call("Page.bringToFront")
        browser.open(f"http://127.0.0.1:{room.port}/#/entries")
        browser.wait("globalThis.sealroom?.session !== undefined && document.querySelector("
                     "'.entries-table tbody tr') !== null")
        assert session["account"] == "guard"
        for number, entry in enumerate(chosen[:CLIPS]):
            browser.call("Page.bringToFront")
            browser.evaluate("sealroom.go('entries')")
            browser.wait("document.querySelector('video') === null")
            own.append(browser.evaluate(FIRST % f"sealroom.go('entries', '{entry['number']}')"))
            name = json.dumps("/" + segments[number + 1].name)
            tab.call("Page.bringToFront")
            plain.append(tab.evaluate(FIRST % (PLAIN % name)))
    server.shutdown()
    return own, plain


def measure_memory(process):
    status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) * 1024 for line in status.splitlines()
                if line.startswith("VmHWM:"))
    return {"peak": peak / MB, "pss": measure.pss_bytes(process) / MB}


def measure_console(cache, quick, clip):
    with Room(cache, 1_000_000 if quick else 10_000_000, clip) as room:
        process = room.console()
        measure.note(f"entries for {OWN_ENTRIES * EVERY_S:.0f} s")
        entries = room.come_in()
        measure.note("pages")
        pages = measure_pages(room)
        measure.note("clips")
        own, plain = measure_clips(room, entries)
        if room.console() != process:
            raise SystemExit("the console was started again meanwhile")
        line = Line(room)
        _, sheet = line.ask(f"/api/entries/{entries[0]['number']}")
        if sheet["state"] != "sealed":
            raise SystemExit(f"the newest entry is not sealed: {sheet}")
        return {"pages": pages, "own": own, "plain": plain, "memory": measure_memory(process),
                "entries": room.entries}


def show(found):
    print(f"\n{found['entries']} entries, {DAYS} days of {catalog.CAMERAS} cameras; medians of "
          f"{TURNS} turns, ms\n{'':<22} {'console':>8} {'worst':>8} {'sqlite3':>8} {'ratio':>6}")
    for what, (own, worst, hand) in found["pages"].items():
        print(f"{what:<22} {own:>8.1f} {worst:>8.1f} {hand:>8.1f} {own / hand:>6.2f}")
    for name in ("own", "plain"):
        turns = sorted(found[name])
        print(f"first picture, {'console' if name == 'own' else 'plain page':<10} median "
              f"{statistics.median(turns):.0f} ms, {turns[0]:.0f} to {turns[-1]:.0f}")
    print(f"console: at most {found['memory']['peak']:.1f} MB resident, "
          f"{found['memory']['pss']:.1f} MB PSS")


def figures(found):
    pages = found["pages"]
    filters = [own for what, (own, _, _) in pages.items()
               if what not in ("first page", "timeline of a day")]
    clip = statistics.median(found["own"])
    return {
        "console_first_page_ms": pages["first page"][0],
        "console_slowest_filter_ms": max(filters),
        "console_timeline_day_ms": pages["timeline of a day"][0],
        "console_clip_start_ms": clip,
        "console_clip_start_ratio_to_plain": clip / statistics.median(found["plain"]),
        "console_memory_peak_mb": found["memory"]["peak"],
    }


@contextlib.contextmanager
def cache_folder(given):
    if given is not None:
        yield pathlib.Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="bench-console-") as folder:
        yield pathlib.Path(folder)
