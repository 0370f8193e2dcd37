"""Data races: two threads use a variable, one of them writes, and nothing orders the two. Pure: from events alone.

Each thread has a vector clock: what it knows of the others' epochs. Whatever gives something to others
(a lock given back, an item put, ...) ends its thread's epoch; whoever takes it learns of all that came before.
An access by another thread is in order if the present one knows of the epoch in which it was made.
"""

import bisect
from array import array
from collections.abc import Callable
from typing import Any, NamedTuple

from concurrency_lab.trace.fold_core import Event

# Whoever has read this many knows what to do.
MOST = 20
Clock = dict[int, int]


class Access(NamedTuple):
    """One side of a race; `locks` are those that the thread held."""

    tid: int
    wrote: bool
    line: int
    file: str
    locks: tuple[str, ...]


class Race(NamedTuple):
    """Two accesses in no order; `first` came first this time."""

    pid: int
    name: str
    first: Access
    second: Access


class _Thread:
    """What a thread knows, and its past: when its epochs and its sets of locks began."""

    def __init__(self, tid: int) -> None:
        self.tid = tid
        self.clock: Clock = {tid: 1}
        self.locks: tuple[str, ...] = ()
        self._since_ns = array("q", (-1,))
        self._epochs = array("q", (1,))
        self._locks: list[tuple[str, ...]] = [()]

    def end_epoch(self) -> None:
        """What follows is not known to those who know what was before."""
        self.clock[self.tid] += 1

    def note(self, ts_ns: int) -> None:
        """Remember what is so from now on."""
        self._since_ns.append(ts_ns)
        self._epochs.append(self.clock[self.tid])
        self._locks.append(self.locks)

    def at(self, ts_ns: int) -> tuple[int, tuple[str, ...]]:
        """Return the epoch and the locks held at a time."""
        index = bisect.bisect_right(self._since_ns, ts_ns) - 1
        return self._epochs[index], self._locks[index]


class _Process:
    """The threads of one process, and what has been given and not taken."""

    def __init__(self) -> None:
        self.threads: dict[int, _Thread] = {}
        self.given: dict[str, Clock] = {}
        # An end of a pipe -> the id under which what it sends is received.
        self.peers: dict[str, str] = {}
        # The queues whose room somebody may wait for.
        self.bounded: set[str] = set()

    def thread(self, tid: int) -> _Thread:
        """Return what is known of a thread."""
        found = self.threads.get(tid)
        if found is None:
            found = self.threads[tid] = _Thread(tid)
        return found

    def give(self, thread: _Thread, key: str, ts_ns: int) -> None:
        """What the thread did so far comes before what they do who take this."""
        known = self.given.setdefault(key, {})
        _learn(known, thread.clock)
        thread.end_epoch()
        thread.note(ts_ns)

    def take(self, thread: _Thread, key: str) -> None:
        """The thread has what others gave."""
        known = self.given.get(key)
        if known is not None:
            _learn(thread.clock, known)


def _learn(mine: Clock, theirs: Clock) -> None:
    for tid, epoch in theirs.items():
        if epoch > mine.get(tid, 0):
            mine[tid] = epoch


class Races:
    """Fed with a run's events in order; `found` are the races, one for each variable and pair of lines."""

    def __init__(self) -> None:
        self._processes: dict[int, _Process] = {}
        self._found: dict[tuple[Any, ...], Race] = {}

    def found(self) -> list[Race]:
        """Return what was found so far, in order."""
        return list(self._found.values())[:MOST]

    def take(self, event: Event) -> None:
        """Take in one event."""
        kind = event["kind"]
        pid: int = event.get("pid", 0)
        if kind == "variable.watched":
            self._processes[pid] = _Process()
            return
        handler = _HANDLERS.get(kind)
        process = self._processes.get(pid)
        if handler is not None and process is not None and event["by"] == "probe":
            handler(self, process, process.thread(int(event.get("tid", pid))), event)

    # -- what orders ---------------------------------------------------------------------------------

    def _gives(self, process: _Process, thread: _Thread, event: Event) -> None:
        process.give(thread, event["obj"], event["ts_ns"])

    def _takes(self, process: _Process, thread: _Thread, event: Event) -> None:
        process.take(thread, event["obj"])

    def _on_acquired(self, process: _Process, thread: _Thread, event: Event) -> None:
        process.take(thread, event["obj"])
        if event["obj"] not in thread.locks:
            thread.locks = (*thread.locks, event["obj"])
            thread.note(event["ts_ns"])

    def _on_released(self, process: _Process, thread: _Thread, event: Event) -> None:
        obj = event["obj"]
        if event["depth"] == 0:
            thread.locks = tuple(held for held in thread.locks if held != obj)
            process.give(thread, obj, event["ts_ns"])

    def _on_started(self, process: _Process, thread: _Thread, event: Event) -> None:
        # The OS gives the number of a dead thread to a new one, which knows nothing of what that one knew.
        thread.clock = {thread.tid: thread.clock[thread.tid] + 1}
        thread.locks = ()
        thread.note(event["ts_ns"])
        process.take(thread, event["obj"])

    def _on_queue_created(self, process: _Process, thread: _Thread, event: Event) -> None:
        if event["maxsize"]:
            process.bounded.add(event["obj"])

    def _on_put(self, process: _Process, thread: _Thread, event: Event) -> None:
        process.take(thread, "room " + event["obj"])
        process.give(thread, event.get("item") or event["obj"], event["ts_ns"])

    def _on_got(self, process: _Process, thread: _Thread, event: Event) -> None:
        key = event.get("item") or event["obj"]
        process.take(thread, key)
        if "item" in event:
            process.given.pop(key, None)
        if event["obj"] in process.bounded:
            process.give(thread, "room " + event["obj"], event["ts_ns"])

    def _on_pipe_created(self, process: _Process, thread: _Thread, event: Event) -> None:
        process.peers[event["obj"]] = event.get("peer") or event["obj"]

    def _on_sent(self, process: _Process, thread: _Thread, event: Event) -> None:
        process.give(thread, process.peers.get(event["obj"]) or event["obj"], event["ts_ns"])

    def _on_dropped(self, process: _Process, thread: _Thread, event: Event) -> None:
        # What ordered two accesses may be among what was lost: nothing is certain from here on.
        del self._processes[event["pid"]]

    # -- the accesses --------------------------------------------------------------------------------

    def _on_read(self, process: _Process, thread: _Thread, event: Event) -> None:
        self._judge(process, thread, event, wrote=False)

    def _on_written(self, process: _Process, thread: _Thread, event: Event) -> None:
        self._judge(process, thread, event, wrote=True)

    def _judge(self, process: _Process, thread: _Thread, event: Event, wrote: bool) -> None:
        other = process.thread(event["other"])
        epoch, locks = other.at(event["ts_ns"] - event["age_ns"])
        if thread.clock.get(other.tid, 0) >= epoch:
            return
        file = event.get("file", "")
        first = Access(other.tid, event["other_wrote"], event["other_line"], event.get("other_file") or file, locks)
        second = Access(thread.tid, wrote, event.get("line", 0), file, thread.locks)
        places = frozenset({(first.file, first.line), (second.file, second.line)})
        # The items of a list, raced for by the same lines, are one mistake.
        key = (event["pid"], event["name"].partition("[")[0], places)
        known = self._found.get(key)
        # Two writes say more than a write and a read of the same lines.
        if known is None or (first.wrote and wrote and not (known.first.wrote and known.second.wrote)):
            self._found[key] = Race(event["pid"], event["name"], first, second)


_HANDLERS: dict[str, Callable[[Races, _Process, _Thread, Event], None]] = {
    "lock.acquired": Races._on_acquired,
    "lock.released": Races._on_released,
    "semaphore.acquired": Races._takes,
    "semaphore.released": Races._gives,
    "event.set": Races._gives,
    "thread.launched": Races._gives,
    "thread.started": Races._on_started,
    "thread.ended": Races._gives,
    "thread.joined": Races._takes,
    "queue.created": Races._on_queue_created,
    "queue.put": Races._on_put,
    "queue.got": Races._on_got,
    "queue.task_done": Races._gives,
    "pipe.created": Races._on_pipe_created,
    "pipe.sent": Races._on_sent,
    "pipe.received": Races._takes,
    "order.released": Races._gives,
    "order.acquired": Races._takes,
    "run.events_dropped": Races._on_dropped,
    "variable.read": Races._on_read,
    "variable.written": Races._on_written,
}
