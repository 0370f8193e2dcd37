"""Data races, judged from made-up events: what orders two accesses, and what does not."""

from typing import Any

import pytest

from concurrency_lab.trace.findings import find
from concurrency_lab.trace.races import Races

PID, OTHER = 100, 101


class Story:
    """Events of one process with two threads, each a microsecond after the one before."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.say("variable.watched", PID)
        self.say("thread.launched", PID, obj="100.1")
        self.say("thread.started", OTHER, obj="100.1")

    def say(self, kind: str, tid: int, **fields: Any) -> int:
        """Add an event; return its time."""
        ts_ns = 1000 * len(self.events)
        self.events.append({"kind": kind, "ts_ns": ts_ns, "by": "probe", "pid": PID, "tid": tid, **fields})
        return ts_ns

    def access(self) -> int:
        """Let a time go by at which a thread uses the variable, which is not told; return it."""
        return self.say("variable.changed", PID) + 1

    def write(self, tid: int, other: int, at_ns: int, line: int = 20) -> None:
        """Tell a write that follows another thread's."""
        age_ns = 1000 * len(self.events) - at_ns
        fields = {"name": "x", "obj": "100.9", "other": other, "other_wrote": True, "other_line": 10}
        self.say("variable.written", tid, **fields, age_ns=age_ns, line=line, file="program.py")

    def races(self) -> list[tuple[int, int, int, int]]:
        """Return the threads and lines of what is found."""
        races = Races()
        for event in self.events:
            races.take(event)
        return [(race.first.tid, race.first.line, race.second.tid, race.second.line) for race in races.found()]


PAIRS = {
    "lock": (("lock.released", {"depth": 0}), ("lock.acquired", {"depth": 1})),
    "semaphore": (("semaphore.released", {"permits": 1}), ("semaphore.acquired", {"permits": 0})),
    "queue": (("queue.put", {"depth": 1, "item": "100.77"}), ("queue.got", {"depth": 0, "item": "100.77"})),
    "order": (("order.released", {}), ("order.acquired", {})),
    "pipe": (("pipe.sent", {"bytes": 1}), ("pipe.received", {"bytes": 1})),
    "end": (("thread.ended", {}), ("thread.joined", {})),
}


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_given_and_taken_in_between_orders_two_writes(name: str) -> None:
    (gives, given), (takes, taken) = PAIRS[name]
    story = Story()
    at_ns = story.access()
    story.say(gives, PID, obj="100.5", **given)
    story.say(takes, OTHER, obj="100.5", **taken)
    story.write(OTHER, PID, at_ns)
    assert story.races() == []


@pytest.mark.parametrize("name", PAIRS)
def test_a_write_after_the_giving_is_not_ordered_by_it(name: str) -> None:
    (gives, given), (takes, taken) = PAIRS[name]
    story = Story()
    story.say(gives, PID, obj="100.5", **given)
    at_ns = story.access()
    story.say(takes, OTHER, obj="100.5", **taken)
    story.write(OTHER, PID, at_ns)
    assert story.races() == [(PID, 10, OTHER, 20)]


def test_another_lock_orders_nothing_and_is_named() -> None:
    story = Story()
    story.say("lock.created", PID, obj="100.5", type="Lock", name="mine")
    story.say("lock.created", PID, obj="100.6", type="Lock", name="yours")
    story.say("lock.acquired", PID, obj="100.5", depth=1)
    at_ns = story.access()
    story.say("lock.released", PID, obj="100.5", depth=0)
    story.say("lock.acquired", OTHER, obj="100.6", depth=1)
    story.write(OTHER, PID, at_ns)
    (finding,) = find([*story.events, {"kind": "run.ended", "ts_ns": 10**6, "by": "os", "status": "finished"}])
    assert finding.code == "data-race"
    assert finding.text.startswith(
        "MainThread wrote x (line 10) holding mine while thread 101 wrote x (line 20) holding yours"
    )
    assert finding.lanes == ["100", "100/101"]


def test_the_same_variable_and_lines_are_said_once() -> None:
    story = Story()
    for _ in range(3):
        story.write(OTHER, PID, story.access())
    story.write(OTHER, PID, story.access(), line=21)
    assert story.races() == [(PID, 10, OTHER, 20), (PID, 10, OTHER, 21)]


def test_what_was_before_the_start_is_in_order_and_what_is_after_is_not() -> None:
    story = Story()
    story.write(OTHER, PID, 500)
    assert story.races() == []
    story.write(OTHER, PID, 1500)
    assert len(story.races()) == 1


def test_a_new_thread_with_the_number_of_a_dead_one_knows_nothing_of_what_that_one_knew() -> None:
    story = Story()
    at_ns = story.access()
    story.say("order.released", PID, obj="100.5")
    story.say("thread.launched", PID, obj="100.2")
    story.say("order.acquired", OTHER, obj="100.5")
    later_ns = story.access()
    story.say("order.released", PID, obj="100.6")
    story.say("order.acquired", OTHER, obj="100.6")
    story.say("thread.ended", OTHER, obj="100.1")
    story.say("thread.started", OTHER, obj="100.2")
    story.write(OTHER, PID, at_ns)
    assert story.races() == []
    story.write(OTHER, PID, later_ns)
    assert len(story.races()) == 1


def test_after_a_loss_nothing_is_certain() -> None:
    story = Story()
    at_ns = story.access()
    story.say("run.events_dropped", PID, count=3)
    story.write(OTHER, PID, at_ns)
    assert story.races() == []
