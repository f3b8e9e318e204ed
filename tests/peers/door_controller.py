#!/usr/bin/python3
"""A simulated door controller that speaks Modbus TCP, or RTU over a pseudo-terminal.

It keeps its events in a log of limited size with a server-side cursor, as ABB's 620 series and
REX640 do, and shows the doors' contacts as discrete inputs. Needs Debian's python3-pymodbus.

    door_controller.py                         TCP on a free port, nothing happens by itself
    door_controller.py --for 60                a morning of entries, 07:40 to 09:30 in 60 s
    door_controller.py --rate 50 --count 5000  events at random, 50 a second, 5000 of them
    door_controller.py --rtu                   RTU: socat makes a pty pair, its path is printed
    door_controller.py --units 1,2,5           three controllers on one line, or behind one gateway

The first line on standard output is JSON: {"port": N} or {"device": "/dev/pts/N"}. A second,
{"done": N}, follows when all N events of --for or --count were produced. It goes on serving until
SIGTERM or the end of standard input with --stdin, where it takes commands, one a line, each
answered by one line of JSON:

    emit EVENT [DOOR [CARD [REASON]]]   one event, by its name in EVENTS
    burst N                             N events at once
    input N 0|1                         sets a discrete input
    cut                                 closes every connection
    down / up                           refuses connections / takes them again
    reboot [clear]                      restarts; `clear` loses log and sequence, as a controller
                                        without battery does
    clock good|fault|SECONDS            the clock-fault bits; how far its clock is ahead
    clock locked|open                   refuses to have its clock set / lets it be set again
    unread                              how many are unread
    late                                how many answers were `late`, and how many of them came
    quit

With --units a command is of a unit (`unit 2 emit opened`, where `down` means that it does not
answer, and `unreachable` that the gateway says so for it: exception 11), or of line or gateway
(`cut`, `down`, `up`; `forget`: every connection is gone without a word to the other side, as when
a gateway restarts; `slow 3 0.9`: unit 3 takes 0.9 s to answer; `mix 3 2`: what is asked of 3 is passed on to 2, which answers as itself;
`asked`: requests so far for each unit, and connections made), rows of the truth carry `unit`, and
each unit says its own `done`.

--truth FILE gets one line of JSON for everything that happened, in order: entries with the
sequence number the log gave them, what fell out of the full log unread (`lost`), reboots, inputs,
how its clock was set (`clock`, by how many seconds) or was not (`clock_refused`), and faults.

Holding registers, numbered from 0:

  layout `simulated` (door/profiles/simulated-controller.yaml)
    100  unread left           101  boots so far         102  clock: bit 0 fault, bit 1 not synced
    200  select: 1 oldest unread, 2 oldest stored, -N the Nth newest (two's complement)
    201  sequence, 1…65535     202  unread left
    203  year-2000, month      204  day, hour            205  minute, second     206  milliseconds
    207  flags: bit 15 UTC, bit 13 not synced, bit 12 clock fault
    208  event code            209  door, from 1         210  reader: 1 in, 2 out
    211  deny reason           212  card, high word      213  card, low word
    214  boots so far when it happened
  layout `rex640` (door/profiles/abb-rex640.yaml): numbered from 1 as in ABB's manual
    130  SSR3: bit 0 unread, bit 6 restarted (cleared by reading), bit 8 a record is loaded
    9251 select    9252… sequence, unread, time, event type, object id, value
    9211… control, year, month, day, hour, minute, second, millisecond: its clock in UTC, which is
          set by writing them all at once

Selecting moves the cursor; the record stays in its registers until the next selection; selecting
twice without reading is answered by exception 3.
"""

import argparse
import asyncio
import collections
import datetime
import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

import modbus_wire

# name: (code of layout `simulated`, object address and value of layout `rex640`)
EVENTS = {
    "access_granted": (1, (3001, 1)),
    "access_denied": (2, (3002, 1)),
    "credential_unknown": (3, (3003, 1)),
    "opened": (16, (3048, 1)),
    "closed": (17, (3048, 0)),
    "forced": (18, (3049, 1)),
    "held": (19, (3050, 1)),
    "rex_pressed": (20, (3051, 1)),
    "tamper": (21, (3052, 1)),
    "strange": (999, (3999, 1)),  # a code no profile names
}
REASONS = {
    "none": 0,
    "credential_not_enabled": 1,
    "credential_expired": 2,
    "invalid_pin": 3,
    "not_permitted_at_this_time": 4,
    "unauthorized": 5,
}
SEQUENCE_LAST = 65535
LATE_BY = 3  # requests, at most
TCP_REPAIR = 19  # linux/tcp.h; a socket that is closed so says nothing


class Log:
    """The controller's event log: limited, with one client's cursor."""

    def __init__(self, capacity, first_sequence, truth, zone):
        self.capacity = capacity
        self.sequence = first_sequence - 1
        self.produced = 0
        self.stored = collections.deque()
        self.unread = 0
        self.window = None
        self.selected_unread_read = True
        self.boots = 1
        self.restarted = False
        self.clock_fault = False
        self.clock_is_locked = False
        self.ahead_s = 0.0
        self.truth = truth
        self.zone = zone

    def add(self, event, door=1, card=0, reason="none", reader=1):
        self.produced += 1
        self.sequence = self.sequence % SEQUENCE_LAST + 1
        at = self.now()
        record = {
            "kind": "entry",
            "n": self.produced,
            "seq": self.sequence,
            "boot": self.boots,
            "at": at,
            "event": event,
            "door": door,
            "reader": reader,
            "card": card,
            "reason": reason,
            "clock_fault": self.clock_fault,
        }
        self.stored.append(record)
        self.unread += 1
        self.truth(record)
        if len(self.stored) > self.capacity:
            oldest = self.stored.popleft()
            if self.unread > len(self.stored):
                self.unread = len(self.stored)
                self.truth({"kind": "lost", "n": oldest["n"], "seq": oldest["seq"],
                            "boot": oldest["boot"]})
        return record

    def select(self, code):
        """What writing the selection register does; an exception code, or 0."""
        if not self.selected_unread_read:
            return modbus_wire.ILLEGAL_VALUE
        if code == 1:
            if self.unread:
                self.window = self.stored[len(self.stored) - self.unread]
                self.unread -= 1
        elif code == 2:
            self._move_to(len(self.stored))
        elif code >= 0x8000:
            self._move_to(min(0x10000 - code, len(self.stored)))
        elif code in (3, 4, 5):
            self.unread = 0 if code == 3 else self.unread
            return 0
        else:
            return modbus_wire.ILLEGAL_VALUE
        self.selected_unread_read = False
        return 0

    def _move_to(self, newest):
        if newest:
            self.window = self.stored[len(self.stored) - newest]
            self.unread = newest - 1

    def shown_unread(self):
        return min(self.unread, 0xFFFF)

    def now(self):
        return time.time() + self.ahead_s

    def clock(self, how):
        """good, fault, locked, open, or how many seconds it is ahead."""
        if how in ("good", "fault"):
            self.clock_fault = how == "fault"
        elif how in ("locked", "open"):
            self.clock_is_locked = how == "locked"
        else:
            self.ahead_s = float(how)

    def clock_words(self):
        at = datetime.datetime.fromtimestamp(self.now(), datetime.timezone.utc)
        return [0, at.year, at.month, at.day, at.hour, at.minute, at.second,
                at.microsecond // 1000]

    def set_clock(self, words):
        """An exception code, or 0."""
        try:
            at = datetime.datetime(*words[1:7], words[7] * 1000, datetime.timezone.utc)
        except ValueError:
            return modbus_wire.ILLEGAL_VALUE
        if self.clock_is_locked:
            self.truth({"kind": "clock_refused"})
            return modbus_wire.ILLEGAL_VALUE
        ahead_s = at.timestamp() - time.time()
        self.truth({"kind": "clock", "by": ahead_s - self.ahead_s})
        self.ahead_s = ahead_s
        return 0

    def reboot(self, clear):
        self.boots += 1
        self.restarted = True
        self.selected_unread_read = True
        lost = []
        if clear:
            lost = [record["n"] for record in list(self.stored)[len(self.stored) - self.unread:]]
            self.stored.clear()
            self.unread = 0
            self.window = None
            self.sequence = 0
        self.truth({"kind": "reboot", "boot": self.boots, "clear": clear, "lost": lost})

    def time_words(self, record):
        at = datetime.datetime.fromtimestamp(record["at"], self.zone)
        return [
            (at.year - 2000) << 8 | at.month,
            at.day << 8 | at.hour,
            at.minute << 8 | at.second,
            at.microsecond // 1000,
        ]

    def flags(self, record):
        utc = 0x8000 if self.zone == datetime.timezone.utc else 0
        return utc | (0x3000 if record["clock_fault"] else 0)


def words_simulated(log):
    record = log.window
    registers = {100: log.shown_unread(), 101: log.boots, 102: 3 if log.clock_fault else 0}
    window = [0] * 14
    if record:
        window = [record["seq"], log.shown_unread(), *log.time_words(record), log.flags(record),
                  EVENTS[record["event"]][0], record["door"], record["reader"],
                  REASONS[record["reason"]], record["card"] >> 16 & 0xFFFF,
                  record["card"] & 0xFFFF, record["boot"]]
    registers.update({201 + at: word for at, word in enumerate(window)})
    return registers


def words_rex640(log):
    record = log.window
    ssr3 = (1 if log.unread else 0) | (0x40 if log.restarted else 0)
    ssr3 |= 0x100 if record else 0
    window = [0] * 11
    if record:
        address, value = EVENTS[record["event"]][1]
        window = [record["seq"], log.shown_unread(), *log.time_words(record), log.flags(record),
                  0, address, value, 0]
    registers = {129: ssr3}
    registers.update({9210 + at: word for at, word in enumerate(log.clock_words())})
    registers.update({9251 + at: word for at, word in enumerate(window)})
    return registers


# name: (registers, address of the selection register, of the record, of what a read clears, of the
# clock)
LAYOUTS = {
    "simulated": (words_simulated, 200, 201, None, None),
    "rex640": (words_rex640, 9250, 9251, 129, 9210),
}


class Unit:
    """The registers and inputs as pymodbus asks for them."""

    def __init__(self, log, layout):
        self.log = log
        self.words, self.selection, self.record, self.clearing, self.clock = LAYOUTS[layout]
        self.inputs = [0] * 16

    def validate(self, function, address, count=1):
        if function == 6:
            return address == self.selection
        if function == 16:
            return address == self.clock and count == len(self.log.clock_words())
        if function in (1, 2):
            return 0 <= address and address + count <= len(self.inputs)
        if function in (3, 4):
            known = self.words(self.log)
            return all(at in known for at in range(address, address + count))
        return False

    def getValues(self, function, address, count=1):  # pylint: disable=invalid-name
        if function in (1, 2):
            return self.inputs[address:address + count]
        if function == 6:
            return [0]
        known = self.words(self.log)
        values = [known[at] for at in range(address, address + count)]
        if address <= self.record < address + count:
            self.log.selected_unread_read = True
        if self.clearing is not None and address <= self.clearing < address + count:
            self.log.restarted = False
        return values

    def setValues(self, function, address, values):  # pylint: disable=invalid-name
        pass  # selection register and clock are written by Controller.perform

    async def async_getValues(self, function, address, count=1):  # pylint: disable=invalid-name
        return self.getValues(function, address, count)

    async def async_setValues(self, function, address, values):  # pylint: disable=invalid-name
        pass


class Controller:
    own_request = None  # of a function code of its own

    def __init__(self, options, log, unit):
        self.options = options
        self.log = log
        self.unit = unit
        self.units = [options.unit] if options.rtu else []
        self.delay_s = options.delay_ms / 1000
        self.is_down = False
        self.is_unreachable = False
        self.server = None
        self.faults = random.Random(options.seed)
        self.late = 0
        self.held = []  # late answers: [requests until it comes, connection, response, request]
        self.chances = [(name.split("=")[0], float(name.split("=")[1])) for name in options.fault]

    def next_fault(self):
        for name, chance in self.chances:
            if self.faults.random() < chance:
                self.log.truth({"kind": "fault", "name": name, "at": time.time()})
                return name
        return None

    def let_late_ones_come(self):
        for answer in self.held:
            answer[0] -= 1
        due = [answer for answer in self.held if answer[0] == 0]
        self.held = [answer for answer in self.held if answer[0] > 0]
        for _, connection, response, request in due:
            connection.reply(response, request)

    def answer(self, connection, request):
        """A request's way through what the wire can do to it."""
        self.let_late_ones_come()
        if self.is_down or (self.units and connection.unit_of(request) not in self.units):
            return
        if self.is_unreachable:
            connection.reply(connection.refuse(request, modbus_wire.NO_ANSWER_OF_TARGET), request)
            return
        fault = self.next_fault()
        if fault == "exception":
            connection.reply(connection.refuse(request, random.choice([4, 6])), request)
            return
        if fault == "cut_before":
            connection.cut()
            return
        response = self.perform(connection, request)
        if fault == "cut_after":
            connection.cut()
        elif fault == "garbage":
            connection.send_bytes(
                bytes(random.randrange(256) for _ in range(random.randrange(1, 40))))
        elif fault == "truncated":
            packet = connection.packet(response, request)
            connection.send_bytes(packet[:random.randrange(1, len(packet))])
        elif fault == "delay":
            asyncio.get_running_loop().call_later(
                self.delay_s, connection.reply, response, request)
        elif fault == "late":
            self.late += 1
            self.held.append([self.faults.randint(1, LATE_BY), connection, response, request])
        else:
            connection.reply(response, request)

    def perform(self, connection, request):
        if request.function_code == 6 and request.address == self.unit.selection:
            refused = self.log.select(connection.value_of(request))
            if refused:
                return connection.refuse(request, refused)
        if request.function_code == 16 and self.unit.validate(16, request.address, request.count):
            refused = self.log.set_clock(connection.values_of(request))
            if refused:
                return connection.refuse(request, refused)
        return connection.perform(request, self.unit)

    def cut(self):
        for connection in list(getattr(self.server, "active_connections", {}).values()):
            connection.cut()

    async def reboot(self, clear):
        self.log.reboot(clear)
        self.is_down = True
        self.cut()
        await asyncio.sleep(self.options.reboot_s)
        self.is_down = False

    def restart_by_chance(self):
        return self.reboot(self.options.reboot_clears)

    def contact(self, door, is_open):
        """The contact of a door is input door-1; 1 is open."""
        self.input(door - 1, int(is_open))

    def input(self, number, value):
        if self.unit.inputs[number] != value:
            self.unit.inputs[number] = value
            self.log.truth({"kind": "input", "input": number, "value": value, "at": time.time()})

    def emit(self, event, door=1, card=0, reason="none", reader=1):
        if event in ("opened", "closed"):
            self.contact(door, event == "opened")
        self.log.add(event, door, card, reason, reader)


    async def produce(self):
        begun = time.monotonic()
        if self.options.for_s:
            for share, *step in morning():
                await asyncio.sleep(max(0, begun + share * self.options.for_s - time.monotonic()))
                self.emit(*step)
        elif self.options.rate:
            for number, step in enumerate(at_random(self.options.count)):
                await keep_pace(begun, number, self.options.rate)
                self.emit(*step)
        else:
            return
        say({"done": self.log.produced})

    async def command(self, words):
        """A command's answer."""
        verb, rest = words[0], words[1:]
        if verb == "emit":
            self.emit(rest[0], *[int(word) for word in rest[1:3]], *rest[3:4])
        elif verb == "burst":
            for step in at_random(int(rest[0])):
                self.emit(*step)
        elif verb == "input":
            self.input(int(rest[0]), int(rest[1]))
        elif verb == "cut":
            self.cut()
        elif verb in ("down", "up", "unreachable"):
            self.is_down = verb == "down"
            self.is_unreachable = verb == "unreachable"
            if self.is_down:
                self.cut()
        elif verb == "reboot":
            await self.reboot("clear" in rest)
        elif verb == "clock":
            self.log.clock(rest[0])
        elif verb not in ("unread", "late"):
            return {"error": f"no command {verb}"}
        return {"ok": verb, "produced": self.log.produced, "unread": self.log.unread,
                "late": self.late, "came": self.late - len(self.held)}


class Line:
    """Controllers with a unit number each, on one serial line or behind one TCP gateway."""

    own_request = None

    def __init__(self, units):
        self.units = units
        self.asked = collections.Counter()
        self.connections = set()
        self.mixed = {}
        self.slow_s = {}
        self.is_down = False
        self.server = None

    def answer(self, connection, request):
        number = connection.unit_of(request)
        self.asked[number] += 1
        if number in self.mixed:
            number = self.mixed[number]
            connection.turn(request, number)
        self.connections.add(connection)
        if number in self.units and not self.is_down:
            if self.slow_s.get(number):
                asyncio.get_running_loop().call_later(
                    self.slow_s[number], self.units[number].answer, connection, request)
            else:
                self.units[number].answer(connection, request)

    def live(self):
        return list(getattr(self.server, "active_connections", {}).values())

    def cut(self):
        for connection in self.live():
            connection.cut()

    def forget(self):
        for connection in self.live():
            connected = connection.transport.get_extra_info("socket")
            connected.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
            connection.cut()

    async def reboot(self, clear):
        await asyncio.gather(*(unit.reboot(clear) for unit in self.units.values()))

    def restart_by_chance(self):
        return asyncio.gather(*(unit.restart_by_chance() for unit in self.units.values()))

    async def produce(self):
        await asyncio.gather(*(unit.produce() for unit in self.units.values()))

    async def command(self, words):
        verb, rest = words[0], words[1:]
        if verb == "unit":
            return await self.units[int(rest[0])].command(rest[1:])
        if verb in ("down", "up"):
            self.is_down = verb == "down"
        elif verb == "slow":
            self.slow_s[int(rest[0])] = float(rest[1])
        elif verb == "mix":
            self.mixed[int(rest[0])] = int(rest[1])
        elif verb not in ("cut", "forget", "asked"):
            return {"error": f"no command {verb}"}
        if verb in ("cut", "down"):
            self.cut()
        elif verb == "forget":
            try:
                self.forget()
            except PermissionError:
                return {"error": "only root can do that"}
        return {"ok": verb, "asked": self.asked, "connections": len(self.connections)}


async def keep_pace(begun, number, rate):
    """Waits for the time of the event with that number, from 0."""
    due = begun + number / rate
    if due > time.monotonic():
        await asyncio.sleep(due - time.monotonic())
    elif number % 16 == 0:
        await asyncio.sleep(0)


def cards(count):
    """Card numbers as a batch of cards has them: near one another."""
    chosen = random.Random(20260401)
    return sorted(chosen.sample(range(10_482_000, 10_482_900), count))


def visit(when, door, card, stay):
    """One person comes in: (time, event, door, card, reason, reader) in seconds from 07:40."""
    wait = random.uniform(0.8, 2.5)
    shut = random.uniform(3, 8)
    yield when, "access_granted", door, card, "none", 1
    yield when + wait, "opened", door, 0, "none", 1
    if stay > 0:
        yield when + wait + 30, "held", door, 0, "none", 1
        shut = 30 + stay
    yield when + wait + shut, "closed", door, 0, "none", 1


def morning(people=40, doors=2):
    """07:40 to 09:30 at an archive room: most arrive before nine, some mistakes are made."""
    plan = []
    span = 110 * 60
    for card in cards(people):
        when = min(max(random.gauss(65 * 60, 18 * 60), 60), span - 300)
        door = 1 if random.random() < 0.8 else random.randint(1, doors)
        chance = random.random()
        if chance < 0.06:
            plan.append((when - 20, "access_denied", door, card, "invalid_pin", 1))
        elif chance < 0.10:
            plan.append((when, "access_denied", door, card, "credential_expired", 1))
            continue
        elif chance < 0.14:
            plan.append((when, "access_denied", door, card, "not_permitted_at_this_time", 1))
            continue
        plan.extend(visit(when, door, card, random.uniform(10, 60) if chance > 0.95 else 0))
        if random.random() < 0.3:
            out = min(when + random.uniform(600, 2400), span - 60)
            plan.append((out, "rex_pressed", door, 0, "none", 2))
            plan.append((out + 1, "opened", door, 0, "none", 2))
            plan.append((out + 6, "closed", door, 0, "none", 2))
    plan.append((random.uniform(0.3, 0.9) * span, "credential_unknown", 1, 88_120_345, "none", 1))
    plan.sort(key=lambda step: step[0])
    return [(step[0] / span, *step[1:]) for step in plan]


def at_random(count):
    names = ["access_granted"] * 5 + ["access_denied", "opened", "closed", "rex_pressed"]
    pool = cards(60)
    for number in range(count):
        event = names[random.randrange(len(names))]
        card = pool[random.randrange(60)] if event.startswith("access") else 0
        reason = random.choice(list(REASONS)[1:]) if event == "access_denied" else "none"
        yield event, 1 + number % 2, card, reason, 1


async def misfortune(controller, every_s, act):
    while every_s:
        await asyncio.sleep(random.expovariate(1 / every_s))
        result = act()
        if result is not None:
            await result


def say(what):
    print(json.dumps(what), flush=True)


async def listen_to_stdin(controller, stop):
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while True:
        line = await reader.readline()
        words = line.decode().split()
        if not line or words == ["quit"]:
            stop.set()
            return
        if words:
            say(await controller.command(words))


def pty_pair(folder):
    """Two pseudo-terminals joined by socat: (process, our end, the client's end).

    The client's end is kept open here: socat ends when its last user closes it."""
    ours, theirs = os.path.join(folder, "controller"), os.path.join(folder, "client")
    process = subprocess.Popen(
        ["socat", f"pty,raw,echo=0,link={ours}", f"pty,raw,echo=0,link={theirs}"])
    limit = time.monotonic() + 10
    while not (os.path.exists(ours) and os.path.exists(theirs)):
        if process.poll() is not None or time.monotonic() > limit:
            raise SystemExit("socat made no pseudo-terminals")
        time.sleep(0.01)
    os.open(theirs, os.O_RDWR | os.O_NOCTTY)
    return process, os.path.realpath(ours), os.path.realpath(theirs)


async def serve_tcp(controller, port):
    controller.server, port = await modbus_wire.tcp_server(
        port, controller.answer, lambda: controller.is_down, controller.own_request)
    say({"port": port})


async def serve_rtu(controller, folder):
    process, ours, theirs = pty_pair(folder)
    controller.server = await modbus_wire.rtu_server(ours, controller.answer,
                                                     controller.own_request)
    say({"device": theirs})
    return process


async def run(options, make):
    """Serves what make(options, truth) makes until it is told to stop."""
    truth_file = open(options.truth, "w", encoding="utf-8") if options.truth else None

    def truth(what):
        if truth_file:
            truth_file.write(json.dumps(what) + "\n")
            truth_file.flush()

    controller = make(options, truth)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="door-controller-") as folder:
        process = None
        if options.rtu:
            process = await serve_rtu(controller, folder)
        else:
            await serve_tcp(controller, options.port)
        tasks = [asyncio.create_task(controller.produce()),
                 asyncio.create_task(misfortune(controller, options.cut_every, controller.cut)),
                 asyncio.create_task(misfortune(
                     controller, options.reboot_every, controller.restart_by_chance))]
        if options.stdin:
            tasks.append(asyncio.create_task(listen_to_stdin(controller, stop)))
        await stop.wait()
        for task in tasks:
            task.cancel()
        if process:
            process.terminate()
            process.wait()


def make_line(options, truth):
    numbers = [int(word) for word in options.units.split(",")]
    return Line({number: make_controller(options, number, truth) for number in numbers})


def make_one(options, truth):
    return make_line(options, truth) if options.units else make_controller(options, None, truth)


def make_controller(options, number, tell):
    def truth(row):
        tell(row if number is None else {**row, "unit": number})

    zone = datetime.timezone.utc
    if options.zone:
        zone = datetime.timezone(datetime.timedelta(minutes=round(float(options.zone) * 60)))
    log = Log(options.capacity, options.first_sequence, truth, zone)
    controller = Controller(options, log, Unit(log, options.layout))
    if number is not None:
        controller.units = [number]
        # Not the same misfortunes at the same time as its neighbours.
        controller.faults = random.Random(f"{options.seed} {number}")
    return controller


def parser_of(description):
    """The options that every controller has."""
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--rtu", action="store_true", help="RTU over a pty pair instead of TCP")
    parser.add_argument("--unit", type=int, default=1, help="unit answered to on RTU")
    parser.add_argument("--rate", type=float, default=0, help="events a second, at random")
    parser.add_argument("--count", type=int, default=1000, help="how many with --rate")
    parser.add_argument("--capacity", type=int, default=500, help="events the log holds")
    parser.add_argument("--truth", metavar="FILE", help="JSON lines of what happened")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--stdin", action="store_true", help="take commands")
    parser.add_argument("--cut-every", type=float, default=0, metavar="SECONDS",
                        help="close every connection so often on average")
    parser.add_argument("--reboot-every", type=float, default=0, metavar="SECONDS")
    parser.add_argument("--reboot-s", type=float, default=0.3, help="how long a restart takes")
    parser.add_argument("--reboot-clears", action="store_true")
    parser.add_argument("--delay-ms", type=float, default=1500, help="of --fault delay")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=CHANCE",
                        help="a request meets it: exception, cut_before, cut_after, garbage, "
                             "truncated, delay (it is answered --delay-ms later), late (one of the "
                             "next requests gets this one's answer, and then its own)")
    return parser


def serve(options, make):
    logging.disable(logging.CRITICAL)
    random.seed(options.seed)
    asyncio.run(run(options, make))


def main():
    parser = parser_of(__doc__)
    parser.add_argument("--layout", choices=LAYOUTS, default="simulated")
    parser.add_argument("--for", dest="for_s", type=float, default=0, metavar="SECONDS",
                        help="a morning of entries in so many seconds")
    parser.add_argument("--first-sequence", type=int, default=1)
    parser.add_argument("--units", help="several, each with its own log: 1,2,5")
    parser.add_argument("--zone", help="the controller's clock: hours east of UTC")
    serve(parser.parse_args(), make_one)


if __name__ == "__main__":
    main()
