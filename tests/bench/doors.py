"""Door controllers: polled fast, and several on a bus of which one is dead."""
import time

import measure
from appliance import Appliance, Controller


def measure_door(seconds):
    """A controller polled ten times a second: CPU share of its process and of the keeper, and how
    old an entry is when it was read."""
    with Controller("--rate", 5, "--count", int(5 * seconds)) as panel, \
            Appliance(controllers=[panel.entry("panel", doors=["archive", "vault"])]) as appliance:
        appliance.wait(lambda: appliance.source("panel")["online"])
        process = appliance.processes()["door/panel"]
        before = measure.cpu_seconds(process)
        with measure.Stopwatch() as watch:
            measure.rest(seconds)
        share = (measure.cpu_seconds(process) - before) / watch.seconds
        appliance.stop()
        ages = [moment(entry["received"]) - moment(entry["device_time"])
                for entry in appliance.json("entries")]
    return {"share": share, "p50": measure.percentile(ages, 0.5) * 1000,
            "p99": measure.percentile(ages, 0.99) * 1000}


def asked_of(panel, units, seconds):
    """Requests a second for these units together."""
    before = panel.ask("asked")["asked"]
    with measure.Stopwatch() as watch:
        measure.rest(seconds)
    after = panel.ask("asked")["asked"]
    return sum(after[unit] - before[unit] for unit in units) / watch.seconds


def measure_bus(seconds):
    """Poll interval of three controllers on an RTU line, in ms, with the fourth alive and dead."""
    measure.note("a bus")
    units, watched = ["1", "2", "3", "4"], ["1", "2", "3"]
    with Controller("--rtu", "--stdin", "--units", ",".join(units)) as panel:
        entries = [panel.entry(f"unit-{unit}", doors=[f"door-{unit}"], unit=int(unit),
                               parity="none") for unit in units]
        with Appliance(controllers=entries) as appliance:
            appliance.wait(lambda: all(appliance.source(entry["id"])["online"]
                                       for entry in entries))
            alive = asked_of(panel, watched, seconds)
            panel.ask("unit 4 down")
            appliance.wait(lambda: not appliance.source("unit-4")["online"])
            dead = asked_of(panel, watched, seconds)
            appliance.stop()
    return {"alive": 1000 * len(watched) / alive, "dead": 1000 * len(watched) / dead,
            "ratio": alive / dead}


def moment(text):
    """Seconds of an RFC 3339 time in UTC; nine decimals are too many for datetime."""
    whole, fraction = text.rstrip("Z").split(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + fraction)


def show(door, bus):
    print(f"a controller polled every 100 ms: {100 * door['share']:.2f} % of a core, its entries "
          f"read after p50 {door['p50']:.0f} ms, p99 {door['p99']:.0f} ms")
    print(f"four on an RTU line: polled every {bus['alive']:.0f} ms, every {bus['dead']:.0f} ms with "
          "one of them dead")
