"""Condition: exactly who woke whom."""

from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH

PING_PONG = """
    import threading

    turn = threading.Condition()
    whose = "ping"

    def play(me, other):
        global whose
        for _ in range(3):
            with turn:
                while whose != me:
                    turn.wait()
                whose = other
                turn.notify()

    players = [threading.Thread(target=play, args=names) for names in (("ping", "pong"), ("pong", "ping"))]
    for player in players:
        player.start()
    for player in players:
        player.join()
"""


def test_every_wake_names_its_waker(lab: Lab) -> None:
    trace = lab.run(PING_PONG).trace
    condition = trace.one("condition.created", name="turn")
    assert condition["lock"] == trace.one("lock.created", type="RLock")["obj"]
    idents = {event["ident"] for event in trace.all("thread.started")}
    for woken in trace.all("condition.woken"):
        assert {woken["ident"], woken["waker"]} == idents
        last = trace.all("condition.notified", where=lambda event, at=woken["ts_ns"]: event["ts_ns"] < at)[-1]
        assert (last["ident"], last["waiters"], last["n"]) == (woken["waker"], 1, 1)
    assert len(trace.all("condition.woken")) == len(trace.all("condition.waited"))


def test_the_order_of_a_wait(lab: Lab) -> None:
    trace = lab.run(PING_PONG).trace
    waited = trace.all("condition.waited")[0]
    mine = [event["kind"] for event in trace.all(ident=waited["ident"]) if event["ts_ns"] >= waited["ts_ns"]]
    assert mine[:5] == ["condition.waited", "lock.released", "lane.blocked", "lane.unblocked", "condition.woken"]
    retaken = [kind for kind in mine[5:] if kind.startswith("lock.")]
    assert retaken[0] == "lock.acquired"


def test_who_is_woken_out_of_many(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        condition = threading.Condition(threading.Lock())
        waiting = threading.Semaphore(0)

        def wait():
            with condition:
                waiting.release()
                condition.wait()

        def wake(count):
            with condition:
                condition.notify(count)

        waiters = [threading.Thread(target=wait) for _ in range(3)]
        for waiter in waiters:
            waiter.start()
            waiting.acquire()
        wakers = [threading.Thread(target=wake, args=(count,)) for count in (1, 2)]
        for waker in wakers:
            waker.start()
            waker.join()
        for waiter in waiters:
            waiter.join()
    """).trace
    first, second = trace.all("condition.notified")
    assert [(event["waiters"], event["n"]) for event in (first, second)] == [(3, 1), (2, 2)]
    by_waker = [event["waker"] for event in trace.all("condition.woken")]
    assert sorted(by_waker) == sorted([first["ident"], second["ident"], second["ident"]])


def test_a_wait_that_times_out_is_not_woken(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        condition = threading.Condition()
        with condition:
            condition.acquire()
            condition.wait(0.01)
            condition.wait_for(lambda: False, 0.01)
            condition.release()
    """).trace
    waits = trace.all("lane.blocked", reason="condition")
    assert waits[0]["timeout_s"] == 0.01
    assert [event["line"] for event in waits] == [7, 8]
    assert not any(event["result"] for event in trace.all("lane.unblocked"))
    assert not trace.all("condition.woken")
    holds = trace.all("lock.acquired", "lock.released")
    assert [event["depth"] for event in holds] == [1, 2, 0, 2, 0, 2, 1, 0]


def test_errors_are_the_originals(lab: Lab) -> None:
    lab.assert_same("""
        import threading
        import traceback

        condition = threading.Condition()
        print(condition)
        for name in ("wait", "notify", "notify_all", "release"):
            try:
                getattr(condition, name)()
            except RuntimeError:
                traceback.print_exc()
        with condition:
            print(condition)
            print(condition.wait(0.01), condition.wait_for(lambda: 7))
    """)
