"""A thread's story against a kernel that is played: its counts come late, as a real one's; it is looked at any time."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concurrency_lab.supervisor.thread_story import CPU, GIL, HORIZON_NS, IO, ON, Change, Counts, Look, ThreadStory

MS = 1_000_000
TICK_NS = 4 * MS
BEGIN_NS = 1_000 * MS
# What is not told: a wait too short for it, and how much longer a thread may have run than was counted at a look.
UNTOLD_NS = 600_000


class Kernel(NamedTuple):
    """What one thread truly does: (where, how long), one after the other, from BEGIN_NS on."""

    truth: list[tuple[str, int]]

    @property
    def end_ns(self) -> int:
        return BEGIN_NS + sum(length_ns for _, length_ns in self.truth)

    def parts(self) -> Iterator[tuple[str, int, int]]:
        at_ns = BEGIN_NS
        for where, length_ns in self.truth:
            yield where, at_ns, at_ns + length_ns
            at_ns += length_ns

    def look(self, now_ns: int) -> Look:
        """Look as the sampler does: time on a CPU is counted at ticks and at its end, a queue's when it is over."""
        run_ns = queue_ns = arrivals = 0
        now = ON
        before = ""
        for where, from_ns, to_ns in self.parts():
            if from_ns > now_ns:
                break
            if where == ON:
                arrivals += before != ON
                counted_to_ns = to_ns if to_ns <= now_ns else max(from_ns, now_ns // TICK_NS * TICK_NS)
                run_ns += counted_to_ns - from_ns
            elif where == CPU and to_ns <= now_ns:
                queue_ns += to_ns - from_ns
            now = where
            before = where
        return Look(now_ns, Counts(run_ns, queue_ns, arrivals), now, BEGIN_NS)

    def spans(self, wanted: str) -> list[tuple[int, int]]:
        return [(from_ns, to_ns) for where, from_ns, to_ns in self.parts() if where == wanted]


def told(kernel: Kernel, look_times: list[int], rivals: bool = False) -> list[Change]:
    """Return what the story makes of looks at these times; what it says must be in order, and not of long ago."""
    story = ThreadStory(kernel.look(look_times[0]))
    changes: list[Change] = []
    for before_ns, now_ns in itertools.pairwise(look_times):
        look = kernel.look(now_ns)
        new = story.see(look, lambda: 3, rivals)
        assert all(before_ns - HORIZON_NS <= change.ts_ns <= now_ns for change in new)
        changes += new
    assert [change.ts_ns for change in changes] == sorted(change.ts_ns for change in changes)
    return changes


def drawn(changes: list[Change], wanted: str, until_ns: int) -> list[tuple[int, int]]:
    """Return the stretches in which readers see the thread so; from its first word on they see it run."""
    points = [(BEGIN_NS, ON), *((change.ts_ns, change.where) for change in changes), (until_ns, "")]
    return [(from_ns, to_ns) for (from_ns, where), (to_ns, _) in itertools.pairwise(points) if where == wanted]


def total(spans: list[tuple[int, int]]) -> int:
    return sum(to_ns - from_ns for from_ns, to_ns in spans)


def shared(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> int:
    return sum(max(0, min(b, d) - max(a, c)) for a, b in one for c, d in two)


def every(period_ns: int, kernel: Kernel) -> list[int]:
    return list(range(BEGIN_NS + 100_000, kernel.end_ns, period_ns))


@pytest.mark.parametrize("period_ms", [1, 2, 5])
def test_turns_at_a_core_are_drawn_as_they_are_counted(period_ms: int) -> None:
    """Two processes on one core take turns of 4 ms: half of the time each, and at most a look's time of it together."""
    one = Kernel([(ON, 4 * MS), (CPU, 4 * MS)] * 40)
    two = Kernel([(CPU, 4 * MS), (ON, 4 * MS)] * 40)
    spans = []
    for kernel in (one, two):
        looks = every(period_ms * MS, kernel)
        spans.append(drawn(told(kernel, looks), ON, looks[-1]))
        assert total(spans[-1]) == pytest.approx(160 * MS, abs=TICK_NS + period_ms * MS)
    # Dated to a few hundredths by looks every millisecond, and to the length of a look by seldom ones.
    assert shared(*spans) <= 80 * {1: 0.2, 2: 0.5, 5: 2.1}[period_ms] * MS


def test_what_runs_alone_is_told_of_once() -> None:
    kernel = Kernel([(ON, 500 * MS)])
    changes = told(kernel, every(2 * MS, kernel))
    assert [change for change in changes if change.where != ON] == []


def test_a_long_wait_for_a_core_is_told_while_it_lasts() -> None:
    kernel = Kernel([(ON, 21 * MS), (CPU, 200 * MS), (ON, 50 * MS)])
    looks = every(2 * MS, kernel)
    changes = told(kernel, looks)
    assert [(change.where, change.is_inferred) for change in changes if change.where == CPU] == [(CPU, False)]
    ((from_ns, to_ns),) = drawn(changes, CPU, looks[-1])
    assert from_ns == pytest.approx(BEGIN_NS + 21 * MS, abs=100_000)
    assert to_ns - from_ns == pytest.approx(200 * MS, abs=100_000)


def test_turns_at_the_gil_are_seen_and_dated_to_half_a_look() -> None:
    kernel = Kernel([(ON, 5 * MS), (GIL, 5 * MS)] * 30)
    looks = every(1 * MS, kernel)
    changes = told(kernel, looks, rivals=True)
    assert not any(change.is_inferred for change in changes)
    assert {change.cpu for change in changes if change.where == ON} == {3}
    wrong_ns = shared(drawn(changes, ON, looks[-1]), kernel.spans(GIL))
    assert wrong_ns <= 30 * MS / 2
    assert total(drawn(changes, ON, looks[-1])) == pytest.approx(150 * MS, abs=5 * MS)


def test_who_wakes_onto_a_queue_waits_first_and_runs_then() -> None:
    """Handed the GIL while others have the cores: ready for 6 ms before each 5 ms of running."""
    kernel = Kernel([(ON, 5 * MS), *[(GIL, 5 * MS), (CPU, 6 * MS), (ON, 5 * MS)] * 20])
    looks = every(3 * MS, kernel)
    changes = told(kernel, looks, rivals=True)
    running = drawn(changes, ON, looks[-1])
    assert total(running) == pytest.approx(105 * MS, abs=9 * MS)
    assert shared(running, kernel.spans(ON)) > 0.8 * total(running)


def test_turns_at_the_gil_between_looks_are_inferred_from_the_counts() -> None:
    kernel = Kernel([(ON, 3 * MS), (GIL, 3 * MS)] * 60)
    # Once it is seen to wait; from then on each look finds it running.
    looks = [BEGIN_NS + 1 * MS, BEGIN_NS + 4 * MS, *(from_ns + 2 * MS for from_ns, _ in kernel.spans(ON)[1:])]
    changes = told(kernel, looks, rivals=True)
    waits = drawn(changes, GIL, looks[-1])
    assert total(waits) == pytest.approx(180 * MS, rel=0.1)
    assert sum(not change.is_inferred for change in changes if change.where == GIL) == 1


def test_two_threads_that_compute_beside_each_other_are_drawn_so() -> None:
    """What lets the GIL go may be as parallel as processes are: the counts decide, not the number of threads."""
    kernel = Kernel([(ON, 300 * MS)])
    changes = told(kernel, every(1 * MS, kernel), rivals=True)
    assert drawn(changes, GIL, kernel.end_ns) == []


def test_short_sleeps_add_up() -> None:
    """A wait of 1 ms is too short to be looked at, and half of this thread's time."""
    kernel = Kernel([(ON, 1 * MS), (IO, 1 * MS)] * 200)
    looks = list(range(BEGIN_NS + 100_000, kernel.end_ns, 1_300_000))
    changes = told(kernel, looks)
    assert total(drawn(changes, ON, looks[-1])) == pytest.approx(200 * MS, rel=0.05)


def test_asking_for_the_gil_is_no_running() -> None:
    kernel = Kernel([(ON, 5 * MS), *[(GIL, 5 * MS), (ON, 50_000)] * 20, (GIL, 5 * MS)])
    changes = told(kernel, every(1 * MS, kernel), rivals=True)
    assert [change.where for change in changes if change.ts_ns > BEGIN_NS + 6 * MS] == []


def test_a_wait_that_a_probe_tells_of_is_none_of_ours() -> None:
    """Between two looks it waited 3 ms for a lock, and said so: that time is neither slept nor run."""
    first = Look(BEGIN_NS, Counts(0, 0, 1), ON, BEGIN_NS)
    story = ThreadStory(first)
    second = Look(BEGIN_NS + 5 * MS, Counts(2 * MS, 0, 2), ON, BEGIN_NS + 4 * MS, BEGIN_NS + 4 * MS, 3 * MS)
    third = second._replace(ts_ns=BEGIN_NS + 9 * MS, counts=Counts(6 * MS, 0, 2))
    changes = story.see(second, lambda: 0) + story.see(third, lambda: 0)
    assert [change for change in changes if change.where != ON] == []


def test_who_speaks_and_sleeps_on_is_told_to_sleep_once_and_after_its_word() -> None:
    """It writes to a full pipe: a probe speaks before each write, and too little is run to be told."""
    story = ThreadStory(Look(BEGIN_NS, Counts(0, 0, 1), ON, BEGIN_NS))
    asleep = Look(BEGIN_NS + 10 * MS, Counts(2 * MS, 0, 1), IO, BEGIN_NS)
    changes = story.see(asleep, lambda: 0)
    spoke_ns = BEGIN_NS + 12 * MS
    for n in range(15, 40, 5):
        look = asleep._replace(ts_ns=BEGIN_NS + n * MS, counts=Counts(2 * MS + 20_000, 0, 2), spoke_ns=spoke_ns)
        changes += story.see(look, lambda: 0)
    assert [(change.ts_ns, change.where) for change in changes if change.ts_ns > asleep.ts_ns] == [(spoke_ns, IO)]
    assert story.is_settled(spoke_ns)


def test_what_runs_between_two_waits_that_probes_tell_of_is_counted() -> None:
    """Each look finds it in a wait of which a probe has told; in between it was awake for 4 ms and ran for 1."""
    story = ThreadStory(Look(BEGIN_NS, Counts(0, 0, 1), ON, BEGIN_NS))
    changes: list[Change] = []
    for turn in range(1, 21):
        woke_ns = BEGIN_NS + turn * 10 * MS - 4 * MS
        blocked_ns = woke_ns + 4 * MS
        look = Look(
            blocked_ns + 2 * MS, Counts(turn * MS, turn * 3 * MS, turn * 2), IO, blocked_ns, woke_ns, turn * 6 * MS
        )
        assert not story.is_parked_since(blocked_ns)
        changes += story.park(look, False)
        assert story.is_parked_since(blocked_ns)
    waits = drawn(changes, CPU, BEGIN_NS + 202 * MS)
    assert total(waits) == pytest.approx(20 * 3 * MS, rel=0.1)


PARTS = st.lists(st.tuples(st.sampled_from([ON, CPU, GIL, IO]), st.integers(200_000, 15 * MS)), min_size=4, max_size=40)


@settings(max_examples=150, deadline=None)
@given(parts=PARTS, periods=st.lists(st.integers(300_000, 6 * MS), min_size=60, max_size=120), rivals=st.booleans())
def test_running_never_adds_up_to_more_than_was_counted(
    parts: list[tuple[str, int]], periods: list[int], rivals: bool
) -> None:
    """Whatever a thread does and whenever it is looked at, what is drawn as running is what the kernel counted."""
    truth = [(ON, 6 * MS)]
    for where, length_ns in parts:
        if truth[-1][0] != where:
            # A thread goes to sleep from a core, and onto the queue from anywhere.
            if where in (GIL, IO) and truth[-1][0] != ON:
                truth.append((ON, 400_000))
            truth.append((where, length_ns))
    truth += [(ON, 1 * MS), (IO, 60 * MS)]
    kernel = Kernel(truth)
    looks = [BEGIN_NS + 50_000]
    for period_ns in itertools.cycle(periods):
        if looks[-1] + period_ns >= kernel.end_ns:
            break
        looks.append(looks[-1] + period_ns)
    changes = told(kernel, looks, rivals)
    ran_ns = total(kernel.spans(ON))
    # Each time of being awake may hide a wait that is too short, or a look's doubt of when it began.
    awake = 1 + sum(where in (GIL, IO) for where, _ in truth)
    assert abs(total(drawn(changes, ON, looks[-1])) - ran_ns) <= TICK_NS + awake * UNTOLD_NS
