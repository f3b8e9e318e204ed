"""What the recorder concludes by itself from what a real controller reports: with the whole
appliance, and with the keeper alone where time and restarts are to be chosen."""
import hashlib
import json
import signal
import time

from appliance import Appliance, Controller
from keeper_end import Keeper
from messages import CAUSE_CODES, EVENT_CODES

SECOND = 10**9


def door(**rules):
    return {"id": "archive", "name": "Archive", "cameras": [],
            "rules": {"held_s": 0, "grace_ms": 200, **rules}}


class Room:
    """An appliance with one door, and what it concluded."""

    def __init__(self, settings=None, **rules):
        self.panel = Controller("--stdin")
        self.appliance = Appliance(controllers=[self.panel.entry("panel", timeout_ms=200)],
                                   doors=[door(**rules)],
                                   settings=settings)

    def __enter__(self):
        self.panel.__enter__()
        self.appliance.__enter__()
        return self

    def __exit__(self, *what):
        self.appliance.__exit__(*what)
        self.panel.__exit__(*what)

    def happens(self, *events):
        for event in events:
            self.panel.ask(f"emit {event}")

    def entries(self):
        return self.appliance.json("entries", check=False)

    def derived(self):
        return [entry for entry in self.entries() if entry["derived"]]

    def wait(self, *events):
        """Until these are concluded, in this order, and nothing else is."""
        self.appliance.wait(lambda: len(self.derived()) >= len(events), what=f"{events}")
        found = self.derived()
        assert [entry["event"] for entry in found] == list(events)
        return found

    def of(self, event):
        return [entry for entry in self.entries()
                if entry["event"] == event and not entry["derived"]]

    def alarms(self):
        """[(kind, phase)] of the doors, in order."""
        rows = self.appliance.json("records", "--kind", "alarm", check=False)
        bodies = [row["body"] for row in rows if row["head"]["source"] == "derived/panel"]
        return [(body["alarm"], body["phase"]) for body in bodies]

    def finish(self):
        self.appliance.stop()
        status, text = self.appliance.verify()
        assert status == 0, text
        return text


def test_a_door_opened_without_a_grant_is_forced_until_it_is_closed():
    with Room(grant_s=1) as room:
        room.happens("access_granted 1 4711", "opened", "closed", "rex_pressed", "opened",
                     "closed")
        room.appliance.wait(lambda: len(room.of("closed")) == 2)
        limit = time.monotonic() + 1.5  # the newest permission is used up
        room.appliance.wait(lambda: time.monotonic() > limit)
        room.happens("opened")
        _, forced = room.wait("access_taken", "forced")
        assert forced["from"] == [room.of("opened")[-1]["record"]]
        assert forced["by"] == "forced" and forced["verdict"] == "none"
        assert forced["at"] == room.of("opened")[-1]["device_time"]
        assert [alarm["kind"] for alarm in room.appliance.status()["alarms"]] == ["forced"]
        assert room.appliance.source("panel")["entries"] == 7
        for language, words in (("C.UTF-8", "» door forced (recorder's conclusion)"),
                                ("zh_CN.UTF-8", "» 强行开门 (本机推断)")):
            assert words in room.appliance.sealroom("entries", language=language).stdout
        room.happens("closed")
        room.appliance.wait(lambda: not room.appliance.status()["alarms"])
        assert room.alarms() == [("forced", "begin"), ("forced", "end")]
        room.finish()


def test_a_door_left_open_is_warned_of_and_then_held_until_it_is_closed():
    with Room(held_s=2, prealarm_s=1) as room:
        room.happens("opened")
        room.wait("held_prealarm")
        warned, held = room.wait("held_prealarm", "held")
        (opened,) = room.of("opened")
        assert warned["from"] == held["from"] == [opened["record"]]
        assert held["at"] > warned["at"] > opened["device_time"]
        room.happens("closed", "opened", "closed")
        room.appliance.wait(lambda: len(room.of("closed")) == 2)
        room.appliance.wait(lambda: not room.appliance.status()["alarms"])
        room.wait("held_prealarm", "held")
        assert room.alarms() == [("held", "begin"), ("held", "end")]
        room.finish()


def test_a_grant_is_taken_by_an_opening_or_was_not():
    with Room(grant_s=1) as room:
        room.happens("access_granted 1 4711", "opened", "closed")
        room.wait("access_taken")
        room.happens("access_granted 1 4712")
        taken, not_taken = room.wait("access_taken", "access_not_taken")
        first, second = room.of("access_granted")
        assert taken["from"] == [first["record"], room.of("opened")[0]["record"]]
        assert not_taken["from"] == [second["record"]]
        assert [row["credential"] for row in (taken, not_taken)] == ["0000004711", "0000004712"]
        assert not room.alarms()
        room.finish()


def test_two_persons_are_waited_for_and_completed_or_time_out():
    with Room(two_persons={"window_s": 1}) as room:
        room.happens("access_granted 1 4711", "access_granted 1 4712")
        room.wait("dual_waiting", "dual_completed")
        room.happens("access_granted 1 4711", "access_granted 1 4711")
        waiting, completed, _, timeout = room.wait(
            "dual_waiting", "dual_completed", "dual_waiting", "dual_timeout")
        granted = [row["record"] for row in room.of("access_granted")]
        assert waiting["from"] == granted[:1] and completed["from"] == granted[:2]
        assert timeout["from"] == granted[2:3]
        room.finish()


def test_two_cards_of_one_person_in_the_roster_are_not_two_persons(tmp_path):
    roster = tmp_path / "people.yaml"
    roster.write_text(json.dumps({"people": {
        "0000004711": {"name": "王文", "department": "档案科"},
        "0000004712": {"name": "王文", "department": "档案科"},
        "0000004713": {"name": "王文", "department": "登记科"}}}), encoding="utf-8")
    with Room({"roster": str(roster)}, two_persons={"window_s": 60}) as room:
        room.happens("access_granted 1 4711", "access_granted 1 4712", "access_granted 1 4713")
        _, completed = room.wait("dual_waiting", "dual_completed")
        first, _, third = [entry["record"] for entry in room.of("access_granted")]
        assert completed["from"] == [first, third]


def test_entries_name_whom_the_roster_knew_when_they_were_recorded(tmp_path):
    roster = tmp_path / "people.yaml"

    def know(**people):
        roster.write_text(json.dumps({"people": people}, ensure_ascii=False), encoding="utf-8")
        return hashlib.sha256(roster.read_bytes()).hexdigest()

    first = know(**{"0000004711": {"name": "王文", "department": "档案科"}})
    with Room({"roster": str(roster)}, grant_s=60) as room:
        room.happens("access_granted 1 4711", "access_granted 1 4712")
        room.appliance.wait(lambda: len(room.entries()) == 2)
        second = know(**{"0000004711": {"name": "王雯"}})
        room.appliance.process.send_signal(signal.SIGHUP)

        def configurations():
            return [row["body"] for row in room.appliance.json("records", "--kind", "config")]

        room.appliance.wait(lambda: len(configurations()) == 2)
        assert [body["roster"]["sha256"] for body in configurations()] == [first, second]
        room.happens("opened")
        room.wait("access_taken", "access_taken")
        room.happens("access_granted 1 4711")
        room.appliance.wait(lambda: len(room.of("access_granted")) == 3)
        known = [(row.get("name"), row.get("department")) for row in room.of("access_granted")]
        assert known == [("王文", "档案科"), (None, None), ("王雯", None)]
        assert "0000004711 王文" in room.appliance.sealroom("entries").stdout
        room.finish()


def test_a_roster_that_cannot_be_used_is_an_alarm_and_keeps_nothing_from_being_recorded(tmp_path):
    roster = tmp_path / "people.yaml"
    good = json.dumps({"people": {"0000004711": {"name": "Wang Wen"}}})
    roster.write_text(good, encoding="utf-8")
    with Room({"roster": str(roster)}) as room:
        appliance = room.appliance

        def alarms():
            return [(body["phase"], body.get("detail", "")) for body in
                    (row["body"] for row in appliance.json("records", "--kind", "alarm", check=False))
                    if body["alarm"] == "roster_unusable"]

        def read_again(text):
            roster.write_text(text, encoding="utf-8")
            appliance.process.send_signal(signal.SIGHUP)

        read_again(good + "]")
        appliance.wait(lambda: len(alarms()) == 1)
        assert alarms()[0][0] == "begin" and f"{roster}:1:" in alarms()[0][1]
        assert "the roster of people cannot be used" in appliance.sealroom("status").stdout
        appliance.stop()
        roster.unlink()
        appliance.start()
        appliance.wait(lambda: appliance.source("panel")["online"])
        room.happens("access_granted 1 4711")
        appliance.wait(lambda: room.of("access_granted"))
        read_again(good)
        appliance.wait(lambda: len(alarms()) == 2)
        assert alarms()[1][0] == "end"
        room.happens("access_granted 1 4711")
        appliance.wait(lambda: len(room.of("access_granted")) == 2)
        assert [row.get("name") for row in room.of("access_granted")] == [None, "Wang Wen"]
        room.finish()


def test_a_reader_and_a_contact_at_two_controllers_make_one_door():
    with Controller("--stdin") as panel, Controller("--stdin") as wall:
        wall.ask("clock 40")
        with Appliance(controllers=[panel.entry("panel", timeout_ms=100),
                                    wall.entry("wall", timeout_ms=100)],
                       doors=[door(grant_s=1)]) as appliance:

            def entries(event=None):
                rows = appliance.json("entries", check=False)
                return [row for row in rows if row["derived"] or row["event"] == event]

            def wait(*events):
                appliance.wait(lambda: len(entries()) >= len(events), what=f"{events}")
                assert [row["event"] for row in entries()] == list(events)
                return entries()[-1]

            appliance.wait(lambda: all(appliance.source(name)["online"]
                                       for name in ("panel", "wall")))
            # grace, four timeouts and a poll: then neither has a log to hand over
            quiet_at = time.monotonic() + 1.5
            appliance.wait(lambda: time.monotonic() > quiet_at)
            wall.ask("emit opened")
            forced = wait("forced")
            assert [alarm["kind"] for alarm in appliance.status()["alarms"]] == ["forced"]
            wall.ask("emit closed")
            appliance.wait(lambda: not appliance.status()["alarms"])
            panel.ask("emit access_granted 1 4711")
            appliance.wait(lambda: entries("access_granted"))
            wall.ask("emit opened")
            wall.ask("emit closed")
            taken = wait("forced", "access_taken")
            (granted,) = [row for row in entries("access_granted") if not row["derived"]]
            opened = [row for row in entries("opened") if not row["derived"]]
            assert granted["controller"] == "panel"
            assert {row["controller"] for row in opened} == {"wall"}
            assert forced["from"] == [opened[0]["record"]]
            assert taken["from"] == [granted["record"], opened[1]["record"]]
            assert forced["controller"] == taken["controller"] == "panel"
            assert taken["credential"] == "0000004711"
            appliance.stop()
            (described,) = appliance.json("records", "--kind", "config")[0]["body"]["doors"]
            assert described["controller"] == "panel"
            assert described["controllers"] == ["panel", "wall"]
            status, text = appliance.verify()
            assert status == 0, text


class Panel:
    """A controller's end at a keeper of its own: times and arrivals are chosen."""

    def __init__(self, keeper, name="panel"):
        self.link = keeper.door(name)
        self.say_state("source_online")

    def say_state(self, event):
        assert self.link.ask("source_state", event=EVENT_CODES[event],
                             at_utc_ns=time.time_ns())["status"] == 0

    def entry(self, event, number, ago_s=0.0, **more):
        """Its record's number."""
        now = time.time_ns()
        return self.link.ask(
            "entry", event=EVENT_CODES[event], door="archive", has_device_seq=1, device_seq=number,
            device_time_quality=1, device_utc_ns=now - int(ago_s * SECOND), received_utc_ns=now,
            received_monotonic_ns=time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW),
            **more)["record"]

    def lost(self, first, last):
        now = time.time_ns()
        return self.link.ask(
            "entry", event=EVENT_CODES["records_lost"], has_device_seq=1, device_seq=last,
            lost_from=first, lost_to=last, received_utc_ns=now,
            received_monotonic_ns=time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW))["record"]


def start(keeper, cameras=(), **rules):
    keeper.start(cameras=cameras, doors={"archive": "panel"},
                 rules={"archive": {"grace_ms": 100, **rules}})
    return Panel(keeper)


def concluded(keeper):
    return keeper.bodies("entry", "derived/panel")


def test_what_fell_due_while_the_recorder_was_down_is_said_late_and_once(tmp_path):
    keeper = Keeper(tmp_path)
    with keeper:
        panel = start(keeper, held_s=2)
        opened = panel.entry("opened", 1)
        begun = time.time_ns()
        keeper.kill()
        while time.time_ns() < begun + 2 * SECOND:
            time.sleep(0.05)
        for _ in range(2):
            panel = start(keeper, held_s=2)
            (held,) = keeper.wait(lambda: concluded(keeper))
            assert held["event"] == "held" and held["from"] == [str(opened)]
            keeper.kill()
        panel = start(keeper, held_s=2)
        panel.entry("closed", 2)
        ends = keeper.wait(lambda: keeper.bodies("alarm", "derived/panel", phase="end"))
        begins = keeper.bodies("alarm", "derived/panel", phase="begin")
        assert len(begins) == len(ends) == len(concluded(keeper)) == 1
        keeper.stop()


def test_an_alarm_of_a_door_found_open_lasts_over_a_restart_until_its_closing(tmp_path):
    keeper = Keeper(tmp_path)

    def alarms(phase):
        return [(number, body) for number, _, body in keeper.records("alarm", "derived/panel")
                if body["phase"] == phase]

    with keeper:
        panel = start(keeper, held_s=1, grant_s=1)
        panel.entry("opened", 1, ago_s=1, found=1)
        keeper.wait(lambda: alarms("begin"))
        panel.entry("closed", 2)
        keeper.wait(lambda: alarms("end"))
        panel.entry("opened", 3, ago_s=1, found=1)
        keeper.wait(lambda: len(alarms("begin")) == 2)
        keeper.kill()
        panel = start(keeper, held_s=1, grant_s=1)
        closed = panel.entry("closed", 4)
        keeper.wait(lambda: len(alarms("end")) == 2)
        assert alarms("end")[1][0] > closed
        assert [int(body["begin"]) for _, body in alarms("end")] == \
            [number for number, _ in alarms("begin")]
        assert {body["event"] for body in concluded(keeper)} == {"held"}
        assert len(keeper.bodies("entry", "door/panel", found=True)) == 2
        keeper.stop()


def test_what_is_concluded_of_two_controllers_is_said_once_over_restarts(tmp_path):
    keeper = Keeper(tmp_path)

    def begin():
        keeper.start(doors={"archive": ["panel", "wall"]},
                     rules={"archive": {"grant_s": 1, "grace_ms": 100}})
        both = Panel(keeper), Panel(keeper, "wall")
        begun = time.monotonic()
        keeper.wait(lambda: time.monotonic() > begun + 0.3)  # they have no log to hand over
        return both

    with keeper:
        panel, wall = begin()
        first = wall.entry("opened", 1, ago_s=-300)  # its clock is that far ahead
        panel.entry("held", 1)  # by its own view, and it knows of no closing
        keeper.wait(lambda: concluded(keeper))
        keeper.kill()
        panel, wall = begin()
        wall.entry("closed", 2, ago_s=-300)
        for source in ("derived/panel", "door/panel"):
            (end,) = keeper.wait(lambda: keeper.bodies("alarm", source, phase="end"))
            assert end["subject"] == "archive"
        granted = panel.entry("access_granted", 2, ago_s=0.1, credential="a")
        second = wall.entry("opened", 3, ago_s=-300)
        forced, taken = keeper.wait(lambda: len(concluded(keeper)) > 1 and concluded(keeper))
        assert forced["event"] == "forced" and forced["from"] == [str(first)]
        assert taken["event"] == "access_taken" and taken["from"] == [str(granted), str(second)]
        assert not keeper.bodies("alarm", "door/wall") and not keeper.records(None, "derived/wall")
        keeper.stop()


def test_a_rule_says_nothing_of_the_time_before_it_was_made(tmp_path):
    keeper = Keeper(tmp_path)
    with keeper:
        panel = start(keeper, held_s=0)
        panel.entry("opened", 1)
        panel.entry("closed", 2)
        keeper.kill()
        panel = start(keeper, grant_s=1)
        opened = panel.entry("opened", 3)
        (forced,) = keeper.wait(lambda: concluded(keeper))
        assert forced["from"] == [str(opened)]
        keeper.stop()


def test_a_grant_that_comes_after_its_opening_makes_no_false_alarm(tmp_path):
    with Keeper(tmp_path) as keeper:
        panel = start(keeper, grant_s=2, grace_ms=1000)
        panel.entry("opened", 2, ago_s=0.1)
        panel.entry("access_granted", 1, ago_s=0.3)
        panel.entry("closed", 3)
        last = panel.entry("opened", 4, ago_s=-3)  # the controller's clock says three seconds on
        (forced,) = keeper.wait(lambda: keeper.bodies("entry", "derived/panel", event="forced"))
        assert forced["from"] == [str(last)]
        keeper.stop()


def test_an_opening_after_a_loss_is_not_forced_and_one_that_follows_later_is(tmp_path):
    with Keeper(tmp_path) as keeper:
        panel = start(keeper, grant_s=1)
        panel.entry("rex_pressed", 1, ago_s=20)
        panel.lost(2, 4)
        panel.entry("opened", 5, ago_s=10)
        panel.entry("closed", 6, ago_s=9)
        later = panel.entry("opened", 7, ago_s=8)
        (forced,) = keeper.wait(lambda: concluded(keeper))
        assert forced["event"] == "forced" and forced["from"] == [str(later)]
        keeper.stop()


def test_who_enters_twice_without_leaving_is_observed(tmp_path):
    with Keeper(tmp_path) as keeper:
        panel = start(keeper, anti_passback=1)
        first = panel.entry("access_granted", 1, ago_s=0.9, credential="a", direction=1)
        panel.entry("opened", 2, ago_s=0.8)
        panel.entry("closed", 3, ago_s=0.7)
        second = panel.entry("access_granted", 4, ago_s=0.6, credential="a", direction=1)
        (violation,) = keeper.wait(lambda: concluded(keeper))
        assert violation["event"] == "apb_violation" and violation["credential"] == "a"
        assert violation["from"] == [str(second), str(first)]
        assert not keeper.bodies("alarm", "derived/panel")
        keeper.stop()


def test_a_door_that_is_open_while_its_camera_is_down_is_an_alarm_until_it_is_back(tmp_path):
    with Keeper(tmp_path) as keeper:
        panel = start(keeper, cameras=["gate"])
        gate = keeper.camera("gate")
        now = {"at_utc_ns": time.time_ns(),
               "at_monotonic_ns": time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)}
        gate.say("stream_down", cause=CAUSE_CODES["unreachable"], **now)
        keeper.wait(lambda: keeper.bodies("camera", "camera/gate", event="offline"))
        # what comes late was seen
        panel.entry("opened", 1, ago_s=5)
        panel.entry("closed", 2, ago_s=4)
        opened = panel.entry("opened", 3)
        (unseen,) = keeper.wait(lambda: concluded(keeper))
        (down,) = [number for number, _, body in keeper.records("camera", "camera/gate")
                   if body["event"] == "offline"]
        assert unseen["event"] == "open_unseen"
        assert unseen["from"] == [str(opened), str(down)]
        gate.say("stream_up", transport=1, address="192.0.2.1", port=554, **now)
        (end,) = keeper.wait(lambda: keeper.bodies("alarm", "derived/panel", phase="end"))
        assert end["alarm"] == "open_unseen"
        keeper.stop()
