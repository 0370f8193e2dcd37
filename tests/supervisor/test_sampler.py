"""What the OS says of real programs' threads: on a CPU, waiting for the GIL, asleep; counted as the kernel counts.

A machine may be as busy as it likes: what is held against the trace are the kernel's own counts and the programs' own
clocks, never how long something took. How well a stretch is dated is tested in test_thread_story.py.
"""

import contextlib
import dataclasses
import itertools
import json
import os
from typing import Any

import pytest

from concurrency_lab.supervisor.gil import gil_range
from concurrency_lab.trace import codec, states
from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.lane import Lane
from tests.pythons import PYTHONS
from tests.supervisor.conftest import Lab

# A lane's Running may miss the kernel's count by this part, and by its first and last moments.
PART = 0.06
MOMENT_NS = 40_000_000
BUSY = """
    import json, os, sys, threading, time

    def busy(name, said, core=None):
        if core is not None:
            os.sched_setaffinity(0, {core})
        end_s = time.thread_time() + 0.4
        while time.thread_time() < end_s:
            for _ in range(2000):
                pass
        said[name] = time.thread_time_ns()
"""
TWO_THREADS = (
    BUSY
    + """
    said = {}
    threads = [threading.Thread(target=busy, args=(name, said), name=name) for name in "ab"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    json.dump(said, open("cpu.json", "w"))
"""
)
TWO_PROCESSES = (
    BUSY
    + """
    for core in CORES:
        if os.fork() == 0:
            said = {}
            busy("cpu", said, core)
            json.dump(said, open(str(os.getpid()), "w"))
            os._exit(0)
    for _ in "ab": os.wait()
"""
)
HASHING = """
    import hashlib, os, threading, time

    def work(core):
        os.sched_setaffinity(0, {core})
        data = bytes(1 << 22)
        end_s = time.thread_time() + 0.4
        while time.thread_time() < end_s:
            hashlib.sha256(data).digest()

    threads = [threading.Thread(target=work, args=(core,), name=f"on {core}") for core in CORES]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def record(lab: Lab, python: str, text: str) -> tuple[list[dict[str, Any]], Fold]:
    spec = dataclasses.replace(lab.spec(text), python=python)
    with contextlib.closing(lab.warden.run(spec)) as stream, stream.makefile() as lines:
        events = codec.read(lines).events
    fold = Fold().feed(events)
    assert fold.illegal == 0
    return events, fold


def spans(lane: Lane, end_ns: int, state: int) -> list[tuple[int, int]]:
    ends = [*lane.start_ns[1:], end_ns]
    return [(start, end) for start, end, now in zip(lane.start_ns, ends, lane.state, strict=True) if now == state]


def drawn(lane: Lane, end_ns: int, state: int = states.RUNNING, reason: str = "") -> int:
    """Return for how long a lane is drawn so."""
    ends = [*lane.start_ns[1:], end_ns]
    code = states.REASON_CODES[reason]
    columns = zip(lane.start_ns, ends, lane.state, lane.reason, strict=True)
    return sum(end - start for start, end, now, why in columns if now == state and code in (0, why))


def overlap(one: Lane, two: Lane, end_ns: int) -> int:
    """Return for how long both lanes are drawn Running at once."""
    pairs = itertools.product(spans(one, end_ns, states.RUNNING), spans(two, end_ns, states.RUNNING))
    return sum(max(0, min(b, d) - max(a, c)) for (a, b), (c, d) in pairs)


def assert_counted(lane: Lane, end_ns: int, counted_ns: int | None) -> None:
    """A lane is drawn Running for as long as the kernel has counted, whatever else the machine did."""
    assert counted_ns is not None
    assert drawn(lane, end_ns) == pytest.approx(counted_ns, rel=PART, abs=MOMENT_NS)


def said_by(lab: Lab, lane: Lane) -> int:
    """Return what a process wrote that it had run: once its parent has waited for it, its counts are gone."""
    said: int = json.loads((lab.folder / str(lane.pid)).read_text())["cpu"]
    return said


def cores_of(events: list[dict[str, Any]], lane: Lane) -> set[int]:
    said = [event for event in events if event["kind"] == "lane.on_cpu"]
    return {event["cpu"] for event in said if (event["pid"], event["tid"]) == (lane.pid, lane.tid)}


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_two_busy_threads_take_turns_at_the_gil(lab: Lab, python: str) -> None:
    events, fold = record(lab, python, TWO_THREADS)
    one, two = (lane for lane in fold.lanes.values() if lane.kind == "thread")
    said = json.loads((lab.folder / "cpu.json").read_text())
    for lane in (one, two):
        assert_counted(lane, fold.end_ns, lane.cpu_ns)
        # Exact to what it does between its own last word on it and its end.
        assert said[lane.name] <= lane.cpu_ns <= said[lane.name] + 5_000_000
        seen = [event for event in events if event["kind"] == "lane.off_cpu" and event["tid"] == lane.tid]
        assert sum(event["reason"] == "gil" and event["by"] == "os" for event in seen) > 5
    # They never run at once, so both together cannot have run for longer than there was time.
    began_ns = min(one.created_ns, two.created_ns)
    assert drawn(one, fold.end_ns) + drawn(two, fold.end_ns) < (fold.end_ns - began_ns) * (1 + PART)


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_what_lets_the_gil_go_runs_beside_another(lab: Lab, python: str) -> None:
    """Hashing holds no GIL: each of two threads is drawn on a core of its own, and waits for the GIL hardly ever."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    events, fold = record(lab, python, HASHING.replace("CORES", str(cores)))
    lanes = [lane for lane in fold.lanes.values() if lane.kind == "thread"]
    for lane in lanes:
        assert_counted(lane, fold.end_ns, lane.cpu_ns)
        # Two that take turns wait for as long as they run, and longer on a busy machine.
        assert drawn(lane, fold.end_ns, states.RUNNABLE, "gil") < 0.4 * drawn(lane, fold.end_ns)
        assert int(lane.name.split()[1]) in cores_of(events, lane)
    idle_ns = sum(drawn(lane, fold.end_ns, states.RUNNABLE) for lane in lanes)
    if len(cores) == 2 and idle_ns < 0.1 * sum(drawn(lane, fold.end_ns) for lane in lanes):
        # Nobody else wanted the cores: then it was parallel, and is drawn so.
        assert overlap(*lanes, fold.end_ns) > 0.7 * drawn(lanes[0], fold.end_ns)


def test_two_processes_on_one_core_share_it(lab: Lab) -> None:
    """Pinned to one core, which each of them wants all the time: what is drawn is what each got of it."""
    core = max(os.sched_getaffinity(0))
    events, fold = record(lab, next(iter(PYTHONS.values())), TWO_PROCESSES.replace("CORES", str([core, core])))
    one, two = (lane for lane in fold.lanes.values() if lane.parent is not None)
    for lane in (one, two):
        assert_counted(lane, fold.end_ns, said_by(lab, lane))
        assert drawn(lane, fold.end_ns, states.RUNNABLE, "cpu") > 0.2e9
        # The first word may come before it was pinned.
        assert core in cores_of(events, lane)
        on = [e for e in events if e["kind"] == "lane.on_cpu" and e["tid"] == lane.tid]
        assert {event["cpu"] for event in on[len(on) // 4 :]} == {core}
    # One core: both together cannot have run for longer than there was time.
    began_ns = min(one.created_ns, two.created_ns)
    ended_ns = max(lane.start_ns[lane.state.index(states.ZOMBIE)] for lane in (one, two))
    assert drawn(one, fold.end_ns) + drawn(two, fold.end_ns) < (ended_ns - began_ns) * (1 + PART)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_two_processes_on_two_cores_are_told_apart(lab: Lab) -> None:
    cores = sorted(os.sched_getaffinity(0))[:2]
    events, fold = record(lab, next(iter(PYTHONS.values())), TWO_PROCESSES.replace("CORES", str(cores)))
    lanes = [lane for lane in fold.lanes.values() if lane.parent is not None]
    for lane, core in zip(lanes, cores, strict=True):
        assert_counted(lane, fold.end_ns, said_by(lab, lane))
        on = [e for e in events if e["kind"] == "lane.on_cpu" and e["tid"] == lane.tid]
        assert on[-1]["cpu"] == core


@pytest.mark.parametrize("how", ["time.sleep(0.4)", "select.select([], [], [], 0.4)", "os.read(os.pipe()[0], 1)"])
def test_what_sleeps_is_not_running(lab: Lab, how: str) -> None:
    text = f"""
        import os, select, threading, time
        slept = []
        def sleep():
            threading.Timer(0.4, lambda: os._exit(0)).start()
            {how}
            slept.append(1)
        thread = threading.Thread(target=sleep, name="sleeper")
        thread.start()
        thread.join()
    """
    _, fold = record(lab, next(iter(PYTHONS.values())), text)
    sleeper = next(lane for lane in fold.lanes.values() if lane.name == "sleeper")
    running_ns = sum(end - start for start, end in spans(sleeper, fold.end_ns, states.RUNNING))
    blocked_ns = sum(end - start for start, end in spans(sleeper, fold.end_ns, states.BLOCKED))
    assert blocked_ns > 0.25e9
    assert running_ns < 0.1e9


def test_every_lane_is_measured(lab: Lab) -> None:
    events, fold = record(lab, next(iter(PYTHONS.values())), TWO_THREADS)
    measured = {(event["pid"], event["tid"]): event for event in events if event["kind"] == "lane.measured"}
    assert set(measured) == {(lane.pid, lane.tid) for lane in fold.lanes.values()}
    assert len(measured) == sum(event["kind"] == "lane.measured" for event in events)
    for lane in fold.lanes.values():
        event = measured[lane.pid, lane.tid]
        if lane.kind == "thread":
            assert event["switches"] + event["preempted"] > 5


def test_no_gil_in_a_process_that_is_no_python() -> None:
    assert len(gil_range(os.getpid())) > 10_000
    assert len(gil_range(1 << 30)) == 0
