"""The console's evidence: what is held, and packages that are made and taken away, by people with
accounts. Two persons are asked for wherever they can be."""
import time

import pytest

from appliance import Appliance, Camera, Controller
from console_end import PASSWORD, console_settings, make_people

HOUR_MS = 3_600_000


@pytest.fixture(name="room", scope="module")
def room_fixture():
    settings, port = console_settings()
    settings["accounts"] = {"second_person": ["export", "hold_release"]}
    with Camera(codec="h264", gop=25) as gate, Controller("--stdin") as panel:
        with Appliance(cameras=[gate.entry("gate")], controllers=[panel.entry("panel")],
                       settings=settings) as appliance:
            people = make_people(appliance, port)
            panel.ask("emit access_granted 1 4711")
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
