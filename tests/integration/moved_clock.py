"""The clock of a process, which a test moves (tests/peers/wall_clock.c).

    clock = MovedClock(folder)
    with Keeper(state, environment=clock.environment):
        clock.wall.set(3600)
"""
from appliance import preloaded


class Number:
    """One that running processes look at."""

    def __init__(self, path, number):
        self.path = path
        self.path.write_text(f"{number:<20}", encoding="ascii")

    def set(self, number):
        with open(self.path, "r+", encoding="ascii") as file:
            file.write(f"{number:<20}")


class MovedClock:
    """`wall` and `raw` are seconds ahead of the machine's clocks; `synced` is 0 or 1."""

    def __init__(self, folder, wall=0, raw=0, synced=0):
        self.wall = Number(folder / "wall", wall)
        self.raw = Number(folder / "raw", raw)
        self.synced = Number(folder / "synced", synced)
        self.environment = {
            **preloaded("wall_clock", folder), "WALL_CLOCK": str(self.wall.path),
            "RAW_CLOCK": str(self.raw.path), "CLOCK_SYNCED": str(self.synced.path)}

    def set(self, seconds):
        """So much time has passed, by either clock."""
        self.wall.set(seconds)
        self.raw.set(seconds)
