"""An H.265 camera in a browser that has no decoder for it: stills in the list of entries, and derived
video that plays, of the moment asked for, and marked."""
import os

import pytest

import browsers
from appliance import Appliance, Camera, Controller
from console_end import PASSWORD, console_settings, make_people
from console_page_test import Screen
from numbered_footage import Footage, make_footage

pytestmark = pytest.mark.skipif("SEALROOM_LONG" not in os.environ,
                                reason="an appliance and a browser of its own")

LENGTH_S = 100
PLAYER = "sealroom.page.view.player"
STILL = ".entries-table tbody tr:last-child .still"


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory):
    film = make_footage(tmp_path_factory.mktemp("footage") / "numbers.mkv", "h265", LENGTH_S)
    settings, port = console_settings()
    with Camera(codec="h265", file=film) as gate, Controller("--stdin") as panel:
        with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                       settings=settings) as appliance:
            guard = make_people(appliance, port)["guard"]
            footage = Footage(appliance, guard, "gate", LENGTH_S)
            panel.ask("emit access_granted 1 4711")
            appliance.wait(lambda: guard.get("/api/entries").json["entries"], what="an entry")
            appliance.port, appliance.panel, appliance.guard = port, panel, guard
            yield appliance, footage


@pytest.fixture(name="screen", scope="module")
def screen_fixture(room, tmp_path_factory):
    with browsers.start("chromium", size=(1280, 720)) as browser:
        screen = Screen(browser, room[0].port, tmp_path_factory.mktemp("screens"))
        screen.log_in("guard", PASSWORD.format(2))
        yield screen


def test_the_list_has_stills_that_move_nothing(room, screen):
    screen.open("entries")
    screen.wait(f"document.querySelector('{STILL}') !== null")
    heights = "[...document.querySelectorAll('.entries-table tr')].map((row) => row.offsetHeight)"
    before = screen.evaluate(heights)
    screen.wait(f"document.querySelector('{STILL}').dataset.state === 'picture'")
    assert screen.evaluate(heights) == before
    assert screen.evaluate(f"document.querySelector('{STILL} img').naturalWidth") == 192
    assert screen.text(f"{STILL} .still-mark").startswith("The guard (guard) 20")
    assert "not evidence" in screen.evaluate(f"document.querySelector('{STILL}').title")
    room[0].panel.ask("emit access_granted 1 4712")  # of a moment that is not recorded yet
    screen.wait("document.querySelectorAll('.still[data-state=picture]').length === 2")


def test_h265_plays_as_a_derived_picture_of_the_moment_asked_for(room, screen):
    _, footage = room
    (*_, entry) = screen.evaluate("sealroom.api.get('/api/entries')")["entries"]
    screen.open(f"entries/{entry['number']}")
    screen.wait("globalThis.sealroom?.page?.view?.player?.screens[0].decoded > 10", 40)
    assert not screen.evaluate("MediaSource.isTypeSupported('video/mp4; codecs=\"hvc1.1.6.L120.90\"')")
    before = screen.evaluate(f"[{PLAYER}.position, {PLAYER}.screens[0].at]")
    screen.wait(f"{PLAYER}.position > {before[0] + 2}", 40)
    assert screen.evaluate(f"{PLAYER}.screens[0].at") > before[1] + 1.5
    assert screen.evaluate(f"{PLAYER}.screens[0].holes") == []
    for at in (entry["at"], entry["at"] - 3000, entry["at"] + 1500):
        screen.evaluate(f"({PLAYER}.pause(), {PLAYER}.seek({at / 1000}))")
        screen.settle(PLAYER)
        assert footage.is_of(screen.numbers()["gate"], at), at
    mark = "getComputedStyle(document.querySelector('.tile'), '::before').content"
    assert "derived picture, not evidence" in screen.evaluate(mark)
    assert screen.text(".watermark").startswith("The guard (guard) 20")


def test_live_pictures_of_h265_are_stills_a_moment_old(screen):
    screen.open("live")
    screen.wait("document.querySelector('.tile-still') !== null")
    first = screen.text(".tile-clock")
    screen.wait(f"document.querySelector('.tile-clock').innerText !== {first!r}")
    assert "not evidence" in screen.evaluate("document.querySelector('.tile').dataset.derived")


def test_a_still_of_what_was_altered_says_so_in_its_place(room, screen):
    appliance, footage = room
    (*_, entry) = screen.evaluate("sealroom.api.get('/api/entries')")["entries"]
    appliance.wait(lambda: any(part["from"] <= entry["at"] < part["to"] for part in footage.sealed()),
                   what="the entry's segment")
    part = next(part for part in footage.sealed() if part["from"] <= entry["at"] < part["to"])
    file = footage.file(part)
    data = file.read_bytes()
    file.chmod(0o640)
    file.write_bytes(data[:2000] + bytes(len(data) - 2000))
    try:
        screen.open("entries")
        screen.wait(f"document.querySelector('{STILL}')?.dataset.state === 'altered'")
        assert "ALTERED" in screen.text(STILL)
        assert screen.evaluate(f"document.querySelector('{STILL} img') === null")
    finally:
        file.write_bytes(data)
