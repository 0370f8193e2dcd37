"""merge.py: order, numbers, nothing twice."""

from concurrency_lab.supervisor.merge import Merger, exit_event

START_NS = 1_000_000


def event(kind: str, pid: int = 7, **fields: object) -> dict[str, object]:
    return {"kind": kind, "by": "probe", "pid": pid, "tid": pid, **fields}


def test_orders_sources_by_time_and_numbers_them() -> None:
    merger = Merger(START_NS)
    merger.extend([(START_NS + 5, event("queue.put")), (START_NS + 30, event("queue.got"))])
    merger.extend([(START_NS + 1, event("lock.acquired", 8))])

    first = merger.flush(START_NS + 20)
    rest = merger.flush()

    assert [(e["seq"], e["ts_ns"], e["kind"]) for e in first + rest] == [
        (0, 1, "lock.acquired"),
        (1, 5, "queue.put"),
        (2, 30, "queue.got"),
    ]


def test_an_event_that_comes_after_its_turn_is_kept_and_counted() -> None:
    merger = Merger(START_NS)
    merger.add(START_NS + 50, event("queue.put"))
    merger.flush()
    merger.add(START_NS + 10, event("queue.got"))

    (late,) = merger.flush()

    assert (late["seq"], late["ts_ns"], merger.late) == (1, 50, 1)


def test_an_exit_is_said_once_and_always_before_its_reaping() -> None:
    merger = Merger(START_NS)
    merger.add(START_NS + 10, event("process.reaped", child=9, status=3 << 8))
    merger.add(START_NS + 12, exit_event(9, 3 << 8, "os"))
    merger.add(START_NS + 13, {**event("process.reaped", 9, child=9), "by": "os"})

    said = merger.flush()

    assert [(e["kind"], e["pid"], e["by"]) for e in said] == [
        ("process.exited", 9, "probe"),
        ("process.reaped", 7, "probe"),
    ]
    assert said[0]["code"] == 3


def test_a_pid_used_again_may_end_again() -> None:
    merger = Merger(START_NS)
    for at in (0, 100):
        merger.add(START_NS + at, event("process.forked", child=9))
        merger.add(START_NS + at + 1, exit_event(9, 9, "os"))
        merger.add(START_NS + at + 2, event("process.reaped", child=9, status=9))

    kinds = [e["kind"] for e in merger.flush()]

    assert kinds == ["process.forked", "process.killed", "process.reaped"] * 2


def test_a_trace_as_long_as_it_may_be_counts_the_rest_and_tells_how_processes_end() -> None:
    merger = Merger(START_NS, most=3)
    merger.add(START_NS, {"kind": "run.started", "by": "os", "cpus": 2})
    merger.extend([(START_NS + n, event("lock.acquired", 7 + n % 2)) for n in range(4)])
    merger.add(START_NS + 9, event("run.events_dropped", 8, count=10))

    assert [e["kind"] for e in merger.flush()] == ["run.started", *["lock.acquired"] * 3]
    assert (merger.is_cut, merger.dropped) == (True, {8: 11})

    merger.add(START_NS + 10, event("lock.released"))
    merger.add(START_NS + 11, exit_event(8, 0, "os"))
    merger.add(START_NS + 12, {"kind": "run.ended", "by": "os", "status": "limited"})

    assert [(e["seq"], e["kind"]) for e in merger.flush()] == [(4, "process.exited"), (5, "run.ended")]
    assert merger.dropped == {8: 11, 7: 1}


def test_a_trace_of_exactly_that_length_is_whole() -> None:
    merger = Merger(START_NS, most=1)
    merger.add(START_NS, event("lock.acquired"))

    assert len(merger.flush()) == 1
    assert (merger.is_cut, merger.dropped) == (False, {})
