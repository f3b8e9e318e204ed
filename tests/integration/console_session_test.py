"""An hour at the console, compressed: a guard and an inspector in Chromium at once, while people come
in; then nobody is there any more, and the sessions end. With SEALROOM_LONG sixty rounds, one for each
minute; else three. One appliance, whose keeper's clock the test moves."""
import os
import pathlib
import time

import pytest

import browsers
from appliance import Appliance, Camera, Controller, until
from console_end import PASSWORD, console_settings, make_people
from console_page_test import Screen
from moved_clock import MovedClock

LONG = "SEALROOM_LONG" in os.environ
ROUNDS = 60 if LONG else 3
WARM = 10 if LONG else 1  # rounds until everything has been loaded once
PLAYER = "sealroom.page.view.player"
MB = 1 << 20


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clock")
    clock = MovedClock(folder)
    # the keeper's alone: a camera whose clock steps has other worries
    moved = " ".join(f"{name}={value}" for name, value in clock.environment.items())
    settings, port = console_settings()
    with Camera(codec="h264", gop=25) as gate, Controller("--stdin") as panel:
        with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                       settings=settings,
                       wrap={"sealroom-keeper": f'exec env {moved} {{program}} "$@"'}) as appliance:
            appliance.people = make_people(appliance, port)
            appliance.panel, appliance.port, appliance.clock = panel, port, clock
            yield appliance


def sizes(room, screen):
    """What must not grow: of the page at its alarms, and of the console's process."""
    screen.go("alarms")
    screen.wait("document.querySelector('main').dataset.page === 'alarms'")
    screen.browser.call("HeapProfiler.collectGarbage")
    said = screen.browser.call("Performance.getMetrics")["metrics"]
    metrics = {one["name"]: one["value"] for one in said}
    process = room.processes()["console"]
    status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii")
    resident = next(int(line.split()[1]) * 1024 for line in status.splitlines()
                    if line.startswith("VmRSS:"))
    return {"listeners": metrics["JSEventListeners"], "nodes": metrics["Nodes"],
            "heap": metrics["JSHeapUsedSize"], "console": resident,
            "descriptors": len(os.listdir(f"/proc/{process}/fd"))}


def left_behind(warm, now):
    """What grew by more than chance."""
    limits = {"descriptors": warm["descriptors"] + 12,  # six lines a browser
              "listeners": warm["listeners"] + 20, "nodes": warm["nodes"] * 1.3 + 500,
              "heap": warm["heap"] + 4 * MB,
              "console": warm["console"] + 16 * MB}  # a sanitizer keeps what was freed
    return {name: now[name] for name, limit in limits.items() if now[name] > limit}


def guard_minute(room, screen, number):
    """Somebody comes in: his row comes by itself, what the camera saw plays, and is sought in."""
    card = str(3000 + number)
    screen.go("entries")
    screen.wait("document.querySelector('.entries-table')")
    room.panel.ask(f"emit {'access_denied' if number % 20 == 0 else 'access_granted'} 1 {card}")
    screen.wait_for(card, ".entries-table tbody tr")
    chosen = screen.evaluate("document.querySelector('.entries-table tbody tr').dataset.number")
    screen.go("entries", chosen)
    screen.wait_for("Sealed: record", ".entry-view")
    screen.wait(f"{PLAYER}?.screens.some(({{decoded}}) => decoded > 0)")
    at = screen.evaluate(f"({PLAYER}.seek({PLAYER}.options.from + 4), {PLAYER}.position)")
    screen.wait(f"{PLAYER}.position > {at + 0.2}")
    screen.go("alarms")
    screen.wait("document.querySelector('main').dataset.page === 'alarms'")


def inspector_minute(screen, number):
    """Looks around, each minute somewhere else, and is told what happens meanwhile."""
    page = ("register", "state", "entries", "alarms")[number % 4]
    screen.go(page)
    screen.wait(f"document.querySelector('main').dataset.page === '{page}'")
    screen.evaluate("document.querySelector('dialog button.plain, dialog [value=cancel]')?.click()")
    screen.evaluate("document.querySelector('dialog')?.close()")
    screen.wait("sealroom.live.connected")


def test_an_hour_at_the_console_leaves_nothing_behind_and_ends(room, tmp_path, capsys):
    with browsers.start("chromium", size=(1280, 720)) as first, \
            browsers.start("chromium", language="zh", size=(1280, 720)) as second:
        guard, inspector = (Screen(browser, room.port, tmp_path) for browser in (first, second))
        first.call("Performance.enable")
        guard.log_in("guard", PASSWORD.format(2))
        inspector.log_in("inspector", PASSWORD.format(2))
        room.growing(200_000)  # there is something to be seen of ten seconds before
        began = time.monotonic()
        for number in range(ROUNDS):
            guard_minute(room, guard, number)
            inspector_minute(inspector, number)
            if number + 1 == WARM:
                warm = sizes(room, guard)
        took = time.monotonic() - began
        # what the last page had asked for may hold on to it until it is answered
        until(lambda: not left_behind(warm, sizes(room, guard)), what="a page without what was before")
        end = sizes(room, guard)
        assert first.complaints == [] and second.complaints == []
        # nobody touches the guard's screen any more: the page sees to it itself
        guard.evaluate("sealroom.idle.start(1)")
        guard.wait_for("You have been logged out")
        # whoever stays is put out after half a day, however busy
        minutes = 0
        while inspector.evaluate("sealroom.api.post('/api/here').then(() => true, () => false)"):
            minutes += 5
            room.clock.raw.set(minutes * 60)
        assert 11 * 60 < minutes <= 12 * 60 + 5
        inspector.wait("document.querySelector('.gate') !== null")
    ends = [(row["head"]["source"], row["body"]["ended"]) for row in room.json("records", "--kind", "operator", "--limit",
                                                      100000)
            if row["body"].get("action") == "logout"]
    assert {("operator/guard", "logged_out"), ("operator/inspector", "too_long")} <= set(ends)
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds in {took:.0f} s; after {WARM}: {warm}; at the end: {end}")
