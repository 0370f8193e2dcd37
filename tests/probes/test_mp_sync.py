"""multiprocessing's Condition, Barrier, Event and semaphores: who woke whom, the same in every start method."""

import pytest

from tests.probes.conftest import Lab

METHODS = ("fork", "spawn", "forkserver")

PROGRAM = """
    import multiprocessing
    import sys
    import threading

    def wait(cond, ready, done):
        with cond:
            ready.release()
            cond.wait()
        done.release()

    def wait_for(cond, value, ready):
        with cond:
            ready.release()
            cond.wait_for(lambda: value.value == 1)

    def pass_barrier(barrier, ready):
        ready.release()
        try:
            barrier.wait(30)
        except threading.BrokenBarrierError:
            print("broken")

    def start(target, *args):
        child = context.Process(target=target, args=args)
        child.start()
        return child

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        cond, ready, done, value = context.Condition(), context.Semaphore(0), context.Semaphore(0), context.Value("i")
        children = [start(wait, cond, ready, done) for _ in range(3)]
        for _ in children:
            ready.acquire()
        with cond:
            cond.notify()
        done.acquire()
        with cond:
            cond.notify_all()
        children.append(start(wait_for, cond, value, ready))
        ready.acquire()
        with cond:
            value.value = 1
            cond.notify_all()
        with cond:
            cond.wait(0.001)
        barrier = context.Barrier(2)
        children.append(start(pass_barrier, barrier, ready))
        barrier.wait()
        children.append(start(pass_barrier, barrier, ready))
        ready.acquire()
        ready.acquire()
        while not barrier.n_waiting:
            pass
        barrier.abort()
        bounded = context.BoundedSemaphore(1)
        with bounded:
            pass
        try:
            bounded.release()
        except ValueError:
            print("too many")
        for child in children:
            child.join()
"""


@pytest.mark.parametrize("method", METHODS)
def test_who_woke_whom_between_processes(lab: Lab, method: str) -> None:
    trace = lab.assert_same(PROGRAM, method).trace
    parent = trace.one("process.started", method="main")["pid"]
    cond = trace.one("condition.created", name="cond")["obj"]
    woken = trace.all("condition.woken", obj=cond)
    assert len(woken) == 4
    assert len({event["pid"] for event in woken}) == 4
    assert [event["n"] for event in trace.all("condition.notified", obj=cond)] == [1, 2, 1]
    assert trace.all("lane.blocked", reason="condition", obj=cond)[-1]["pid"] == parent
    assert trace.all("lane.unblocked", obj=cond)[-1]["result"] is False

    notified = [event["ts_ns"] for event in trace.all("condition.notified", obj=cond)]
    arrows = [flow for flow in trace.fold().flows if flow[0] == "notified" and flow[5] == cond]
    assert [flow[1] for flow in arrows] == [str(parent)] * 4
    assert [flow[2] for flow in arrows] == [notified[0], notified[1], notified[1], notified[2]]
    assert [flow[3] for flow in arrows] == [str(event["pid"]) for event in woken]

    barrier = trace.one("barrier.created", name="barrier", parties=2)["obj"]
    assert sorted(event["index"] for event in trace.all("barrier.passed", obj=barrier)) == [0, 1]
    assert len({event["pid"] for event in trace.all("barrier.passed", obj=barrier)}) == 2
    assert trace.one("barrier.broken", obj=barrier)["pid"] == parent
    assert {event["obj"] for event in trace.all("lane.blocked", reason="barrier")} == {barrier}
    assert len(trace.all("condition.created")) == 1, "a barrier's own condition is no condition of the user's"
    semaphore = trace.one("semaphore.created", type="multiprocessing.BoundedSemaphore")["obj"]
    assert trace.kinds(obj=semaphore) == ["semaphore.created", "semaphore.acquired", "semaphore.released"]
