"""Where each thread is, as the OS says: on a CPU, on the run queue, or waiting for the GIL.

The kernel counts nanoseconds on the CPU for every thread, so that a change between two samples can
be dated: a thread that ran for 3 of 5 ms and is off now went off 3 ms after the last sample.
"""

import ctypes
import os
import sys
import time
from typing import Any

from concurrency_lab.supervisor import procfs
from concurrency_lab.supervisor.segments import ProcessSegments

Event = dict[str, Any]
# Below this a wait in the kernel that no probe explains is not worth a word.
_UNEXPLAINED_NS = 20_000_000
_FUTEX = {"x86_64": "202", "aarch64": "98"}.get(os.uname().machine, "")


class GilAddress:
    """The address range of CPython's runtime state in a process: a futex inside it is the GIL."""

    # Measured: 3.11 to 3.13 keep the GIL's mutex and condition inside _PyRuntime, < 640 KiB long.
    LENGTH = 640 << 10

    def __init__(self) -> None:
        self._offset: int | None = None
        self._file = ""
        try:
            address = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
        except (ValueError, AttributeError):
            return
        for start, end, path in _mappings(os.getpid()):
            if start <= address < end:
                base = _base_of(os.getpid(), path)
                self._offset, self._file = address - base, path

    def range_in(self, pid: int) -> range:
        """Return the range in another process that runs the same interpreter; empty where unknown."""
        if self._offset is None:
            return range(0)
        base = _base_of(pid, self._file)
        return range(base + self._offset, base + self._offset + self.LENGTH) if base else range(0)


def _mappings(pid: int) -> list[tuple[int, int, str]]:
    try:
        with open(f"/proc/{pid}/maps") as file:
            lines = file.readlines()
    except OSError:
        return []
    found = []
    last_path = ""
    for line in lines:
        fields = line.split(None, 5)
        start, _, end = fields[0].partition("-")
        # What follows a file's last mapping without a name is its zero-initialised data.
        path = fields[5].strip() if len(fields) > 5 else last_path
        last_path = path
        found.append((int(start, 16), int(end, 16), path))
    return found


def _base_of(pid: int, path: str) -> int:
    return next((start for start, _, name in _mappings(pid) if name == path), 0)


class _Thread:
    """What was seen of one thread at the last sample."""

    def __init__(self, pid: int, tid: int, now_ns: int) -> None:
        self.pid = pid
        self.tid = tid
        self.seen_ns = now_ns
        self.run_ns, self.queue_ns = _schedstat(pid, tid) or (0, 0)
        self.said: str | None = None
        self.asleep_since_ns = 0


class Sampler:
    """Samples all threads of a run. Linux only; where /proc is missing it says nothing."""

    def __init__(self, gil: GilAddress) -> None:
        self._gil = gil
        self._gil_ranges: dict[int, range] = {}
        self._threads: dict[tuple[int, int], _Thread] = {}
        # processes with a thread that no probe says is blocked, at the last sample
        self.active = 0
        self.available = sys.platform == "linux" and procfs.AVAILABLE

    def sample(self, processes: dict[int, ProcessSegments], ended: set[int]) -> list[tuple[int, Event]]:
        """Return what has changed since the last sample, with the absolute time at which it changed."""
        if not self.available:
            return []
        changes: list[tuple[int, Event]] = []
        self.active = 0
        for pid, segments in processes.items():
            if pid in ended:
                continue
            self.active += not all(map(segments.blocked.get, segments.spoke_ns))
            for tid in list(segments.spoke_ns):
                change = self._look(pid, tid, segments)
                if change is not None:
                    changes.append(change)
        return changes

    def totals(self) -> list[Event]:
        """Return the time on a CPU and on the run queue of every thread, as last seen."""
        return [
            {
                "kind": "lane.measured",
                "by": "os",
                "pid": thread.pid,
                "tid": thread.tid,
                "cpu_ns": thread.run_ns,
                "queue_ns": thread.queue_ns,
            }
            for thread in self._threads.values()
        ]

    def _look(self, pid: int, tid: int, segments: ProcessSegments) -> tuple[int, Event] | None:
        now_ns = time.monotonic_ns()
        thread = self._threads.get((pid, tid))
        if thread is None:
            self._threads[pid, tid] = _Thread(pid, tid, now_ns)
            return None
        counted = _schedstat(pid, tid)
        if counted is None:
            del segments.spoke_ns[tid]
            return None
        ran_ns = counted[0] - thread.run_ns
        queued_ns = counted[1] - thread.queue_ns
        thread.run_ns, thread.queue_ns = counted
        before_ns, thread.seen_ns = thread.seen_ns, now_ns
        spoke_ns = segments.spoke_ns[tid]
        if segments.blocked.get(tid):
            # The probe knows why it waits; when it goes on, it is on a CPU by its own word.
            thread.said = None
            return None
        if spoke_ns > before_ns:
            thread.said = "on"
        state, cpu = self._state(pid, tid, ran_ns, queued_ns)
        if state == "io" and not self._unexplained(thread, ran_ns, now_ns):
            return None
        if state != "io":
            thread.asleep_since_ns = 0
        if state == thread.said:
            return None
        thread.said = state
        earliest_ns = max(before_ns, spoke_ns)
        event: Event = {"by": "os", "pid": pid, "tid": tid}
        if state == "on":
            return max(earliest_ns, now_ns - ran_ns), {"kind": "lane.on_cpu", **event, "cpu": cpu}
        return min(now_ns, earliest_ns + ran_ns), {"kind": "lane.off_cpu", **event, "reason": state}

    def _state(self, pid: int, tid: int, ran_ns: int, queued_ns: int) -> tuple[str, int]:
        """Return on, cpu, gil or io, and the core."""
        found = procfs.read_text(f"/proc/{pid}/task/{tid}/stat")
        if not found:
            return "on", 0
        stat = procfs.parse_stat(found)
        if stat.state == "R":
            return ("on", stat.cpu) if ran_ns or not queued_ns else ("cpu", stat.cpu)
        call = (procfs.read_text(f"/proc/{pid}/task/{tid}/syscall") or "").split()
        if len(call) > 1 and call[0] == _FUTEX and int(call[1], 16) in self._gil_range(pid):
            return "gil", stat.cpu
        return "io", stat.cpu

    def _unexplained(self, thread: _Thread, ran_ns: int, now_ns: int) -> bool:
        if ran_ns or not thread.asleep_since_ns:
            thread.asleep_since_ns = now_ns
        return now_ns - thread.asleep_since_ns > _UNEXPLAINED_NS

    def _gil_range(self, pid: int) -> range:
        found = self._gil_ranges.get(pid)
        if found is None:
            found = self._gil_ranges[pid] = self._gil.range_in(pid)
        return found


def _schedstat(pid: int, tid: int) -> tuple[int, int] | None:
    text = procfs.read_text(f"/proc/{pid}/task/{tid}/schedstat")
    if not text:
        return None
    ran, queued, _ = text.split()
    return int(ran), int(queued)
