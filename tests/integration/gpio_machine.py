"""A machine with GPIO lines: Debian's kernel in QEMU with simulated ones, and in it the appliance.

    machine = Machine(folder, lines, profile)
    machine.do("pull 0 down")
    machine.await_entries(1, event="closed")
    state = machine.run()

What is to be done is written down first, as a script for the machine's shell; `run` starts the
machine, which does it and hands out what was recorded. Its programs are, unless others are named,
those without a sanitizer, whose sandbox is the real one.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

from appliance import BIN, ROOT, Failure

PROGRAMS = ["sealroomd", "sealroom-keeper", "sealroom-door", "sealroom"]
DEV_BIN = ROOT / "build" / "dev" / "bin"
KERNEL = ROOT / "build" / "gpio-kernel"
CHIP = "/sys/kernel/config/gpio-sim/wall"

BEGIN = f"""#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs state /state
insmod /lib/configfs.ko
insmod /lib/gpio-sim.ko
mount -t configfs config /sys/kernel/config
ip link set lo up
export LC_ALL=C

end() {{ cat /log; echo "$1"; poweroff -f; }}
entries() {{ eval "/sealroom/bin/sealroom entries --state /state --json 2>/dev/null$1 | wc -l"; }}
until_so() {{
    tries=0
    until eval "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || end "FAILED: $1"
        usleep 50000
    done
}}
# Straight to the files: a process for each change would take longer than a bounce.
pull() {{ echo pull-$2 >$chip/sim_gpio$1/pull; }}
pulse() {{ pull $1 down; pull $1 up; usleep 3000; }}
strikes() {{ n=0; while [ $n -lt $2 ]; do pull $1 up; pull $1 down; n=$((n + 1)); done; }}
pull_out() {{ echo 0 >{CHIP}/live; }}
plug_in() {{
    echo 1 >{CHIP}/live
    chip=/sys/devices/platform/$(cat {CHIP}/dev_name)/$(cat {CHIP}/bank/chip_name)
}}
start() {{ /sealroom/bin/sealroomd --config /etc/sealroom.yaml >/log 2>&1 & appliance=$!; }}
mkdir {CHIP} {CHIP}/bank
"""
END = """
kill $appliance
wait $appliance
stty -F /dev/ttyS1 raw
tar -cz -C / state >/dev/ttyS1
end DONE
"""


def why_not():
    """Builds the kernel if it is not there; the reason if there is none to be had."""
    done = subprocess.run([ROOT / "tests/integration/gpio/kernel", KERNEL], capture_output=True,
                          text=True, check=False, timeout=300)
    if done.returncode != 0:
        return (done.stdout + done.stderr).strip().split("\n")[-1]
    return None


def plain_programs():
    return DEV_BIN if (DEV_BIN / "sealroom-door").exists() else BIN


def libraries(program):
    """What it is linked with, as the dynamic linker finds it."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", said)


class Machine:
    def __init__(self, folder, lines, profile, programs=None):
        self.folder = pathlib.Path(folder)
        self.programs = programs or plain_programs()
        self.lines = lines  # names, by offset
        self.profile = profile
        self.script = [BEGIN, f"echo {len(lines)} >{CHIP}/bank/num_lines",
                       f"echo wall >{CHIP}/bank/label"]
        for offset, name in enumerate(lines):
            if name:
                self.do(f"mkdir {CHIP}/bank/line{offset}",
                        f"echo {name} >{CHIP}/bank/line{offset}/name")
        self.do("plug_in")

    # ---- what is to be done ----

    def do(self, *commands):
        self.script += commands

    def until(self, condition):
        """Until the shell says that it is so."""
        self.do(f"until_so '{condition}'")

    def await_entries(self, number, **members):
        """Until so many entries have all of these."""
        such = "".join(f' | grep "\\"{name}\\": *\\"{value}\\""'
                       for name, value in members.items())
        self.do(f"such='{such}'")
        self.until(f'[ $(entries "$such") -ge {number} ]')

    # ---- making ----

    def _copy(self, root, path, name=None):
        place = root / (name or str(path).lstrip("/"))
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            shutil.copy(os.path.realpath(path), place)

    def _files(self):
        root = self.folder / "root"
        for name in ["bin", "lib", "proc", "sys", "dev", "tmp", "etc", "state", "run"]:
            (root / name).mkdir(parents=True)
        self._copy(root, shutil.which("busybox"), "bin/busybox")
        for name in ["configfs.ko", "gpio-sim.ko"]:
            if (KERNEL / name).exists():
                self._copy(root, KERNEL / name, f"lib/{name}")
        for program in PROGRAMS:
            self._copy(root, self.programs / program, f"sealroom/bin/{program}")
            for library in libraries(self.programs / program):
                self._copy(root, library)
        shutil.copytree(ROOT / "boards", root / "sealroom/share/sealroom/boards")
        shutil.copytree(ROOT / "door/profiles", root / "sealroom/share/sealroom/profiles")
        (root / "init").write_text("\n".join(self.script) + END, encoding="utf-8")
        (root / "init").chmod(0o755)
        (root / "etc/wall.yaml").write_text(json.dumps(self.profile), encoding="ascii")
        (root / "etc/sealroom.yaml").write_text(json.dumps({
            "site": {"name": "Room"}, "board": "generic-x86_64", "state": "/state",
            "suite": "nist", "retention": {"video_days": 30, "record_days": 180, "reserve_mb": 16},
            "controllers": [{"id": "wall", "profile": "/etc/wall.yaml", "transport": "gpio",
                             "chip": "wall", "poll_ms": 250, "doors": ["archive"]}],
            "doors": [{"id": "archive", "name": "Archive", "cameras": []}]}), encoding="ascii")
        with open(self.folder / "root.cpio", "wb") as archive:
            subprocess.run("find . | busybox cpio -o -H newc", shell=True, cwd=root, check=True,
                           stdout=archive, stderr=subprocess.DEVNULL)
        shutil.rmtree(root)

    def run(self):
        """Does it all; what was recorded then, unpacked."""
        self._files()
        console = self.folder / "console.log"
        subprocess.run(
            ["qemu-system-x86_64", "-cpu", "max,-cx16", "-m", "512", "-display", "none",
             "-no-reboot", "-nic", "none", "-kernel", KERNEL / "vmlinuz",
             "-initrd", self.folder / "root.cpio", "-append", "console=ttyS0 panic=-1 quiet",
             "-monitor", "none", "-serial", f"file:{console}",
             "-serial", f"file:{self.folder}/state.tar.gz"],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=400)
        said = console.read_text(errors="replace")
        if "DONE" not in said:
            raise Failure(f"the machine says:\n{said[-4000:]}")
        with tarfile.open(self.folder / "state.tar.gz") as archive:
            archive.extractall(self.folder)
        return self.folder / "state"
