"""Stills and derived video by the console, of an H.265 camera on a whole appliance: they are of the
moment asked for, of nothing but what was verified, and what decodes them may die."""
import contextlib
import os
import signal
import time

import pytest

from appliance import Appliance, Camera
from console_end import Client, console_settings, make_people
from numbered_footage import Footage, make_footage, number_in

LENGTH_S = 60


@pytest.fixture(name="made", scope="module")
def made_fixture(tmp_path_factory):
    """An appliance with an H.265 camera and a console; its guard; the camera's footage."""
    film = make_footage(tmp_path_factory.mktemp("footage") / "numbers.mkv", "h265", LENGTH_S)
    settings, port = console_settings()
    with Camera(codec="h265", file=film) as gate:
        with Appliance(cameras=[gate.entry("gate")], settings=settings) as appliance:
            guard = make_people(appliance, port)["guard"]
            yield appliance, guard, Footage(appliance, guard, "gate", LENGTH_S)


def still(guard, at, **more):
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return guard.get(f"/api/still/gate?at={int(at)}{query}")


def middle(part):
    return (part["from"] + part["to"]) / 2


def killed(appliance):
    """The decoder is killed; when another has taken its place."""
    before = appliance.processes()["picture"]
    os.kill(before, signal.SIGKILL)
    appliance.wait(lambda: appliance.processes().get("picture", before) != before,
                   what="another sealroom-picture")


def test_a_still_is_of_the_moment_asked_for_and_says_what_it_is(made):
    _, guard, footage = made
    assert guard.get("/api/session").json["stills"] is True
    part = footage.sealed()[0]
    for at in (part["from"] + 50, middle(part), part["to"] - 150):
        answer = still(guard, at)
        assert answer.code == 200 and answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Sealroom-Derived"] == "yes"
        assert answer.headers["Sealroom-Verdict"] == "intact"
        assert footage.is_of(number_in(answer.body), at, 1), at
    small = still(guard, at, width=160)
    assert len(small.body) < len(answer.body) and still(guard, at, width=160).body == small.body


def test_what_is_being_recorded_has_stills_too(made):
    appliance, guard, footage = made

    def now():
        at = time.time() * 1000 - 1500
        answer = still(guard, at)
        return (at, answer) if answer.headers.get("Sealroom-Verdict") == "open" else None
    at, answer = appliance.wait(now, what="a still of an open segment")
    assert footage.is_of(number_in(answer.body), at)


def test_of_what_is_being_recorded_it_is_known_how_it_is_encoded(made):
    _, guard, _ = made
    now = int(time.time() * 1000)
    parts = guard.get(f"/api/video/gate?from={now - 30_000}&to={now}").json["parts"]
    assert {part["state"]: part["codec"] for part in parts} == {"sealed": "hevc", "open": "hevc"}


def test_what_may_not_be_seen_or_is_not_there_has_none(made):
    _, guard, _ = made
    now = time.time() * 1000
    assert still(guard, now - 86_400_000).error == "reason_needed"
    assert still(guard, now - 3_000_000).code == 404  # before the camera was there
    assert guard.get(f"/api/still/nobody?at={int(now)}").code == 404
    assert guard.get("/api/still/gate").code == 400
    assert still(guard, now, width=100_000).code == 400
    part = made[2].sealed()[0]
    for first, last in ((0, 1), (3, 2), (1, 60_000), (60_000, 60_001)):
        assert guard.get(f"/api/derived/{part['segment']}/{first}/{last}").code == 404


def test_derived_video_follows_the_clock_of_what_was_recorded(made, tmp_path):
    _, guard, footage = made
    part = footage.sealed()[0]
    pieces = part["fragments"]
    whole = []
    for one, other in zip(pieces[::2], pieces[1::2]):
        answer = guard.get(f"/api/derived/{part['segment']}/{one['piece']}/{other['piece']}")
        assert answer.code == 200 and answer.headers["Content-Type"] == "video/mp4"
        assert answer.headers["Sealroom-Derived"] == "yes"
        assert answer.headers["Sealroom-Verdict"] == "intact"
        path = tmp_path / "derived.mp4"
        path.write_bytes(answer.body)
        assert footage.is_of(number_in(path), one["start"], 1)
        at = answer.body.index(b"tfdt") + 4
        assert answer.body[at] == 1
        whole.append(int.from_bytes(answer.body[at + 4:at + 12], "big") / 90
                     - (one["start"] - part["from"]))
    assert whole and all(abs(off) < 2 for off in whole)  # milliseconds


def test_a_decoder_that_is_killed_comes_back_and_recording_does_not_notice(made):
    appliance, guard, footage = made
    part = footage.sealed()[0]
    camera = appliance.processes()["camera/gate"]
    killed(appliance)
    answer = still(guard, part["from"] + 1050)
    assert answer.code == 200 and footage.is_of(number_in(answer.body), part["from"] + 1050, 1)
    assert appliance.processes()["camera/gate"] == camera
    assert appliance.json("records", "--kind", "gap") == []
    ends = [row["body"] for row in appliance.json("records", "--kind", "health")
            if row["body"]["event"] == "worker_ended"]
    assert ends == [] and appliance.status()["alarms"] == []


def test_what_ends_the_decoder_costs_one_answer_and_is_not_tried_again_at_once(made):
    appliance, guard, footage = made
    part = footage.sealed()[0]
    picture = appliance.processes()["picture"]
    os.kill(picture, signal.SIGSTOP)
    waiting = [guard.connect(), guard.connect()]
    for connection, later in zip(waiting, (2050, 3050)):
        connection.request("GET", f"/api/still/gate?at={part['from'] + later}",
                           headers={"Cookie": guard.cookie})
        for _ in range(3):  # what comes later is answered: it has been asked
            guard.get("/api/session")
    os.kill(picture, signal.SIGKILL)
    first, second = (connection.getresponse() for connection in waiting)
    assert (first.status, second.status) == (409, 200)  # the second by the next one
    assert b"unsupported" in first.read() and footage.is_of(
        number_in(second.read()), part["from"] + 3050, 1)
    for connection in waiting:
        connection.close()
    assert still(guard, part["from"] + 2060).code == 409
    assert still(guard, part["from"] + 3060).code == 200


def test_a_piece_that_was_altered_gives_its_verdict_and_no_picture(made):
    _, guard, footage = made
    part = footage.sealed()[-1]
    at = part["to"] - 300
    assert still(guard, at, width=200).code == 200  # which is kept
    file = footage.file(part)
    data = file.read_bytes()
    file.chmod(0o640)
    try:
        file.write_bytes(data[:-20] + bytes(20))
        for answer in (still(guard, at), still(guard, at, width=200),
                       guard.get(f"/api/derived/{part['segment']}/1/{part['fragments'][-1]['piece']}")):
            assert answer.code == 409 and answer.error == "altered"
            assert answer.headers["Sealroom-Verdict"] == "altered"
        assert still(guard, middle(part)).code == 200  # of which every piece is as it was
        file.rename(file.with_suffix(".away"))
        assert still(guard, at).headers["Sealroom-Verdict"] == "missing"
    finally:
        with contextlib.suppress(FileNotFoundError):
            file.with_suffix(".away").rename(file)
        file.write_bytes(data)
    assert still(guard, at, width=200).headers["Sealroom-Verdict"] == "intact"
