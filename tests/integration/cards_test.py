"""Card numbers on a screen that visitors can see: masked wherever people are shown one, whole in the
records, and whole for whoever asks for it, on record."""
import contextlib
import json
import sqlite3
import subprocess
import time

import pytest
from pymodbus.client import ModbusTcpClient

from appliance import BIN, PROFILES, Appliance, Controller
from keeper_end import Keeper
from messages import EVENT_CODES

CHINESE = "zh_CN.UTF-8"
MASKED, FULL = 1, 0
# As the profile pads them, and as they are shown.
CARD, STRANGER = "3104820013", "3104820099"
SHOWN, STRANGER_SHOWN = "******013", "******099"


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory, panel):
    """Two people at a door that wants two, one of them in the roster, and a look-up by number."""
    roster = tmp_path_factory.mktemp("roster") / "people.yaml"
    roster.write_text(json.dumps({"people": {CARD: {"name": "王文"}}}), encoding="utf-8")
    made = Appliance(
        controllers=[panel.entry("panel", timeout_ms=200)],
        doors=[{"id": "archive", "name": "Archive", "cameras": [],
                "rules": {"held_s": 0, "grace_ms": 200, "two_persons": {"window_s": 60}}}],
        settings={"card": "masked", "roster": str(roster)})
    with made:
        for card in (CARD, STRANGER):
            panel.ask(f"emit access_granted 1 {card}")
        made.wait(lambda: len(made.json("entries", check=False)) == 4, what="the conclusions")
        yield made


def cards(rows):
    """As the controller said them, then as they stand in conclusions."""
    return [(row["credential"], row.get("credential_masked", False))
            for row in sorted(rows, key=lambda row: row["derived"])]


def looked_up(room):
    """What the newest look-up's record says that it was limited to."""
    return json.loads(room.sealroom("records", "--kind", "operator", "--json").stdout
                      .splitlines()[-2])["body"].get("filter")


def test_entries_show_people_and_no_number(room):
    for language in ("C.UTF-8", CHINESE):
        text = room.sealroom("entries", language=language).stdout
        assert f"{SHOWN} 王文" in text and STRANGER_SHOWN in text
        assert CARD not in text and STRANGER not in text
    assert cards(room.json("entries")) == [(SHOWN, True), (STRANGER_SHOWN, True)] * 2
    assert room.json("entries")[0]["name"] == "王文"


def test_records_keep_the_number_and_tell_it_masked(room):
    rows = room.json("records", "--kind", "entry")
    assert sorted(row["body"]["credential"] for row in rows) == [CARD, CARD, STRANGER, STRANGER]
    body = room.sealroom("records", "--number", rows[0]["number"]).stdout.splitlines()[1]
    assert json.loads(body)["credential"] == CARD
    assert looked_up(room) == f"verbatim number={rows[0]['number']}"
    told = room.sealroom("records", "--kind", "entry").stdout
    assert f"card: {SHOWN}" in told and CARD not in told and STRANGER not in told


def test_number_is_shown_whole_to_who_asks_and_that_is_on_record(room):
    assert cards(room.json("entries", "--cards", "full", "--door", "archive")) == [
        (CARD, False), (STRANGER, False), (CARD, False), (STRANGER, False)]
    assert looked_up(room) == "cards=full door=archive"
    assert f"{CARD} 王文" in room.sealroom("entries", "--cards", "full").stdout
    assert f"card: {CARD}" in room.sealroom("records", "--cards", "full").stdout
    assert looked_up(room) == "cards=full"
    room.sealroom("records", "--json")
    assert looked_up(room) == "verbatim"


def test_number_finds_its_entries_and_the_look_up_does_not_give_it_away(room):
    rows = room.json("entries", "--card", CARD, "--kind", "access_granted")
    assert cards(rows) == [(SHOWN, True)]
    assert looked_up(room) == f"kind=access_granted card={CARD}"
    told = room.sealroom("records", "--kind", "operator").stdout
    assert f"kind=access_granted card={SHOWN}" in told and CARD not in told
    assert f"card={CARD}" in room.sealroom("records", "--kind", "operator", "--cards",
                                           "full").stdout


def test_setting_stands_in_the_records_and_is_told(room):
    assert room.json("records", "--kind", "config")[-1]["body"]["card"] == "masked"
    assert "card numbers: masked" in room.sealroom("records", "--kind", "config").stdout
    assert "卡号显示：掩码" in room.sealroom("records", "--kind", "config",
                                       language=CHINESE).stdout


def test_neither_status_nor_log_nor_verdict_has_a_number(room):
    for text in (room.sealroom("status").stdout, room.sealroom("status", "--json").stdout,
                 room.sealroom("coverage").stdout, room.sealroom("verify", check=False).stdout,
                 room.log_text()):
        assert text and CARD not in text and STRANGER not in text


def test_word_that_is_none_is_refused(room):
    before = len(room.json("records", "--kind", "operator"))
    done = room.sealroom("entries", "--cards", "some", check=False)
    assert (done.returncode, done.stdout) == (2, "") and "full and masked" in done.stderr
    assert len(room.json("records", "--kind", "operator")) == before + 1


def probe(panel, *words, profile="simulated-controller"):
    """What it did, and its rows by window and field."""
    done = subprocess.run(
        [BIN / "sealroom", "door-probe", "--profile", profile, "--address",
         f"127.0.0.1:{panel.where['port']}", "--json", *words], capture_output=True, text=True,
        check=False)
    rows = {(row["window"], row.get("field")): row
            for row in map(json.loads, done.stdout.splitlines())
            if "registers" in row or row["window"] == "entry"}
    return done, rows


def test_probe_hides_the_number_and_its_registers(room, tmp_path):
    # One of its own: a controller keeps one client's place in its log.
    with Controller("--stdin") as panel:
        panel.ask(f"emit access_granted 1 {CARD}")
        fetch_first(panel)
        registers = f"{int(CARD) >> 16:04x} {int(CARD) & 0xffff:04x}"
        for words, is_masked in ((("--config", room.configuration), True),
                                 (("--cards", "masked"), True),
                                 (("--config", room.configuration, "--cards", "full"), False),
                                 ((), False)):
            done, rows = probe(panel, *words)
            assert done.returncode == 0, done.stderr
            assert (CARD in done.stdout, registers in done.stdout) == (
                not is_masked, not is_masked)
            for window in ("record", "entry"):
                assert rows[window, "credential"]["value"] == (SHOWN if is_masked else CARD)
            assert ("**** ****" in rows["record", None]["registers"]) == is_masked
            assert rows["record", "code"]["value"] == "1"
        # By a model that says how it was read, and says that it was typed.
        typed = tmp_path / "typed.yaml"
        typed.write_text((PROFILES / "simulated-controller.yaml").read_text(encoding="utf-8")
                         .replace("  reader: {at: 9}\n", "  method: {at: 9}\n")
                         + "\nmethods: {1: pin}\n", encoding="utf-8")
        _, rows = probe(panel, "--cards", "masked", profile=typed)
        assert rows["entry", "method"]["value"] == "pin"
        assert {rows[window, "credential"]["value"] for window in ("record", "entry")} == {"******"}
        done, _ = probe(panel, "--config", "/nonexistent/sealroom.yaml")
        assert (done.returncode, done.stdout) == (2, "")


def fetch_first(panel):
    """Selects the first record, as a recorder does before it reads."""
    client = ModbusTcpClient("127.0.0.1", port=panel.where["port"])
    assert client.connect()
    client.write_register(200, 1, slave=1)
    client.close()


def test_next_start_and_a_stopped_appliance_go_by_the_newest_configuration(room):
    room.stop()
    assert cards(room.json("entries"))[0] == (SHOWN, True)
    room.configure(card="full")
    room.start()
    assert cards(room.json("entries"))[0] == (CARD, False)
    assert cards(room.json("entries", "--cards", "masked"))[0] == (SHOWN, True)
    assert "card" not in room.json("records", "--kind", "config")[-1]["body"]
    room.stop()
    status, text = room.verify()
    assert status == 0, text


# ---- whatever a door may say, with the keeper alone ----

# credential, method, how it is shown
STRANGE = [("04a1b2c3d4e5f6", "card", "******e5f6"), ("5", "key8", "******"),
           ("123456789", "pin", "******"), ("123:45678", "wiegand26", "******78"),
           ("王小明", "face", "******"), ('=cmd|"/c",1', "card", "******")]


def run_sealroom(keeper, *words):
    return subprocess.run([BIN / "sealroom", *words, "--state", keeper.state],
                          capture_output=True, text=True, check=True).stdout


def test_every_form_of_credential_is_masked_and_kept(tmp_path):
    with Keeper(tmp_path) as keeper:
        keeper.start(doors={"archive": "panel"}, card=MASKED,
                     rules={"archive": {"grace_ms": 100, "two_persons_s": 60}})
        panel = keeper.door("panel")
        assert panel.ask("source_state", event=EVENT_CODES["source_online"],
                         at_utc_ns=time.time_ns())["status"] == 0
        for number, (credential, method, _) in enumerate(STRANGE, 1):
            now = time.time_ns()
            done = panel.ask(
                "entry", event=EVENT_CODES["access_granted"], door="archive", has_device_seq=1,
                device_seq=number, device_time_quality=1, device_utc_ns=now, received_utc_ns=now,
                received_monotonic_ns=time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW),
                credential=credential, method=method)
            assert done["status"] == 0
        # Two by two they complete one another; a conclusion is masked like what it is drawn from.
        keeper.wait(lambda: len(keeper.bodies("entry", "derived/panel")) == len(STRANGE))
        rows = [json.loads(line) for line in run_sealroom(keeper, "entries", "--json").splitlines()]
        shown = [how for _, _, how in STRANGE]
        for derived in (False, True):
            assert [row["credential"] for row in rows if row["derived"] == derived] == shown
        text = run_sealroom(keeper, "entries") + run_sealroom(keeper, "records")
        assert not [credential for credential, _, _ in STRANGE
                    if len(credential) > 1 and credential in text]
        panel.close()
        kept = [body["credential"] for body in keeper.bodies("entry", "door/panel")]
        assert kept == [credential for credential, _, _ in STRANGE]
        keeper.stop()


def test_card_cannot_turn_around_what_is_shown_beside_it(tmp_path):
    card = "7\u202e1174\u2066\u200b"
    with Keeper(tmp_path) as keeper:
        keeper.start(doors={"archive": "panel"})
        panel = keeper.door("panel")
        now = time.time_ns()
        assert panel.ask(
            "entry", event=EVENT_CODES["access_granted"], door="archive", has_device_seq=1,
            device_seq=1, received_utc_ns=now, credential=card, detail=card,
            received_monotonic_ns=time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW))["status"] == 0
        for words in (["entries"], ["entries", "--json"], ["records"]):
            text = run_sealroom(keeper, *words)
            assert "7\\u202e1174\\u2066\\u200b" in text and not set("\u202e\u2066\u200b") & set(text)
        row, = map(json.loads, run_sealroom(keeper, "entries", "--json").splitlines())
        body, = keeper.bodies("entry", "door/panel")
        assert row["credential"] == body["credential"] == card
        panel.close()
        keeper.stop()


def test_altered_configuration_shows_no_number(tmp_path):
    keeper = Keeper(tmp_path)
    keeper.is_checked = False
    with keeper:
        keeper.start(doors={"archive": "panel"}, card=FULL)
        panel = keeper.door("panel")
        assert panel.ask("entry", event=EVENT_CODES["access_granted"], door="archive",
                         has_device_seq=1, device_seq=1, received_utc_ns=time.time_ns(),
                         credential=CARD)["status"] == 0
        panel.close()
        keeper.stop()
        assert CARD in run_sealroom(keeper, "entries")
        with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
            number = next(number for number, head, _ in keeper.records("config"))
            ledger.execute("UPDATE record SET body = CAST(replace(body, 'Test', 'Fest') AS BLOB) "
                           "WHERE number = ?", (number,))
            ledger.commit()
        text = run_sealroom(keeper, "entries")
        assert SHOWN in text and CARD not in text
