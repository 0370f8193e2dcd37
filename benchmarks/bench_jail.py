"""What the jail holds, by the OS's own count: how soon Stop ends all, how far memory gets past its cap.

Promised: Stop within 0.5 s, at most twice the cap of memory over 1, 8 and 40 processes. Exit code 1 when it is missed.
"""

import contextlib
import dataclasses
import json
import statistics
import sys
import tempfile
import textwrap
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from concurrency_lab.supervisor import procfs
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.jail import verdict
from concurrency_lab.supervisor.spec import Limits, RunSpec

RUNS = 20
STOP_S, MEMORY_TIMES, CAP_MB = 0.5, 2.0, 256
# of the program, and those that keep it: keeper, bubblewrap, supervisor
PROCESSES, KEPT = 50, 3

FORKERS = """
    import os, signal, time
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for _ in range(5): os.fork()
    print("ready", flush=True)
    while True:
        try:
            if os.fork() == 0: os.setsid()
        except OSError: pass
"""
EATERS = """
    import os, sys
    for _ in range(int(sys.argv[1]) - 1):
        if os.fork() == 0: break
    kept = []
    while True: kept.append(bytearray(b"x") * (1 << 20))
"""


class Bench:
    """A warden, a folder, and whether runs are jailed."""

    def __init__(self, warden: Warden, folder: Path) -> None:
        self.warden = warden
        self.folder = folder

    def spec(self, text: str, *argv: str) -> RunSpec:
        program = self.folder / "program.py"
        program.write_text(textwrap.dedent(text))
        self.folder.chmod(0o755)
        limits = Limits(wall_s=30, processes=60, memory_mb=CAP_MB, output_bytes=1 << 20)
        return RunSpec("bench", str(program), argv=argv, limits=limits, jail=True)

    def alive(self) -> list[int]:
        return [found.pid for found in procfs.all_descendants(self.warden.pid) if found.state not in "ZX"]

    def stop_s(self) -> float:
        """Stop a program of 60 processes that go on forking; return how long any of it is alive."""
        spec = self.spec(FORKERS)
        spec = dataclasses.replace(spec, limits=dataclasses.replace(spec.limits, processes=None))
        with contextlib.closing(self.warden.run(spec)) as stream:
            while len(self.alive()) < PROCESSES:
                stream.recv(1 << 20)
            began_s = time.monotonic()
            stream.sendall(b"stop\n")
            while len(self.alive()) > KEPT:
                pass
            took_s = time.monotonic() - began_s
            # Where the last resort was needed, the trace ends in the midst of a line.
            with contextlib.suppress(ConnectionResetError):
                while stream.recv(1 << 16):
                    pass
        while self.alive():
            pass
        return took_s

    def peak(self, processes: int) -> tuple[float, str]:
        """Let processes eat memory; return the most that was seen in times of the cap, and what ended them."""
        most = 0
        status = ""
        with contextlib.closing(self.warden.run(self.spec(EATERS, str(processes)))) as stream:
            stream.setblocking(False)
            rest = b""
            while True:
                with contextlib.suppress(BlockingIOError, ConnectionResetError):
                    if not (data := stream.recv(1 << 16)):
                        break
                    rest = (rest + data)[-2000:]
                most = max(most, sum(map(procfs.resident_bytes, self.alive())))
        ended = json.loads(rest.splitlines()[-1])
        status = ended.get("text", ended["status"])
        return most / (CAP_MB << 20), status


def main() -> int:
    """Print what was measured; return the exit code."""
    if not verdict(None).jail_ok:
        print("There is no jail here: python -m concurrency_lab doctor says why.")
        return 0
    with tempfile.TemporaryDirectory() as folder, Warden.start() as warden:
        bench = Bench(warden, Path(folder))
        stops = [bench.stop_s() for _ in range(RUNS)]
        print(f"stop of 60 forking processes     median {statistics.median(stops):.3f} s   worst {max(stops):.3f}")
        worst = 0.0
        for processes in (1, 8, 40):
            times, text = bench.peak(processes)
            worst = max(worst, times)
            print(f"memory of {processes:2} processes            {times:.2f} times the cap of {CAP_MB} MB   {text}")
    return 0 if max(stops) <= STOP_S and worst <= MEMORY_TIMES else 1


if __name__ == "__main__":
    sys.exit(main())
