"""Many events at once: all of them arrive, in order, and what cannot be told in time is said."""

import contextlib
import os
import signal
import time
from collections import Counter

import pytest

from concurrency_lab.supervisor.procfs import stat
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold
from tests.supervisor.conftest import Lab, supervisor_of, wait_until

PAIRS = 10_000
ENDS = {"process.exited", "process.killed", "process.reaped", "process.orphaned"}
FLOOD = f"""
    import multiprocessing, threading

    def pairs():
        lock = threading.Lock()
        for _ in range({PAIRS}):
            with lock:
                pass

    def work():
        threads = [threading.Thread(target=pairs) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()

    if __name__ == "__main__":
        processes = [multiprocessing.Process(target=work) for _ in range(4)]
        for process in processes: process.start()
        for process in processes: process.join()
"""


def test_of_320_000_events_none_is_lost(lab: Lab) -> None:
    trace, fold = lab.record(FLOOD)
    count = Counter((event["pid"], event["tid"]) for event in trace.events if event["kind"].startswith("lock.acq"))
    assert sorted(count.values()) == [PAIRS] * 16
    assert fold.dropped == 0
    # Taken and given back by turns: each thread's own order has been kept.
    held: dict[str, bool] = {}
    for event in trace.events:
        if event["kind"] in ("lock.acquired", "lock.released"):
            taken = event["kind"] == "lock.acquired"
            assert held.get(event["obj"], False) is not taken
            held[event["obj"]] = taken


@pytest.mark.parametrize("most", [1, 1000])
def test_a_trace_is_cut_exactly_and_says_how_much_is_missing(lab: Lab, most: int) -> None:
    trace, fold = lab.record(FLOOD, events=most)
    (limited,) = (event for event in trace.events if event["kind"] == "run.limited")
    before, after = trace.events[: limited["seq"]], trace.events[limited["seq"] + 1 :]
    assert sum("pid" in event for event in before) == most
    told_after = {event["kind"] for event in after if "pid" in event}
    assert all(event["by"] == "os" for event in after if "pid" in event)
    assert told_after <= {"lane.measured", "run.events_dropped", *ENDS}
    assert (limited["limit"], limited["value"]) == ("events", most)
    assert (trace.events[-1]["kind"], trace.events[-1]["status"]) == ("run.ended", "limited")
    assert fold.dropped == sum(event["count"] for event in after if event["kind"] == "run.events_dropped") > 0


BURST = 30_000
BURST_PROGRAM = f"""
    import os, threading, time

    with open("pids", "w") as file:
        print(os.getpid(), file=file)
    while not os.path.exists("go"):
        time.sleep(0.002)
    lock = threading.Lock()
    for _ in range({BURST} // 2):
        with lock:
            pass
    open("done", "w").close()
    while not os.path.exists("end"):
        time.sleep(0.002)
"""


def test_it_is_said_when_the_trace_falls_behind(lab: Lab) -> None:
    with contextlib.closing(lab.warden.run(lab.spec(BURST_PROGRAM))) as stream, stream.makefile() as lines:
        (pid,) = wait_until(lambda: lab.pids_said("pids"), "the program has begun")
        supervisor = supervisor_of([pid])
        # Nothing is taken in while the program goes on: the trace is as far behind as we like. The warden
        # would set a stopped supervisor going again.
        told = stat(supervisor)
        assert told is not None
        stopped = (told.ppid, supervisor)
        for each in stopped:
            os.kill(each, signal.SIGSTOP)
        (lab.folder / "go").touch()
        wait_until((lab.folder / "done").exists, "the program has made its events")
        late_s = time.monotonic() + 0.6
        wait_until(lambda: time.monotonic() > late_s, "more time than the trace may be behind without a word")
        for each in stopped:
            os.kill(each, signal.SIGCONT)
        (lab.folder / "end").touch()
        trace = codec.read(lines)
    fold = Fold().feed(trace.events)
    assert "lagging" in [code for _, code, _ in fold.warnings]
    assert sum(event["kind"].startswith("lock.") for event in trace.events) == BURST + 1
    assert fold.dropped == 0
