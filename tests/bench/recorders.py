"""The recorders that are compared: ffmpeg, one process a camera, and the whole appliance."""
import pathlib
import shutil
import subprocess
import tempfile

import measure
from appliance import Appliance, Failure, until

SEGMENT_SECONDS = 60


class Ffmpeg:
    """`ffmpeg -c copy -f segment` for each camera."""
    name = "ffmpeg"

    def __init__(self, cameras):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-ffmpeg-"))
        self.running = []
        for number, camera in enumerate(cameras):
            place = self.folder / str(number)
            place.mkdir()
            self.running.append(subprocess.Popen(
                ["ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i",
                 camera.url, "-map", "0:v", "-c", "copy", "-f", "segment", "-segment_time",
                 str(SEGMENT_SECONDS), "-segment_format", "mp4", place / "%05d.mp4"],
                stdin=subprocess.DEVNULL))
        try:
            until(self._all_record, 40, "ffmpeg's first files", 0.2)
        except Failure:
            self.stop()
            raise

    def _all_record(self):
        return all(measure.sizes(self.folder / str(number), "*.mp4")
                   for number in range(len(self.running)))

    def processes(self):
        return [process.pid for process in self.running]

    def stored(self):
        return measure.sizes(self.folder, "*/*.mp4")

    def stop(self):
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(30)
        shutil.rmtree(self.folder)


class Sealroom:
    """sealroomd and everything it starts."""

    def __init__(self, cameras, suite):
        self.name = f"sealroom, {suite}"
        self.suite = suite
        entries = [camera.entry(f"camera-{number}") for number, camera in enumerate(cameras)]
        self.appliance = Appliance(cameras=entries, suite=suite, segment_seconds=SEGMENT_SECONDS)
        try:
            self.appliance.start()
            self.appliance.wait(self.appliance.is_recording, 60, "all cameras recording")
        except Failure:
            self.abandon()
            raise

    def processes(self):
        return [self.appliance.process.pid, *self.appliance.descendants()]

    def stored(self):
        return measure.sizes(self.appliance.state / "video", "*/*/*.mp4")

    def picture_share(self):
        """How much of what is stored is pictures, the rest being the form around them."""
        found = [measure.pictures(path) for path in self.appliance.segments()]
        return sum(inside for inside, _ in found) / sum(whole for _, whole in found)

    def stop(self):
        self.appliance.stop()
        status, text = self.appliance.verify()
        # A gap is no hindrance; cameras shared by three may have one.
        if status not in (0, 3):
            raise SystemExit(f"verify says {status}: {text}")
        self.forget()

    def abandon(self):
        self.appliance.kill()
        self.forget()

    def forget(self):
        shutil.rmtree(self.appliance.folder)
