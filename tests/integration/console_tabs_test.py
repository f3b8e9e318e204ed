"""The console in one browser's many tabs, and what people's names may try in it. One appliance and one
browser for all."""
import json
import zipfile

import pytest

import browsers
from appliance import Appliance, Controller
from console_end import PASSWORD, console_settings, log_in, make_people
from console_page_test import Screen

TABS = 8  # a browser has six lines to a server
SCRIPT = "globalThis.hurt=(globalThis.hurt??0)+1"
HOSTILE = {
    "4711": f"<script>{SCRIPT}</script>",
    "4712": f"'\"><img src=x onerror={SCRIPT}>",
    "4713": "=HYPERLINK(\"http://evil.example\")",
    "4714": f"</title></style><svg/onload={SCRIPT}>",
    "4715": "{x}${x}javascript:x\u202e\u2028</pre>",
}


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory):
    roster = tmp_path_factory.mktemp("roster") / "people.yaml"
    roster.write_text(json.dumps({"people": {
        f"{int(card):010d}": {"name": name, "department": name}
        for card, name in HOSTILE.items()}}), encoding="utf-8")
    settings, port = console_settings()
    with Controller("--stdin") as panel, Appliance(
            controllers=[panel.entry("panel")], settings={**settings, "roster": str(roster)},
            doors=[{"id": "archive", "name": HOSTILE["4712"], "cameras": []}]) as appliance:
        appliance.people = make_people(appliance, port)
        appliance.panel, appliance.port = panel, port
        yield appliance


@pytest.fixture(name="screen", scope="module")
def screen_fixture(room, tmp_path_factory):
    with browsers.start("chromium", size=(1280, 720)) as browser:
        yield Screen(browser, room.port, tmp_path_factory.mktemp("screens"))


@pytest.fixture(name="guard")
def guard_fixture(screen):
    screen.open()
    screen.wait("document.querySelector('.gate, nav')")
    if screen.evaluate("document.querySelector('nav') === null"):
        screen.log_in("guard", PASSWORD.format(2))


def another(screen):
    """A tab beside the others, at the entries."""
    tab = Screen(screen.browser.tab(), 0, screen.folder)
    tab.address = screen.address
    tab.open("entries")
    tab.wait("document.querySelector('.entries-table') && sealroom.live.connected")
    return tab


def test_each_of_eight_tabs_is_told_what_happens_and_another_takes_over(room, guard, screen):
    screen.open("entries")
    screen.wait("document.querySelector('.entries-table') && sealroom.live.connected")
    tabs = [screen] + [another(screen) for _ in range(TABS - 1)]
    room.panel.ask("emit access_granted 1 6001")
    for tab in tabs:
        tab.wait_for("6001", ".entries-table")
    assert screen.evaluate("sealroom.api.get('/api/session')")["account"] == "guard"
    # the one that listened for all leaves, and so does the next
    screen.open()
    tabs[1].browser.shut()
    rest = tabs[2:]
    room.panel.ask("emit access_granted 1 6002")
    for tab in rest:
        tab.wait_for("6002", ".entries-table")
    # who sits at one is here for all: nobody is logged out behind his back
    for tab in rest:
        tab.evaluate("sealroom.idle.start(2)")
        tab.evaluate("sealroom.idle.addEventListener('over', () => { globalThis.over = true; })")
    screen.evaluate("new Promise((done) => { let left = 7; const timer = setInterval(() => {"
                    "dispatchEvent(new Event('keydown')); if (--left === 0) { clearInterval(timer);"
                    "done(); } }, 400); })")
    assert [tab.evaluate("globalThis.over ?? false") for tab in rest] == [False] * len(rest)
    # the session's end is every tab's
    screen.log_out()
    for tab in rest:
        tab.wait("document.querySelector('.gate')")
        tab.browser.shut()


def test_what_a_persons_name_says_is_shown_and_does_nothing(room, guard, screen, tmp_path):
    screen.open("entries")
    screen.wait("document.querySelector('.entries-table') && sealroom.live.connected")
    for card, name in HOSTILE.items():
        room.panel.ask(f"emit access_denied 1 {card}")
        screen.wait_for(name[:9], ".entries-table")
    entries = screen.evaluate("sealroom.api.get('/api/entries')")["entries"]
    shown = {entry["number"]: entry for entry in entries if entry.get("person") in HOSTILE.values()}
    assert len(shown) == len(HOSTILE)
    for number in shown:
        note = f"<img src=x onerror={SCRIPT}>"
        assert room.people["guard"].post(f"/api/entries/{number}/review", {"note": note}).code == 200
        screen.open(f"entries/{number}")
        screen.wait_for("Sealed: record", ".entry-view")
        screen.wait_for(note, ".reviewed")
        assert shown[number]["person"][:9] in screen.text(".entry-view")
    for page in ("timeline", "alarms", "state"):
        screen.open(page)
        screen.wait(f"document.querySelector('main').dataset.page === '{page}'")
    assert screen.evaluate("globalThis.hurt === undefined && document.querySelector("
                           "'main :is(script, img[src=x], svg[onload])') === null")
    # and in what is taken away
    package = tmp_path / "package.zip"
    room.sealroom("export", "--out", package, "--from", "1h", "--to", "2100-01-01", "--door",
                  "archive", "--purpose", HOSTILE["4711"], "--case", HOSTILE["4712"])
    with zipfile.ZipFile(package) as inside:
        for name in ("report.html", "entries.csv"):
            (tmp_path / name).write_bytes(inside.read(name))
    screen.browser.open(tmp_path / "report.html")
    assert HOSTILE["4711"] in screen.text() and HOSTILE["4714"] in screen.text()
    assert screen.evaluate("globalThis.hurt === undefined && document.querySelector("
                           "':is(script, img[src=x], [onload], [onerror])') === null")
    table = (tmp_path / "entries.csv").read_text("utf-8-sig")
    assert "HYPERLINK" in table and ",=HYPERLINK" not in table and ',"=HYPERLINK' not in table
    log_in(room.people["guard"], "guard", PASSWORD.format(2))
