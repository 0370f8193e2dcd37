"""Puts what the probes said and what the OS was seen to do into one order, gapless and causal.

Pure: no clock, no processes. Times that come in are absolute CLOCK_MONOTONIC nanoseconds.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

Event = dict[str, Any]


def exit_event(pid: int, wait_status: int, by: str) -> Event:
    """Return the event that tells how a process ended, from its wait status."""
    code = os.waitstatus_to_exitcode(wait_status)
    event: Event = {"kind": "process.exited", "by": by, "pid": pid, "tid": pid}
    if code < 0:
        return {**event, "kind": "process.killed", "signal": -code}
    return {**event, "code": code}


class Merger:
    """Holds events back until nothing earlier can come any more, then numbers them."""

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self._waiting: list[tuple[int, int, Event]] = []
        self._taken = 0
        self._seq = 0
        self._last_ns = 0
        self._exited: set[int] = set()
        self._reaped: set[int] = set()
        self.late = 0

    def add(self, ts_ns: int, event: Event) -> None:
        """Take in one event."""
        self._waiting.append((ts_ns, self._taken, event))
        self._taken += 1

    def extend(self, stamped: Iterable[tuple[int, Event]]) -> None:
        """Take in events of one source, in its order."""
        for ts_ns, event in stamped:
            self.add(ts_ns, event)

    def flush(self, until_ns: int | None = None) -> list[Event]:
        """Return, in order and numbered, the events up to `until_ns` (None: all of them)."""
        if not self._waiting:
            return []
        self._waiting.sort()
        cut = len(self._waiting)
        if until_ns is not None:
            while cut and self._waiting[cut - 1][0] > until_ns:
                cut -= 1
        ready, self._waiting = self._waiting[:cut], self._waiting[cut:]
        out: list[Event] = []
        for ts_ns, _, event in ready:
            out.extend(self._number(ts_ns, each) for each in self._settle(event))
        return out

    def _number(self, ts_ns: int, event: Event) -> Event:
        relative_ns = max(0, ts_ns - self._start_ns)
        if relative_ns < self._last_ns:
            # It came after its turn was over: the order of delivery cannot be undone.
            self.late += 1
            relative_ns = self._last_ns
        self._last_ns = relative_ns
        numbered = {"seq": self._seq, "ts_ns": relative_ns, **event}
        self._seq += 1
        return numbered

    def _settle(self, event: Event) -> list[Event]:
        """Return what to say for this event: nothing twice, and an exit before its reaping."""
        settle = _SETTLERS.get(event["kind"])
        return [event] if settle is None else settle(self, event)

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


_SETTLERS: dict[str, Callable[[Merger, Event], list[Event]]] = {
    "process.exited": Merger._exit,
    "process.killed": Merger._exit,
    "process.reaped": Merger._reap,
    "process.forked": Merger._begin,
}
