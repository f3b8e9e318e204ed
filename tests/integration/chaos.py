"""What the tests that break everything have in common: how many events, which faults, and the sum
that each ends with.

SEALROOM_DOOR_EVENTS: how many events of each shape; SEALROOM_LONG=1: 100,000. SEALROOM_DOOR_SEED:
what the controllers' faults begin with."""
import collections
import os
import time

FAULTS = {"exception": 0.01, "cut_before": 0.005, "cut_after": 0.005, "garbage": 0.003,
          "truncated": 0.003, "delay": 0.002}
MANY_FAULTS = {"exception": 0.02, "cut_before": 0.01, "cut_after": 0.01, "garbage": 0.01,
               "truncated": 0.01, "delay": 0.005}
SEED = int(os.environ.get("SEALROOM_DOOR_SEED", 3))


def events(few):
    """How many: `few` unless more are asked for."""
    return int(os.environ.get("SEALROOM_DOOR_EVENTS",
                              100_000 if os.environ.get("SEALROOM_LONG") else few))


def patience(count):
    """Seconds for that many. On a machine that has much else to do it takes long."""
    return 60 + count / 5


def fault_arguments(faults):
    """As a controller of tests/peers takes them."""
    return [word for fault, chance in faults.items() for word in ("--fault", f"{fault}={chance}")]


class Sum:
    """Ends with one line: what was produced, recorded, reported lost, and what broke meanwhile.

        with Sum("latch", model, "pymodbus rtu") as total:
            ...
            total.add(door, panel_rows, produced=…, recorded=…)
    """

    def __init__(self, shape, model, server):
        self.said = {"shape": shape, "model": model, "server": server}

    def add(self, door, rows, **found):
        kinds = collections.Counter(row["kind"] for row in rows)
        self.said.update(found)
        self.said["repeats_known_again"] = sum(ledger.repeated for ledger in door.ledgers)
        self.said["kills"] = len(door.kills)
        self.said["keeper_deaths"] = door.links - (len(door.kills) + 1) * len(door.setups)
        self.said["reboots"] = kinds["reboot"]
        for name, count in sorted(collections.Counter(
                row["name"] for row in rows if row["kind"] == "fault").items()):
            self.said[name] = count

    def __enter__(self):
        self.begun = time.monotonic()
        return self

    def __exit__(self, failed, *_):
        self.said["seconds"] = round(time.monotonic() - self.begun)
        if not failed:
            print("chaos: " + "; ".join(f"{name}={value}" for name, value in self.said.items()),
                  flush=True)
