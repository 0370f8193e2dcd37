"""Runs that take too much: processes, threads, memory, files, descriptors, CPU."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults import truth
from tests.faults.lab import Bench, Lab
from tests.faults.page import asking
from tests.faults.programs import MEMORY_MB
from tests.faults.rows import Sample, Target, row

_PROCESSES = 64
_WALL_S = 4.0
_LEFT = Target("processes left", 0, 0)
_FILES_MB = 256
_INODES = 20_000


class Peak(threading.Thread):
    """The most that something ever was, looked at again and again."""

    def __init__(self, look: Callable[[], float]) -> None:
        super().__init__(daemon=True)
        self._look = look
        self._over = threading.Event()
        self.value = 0.0

    def run(self) -> None:
        while not self._over.is_set():
            began_s = time.monotonic()
            self.value = max(self.value, self._look())
            # Never more than half of a core: what is measured needs them.
            time.sleep(max(truth.LOOK_S, time.monotonic() - began_s))

    def __enter__(self) -> "Peak":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self.join()


def _bomb(bench: Bench, times: int, program: str) -> Iterator[Sample]:
    with bench.serving(program, wall_s=_WALL_S, LIMITS={"processes": _PROCESSES}) as lab:
        for _ in range(times):

            def threads() -> float:
                return sum(found.threads for found in lab.programs())

            with asking(f"{lab.url}/") as page, Peak(threads) as peak:
                began_s = time.monotonic()
                run_id = lab.start(program)
                lab.wait_ended(run_id)
                lab.wait_free()
                # Enough pages for a percentile where the bomb was ended at once.
                time.sleep(max(0.0, 1.0 - (time.monotonic() - began_s)))
            yield {"processes and threads": peak.value, "page p95": page.p95_ms, "processes left": lab.left()}


_BOMB = (Target("processes and threads", _PROCESSES, _PROCESSES), Target("page p95", 200, 200, "ms"), _LEFT)


@row("fork-bomb", f"Fork bomb, {_PROCESSES} processes and threads allowed", *_BOMB)
def fork_bomb(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _bomb(bench, times, "fork-bomb")


@row("thread-bomb", f"Thread bomb, {_PROCESSES} processes and threads allowed", *_BOMB)
def thread_bomb(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _bomb(bench, times, "thread-bomb")


def _memory(bench: Bench, times: int, program: str) -> Iterator[Sample]:
    with bench.serving(program, wall_s=_WALL_S, LIMITS={"memory_mb": MEMORY_MB, "processes": 200}) as lab:
        for _ in range(times):

            def used() -> float:
                return truth.resident_mb(found.pid for found in lab.programs())

            with Peak(used) as peak:
                run_id = lab.start(program)
                ended = lab.wait_ended(run_id)
            lab.wait_free()
            by_memory = ended["status"] == "limited" and "memory" in lab.trace(run_id)[-1]
            yield {"memory": peak.value, "not limited": int(not by_memory), "processes left": lab.left()}


_MEMORY = (Target("memory", 2 * MEMORY_MB, 2 * MEMORY_MB, "MB"), Target("not limited", 0, 0), _LEFT)


@row("memory-1", f"8 times {MEMORY_MB} MB wanted by one process, {MEMORY_MB} MB allowed", *_MEMORY, most=10)
def memory_1(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _memory(bench, times, "memory-1")


@row("memory-8", "The same by 8 processes", *_MEMORY, most=10)
def memory_8(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _memory(bench, times, "memory-8")


@row("memory-40", "The same by 40 processes", *_MEMORY, most=10)
def memory_40(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _memory(bench, times, "memory-40")


@row("memory-shared", "The same by one process in shared memory", *_MEMORY, most=10)
def memory_shared(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _memory(bench, times, "memory-shared")


def _fill(bench: Bench, times: int, program: str, folder: str, figure: str) -> Iterator[Sample]:
    with bench.serving(program, wall_s=_WALL_S) as lab:
        for _ in range(times):
            yield _filled(lab, program, folder, figure)


def _filled(lab: Lab, program: str, folder: str, figure: str) -> Sample:
    seen: set[Path] = set()

    def written() -> float:
        found = [path for process in lab.programs() for path in _folders(process.pid, folder)]
        seen.update(Path(folder, path.name) for path in found)
        return max((_amount(path, figure) for path in found), default=0.0)

    try:
        with Peak(written) as peak:
            run_id = lab.start(program)
            lab.wait_ended(run_id)
            lab.wait_free()
        left = sum(path.exists() for path in seen)
    finally:
        for path in seen:
            shutil.rmtree(path, ignore_errors=True)
    return {figure: peak.value, "folders left": left, "processes left": lab.left()}


def _folders(pid: int, folder: str) -> list[Path]:
    """Return what a process made in a folder, seen through its own root."""
    with contextlib.suppress(OSError):
        return list(Path(f"/proc/{pid}/root{folder}").glob(f"clab-fault-{_inner_pid(pid)}"))
    return []


def _inner_pid(pid: int) -> str:
    """Return what a process's pid is in its own namespace."""
    return Path(f"/proc/{pid}/status").read_text().partition("NSpid:")[2].splitlines()[0].split()[-1]


def _amount(path: Path, figure: str) -> float:
    with contextlib.suppress(OSError):
        if figure == "files":
            return len(os.listdir(path))
        return sum(entry.stat().st_blocks * 512 for entry in os.scandir(path)) / (1 << 20)
    return 0.0


_FILL = (Target("written", None, _FILES_MB, "MB"), Target("folders left", None, 0), _LEFT)


@row("tmp", "/tmp filled", *_FILL, most=5)
def tmp(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _fill(bench, times, "fills-tmp", "/tmp", "written")


@row("shm", "/dev/shm filled", *_FILL, most=5)
def shm(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _fill(bench, times, "fills-shm", "/dev/shm", "written")


@row("inodes", "Empty files without end", Target("files", None, _INODES), *_FILL[1:], most=5)
def inodes(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _fill(bench, times, "fills-inodes", "/tmp", "files")


@row("descriptors", "Descriptors leaked", Target("descriptors", 256, 256), _LEFT)
def descriptors(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("leaks-descriptors") as lab:
        for _ in range(times):
            run_id = lab.start("leaks-descriptors")
            truth.wait_until(
                lambda run_id=run_id: "refused" in "".join(lab.trace(run_id)[1:]), "it is refused one more"
            )
            most = max(truth.descriptors(found.pid) for found in lab.programs())
            _stopped(lab, run_id)
            yield {"descriptors": most, "processes left": lab.left()}


@row(
    "hogs",
    "60 processes that burn CPU",
    Target("page p95", 50, 50, "ms"),
    Target("page p95 before", None, None, "ms"),
    _LEFT,
    most=10,
)
def hogs(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("hogs", LIMITS={"processes": 200}) as lab:
        for _ in range(times):
            with asking(f"{lab.url}/") as before:
                time.sleep(1.0)
            run_id = lab.start("hogs")
            lab.wait_grown(60)
            with asking(f"{lab.url}/") as page:
                time.sleep(2.0)
            _stopped(lab, run_id)
            yield {"page p95": page.p95_ms, "page p95 before": before.p95_ms, "processes left": lab.left()}


def _stopped(lab: Lab, run_id: str) -> None:
    lab.stop(run_id)
    lab.wait_ended(run_id)
    lab.wait_free()
