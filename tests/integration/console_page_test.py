"""The console's pages in a real browser against a whole appliance, as a guard goes through them: he
logs in, somebody comes in, he looks at what the cameras saw. What moment is seen is read back from the
number burnt into the picture. One appliance for all, and the tests go on from one another."""
import base64
import contextlib
import json
import re
import sqlite3
import subprocess
import time

import pytest

import browsers
from appliance import Appliance, Camera, Controller, until
from console_end import PASSWORD, Client, console_settings, log_in, make_people, wait_for_pages
from export_test import verify
from numbered_footage import BITS, HEIGHT, WIDTH, Footage, make_footage

OTHER = "Another-horse-{}"


class Screen:
    """A browser at the console."""

    def __init__(self, browser, port, folder):
        self.browser, self.folder = browser, folder
        self.address = f"http://127.0.0.1:{port}/"

    def evaluate(self, expression, **options):
        return self.browser.evaluate(expression, **options)

    def wait(self, condition, timeout_s=20):
        return self.browser.wait(condition, timeout_s)

    def text(self, selector="body"):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def wait_for(self, words, selector="body", timeout_s=20):
        try:
            self.wait(f"(document.querySelector({json.dumps(selector)})?.innerText ?? '')"
                      f".includes({json.dumps(words)})", timeout_s)
        except browsers.Failed:
            raise AssertionError(f"not {words!r}, but: {self.text()}") from None

    def open(self, page=""):
        """A page of those who are logged in; "" as it comes by itself."""
        self.browser.open("about:blank")  # else only what is behind the # changes
        self.browser.open(self.address + (f"#/{page}" if page else ""))

    def go(self, *parts):
        self.evaluate(f"sealroom.go(...{json.dumps(list(map(str, parts)))})")

    def press(self, key):
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        named = {"key": key, "code": key,
                 "windowsVirtualKeyCode": {"Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40,
                                           "ArrowRight": 39}.get(key, ord(key[0].upper()))}
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.browser.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def write(self, text):
        """By the keyboard, where it is."""
        self.browser.call("Input.insertText", text=text)

    def fill(self, **fields):
        """The fields of a form, and sends it."""
        self.wait(f"document.querySelector('[name={next(iter(fields))}]')")
        for name, value in fields.items():
            self.evaluate(f"document.querySelector('[name={name}]').focus()")
            self.write(value)
        self.press("Enter")

    def log_in(self, account, password):
        self.open()
        self.evaluate("localStorage.clear()")
        self.open()
        self.fill(account=account, password=password)
        self.wait("document.querySelector('nav')")

    def log_out(self):
        self.evaluate("document.querySelector('#log-out').click()")
        self.wait("document.querySelector('.gate')")

    def rows(self):
        return self.evaluate("[...document.querySelectorAll('.entries-table tbody tr')].map("
                             "({innerText}) => innerText)")

    def settle(self, player):
        """Until every camera shows what there is of the moment, and it is on the screen."""
        self.wait(f"""{player}?.screens.every(({{state, at, shown}}) => state !== 'loading'
            && (state !== 'picture' || (Math.abs(at - {player}.position) < 0.02
                && Math.abs(at - shown) < 0.11)))""")
        self.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def numbers(self):
        """{camera: the burnt-in number, as the screenshot has it}, of those with a picture."""
        path = self.folder / "screen.png"
        self.evaluate("document.querySelector('.stage').scrollIntoView({block: 'start'})")
        places = self.evaluate("""[...document.querySelectorAll('.tile[data-state=picture]')]
            .map((tile) => {
                const video = tile.querySelector('video');
                const box = video.getBoundingClientRect();
                const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
                const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
                return [tile.dataset.camera, box.x + (box.width - width) / 2,
                        box.y + (box.height - height) / 2, width, height];
            })""")
        self.browser.screenshot(path)
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo",
                              "-pix_fmt", "gray", "-"], check=True, capture_output=True).stdout
        line = self.evaluate("innerWidth")
        # below what is written over the picture, and left of the buttons
        return {camera: sum((raw[int(y + height * 0.26) * line + int(x + width * (i + 0.5) / 16)]
                             > 128) << i for i in range(BITS))
                for camera, x, y, width, height in places}


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory):
    """Two cameras with numbers in their pictures, a controller, a console."""
    footage = make_footage(tmp_path_factory.mktemp("footage") / "numbers.mkv")
    settings, port = console_settings()
    with Camera(file=footage) as gate, Camera(file=footage) as aisle, Controller("--stdin") as panel:
        with Appliance(cameras=[gate.entry("gate"), aisle.entry("aisle")],
                       controllers=[panel.entry("panel")], settings=settings) as appliance:
            wait_for_pages(appliance, Client(port))
            appliance.port, appliance.panel = port, panel
            yield appliance


@pytest.fixture(name="screen", scope="module")
def screen_fixture(room, tmp_path_factory):
    with browsers.start("chromium", size=(1280, 720)) as browser:
        yield Screen(browser, room.port, tmp_path_factory.mktemp("screens"))


@pytest.fixture(name="people", scope="module")
def people_fixture(room, screen):
    """The first account made at the screen, all others by it."""
    screen.open()
    screen.wait_for("The first account")
    said = room.sealroom("account", "first-code").stdout
    code = next(word for word in said.split() if word.count("-") == 7)
    screen.fill(code=code, account="security", name="The security", new=PASSWORD.format(0),
                again=PASSWORD.format(0))
    screen.wait_for("The account has been made")
    admin = Client(room.port)
    log_in(admin, "security", PASSWORD.format(0))
    return make_people(room, room.port, admin)


@pytest.fixture(name="guard")
def guard_fixture(people, screen):
    """A guard is logged in at the screen."""
    screen.open()
    screen.wait("document.querySelector('.gate, nav')")
    if screen.evaluate("sealroom.session?.account") != "guard":
        if screen.evaluate("sealroom.session !== undefined"):
            screen.log_out()
        screen.log_in("guard", PASSWORD.format(2))
    screen.browser.complaints.clear()
    yield people["guard"]
    assert screen.browser.complaints == []


# ---- before anybody is known ----

def test_the_first_account_is_made_at_the_screen_and_logs_in(people, screen):
    screen.open()
    screen.fill(account="security", password=PASSWORD.format(0))
    screen.wait("document.querySelector('nav')")
    assert screen.evaluate("sealroom.session.role") == "security_administrator"
    assert screen.evaluate("[...document.querySelectorAll('nav a')].map(({hash}) => hash)") == [
        "#/alarms", "#/report", "#/state", "#/accounts"]
    screen.log_out()


def test_a_wrong_password_is_refused_in_the_language_of_the_page(people, screen):
    screen.open()
    screen.fill(account="guard", password="Wrong-horse-9")
    screen.wait("document.querySelector('.gate .error').hidden === false")
    assert screen.evaluate("document.querySelector('[name=password]').value") == ""
    english = screen.text(".gate .error")
    screen.browser.click("#language")
    screen.fill(account="guard", password="Wrong-horse-9")
    screen.wait("document.querySelector('.gate .error').hidden === false")
    assert screen.text(".gate .error") != english
    assert not any(letter.isascii() and letter.isalpha() for letter in screen.text(".gate .error"))
    screen.browser.click("#language")


def test_a_password_that_somebody_else_set_is_changed_first(people, screen):
    change = {"change": "create", "name": "New hand", "role": "guard", "reason": "test",
              "password": PASSWORD.format(1)}
    assert people["security_administrator"].post("/api/accounts/newhand", change).code == 200
    screen.open()
    screen.fill(account="newhand", password=PASSWORD.format(1))
    screen.wait_for("This password was set by somebody else")
    assert screen.evaluate("document.querySelector('nav')") is None
    screen.fill(old=PASSWORD.format(1), new=OTHER.format(1), again=OTHER.format(2))
    screen.wait_for("The two new passwords differ")
    screen.fill(old=PASSWORD.format(1), new=OTHER.format(1), again=OTHER.format(1))
    screen.wait("document.querySelector('nav')")
    screen.log_out()


# ---- entries ----

def test_an_entry_appears_without_reloading(room, guard, screen):
    screen.open("entries")
    screen.wait("sealroom.live.connected && document.querySelector('.entries-table')")
    screen.evaluate("globalThis.untouched = true")
    room.panel.ask("emit access_granted 1 4711")
    screen.wait("document.querySelectorAll('.entries-table tbody tr').length === 1")
    room.panel.ask("emit access_denied 1 4712")
    screen.wait("document.querySelectorAll('.entries-table tbody tr').length === 2")
    newest, oldest = screen.rows()
    assert "Access denied" in newest and "Access granted" in oldest
    assert screen.evaluate("untouched")


def test_entries_are_filtered_and_gone_through_by_keyboard(room, guard, screen):
    screen.open("entries")
    screen.wait("document.querySelectorAll('.entries-table tbody tr').length === 2")
    screen.press("/")
    assert screen.evaluate("document.activeElement.id") == "find"
    screen.write("4712")
    screen.press("Enter")
    screen.wait("document.querySelectorAll('.entries-table tbody tr').length === 1")
    assert "4712" in screen.rows()[0]
    room.panel.ask("emit access_granted 1 4713")  # does not belong to what is looked for
    room.panel.ask("emit access_granted 1 4712")
    screen.wait("document.querySelectorAll('.entries-table tbody tr').length === 2")
    assert all("4712" in row for row in screen.rows())
    screen.evaluate("(document.querySelector('#find').value = '', document.querySelector('#find')"
                    ".dispatchEvent(new Event('change')))")
    screen.press("Escape")
    screen.wait("document.querySelectorAll('.entries-table tbody tr').length === 4")
    screen.press("ArrowDown")
    screen.press("ArrowDown")
    screen.press("ArrowDown")
    screen.press("ArrowUp")
    assert "4713" in screen.text(".chosen-row")
    screen.press("Enter")
    screen.wait_for("Sealed: record", ".entry-view")
    screen.press("Escape")
    screen.wait("document.querySelector('.entry-view') === null")


def test_an_entry_is_reviewed_with_a_note_which_is_a_record(room, guard, screen):
    screen.open("entries")
    screen.wait("document.querySelectorAll('.entries-table tbody tr').length >= 2")
    screen.press("ArrowDown")
    number = int(screen.evaluate("document.querySelector('.chosen-row').dataset.number"))
    screen.press("r")
    screen.wait("document.querySelector('dialog textarea')")
    screen.evaluate("document.querySelector('dialog textarea').value = '已核实 <b>x</b>'")
    screen.evaluate("document.querySelector('dialog button[type=submit]').click()")
    screen.wait_for("Reviewed", ".chosen-row .entry-review")
    (record,) = [row for row in room.json("records", "--kind", "operator")
                 if row["body"]["action"] == "review"]
    assert record["head"]["source"] == "operator/guard"
    assert record["body"]["note"] == "已核实 <b>x</b>" and int(record["body"]["entry"]) == number
    screen.press("Enter")
    screen.wait_for("已核实 <b>x</b>", ".reviewed")


def test_two_roles_at_once_see_the_same_and_each_may_its_own(room, guard, screen, tmp_path):
    screen.open("entries")
    screen.wait("globalThis.sealroom?.live.connected")
    with browsers.start("chromium", language="zh", size=(1280, 720)) as browser:
        auditor = Screen(browser, room.port, tmp_path)
        auditor.log_in("auditor", PASSWORD.format(2))
        auditor.wait("sealroom.live.connected && document.querySelector('.entries-table tbody tr')")
        assert "门禁记录" in auditor.text("nav")
        room.panel.ask("emit access_granted 1 4714")
        for one in (screen, auditor):
            one.wait_for("4714", ".entries-table tbody tr")
        number = screen.evaluate("document.querySelector('.entries-table tbody tr').dataset.number")
        for one in (screen, auditor):
            one.press("ArrowDown")
            one.press("r")
        screen.wait("document.querySelector('dialog textarea')")
        screen.press("Enter")  # with the note that stands there
        auditor.wait_for("已复核", f"tr[data-number='{number}']")
        assert auditor.evaluate("document.querySelector('dialog')") is None
        auditor.press("Enter")
        auditor.wait_for("已封存", ".entry-view")
        assert "复核…" not in auditor.text(".entry-view") and "The guard" in auditor.text(".reviewed")
        refused = auditor.evaluate(f"""sealroom.api.post('/api/entries/{number}/review', {{note: 'x'}})
            .then(() => 'done', ({{status, code}}) => `${{status}} ${{code}}`)""")
        assert refused == "403 refused"
        assert browser.complaints == []


def test_an_entry_that_was_altered_in_the_list_is_shown_as_altered_and_heals(room, guard, screen):
    number = guard.get("/api/entries").json["entries"][-1]["number"]
    with contextlib.closing(sqlite3.connect(room.state / "catalog.db")) as catalog:
        (body,) = catalog.execute("SELECT body FROM entry WHERE record = ?", (number,)).fetchone()
        forged = body.replace(b'"credential":', b'"name":"Somebody Else","credential":')
        with catalog:
            catalog.execute("UPDATE entry SET body = ? WHERE record = ?", (forged, number))
        screen.open(f"entries/{number}")
        screen.wait_for(f"ALTERED: record {number}", ".seal-bad")
        assert "Somebody Else" not in screen.text(".entry-view")
        with catalog:
            catalog.execute("UPDATE entry SET body = ? WHERE record = ?", (body, number))
    screen.open(f"entries/{number}")
    screen.wait_for(f"Sealed: record {number}", ".seal-good")


# ---- alarms and state ----

def test_an_alarm_is_said_in_words_counted_in_the_head_and_acknowledged(room, guard, screen):
    screen.open("state")
    screen.wait_for("Everything is being recorded", ".all-well")
    screen.open("alarms")
    screen.wait_for("Nothing is wrong.")
    room.panel.ask("emit forced 1")
    screen.wait("document.querySelector('nav .badge')?.textContent === '1'")
    screen.wait_for("Door forced", ".alarm-open")
    assert "Go and look at the door" in screen.text(".alarm-open")
    screen.open("state")
    screen.wait_for("Recording; 1 alarm is open", ".not-well")
    screen.browser.click(".not-well a")
    screen.wait("document.querySelector('.alarm-open button')")
    screen.evaluate("document.querySelector('.alarm-open button').click()")
    screen.fill(note="the guard went there")
    screen.wait_for("Acknowledged by", ".alarm-open")
    (record,) = [row for row in room.json("records", "--kind", "operator")
                 if row["body"]["action"] == "acknowledge"]
    assert record["body"]["note"] == "the guard went there"
    room.panel.ask("emit closed 1")
    screen.wait_for("Nothing is wrong.")
    screen.evaluate("[...document.querySelectorAll('main button')].at(-1).click()")
    screen.wait_for("the guard went there")


def test_the_appliance_says_how_it_is(room, guard, screen):
    screen.open("state")
    screen.wait_for("Everything is being recorded")
    words = screen.text("main")
    assert "undefined" not in words and "NaN" not in words and "null" not in words
    fingerprint = room.status()["appliance"]["fingerprint"]
    assert fingerprint.replace(":", "").lower() in words.replace(" ", "").replace(":", "").lower()


# ---- accounts ----

def at_accounts(screen, account, password):
    """He is logged in, and looks at the accounts."""
    screen.open()
    screen.wait("document.querySelector('.gate, nav')")
    if screen.evaluate("sealroom.session !== undefined"):
        screen.log_out()
    screen.log_in(account, password)
    screen.open("accounts")
    screen.wait("document.querySelector('.accounts tbody tr')")


def answer(screen, **fields):
    """The fields of the question, and sends it."""
    screen.wait("document.querySelector('dialog')")
    for name, value in fields.items():
        screen.evaluate(f"document.querySelector('dialog [name={name}]').value = {json.dumps(value)}")
    screen.evaluate("document.querySelector('dialog button[type=submit]').click()")


def ask_change(screen, account, change):
    screen.evaluate(f"document.querySelector('tr[data-account={account}] button').click()")
    screen.evaluate(f"document.querySelector('[data-change={change}]').click()")


def test_the_security_administrator_makes_and_changes_accounts(room, people, screen):
    at_accounts(screen, "security", PASSWORD.format(0))
    words = screen.text("main")
    assert "undefined" not in words and "NaN" not in words and "1970" not in words
    assert screen.evaluate("document.querySelector('tr[data-account=security] button')") is None
    screen.evaluate("document.querySelector('#new-account').click()")
    new = {"account": "wu", "name": "吴 <b>x</b>", "role": "inspector", "reason": "新到岗"}
    answer(screen, **new, password="short", again="short")
    screen.wait("document.querySelector('dialog .error').hidden === false")
    answer(screen, password=PASSWORD.format(3), again=PASSWORD.format(4))
    screen.wait_for("The two new passwords differ", "dialog")
    answer(screen, again=PASSWORD.format(3))
    row = "tr[data-account=wu]"
    screen.wait_for("to be changed at the next log-in", row)
    assert "吴 <b>x</b>" in screen.text(row) and "inspector" in screen.text(row)
    for change, fields, said in (("person", {"name": "Wu"}, "Wu"), ("role", {"role": "guard"}, "guard"),
                                 ("disable", {}, "disabled"), ("enable", {}, "active"),
                                 ("close", {}, "closed for ever")):
        ask_change(screen, "wu", change)
        answer(screen, reason=f"test {change}", **fields)
        screen.wait_for(said, row)
        screen.wait("document.querySelector('dialog') === null")
    assert screen.evaluate(f"document.querySelector('{row} button')") is None
    done = [row["body"] for row in room.json("records", "--kind", "account")
            if row["body"].get("account") == "wu"]
    assert [body["reason"] for body in done] == ["新到岗", "test person", "test role", "test disable",
                                                 "test enable", "test close"]
    screen.log_out()


def test_an_auditor_looks_at_accounts_and_changes_none(people, screen):
    at_accounts(screen, "auditor", PASSWORD.format(2))
    assert "security administrator" in screen.text("tr[data-account=security]")
    assert screen.evaluate("document.querySelector('main button')") is None
    screen.log_out()


def test_two_persons_change_accounts_and_one_that_was_altered_is_red(tmp_path):
    settings, port = console_settings()
    with Appliance(settings=settings) as strict, \
            browsers.start("chromium", size=(1280, 720)) as browser:
        make_people(strict, port)
        strict.stop()
        book = strict.state / "accounts"
        text = book.read_text(encoding="utf-8")
        book.write_text(text.replace('"role":"guard"', '"role":"inspector"', 1), encoding="utf-8")
        strict.configure(accounts={"second_person": ["accounts"]})
        strict.start()
        wait_for_pages(strict, Client(port))
        screen = Screen(browser, port, tmp_path)
        at_accounts(screen, "security", PASSWORD.format(0))
        screen.wait_for("ALTERED behind the program’s back", "tr[data-account=guard]")
        words = screen.text("main")
        ask_change(screen, "guard", "password")
        assert screen.evaluate("document.querySelectorAll('[data-change]').length") == 2
        answer(screen, password=OTHER.format(5), again=OTHER.format(5), reason="set anew",
               second_account="auditor", second_password=PASSWORD.format(2))
        screen.wait("document.querySelector('dialog .error').hidden === false")
        answer(screen, second_account="system")
        screen.wait_for("to be changed at the next log-in", "tr[data-account=guard]")
        assert "ALTERED" not in screen.text("main") and "1970" not in words
        last = strict.json("records", "--kind", "account")[-1]["body"]
        assert (last["account"], last["second"], last["reason"]) == ("guard", "system", "set anew")


# ---- who may what ----

def test_what_a_role_may_not_is_not_offered(room, people, screen):
    room.panel.ask("emit forced 1")
    screen.open()
    screen.wait("document.querySelector('.gate, nav')")
    if screen.evaluate("sealroom.session !== undefined"):
        screen.log_out()
    for account, pages in {"auditor": ["entries", "timeline", "live", "alarms", "evidence", "register",
                                       "report", "state", "accounts"],
                           "system": ["alarms", "report", "state"]}.items():
        screen.log_in(account, PASSWORD.format(2))
        assert screen.evaluate("[...document.querySelectorAll('nav a')].map(({hash}) => hash)") == [
            f"#/{page}" for page in pages]
        screen.open("entries")
        screen.wait("document.querySelector('main').dataset.page")
        assert screen.evaluate("document.querySelector('main').dataset.page") == pages[0]
        screen.open("alarms")
        screen.wait("document.querySelector('.alarm-open')")
        assert screen.evaluate("document.querySelector('.alarm-open button') !== null") == (
            account == "system")
        screen.log_out()
    number = people["guard"].get("/api/entries").json["entries"][0]["number"]
    assert people["auditor"].post(f"/api/entries/{number}/review", {"note": "x"}).code == 403
    assert people["system_administrator"].get("/api/entries").code == 403


def test_the_register_is_read_for_a_reason_filtered_and_fits_on_paper(people, screen):
    assert people["guard"].get("/api/register").code == 403
    screen.log_in("auditor", PASSWORD.format(2))
    screen.open("register")
    screen.fill(reason="the monthly audit")
    screen.wait_for("the monthly audit", ".register-table")
    assert "Look-up · query register" in screen.text(".register-table tbody tr")
    screen.evaluate("""(() => {
        const field = document.querySelector('.filters input');
        field.value = 'guard';
        field.dispatchEvent(new Event('change'));
    })()""")
    screen.wait("[...document.querySelectorAll('.register-table tbody tr')].every((row) => "
                "['The guard', 'guard'].includes(row.children[1].innerText))")
    words = screen.text("main")
    assert "undefined" not in words and "NaN" not in words and "null" not in words
    screen.evaluate("document.querySelector('#language').click()")
    screen.wait_for("查询记录簿", "main h1")
    screen.browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert screen.evaluate("getComputedStyle(document.querySelector('.top')).display") == "none"
        assert screen.evaluate("document.querySelector('.register-table').getBoundingClientRect().width > 300")
    finally:
        screen.browser.call("Emulation.setEmulatedMedia", media="")
    screen.evaluate("document.querySelector('#language').click()")
    screen.log_out()


def test_an_inspector_exports_and_holds_what_an_entry_was_about(room, people, screen, tmp_path):
    inspector = people["inspector"]
    screen.log_in("inspector", PASSWORD.format(2))
    screen.browser.complaints.clear()
    entry = inspector.get("/api/entries").json["entries"][0]
    screen.open(f"entries/{entry['number']}")
    screen.wait("document.querySelector('.entry-buttons')")
    screen.evaluate("[...document.querySelectorAll('.entry-buttons button')]"
                    ".find(({innerText}) => innerText.includes('Export')).click()")
    screen.wait_for("Size, about", ".evidence")
    assert screen.evaluate("sealroom.page.selection.value.from") == (entry["at"] - 300_000) // 1000 * 1000
    screen.evaluate("document.querySelector('#evidence-purpose').focus()")
    screen.write("who was <b>here</b>")
    screen.press("Enter")  # without a case nothing is asked for
    assert screen.evaluate("document.querySelector('.package')") is None
    screen.evaluate("document.querySelector('#evidence-case').focus()")
    screen.write("2026-7")
    screen.press("Enter")
    screen.wait("document.querySelector('.package[data-state=ready]')", 60)
    file = tmp_path / "package.zip"
    file.write_bytes(inspector.get(screen.evaluate(
        "document.querySelector('.package a[download]').pathname")).body)
    _, rows = verify(room, file)
    assert rows[-1]["package"] == screen.text(".package dd .digest").replace(" ", "")
    screen.wait_for("who was <b>here</b>", ".exports-table")

    screen.evaluate("[...document.querySelectorAll('.evidence-form button')]"
                    ".find(({innerText}) => innerText.includes('Hold')).click()")
    screen.fill(reason="until the case is closed")
    screen.wait_for("until the case is closed", ".holds-table")
    screen.browser.click("#language")
    screen.wait_for("保全中", ".holds-table")
    screen.evaluate("document.querySelector('.holds-table button').click()")
    screen.fill(reason="结案")
    screen.wait_for("已解除", ".holds-table")
    screen.browser.click("#language")
    assert screen.browser.complaints == []
    screen.log_out()


def test_a_checkpoint_is_taken_away_as_lines_and_as_a_code(room, people, screen):
    screen.log_in("system", PASSWORD.format(2))
    screen.open("state")
    screen.wait("document.querySelector('.checkpoint button')")
    screen.evaluate("document.querySelector('.checkpoint button').click()")
    screen.fill(place="the bank's safe")
    screen.wait("document.querySelector('.checkpoint textarea')")
    lines = screen.evaluate("document.querySelector('.checkpoint textarea').value")
    assert lines.startswith(room.status()["appliance"]["origin"] + "\n")
    assert screen.evaluate("document.querySelector('.qr path').getBoundingClientRect().width > 100")
    number = screen.evaluate("/record (\\d+)/.exec(document.querySelector('.checkpoint').innerText)[1]")
    (record,) = room.json("records", "--number", number)
    assert record["head"]["kind"] == "anchor" and record["body"]["place"] == "the bank's safe"
    screen.log_out()


def test_who_is_not_logged_in_any_more_is_told_and_can_log_in_again(guard, screen):
    screen.open("entries")
    screen.wait("sealroom.live.connected")
    screen.evaluate("sealroom.api.post('/api/logout')")
    screen.evaluate("sealroom.api.get('/api/alarms').catch(() => {})")
    screen.wait_for("You have been logged out")
    screen.fill(account="guard", password=PASSWORD.format(2))
    screen.wait("document.querySelector('.entries-table')")


# ---- video ----

PLAYER = "sealroom.page.player"


@pytest.fixture(name="footage", scope="module")
def footage_fixture(room, people):
    """{camera: its footage}"""
    return {camera: Footage(room, people["guard"], camera) for camera in ("gate", "aisle")}


def open_entry(room, screen, footage):
    """An entry that has sealed video around it is open; (entry, when its player begins)."""
    sealed = room.wait(lambda: [*footage["gate"].sealed()][1:], what="two segments")
    entries = screen.evaluate("sealroom.api.get('/api/entries')")["entries"]
    entry = next(entry for entry in reversed(entries) if entry["at"] < sealed[-1]["to"])
    screen.open(f"entries/{entry['number']}")
    screen.wait("globalThis.sealroom?.page?.view?.player")
    return entry


def test_an_entry_shows_what_its_cameras_saw_from_ten_seconds_before(room, guard, screen, footage):
    entry = open_entry(room, screen, footage)
    screen.wait_for(f"Sealed: record {entry['number']}", ".seal-good")
    player = "sealroom.page.view.player"
    began = screen.evaluate(f"{player}.options.from * 1000")
    assert abs(began - (entry["at"] - 10_000)) < 1
    screen.wait(f"{player}.playing && {player}.screens.every(({{decoded}}) => decoded > 10)")
    before = screen.evaluate(f"[{player}.position, {player}.screens[0].at]")
    screen.wait(f"{player}.position > {before[0] + 1}")
    assert screen.evaluate(f"{player}.screens[0].at") > before[1] + 0.5
    screen.evaluate(f"({player}.pause(), {player}.seek({entry['at'] / 1000}))")
    screen.settle(player)
    numbers = screen.numbers()
    assert set(numbers) == {"gate", "aisle"}
    for camera, number in numbers.items():
        assert footage[camera].is_of(number, entry["at"]), (camera, number)
    shown = screen.evaluate("[...document.querySelectorAll('.watermark')].map((mark) => mark.innerText)")
    assert len(shown) == 2 and all(mark.startswith("The guard (guard) 20") for mark in shown)


def test_the_watermark_stays_in_full_screen(room, guard, screen, footage):
    open_entry(room, screen, footage)
    screen.browser.click(".button-whole")
    screen.wait("document.fullscreenElement?.classList.contains('player')")
    screen.wait("document.querySelectorAll('.tile[data-state=picture]').length === 2")
    assert screen.evaluate("""[...document.fullscreenElement.querySelectorAll('.watermark')].every((mark) => {
        const box = mark.getBoundingClientRect();
        const picture = mark.parentNode.querySelector('video').getBoundingClientRect();
        return mark.innerText !== '' && getComputedStyle(mark).visibility === 'visible'
            && box.top < picture.bottom && box.bottom > picture.top;
    })""")
    screen.evaluate("document.exitFullscreen()")
    screen.wait("document.fullscreenElement === null")


def test_a_saved_picture_is_the_one_shown_and_says_who_saved_it(room, guard, screen, footage):
    entry = open_entry(room, screen, footage)
    player = "sealroom.page.view.player"
    screen.evaluate(f"({player}.pause(), {player}.seek({entry['at'] / 1000}))")
    screen.settle(player)
    screen.browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(screen.folder))
    plain = screen.evaluate("""(() => {
        const [video] = document.querySelectorAll('.tile[data-camera=gate] video');
        const canvas = Object.assign(document.createElement('canvas'), {width: 640, height: 360});
        canvas.getContext('2d').drawImage(video, 0, 0);
        return canvas.toDataURL('image/png');
    })()""")
    screen.browser.click(".tile[data-camera=gate] .button-picture")
    (saved,) = room.wait(lambda: [*screen.folder.glob("gate *.jpg")], what="the saved picture")
    grays = [subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-f", "rawvideo", "-pix_fmt", "gray",
                             "-"], input=given, check=True, capture_output=True).stdout
             for source, given in ((str(saved), None), ("-", base64.b64decode(plain.split(",")[1])))]
    assert len(grays[0]) == len(grays[1]) == WIDTH * HEIGHT
    changed = [abs(one - other) > 24 for one, other in zip(*grays)]
    # who saved it across all of it, but it is still to be seen; below, of what it is
    lines = [sum(changed[WIDTH * y:WIDTH * (y + 1)]) for y in range(HEIGHT)]
    assert all(any(lines[y:y + HEIGHT // 4]) for y in range(0, HEIGHT, HEIGHT // 4))
    assert 0.005 < sum(lines[:-30]) / (WIDTH * (HEIGHT - 30)) < 0.25
    assert max(grays[0][-2 * WIDTH:]) < 110 < max(grays[1][-2 * WIDTH:])


def test_the_timeline_of_a_day_plays_where_it_is_pressed(room, guard, screen, footage):
    screen.open("timeline")
    screen.wait("document.querySelector('dialog textarea, .timeline')")
    if screen.evaluate("document.querySelector('dialog') !== null"):  # past the first hour of a day
        screen.fill(reason="the morning")
        screen.wait("document.querySelector('.timeline')")
    begin, end = screen.evaluate("[sealroom.page.timeline.from, sealroom.page.timeline.to]")
    width = end - begin
    while width > 40:
        screen.evaluate("document.querySelectorAll('.axis-buttons button')[1].click()")
        width /= 2
    at = (end - width / 2) * 1000
    box = screen.evaluate("""(() => {
        const picture = document.querySelector('.timeline-picture');
        picture.scrollIntoView({block: 'center'});
        const {x, y, width, height} = picture.getBoundingClientRect();
        return {x, y: y + height / 2, width};
    })()""")
    for kind in ("mousePressed", "mouseReleased"):
        screen.browser.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1,
                            x=box["x"] + box["width"] / 2, y=box["y"])
    screen.wait(f"document.querySelector('dialog textarea') || {PLAYER}")
    if screen.evaluate("document.querySelector('dialog') !== null"):
        screen.press("Enter")  # the reason stands there still
        screen.wait(PLAYER)
    screen.wait(f"{PLAYER}.screens[0].decoded > 5")
    screen.evaluate(f"{PLAYER}.pause()")
    screen.settle(PLAYER)
    position = screen.evaluate(f"{PLAYER}.position * 1000")
    assert abs(position - at) < 3000
    for camera, number in screen.numbers().items():
        assert footage[camera].is_of(number, position), (camera, number)
    marks = screen.evaluate(f"{PLAYER}.options.marks.map(({{at}}) => at)")
    screen.evaluate(f"{PLAYER}.seek({marks[0] - 1})")
    screen.press("n")
    assert abs(screen.evaluate(f"{PLAYER}.position") - marks[0]) < 0.05
    screen.settle(PLAYER)
    assert footage["gate"].is_of(screen.numbers()["gate"], marks[0] * 1000)


def test_live_pictures_are_a_moment_old(guard, screen, footage):
    screen.open("live")
    screen.wait("document.querySelectorAll('.tile[data-state=picture]').length === 2")
    first = screen.evaluate("document.querySelector('.tile video').currentTime")
    screen.wait(f"document.querySelector('.tile video').currentTime > {first + 1}")

    def are_a_moment_old():  # soon, though they may begin later where others keep the cores busy
        numbers, now = screen.numbers(), time.time() * 1000
        assert set(numbers) == {"gate", "aisle"}
        return all(any(footage[camera].is_of(number, now - back) for back in range(0, 6000, 1000))
                   for camera, number in numbers.items())
    until(are_a_moment_old, what="pictures that are a moment old")
    screen.browser.click(".tile")
    screen.wait("[...document.querySelectorAll('.tile')].filter(({hidden}) => !hidden).length === 1")


def test_video_that_was_altered_while_it_is_watched_is_red_and_the_others_play_on(
        room, guard, screen, footage):
    room.wait(lambda: len(footage["gate"].sealed()) >= 3, what="three segments")
    entry = open_entry(room, screen, footage)
    player = "sealroom.page.view.player"
    screen.wait(f"{player}.screens.every(({{decoded}}) => decoded > 3)")
    end = screen.evaluate(f"{player}.options.to * 1000")
    part = next(part for part in footage["gate"].sealed()  # behind what the player has at hand
                if part["from"] > entry["at"] + 5000 and part["to"] < end)
    file = footage["gate"].file(part)
    data = file.read_bytes()
    file.chmod(0o640)
    file.write_bytes(data[:5000] + bytes(len(data) - 5000))
    try:
        screen.evaluate(f"{player}.seek({part['from'] / 1000 - 1})")
        screen.wait("document.querySelector('.tile[data-camera=gate]').dataset.state === 'bad'")
        screen.wait_for("ALTERED: video of Gate", ".faults")
        position = screen.evaluate(f"{player}.position")
        screen.wait(f"{player}.position > {position + 1} && document.querySelector("
                    "'.tile[data-camera=aisle]').dataset.state === 'picture'")
        assert position * 1000 < part["to"]
        assert "gate" not in screen.numbers() and "aisle" in screen.numbers()
    finally:
        file.write_bytes(data)


# ---- eyes, fingers, keyboard ----

CONTROLS = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "Date", "slider",
            "DisclosureTriangle", "image", "img"}


def nameless(screen):
    """Controls and pictures that a screen reader has no name for."""
    tree = screen.browser.call("Accessibility.getFullAXTree")["nodes"]
    return [(node["role"]["value"], [text["value"]["value"] for text in node.get("properties", [])
                                     if text["name"] == "focusable"])
            for node in tree if not node["ignored"] and node["role"]["value"] in CONTROLS
            and node.get("name", {}).get("value", "").strip() == ""]


def small(screen):
    """What a finger presses and is narrower or lower than 44 points."""
    return screen.evaluate("""[...document.querySelectorAll('button, summary, select, input:not([type=checkbox]), '
        + 'nav a, .entry-time a, .choose-box label')].filter((control) => control.checkVisibility())
        .map((control) => [control.outerHTML.slice(0, 90), control.getBoundingClientRect()])
        .filter(([, {width, height}]) => width > 0 && (width < 43.9 || height < 43.9))
        .map(([html, {width, height}]) => `${html}: ${width}x${height}`)""")


def touch(screen, *points):
    """A finger goes down at the first point, over the others, and up."""
    for i, (x, y) in enumerate(points):
        screen.browser.call("Input.dispatchTouchEvent", type="touchMove" if i else "touchStart",
                            touchPoints=[{"x": x, "y": y}])
    screen.browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


@pytest.fixture(name="fingers")
def fingers_fixture(guard, screen):
    screen.browser.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=5)
    yield screen
    screen.browser.call("Emulation.setTouchEmulationEnabled", enabled=False)


def open_timeline(screen):
    """Today's axis, zoomed to what was recorded now; (where it is on the screen, its times)."""
    screen.open("timeline")
    screen.wait("document.querySelector('dialog textarea, .timeline')")
    if screen.evaluate("document.querySelector('dialog') !== null"):  # past the first hour of a day
        screen.fill(reason="the morning")
        screen.wait("document.querySelector('.timeline')")
    begin, end = screen.evaluate("[sealroom.page.timeline.from, sealroom.page.timeline.to]")
    while end - begin > 80:
        screen.evaluate("document.querySelectorAll('.axis-buttons button')[1].click()")
        begin += (end - begin) / 2
    return {"from": begin, "to": end, **screen.evaluate("""(() => {
        const {x, y, width, height} = document.querySelector('.timeline-picture').getBoundingClientRect();
        return {x, y: y + height / 2, width};
    })()""")}


def plays_near(screen, moment):
    screen.wait(f"document.querySelector('dialog textarea') || {PLAYER}")
    if screen.evaluate("document.querySelector('dialog') !== null"):
        screen.press("Enter")  # the reason stands there still
    screen.wait(f"{PLAYER} && Math.abs({PLAYER}.position - {moment}) < 6")


def test_a_finger_drags_the_timeline_and_opens_an_entry(fingers):
    assert fingers.evaluate("matchMedia('(any-pointer: coarse)').matches")
    box = open_timeline(fingers)
    assert small(fingers) == []
    at = [(box["x"] + box["width"] * part, box["y"]) for part in (0.8, 0.7, 0.6, 0.5)]
    touch(fingers, *at)
    plays_near(fingers, (box["from"] + box["to"]) / 2)
    fingers.open("entries")
    fingers.wait("document.querySelector('.entries-table tbody tr')")
    assert small(fingers) == []
    where = fingers.browser.middle(".entries-table tbody tr:nth-child(2) .entry-event")
    number = fingers.evaluate("document.querySelector('.entries-table tbody tr:nth-child(2)').dataset.number")
    touch(fingers, (where["x"], where["y"]))
    fingers.wait_for(f"record {number}", ".entry-view")
    fingers.wait("sealroom.page.view?.player")
    assert small(fingers) == []


def test_a_mouse_drags_the_timeline(guard, screen):
    box = open_timeline(screen)
    for kind, part in (("mousePressed", 0.9), ("mouseMoved", 0.7), ("mouseMoved", 0.5), ("mouseReleased", 0.5)):
        screen.browser.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, buttons=1,
                            x=box["x"] + box["width"] * part, y=box["y"])
    plays_near(screen, (box["from"] + box["to"]) / 2)


def test_every_control_and_picture_has_a_name(guard, screen):
    for page, ready in {"entries": ".entries-table tbody tr", "timeline": ".filters", "live": ".tile",
                        "alarms": "main button", "state": ".halves"}.items():
        screen.open(page)
        screen.wait(f"document.querySelector('{ready}')")
        if screen.evaluate("document.querySelector('dialog') !== null"):
            screen.press("Escape")
        assert nameless(screen) == [], page
    screen.open("entries")
    screen.wait("document.querySelector('.entries-table tbody tr')")
    screen.press("ArrowDown")
    screen.press("Enter")
    screen.wait("sealroom.page.view?.player")
    assert nameless(screen) == []
    screen.press("r")
    screen.wait("document.querySelector('dialog textarea')")
    assert nameless(screen) == []
    screen.press("Escape")


def test_the_pages_of_other_roles_have_names_and_large_targets_too(people, screen):
    screen.open()
    screen.wait("document.querySelector('.gate, nav')")
    if screen.evaluate("sealroom.session !== undefined"):
        screen.log_out()
    screen.browser.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=5)
    for account, pages in {"inspector": {"evidence": ".evidence-form"},
                           "security": {"accounts": ".accounts tbody tr"},
                           "auditor": {"register": ".register-table", "report": ".report-ask"}}.items():
        screen.log_in(account, PASSWORD.format(0 if account == "security" else 2))
        for page, ready in pages.items():
            screen.open(page)
            screen.wait(f"document.querySelector('{ready}')")
            if screen.evaluate("document.querySelector('dialog') !== null"):
                screen.press("Escape")
            assert nameless(screen) == [], page
            assert small(screen) == [], page
        screen.log_out()
    screen.browser.call("Emulation.setTouchEmulationEnabled", enabled=False)


def test_the_guide_is_on_every_page_and_prints_on_one_sheet(guard, screen):
    screen.open("alarms")
    screen.wait("document.querySelector('#help')")
    for heading in ("For guards", "值班员使用说明"):
        screen.evaluate("document.querySelector('#help').click()")
        screen.wait("document.querySelector('.guide img')?.complete")
        assert screen.text(".guide h1") == heading
        assert screen.evaluate("document.querySelector('.guide img').naturalWidth") > 600
        assert nameless(screen) == []
        screen.evaluate("(window.print = () => {}, document.querySelector('.guide-buttons button').click())")
        screen.wait("document.querySelector('.guide-sheet img').complete")
        paper = screen.folder / "guide.pdf"
        screen.browser.print(paper)
        assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) == 1
        width, height = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", paper.read_bytes()).groups()
        assert (round(float(width)), round(float(height))) == (595, 842)
        screen.wait("document.querySelector('.guide-sheet') === null")
        screen.press("Escape")
        screen.wait("document.querySelector('.guide') === null")
        screen.evaluate("document.querySelector('#language').click()")


def test_being_logged_out_shows_itself_before_it_happens(guard, screen):
    screen.open("alarms")
    screen.wait("sealroom.live.connected")
    screen.evaluate("sealroom.idle.start(31)")
    screen.wait_for("you will be logged out in 30 s", ".line")
    screen.browser.click(".line button")
    screen.wait("document.querySelector('.line').hidden")
    screen.evaluate("sealroom.idle.start(2)")
    screen.wait_for("You have been logged out")
