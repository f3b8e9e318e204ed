"""A package of hours of video: how fast it is made and verified, and in how much memory. And one
of as many records as a month of 16 cameras has, with hardly any video."""
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import threading
import time

import measure
import page
from appliance import BIN, Appliance
from keeper_end import Keeper

CAMERA = "gate"
SECONDS = 20  # of pictures that differ; then they come again
SEGMENT_S = 60
KBIT = 4000
MB = 1 << 20


LARGE = (f"testsrc2=size=1280x720:rate=25:duration={SECONDS},noise=alls=20:allf=t", "-g", "25",
         "-b:v", f"{KBIT}k", "-minrate", f"{KBIT}k", "-maxrate", f"{KBIT}k", "-bufsize", f"{KBIT}k")
# a picture a minute: what counts is how many records there are
SMALL = (f"color=size=16x16:rate=1/{SEGMENT_S}:duration={SECONDS * SEGMENT_S}", "-g", "1")


class Video:
    """Fragments as the recorder makes them, without an end: of a second, or of a minute."""

    def __init__(self, folder, pictures=LARGE):
        path = folder / "video.mp4"
        subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", *pictures, "-c:v",
             "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0",
             "-movflags", "cmaf+frag_keyframe+skip_trailer", "-use_editlist", "0",
             path], check=True)
        data = path.read_bytes()
        path.unlink()
        starts, at = [], 0
        while at < len(data):
            size, kind = struct.unpack_from(">I4s", data, at)
            starts += [at] if kind == b"moof" else []
            at += size
        assert len(starts) == SECONDS
        self.init = data[:starts[0]]
        self.fragments = [bytearray(data[start:end])
                          for start, end in zip(starts, starts[1:] + [len(data)])]
        self.second = self.decode_time(1)

    def decode_time(self, number):
        fragment = self.fragments[number]
        return struct.unpack_from(">Q", fragment, fragment.index(b"tfdt") + 8)[0]

    def fragment(self, number):
        """With its number, and the decoding time that goes on from the one before."""
        fragment = self.fragments[number % SECONDS]
        struct.pack_into(">I", fragment, fragment.index(b"mfhd") + 8, number + 1)
        struct.pack_into(">Q", fragment, fragment.index(b"tfdt") + 8, number * self.second)
        return bytes(fragment)


class Evidence:
    """An appliance with at least `size` bytes of video of one camera, which is switched off."""

    def __init__(self, suite, size, cameras=(CAMERA,), place="/tmp"):
        self.suite, self.cameras = suite, cameras
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-package-", dir=place))
        state = self.folder / "state"
        keeper = Keeper(state, suite)
        for name in ("run", "video"):
            (state / name).mkdir()
        keeper.start(cameras=cameras)
        self._record([keeper.camera(camera) for camera in cameras], size)
        keeper.stop()
        self.files = sorted(state.glob("video/*/*/*.mp4"))
        self.size = sum(path.stat().st_size for path in self.files)
        self.appliance = Appliance(
            cameras=[{"id": camera, "name": camera.title(), "url": "rtsp://127.0.0.1:9/"}
                     for camera in cameras],
            folder=self.folder, suite=suite)
        self.appliance.start()

    def _record(self, cameras, size):
        camera, video = cameras[0], Video(self.folder)
        segments = -(-size // (KBIT * 125 * SEGMENT_S))
        start_ns = time.time_ns() - (segments + 1) * SEGMENT_S * 10**9
        for segment in range(segments):
            camera.begin(camera.grant(), start_ns=start_ns)
            camera.piece(video.init)
            for second in range(SEGMENT_S):
                camera.piece(video.fragment(segment * SEGMENT_S + second))
            camera.end(continues=int(segment + 1 < segments))
            start_ns = camera.at

    def copy_seconds(self):
        """What one would do by hand: copy, digest the copies, wait for the medium."""
        target = self.folder / "copy"
        target.mkdir()
        digest = ["sha256sum"] if self.suite == "nist" else ["openssl", "dgst", "-sm3"]
        with measure.Stopwatch() as watch:
            subprocess.run(["cp", *self.files, target], check=True)
            subprocess.run([*digest, *sorted(target.iterdir())], check=True,
                           stdout=subprocess.DEVNULL)
            subprocess.run(["sync", *sorted(target.iterdir())], check=True)
        shutil.rmtree(target)
        return watch.seconds

    def export_seconds(self, package):
        package.unlink(missing_ok=True)
        with measure.Stopwatch() as watch:
            self.appliance.sealroom("export", "--from", "30d", "--to", "now",
                                    "--camera", " ".join(self.cameras),
                                    "--purpose", "benchmark", "--case", "1", "--out", package,
                                    timeout=3600)
        return watch.seconds

    def trust(self):
        return self.appliance.status()["appliance"]["fingerprint"]

    def verify_seconds(self, package):
        trust = self.trust()
        with measure.Stopwatch() as watch:
            done = subprocess.run([BIN / "sealroom-verify", package, "--trust", trust, "--json"],
                                  stdout=subprocess.PIPE, check=False,
                                  env={**os.environ, "XDG_CONFIG_HOME": str(self.folder)})
        if done.returncode not in (0, 3):
            raise SystemExit(f"sealroom-verify says {done.stdout.splitlines()[-1]}")
        return watch.seconds

    def peaks(self, package):
        """Of the memory of exporter and verifier, bytes. Not while they are timed: to watch takes
        a twentieth of a core. What wait4(2) says has in it what Python had when it forked."""
        found = []
        for name, measured in (("export", self.export_seconds), ("verify", self.verify_seconds)):
            with Peak(f"sealroom-{name}") as peak:
                measured(package)
            found.append(peak.bytes)
        return found

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        (self.appliance.stop if kind is None else self.appliance.kill)()
        shutil.rmtree(self.folder, ignore_errors=True)


class Minutes(Evidence):
    """The same with 16 cameras and so many minutes of each, a tiny segment a minute: their bytes
    do not matter, and no disk is waited for."""

    def __init__(self, suite, minutes):
        super().__init__(suite, minutes, [f"gate{number}" for number in range(16)], "/dev/shm")

    def _record(self, cameras, size):
        video = Video(self.folder, SMALL)
        start_ns = time.time_ns() - (size + 2) * SEGMENT_S * 10**9
        for minute in range(size):
            fragment = video.fragment(minute)
            for camera in cameras:
                camera.begin(camera.grant(), start_ns=start_ns)
                camera.piece(video.init)
                camera.piece(fragment, duration_ns=SEGMENT_S * 10**9)
                camera.end(continues=int(minute + 1 < size))
            start_ns = cameras[0].at


class Peak:
    """The largest VmHWM of processes of a name that begin meanwhile."""

    def __init__(self, name):
        self.name, self.bytes = name[:15], 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self.over.wait(0.05):
            for folder in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    if (folder / "comm").read_text().strip() != self.name:
                        continue
                    for line in (folder / "status").read_text().splitlines():
                        if line.startswith("VmHWM:"):
                            self.bytes = max(self.bytes, int(line.split()[1]) * 1024)
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def measure_packages(size, turns=3):
    """In turn: copying and digesting by hand, exporting; digests alone, verifying. The best of
    each."""
    rows = {}
    for suite, algorithm in (("nist", "sha256"), ("sm", "sm3")):
        measure.note(f"a package of {size / 1e9:.1f} GB, {suite}; load {os.getloadavg()[0]:.1f}")
        with Evidence(suite, size) as evidence:
            package = evidence.folder / "package.zip"
            for path in evidence.files:
                measure.read_through(path)
            found = {"copy": [], "export": [], "verify": [], "limit": []}
            for _ in range(turns):
                found["copy"].append(evidence.copy_seconds())
                found["export"].append(evidence.export_seconds(package))
                found["limit"].append(measure.digest_limit(algorithm))
                found["verify"].append(evidence.verify_seconds(package))
            exporter, verifier = evidence.peaks(package)
            pages = {name: page.judge(name, package, evidence.trust())
                     for name in ("chromium", "firefox")}
            rows[suite] = {
                "copy_rate": evidence.size / min(found["copy"]),
                "export_rate": evidence.size / min(found["export"]),
                "verify_rate": package.stat().st_size / min(found["verify"]),
                "limit": max(found["limit"]),
                "export_memory": exporter,
                "verify_memory": verifier,
                "pages": pages,
            }
    return rows


def measure_records(minutes):
    """What a package of many records takes: seconds and memory of both programs."""
    measure.note(f"a package of {16 * minutes} segments; load {os.getloadavg()[0]:.1f}")
    with Minutes("nist", minutes) as evidence:
        package = evidence.folder / "package.zip"
        with Peak("sealroom-export") as exporter:
            export = evidence.export_seconds(package)
        with Peak("sealroom-verify") as verifier:
            verify = evidence.verify_seconds(package)
    print(f"package of {16 * minutes} segments: export {export:.0f} s, {exporter.bytes / MB:.0f} MB; "
          f"verify {verify:.1f} s, {verifier.bytes / MB:.0f} MB")
    return {"package_records_memory_mb": max(exporter.bytes, verifier.bytes) / MB}


def figures(rows):
    return {
        "export_ratio_to_copy": min(row["export_rate"] / row["copy_rate"] for row in rows.values()),
        "package_verify_ratio_to_digest": min(row["verify_rate"] / row["limit"]
                                              for row in rows.values()),
        "package_memory_mb": max(max(row["export_memory"], row["verify_memory"])
                                 for row in rows.values()) / MB,
        "page_memory_mb": max(grown for row in rows.values()
                              for _, grown in row["pages"].values()) / MB,
    }


def show(rows):
    print()
    for suite, row in rows.items():
        print(f"package, {suite}: export {row['export_rate'] / 1e6:.0f} MB/s, cp and digest "
              f"{row['copy_rate'] / 1e6:.0f} MB/s: {row['export_rate'] / row['copy_rate']:.2f}; "
              f"{row['export_memory'] / MB:.0f} MB")
        print(f"package, {suite}: verify {row['verify_rate'] / 1e6:.0f} MB/s, digests alone on all "
              f"cores {row['limit'] / 1e6:.0f} MB/s: {row['verify_rate'] / row['limit']:.2f}; "
              f"{row['verify_memory'] / MB:.0f} MB")
        for name, (seconds, grown) in row["pages"].items():
            print(f"package, {suite}: verify.html in {name} {seconds:.0f} s, {grown / MB:.0f} MB more")
