"""The inspection report and verify-now in a real browser: asked for, shown, printed."""
import os
import signal
import subprocess

import pytest

import browsers
from appliance import Appliance, Camera
from console_end import PASSWORD, console_settings, make_people
from console_page_test import Screen

pytestmark = pytest.mark.skipif("SEALROOM_LONG" not in os.environ,
                                reason="a browser beside others is slow")


@pytest.fixture(name="screen", scope="module")
def screen_fixture(tmp_path_factory):
    settings, port = console_settings()
    with Camera(codec="h264", gop=25) as gate:
        with Appliance(cameras=[gate.entry("gate")], settings=settings) as room:
            make_people(room, port)
            room.wait(lambda: any(path.stat().st_size > 50000 for path in room.segments()))
            os.kill(room.processes()["camera/gate"], signal.SIGKILL)
            room.wait(lambda: room.json("records", "--kind", "segment"))
            with browsers.Chromium(size=(1280, 720)) as browser:
                screen = Screen(browser, port, tmp_path_factory.mktemp("screen"))
                screen.room = room
                screen.log_in("inspector", PASSWORD.format(2))
                yield screen


def click(screen, selector):
    screen.wait(f"document.querySelector({selector!r})")
    screen.evaluate(f"document.querySelector({selector!r}).click()")


def test_verify_now_says_its_verdict_in_words(screen):
    screen.go("state")
    screen.wait_for("It has not been verified yet", ".verification")
    click(screen, ".verification > button")
    screen.wait_for("Nothing that was recorded has been changed", ".verification .seal-good")
    screen.go("alarms")
    screen.go("state")
    screen.wait_for("Nothing that was recorded has been changed", ".verification .seal-good")


def test_report_is_made_for_a_reason_and_its_figures_lead_to_their_records(screen):
    screen.go("report")
    click(screen, ".report-ask button")
    screen.fill(reason="the yearly inspection")
    screen.wait("document.querySelectorAll('.requirement').length === 27")
    assert "AUTHENTIC" in screen.text("[data-id=R1]")
    assert "\u2713 met" in screen.text("[data-id=R1] .state")
    click(screen, "[data-id=R1] .record-links button")
    screen.wait_for("is as it was sealed", "dialog .seal-good")
    assert "verified" in screen.text("dialog pre:last-of-type")
    screen.press("Escape")
    screen.wait("!document.querySelector('dialog')")
    screen.evaluate("sealroom.setLanguage('zh')")
    screen.wait_for("视频记录数据完整性", "[data-id=R1]")  # still there, without being asked again
    screen.wait_for("符合", "[data-id=R1] .state")


def test_report_is_printed_upright_on_a4(screen):
    path = screen.folder / "report.pdf"
    screen.browser.print(path)
    said = subprocess.run(["pdfinfo", path], check=True, capture_output=True, text=True).stdout
    assert "594.96 x 841.92" in said or "595" in said.split("Page size:")[1].split("x")[0], said


def test_report_ends_with_the_session(screen):
    screen.log_out()
    screen.fill(account="inspector", password=PASSWORD.format(2))
    screen.wait("document.querySelector('nav')")
    screen.go("report")
    screen.wait("document.querySelector('.report-ask button:not([hidden])')")
    assert screen.text(".report") == ""
