"""The console's evidence: what is held, and packages that are made and taken away, by people with
accounts. Two persons are asked for wherever they can be."""
import contextlib
import os
import re
import signal
import time

import pytest

from appliance import Appliance, Camera, Controller
from console_end import (PASSWORD, Client, console_settings, log_in, make_people,
                         wait_for_pages)
from encrypted_export_test import opened
from export_test import verify

HOUR_MS = 3_600_000


@pytest.fixture(name="room", scope="module")
def room_fixture():
    settings, port = console_settings()
    settings["accounts"] = {"second_person": ["export", "hold_release"]}
    with Camera(codec="h264", gop=25) as gate, Controller("--stdin") as panel:
        with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                       settings=settings) as appliance:
            people = make_people(appliance, port)
            appliance.growing(50_000)
            appliance.since = now_ms()
            panel.ask("emit access_granted 1 4711")
            appliance.wait(lambda: people["guard"].get("/api/entries").json["entries"])
            yield appliance, people


def now_ms():
    return int(time.time() * 1000)


def second(people, act, role="security_administrator", password=PASSWORD.format(0)):
    """The second person's word, given at the inspector's console."""
    account = {"security_administrator": "security"}.get(role, role)
    return people["inspector"].post("/api/second", {"act": act, "account": account,
                                                    "password": password})


# ---- holds ----

def test_a_hold_is_set_for_a_reason_and_released_by_two(room):
    appliance, people = room
    inspector, auditor = people["inspector"], people["auditor"]
    hold = {"from": now_ms() - HOUR_MS, "to": now_ms(), "doors": "archive", "reason": "case <7>"}
    for role in ("guard", "system_administrator", "security_administrator", "auditor"):
        assert people[role].post("/api/holds", hold).error == "refused"
    assert inspector.post("/api/holds", {**hold, "reason": ""}).code == 400
    assert inspector.post("/api/holds", {**hold, "to": 5}).code == 400
    nowhere = inspector.post("/api/holds", {**hold, "doors": "nowhere"})
    assert (nowhere.code, nowhere.error) == (404, "not_found")
    record = inspector.post("/api/holds", hold).json["record"]
    found = auditor.get("/api/holds").json["holds"]
    assert [(one["record"], one["by"], one["from"], one["to"], one["cameras"], one["doors"],
             one["reason"]) for one in found] == [
        (record, "inspector", hold["from"], hold["to"], ["gate"], ["archive"], "case <7>")]
    assert abs(found[0]["since"] - now_ms()) < 60_000 and "released" not in found[0]
    assert people["guard"].get("/api/holds").error == "refused"

    path, why = f"/api/holds/{record}/release", {"reason": "the case is closed"}
    assert auditor.post(path, why).error == "refused"
    assert inspector.post(path, why).code == 403  # without a second person
    assert inspector.post(path, {**why, "second": "A" * 43}).code == 403
    assert second(people, "hold_release", "inspector", PASSWORD.format(2)).code == 403  # himself
    word = second(people, "hold_release").json["second"]
    assert inspector.post("/api/holds/1/release", {**why, "second": word}).code == 404
    released = inspector.post(path, {**why, "second": word})
    assert released.code == 200, released.body
    end = auditor.get("/api/holds").json["holds"][0]["released"]
    assert (end["record"], end["by"], end["second"], end["reason"]) == (
        released.json["record"], "inspector", "security", "the case is closed")
    body = appliance.json("records", "--number", end["record"])[0]["body"]
    assert (body["by"], body["second"]) == ("inspector", "security")
    assert inspector.post(path, {**why, "second": word}).code in (403, 404)  # a word is for once


def test_holds_in_force_stand_first(room):
    inspector = room[1]["inspector"]
    said = {"from": 1000, "to": 2000, "cameras": "gate", "reason": "another"}
    records = [inspector.post("/api/holds", said).json["record"] for _ in range(2)]
    found = inspector.get("/api/holds").json["holds"]
    assert [one["record"] for one in found[:2]] == records[::-1]
    assert "released" in found[2]


# ---- packages ----

def wish(**more):
    return {"from": now_ms() - HOUR_MS, "to": now_ms(), "purpose": "fire in room 3 <b>",
            "case": "2026-7", **more}


def approved(people, **more):
    return wish(second=second(people, "export").json["second"], **more)


def finished(appliance, client, package):
    """Until something has become of it."""
    def look():
        found = client.get(f"/api/exports/{package}").json
        return found["state"] in ("ready", "failed") and found
    return appliance.wait(look, what="the package's end")


def test_a_package_is_previewed_made_and_downloaded_and_proves_itself(room, tmp_path):
    appliance, people = room
    inspector = people["inspector"]
    preview = inspector.post("/api/exports/preview", {"from": now_ms() - HOUR_MS, "to": now_ms()})
    assert preview.code == 200, preview.body
    assert preview.json["entries"] == 1 and preview.json["bytes"] > 0
    # what is not sealed yet is no gap; nothing was recorded before
    assert preview.json["clips"] > 0 or preview.json["open"] < now_ms()
    assert all(gap["kind"] == "none" for gap in preview.json["gaps"])
    made = inspector.post("/api/exports", {**approved(people), "from": appliance.since})
    assert made.code == 200, made.body
    package = finished(appliance, inspector, made.json["id"])
    assert package["state"] == "ready" and package["request"] == made.json["request"], package
    assert package["plan"]["entries"] == 1 and package["result"]["clips"] >= 1
    result = package["result"]

    answer = inspector.get(f"/api/exports/{package['id']}/file")
    assert answer.code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.body) == result["bytes"]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{result["name"]}"'
    assert re.fullmatch(r"evidence-\d{8}-\d+\.zip", result["name"])
    file = tmp_path / result["name"]
    file.write_bytes(answer.body)
    verdict, rows = verify(appliance, file)
    assert verdict == "authentic" and rows[-1]["package"] == result["package"], rows

    # the console can read it and no more
    console = [appliance.processes()["console"]]
    assert spools(console, appliance.folder) == [os.O_RDONLY]

    # what stands on record of it: who, with whom, what for, where it went, and that it was fetched
    asked = appliance.json("records", "--number", package["request"])[0]
    body = asked["body"]
    assert asked["head"]["source"] == "operator/inspector"
    assert (body["second"], body["purpose"], body["case"], body["medium"]) == (
        "security", "fire in room 3 <b>", "2026-7", "download at the console")
    done = appliance.json("records", "--number", result["record"])[0]["body"]
    assert (done["outcome"], int(done["request"])) == ("done", package["request"])
    fetched = [row for row in appliance.json("records", "--kind", "operator", "--limit", 1000)
               if row["body"].get("what") == "package"]
    assert [row["body"]["filter"] for row in fetched] == [str(package["request"])]

    def listed():
        rows = inspector.get("/api/exports").json["exports"]
        return rows and "copied" in rows[0] and rows[0]
    row = appliance.wait(listed, what="the package in the list")
    assert (row["id"], row["state"], row["record"]) == (package["id"], "ready", package["request"])
    assert row["copied"]["done"] and row["copied"]["package"] == result["package"]

    # now some of it is sealed, and before that was nothing
    sealed = inspector.post("/api/exports/preview", {"from": now_ms() - HOUR_MS, "to": now_ms(),
                                                     "cameras": "gate"}).json
    assert sealed["clips"] >= 1 and sealed["entries"] == 0
    twice = inspector.post("/api/exports/preview", {"from": now_ms() - HOUR_MS, "to": now_ms(),
                                                    "cameras": "gate gate",
                                                    "doors": "archive archive"}).json
    assert (twice["entries"], len(twice["gaps"])) == (1, len(sealed["gaps"]))
    before = sealed["gaps"][0]
    assert (before["kind"], before["camera"]) == ("none", "gate") and before["to"] <= appliance.since


def test_a_package_is_given_to_nobody_but_who_asked_for_it(room):
    appliance, people = room
    inspector, port = people["inspector"], people["inspector"].port
    colleague = Client(port)
    assert people["security_administrator"].post("/api/accounts/colleague", {
        "change": "create", "name": "A colleague", "role": "inspector", "reason": "test",
        "password": PASSWORD.format(1)}).code == 200
    log_in(colleague, "colleague", PASSWORD.format(1))
    assert colleague.post("/api/password", {"old": PASSWORD.format(1),
                                            "new": PASSWORD.format(2)}).code == 200
    made = inspector.post("/api/exports", {**approved(people), "from": appliance.since})
    package = finished(appliance, inspector, made.json["id"])
    path = f"/api/exports/{package['id']}"
    assert package["state"] == "ready", package
    assert colleague.get("/api/exports").json["exports"] == []
    assert colleague.get(path).code == colleague.get(f"{path}/file").code == 404
    assert inspector.get(f"{path}/file").code == 200


def test_a_package_is_not_made_without_all_that_it_needs(room):
    _, people = room
    inspector = people["inspector"]
    for role in ("guard", "system_administrator", "security_administrator", "auditor"):
        client = people[role]
        assert client.post("/api/exports", wish()).error == "refused"
        assert client.post("/api/exports/preview", {"from": 1, "to": 2}).error == "refused"
        assert client.get("/api/exports").error == "refused"
        assert client.get("/api/exports/1/file").error == "refused"
    assert inspector.post("/api/exports", wish()).code == 403  # without a second person
    for member in ("purpose", "case"):
        for value in ("", "  "):
            assert inspector.post("/api/exports", approved(people, **{member: value})).code == 400
    assert inspector.post("/api/exports", approved(people, to=5)).code == 400
    assert inspector.post("/api/exports", approved(people, cameras="nowhere")).code == 404
    assert inspector.post("/api/exports", approved(people, encrypt="maybe")).code == 400
    assert inspector.get("/api/exports/1").code == 404
    assert inspector.get("/api/exports/1/file").code == 404


def test_an_encrypted_package_opens_with_the_phrase_that_was_shown_once(room, tmp_path):
    appliance, people = room
    inspector = people["inspector"]
    short = inspector.post("/api/exports", approved(people, encrypt="typed", phrase="too short"))
    assert short.code == 403 and "phrase" in short.json["error"]["text"], short.body
    made = inspector.post("/api/exports", {
        **approved(people, encrypt="generated"), "from": appliance.since}).json
    assert re.fullmatch(r"([a-z0-9]{4}-){4}[a-z0-9]{4}", made["phrase"])
    package = finished(appliance, inspector, made["id"])
    assert package["state"] == "ready" and made["phrase"] not in str(package), package
    file = tmp_path / "encrypted.zip"
    file.write_bytes(inspector.get(f"/api/exports/{package['id']}/file").body)
    assert opened(file, made["phrase"][:-1], tmp_path / "wrong") is None
    assert verify(appliance, opened(file, made["phrase"], tmp_path / "right"))[0] == "authentic"
    assert made["phrase"] not in appliance.sealroom("records", "--limit", "1000", "--json").stdout


def spools(processes, folder):
    """Of the files without a name that these have open there, how: O_RDONLY, O_RDWR."""
    found = []
    for process in processes:
        for file in os.listdir(f"/proc/{process}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/{process}/fd/{file}")
                if target.startswith(str(folder)) and target.endswith("(deleted)"):
                    with open(f"/proc/{process}/fdinfo/{file}", encoding="ascii") as info:
                        flags = re.search(r"flags:\s*(\d+)", info.read())[1]
                    found.append(int(flags, 8) & os.O_ACCMODE)
    return found


def no_spool(appliance):
    appliance.wait(lambda: not spools(appliance.descendants(), appliance.folder),
                   what="no file of a package")


def stopped_in_the_making(appliance, people):
    """A package whose request is on record, and whose exporter nobody starts yet."""
    word = approved(people)
    os.kill(appliance.process.pid, signal.SIGSTOP)
    return people["inspector"].post("/api/exports", word)


def test_of_two_packages_at_once_one_is_told_to_wait(room):
    appliance, people = room
    inspector = people["inspector"]
    word = second(people, "export").json["second"]
    first = stopped_in_the_making(appliance, people)
    other = inspector.post("/api/exports", wish(second=word))
    state = inspector.get(f"/api/exports/{first.json['id']}").json
    early = inspector.get(f"/api/exports/{first.json['id']}/file")
    os.kill(appliance.process.pid, signal.SIGCONT)
    assert first.code == 200 and state["state"] == "making", (first.body, state)
    assert other.code == 429 and "one at a time" in other.json["error"]["text"], other.body
    assert early.code == 409, early.body
    assert finished(appliance, inspector, first.json["id"])["state"] == "ready"


def test_a_console_that_is_killed_leaves_no_package_and_the_record_says_so(room):
    appliance, people = room
    inspector = people["inspector"]
    made = stopped_in_the_making(appliance, people)
    os.kill(appliance.processes()["console"], signal.SIGKILL)
    os.kill(appliance.process.pid, signal.SIGCONT)
    assert made.code == 200, made.body
    wait_for_pages(appliance, inspector)

    def listed():
        rows = inspector.get("/api/exports").json["exports"]
        return rows and rows[0]["record"] == made.json["request"] and "copied" in rows[0] and rows[0]
    row = appliance.wait(listed, what="what became of it")
    assert not row["copied"]["done"] and "gone" in row["copied"]["detail"] and "id" not in row
    assert inspector.get(f"/api/exports/{made.json['id']}").code == 404
    no_spool(appliance)


def test_a_package_that_would_take_the_reserve_is_not_made(tmp_path):
    settings, port = console_settings()
    settings["retention"] = {"video_days": 30, "record_days": 180, "reserve_mb": 16_000_000}
    with Controller("--stdin") as panel, Appliance(controllers=[panel.entry("panel")],
                                                   settings=settings) as appliance:
        inspector = make_people(appliance, port, roles=["inspector"])["inspector"]
        made = inspector.post("/api/exports", wish())
        assert made.code == 200, made.body  # two persons are asked for only where it is set
        package = finished(appliance, inspector, made.json["id"])
        assert package["state"] == "failed" and "above the reserve" in package["text"], package
        assert inspector.get(f"/api/exports/{made.json['id']}/file").code == 409
        no_spool(appliance)
