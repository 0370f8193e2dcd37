"""Puts what the probes said and what the OS was seen to do into one order, gapless and causal.

Pure: no clock, no processes. Times that come in are absolute CLOCK_MONOTONIC nanoseconds.
"""

import bisect
import operator
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Event = dict[str, Any]
_TIME = operator.itemgetter(0)


def exit_event(pid: int, wait_status: int, by: str) -> Event:
    """Return the event that tells how a process ended, from its wait status."""
    try:
        code = os.waitstatus_to_exitcode(wait_status)
    except (ValueError, OverflowError):
        # No wait returns such a status: somebody has forged what a probe says.
        code = wait_status & 0xFF
    event: Event = {"kind": "process.exited", "by": by, "pid": pid, "tid": pid}
    if code < 0:
        return {**event, "kind": "process.killed", "signal": -code}
    return {**event, "code": code}


class Merger:
    """Holds events back until nothing earlier can come any more, then numbers them.

    `most`: how many events about the program's processes are told. Then comes `limited`; what follows is counted in
    `dropped`, but for what the OS says of how each process ended.
    """

    def __init__(self, start_ns: int, most: int | None = None, limited: Event | None = None) -> None:
        self._start_ns = start_ns
        self._most = most
        self._limited = limited
        self._told = 0
        self.is_cut = False
        # pid -> how many of its events were not told, once the trace is as long as it may be
        self.dropped: dict[int, int] = {}
        self._waiting: list[tuple[int, Event]] = []
        self._seq = 0
        self._last_ns = 0
        self._exited: set[int] = set()
        self._reaped: set[int] = set()
        self.late = 0

    def add(self, ts_ns: int, event: Event) -> None:
        """Take in one event."""
        self._waiting.append((ts_ns, event))

    def extend(self, stamped: Iterable[tuple[int, Event]]) -> None:
        """Take in events of one source, in its order."""
        self._waiting += stamped

    def flush(self, until_ns: int | None = None) -> list[Event]:
        """Return, in order and numbered, the events up to `until_ns` (None: all of them)."""
        waiting = self._waiting
        if not waiting:
            return []
        # Sorting is stable: of two events of the same instant the one that came first stays first.
        waiting.sort(key=_TIME)
        cut = len(waiting) if until_ns is None else bisect.bisect_right(waiting, until_ns, key=_TIME)
        ready, self._waiting = waiting[:cut], waiting[cut:]
        if self._most is not None:
            ready = list(self._up_to(ready, self._most))
        out: list[Event] = []
        for ts_ns, event in ready:
            settle = _SETTLERS.get(event["kind"])
            # Nothing twice, and an exit before its reaping.
            for each in (event,) if settle is None else settle(self, event):
                relative_ns = ts_ns - self._start_ns
                if relative_ns < self._last_ns:
                    # It came after its turn was over: the order of delivery cannot be undone.
                    self.late += self._last_ns > 0
                    if "age_ns" in each:
                        each["age_ns"] += self._last_ns - relative_ns
                    relative_ns = self._last_ns
                self._last_ns = relative_ns
                # Numbers come first in a line.
                numbered = each if "seq" in each else {"seq": 0, "ts_ns": 0, **each}
                numbered["seq"] = self._seq
                numbered["ts_ns"] = relative_ns
                self._seq += 1
                out.append(numbered)
        return out

    def _up_to(self, ready: list[tuple[int, Event]], most: int) -> Iterator[tuple[int, Event]]:
        for ts_ns, event in ready:
            was_cut = self.is_cut
            if self._may_be_told(event, most):
                yield ts_ns, event
            elif not was_cut and self._limited is not None:
                yield ts_ns, self._limited

    def _may_be_told(self, event: Event, most: int) -> bool:
        if "pid" not in event or (self.is_cut and event["by"] == "os" and event["kind"] in _TOLD_AT_THE_END):
            return True
        if self._told < most:
            self._told += 1
            return True
        self.is_cut = True
        count = event["count"] if event["kind"] == "run.events_dropped" else 1
        self.dropped[event["pid"]] = self.dropped.get(event["pid"], 0) + count
        return False

    def _exit(self, event: Event) -> list[Event]:
        pid = event["pid"]
        if pid in self._exited:
            return []
        self._exited.add(pid)
        return [event]

    def _reap(self, event: Event) -> list[Event]:
        child = event["child"]
        if child in self._reaped:
            return []
        self._reaped.add(child)
        before = []
        if child not in self._exited and "status" in event:
            # The parent's wait returned before the supervisor was woken: what it got is the proof.
            before = self._exit(exit_event(child, event["status"], event["by"]))
        return [*before, event]

    def _begin(self, event: Event) -> list[Event]:
        """Forget the former owner of a pid that is used again."""
        pid = event.get("child", event["pid"])
        if pid in self._reaped:
            self._reaped.discard(pid)
            self._exited.discard(pid)
        return [event]


# Also of a trace that is as long as it may be.
_TOLD_AT_THE_END = frozenset(
    {"process.exited", "process.killed", "process.reaped", "process.orphaned", "lane.measured", "run.events_dropped"}
)
_SETTLERS: dict[str, Callable[[Merger, Event], list[Event]]] = {
    "process.exited": Merger._exit,
    "process.killed": Merger._exit,
    "process.reaped": Merger._reap,
    "process.forked": Merger._begin,
}
