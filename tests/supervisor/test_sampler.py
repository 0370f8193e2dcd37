"""What the OS says of real programs' threads: on a CPU, waiting for the GIL, asleep; counted as the kernel counts.

Machines are busy and looks are few, so bounds are generous; a program that was disturbed may be run again.
"""

import contextlib
import dataclasses
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

TRIES = 3
BUSY = """
    import json, os, sys, threading, time

    def busy(name, said):
        end_s = time.thread_time() + 0.4
        while time.thread_time() < end_s:
            for _ in range(2000):
                pass
        said[name] = time.thread_time()
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
    for name in "ab":
        if os.fork() == 0:
            busy(name, {})
            os._exit(0)
    for _ in "ab": os.wait()
"""
)


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


def overlap(lanes: list[Lane], end_ns: int) -> float:
    """Return which part of the time in which both lanes lived they were Running at once."""
    one, two = (spans(lane, end_ns, states.RUNNING) for lane in lanes)
    both = sum(max(0, min(b, d) - max(a, c)) for a, b in one for c, d in two)
    return both / (min(one[-1][1], two[-1][1]) - max(one[0][0], two[0][0]))


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_two_busy_threads_take_turns_at_the_gil(lab: Lab, python: str) -> None:
    for attempt in range(TRIES):
        _, fold = record(lab, python, TWO_THREADS)
        lanes = [lane for lane in fold.lanes.values() if lane.kind == "thread"]
        said = json.loads((lab.folder / "cpu.json").read_text())
        gil = states.REASON_CODES["gil"]
        waits = [sum(1 for reason in lane.reason if reason == gil) for lane in lanes]
        shared = overlap(lanes, fold.end_ns)
        # Taken for two cores they would share nearly all of it; a busy machine dates some changes late.
        if shared < 0.4 and min(waits) > 5:
            break
        assert attempt + 1 < TRIES, f"Running at once for {shared:.0%} of the time, waits for the GIL: {waits}"
    for lane in lanes:
        assert lane.cpu_ns is not None
        assert lane.cpu_ns == pytest.approx(said[lane.name] * 1e9, rel=0.15)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_two_busy_processes_run_at_once(lab: Lab) -> None:
    for attempt in range(TRIES):
        events, fold = record(lab, next(iter(PYTHONS.values())), TWO_PROCESSES)
        lanes = [lane for lane in fold.lanes.values() if lane.parent is not None]
        shared = overlap(lanes, fold.end_ns)
        if shared > 0.1:
            break
        assert attempt + 1 < TRIES, f"Running at once for {shared:.0%} of the time only"
    pids = {lane.pid for lane in lanes}
    cores = {event["cpu"] for event in events if event["kind"] == "lane.on_cpu" and event["pid"] in pids}
    assert len(cores) >= 2


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
        assert event["queue_ns"] >= 0
        if lane.kind == "thread":
            assert event["switches"] + event["preempted"] > 5


def test_no_gil_in_a_process_that_is_no_python() -> None:
    assert len(gil_range(os.getpid())) > 10_000
    assert len(gil_range(1 << 30)) == 0
