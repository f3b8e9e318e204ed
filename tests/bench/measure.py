"""What /proc, the clock and the file system say."""
import dataclasses
import os
import pathlib
import struct
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")


def note(text):
    print(text, file=sys.stderr, flush=True)


def rest(seconds):
    """Lets recorders work; what is measured is what happens meanwhile."""
    time.sleep(seconds)


def cpu_seconds(process):
    """User and system time of a process, and of the children it has waited for. Its own is what
    its clock says (clock_getcpuclockid(3)): ticks are too coarse for one that hardly works."""
    text = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    fields = text.rsplit(")", 1)[1].split()
    return time.clock_gettime(~process << 3 | 2) + sum(int(fields[at]) for at in (13, 14)) / TICK


def pss_bytes(process):
    """The process's share of the memory that is mapped now."""
    text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in text.splitlines()
                if line.startswith("Pss:"))


def written_bytes(process):
    """What it passed to write(2) and its like; what goes through sendmsg(2) is not in it."""
    text = pathlib.Path(f"/proc/{process}/io").read_text(encoding="ascii")
    return int(dict(line.split(": ") for line in text.splitlines())["wchar"])


def sizes(folder, pattern):
    return sum(path.stat().st_size for path in pathlib.Path(folder).glob(pattern))


def read_through(path):
    """Its size; all of it is in the page cache afterwards."""
    size = 0
    with open(path, "rb", buffering=0) as file:
        while got := len(file.read(1 << 20)):
            size += got
    return size


@dataclasses.dataclass
class Sample:
    """A recorder at one moment."""
    cpu: float
    written: int
    stored: int

    @classmethod
    def of(cls, recorder):
        processes = recorder.processes()
        return cls(sum(map(cpu_seconds, processes)), sum(map(written_bytes, processes)),
                   recorder.stored())

    def since(self, before):
        return Sample(self.cpu - before.cpu, self.written - before.written,
                      self.stored - before.stored)


def pictures(path):
    """(bytes in `mdat` boxes, bytes in whole boxes) of a fragmented MP4."""
    inside = total = 0
    with open(path, "rb") as file:
        end = os.fstat(file.fileno()).st_size
        while total + 8 <= end:
            file.seek(total)
            size, kind = struct.unpack(">I4s", file.read(8))
            header = 8
            if size == 1:
                size, header = struct.unpack(">Q", file.read(8))[0], 16
            if size < header or total + size > end:
                break
            inside += size - header if kind == b"mdat" else 0
            total += size
    return inside, total


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def both(seconds):
    """p50 and p99, in ms."""
    return {share: percentile(seconds, share) * 1000 for share in (0.5, 0.99)}


def digest_limit(algorithm, seconds=1):
    """Bytes a second that `openssl speed` digests on all cores together, by the clock on the wall
    as `verify` is measured; by itself it would count its own CPU time only."""
    done = subprocess.run(
        ["openssl", "speed", "-mr", "-elapsed", "-seconds", str(seconds), "-bytes", str(1 << 20),
         "-multi", str(os.cpu_count()), "-evp", algorithm],
        capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("+F:"))
    return float(line.split(":")[-1])


class Stopwatch:
    def __enter__(self):
        self.begun = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.begun
