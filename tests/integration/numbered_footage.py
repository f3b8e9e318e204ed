"""Footage for cameras of tests whose every picture bears its number, and which number a moment has."""
import subprocess
import time

FPS, LENGTH_S, BITS = 10, 200, 12
WIDTH, HEIGHT, STRIP = 640, 360, 120

ENCODE = {
    "h264": ["libx264", "-x264-params", f"keyint={FPS}:min-keyint={FPS}:scenecut=0:bframes=0"],
    "h265": ["libx265", "-x265-params",
             f"keyint={FPS}:min-keyint={FPS}:scenecut=0:bframes=0:log-level=error"]}


def make_footage(path, codec="h264", length_s=LENGTH_S):
    """Every picture's number stands in its upper third, in fields of black or white."""
    field = WIDTH // 16
    boxes = "".join(
        f",drawbox=x={field * i}:y=0:w={field}:h={STRIP}:t=fill:c=white:enable='mod(floor(n/{1 << i})\\,2)'"
        for i in range(BITS))
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
         f"smptehdbars=s={WIDTH}x{HEIGHT}:r={FPS}:d={length_s},format=yuv420p,"
         f"drawbox=x=0:y=0:w={WIDTH}:h={STRIP}:t=fill:c=black{boxes}",
         "-c:v", ENCODE[codec][0], "-preset", "ultrafast", *ENCODE[codec][1:], str(path)], check=True)
    return path


def number_in(media):
    """The number in the first picture of these bytes, or of the file of this name."""
    source, given = ("-", media) if isinstance(media, bytes) else (str(media), None)
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", source, "-frames:v", "1", "-f", "rawvideo",
         "-s", f"{WIDTH}x{HEIGHT}", "-pix_fmt", "gray", "-"], input=given, check=True,
        capture_output=True).stdout
    return sum((raw[STRIP // 2 * WIDTH + WIDTH // 16 * i + WIDTH // 32] > 128) << i
               for i in range(BITS))


class Footage:
    """Which number a camera's picture of a moment has: by its file on the disk, without the console.
    The camera was found some seconds late, and sends what it has in a loop."""

    def __init__(self, room, client, camera, length_s=LENGTH_S):
        self.room, self.client, self.camera, self.length_s = room, client, camera, length_s
        part = room.wait(self.sealed, what=f"a sealed segment of {camera}")[0]
        self.first = number_in(self.file(part))
        self.start = part["fragments"][0]["start"]

    def sealed(self):
        now = int(time.time() * 1000)
        asked = self.client.get(f"/api/video/{self.camera}?from={now - 600_000}&to={now + 1000}")
        return [part for part in asked.json["parts"] if part["state"] == "sealed"]

    def file(self, part):
        return next(file for file in self.room.segments() if file.stem == part["segment"])

    def is_of(self, number, at_ms, within=FPS):
        """Within so many pictures? A second, if nothing else is said."""
        off = (number - self.first - (at_ms - self.start) * FPS / 1000) % (FPS * self.length_s)
        return min(off, FPS * self.length_s - off) <= within
