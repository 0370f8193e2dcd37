"""Where each thread of a run is, as the OS says: on a CPU, on the run queue, waiting for the GIL, asleep.

Reads /proc by files that are kept open, as seldom as it may: what a probe explains is not looked at,
what sleeps is asked for its counts alone. Measured per read: schedstat 1.0 us, syscall 1.3, stat 4.3, status 8.3.
"""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol

from concurrency_lab.supervisor import procfs
from concurrency_lab.supervisor.gil import gil_range
from concurrency_lab.supervisor.thread_story import CPU, GIL, HORIZON_NS, IO, ON, Change, Counts, Look, ThreadStory

Event = dict[str, Any]

# Threads that fight for the GIL or for a core change every 3 to 5 ms; one thread alone seldom does anything.
_FIGHTING_S = 0.001
_ACTIVE_S = 0.005
# Every thread waits and says why: nothing can happen that would not wake us, or wait a little.
_IDLE_S = 0.02
# What looks cost on the average, so many times as long is waited between them: about 1.5 % of a core.
_REST = 65
# Turns at the GIL last 5 ms. Between few threads, looks more often than that are worth 4 % of a core
# (docs/decisions/0007-gil-shim.md has what they are worth).
_FEW, _REST_OF_FEW = 4, 25
_FUTEX = {"x86_64": b"202", "aarch64": b"98"}.get(os.uname().machine, b"")


class Observed(Protocol):
    """What the probes of one process have said so far (segments.py)."""

    # by native thread id
    blocked: dict[int, bool]
    spoke_ns: dict[int, int]
    # when it began or last went on after a wait, and how long all its waits were
    woke_ns: dict[int, int]
    waited_ns: dict[int, int]
    # those that have ended: when, and how long they had been on a CPU by then
    ended: dict[int, tuple[int, int]]
    # how often a program has begun in this process: exec moves everything in memory
    lives: int


class Silent:
    """A process without probes: all that is known of it is that it is there."""

    def __init__(self, pid: int) -> None:
        self.blocked: dict[int, bool] = {}
        self.spoke_ns = {pid: time.monotonic_ns()}
        self.woke_ns: dict[int, int] = {}
        self.waited_ns: dict[int, int] = {}
        self.ended: dict[int, tuple[int, int]] = {}
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

    def __init__(self, pid: int, tid: int) -> None:
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
        self._switches = self._preempted = 0

    def begin(self, look: Look) -> None:
        """Begin to tell of it: from its first word on where a probe has spoken, else from now on."""
        if look.woke_ns and not look.waited_ns:
            look = look._replace(ts_ns=look.woke_ns, counts=Counts(0, 0, 0))
        self.story = ThreadStory(look)

    def close(self) -> None:
        """Let go of its files."""
        for file in (self._schedstat, self._syscall, self._stat, self._status):
            file.close()

    def core(self) -> int:
        """Return the core that it is on, or was on last; -1 when it is gone."""
        text = self._stat.read()
        return int(text.rpartition(b")")[2].split()[36]) if text else -1

    def count_switches(self) -> None:
        """Look at its context switches."""
        _, found, counts = self._status.read().partition(b"\nvoluntary_ctxt_switches:")
        if found:
            voluntary, _, forced = counts.split()[:3]
            self._switches, self._preempted = int(voluntary), int(forced)

    def is_queued(self) -> bool:
        """Whether it is ready and on no CPU: it has left one as often as it came onto one."""
        self.count_switches()
        self.counted = self._schedstat.read() or self.counted
        return 0 < _counts(self.counted).arrivals <= self._switches + self._preempted

    def measured(self) -> Event:
        """Look for the last time; return what the OS counted for it, as far as that could still be seen."""
        counted = self._schedstat.read()
        if counted:
            self.counted = counted
        self.count_switches()
        counts = _counts(self.counted)
        return {
            "kind": "lane.measured",
            # It was gone before it could be asked: so much it was, and may have been a little more.
            "by": "os" if counted else "inferred",
            "pid": self.pid,
            "tid": self.tid,
            "cpu_ns": counts.run_ns,
            "queue_ns": counts.queue_ns,
            "switches": self._switches,
            "preempted": self._preempted,
        }


def _counts(text: bytes) -> Counts:
    if not text:
        return Counts(0, 0, 0)
    run, queue, arrivals = text.split()
    return Counts(int(run), int(queue), int(arrivals))


def _is_asleep(seen: tuple[_Thread, Look]) -> bool:
    return seen[1].where in (GIL, IO)


class Sampler:
    """Looks at all threads of a run. Linux only; where /proc is missing it says nothing."""

    def __init__(self) -> None:
        self._threads: dict[int, dict[int, _Thread]] = {}
        self._gil_ranges: dict[int, tuple[int, range]] = {}
        self._observed: dict[int, Observed] = {}
        self._silent: dict[int, Silent] = {}
        self.available = sys.platform == "linux" and procfs.AVAILABLE
        self._cost_s = 0.0
        # Of what was before this nothing will be said any more.
        self._looked_ns = self.told_to_ns = time.monotonic_ns()
        # how long to wait before the next look
        self.period_s = _ACTIVE_S

    def add_silent(self, pid: int) -> None:
        """Look at the main thread of a process that has no probes, too."""
        self._silent[pid] = Silent(pid)

    def sample(self, processes: Mapping[int, Observed], ended: set[int]) -> list[tuple[int, Event]]:
        """Return what has changed since the last look, with the absolute time at which it changed."""
        if not self.available:
            self.told_to_ns = sys.maxsize
            return []
        began_s = time.thread_time()
        # What is found now may be of any time since the look before this one.
        self.told_to_ns = self._looked_ns - HORIZON_NS
        self._looked_ns = time.monotonic_ns()
        said: list[tuple[int, Event]] = []
        active = 0
        for pid, observed in {**self._silent, **processes}.items():
            if pid not in ended:
                active += self._look_at(pid, observed, said)
        wanted_s = (_IDLE_S, _ACTIVE_S, _FIGHTING_S)[min(active, 2)]
        count = sum(len(threads) for threads in self._threads.values())
        cost_s = time.thread_time() - began_s
        # The first look opens every file: a part of it is a good guess at what the next ones cost.
        self._cost_s = self._cost_s + (cost_s - self._cost_s) / 16 if self._cost_s else cost_s / 4
        self.period_s = max(wanted_s, (_REST_OF_FEW if count <= _FEW else _REST) * self._cost_s)
        return said

    def _look_at(self, pid: int, observed: Observed, said: list[tuple[int, Event]]) -> int:
        """Look at one process; return how many of its threads may be running."""
        threads = self._threads.setdefault(pid, {})
        self._observed[pid] = observed
        for tid in list(observed.ended):
            said += self._end_thread(threads, observed, pid, tid)
        active = 0
        seen: list[tuple[_Thread, Look]] = []
        for tid, spoke_ns in list(observed.spoke_ns.items()):
            thread = threads.get(tid)
            is_blocked = observed.blocked.get(tid, False)
            if thread is None:
                thread = _Thread(pid, tid)
                if not thread.counted:
                    # It is gone, and nothing of it will be counted but what it says itself.
                    del observed.spoke_ns[tid]
                    continue
                thread.begin(_look(thread, observed, ON))
                threads[tid] = thread
            if is_blocked and thread.story.is_parked_since(spoke_ns):
                continue
            counted = thread.read_counts()
            if not counted:
                # Its last word, if it has one, is in the next segments that are read.
                continue
            if is_blocked:
                if not thread.read_syscall().startswith(b"running"):
                    thread.counted = counted
                    said += _stamped(thread, thread.story.park(_look(thread, observed, IO), self._has_rivals(threads)))
                # Else it goes on already, and will be read to say so.
                continue
            if counted == thread.counted and thread.story.is_settled(spoke_ns):
                thread.story.still(self._looked_ns)
            else:
                thread.counted = counted
                seen.append((thread, self._look(thread, observed)))
            active += thread.story.where != IO
        if seen:
            self._take(seen, threads, said)
        return active

    def _end_thread(
        self, threads: dict[int, _Thread], observed: Observed, pid: int, tid: int
    ) -> list[tuple[int, Event]]:
        """Tell the last of a thread that has said how long it ran."""
        ts_ns, cpu_ns = observed.ended.pop(tid)
        observed.spoke_ns.pop(tid, None)
        if tid not in threads:
            # It came and went between two looks.
            return [(ts_ns, {"kind": "lane.measured", "by": "os", "pid": pid, "tid": tid, "cpu_ns": cpu_ns})]
        said = _stamped(threads[tid], threads[tid].story.end(ts_ns, cpu_ns))
        measured = self._drop(threads, tid)
        return [*said, (ts_ns, {**measured, "by": "os", "cpu_ns": max(cpu_ns, measured["cpu_ns"])})]

    def _take(
        self, seen: list[tuple[_Thread, Look]], threads: dict[int, _Thread], said: list[tuple[int, Event]]
    ) -> None:
        """Take in the looks at one process's threads: first at who runs, as only one of them can have the GIL."""
        taken_ns = let_go_ns = 0
        rivals = self._has_rivals(threads)
        seen.sort(key=_is_asleep)
        for thread, look in seen:
            if look.where == GIL and not taken_ns:
                taken_ns = max(other.story.took_gil_by_ns for other in threads.values())
            changes = thread.story.see(look, thread.core, rivals, taken_ns)
            said += _stamped(thread, changes)
            let_go_ns = max([let_go_ns, *(change.ts_ns for change in changes if change.where == GIL)])
        if let_go_ns:
            for thread in threads.values():
                thread.story.handed_gil(let_go_ns)

    def _has_rivals(self, threads: dict[int, _Thread]) -> bool:
        """Whether more than one thread of a process wants its GIL."""
        wanting = [thread for thread in threads.values() if thread.story.where != IO and not thread.story.is_parked]
        return len(wanting) > 1 and len(self._gil_range(wanting[0].pid)) > 0

    def _look(self, thread: _Thread, observed: Observed) -> Look:
        syscall = thread.read_syscall()
        if not syscall.startswith(b"running"):
            return _look(thread, observed, self._asleep_in(thread.pid, syscall))
        return _look(thread, observed, CPU if thread.is_queued() else ON)

    def _asleep_in(self, pid: int, syscall: bytes) -> str:
        words = syscall.split()
        if len(words) < 2 or words[0] != _FUTEX:
            return IO
        return GIL if int(words[1], 16) in self._gil_range(pid) else IO

    def _gil_range(self, pid: int) -> range:
        lives = self._observed[pid].lives
        known, found = self._gil_ranges.get(pid, (-1, range(0)))
        if known != lives:
            found = gil_range(pid)
            self._gil_ranges[pid] = lives, found
        return found

    def end_process(self, pid: int) -> list[tuple[int, Event]]:
        """A process has ended: return what the OS counted for those of its threads that were there until then."""
        threads = self._threads.pop(pid, {})
        observed = self._observed.pop(pid, None)
        self._gil_ranges.pop(pid, None)
        self._silent.pop(pid, None)
        said: list[tuple[int, Event]] = []
        if observed is not None:
            for tid in list(observed.ended):
                said += self._end_thread(threads, observed, pid, tid)
        now_ns = time.monotonic_ns()
        return [*said, *((now_ns, self._drop(threads, tid)) for tid in list(threads))]

    def end(self) -> list[tuple[int, Event]]:
        """Return what the OS counted for every thread that is left."""
        return [said for pid in list(self._threads) for said in self.end_process(pid)]

    def _drop(self, threads: dict[int, _Thread], tid: int) -> Event:
        thread = threads.pop(tid)
        measured = thread.measured()
        thread.close()
        return measured


def _look(thread: _Thread, observed: Observed, where: str) -> Look:
    tid = thread.tid
    return Look(
        time.monotonic_ns(),
        _counts(thread.counted),
        where,
        observed.spoke_ns[tid],
        observed.woke_ns.get(tid, 0),
        observed.waited_ns.get(tid, 0),
    )


def _stamped(thread: _Thread, changes: list[Change]) -> list[tuple[int, Event]]:
    return [(change.ts_ns, _event(thread, change)) for change in changes]


def _event(thread: _Thread, change: Change) -> Event:
    by = "inferred" if change.is_inferred else "os"
    event: Event = {"kind": "lane.on_cpu", "by": by, "pid": thread.pid, "tid": thread.tid}
    if change.where == ON:
        return {**event, "cpu": change.cpu}
    return {**event, "kind": "lane.off_cpu", "reason": change.where}
