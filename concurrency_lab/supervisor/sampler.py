"""Where each thread of a run is, as the OS says: on a CPU, on the run queue, waiting for the GIL, asleep.

Reads /proc by files that are kept open, as seldom as it may: what a probe explains is not looked at,
what sleeps is asked for its counts alone. Measured per read: schedstat 1.0 us, syscall 1.3, stat 4.3, status 8.3.
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from concurrency_lab.supervisor import procfs
from concurrency_lab.supervisor.gil import gil_range
from concurrency_lab.supervisor.thread_story import GIL, IO, ON, Change, ThreadStory

Event = dict[str, Any]

# Threads of one process that fight for the GIL change every 5 ms; one thread alone seldom does anything.
_FIGHTING_S = 0.002
_ACTIVE_S = 0.005
# Every thread waits and says why: nothing can happen that would not wake us, or wait a little.
_IDLE_S = 0.02
# What looks cost on the average, so many times as long is waited between them: about 1.5 % of a core.
_REST = 65
_CORE_EVERY_NS = 20_000_000
_SWITCHES_EVERY_NS = 100_000_000
_FUTEX = {"x86_64": b"202", "aarch64": b"98"}.get(os.uname().machine, b"")


class Observed(Protocol):
    """What the probes of one process have said so far (segments.py)."""

    # by native thread id
    blocked: dict[int, bool]
    spoke_ns: dict[int, int]
    # how often a program has begun in this process: exec moves everything in memory
    lives: int


class Silent:
    """A process without probes: all that is known of it is that it is there."""

    def __init__(self, pid: int) -> None:
        self.blocked: dict[int, bool] = {}
        self.spoke_ns = {pid: time.monotonic_ns()}
        self.lives = 0


class _File:
    """A file in /proc that is kept open while there are descriptors for it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd: int | None = None

    def read(self) -> bytes:
        """Return its present text; empty when its thread is gone."""
        try:
            if self._fd is None:
                self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            return os.pread(self._fd, 4096, 0)
        except OSError:
            return b""

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class _Thread:
    """One thread: its files, its story, and what the OS counted for it."""

    def __init__(self, pid: int, tid: int, now_ns: int, spoke_ns: int) -> None:
        self.pid = pid
        self.tid = tid
        folder = f"/proc/{pid}/task/{tid}"
        self._schedstat = _File(f"{folder}/schedstat")
        self._syscall = _File(f"{folder}/syscall")
        self.read_counts = self._schedstat.read
        self.read_syscall = self._syscall.read
        self._stat = _File(f"{folder}/stat")
        self._status = _File(f"{folder}/status")
        self.counted = self._schedstat.read()
        run_ns, queue_ns = _counts(self.counted)
        self.story = ThreadStory(now_ns, run_ns, queue_ns, spoke_ns)
        self._switches = self._preempted = 0
        self._next_core_ns = 0
        self.next_switches_ns = 0

    def close(self) -> None:
        """Let go of its files."""
        for file in (self._schedstat, self._syscall, self._stat, self._status):
            file.close()

    def core(self, now_ns: int) -> int:
        """Return its core, or -1 between the times at which it is looked at."""
        if now_ns < self._next_core_ns:
            return -1
        self._next_core_ns = now_ns + _CORE_EVERY_NS
        text = self._stat.read()
        return int(text.rpartition(b")")[2].split()[36]) if text else -1

    def count_switches(self, now_ns: int) -> None:
        """Look at its context switches."""
        self.next_switches_ns = now_ns + _SWITCHES_EVERY_NS
        _, found, counts = self._status.read().partition(b"\nvoluntary_ctxt_switches:")
        if found:
            voluntary, _, forced = counts.split()[:3]
            self._switches, self._preempted = int(voluntary), int(forced)

    def measured(self) -> Event:
        """Look for the last time; return what the OS counted for it, as far as that could still be seen."""
        counted = self._schedstat.read()
        if counted:
            self.counted = counted
        self.count_switches(0)
        run_ns, queue_ns = _counts(self.counted)
        return {
            "kind": "lane.measured",
            "by": "os",
            "pid": self.pid,
            "tid": self.tid,
            "cpu_ns": run_ns,
            "queue_ns": queue_ns,
            "switches": self._switches,
            "preempted": self._preempted,
        }


def _counts(text: bytes) -> tuple[int, int]:
    if not text:
        return 0, 0
    run, queue, _ = text.split()
    return int(run), int(queue)


# A thread, when it was looked at, where it was, on which core, and when a probe last spoke in it.
_Look = tuple[_Thread, int, str, int, int]


def _is_asleep(look: _Look) -> bool:
    return look[2] != ON


class Sampler:
    """Looks at all threads of a run. Linux only; where /proc is missing it says nothing."""

    def __init__(self) -> None:
        self._threads: dict[int, dict[int, _Thread]] = {}
        self._gil_ranges: dict[int, tuple[int, range]] = {}
        self._silent: dict[int, Silent] = {}
        self.available = sys.platform == "linux" and procfs.AVAILABLE
        self._cost_s = 0.0
        # how long to wait before the next look
        self.period_s = _ACTIVE_S

    def add_silent(self, pid: int) -> None:
        """Look at the main thread of a process that has no probes, too."""
        self._silent[pid] = Silent(pid)

    def sample(self, processes: Mapping[int, Observed], ended: set[int]) -> list[tuple[int, Event]]:
        """Return what has changed since the last look, with the absolute time at which it changed."""
        if not self.available:
            return []
        began_s = time.thread_time()
        said: list[tuple[int, Event]] = []
        most_active = 0
        for pid, observed in {**self._silent, **processes}.items():
            if pid not in ended:
                active = self._look_at(pid, observed, said)
                most_active = max(most_active, active)
        wanted_s = (_IDLE_S, _ACTIVE_S, _FIGHTING_S)[min(most_active, 2)]
        cost_s = time.thread_time() - began_s
        # The first look opens every file: a part of it is a good guess at what the next ones cost.
        self._cost_s = self._cost_s + (cost_s - self._cost_s) / 16 if self._cost_s else cost_s / 4
        self.period_s = max(wanted_s, _REST * self._cost_s)
        return said

    def _look_at(self, pid: int, observed: Observed, said: list[tuple[int, Event]]) -> int:
        """Look at one process; return how many of its threads may be running."""
        threads = self._threads.setdefault(pid, {})
        blocked = observed.blocked
        active = 0
        looks: list[_Look] = []
        for tid, spoke_ns in list(observed.spoke_ns.items()):
            thread = threads.get(tid)
            if thread is None:
                thread = _Thread(pid, tid, time.monotonic_ns(), spoke_ns)
                if not thread.counted:
                    # Its last words came when it was gone.
                    del observed.spoke_ns[tid]
                    continue
                threads[tid] = thread
            elif blocked.get(tid):
                thread.story.blocked()
                continue
            counted = thread.read_counts()
            if not counted:
                said.append((time.monotonic_ns(), self._drop(threads, tid)))
                del observed.spoke_ns[tid]
            elif counted != thread.counted or not thread.story.is_settled(spoke_ns):
                thread.counted = counted
                looks.append(self._look(thread, observed, spoke_ns))
                active += thread.story.where != IO
            else:
                active += thread.story.where != IO
        if looks:
            self._take(looks, list(threads.values()), said)
        return active

    def _take(self, looks: list[_Look], threads: list[_Thread], said: list[tuple[int, Event]]) -> None:
        """Take in the looks at one process's threads: first at who runs, as only one of them can have the GIL."""
        taken_ns = let_go_ns = 0
        looks.sort(key=_is_asleep)
        for thread, now_ns, where, cpu, spoke_ns in looks:
            run_ns, queue_ns = _counts(thread.counted)
            if where == GIL and not taken_ns:
                taken_ns = max(other.story.took_gil_by_ns for other in threads)
            for change in thread.story.see(now_ns, run_ns, queue_ns, where, cpu, spoke_ns, taken_ns):
                said.append((change.ts_ns, _event(thread, change)))
                if change.where == GIL:
                    let_go_ns = max(let_go_ns, change.ts_ns)
        if let_go_ns:
            for thread in threads:
                thread.story.handed_gil(let_go_ns)

    def _look(self, thread: _Thread, observed: Observed, spoke_ns: int) -> _Look:
        syscall = thread.read_syscall()
        now_ns = time.monotonic_ns()
        if now_ns > thread.next_switches_ns:
            thread.count_switches(now_ns)
        if syscall.startswith(b"running"):
            return thread, now_ns, ON, thread.core(now_ns), spoke_ns
        return thread, now_ns, self._asleep_in(thread.pid, observed, syscall), -1, spoke_ns

    def _asleep_in(self, pid: int, observed: Observed, syscall: bytes) -> str:
        words = syscall.split()
        if len(words) < 2 or words[0] != _FUTEX:
            return IO
        lives, found = self._gil_ranges.get(pid, (-1, range(0)))
        if lives != observed.lives:
            found = gil_range(pid)
            self._gil_ranges[pid] = observed.lives, found
        return GIL if int(words[1], 16) in found else IO

    def end_process(self, pid: int) -> Iterator[Event]:
        """A process has ended: yield what the OS counted for those of its threads that were there until then."""
        threads = self._threads.pop(pid, {})
        self._gil_ranges.pop(pid, None)
        self._silent.pop(pid, None)
        for tid in list(threads):
            yield self._drop(threads, tid)

    def end(self) -> Iterator[Event]:
        """Yield what the OS counted for every thread that is left."""
        for pid in list(self._threads):
            yield from self.end_process(pid)

    def _drop(self, threads: dict[int, _Thread], tid: int) -> Event:
        thread = threads.pop(tid)
        measured = thread.measured()
        thread.close()
        return measured


def _event(thread: _Thread, change: Change) -> Event:
    by = "inferred" if change.is_inferred else "os"
    event: Event = {"kind": "lane.on_cpu", "by": by, "pid": thread.pid, "tid": thread.tid}
    if change.where == ON:
        return {**event, "cpu": change.cpu}
    return {**event, "kind": "lane.off_cpu", "reason": change.where}
