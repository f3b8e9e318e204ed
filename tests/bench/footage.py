"""Hours of a camera's video in a ledger, made in seconds, for `verify` to check."""
import pathlib
import shutil
import tempfile
import time

import measure
from keeper_end import Keeper, fragment, init_part

FRAGMENT_BYTES = 500_000  # a second at 4 Mbit/s
FRAGMENTS = 60
CAMERA = "gate"


class Footage:
    """A state with at least `size` bytes of video, stopped in order."""

    def __init__(self, suite, size):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-footage-"))
        self.keeper = Keeper(self.folder / "state", suite)
        for name in ("run", "video"):
            (self.keeper.state / name).mkdir()
        self.keeper.start(cameras=[CAMERA])
        segments = -(-size // (FRAGMENT_BYTES * FRAGMENTS))
        self._record(self.keeper.camera(CAMERA), segments)
        self.keeper.stop()

    def _record(self, camera, segments):
        piece = fragment(0, FRAGMENT_BYTES)
        start_ns = time.time_ns() - (segments + 1) * FRAGMENTS * 10**9
        for left in reversed(range(segments)):
            camera.begin(camera.grant(), start_ns=start_ns)
            camera.piece(init_part())
            for _ in range(FRAGMENTS):
                camera.piece(piece)
            camera.end(continues=int(left > 0))
            start_ns = camera.at

    def verify_rate(self):
        """Bytes of video a second that `verify` checks. All of it is in the page cache before,
        and dropped from there by `verify`."""
        size = sum(measure.read_through(path) for path in self.keeper.state.glob("video/*/*/*.mp4"))
        with measure.Stopwatch() as watch:
            status, text = self.keeper.verify()
        if status != 0:
            raise SystemExit(f"verify says {status}: {text}")
        return size / watch.seconds

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)
