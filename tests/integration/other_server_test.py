"""sealroom-door against npm's modbus-serial, with all that can break: what both sides of the other
tests hold for the protocol is not one library's view."""
import json
import os
import shutil
import subprocess
import threading

import pytest

import chaos
from appliance import PEERS
from door_end import Door, Ledger
from door_test import check, is_complete
from shapes_test import is_of_controller, number_of_newest, walk


@pytest.fixture(name="modbus_serial", scope="module")
def modbus_serial_folder(tmp_path_factory):
    """npm's modbus-serial in a folder of its own; without npm or its registry, a skip."""
    folder = tmp_path_factory.mktemp("npm")
    if not shutil.which("npm"):
        pytest.skip("there is no npm")
    done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund",
                           "--omit=optional", "modbus-serial@8"], cwd=folder, check=False,
                          capture_output=True, timeout=120)
    if done.returncode != 0:
        pytest.skip("npm could not install modbus-serial")
    return folder / "node_modules"


class OtherController:
    """tests/peers/modbus_serial_controller.js"""

    def __init__(self, modules, **options):
        self.process = subprocess.Popen(
            ["node", PEERS / "modbus_serial_controller.js", json.dumps(options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "NODE_PATH": str(modules)})
        self.where = json.loads(self.process.stdout.readline())
        self.rows = []
        self.done = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.rows.append(json.loads(line))
            if self.rows[-1]["kind"] == "done":
                self.done.set()

    def truth(self):
        return list(self.rows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)


def test_a_log_on_another_server_is_recorded_one_to_one(modbus_serial):
    count = chaos.events(300)
    ledger = Ledger()
    with chaos.Sum("cursor", "simulated-controller", "modbus-serial tcp") as total, \
            OtherController(modbus_serial, model="cursor", count=count, rate=150,
                            faults=chaos.MANY_FAULTS, delay_ms=400,
                            reboot_every_s=2) as panel, \
            Door(panel.where, ledger, timeout_ms=150, poll_ms=20, death=0.01) as door:
        door.wait_under_kills(is_complete(ledger, count), chaos.patience(count), "all events")
        check(panel, ledger)
        assert not ledger.of("loss_unknown")
        total.add(door, panel.truth(), produced=count, recorded=len(ledger.numbered()),
                  lost=len(ledger.lost()))


def test_a_latch_on_another_server_loses_only_what_it_says(modbus_serial):
    count = chaos.events(120)
    model = "inveo-rfid-ind-modbus"
    ledger = Ledger()
    with chaos.Sum("latch", model, "modbus-serial tcp") as total, \
            OtherController(modbus_serial, model="latch", count=count, rate=200,
                            faults=chaos.FAULTS, reboot_every_s=2) as panel, \
            Door(panel.where, ledger, profile=model, timeout_ms=150, poll_ms=10,
                 death=0.005) as door:
        door.wait_under_kills(panel.done.is_set, chaos.patience(count), "the last event")
        lost = {row["n"] for row in panel.truth() if row["kind"] == "lost"}
        last = max(set(range(count + 1)) - lost)
        door.wait_under_kills(lambda: number_of_newest(model, ledger) == last, 60, "its entry")
        found = walk(model, ledger)
        assert found["newest"] == last
        assert found["missing"] <= lost
        total.add(door, panel.truth(), produced=count, **found["sum"])
