"""What tracing costs: locks, queues, forks and the start of Python; plain, with our probes, and under VizTracer.

Promised on every Python that is installed, all measured in one run: a lock taken and given back, with its
source lines, takes less time than under VizTracer, which tells no lines (with the C accelerator; less than
five times as much without). And a program starts at most 25 ms later (median; on a busy machine, where a
process mostly waits for a core: 25 ms of CPU time).
Exit code 1 when a promise is missed.
"""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.probes.conftest import PACKAGE, PYTHONS  # noqa: E402 - a script finds its own checkout first

# The tracer nearest to ours, as a yardstick: a C extension that records every call. Pinned, because
# a promise needs a fixed point; not among our requirements, because nothing but this table uses it.
VIZTRACER = ("viztracer==1.1.1", "objprint==0.3.0")

MOST_NATIVE = 1.0
MOST_PURE = 5.0
PROMISED_START_MS = 25.0
STARTS = 21
REPEATS = 3
WAYS = ("plain", "pure", "native", "VizTracer")

LOCK = """
import threading, time

def best_ns(once, count=2000, rounds=40):
    best = float("inf")
    for _ in range(rounds):
        start_ns = time.perf_counter_ns()
        once(count)
        best = min(best, (time.perf_counter_ns() - start_ns) / count)
    return best

def pairs(lock):
    def once(count):
        for _ in range(count):
            lock.acquire()
            lock.release()
    return once

def withs(lock):
    def once(count):
        for _ in range(count):
            with lock:
                pass
    return once

lock, again = threading.Lock(), threading.RLock()
print(best_ns(pairs(lock)), best_ns(withs(lock)), best_ns(pairs(again)), best_ns(withs(again)))
"""
CONTENDED = """
import threading, time

lock = threading.Lock()
total = 0

def work():
    global total
    for _ in range(10_000):
        lock.acquire()
        total += 1
        lock.release()

threads = [threading.Thread(target=work) for _ in range(4)]
start_ns = time.perf_counter_ns()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print((time.perf_counter_ns() - start_ns) / 1e6)
"""
PING_PONG = """
import queue, threading, time

there, back = queue.Queue(), queue.Queue()

def answer():
    while (item := there.get()) is not None:
        back.put(item)

thread = threading.Thread(target=answer)
thread.start()
start_ns = time.perf_counter_ns()
for number in range(2000):
    there.put(number)
    back.get()
print((time.perf_counter_ns() - start_ns) / 1e6)
there.put(None)
thread.join()
"""
FORK = """
import os, statistics, time

def once():
    start_ns = time.perf_counter_ns()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return (time.perf_counter_ns() - start_ns) / 1e6

print(statistics.median(once() for _ in range(50)))
"""
NOW = "import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC), time.process_time_ns())"
STARTED = {"a program starts": NOW, "one that imports asyncio starts": f"import asyncio\n{NOW}"}


class Bench:
    """One Python, the ways in which a program runs on it, and a folder for programs."""

    def __init__(self, version: str, python: str, segments: str, programs: str) -> None:
        self.version = version
        self.python = python
        self.segments = segments
        self.program = pathlib.Path(programs, "bench_program.py")
        self.viztracer = install_viztracer(version, python)
        built = subprocess.run([sys.executable, "-m", "concurrency_lab.probes.native.build", python], cwd=ROOT)
        self.ways = [
            way for way in WAYS if (way != "VizTracer" or self.viztracer) and (way != "native" or built.returncode == 0)
        ]

    def environment(self, way: str) -> dict[str, str]:
        """Return the environment without anything that concerns Python, but what this way needs."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        if way == "VizTracer":
            env["PYTHONPATH"] = str(self.viztracer)
        elif way != "plain":
            env |= {
                "PYTHONPATH": str(PACKAGE / "probes" / "boot"),
                "CONCURRENCY_LAB_SEGMENTS": self.segments,
                "CONCURRENCY_LAB_HOME": str(PACKAGE),
                "CONCURRENCY_LAB_USER": str(self.program.parent),
                "CONCURRENCY_LAB_NATIVE": "01"[way == "native"],
            }
        return env

    def numbers(self, way: str, source: str) -> list[float]:
        """Run a program; return the numbers that it printed."""
        for path in pathlib.Path(self.segments).iterdir():
            # A process looks through the folder when it starts: each run finds an empty one.
            path.unlink(missing_ok=True)
        self.program.write_text(source)
        tracer = ["-m", "viztracer", "--quiet", "-o", str(self.program.with_suffix(".json"))]
        command = [self.python, *(tracer if way == "VizTracer" else []), str(self.program)]
        done = subprocess.run(command, env=self.environment(way), capture_output=True, text=True, check=True)
        return [float(word) for word in done.stdout.splitlines()[0].split()]

    def best(self, source: str) -> list[dict[str, float]]:
        """Return, for each number that the program prints, way -> the least of it. The ways take turns."""
        runs = [{way: self.numbers(way, source) for way in self.ways} for _ in range(REPEATS)]
        first = runs[0][self.ways[0]]
        return [{way: min(run[way][column] for run in runs) for way in self.ways} for column in range(len(first))]

    def start_ms(self, source: str) -> tuple[dict[str, float], dict[str, float]]:
        """Return way -> median time from an interpreter's start to its program's first line: elapsed, and on a CPU."""
        ways = [way for way in self.ways if way != "VizTracer"]
        elapsed: dict[str, list[float]] = {way: [] for way in ways}
        on_cpu: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(STARTS):
            for way in ways:
                begin_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
                now_ns, cpu_ns = self.numbers(way, source)
                elapsed[way].append((now_ns - begin_ns) / 1e6)
                on_cpu[way].append(cpu_ns / 1e6)
        return _medians(elapsed), _medians(on_cpu)


def _medians(times: dict[str, list[float]]) -> dict[str, float]:
    return {way: statistics.median(values) for way, values in times.items()}


def is_busy() -> bool:
    """Return whether others want this machine's cores: a process's start then mostly waits for one."""
    return os.getloadavg()[0] > (os.cpu_count() or 1)


def install_viztracer(version: str, python: str) -> pathlib.Path | None:
    """Install VizTracer into a folder of its own, once; return it, or None where PyPI cannot be reached."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "concurrency-lab" / f"{VIZTRACER[0].replace('==', '-')}-python{version}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        target = pathlib.Path(made, folder.name)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*pip, "--target", target, *VIZTRACER], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"VizTracer could not be installed for Python {version}, so nothing is compared with it.")
            return None
        target.rename(folder)
    return folder


@contextlib.contextmanager
def reader() -> Iterator[str]:
    """Give a folder for segments, and read (that is, remove) those that are full."""
    shm = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=shm) as folder:
        done = threading.Event()
        thread = threading.Thread(target=_remove_full, args=(pathlib.Path(folder), done))
        thread.start()
        try:
            yield folder
        finally:
            done.set()
            thread.join()


def _remove_full(folder: pathlib.Path, done: threading.Event) -> None:
    while not done.wait(0.005):
        for path in list(folder.iterdir()):
            pid, _, number = path.name.partition(".")
            if number.isdigit() and (folder / f"{pid}.{int(number) + 1}").exists():
                path.unlink(missing_ok=True)


def row(name: str, values: dict[str, float], form: str) -> None:
    """Print one line of the table."""
    cells = (format(values[way], form) if way in values else "-" for way in WAYS)
    print(f"  {name:42}" + "".join(f"{cell:>11}" for cell in cells))


def times_plain(name: str, values: dict[str, float]) -> None:
    """Print a plain run's time, and how many times as long each other takes."""
    ratios = {way: took / values["plain"] for way, took in values.items()}
    row(f"{name} (plain: ms; else x plain)", ratios | {"plain": values["plain"]}, ".2f")


def measure(bench: Bench) -> list[str]:
    """Print one Python's table; return the promises that it misses."""
    print(f"\nPython {bench.version:35}" + "".join(f"{way:>11}" for way in WAYS))
    missed = []
    names = ("Lock acquire+release", "with Lock", "RLock acquire+release", "with RLock")
    columns = dict(zip(names, bench.best(LOCK), strict=True))
    for name, values in columns.items():
        row(f"{name} (ns)", values, ".0f")
    pair = columns[names[0]]
    if "VizTracer" in pair:
        ratios = {way: pair[way] / pair["VizTracer"] for way in ("pure", "native") if way in pair}
        row(f"ours/VizTracer (at most {MOST_PURE:.0f}; native {MOST_NATIVE:.0f})", ratios, ".2f")
        missed += [
            f"{bench.version}: a lock's pair takes {ratio:.2f} times what VizTracer takes ({way})"
            for way, ratio in ratios.items()
            if ratio >= (MOST_NATIVE if way == "native" else MOST_PURE)
        ]
    times_plain("contended lock", bench.best(CONTENDED)[0])
    times_plain("queue ping-pong", bench.best(PING_PONG)[0])
    times_plain("fork and wait", bench.best(FORK)[0])
    for name, source in STARTED.items():
        elapsed_ms, on_cpu_ms = bench.start_ms(source)
        row(f"{name} after (ms)", elapsed_ms, ".1f")
        row("    of these on a CPU", on_cpu_ms, ".1f")
        judged_ms = on_cpu_ms if is_busy() else elapsed_ms
        missed += [
            f"{bench.version}: {name} {took - judged_ms['plain']:.1f} ms later ({way})"
            for way, took in judged_ms.items()
            if took - judged_ms["plain"] > PROMISED_START_MS
        ]
    return missed


def main() -> int:
    """Print what was measured; return the exit code."""
    missed = []
    with reader() as segments, tempfile.TemporaryDirectory() as programs:
        for version, python in PYTHONS.items():
            missed += measure(Bench(version, python, segments, programs))
    if is_busy():
        print("\nThis machine is busy, so starts were judged by their time on a CPU.")
    for promise in missed:
        print(f"MISSED: Python {promise}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
