"""Runs real programs under a real warden, with what the operating system says as the truth."""

import contextlib
import os
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold

PATIENCE_S = 10.0


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for a condition that must come true; return its value."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.002)
    return value


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


class Lab:
    """A warden and a folder for programs."""

    def __init__(self, warden: Warden, folder: Path) -> None:
        self.warden = warden
        self.folder = folder

    def spec(self, text: str, **limits: Any) -> RunSpec:
        program = self.folder / "program.py"
        program.write_text(textwrap.dedent(text))
        limits.setdefault("wall_s", 30)
        return RunSpec("test", str(program), cwd=str(self.folder), limits=Limits(**limits))

    def record(self, text: str, **limits: Any) -> tuple[codec.Trace, Fold]:
        """Run a program to its end; return its checked trace and its fold."""
        with contextlib.closing(self.warden.run(self.spec(text, **limits))) as stream, stream.makefile() as lines:
            trace = codec.read(lines)
        fold = Fold().feed(trace.events)
        assert fold.illegal == 0
        assert fold.ended is not None
        return trace, fold

    def pids_said(self, path: str) -> list[int]:
        """Return the pids that a program has written, one a line, into a file of its folder."""
        file = self.folder / path
        return [int(line) for line in file.read_text().split()] if file.exists() else []


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Warden.start() as warden:
        yield Lab(warden, tmp_path)


def supervisor_of(pids: list[int]) -> int:
    """Return the supervisor of a run: the one parent that names itself so."""
    for pid in pids:
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        if Path(f"/proc/{parent}/comm").read_text() == "clab-supervisor\n":
            return int(parent)
    raise AssertionError("no process of the run has a supervisor for its parent")


HOSTILE = """
    import os, signal, sys, time

    def tell():
        with open("pids", "a") as file:
            file.write(f"{os.getpid()}\\n")

    def live_on():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        tell()
        time.sleep(600)
        os._exit(0)

    if os.fork() == 0:
        live_on()
    if os.fork() == 0:
        os.setsid()
        live_on()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            live_on()
        os._exit(0)
    if os.fork() == 0:
        os.setpgid(0, 0)
        tell()
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
    tell()
    time.sleep(600)
"""
HOSTILE_PROCESSES = 5


def hostile_run(lab: Lab) -> tuple[Any, list[int]]:
    """Start a program that leaves children of every stubborn sort; return its stream and all pids."""
    stream = lab.warden.run(lab.spec(HOSTILE))
    pids = wait_until(
        lambda: len(said := lab.pids_said("pids")) == HOSTILE_PROCESSES and said, "all hostile processes live"
    )
    assert all(map(os.path.exists, (f"/proc/{pid}" for pid in pids)))
    return stream, pids
