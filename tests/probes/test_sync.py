"""Event, Semaphore and Barrier."""

from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH


def test_event(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        gate = threading.Event()
        waiters = [threading.Thread(target=gate.wait) for _ in range(3)]
        for waiter in waiters:
            waiter.start()
        while len(gate._cond._waiters) < 3:
            pass
        gate.set()
        for waiter in waiters:
            waiter.join()
        gate.wait()
        gate.clear()
        gate.wait(0.01)
    """).trace
    gate = trace.one("event.created", name="gate")
    assert trace.one("event.set", obj=gate["obj"])["waiters"] == 3
    assert trace.one("event.cleared")["line"] == 14
    waits = trace.all("lane.blocked", reason="event", obj=gate["obj"])
    # wait() as a thread's target runs in no line of the user's.
    assert [event["line"] for event in waits] == [0, 0, 0, 15]
    assert trace.all("lane.unblocked", obj=gate["obj"])[-1]["result"] is False


def test_semaphores(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        seats = threading.BoundedSemaphore(2)
        full = threading.Barrier(3)

        def sit():
            with seats:
                full.wait()

        guests = [threading.Thread(target=sit) for _ in range(2)]
        for guest in guests:
            guest.start()
        while seats._value:
            pass
        full.wait()
        with seats:
            pass
        for guest in guests:
            guest.join()
        try:
            seats.release()
        except ValueError:
            print("too many")
    """).trace
    seats = trace.one("semaphore.created", type="BoundedSemaphore", name="seats", permits=2)
    steps = trace.all("semaphore.acquired", "semaphore.released", obj=seats["obj"])
    assert len(steps) == 6
    assert {event["permits"] for event in steps if event["kind"] == "semaphore.acquired"} <= {0, 1}
    assert sorted(event["index"] for event in trace.all("barrier.passed")) == [0, 1, 2]
    assert len(trace.all("lane.blocked", reason="barrier")) >= 2


def test_a_full_semaphore_blocks(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        seat = threading.Semaphore(0)
        seat.acquire(timeout=0.01)
        seat.acquire(False)
    """).trace
    wait = trace.one("lane.blocked", reason="semaphore")
    assert (wait["line"], wait["obj"]) == (5, trace.one("semaphore.created")["obj"])
    assert trace.one("lane.unblocked")["result"] is False
    assert not trace.all("semaphore.acquired")


def test_a_broken_barrier(lab: Lab) -> None:
    trace = lab.assert_same("""
        import threading
        import traceback

        barrier = threading.Barrier(2, timeout=0.01)
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            traceback.print_exc()
        print(barrier, threading.Event(), threading.Semaphore(3))
    """).trace
    assert trace.all("barrier.broken")
