"""The inspection report and the verification at the console: made by a process of their own, on
record, each for whoever may see it."""
import contextlib
import hashlib
import os
import signal
import time

import pytest

from appliance import Appliance, Camera, Controller
from console_end import PASSWORD, Client, console_settings, log_in, make_people

HOUR_MS = 3_600_000
HELD = """while [ -e HOLD ]; do sleep 0.02; done
exec {program} "$@\""""


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory):
    """An appliance with some sealed video and two entries; a client of each role."""
    settings, port = console_settings()
    with Camera(codec="h264", gop=25) as gate, Controller("--stdin") as panel:
        hold = tmp_path_factory.mktemp("hold") / "hold"
        wrap = {"sealroom-inspect": HELD.replace("HOLD", str(hold))}
        with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                       settings=settings, wrap=wrap) as appliance:
            appliance.hold = hold
            people = make_people(appliance, port)
            panel.ask("emit access_granted 1 4711")
            panel.ask("emit access_denied 1 4712")
            appliance.wait(lambda: any(path.stat().st_size > 50000
                                       for path in appliance.segments()), what="some fragments")
            os.kill(appliance.processes()["camera/gate"], signal.SIGKILL)
            appliance.wait(lambda: appliance.json("records", "--kind", "segment"),
                           what="a sealed segment")
            appliance.wait(lambda: appliance.is_recording("gate"))
            yield appliance, people


@pytest.fixture(name="inspector")
def inspector_fixture(room):
    return room[1]["inspector"]


def now_ms():
    return int(time.time() * 1000)


def period():
    return now_ms() - HOUR_MS, now_ms() + 60_000


def report_path(bounds, page=""):
    return f"/api/report{page}?from={bounds[0]}&to={bounds[1]}"


def begin_report(client, bounds, reason="the yearly inspection"):
    return client.post("/api/report", {"from": bounds[0], "to": bounds[1], "reason": reason})


def wait_for(appliance, ask):
    """The answer once its work is over."""
    def over():
        answer = ask()
        assert answer.code == 200, answer.body
        return answer.json if answer.json["phase"] not in ("running", "none") else None
    return appliance.wait(over, what="the end of it")


def make_report(appliance, client, bounds):
    assert begin_report(client, bounds).code == 200
    return wait_for(appliance, lambda: client.get(report_path(bounds)))


def inspectors(appliance):
    """The processes that inspect, by id; the shell that holds one back is one."""
    found = []
    for process in appliance.descendants():
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                words = file.read().split(b"\0")[:2]
        except OSError:
            continue
        if b"sealroom-inspect" in map(os.path.basename, words):
            found.append(process)
    return found


@contextlib.contextmanager
def held(appliance, begin):
    """What `begin` asks for is begun, and does not go on before this ends; the process."""
    appliance.hold.touch()
    try:
        begin()
        yield appliance.wait(lambda: (inspectors(appliance) or [None])[0],
                             what="the process that inspects")
    finally:
        appliance.hold.unlink()


def verdicts(appliance):
    return [row for row in appliance.json("records", "--kind", "operator", "--limit", 200)
            if row["body"]["action"] == "verified"]


def test_report_is_asked_for_with_a_reason_and_is_a_record(room, inspector):
    appliance, _ = room
    bounds = period()
    assert inspector.get(report_path(bounds)).error == "reason_needed"
    assert begin_report(inspector, bounds, "  ").code == 400
    made = make_report(appliance, inspector, bounds)
    report = made["report"]
    assert [item["id"] for item in report["requirements"]] == [f"R{n}" for n in range(1, 28)]
    assert report["running"] and sum(report["states"].values()) == 27
    record = appliance.json("records", "--number", made["id"])[0]
    assert record["head"]["source"] == "operator/inspector"
    assert (record["body"]["what"], record["body"]["reason"]) == ("report", "the yearly inspection")


def test_report_says_what_the_command_says(room, inspector):
    appliance, _ = room
    bounds = period()
    report = make_report(appliance, inspector, bounds)["report"]
    told = appliance.json("report", "--from", report["from"], "--to", report["to"])[0]
    known = {item["id"]: item["state"] for item in told["requirements"]}
    # what was looked up since is the command's to count
    assert {item["id"]: item["state"] for item in report["requirements"]
            if item["id"] != "R14"} == {name: state for name, state in known.items()
                                        if name != "R14"}


def test_report_can_be_kept_as_a_page_in_either_language(room, inspector):
    appliance, _ = room
    bounds = period()
    made = make_report(appliance, inspector, bounds)
    for language, title in (("en", "Inspection report"), ("zh", "自查报告")):
        answer = inspector.get(report_path(bounds, "/page") + f"&language={language}")
        text = answer.body.decode()
        assert answer.headers["Content-Disposition"] == (
            f'attachment; filename="inspection-report-{made["id"]}.html"')
        assert text.startswith("<!doctype html>") and text.rstrip().endswith("</html>")
        assert title in text and "<script" not in text


def test_report_is_its_sessions_and_ends_with_it(room):
    appliance, people = room
    auditor = Client(people["auditor"].port)
    log_in(auditor, "auditor", PASSWORD.format(2))
    bounds = period()
    make_report(appliance, auditor, bounds)
    assert people["auditor"].get(report_path(bounds)).error == "reason_needed"
    begun = (bounds[0], bounds[1] + 1000)
    with held(appliance, lambda: begin_report(auditor, begun)) as process:
        assert auditor.post("/api/logout").code == 200
        appliance.wait(lambda: process not in inspectors(appliance), what="its end")


def test_one_report_at_a_time_and_a_new_range_takes_the_place_of_the_one_before(room, inspector):
    appliance, people = room
    bounds = period()
    other = (bounds[0] + 1000, bounds[1])
    with held(appliance, lambda: begin_report(inspector, bounds)) as process:
        assert inspector.get(report_path(bounds)).json["phase"] == "running"
        busy = begin_report(people["auditor"], bounds)
        assert (busy.code, busy.error) == (429, "full")
        assert begin_report(inspector, other).code == 200
        appliance.wait(lambda: process not in inspectors(appliance), what="its end")
    made = wait_for(appliance, lambda: inspector.get(report_path(other)))
    assert made["report"]["requirements"]


def test_report_whose_process_was_killed_says_so_and_can_be_asked_for_again(room, inspector):
    appliance, _ = room
    bounds = period()
    with held(appliance, lambda: begin_report(inspector, bounds)) as process:
        os.kill(process, signal.SIGKILL)
        failed = wait_for(appliance, lambda: inspector.get(report_path(bounds)))
    assert failed["phase"] == "failed" and "process" in failed["text"]
    assert inspector.get(report_path(bounds)).error == "reason_needed"
    assert make_report(appliance, inspector, bounds)["phase"] == "done"


def test_verification_goes_on_alone_and_its_verdict_is_a_record(room):
    appliance, people = room
    system = Client(people["auditor"].port)
    log_in(system, "system", PASSWORD.format(2))
    begun = None

    def begin():
        nonlocal begun
        begun = system.post("/api/verify").json["id"]

    with held(appliance, begin):
        busy = people["inspector"].post("/api/verify")
        assert (busy.code, busy.error) == (429, "full")
        running = people["auditor"].get(f"/api/verify/{begun}").json
        assert (running["phase"], running["by"]) == ("running", "system")
        assert system.post("/api/logout").code == 200  # whoever asked leaves, and it goes on
    done = wait_for(appliance, lambda: people["auditor"].get("/api/verify"))
    assert (done["phase"], done["verdict"]) == ("done", "authentic"), done
    assert done["records"] > 10 and done["segments"] >= 1 and "AUTHENTIC" in done["found"]
    said = appliance.json("records", "--number", done["record"])[0]
    assert said["head"]["source"] == "operator/system"
    body = said["body"]
    assert (body["action"], body["outcome"], body["verdict"]) == ("verified", "done", "authentic")
    assert int(body["lookup"]) == begun and int(body["records"]) == done["records"]
    again = appliance.wait(
        lambda: people["auditor"].get("/api/verify").json.get("last"), what="the catalogue")
    assert (again["record"], again["verdict"]) == (done["record"], "authentic")


def test_verification_that_is_killed_is_on_record_as_such(room, inspector):
    appliance, _ = room
    with held(appliance, lambda: inspector.post("/api/verify")) as process:
        os.kill(process, signal.SIGKILL)
        failed = wait_for(appliance, lambda: inspector.get("/api/verify"))
    assert failed["phase"] == "failed"
    said = appliance.wait(lambda: [row["body"] for row in verdicts(appliance)
                                   if int(row["body"]["lookup"]) == failed["id"]])[0]
    assert said["outcome"] == "failed" and "process" in said["detail"] and "verdict" not in said


def test_command_puts_its_verdict_on_record_too(room):
    appliance, _ = room
    before = len(verdicts(appliance))
    assert appliance.verify()[0] == 0
    newest = verdicts(appliance)
    assert len(newest) == before + 1
    body = newest[-1]["body"]
    asked = appliance.json("records", "--number", body["lookup"])[0]["body"]
    assert (body["verdict"], body["uid"], asked["what"]) == ("authentic", os.getuid(), "verify")


def test_report_names_the_last_verification_with_its_verdict(room, inspector):
    appliance, _ = room
    assert appliance.verify()[0] == 0
    newest = verdicts(appliance)[-1]
    report = make_report(appliance, inspector, period())["report"]
    for name in ("R1", "R2", "R4"):
        item = next(item for item in report["requirements"] if item["id"] == name)
        said = next(fact for fact in item["facts"] if "verif" in fact["en"])
        assert "AUTHENTIC" in said["en"] and "真实完整" in said["zh"]
        assert newest["number"] in said["records"]
        assert item["state"] == "met", item


def looked_up(client):
    """The query register, for a reason."""
    assert client.post("/api/lookup", {"what": "register", "from": 0, "to": now_ms() + HOUR_MS,
                                       "reason": "audit"}).code == 200


def test_what_the_register_says_is_not_read_record_by_record_without_a_reason(room):
    appliance, people = room
    auditor = people["auditor"]
    number = appliance.json("records", "--kind", "operator", "--limit", 1)[-1]["number"]
    shown = auditor.get(f"/api/records/{number}").json
    assert (shown["kind"], shown["needs"]) == ("operator", "register")
    assert "sheet" not in shown and "source" not in shown
    make_report(appliance, auditor, period())  # it leads to them, and has its reason
    shown = auditor.get(f"/api/records/{number}").json
    assert shown["state"] == "sealed" and "needs" not in shown


def test_record_that_a_figure_rests_on_is_shown_with_its_proof(room, inspector):
    appliance, people = room
    number = appliance.json("records", "--kind", "operator", "--limit", 1)[-1]["number"]
    looked_up(inspector)
    shown = inspector.get(f"/api/records/{number}").json
    assert (shown["number"], shown["kind"], shown["state"]) == (number, "operator", "sealed")
    assert "\"action\"" in shown["sheet"]["body"] or "action" in shown["sheet"]["body"]
    assert people["system_administrator"].get(f"/api/records/{number}").code == 403
    entry = appliance.json("records", "--kind", "entry", "--limit", 1)[0]["number"]
    assert "sheet" not in inspector.get(f"/api/records/{entry}").json
    assert inspector.get("/api/records/999999").code == 404


def test_page_that_verifies_packages_can_be_taken_away(room):
    appliance, people = room
    page = people["guard"].get("/api/verify.html")
    assert page.headers["Content-Disposition"] == 'attachment; filename="verify.html"'
    digest = appliance.status()["appliance"]["page_sha256"]
    assert hashlib.sha256(page.body).hexdigest() == digest
    assert people["guard"].get("/api/state").json["page_sha256"] == digest
    assert Client(people["guard"].port).get("/api/verify.html").code == 401


def test_register_has_holds_checkpoints_and_accounts_too(room, inspector):
    appliance, people = room
    to = now_ms() + 24 * HOUR_MS
    hold = inspector.post("/api/holds", {"from": to - 48 * HOUR_MS, "to": to, "cameras": "gate",
                                         "reason": "case 17"}).json["record"]
    taken = inspector.post("/api/checkpoint", {"place": "the safe"}).json["record"]
    changed = people["security_administrator"].post(
        "/api/accounts/guard", {"change": "person", "name": "Li Wen", "reason": "marriage"})
    assert changed.code == 200, changed.body
    assert inspector.post("/api/lookup", {"what": "register", "from": 0, "to": to,
                                          "reason": "audit"}).code == 200

    def rows(what):
        return inspector.get(f"/api/register?to={to}&what={what}").json["rows"]
    account = appliance.wait(lambda: [row for row in rows("account")
                                      if row["record"] == changed.json["record"]])[0]
    assert (account["by"], account["what"]) == ("security", "person_changed")
    assert (account["filter"], account["reason"]) == ("guard", "marriage")
    held = next(row for row in rows("hold_set") if row["record"] == hold)
    assert (held["by"], held["reason"], held["filter"]) == ("inspector", "case 17", "gate")
    assert held["from"] == to - 48 * HOUR_MS and held["to"] == to
    anchor = next(row for row in rows("checkpoint") if row["record"] == taken)
    assert (anchor["by"], anchor["filter"]) == ("The inspector", "the safe")
    assert {"hold_set", "checkpoint", "account", "lookup"} <= {row["action"] for row in rows("")}
