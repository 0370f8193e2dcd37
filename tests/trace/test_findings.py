"""The watch on made events: when it speaks, when it waits, and that it does not grow."""

import tracemalloc
from typing import Any

from concurrency_lab.trace.findings import CONFIRM_NS, Watch, find

MS = 1_000_000
Event = dict[str, Any]


def run(*steps: Event) -> list[Event]:
    """Number events; one without a time comes 1 ms after the one before."""
    events: list[Event] = []
    for seq, step in enumerate(steps):
        before_ns = events[-1]["ts_ns"] if events else 0
        events.append({"seq": seq, "ts_ns": before_ns + MS, "by": "probe", **step})
    return events


def thread(tid: int, kind: str, **fields: Any) -> Event:
    return {"kind": kind, "pid": 1, "tid": tid, "line": tid, **fields}


def locks() -> list[Event]:
    """Two threads that have each taken a lock, and want the other's."""
    return run(
        {"kind": "process.started", "pid": 1, "tid": 1, "ppid": 0, "method": "main"},
        *(thread(1, "lock.created", obj=f"1.{name}", type="Lock", name=name) for name in "ab"),
        thread(2, "lock.acquired", obj="1.a", depth=1),
        thread(3, "lock.acquired", obj="1.b", depth=1),
        thread(2, "lane.blocked", obj="1.b", reason="lock"),
        thread(3, "lane.blocked", obj="1.a", reason="lock"),
    )


def test_a_deadlock_is_said_when_it_has_stood_long_enough_and_only_once() -> None:
    watch = Watch()
    events = locks()
    assert [found for event in events for found in watch.take(event)] == []
    since_ns = events[-1]["ts_ns"]
    assert watch.advance(since_ns + CONFIRM_NS - MS) == []
    (found,) = watch.advance(since_ns + CONFIRM_NS + 100 * MS)
    assert (found.code, sorted(found.lanes)) == ("deadlock", ["1/2", "1/3"])
    assert watch.advance(since_ns + 10 * CONFIRM_NS) == []
    assert watch.finish("stopped") == []


def test_a_wait_with_a_time_out_is_no_deadlock() -> None:
    events = locks()
    events[-1]["timeout_s"] = 600.0
    assert (
        find([*events, *run({"kind": "run.limited", "ts_ns": 10**12, "limit": "wall_s", "value": 1, "text": ""})]) == []
    )


def test_a_cycle_that_dissolves_was_none() -> None:
    watch = Watch()
    for event in locks():
        watch.take(event)
    watch.take({**thread(3, "lane.unblocked", obj="1.a", result=False), "ts_ns": 200 * MS, "by": "probe"})
    assert watch.advance(10 * CONFIRM_NS) == []


def test_a_full_pipe_is_said_once_though_the_os_sees_the_wait_for_it_anew() -> None:
    feeder = {"pid": 1, "tid": 2}
    watch = Watch()
    events = run(
        {"kind": "process.started", "pid": 1, "tid": 1, "ppid": 0, "method": "main"},
        thread(1, "queue.created", obj="1.1", type="Queue", name="q", capacity=0),
        thread(1, "thread.created", obj="1.2", name="QueueFeederThread", daemon=True, internal=True),
        {"kind": "thread.started", **feeder, "obj": "1.2", "native": 2},
        thread(1, "queue.put", obj="1.1", depth=1, item="1.3", value="'x'"),
        {"kind": "queue.sent", **feeder, "obj": "1.1", "item": "1.3"},
        thread(1, "lane.blocked", obj="1.2", reason="join"),
        {"kind": "lane.off_cpu", **feeder, "reason": "io", "by": "os"},
    )
    assert [found for event in events for found in watch.take(event)] == []
    (found,) = watch.advance(events[-1]["ts_ns"] + CONFIRM_NS + 100 * MS)
    assert found.code == "queue-never-drained"
    watch.take({**events[-1], "ts_ns": 2 * CONFIRM_NS})
    assert watch.advance(4 * CONFIRM_NS) == []


def killed_worker(killer: int, is_on_core: bool = True) -> list[Event]:
    """A child that has computed for a second is ended by a thread of process 1, with no line of the user's."""
    child = {"pid": 9, "tid": 9}
    return run(
        {"kind": "process.started", "pid": 1, "tid": 1, "ppid": 0, "method": "main"},
        {"kind": "process.forked", "pid": 1, "tid": 1, "child": 9},
        {"kind": "process.started", **child, "ppid": 1, "method": "fork"},
        {"kind": "process.spawned", "pid": 1, "tid": 1, "obj": "9", "child": 9, "name": "worker", "method": "fork"},
        *([{"kind": "lane.on_cpu", **child, "by": "os", "cpu": 0}] if is_on_core else []),
        {"kind": "signal.sent", "pid": 1, "tid": killer, "obj": "9", "target": 9, "signal": 15, "ts_ns": 10**9},
        {"kind": "process.killed", **child, "signal": 15},
        {"kind": "process.reaped", "pid": 1, "tid": killer, "obj": "9", "child": 9, "status": 15},
        {"kind": "process.exited", "pid": 1, "tid": 1, "code": 0},
        {"kind": "run.ended", "status": "finished", "exit_code": 0},
    )


def test_only_the_main_thread_ends_daemon_processes_at_exit() -> None:
    assert [finding.code for finding in find(killed_worker(killer=1))] == ["daemon-killed-mid-work"]
    assert find(killed_worker(killer=2)) == []


def test_a_daemon_that_never_got_a_core_was_not_in_the_midst_of_its_work() -> None:
    assert find(killed_worker(killer=1, is_on_core=False)) == []


def test_a_wait_for_a_queue_that_is_not_told_of_is_taken_in() -> None:
    nameless = run(thread(2, "lane.blocked", reason="queue_get"), thread(2, "lane.unblocked", result=True))
    assert find([*nameless, {"kind": "run.ended", "ts_ns": 10**9, "status": "finished"}]) == []


def test_what_the_trace_tells_is_not_proved_again() -> None:
    told = {"kind": "finding.made", "by": "inferred", "ts_ns": 10**9, "code": "orphan"}
    events = [*locks(), {**told, "lanes": ["1"], "text": "so", "args": {}}]
    assert [finding.code for finding in find(events)] == ["orphan"]
    assert [
        finding.code for finding in find([*locks(), {"kind": "run.ended", "ts_ns": 10**12, "status": "stopped"}])
    ] == ["deadlock"]


def test_its_memory_does_not_grow_with_the_number_of_events() -> None:
    watch = Watch()
    for event in locks()[:5]:
        watch.take(event)
    turn = run(
        *(thread(2, f"lane.{word}", obj="1.b", reason="lock", result=True) for word in ("blocked", "unblocked")),
        thread(2, "lock.released", obj="1.a", depth=0),
        thread(2, "lock.acquired", obj="1.a", depth=1),
        thread(2, "queue.put", obj="1.q", depth=1, item="1.7", value="x"),
        thread(2, "queue.got", obj="1.q", depth=0, item="1.7", value="x"),
        thread(2, "condition.notified", obj="1.c", waiters=0, n=1),
    )
    for event in turn:
        watch.take(event)
    tracemalloc.start()
    for _ in range(2000):
        for event in turn:
            watch.take(event)
    grown_bytes = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown_bytes < 20_000
