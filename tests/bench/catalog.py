"""A catalog of many years: entries of several doors, video of several cameras, written straight into
the tables of an empty catalog that the recorder made, for what people do with it is to be measured,
not how it came about. Its rows have numbers below 0: before all of a ledger's, so that a recorder takes
the catalog for its own (`adopt`), adds what really happens, and finds nothing to mend."""
import contextlib
import json
import sqlite3

SECOND = 1_000_000_000
DOORS, PERSONS, CAMERAS = 8, 800, 16
# events as base/vocabulary.h has them: granted, opened, closed, denied, forced
USUAL = (2, 13, 14)
DENIED, FORCED = 3, 15
EVENT_NAMES = {2: "access_granted", 3: "access_denied", 13: "opened", 14: "closed", 15: "forced"}
BATCH = 50_000
TABLES = ("record", "entry", "span", "deed", "expired", "alarm")


def _event(number):
    if number % 9_973 == 0:
        return FORCED
    return DENIED if number % 211 == 0 else USUAL[number % 3]


def _entry(number, at_ns):
    event = _event(number)
    door = f"door-{number * 7 % DOORS}" if number % 50_021 else "cellar"
    person = number * 31 % PERSONS if event in (2, DENIED) else None
    body = {"salt": f"{number:032x}", "event": EVENT_NAMES[event], "door": door, "controller": "panel", "cameras": "camera-0 camera-1",
            "received": "2026-11-23T00:00:00.000000000Z", "boot_epoch": "1", "device_seq": str(number),
            "derived": False, "verdict": {2: "granted", DENIED: "denied"}.get(event, "none"), "direction": "in",
            "device_time_quality": "none", "received_monotonic_ns": str(number)}
    who = "  "
    if person is not None:
        body |= {"name": f"Person {person}", "department": "Registry", "credential": f"{person:010d}"}
        who = f"Person {person} Registry {person:010d}"
    return (at_ns, door, body.get("credential", ""), event, who, event in (DENIED, FORCED),
            json.dumps(body, separators=(",", ":")).encode())


def _fill_entries(database, count, end_ns, every_ns):
    for first in range(0, count, BATCH):
        rows = []
        for number in range(first, min(first + BATCH, count)):
            at_ns = end_ns - (count - number) * every_ns
            rows.append((number - count, *_entry(number, at_ns)))
        database.executemany("INSERT INTO record VALUES (?, 4, 'door/panel', ?, ?)",
                             ((row[0], row[0], row[1]) for row in rows))
        database.executemany(
            "INSERT INTO entry (record, at_ns, door, credential, event, who, alarming, body,"
            " controller, cameras) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'panel', 'camera-0 camera-1')", rows)


def _fill_spans(database, first, days, end_ns):
    number = first
    for minute in range(days * 1440):
        start = end_ns - (days * 1440 - minute) * 60 * SECOND
        heads, spans = [], []
        for camera in range(CAMERAS):
            gap = (minute + camera * 97) % 1009 == 0
            heads.append((number, 7 if gap else 6, f"camera/camera-{camera}", minute, start + 60 * SECOND))
            spans.append((number, f"camera-{camera}", start, start + 60 * SECOND, gap, 3 if gap else 0,
                          "", "" if gap else f"{minute}", 30_000_000, 1500, 0, 0))
            number += 1
        database.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?)", heads)
        database.executemany(f"INSERT INTO span VALUES ({', '.join('?' * 12)})", spans)


def fill(path, entries, days, end_ns):
    """Fills the catalog at `path`, opened by nobody, up to `end_ns`; what was in it goes."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        indexes = [sql for (sql,) in database.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")]
        for (name,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall():
            database.execute(f"DROP INDEX {name}")
        for setting in ("synchronous = OFF", "journal_mode = OFF", "cache_size = -500000"):
            database.execute(f"PRAGMA {setting}")
        with database:
            for table in TABLES:
                database.execute(f"DELETE FROM {table}")
            _fill_entries(database, entries, end_ns, 365 * 86400 * SECOND // entries)
            _fill_spans(database, -entries - days * 1440 * CAMERAS, days, end_ns)
            database.execute("UPDATE catalog SET through = 0")
        for sql in indexes:
            database.execute(sql)
        database.commit()


def adopt(path, origin):
    """The catalog is that ledger's, has taken in none of its records, and is one file."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        with database:
            for table in TABLES:
                database.execute(f"DELETE FROM {table} WHERE record >= 0")
            database.execute("UPDATE catalog SET origin = ?, through = 0", (origin,))
        if database.execute("PRAGMA journal_mode = DELETE").fetchone() != ("delete",):
            raise SystemExit(f"somebody else has {path} open")
