#!/usr/bin/python3
"""Many door controllers in one process, which note when they are asked what.

    many_controllers.py 64

Each is one of tests/peers/door_controller.py with the layout `simulated`, on a TCP port of its own.
Writing ACKNOWLEDGE to its selection register, which changes nothing there, says that the record in
its window is durable with whoever read it. The first line on standard output is JSON,
{"ports": [N, …]}. On standard input commands, one a line, each answered by one line of JSON:

    begin RATE   forgets what was noted; from now on so many events a second at all of them
                 together, at random: each controller's are a card, the door opened, closed, …
    end          nothing happens any more
    report       what was noted since `begin`, in seconds of this process's clock:
                 intervals   between two readings of a status, but for the one that follows a record
                 waits       from an event to the reading of the status that showed it
                 turns       from the answer with a status to the selection that it leads to
                 durable     from the answer with a record to its acknowledgement
                 ages        from an event to its acknowledgement
                 late        how much later than due an event happened: this process's own trouble
                 cpu         what this process used
                 and `produced`, `open`: events, and those of them that are not acknowledged
"""
import argparse
import asyncio
import datetime
import itertools
import logging
import pathlib
import random
import resource
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))

import door_controller  # noqa: E402
import modbus_wire  # noqa: E402

READ, WRITE = 3, 6
STATUS, SELECTION, RECORD = 100, 200, 201
ACKNOWLEDGE = 4
CARD = 10_482_001
VISIT = [("access_granted", CARD), ("opened", 0), ("closed", 0)]


class Notes:
    """Of all controllers together."""

    def __init__(self):
        self.times = {name: [] for name in ("intervals", "waits", "turns", "durable", "ages",
                                            "late")}
        self.produced = 0
        self.cpu_before = cpu_seconds()

    def add(self, name, seconds):
        self.times[name].append(seconds)

    def say(self):
        return {**self.times, "produced": self.produced,
                "open": self.produced - len(self.times["ages"]),
                "cpu": cpu_seconds() - self.cpu_before}


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Panel(door_controller.Controller):
    """One controller. Its records carry when they were made, shown, read."""

    def __init__(self, options, everybody):
        log = door_controller.Log(options.capacity, 1, lambda row: None, datetime.timezone.utc)
        super().__init__(options, log, door_controller.Unit(log, "simulated"))
        self.everybody = everybody
        self.visit = itertools.cycle(VISIT)
        self.asked_at = None  # None: the next interval is none
        self.told_at = None

    def happen(self):
        event, card = next(self.visit)
        self.log.add(event, 1, card)["made"] = time.monotonic()

    def answer(self, connection, request):
        came = time.monotonic()
        super().answer(connection, request)
        if request.function_code == READ and request.address == STATUS:
            self.was_polled(came)
            self.told_at = time.monotonic()
        elif request.function_code == READ and request.address == RECORD:
            self.was_read(time.monotonic())
        elif request.function_code == WRITE and connection.value_of(request) == ACKNOWLEDGE:
            self.was_acknowledged(came)
        elif request.function_code == WRITE:
            self.everybody.notes.add("turns", came - self.told_at)

    def was_polled(self, now):
        if self.asked_at is not None:
            self.everybody.notes.add("intervals", now - self.asked_at)
        self.asked_at = now
        for record in itertools.islice(reversed(self.log.stored), self.log.unread):
            record.setdefault("shown", now)

    def was_read(self, now):
        if self.log.window:
            self.log.window.setdefault("read", now)

    def was_acknowledged(self, now):
        self.asked_at = None
        record = self.log.window
        if not record or "acknowledged" in record:
            return
        record["acknowledged"] = True
        notes = self.everybody.notes
        notes.add("waits", record["shown"] - record["made"])
        notes.add("durable", now - record["read"])
        notes.add("ages", now - record["made"])


class Everybody:
    def __init__(self, count):
        options = door_controller.parser_of("").parse_args([])
        self.notes = Notes()
        self.panels = [Panel(options, self) for _ in range(count)]
        self.happening = None

    async def listen(self):
        ports = []
        for panel in self.panels:
            panel.server, port = await modbus_wire.tcp_server(0, panel.answer, lambda: False)
            ports.append(port)
        return ports

    async def happen(self, rate):
        due = time.monotonic()
        while True:
            due += random.expovariate(rate)
            await asyncio.sleep(max(0, due - time.monotonic()))
            self.notes.add("late", max(0, time.monotonic() - due))
            self.notes.produced += 1
            random.choice(self.panels).happen()

    async def command(self, words):
        if words[0] == "report":
            return self.notes.say()
        if self.happening:
            self.happening.cancel()
            self.happening = None
        if words[0] == "begin":
            self.notes = Notes()
            self.happening = asyncio.create_task(self.happen(float(words[1])))
        return {"ok": words[0]}


async def run(count):
    everybody = Everybody(count)
    door_controller.say({"ports": await everybody.listen()})
    await door_controller.listen_to_stdin(everybody, asyncio.Event())


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    logging.disable(logging.CRITICAL)
    asyncio.run(run(parser.parse_args().count))


if __name__ == "__main__":
    main()
