#!/usr/bin/python3
"""Simulated controllers of every other shape, with the register maps of real models (see the
profiles of the same names in door/profiles). Options, faults and commands are door_controller.py's.

    shape_controller.py --model inveo-rfid-ind-modbus --rate 100 --count 500 --truth FILE

Models: inveo-rfid-ind-modbus (latch), rfideas-rdr-80581 (a number and the last value),
satec-etc2002 (log read by number), sel-551 (history), pulsar-en54c (history by a function code of
its own), moxa-iologik-e1214 (inputs with counters), moxa-iologik-e1210 (inputs alone).

Logs: `refuse N` has the record of event N answered by an exception, `refuse all` every record,
`refuse none` none; `busy 1` answers everything so, until `busy 0`; `polls` says how often the status
was asked for.
History: `empty BACK` empties the record that is so far back, `count N` says that there are so many.
Commands besides: `emit CARD` (latch and last value), `pulse INPUT N` (counters: N times on and off),
`overflow INPUT 0|1` (counters: the flag).

Event N is known again in the registers: it is the card's number, the record's own number, or stands
in registers that mean something else in the real model. --truth gets {"kind": "entry", "n": N} for
each, {"kind": "lost", "n": N} for what nobody can read any more, and "reboot", "written", "fault",
"read" (inputs alone: each answer that was not spoilt), and "done" when all of --count were produced.
"""
import asyncio
import collections
import datetime
import itertools
import random
import struct
import time

import door_controller
import modbus_wire

COIL, DISCRETE, HOLDING, INPUT = "coil", "discrete", "holding", "input"
TABLE_OF = {1: COIL, 2: DISCRETE, 3: HOLDING, 4: INPUT, 5: COIL, 6: HOLDING}
READ_EVENTS = 0x42


class Model:
    """What all models have. `words` maps (table, address) to a value."""

    STATUS = None  # its address
    own_function = None
    happens_while_down = False

    def __init__(self, options, truth):
        self.options = options
        self.truth = truth
        self.produced = 0
        self.ahead_s = 0.0
        self.words = {}
        self.refused = set()
        self.refuses_all = False

    @property
    def unread(self):
        return 0

    def clock(self, how):
        self.ahead_s = float(how)

    def now(self):
        return time.time() + self.ahead_s

    def tell(self, **more):
        self.produced += 1
        self.truth({"kind": "entry", "n": self.produced, "at": self.now(), **more})
        return self.produced

    def lose(self, number):
        self.truth({"kind": "lost", "n": number})

    def put(self, table, address, values):
        for at, value in enumerate(values):
            self.words[table, address + at] = value & 0xFFFF

    def hide(self, address, count):
        """They can be read no more."""
        for at in range(count):
            self.words.pop((HOLDING, address + at), None)

    def refuse(self, what):
        self.refuses_all = what == "all"
        self.refused = {int(what)} if what.isdigit() else set()

    def is_refused(self, number):
        return self.refuses_all or number in self.refused

    def can_produce(self):
        return True

    def may_restart(self):
        """By chance, that is."""
        return True

    def was_asked(self):
        """And is answered, without a fault."""

    def write(self, table, address, value):
        """True if it may be written."""
        self.words[table, address] = value
        return True

    def may_write(self, table, address):
        return (table, address) in self.words


class Latch(Model):
    """Takes no card while it holds one."""

    NEW, RESET, CARD = 1016, 1017, 1002

    def __init__(self, options, truth):
        super().__init__(options, truth)
        self.put(COIL, self.NEW, [0, 1])
        self.put(HOLDING, self.CARD, [0] * 10)

    def can_produce(self):
        return not self.words[COIL, self.NEW]

    def produce(self, card=None):
        if not self.can_produce():
            return
        number = self.tell(card=card)
        self.put(HOLDING, self.CARD, [0] * 8 + list(struct.unpack(">HH", struct.pack(
            ">I", number if card is None else card))))
        self.words[COIL, self.NEW] = 1
        self.held = number

    def restart(self, clear):
        if self.words[COIL, self.NEW]:
            self.lose(self.held)
        self.put(COIL, self.NEW, [0, 1])
        self.put(HOLDING, self.CARD, [0] * 10)


class LastValue(Model):
    """Overwrites, and counts."""

    # A number that begins anew and passes the old one before anyone looks cannot be told from one
    # that jumped. So it gets far first.
    RESTARTS_FROM = 500

    def __init__(self, options, truth):
        super().__init__(options, truth)
        self.sequence = 0
        self.show(0, 0)

    def show(self, bits, card):
        self.put(INPUT, 0, [self.sequence, 7, bits] + [0] * 14 + [card >> 16, card])

    def produce(self, card=None):
        self.sequence = (self.sequence + 1) % 65536
        number = self.tell(card=card)
        self.show(32, number if card is None else card)

    def may_restart(self):
        return self.sequence >= self.RESTARTS_FROM

    def restart(self, clear):
        self.sequence = 0
        self.show(0, 0)


class ByNumber(Model):
    """A ring of records that are asked for by their number."""

    REQUEST, RECORD, STATUS = 10016, 10000, 10029

    def __init__(self, options, truth):
        super().__init__(options, truth)
        self.log = collections.deque()
        self.put(HOLDING, self.RECORD, [0] * 12)
        self.put(HOLDING, self.REQUEST, [0] * (self.STATUS - self.REQUEST))
        self.show()

    def show(self):
        oldest = self.log[0][0] if self.log else self.produced
        self.put(HOLDING, self.STATUS, [oldest, self.produced, 0])

    def long(self, value):
        return [value & 0xFFFF, value >> 16]

    def produce(self):
        at = self.now()
        number = (self.tell() - 1) % 65536
        self.log.append((number, int(at), self.produced % 2))
        if len(self.log) > self.options.capacity:
            self.log.popleft()
        self.show()

    def write(self, table, address, value):
        self.words[table, address] = value
        if address == self.REQUEST and value == 11:
            wanted = self.words[HOLDING, self.REQUEST + 1]
            found = [record for record in self.log if record[0] == wanted]
            window = [0] * 12
            if found:
                number, at, state = found[0]
                window = [1, 0, number, 0, 0x0A00, 0, 0, 0, *self.long(at), state, 0]
            self.put(HOLDING, self.RECORD, window)
            if self.is_refused(wanted + 1):
                self.hide(self.RECORD, len(window))
        return True

    def restart(self, clear):
        if clear:
            self.log.clear()
            self.produced = 0
            self.show()


class History(Model):
    """The newest first; a full one forgets its oldest without a word."""

    COUNT, SELECT, RECORD = 0xA0, 0xA1, 0xA2
    STATUS = COUNT

    def __init__(self, options, truth):
        super().__init__(options, truth)
        self.log = collections.deque(maxlen=options.capacity)
        self.put(HOLDING, self.COUNT, [0, 1])
        self.put(HOLDING, self.RECORD, [0] * 14)

    def produce(self):
        at = datetime.datetime.fromtimestamp(self.now(), datetime.timezone.utc)
        number = self.tell()
        kind = b"ER1\0" if number % 2 else b"ER2\0"
        self.log.appendleft([at.microsecond // 1000, at.second, at.minute, at.hour, at.day,
                             at.month, at.year, *struct.unpack(">HH", kind), 0, 0, 0,
                             number >> 16, number & 0xFFFF])
        self.put(HOLDING, self.COUNT, [len(self.log)])
        self.select(self.words[HOLDING, self.SELECT])

    def select(self, index):
        record = self.log[index - 1] if 0 < index <= len(self.log) else [0x8000] * 14
        self.put(HOLDING, self.RECORD, record)
        if self.is_refused(record[-2] << 16 | record[-1]):
            self.hide(self.RECORD, len(record))

    def write(self, table, address, value):
        self.words[table, address] = value
        self.select(value)
        return True

    def restart(self, clear):
        if clear:
            self.log.clear()
            self.put(HOLDING, self.COUNT, [0])


class OwnFunction(Model):
    """The same, read by function 0x42."""

    own_function = READ_EVENTS
    STATUS = 3135

    def __init__(self, options, truth):
        super().__init__(options, truth)
        self.log = collections.deque(maxlen=options.capacity)
        self.put(INPUT, self.STATUS, [0])

    def produce(self):
        seconds = int(self.now()) - 946684800
        number = self.tell()
        self.log.appendleft(struct.pack(">IHHHH", seconds, 12, 8, number >> 16, number & 0xFFFF) +
                            bytes(10))
        self.put(INPUT, self.STATUS, [len(self.log)])

    def answer(self, data):
        """The bytes after the function code, or None for an exception."""
        if len(data) != 4:
            return None
        number, count = struct.unpack(">HH", data)
        if count != 1 or number >= len(self.log):
            return None
        if self.is_refused(int.from_bytes(self.log[number][8:12], "big")):
            return None
        return bytes([22]) + self.log[number]

    def restart(self, clear):
        if clear:
            self.log.clear()
            self.put(INPUT, self.STATUS, [0])


class Counters(Model):
    """Six inputs; each counts when it goes on."""

    def __init__(self, options, truth):
        super().__init__(options, truth)
        self.on = [False] * 6
        self.counts = [options.first_count] * 6
        self.put(DISCRETE, 1000, [0] * 6)
        self.show()

    def show(self):
        words = []
        for count in self.counts:
            words += [count >> 16 & 0xFFFF, count]
        self.put(INPUT, 16, words)
        self.put(INPUT, 48, [sum(1 << at for at, on in enumerate(self.on) if on)])

    def toggle(self, at):
        self.on[at] = not self.on[at]
        if self.on[at]:
            self.counts[at] = (self.counts[at] + 1) % (1 << 32)
        if at % 2 == 0 or self.on[at]:  # an exit button that is let go means nothing
            self.tell(input=at, on=self.on[at])
        self.show()

    def produce(self):
        self.toggle(random.randrange(6))

    def restart(self, clear):
        if clear:
            self.counts = [0] * 6
            self.show()


class Inputs(Model):
    """Sixteen inputs, four a door: contact, exit button, lock, tamper loop. Each change stands for
    --stand-ms at least."""

    happens_while_down = True
    MEANS = [{True, False}, {True}, {True, False}, {False}]  # which levels are events

    def __init__(self, options, truth):
        super().__init__(options, truth)
        self.changed_at = [time.monotonic()] * 16
        self.put(DISCRETE, 0, [0] * 16)

    def ready(self):
        limit = time.monotonic() - self.options.stand_ms / 1000
        return [at for at, changed_at in enumerate(self.changed_at) if changed_at < limit]

    def can_produce(self):
        return bool(self.ready())

    def produce(self):
        at = random.choice(self.ready())
        is_on = not self.words[DISCRETE, at]
        self.words[DISCRETE, at] = int(is_on)
        self.changed_at[at] = time.monotonic()
        if is_on in self.MEANS[at % 4]:
            self.tell(input=at, on=is_on)
        else:
            self.truth({"kind": "change", "at": self.now(), "input": at, "on": is_on})

    def was_asked(self):
        self.truth({"kind": "read", "at": time.time()})

    def restart(self, clear):
        pass  # it shows what is wired to it


MODELS = {
    "inveo-rfid-ind-modbus": Latch,
    "rfideas-rdr-80581": LastValue,
    "satec-etc2002": ByNumber,
    "sel-551": History,
    "pulsar-en54c": OwnFunction,
    "moxa-iologik-e1214": Counters,
    "moxa-iologik-e1210": Inputs,
}


class Unit:
    """A model as pymodbus asks for it."""

    def __init__(self, model):
        self.model = model

    def validate(self, function, address, count=1):
        table = TABLE_OF.get(function)
        if function in (5, 6):
            return self.model.may_write(table, address)
        return all((table, at) in self.model.words for at in range(address, address + count))

    def getValues(self, function, address, count=1):  # pylint: disable=invalid-name
        table = TABLE_OF[function]
        return [self.model.words[table, at] for at in range(address, address + count)]

    def setValues(self, function, address, values):  # pylint: disable=invalid-name
        self.model.truth({"kind": "written", "address": address, "value": int(values[0])})
        self.model.write(TABLE_OF[function], address, int(values[0]))

    async def async_getValues(self, function, address, count=1):  # pylint: disable=invalid-name
        return self.getValues(function, address, count)

    async def async_setValues(self, function, address, values):  # pylint: disable=invalid-name
        self.setValues(function, address, values)


class Controller(door_controller.Controller):
    def __init__(self, options, model):
        super().__init__(options, model, Unit(model))
        self.model = model
        self.left = options.count if options.rate else 0
        self.is_producing = True
        self.is_busy = False
        self.polls = 0
        if model.own_function:
            self.own_request, self.own_response = modbus_wire.own_function(
                model.own_function, 4)

    def next_fault(self):
        fault = super().next_fault()
        if fault is None:
            self.model.was_asked()
        return fault

    def perform(self, connection, request):
        if getattr(request, "address", None) == self.model.STATUS:
            self.polls += 1
        if self.is_busy:
            return connection.refuse(request, 6)
        if request.function_code == self.model.own_function:
            answer = self.model.answer(request.data)
            return connection.refuse(request, 3) if answer is None else self.own_response(answer)
        return connection.perform(request, self.unit)

    async def reboot(self, clear):
        self.model.restart(clear)
        self.model.truth({"kind": "reboot", "clear": clear, "at": time.time()})
        self.is_down = True
        self.cut()
        await asyncio.sleep(self.options.reboot_s)
        self.is_down = False

    def restart_by_chance(self):
        # After the last event nothing else comes that could tell of what a restart loses.
        may = self.is_producing and self.model.may_restart()
        return super().restart_by_chance() if may else None

    def must_wait(self):
        is_away = self.is_down and not self.model.happens_while_down
        return is_away or not self.model.can_produce()

    async def produce(self):
        begun = time.monotonic()
        for number in itertools.count():
            if self.model.produced >= self.left:
                break
            await door_controller.keep_pace(begun, number, self.options.rate)
            while self.must_wait():
                await asyncio.sleep(0.002)
            self.model.produce()
        self.is_producing = False
        if self.left:
            self.model.truth({"kind": "done"})
            door_controller.say({"done": self.model.produced})

    async def command(self, words):
        if words[0] == "emit":
            self.model.produce(*[int(word) for word in words[1:2]])
        elif words[0] == "burst":
            for _ in range(int(words[1])):
                self.model.produce()
        elif words[0] == "pulse":
            for _ in range(2 * int(words[2])):
                self.model.toggle(int(words[1]))
        elif words[0] == "empty":
            self.model.log[int(words[1])] = [0x8000] * 14
        elif words[0] == "count":
            self.model.words[HOLDING, self.model.COUNT] = int(words[1])
        elif words[0] == "refuse":
            self.model.refuse(words[1])
        elif words[0] == "busy":
            self.is_busy = words[1] == "1"
        elif words[0] == "polls":
            pass
        elif words[0] == "overflow":
            self.model.words[DISCRETE, 1000 + int(words[1])] = int(words[2])
        else:
            return await super().command(words)
        return {"ok": words[0], "produced": self.model.produced,
                "polls": self.polls}


def main():
    parser = door_controller.parser_of(__doc__)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--first-count", type=int, default=0, help="what the counters begin with")
    parser.add_argument("--stand-ms", type=float, default=0, help="how long an input stands so")
    options = parser.parse_args()
    door_controller.serve(
        options, lambda options, truth: Controller(options, MODELS[options.model](options, truth)))


if __name__ == "__main__":
    main()
