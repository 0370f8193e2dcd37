"""Many events at once: all of them arrive, in order, and what cannot be told in time is said."""

from collections import Counter

from tests.supervisor.conftest import Lab

PAIRS = 10_000
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


def test_a_trace_that_is_cut_says_how_much_is_missing(lab: Lab) -> None:
    trace, fold = lab.record(FLOOD, events=1000)
    assert fold.ended is not None
    assert fold.ended["status"] == "limited"
    assert [event["limit"] for event in trace.events if event["kind"] == "run.limited"] == ["events"]
    assert len(trace.events) < 2 * 4 * PAIRS * 4
