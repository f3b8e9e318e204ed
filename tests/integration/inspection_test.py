"""The inspection report of an appliance that records, and of the same when it stands still."""
import os
import signal

import pytest

from appliance import Appliance, Camera, Controller


@pytest.fixture(name="appliance", scope="module")
def appliance_fixture():
    """Entries, a gap at the camera, a look-up, a checkpoint that was taken away."""
    with Camera(codec="h264", gop=25) as gate, Controller("--stdin") as panel:
        made = Appliance(
            cameras=[gate.entry("gate") | {"name": "大门"}],
            controllers=[panel.entry("panel", doors=["archive"])],
            doors=[{"id": "archive", "name": "档案室", "cameras": ["gate"]}])
        with made:
            made.wait(lambda: made.is_recording("gate") and made.source("panel")["online"])
            panel.ask("emit access_granted 1 4711")
            panel.ask("emit access_denied 1 99 unauthorized")
            made.wait(lambda: made.source("panel")["entries"] >= 2, what="two entries")
            made.wait(lambda: any(path.stat().st_size > 50000 for path in made.segments()),
                      what="some fragments")
            camera = made.processes()["camera/gate"]
            os.kill(camera, signal.SIGKILL)
            made.wait(lambda: made.processes().get("camera/gate") not in (None, camera))
            made.wait(lambda: made.is_recording("gate"))
            made.sealroom("entries", "--reason", "weekly check")
            made.sealroom("records", "--limit", 1)
            made.sealroom("checkpoint")
            yield made


def report(appliance, *words):
    return appliance.json("report", "--reason", "inspection", *words)[0]


def answers(made):
    return {item["id"]: item for item in made["requirements"]}


def fact(item, beginning):
    return next(said for said in item["facts"] if said["en"].startswith(beginning))


def test_report_answers_all_requirements_from_the_records(appliance):
    made = report(appliance)
    answered = answers(made)
    assert list(answered) == [f"R{number}" for number in range(1, 28)]
    assert made["running"] and sum(made["states"].values()) == 27
    assert [door["controller"] for door in made["controllers"]] == ["panel"]
    assert (made["controllers"][0]["entries"], made["controllers"][0]["denied"]) == (2, 1)
    assert answered["R9"]["state"] == "met"
    said = fact(answered["R3"], "access granted: 1, of these without a credential: 0; denied: 1")
    assert said["figures"] == [1, 0, 1, 0]


def test_gap_is_told_with_its_record_and_cause(appliance):
    made = report(appliance)
    gaps = [row for row in appliance.json("records", "--kind", "gap")]
    camera = made["cameras"][0]
    assert camera["gaps"] == 1 and camera["longest_gap_record"] == gaps[0]["number"]
    assert list(camera["causes_s"]) == ["camera_process"]
    assert camera["unexplained_s"] == 0 and camera["open_s"] > 0 and 0 < camera["percent"] < 100
    assert fact(answers(made)["R10"], "大门: ")["records"] == [gaps[0]["number"]]


def test_report_says_what_coverage_says(appliance):
    made = report(appliance, "--from", "1h")
    row = next(row for row in appliance.json("coverage", "--from", made["from"], "--to", made["to"])
               if row["type"] == "camera")
    camera = made["cameras"][0]
    # Coverage is of the moment after: what is open then may have been sealed meanwhile.
    assert camera["gaps"] == row["gaps"] and camera["gap_s"] == pytest.approx(row["gap_s"], abs=0.2)
    assert (camera["recorded_s"] + camera["open_s"]
            == pytest.approx(row["recorded_s"] + row["open_s"], abs=0.2))


def test_look_ups_are_told_by_whom_and_the_report_is_one(appliance):
    before = answers(report(appliance))["R14"]
    after = answers(report(appliance))["R14"]
    first, second = (fact(item, "look-ups and playback")["figures"] for item in (before, after))
    assert second == [first[0] + 1, first[1]] and first[1] >= 1
    newest = appliance.json("records", "--kind", "operator", "--limit", 2)[0]["body"]
    assert (newest["what"], newest["reason"]) == ("report", "inspection")


def test_checkpoint_that_was_taken_is_named(appliance):
    anchor = appliance.json("records", "--kind", "anchor")[0]["number"]
    assert fact(answers(report(appliance))["R7"], "checkpoint last taken")["records"] == [anchor]


def test_what_is_not_built_is_never_met(appliance):
    answered = answers(report(appliance))
    assert {answered[name]["state"] for name in ("R23", "R24")} == {"not_built"}
    assert all(item["state"] != "met" for item in answered.values()
               if any("not built yet" in said["en"] for said in item["facts"]))


def test_page_is_written_where_nothing_is(appliance, tmp_path):
    page = tmp_path / "report.html"
    appliance.sealroom("report", "--html", page, "--reason", "inspection")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and text.rstrip().endswith("</html>")
    assert "<script" not in text and "http" not in text.split("</head>", 1)[1]
    assert all(f"<h3>R{number} " in text for number in range(1, 28))
    done = appliance.sealroom("report", "--html", page, check=False)
    assert done.returncode == 2 and "is there already" in done.stderr
    assert page.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("language, title", [("C.UTF-8", "Inspection report"),
                                             ("zh_CN.UTF-8", "自查报告")])
def test_report_is_said_in_both_languages(appliance, language, title):
    told = appliance.sealroom("report", language=language).stdout
    assert told.startswith(title) and "\nR27 " in told


def test_stopped_appliance_is_reported_on_and_says_so(appliance):
    appliance.stop()
    done = appliance.sealroom("report", "--json")
    assert "left no record" in done.stderr
    made = report(appliance)
    answered = answers(made)
    assert not made["running"] and answered["R21"]["state"] == "not_known"
    assert fact(answered["R22"], "starts: 1, stops in order: 1")
