"""What attackers send to the console over the network, with an account and without; and that recording
does not notice. One appliance for all; its camera sends a counted number of pictures."""
import concurrent.futures
import contextlib
import itertools
import json
import os
import signal
import socket
import statistics
import threading
import time

import pytest

from appliance import Appliance, Camera, Controller, until
from console_end import PASSWORD, Client, console_settings, log_in, make_people, wait_for_pages

LONG = "SEALROOM_LONG" in os.environ
FPS = 25
SECONDS = 60 if LONG else 12
KILLS = 5 if LONG else 2  # each is waited for twice as long as the one before
CONNECTIONS = 200
ENTRIES = 30 if LONG else 10
SECRETS = (b"PRIVATE KEY", b"SQLite format", b"root:", b'"verifier')


@pytest.fixture(name="room", scope="module")
def room_fixture():
    """Recording begins with the test of the flood, for its pictures are counted from the first."""
    settings, port = console_settings()
    with Controller("--stdin") as panel:
        with Appliance(controllers=[panel.entry("panel")], settings=settings) as appliance:
            appliance.people = make_people(appliance, port)
            appliance.panel, appliance.port = panel, port
            appliance.first = appliance.processes()["console"]
            yield appliance


@pytest.fixture(name="guard")
def guard_fixture(room):
    """Whatever was sent, it is the same process that answers afterwards."""
    guard = room.people["guard"]
    yield guard
    assert guard.get("/api/session").code == 200
    assert room.processes()["console"] == room.first


def codes(answer):
    """Of every answer in what came back."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def request(line, *headers, body=b""):
    return b"\r\n".join([line, b"Host: 127.0.0.1", b"Connection: close", *headers, b"", body])


# ---- paths ----

TARGETS = [
    b"/../key/device.key", b"/..%2f..%2fkey/device.key", b"/%2e%2e/%2e%2e/key/device.key",
    b"/%252e%252e/key/device.key", b"/%c0%ae%c0%ae/key", b"/..\\..\\key\\device.key",
    b"/..;/key/device.key", b"/./.././key", b"//key", b"/console.js/", b"/console.js%00",
    b"/%00", b"/index.html%0d%0aX: y", b"/console\xff.js", b"*",
    b"../catalog.db", b"http://127.0.0.1/../catalog.db", b"file:///etc/passwd", b"/proc/self/environ",
    b"/api/video/../../key/device.key", b"/api/video/..%2f..%2fkey/0", b"/api/video/gate%2f..?from=0&to=1",
    b"/api/video/gate%00?from=0&to=1", b"/api/video/20260101T000000Z-0000000000000000/../../key",
    b"/api/video/20260101T000000Z-0000000000000000/%2e%2e", b"/api/entries/..", b"/api/entries/1%00",
    b"/api/entries/-1", b"/api/entries/18446744073709551616", b"/api/entries/0x10", b"/api/entries/1e3",
    b"/api/entries/%31", b"/api/./session", b"/api//session", b"/api/session/", b"/API/session",
    b"/api/entries?door=..%2f&door=x", b"/api/entries?door=%ff", b"/api/entries?door=%0d%0aX:y",
    b"/api/entries?door=%00", b"/api/entries?door=%", b"/api/entries?&&", b"/api/entries?limit=-1",
    b"/api/entries?limit=99999999999999999999", b"/api/entries?from=-1", b"/api/entries?from=1e3",
    b"/api/entries?from= 1", b"/api/timeline?from=9223372036854775807&to=1",
    b"/api/entries?x=1", b"/api/entries?door=" + b"d" * 5000,
]


def test_no_path_and_no_query_leads_anywhere_else(room, guard):
    cookie = b"Cookie: " + guard.cookie.encode()
    for target in TARGETS:
        for method in (b"GET", b"HEAD"):
            answer = guard.raw(request(method + b" " + target + b" HTTP/1.1", cookie))
            assert not set(codes(answer)) & {200, 206, 301, 302, 500}, (target, answer[:300])
            assert not any(secret in answer for secret in SECRETS), target
            assert b"\r\nX: y" not in answer and b"\r\nX:y" not in answer


# ---- headers ----

def test_headers_that_mean_two_things_mean_nothing(room, guard):
    """A second request in a first one's body is none; who a proxy or a script made the cookie of is
    nobody."""
    cookie = b"Cookie: " + guard.cookie.encode()
    inner = b"GET /api/state HTTP/1.1\r\nHost: 127.0.0.1\r\n" + cookie + b"\r\n\r\n"
    post = b"POST /api/login HTTP/1.1"
    typed = b"Content-Type: application/json"
    length = b"Content-Length: %d" % len(inner)
    for headers in ([b"Content-Length: 0", b"Transfer-Encoding: chunked"],
                    [b"Transfer-Encoding: chunked", length], [b"Transfer-Encoding: xchunked", length],
                    [b"Transfer-Encoding:\tchunked"], [b"Content-Length: 0", length],
                    [length, b"Content-Length: 0"], [b"Content-Length: -1"], [b"Content-Length: +5"],
                    [b"Content-Length: 0x10"], [b"Content-Length: 18446744073709551616"],
                    [b"Content-Length: 5 5"], [b"Content-Length : 0"]):
        answer = guard.raw(request(post, typed, *headers, body=inner))
        assert 200 not in codes(answer), (headers, answer[:300])
    value = guard.cookie.split("=")[1].encode()
    get = b"GET /api/session HTTP/1.1"
    for headers in ([cookie, cookie], [b"Cookie: sealroom=x; " + guard.cookie.encode()],
                    [b"Cookie: sealroom=" + value + b"\xff"],
                    [b'Cookie: sealroom="' + value + b'"'], [b"Cookie: Sealroom=" + value],
                    [b"Cookie: sealroom=" + value + b"A"], [b"Cookie: sealroom=" + b"A" * 5000],
                    [b"Cookie: x=" + b"; x=" * 2000], [b"Cookie:" + b"\r\n sealroom=" + value + b"x"]):
        answer = guard.raw(request(get, *headers))
        assert 200 not in codes(answer), (headers, answer[:300])
    for headers in ([b"Accept-Language: zh\r\n\tX-Made: 1"], [b"X: \x00"], [b"Accept-Language: \xff\xfe"],
                    [b"If-None-Match: " + b'"' * 3000], [b": empty"], [b"X" * 9000 + b": y"]):
        answer = guard.raw(request(b"GET / HTTP/1.1", *headers))
        assert b"X-Made" not in answer and 500 not in codes(answer)


# ---- bodies ----

def hostile_bodies(good):
    """(what, bytes) made of a body that would be taken."""
    text = json.dumps(good)
    name, value = next((name, value) for name, value in good.items() if isinstance(value, str))
    again = f'{{{json.dumps(name)}: {json.dumps(value)}, {text[1:]}'
    yield "a name twice", again.encode()
    yield "a name twice, one of them escaped", again.replace(
        f'"{name}"', f'"\\u{ord(name[0]):04x}{name[1:]}"', 1).encode()
    yield "nested", b"[" * 16000
    yield "nested in a member", json.dumps({**good, name: None}).replace(
        "null", "[" * 3000 + "]" * 3000).encode()
    yield "objects", b'{"a":' * 3000 + b"1" + b"}" * 3000
    for number in ("1e999", "-1e999", "99999999999999999999", "1" * 5000, "1.0", "-0", "NaN",
                   "Infinity", "0x10", "01"):
        yield f"the number {number[:20]}", json.dumps({**good, name: None}).replace(
            "null", number).encode()
    for raw in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x00",
                b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"\\r\\nSet-Cookie: a=b", b"\r\n", b"\\u001b[2J",
                b"\\u007f", b"\\x41"):
        yield f"characters {raw}", json.dumps({**good, name: "@"}).encode().replace(b"@", raw)
    for wrong in ([], {}, True, None, 5, "x" * 300):
        yield f"{type(wrong).__name__} for a text", json.dumps({**good, name: wrong}).encode()
    yield "something besides", json.dumps({**good, "nothing_of_that": 1}).encode()
    yield "more behind it", text.encode() + b"{}"
    yield "a mark before it", b"\xef\xbb\xbf" + text.encode()
    yield "UTF-16", text.encode("utf-16")
    yield "cut short", text.encode()[:-1]
    yield "no object", b"[" + text.encode() + b"]"
    yield "nothing", b""
    yield "a form", b"account=guard&password=x"


def test_a_range_that_no_clock_has_is_refused(room, guard):
    inspector = room.people["inspector"]
    for path, others in (("/api/exports/preview", {}), ("/api/exports", {"purpose": "fire", "case": "1"}),
                         ("/api/holds", {"reason": "fire"}), ("/api/report", {"reason": "fire"}),
                         ("/api/lookup", {"what": "video", "reason": "fire"})):
        for begin, end in ((2**63 - 1, 2**63 - 1), (2**63 - 2, 2**63 - 1), (-2**63, 5), (0, 2**63 - 1)):
            answer = inspector.post(path, {"from": begin, "to": end, **others})
            assert answer.code == 400, (path, begin, answer.body)
    for path in ("/api/timeline", "/api/video/gate", "/api/entries", "/api/register", "/api/report"):
        answer = inspector.get(f"{path}?from={2**63 - 1}&to={2**63 - 1}")
        assert answer.code == 400, (path, answer.body)


def test_a_body_with_anything_odd_in_it_changes_nothing(room, guard):
    now = int(time.time() * 1000)
    room.panel.ask("emit access_granted 1 4711")
    number = room.wait(lambda: guard.get("/api/entries").json["entries"])[0]["number"]
    admin = room.people["security_administrator"]
    sent = 0
    before = {kind: len(room.json("records", "--kind", kind, "--limit", 100000))
              for kind in ("operator", "account")}
    for client, path, good in (
            (guard, "/api/lookup", {"what": "entries", "from": now - 10**8, "to": now, "reason": "@"}),
            (guard, f"/api/entries/{number}/review", {"note": "@"}),
            (guard, "/api/password", {"old": "@", "new": "Wrong-horse-9"}),
            (admin, "/api/accounts/mallory", {"change": "create", "name": "@", "role": "guard",
                                              "password": PASSWORD.format(7), "reason": "@"}),
            (Client(room.port), "/api/login", {"account": "@", "password": "x"})):
        for what, body in hostile_bodies(good):
            answer = client.ask("POST", path, body, {"Content-Type": "application/json",
                                                     "X-Sealroom": client.token})
            assert answer.code in (400, 413), (path, what, answer.code, answer.body)
            assert "Set-Cookie" not in answer.headers
            sent += 1
    assert sent > 200
    # of all that no look-up, no review, no account; only this test's own questions by sealroom
    for kind, count in before.items():
        rows = room.json("records", "--kind", kind, "--limit", 100000)[count:]
        assert not [row for row in rows if not row["head"]["source"].startswith("operator/uid-")]
    assert admin.get("/api/accounts").json["accounts"] != []


# ---- guessing ----

def test_guessing_locks_one_account_and_delays_nobody_else(room, guard):
    """Twelve at a time, from three addresses; who guesses is not told when he would have been right."""
    admin = room.people["security_administrator"]
    make = {"change": "create", "name": "Victim", "role": "guard", "password": PASSWORD.format(1),
            "reason": "test"}
    assert admin.post("/api/accounts/victim", make).code == 200

    def guess(number):
        client = Client(room.port)
        return client.post("/api/login", {"account": "victim", "password": f"Guess-{number}-x"}).code
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(24)))
    assert set(answers) <= {403, 429} and answers.count(403) >= 5
    listed = {one["account"]: one for one in admin.get("/api/accounts").json["accounts"]}
    assert listed["victim"]["state"] == "locked"
    right = Client(room.port).post("/api/login", {"account": "victim",
                                                  "password": PASSWORD.format(1)})
    wrong = Client(room.port).post("/api/login", {"account": "victim", "password": "Guess-x-1"})
    assert (right.code, right.body) == (wrong.code, wrong.body) and "Set-Cookie" not in right.headers
    log_in(Client(room.port), "auditor", PASSWORD.format(2))
    assert admin.post("/api/accounts/victim", {"change": "unlock", "reason": "test"}).code == 200
    log_in(Client(room.port), "victim", PASSWORD.format(1))


# ---- floods ----

class Flood:
    """Connections from five addresses that say their requests a byte at a time, headers or bodies, and
    as many again that ask, guess and send too much as fast as they are answered."""

    def __init__(self, port):
        self.port, self.over, self.asked = port, threading.Event(), itertools.count()
        self.slow = [self.connect(number) for number in range(CONNECTIONS)]
        self.threads = [threading.Thread(target=run, daemon=True)
                        for run in [self.drip, *[self.hammer] * 6]]
        for thread in self.threads:
            thread.start()

    def connect(self, number):
        stream = socket.socket()
        stream.settimeout(5)
        stream.bind((f"127.0.0.{2 + number % 5}", 0))
        with contextlib.suppress(OSError):
            stream.connect(("127.0.0.1", self.port))
            stream.sendall(b"GET / HTTP/1.1\r\nX: " if number % 2 else
                           b"POST /api/login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sealroom: none\r\n"
                           b"Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n{")
        stream.setblocking(False)
        return stream

    def drip(self):
        while not self.over.wait(0.5):
            for number, stream in enumerate(self.slow):
                try:
                    stream.send(b" ")
                except BlockingIOError:
                    pass
                except OSError:  # put out: another comes
                    stream.close()
                    self.slow[number] = self.connect(number)

    def hammer(self):
        client = Client(self.port)
        asks = itertools.cycle([
            lambda: client.get("/"), lambda: client.get("/api/session"),
            lambda: client.post("/api/login", {"account": "nobody", "password": "x"}),
            lambda: client.post("/api/login", {"account": "x" * 30000, "password": "x"})])
        while not self.over.is_set():
            with contextlib.suppress(OSError, Exception):
                next(asks)()
                next(self.asked)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join(30)
        for stream in self.slow:
            stream.close()


def acknowledged(room, count):
    """Seconds from an event to the moment when the controller's log is released, of each."""
    waits = []
    for number in range(count):
        began = time.monotonic()
        room.panel.ask(f"emit access_granted 1 {5000 + number}")
        until(lambda: room.panel.ask("unread")["unread"] == 0, interval=0.005)
        waits.append(time.monotonic() - began)
    return waits


def test_recording_does_not_notice_that_the_console_is_flooded_and_killed(capsys):
    settings, port = console_settings()
    with Camera(codec="h264", size="320x180", bitrate=300, gop=FPS, frames=FPS * SECONDS) as gate, \
            Controller("--stdin") as panel, \
            Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                      settings=settings) as room:
        room.panel = panel
        client = Client(port)
        wait_for_pages(room, client)
        room.wait(room.is_recording)
        keeper = room.processes()["keeper"]
        quiet = acknowledged(room, ENTRIES)
        flood = Flood(port)
        answered = []
        try:
            busy = acknowledged(room, ENTRIES)
            began = time.monotonic()
            assert client.get("/").code == 200  # from an address of its own
            answered.append(time.monotonic() - began)
            for _ in range(KILLS):
                before = room.processes()["console"]
                os.kill(before, signal.SIGKILL)
                room.wait(lambda: room.processes().get("console", before) != before,
                          what="another console")
                busy += acknowledged(room, ENTRIES // 5)
        finally:
            flood.end()
        wait_for_pages(room, client)
        room.wait(lambda: gate.counts()["clients"][0]["finished"], timeout=SECONDS + 60,
                  what="the last picture")
        gate.end()
        assert room.processes()["keeper"] == keeper
        room.stop()
        sent = gate.counts()
        segments = [row["body"] for row in room.json("records", "--kind", "segment",
                                                     "--limit", 1000)]
        recorded = sum(int(body["frames"]) for body in segments)
        entries = [row["body"]["device_seq"] for row in room.json(
            "records", "--kind", "entry", "--limit", 1000) if "device_seq" in row["body"]]
        gaps = [row["body"]["cause"] for row in room.json("records", "--kind", "gap")]
        assert room.verify()[0] in (0, 3)
    assert sent["access_units"] > FPS * SECONDS - 5
    assert recorded == sent["access_units"]
    assert len(gaps) <= 1, gaps  # after its last picture
    assert entries == [str(number) for number in range(1, len(quiet) + len(busy) + 1)]
    ratio = statistics.median(busy) / statistics.median(quiet)
    with capsys.disabled():
        print(f"\nframes sent {sent['access_units']}, lost {sent['access_units'] - recorded}; "
              f"{next(flood.asked)} requests and {CONNECTIONS} slow connections, {KILLS} kills; entry "
              f"released after {statistics.median(quiet) * 1000:.0f} ms, under flood "
              f"{statistics.median(busy) * 1000:.0f} ms ({ratio:.2f}); a page in "
              f"{answered[0] * 1000:.0f} ms")
