"""No process of the appliance has lost memory by the end of its life.

The unit tests look for leaks in the parts; this looks for them in the whole programs, over a life
with a dead camera process, a dead keeper, an address that nobody answers at, a controller that
drops its connection, commands, and an ordered stop. Only a build with AddressSanitizer can tell.
"""
import os

import pytest

from appliance import BIN, Appliance, Camera, Controller, preloaded

SANITIZED = b"__asan_init" in (BIN / "sealroom-keeper").read_bytes()
LEAK = "LeakSanitizer"


def live(appliance, panel):
    """What can happen in a short life."""
    appliance.wait(lambda: appliance.is_recording("gate"), 60, "the camera")
    panel.ask("burst 20")
    appliance.wait(lambda: panel.ask("unread")["unread"] == 0, 60, "the entries")
    for victim in ("camera/gate", "keeper"):
        killed = appliance.processes()[victim]
        os.kill(killed, 9)
        appliance.wait(lambda: appliance.processes().get(victim, killed) != killed, 60, "another")
        appliance.wait(lambda: appliance.is_recording("gate"), 60, "the camera again")
    panel.ask("cut")
    panel.ask("burst 5")
    appliance.wait(lambda: panel.ask("unread")["unread"] == 0, 60, "the later entries")
    for words in (["status"], ["checkpoint"], ["entries"], ["coverage"], ["records"],
                  ["hold", "list"]):
        appliance.sealroom(*words)


@pytest.mark.skipif(not SANITIZED, reason="needs a build with AddressSanitizer")
def test_no_process_has_lost_memory_when_it_ends(tmp_path):
    environment = {**preloaded("open_process", tmp_path),
                   "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=1"}
    with Camera(codec="h264", gop=25, size="320x180") as gate, \
            Controller("--stdin", "--capacity", 1000) as panel:
        appliance = Appliance(
            cameras=[gate.entry("gate"), {**gate.entry("aisle"), "url": "rtsp://127.0.0.1:9/none"}],
            controllers=[panel.entry("panel")], environment=environment)
        with appliance:
            live(appliance, panel)
            appliance.stop()
            assert LEAK not in appliance.log_text(), appliance.log_text()
            status, said = appliance.verify()
            assert status in (0, 3) and LEAK not in said, said
