"""What the operating system says of everything that one server ever started. Never asks the server.

A server is tagged by a limit that nobody else uses (POSIX message queues). Every process below it inherits the tag
through fork, exec, setsid and double fork, with its environment emptied and its descriptors closed, and in a
namespace of its own. What carries the tag no more is found by the name of the server's data folder.
"""

import contextlib
import os
import resource
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

TAGGED = resource.RLIMIT_MSGQUEUE
_TAGGED_LINE = "Max msgqueue size"
LOOK_S = 0.004
# Every process that the lab itself starts; all others are the run's.
_OURS = ("clab-warden", "clab-keeper", "clab-supervisor", "bwrap")


class Process(NamedTuple):
    """One process, as the OS names it: a pid alone may be another's by the time one looks again."""

    pid: int
    start: str
    name: str
    state: str
    parent: int
    threads: int

    @property
    def is_zombie(self) -> bool:
        return self.state in "ZX"

    @property
    def is_program(self) -> bool:
        return self.name not in _OURS


def new_tag() -> int:
    """Return a value of the limit that no other server of this machine has."""
    return 100_000 + secrets.randbelow(600_000)


def tagged(tag: int) -> list[Process]:
    """Return every process with this tag, zombies too."""
    return [found for pid in _pids() if _tag_of(pid) == tag and (found := look(pid))]


def look(pid: int) -> Process | None:
    """Return what the OS says of a process; None: it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    return Process(pid, fields[19], head.partition("(")[2], fields[0], int(fields[1]), int(fields[17]))


def named(name: str) -> list[Process]:
    """Return every process that has this name in its arguments, environment, files, mappings or folders."""
    return [found for pid in _pids() if pid != os.getpid() and _mentions(pid, name) and (found := look(pid))]


def is_alive(process: Process) -> bool:
    """Return whether this very process runs (a zombie does not)."""
    now = look(process.pid)
    return now is not None and now.start == process.start and not now.is_zombie


def is_in_own_namespace(pid: int) -> bool:
    """Return whether a process has pids of its own: it is jailed."""
    return os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")


def cpu_s(pid: int) -> float:
    """Return how long a process has been on a CPU."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pids: Iterable[int]) -> float:
    """Return the memory that these processes hold together, what they share counted once for all of them."""
    kb = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                kb += int(line.split()[1]) if line.startswith("Pss:") else 0
    return kb / 1024


def descriptors(pid: int) -> int:
    """Return how many descriptors a process has open."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def wait_until(condition: Callable[[], object], what: str, patience_s: float = 30.0) -> float:
    """Wait for a condition; return the time of CLOCK_MONOTONIC at which it was seen. Raises AssertionError."""
    deadline_s = time.monotonic() + patience_s
    while True:
        began_s = time.monotonic()
        if condition():
            return began_s
        if began_s > deadline_s:
            raise AssertionError(f"not within {patience_s:g} s: {what}")
        # Never more than half of a core: looking at hundreds of processes would delay what is waited for.
        time.sleep(max(LOOK_S, time.monotonic() - began_s))


def _pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _tag_of(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/limits").read_text()
    except OSError:
        return -1
    soft = text.partition(_TAGGED_LINE)[2].split(None, 1)[:1]
    return int(soft[0]) if soft and soft[0].isdigit() else -1


def _mentions(pid: int, name: str) -> bool:
    wanted = name.encode()
    for part in ("cmdline", "environ", "maps"):
        with contextlib.suppress(OSError):
            if wanted in Path(f"/proc/{pid}/{part}").read_bytes():
                return True
    links = [f"/proc/{pid}/exe", f"/proc/{pid}/cwd", f"/proc/{pid}/root"]
    with contextlib.suppress(OSError):
        links += [f"/proc/{pid}/fd/{number}" for number in os.listdir(f"/proc/{pid}/fd")]
    for link in links:
        with contextlib.suppress(OSError):
            if name in os.readlink(link):
                return True
    return False
