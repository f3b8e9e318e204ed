"""Accounts, roles and sessions, as the console speaks of them with the keeper. Every state left
behind is verified (Keeper)."""
import json
import re
import subprocess
import time

import pytest

from appliance import BIN
from keeper_end import Keeper
from messages import FORMS, ROOT, STATUS_CODES, enum
from moved_clock import MovedClock

HEADER = (ROOT / "recorder/base/permission.h").read_text(encoding="utf-8")
TABLE = (ROOT / "recorder/base/permission.c").read_text(encoding="utf-8")
ROLES = {name: code for code, name in enum(HEADER, "operator_role", "OPERATOR_").items()}
ACTS = {name: code for code, name in enum(HEADER, "act", "ACT_").items() if name != "none"}
CHANGES = {name: code for code, name in enum(
    (ROOT / "recorder/base/message_account.h").read_text(encoding="utf-8"), "account_change",
    "CHANGE_").items()}
NUMBERS = {"B": 8, "H": 16, "I": 32, "Q": 64, "q": 64}
FIRST, GIVEN, OWN = "Dragon-Gate-1", "Given-Word-2", "Own-Secret-3"
OK, AGAIN_LATER = 0, STATUS_CODES["full"]
INVALID, REFUSED, NOT_FOUND, EXISTS = (STATUS_CODES[name] for name in (
    "invalid", "refused", "not_found", "exists"))


class Console:
    """The console's end of its link, as if many people sat at it."""

    def __init__(self, keeper):
        self.keeper = keeper
        self.link = keeper.console()
        self.state = self.link.state

    def answer(self, reference, *names):
        """(name, values) of what answers a message."""
        while True:
            for index, (name, values) in enumerate(self.link.waiting):
                if name in (*names, "done") and values["reference"] == reference:
                    del self.link.waiting[index]
                    return name, values
            message = self.link.receive()
            assert message is not None
            self.link.waiting.append(message)

    def first(self, account="admin", password=FIRST, name="安全"):
        command = self.keeper.command()
        reference = command.say("first_code_ask")
        given = command.expect("first_code", lambda said: said["reference"] == reference)
        return self.link.ask("account_first", code=given["code"], account=account, name=name,
                             password=password, address="127.0.0.1")

    def try_login(self, account, password, address="10.0.0.9"):
        return self.answer(self.link.say("login", account=account, password=password,
                                         address=address), "session")

    def login(self, account, password, **options):
        name, values = self.try_login(account, password, **options)
        assert name == "session", values["text"]
        return values

    def token(self, account, password):
        return self.login(account, password)["token"]

    def check(self, session, act="see_state", active=1):
        """The session, or the status of a refusal."""
        name, values = self.answer(self.link.say("session_check", session=session,
                                                 act=ACTS[act], active=active), "session")
        return values if name == "session" else values["status"]

    def change(self, session, what, account, /, **values):
        return self.link.ask("account_change", session=session, change=CHANGES[what],
                             account=account, reason="test", **values)

    def make(self, session, account, role, password=GIVEN, **values):
        done = self.change(session, "create", account, role=ROLES[role], name=account.title(),
                           password=password, **values)
        assert done["status"] == OK, done["text"]

    def own_password(self, session, old, new):
        return self.link.ask("password_change", session=session, old_password=old,
                             new_password=new)

    def second(self, session, act, account, password):
        """The token, or the status of a refusal."""
        name, values = self.answer(self.link.say("second", session=session, act=ACTS[act],
                                                 account=account, password=password),
                                   "second_given")
        return values["token"] if name == "second_given" else values["status"]

    def accounts(self, session):
        reference = self.link.say("accounts_ask", session=session)
        assert self.link.done(reference)["status"] == OK
        return {values["account"]: values for name, values in self.link.waiting
                if name == "account" and values["reference"] == reference}

    def ready(self, admin, account, role):
        """An account with its own password, logged in."""
        self.make(admin, account, role)
        session = self.token(account, GIVEN)
        assert self.own_password(session, GIVEN, OWN)["status"] == OK
        return session


@pytest.fixture(name="keeper")
def keeper_fixture(tmp_path):
    with Keeper(tmp_path / "state", "nist") as started:
        started.start()
        yield started


@pytest.fixture(name="console")
def console_fixture(keeper):
    return Console(keeper)


@pytest.fixture(name="admin")
def admin_fixture(console):
    assert console.first()["status"] == OK
    return console.token("admin", FIRST)


@pytest.fixture(name="room", scope="module")
def room_fixture(tmp_path_factory):
    """One keeper for what leaves the others' accounts alone."""
    with Keeper(tmp_path_factory.mktemp("room") / "state", "nist") as started:
        started.start()
        console = Console(started)
        assert console.first()["status"] == OK
        console.admin = console.token("admin", FIRST)
        yield console


def events(keeper):
    return [body["event"] for body in keeper.bodies("account")]


def alarms(keeper):
    ended = {body["begin"] for body in keeper.bodies("alarm", phase="end")}
    return {body["alarm"] for number, _, body in keeper.records("alarm")
            if body["phase"] == "begin" and str(number) not in ended}


def book(keeper):
    return keeper.state / "accounts"


def edit(keeper, pattern, replacement):
    text = book(keeper).read_text(encoding="utf-8")
    changed = re.sub(pattern, replacement, text, count=1)
    assert changed != text
    book(keeper).write_text(changed, encoding="utf-8")


def allowed():
    """{act: roles} as permission.c has it: the table that the keeper decides by."""
    names = {"GUARD": "guard", "INSPECT": "inspector", "SYSTEM": "system_administrator",
             "SECURITY": "security_administrator", "AUDIT": "auditor"}
    found = re.findall(r"\[ACT_(\w+)\]\s*= \{([A-Z |]+), ACT_\w+\}", TABLE)
    return {act.lower(): {names[word.strip()] for word in roles.split("|")}
            for act, roles in found}


# ---- the first account ----


def test_a_code_makes_the_first_security_administrator_and_no_other(keeper, console):
    assert console.state["needs_first"] == 1
    wrong = console.link.ask("account_first", code="0000-0000", account="eve", name="Eve",
                             password=FIRST)
    assert wrong["status"] == REFUSED
    assert console.first()["status"] == OK
    # known before the answer: else who asks next is shown the form for a first account again
    assert [values["needs_first"] for name, values in console.link.waiting
            if name == "accounts_state"] == [0]
    session = console.login("admin", FIRST)
    assert session["role"] == ROLES["security_administrator"] and session["must_change"] == 0
    command = keeper.command()
    assert command.ask("first_code_ask")["status"] == REFUSED
    code, made = (head for _, head, _ in keeper.records("account"))
    assert code["source"].startswith("operator/uid-") and made["source"] == "operator/admin"
    assert events(keeper) == ["first_code", "first_created"]
    assert book(keeper).stat().st_mode & 0o777 == 0o600
    text = keeper.state.joinpath("ledger.db").read_bytes() + book(keeper).read_bytes()
    assert FIRST.encode() not in text


def test_root_may_begin_anew_where_nobody_can_manage_accounts(keeper, console, admin):
    console.ready(admin, "other", "security_administrator")
    other = console.token("other", OWN)
    assert console.change(other, "close", "admin")["status"] == OK
    keeper.stop()
    edit(keeper, r'"person":"Other"', '"person":"Eve"')
    keeper.start()
    console = Console(keeper)
    assert console.state["needs_first"] == 1 and "accounts_altered" in alarms(keeper)
    assert console.first("third")["status"] == OK
    assert "accounts_opened" not in alarms(keeper)
    assert keeper.bodies("alarm", alarm="accounts_opened", phase="begin")
    third = console.token("third", FIRST)
    assert console.change(third, "close", "other")["status"] == OK
    assert not alarms(keeper)


# ---- logging in ----


def test_no_failure_tells_whether_there_is_such_an_account(room):
    console, keeper = room, room.keeper
    before = len(keeper.bodies("operator", action="login_failed"))
    console.make(room.admin, "gone", "guard")
    assert console.change(room.admin, "disable", "gone")["status"] == OK
    said, took = set(), {}
    for account, password in (("nobody", GIVEN), ("admin", "wrong"), ("gone", GIVEN), ("../..", "")):
        began = time.monotonic()
        name, values = console.try_login(account, password)
        took[account] = time.monotonic() - began
        assert name == "done"
        said.add((values["status"], values["text"]))
    assert len(said) == 1
    # a busy machine may stretch any of them: but none was answered without the work
    assert min(took.values()) > 0.01
    # who fails is answered before anything is written
    failed = keeper.wait(lambda: len(found := keeper.bodies(
        "operator", action="login_failed")[before:]) == 4 and found)
    assert [body.get("account", "?") for body in failed] == ["?", "admin", "gone", "?"]
    assert failed[0]["address"] == "10.0.0.9"


def test_a_session_tells_of_the_log_in_before_and_of_failures(room):
    console = room
    console.make(room.admin, "chen", "guard")
    first = console.login("chen", GIVEN, address="10.1.1.1")
    assert first["last_login_utc_ns"] == 0 and first["must_change"] == 1
    console.try_login("chen", "wrong")
    again = console.login("chen", GIVEN)
    assert again["last_login_address"] == "10.1.1.1" and again["failures"] == 1
    assert again["last_login_utc_ns"] > 0 and again["token"] != first["token"]
    assert console.check(again["token"], "own_password")["last_login_address"] == "10.1.1.1"


def test_five_failures_lock_until_the_time_is_over_or_somebody_releases_it(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", "nist", environment=clock.environment) as keeper:
        keeper.start()
        console = Console(keeper)
        console.first()
        admin = console.token("admin", FIRST)
        console.make(admin, "li", "guard")
        for _ in range(5):
            console.try_login("li", "wrong")
        assert console.try_login("li", GIVEN)[0] == "done"
        assert console.accounts(admin)["li"]["state"] == 3
        assert keeper.bodies("account", event="locked", account="li")[0]["state"] == "locked"
        keeper.kill()
        keeper.start()
        console = Console(keeper)
        assert console.try_login("li", GIVEN)[0] == "done"
        clock.set(16 * 60)
        assert console.login("li", GIVEN)["failures"] == 5
        for _ in range(5):
            console.try_login("li", "wrong")
        admin = console.token("admin", FIRST)
        assert console.change(admin, "unlock", "li")["status"] == OK
        console.login("li", GIVEN)


def test_a_flood_of_log_ins_delays_no_entry_and_fills_no_ledger(tmp_path):
    with Keeper(tmp_path / "state", "nist") as keeper:
        keeper.start(doors={"archive": "panel"})
        console = Console(keeper)
        panel = keeper.door("panel")
        tries = [console.link.say("login", account=f"a{number}", password="x")
                 for number in range(60)]
        waits = []
        for number in range(40):
            began = time.monotonic()
            panel.ask("entry", event=2, door="archive", device_seq=number + 1, boot_epoch=1,
                      has_device_seq=1, received_utc_ns=time.time_ns(),
                      received_monotonic_ns=time.monotonic_ns())
            waits.append(time.monotonic() - began)
        answers = [console.link.done(reference)["status"] for reference in tries]
        assert set(answers) == {REFUSED, AGAIN_LATER}
        assert sorted(waits)[len(waits) // 2] < 0.05, waits
        assert len(keeper.bodies("operator", action="login_failed")) <= 17


# ---- sessions ----


def test_nobody_there_ends_a_session_and_a_page_that_asks_by_itself_is_nobody(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", "nist", environment=clock.environment) as keeper:
        keeper.start(accounts={"idle_minutes": 5, "lock_minutes": 15})
        console = Console(keeper)
        assert console.state["idle_s"] == 300
        console.first()
        session = console.token("admin", FIRST)
        clock.set(200)
        assert console.check(session)["idle_s"] in (299, 300)
        clock.set(400)
        assert 90 < console.check(session, active=0)["idle_s"] <= 100
        clock.set(501)
        assert console.check(session) == NOT_FOUND
        assert keeper.wait(lambda: keeper.bodies("operator", action="logout"))[0]["ended"] == "idle"


def test_a_session_ends_by_logging_out_and_when_its_account_changes(room):
    console, keeper, admin = room, room.keeper, room.admin
    session = console.ready(admin, "zhou", "guard")
    other = console.token("zhou", OWN)
    assert console.link.ask("logout", session=session)["status"] == OK
    assert console.check(session) == NOT_FOUND and console.check(other)["account"] == "zhou"
    assert console.link.ask("logout", session=session)["status"] == NOT_FOUND
    assert console.change(admin, "role", "zhou", role=ROLES["auditor"])["status"] == OK
    assert console.check(other) == NOT_FOUND
    again = console.login("zhou", OWN)
    assert again["role"] == ROLES["auditor"]
    assert console.change(admin, "close", "zhou")["status"] == OK
    assert console.check(again["token"]) == NOT_FOUND
    assert console.try_login("zhou", OWN)[0] == "done"
    done = console.change(admin, "create", "zhou", role=ROLES["guard"], name="Zhou", password=GIVEN)
    assert done["status"] == EXISTS
    ends = [body["ended"] for body in keeper.bodies("operator", "operator/zhou", action="logout")]
    assert ends == ["logged_out", "account_changed", "account_changed"]


# ---- who may do what ----


def test_each_role_may_do_its_own_part_and_no_other(room):
    console, keeper, admin = room, room.keeper, room.admin
    table = allowed()
    assert set(table) == set(ACTS)
    sessions = {"security_administrator": admin}
    for role in ROLES:
        if role not in sessions:
            sessions[role] = console.ready(admin, role.replace("_", "-"), role)
    for act, roles in table.items():
        for role, session in sessions.items():
            for _ in range(2):
                answer = console.check(session, act)
                assert (answer != REFUSED) == (role in roles), (act, role)
    for role in ROLES:
        name = "admin" if sessions[role] == admin else role.replace("_", "-")
        expected = sorted(act for act in ACTS if role not in table[act])
        # each once, however often it was asked for
        keeper.wait(lambda name=name, expected=expected: expected == sorted(
            body["act"] for body in keeper.bodies("operator", f"operator/{name}",
                                                  action="refused")))


MESSAGES = {
    "lookup": ("see_entries", {"what": "entries", "reason": "case 7"}),
    "checkpoint_take": ("take_checkpoint", {"place": "paper"}),
    "hold_set": ("hold_set", {"from_utc_ns": 1, "to_utc_ns": 2, "reason": "case 7"}),
    "hold_release": ("hold_release", {"hold": 0, "reason": "case 7"}),
    "seal_now": ("watch", {}),
    "accounts_ask": ("see_accounts", {}),
    "account_change": ("change_accounts", {"change": 1, "account": "x", "reason": "r"}),
    "password_change": ("own_password", {}),
}


def test_each_message_is_decided_by_the_session_it_carries(room):
    guard = room.ready(room.admin, "wu", "guard")
    for message, (act, values) in MESSAGES.items():
        for role, session in (("guard", guard), ("security_administrator", room.admin)):
            name, answer = room.answer(room.link.say(message, session=session, **values),
                                       "checkpoint_note")
            part = "not the part" in answer.get("text", "")
            assert part == (role not in allowed()[act]), (message, name, answer)
        for stranger in ("", "A" * 43, room.admin[:-1]):
            said = room.link.ask(message, session=stranger, **values)
            assert said["status"] == NOT_FOUND, message


def test_what_an_operator_does_is_recorded_under_his_account(room):
    console, keeper, admin = room, room.keeper, room.admin
    inspector = console.ready(admin, "wang", "inspector")
    done = console.link.ask("hold_set", session=inspector, from_utc_ns=1, to_utc_ns=2,
                            reason="case 7")
    assert done["status"] == OK
    console.link.ask("lookup", session=inspector, what="entries", reason="case 7")
    number, head, body = keeper.records("hold")[0]
    assert (number, head["source"], body["by"]) == (done["record"], "operator/wang", "wang")
    lookup = keeper.bodies("operator", "operator/wang", action="lookup")[0]
    assert (lookup["account"], lookup["person"]) == ("wang", "Wang") and "uid" not in lookup


def test_what_is_not_recent_is_looked_at_for_a_reason(room):
    console = room
    guard = console.ready(room.admin, "sun", "guard")
    hour_ago = time.time_ns() - 3500 * 10**9

    def look(**values):
        return console.link.ask("lookup", session=guard, what="entries", **values)["status"]

    assert look(from_utc_ns=hour_ago) == OK
    assert look(from_utc_ns=hour_ago - 300 * 10**9, reason=" ") == INVALID
    assert look(from_utc_ns=hour_ago - 300 * 10**9, reason="case 7") == OK


def test_whatever_a_console_says_nothing_comes_of_it_without_a_session(keeper, console, admin):
    """And nobody falls over: each field empty, as large as it can be, and a true session's."""
    sent = re.findall(r"FORM\((\w+), \w+,[^()]*(?:BY\(\w+\)[ |]*)*BY\(CONSOLE\)", "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "recorder/base").glob("message_*_table.c")).replace("\n", " "))
    names = [name.lower() for name in sent if "EXPORT" not in name]
    assert len(names) >= 17
    before = len(keeper.records("account") + keeper.records("hold"))
    for name in names:
        for session in ("", "A" * 43, admin):
            for number in (0, 1, 2**63 - 1, -1):
                values = {}
                for member, kind in FORMS[name]:
                    if member == "session":
                        values[member] = session
                    elif kind == "text":
                        values[member] = "9" * (number % 3 * 15)
                    elif kind in NUMBERS:
                        bits = NUMBERS[kind]
                        values[member] = number if kind == "q" else number % 2**bits
                if name != "logout" or session != admin:
                    console.link.say(name, **values)
    assert console.check(admin)["account"] == "admin"
    assert len(keeper.records("account") + keeper.records("hold")) == before


# ---- passwords ----


def test_an_initial_password_is_good_for_nothing_but_changing_it(room):
    console, admin = room, room.admin
    console.make(admin, "qian", "guard")
    session = console.token("qian", GIVEN)
    assert console.check(session, "see_entries") == REFUSED
    assert console.own_password(session, "wrong", OWN)["status"] == REFUSED
    assert console.own_password(session, GIVEN, "short")["status"] == INVALID
    assert console.own_password(session, GIVEN, GIVEN)["status"] == INVALID
    assert console.own_password(session, GIVEN, OWN)["status"] == OK
    assert console.check(session, "see_entries")["must_change"] == 0
    assert console.try_login("qian", GIVEN)[0] == "done"
    console.login("qian", OWN)


def test_a_password_of_ninety_days_has_to_be_changed(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", "sm", environment=clock.environment) as keeper:
        keeper.start()
        console = Console(keeper)
        console.first()
        clock.wall.set(89 * 86400)
        assert console.login("admin", FIRST)["must_change"] == 0
        clock.wall.set(91 * 86400)
        assert console.login("admin", FIRST)["must_change"] == 1


def test_an_account_nobody_used_for_ninety_days_is_disabled_but_not_by_a_clock_that_steps(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", "nist", environment=clock.environment) as keeper:
        keeper.start()
        console = Console(keeper)
        console.first()
        console.make(console.token("admin", FIRST), "li", "guard")
        clock.wall.set(100 * 86400)
        keeper.wait(lambda: keeper.bodies("clock", event="step"))
        keeper.stop()
        keeper.start()
        console = Console(keeper)
        admin = console.token("admin", FIRST)
        assert console.own_password(admin, FIRST, OWN)["status"] == OK
        assert console.accounts(admin)["li"]["state"] == 1
        clock.set(191 * 86400)
        body = keeper.wait(lambda: keeper.bodies("account", event="unused", account="li"))[0]
        assert body["state"] == "disabled"


# ---- two persons ----


def test_a_hold_is_released_by_two_persons(tmp_path):
    with Keeper(tmp_path / "state", "nist") as keeper:
        keeper.start(accounts={"lock_minutes": 15, "second_hold_release": 1})
        console = Console(keeper)
        assert console.state["second_hold_release"] == 1
        console.first()
        admin = console.token("admin", FIRST)
        wang = console.ready(admin, "wang", "inspector")
        console.ready(admin, "zhao", "inspector")
        console.ready(admin, "li", "guard")
        console.make(admin, "new", "inspector")
        hold = console.link.ask("hold_set", session=wang, from_utc_ns=1, to_utc_ns=2,
                                reason="case 7")["record"]

        def release(second):
            return console.link.ask("hold_release", session=wang, second=second, hold=hold,
                                    reason="over")["status"]

        assert release("") == REFUSED and release("A" * 43) == REFUSED
        for account, password, status in (("wang", OWN, REFUSED), ("li", OWN, REFUSED),
                                          ("new", GIVEN, REFUSED), ("zhao", "wrong", REFUSED)):
            assert console.second(wang, "hold_release", account, password) == status
        assert console.second(wang, "see_entries", "zhao", OWN) == INVALID
        assert release(console.second(wang, "hold_release", "zhao", OWN)) == OK
        assert keeper.records("hold")[-1][2]["second"] == "zhao"
        # nor is there a way round it at the command line
        command = keeper.command()
        other = command.ask("hold_set", from_utc_ns=1, to_utc_ns=2, reason="x")["record"]
        assert command.ask("hold_release", hold=other, reason="x")["status"] == REFUSED


def test_a_package_is_asked_for_by_two_persons_and_that_is_on_record(tmp_path):
    with Keeper(tmp_path / "state", "nist") as keeper, open(tmp_path / "x.zip", "w+b") as file:
        keeper.start(cameras=["gate"], accounts={"lock_minutes": 15, "second_export": 1})
        console = Console(keeper)
        console.first()
        admin = console.token("admin", FIRST)
        wang = console.ready(admin, "wang", "inspector")
        guard = console.ready(admin, "li", "guard")
        values = {"from_utc_ns": time.time_ns() - 10**9, "to_utc_ns": 2**62, "purpose": "p",
                  "case_number": "c", "descriptor": file.fileno()}

        def ask(session, second=""):
            reference = console.link.say("export_ask", session=session, second=second, **values)
            return console.answer(reference, "export_begun")

        assert ask(guard)[1]["status"] == REFUSED
        assert ask(wang)[1]["status"] == REFUSED
        name, begun = ask(wang, console.second(wang, "export", "admin", FIRST))
        assert name == "export_begun", begun
        _, head, body = keeper.records()[begun["record"]]
        assert head["source"] == "operator/wang" and body["action"] == "export"
        assert (body["account"], body["person"], body["second"]) == ("wang", "Wang", "admin")
        keeper.kill()
        keeper.spawn()
        keeper.start(cameras=["gate"])
        assert keeper.bodies("operator", "operator/wang", action="exported")[0]["outcome"] == "failed"


def test_accounts_are_changed_by_two_persons(tmp_path):
    with Keeper(tmp_path / "state", "nist") as keeper:
        keeper.start(accounts={"lock_minutes": 15})
        console = Console(keeper)
        console.first()
        admin = console.token("admin", FIRST)
        console.ready(admin, "sun", "system_administrator")
        keeper.stop()
        keeper.start(accounts={"lock_minutes": 15, "second_accounts": 1})
        console = Console(keeper)
        admin = console.token("admin", FIRST)
        values = {"role": ROLES["guard"], "name": "Li", "password": GIVEN}
        assert console.change(admin, "create", "li", **values)["status"] == REFUSED
        second = console.second(admin, "change_accounts", "sun", OWN)
        assert console.change(admin, "create", "li", second=second, **values)["status"] == OK
        assert console.change(admin, "close", "li", second=second)["status"] == REFUSED
        assert keeper.bodies("account", event="created", account="li")[0]["second"] == "sun"


# ---- the book ----


def survives(tmp_path, wrap, act):
    """The keeper is killed in the middle of `act`, and started again."""
    state = tmp_path / "state"
    with Keeper(state, "nist") as keeper:
        keeper.start()
        console = Console(keeper)
        console.first()
        keeper.stop()
    keeper = Keeper(state, "nist", wrap=wrap)
    with keeper:
        keeper.start()
        console = Console(keeper)
        act(console, console.token("admin", FIRST))
        keeper.process.wait(60)
        keeper.leave()
        keeper.wrap = []
        keeper.spawn()
        keeper.start()
        yield keeper, Console(keeper)


def killed_at_second_rename(log):
    """The first gives accounts.next its name, the second puts it into accounts' place."""
    return ["strace", "-f", "-qq", "-o", str(log), "-P", "accounts.next", "-e",
            "trace=renameat", "-e", "inject=renameat:signal=KILL:when=2"]


def test_a_change_killed_between_its_record_and_the_book_holds(tmp_path):
    def make(console, admin):
        console.link.say("account_change", session=admin, change=CHANGES["create"], account="li",
                         reason="test", role=ROLES["guard"], name="Li", password=GIVEN)

    for keeper, console in survives(tmp_path, killed_at_second_rename(tmp_path / "log"), make):
        assert events(keeper)[-1] == "created"
        console.login("li", GIVEN)
        assert not alarms(keeper) and not (keeper.state / "accounts.next").exists()


def test_a_change_killed_before_its_record_never_was(tmp_path):
    def make(console, admin):
        book_next = console.keeper.state / "accounts.next"
        text = book(console.keeper).read_text(encoding="utf-8")
        book_next.write_text(text.replace("security_administrator", "auditor"), encoding="utf-8")
        console.keeper.process.kill()

    for keeper, console in survives(tmp_path, [], make):
        assert console.login("admin", FIRST)["role"] == ROLES["security_administrator"]
        assert not alarms(keeper) and not (keeper.state / "accounts.next").exists()


HARM = {
    "role": ('("name":"role".*?)"role":"guard"', r'\g<1>"role":"inspector"'),
    "hash": (r'("name":"hash".*?"verifiers":\["scrypt:16384:8:1:)[0-9a-f]{8}', r"\g<1>deadbeef"),
    "gone": (r'\{"name":"gone"[^\n]*\n[^\n]*\n', ""),
    "torn": (r'\{"name":"torn"', '["name":"torn"'),
}


def test_accounts_changed_from_outside_cannot_log_in_until_they_are_set_again(
        keeper, console, admin):
    for account in HARM:
        console.make(admin, account, "guard")
    keeper.stop()
    for account, (pattern, replacement) in HARM.items():
        edit(keeper, pattern, replacement)
    found = book(keeper).read_bytes()
    keeper.start()
    console = Console(keeper)
    altered = keeper.bodies("account", event="altered_outside")
    assert {body["account"] for body in altered} == set(HARM)
    assert not any("digest" in body for body in altered)
    assert alarms(keeper) == {"accounts_altered"}
    assert (keeper.state / "accounts.aside").read_bytes() == found
    assert {console.try_login(account, GIVEN)[0] for account in HARM} == {"done"}
    keeper.stop()
    keeper.start()
    console = Console(keeper)
    assert len(keeper.bodies("account", event="altered_outside")) == len(HARM)
    assert {console.try_login(account, GIVEN)[0] for account in HARM} == {"done"}
    admin = console.token("admin", FIRST)
    for account in HARM:
        assert console.accounts(admin)[account]["altered"] == 1
        assert console.change(admin, "role", account, role=ROLES["auditor"])["status"] == REFUSED
        assert alarms(keeper)
        assert console.change(admin, "password", account, password=OWN)["status"] == OK
        console.login(account, OWN)
    assert not alarms(keeper)
    keeper.stop()
    keeper.start()
    console = Console(keeper)
    assert {console.login(account, OWN)["role"] for account in HARM} == {ROLES["guard"]}


def test_a_book_the_disk_does_not_give_accuses_nobody(keeper, console, admin):
    keeper.stop()
    before = book(keeper).read_bytes()
    keeper.wrap = ["strace", "-f", "-qq", "-o", str(keeper.state.parent / "log"), "-P", "accounts",
                   "-e", "trace=openat", "-e", "inject=openat:error=EIO"]
    keeper.spawn()
    keeper.start()
    console = Console(keeper)
    assert alarms(keeper) == {"storage_error"} and console.state["needs_first"] == 0
    assert console.try_login("admin", FIRST)[0] == "done"
    keeper.kill()
    assert book(keeper).read_bytes() == before
    keeper.wrap = []
    keeper.spawn()
    keeper.start()
    Console(keeper).login("admin", FIRST)
    assert not alarms(keeper) and not keeper.bodies("account", event="altered_outside")


def test_an_account_added_from_outside_is_none(keeper, console, admin):
    console.ready(admin, "li", "guard")
    keeper.stop()
    lines = book(keeper).read_text(encoding="utf-8").splitlines(keepends=True)
    copy = lines[3].replace('"name":"li"', '"name":"eve"')
    book(keeper).write_text("".join(lines + [copy, lines[4]]), encoding="utf-8")
    keeper.start()
    console = Console(keeper)
    assert keeper.bodies("account", event="altered_outside")[0]["account"] == "eve"
    assert alarms(keeper) == {"accounts_altered"}
    assert console.try_login("eve", OWN)[0] == "done"
    console.login("li", OWN)
    assert "eve" not in book(keeper).read_text(encoding="utf-8")
    admin = console.token("admin", FIRST)
    assert set(console.accounts(admin)) == {"admin", "li"}


def test_a_book_changed_while_the_recorder_runs_is_noticed_within_a_minute(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", "nist", environment=clock.environment) as keeper:
        keeper.start()
        console = Console(keeper)
        console.first()
        li = console.ready(console.token("admin", FIRST), "li", "guard")
        edit(keeper, '"role":"guard"', '"role":"inspector"')
        clock.set(61)
        assert keeper.wait(lambda: keeper.bodies("account", event="altered_outside"))
        assert alarms(keeper) == {"accounts_altered"}
        assert console.check(li) == NOT_FOUND and console.try_login("li", OWN)[0] == "done"
        # what is recent is in no digest: it is written again, and nobody is locked out
        edit(keeper, r'("name":"admin".*\n\{"last_login":)\d+', r"\g<1>7")
        clock.set(122)
        keeper.wait(lambda: '"last_login":7,' not in book(keeper).read_text(encoding="utf-8"))
        console.login("admin", FIRST)
        assert len(keeper.bodies("account", event="altered_outside")) == 1


def test_an_older_book_put_back_gives_nobody_his_old_password(keeper, console, admin):
    console.make(admin, "li", "guard")
    before = book(keeper).read_bytes()
    session = console.token("li", GIVEN)
    assert console.own_password(session, GIVEN, OWN)["status"] == OK
    keeper.kill()
    book(keeper).write_bytes(before)
    keeper.spawn()
    keeper.start()
    assert Console(keeper).try_login("li", GIVEN)[0] == "done"
    assert alarms(keeper) == {"accounts_altered"}


def test_accounts_are_known_again_hours_and_many_records_later(tmp_path):
    clock = MovedClock(tmp_path)
    with Keeper(tmp_path / "state", "nist", environment=clock.environment) as keeper:
        keeper.start()
        console = Console(keeper)
        console.first()
        clock.set(3700)
        keeper.wait(lambda: [body for body in keeper.bodies("heartbeat", "appliance")
                             if "accounts" in body.get("standing", {})])
        keeper.kill()
        keeper.start()
        Console(keeper).login("admin", FIRST)
        assert not alarms(keeper)


def sealroom(keeper, *arguments, language="C.UTF-8"):
    return subprocess.run([BIN / "sealroom", *arguments, "--state", keeper.state],
                          capture_output=True, text=True, check=False, env={"LC_ALL": language})


def test_the_command_line_gives_the_code_and_lists_accounts_on_record(keeper, console):
    assert "no accounts yet" in sealroom(keeper, "account", "list").stdout
    code = json.loads(sealroom(keeper, "account", "first-code", "--json").stdout)["code"]
    done = console.link.ask("account_first", code=code.lower().replace("-", " "), account="admin",
                            name="王芳", password=FIRST)
    assert done["status"] == OK
    row = json.loads(sealroom(keeper, "account", "list", "--json").stdout)
    assert (row["account"], row["person"], row["role"]) == ("admin", "王芳", "security_administrator")
    assert "last_login" not in row
    shown = sealroom(keeper, "account", "list", language="zh_CN.UTF-8").stdout
    assert "安全管理员" in shown and "正常" in shown and "从未" in shown
    refused = sealroom(keeper, "account", "first-code", language="zh_CN.UTF-8")
    assert refused.returncode == 2 and "已有安全管理员" in refused.stderr
    looked = keeper.bodies("operator", action="lookup", what="accounts")
    assert len(looked) == 3 and all("uid" in body for body in looked)


def test_the_rules_in_force_are_on_record(tmp_path):
    with Keeper(tmp_path / "state", "nist") as keeper:
        keeper.start(accounts={"idle_minutes": 1000, "lock_minutes": 0, "second_export": 1})
        rules = keeper.bodies("config")[0]["accounts"]
        assert (rules["idle_minutes"], rules["lock_minutes"]) == (15, 0)
        assert rules["second_person"] == ["export"] and rules["password_length"] == 10


def test_what_happened_to_accounts_is_said_in_words(keeper, console, admin):
    console.ready(admin, "li", "guard")
    keeper.stop()
    said = sealroom(keeper, "records", "--kind", "account", language="zh_CN.UTF-8").stdout
    assert "新建账号" in said and "本人修改口令" in said and "角色：值班员" in said
    said = sealroom(keeper, "records", "--kind", "operator").stdout
    assert "logged in" in said and "account: li" in said
