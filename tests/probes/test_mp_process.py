"""multiprocessing.Process by all three start methods."""

import pytest

from tests.probes.conftest import Lab

METHODS = ("fork", "spawn", "forkserver")
pytestmark = pytest.mark.parametrize("method", METHODS)


def test_a_process_from_start_to_join(lab: Lab, method: str) -> None:
    result = lab.assert_same("""
        import multiprocessing
        import sys
        import time

        def work():
            time.sleep(0.3)
            print("hello from", multiprocessing.current_process().name, flush=True)
            sys.exit(3)

        if __name__ == "__main__":
            multiprocessing.set_start_method(sys.argv[1])
            worker = multiprocessing.Process(target=work, name="digger")
            worker.start()
            worker.join(0.001)
            worker.join()
            print(worker.exitcode, worker)
    """, method)  # fmt: skip
    trace = result.trace
    main = trace.one("process.started", method="main")["pid"]
    spawned = trace.one("process.spawned", name="digger", method=method, pid=main)
    child = spawned["child"]
    assert spawned["line"] == 14
    assert trace.one("process.started", pid=child)["method"] == method
    assert trace.one("process.named", pid=child)["name"] == "digger"
    # Not the library's line but the program's, in the child too.
    assert trace.one("lane.blocked", reason="sleep")["line"] == 7
    joins = trace.all("lane.blocked", reason="join", obj=str(child))
    assert [event["line"] for event in joins] == [15, 16]
    reaped = trace.one("process.reaped", child=child)
    assert (reaped["pid"], reaped["status"], reaped["line"]) == (main, 3 << 8, 16)
    helpers = {event["name"] for event in trace.all("process.spawned", internal=True)}
    assert (
        helpers
        == {"fork": set(), "spawn": {"resource tracker"}, "forkserver": {"resource tracker", "forkserver"}}[method]
    )
    assert len(trace.all("process.started", internal=True)) == (method == "forkserver")


def test_terminate(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys
        import time

        if __name__ == "__main__":
            multiprocessing.set_start_method(sys.argv[1])
            worker = multiprocessing.Process(target=time.sleep, args=(60,))
            worker.start()
            worker.terminate()
            worker.join()
            print(worker.exitcode)
    """, method).trace  # fmt: skip
    child = trace.one("process.spawned", method=method, where=lambda event: "internal" not in event)["child"]
    sent = trace.one("signal.sent", target=child, signal=15)
    assert sent["line"] == 10
    assert trace.one("process.reaped", child=child)["status"] == 15


def test_the_same_lock_has_the_same_id_everywhere(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys

        def work(lock, again, seats):
            for _ in range(20):
                with lock:
                    pass
            with again, again, seats:
                pass

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            lock, again = context.Lock(), context.RLock()
            seats = context.Semaphore(2)
            workers = [context.Process(target=work, args=(lock, again, seats), name="same") for _ in range(2)]
            for worker in workers:
                worker.start()
            with lock:
                pass
            for worker in workers:
                worker.join()
    """, method).trace  # fmt: skip
    lock = trace.one("lock.created", type="multiprocessing.Lock")["obj"]
    again = trace.one("lock.created", type="multiprocessing.RLock")["obj"]
    owner = None
    for event in trace.all("lock.acquired", "lock.released", obj=lock):
        assert (owner is None) == (event["kind"] == "lock.acquired"), "two owners at once"
        owner = event["pid"] if event["kind"] == "lock.acquired" else None
    assert len({event["pid"] for event in trace.all("lock.acquired", obj=lock)}) == 3
    for pid in {event["pid"] for event in trace.all("lock.acquired", obj=again)}:
        depths = [event["depth"] for event in trace.all("lock.acquired", "lock.released", obj=again, pid=pid)]
        assert depths == [1, 2, 1, 0]
    seats = trace.one("semaphore.created", type="multiprocessing.Semaphore", name="seats", permits=2)["obj"]
    assert {event["permits"] for event in trace.all("semaphore.acquired", obj=seats)} <= {0, 1}
