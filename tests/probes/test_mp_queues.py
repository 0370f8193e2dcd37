"""multiprocessing.Queue, JoinableQueue, SimpleQueue, Condition and Event by all three start methods."""

import pytest

from tests.probes.conftest import Lab

METHODS = ("fork", "spawn", "forkserver")
pytestmark = pytest.mark.parametrize("method", METHODS)


def test_put_sent_and_got(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys

        def write(box, plain):
            for letter in "ABC":
                box.put(letter)
            plain.put("simple")

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            box, plain = context.Queue(), context.SimpleQueue()
            writer = context.Process(target=write, args=(box, plain))
            writer.start()
            print([box.get() for _ in range(3)], plain.get())
            writer.join()
    """, method).trace  # fmt: skip
    for kind, values in (("Queue", ["'A'", "'B'", "'C'"]), ("SimpleQueue", ["'simple'"])):
        obj = trace.one("queue.created", type=f"multiprocessing.{kind}")["obj"]
        puts, sents, gots = (trace.all(f"queue.{word}", obj=obj) for word in ("put", "sent", "got"))
        assert [event["value"] for event in puts] == [event["value"] for event in gots] == values
        assert [event["item"] for event in puts] == [event["item"] for event in sents]
        for put, sent, got in zip(puts, sents, gots, strict=True):
            assert put["ts_ns"] < sent["ts_ns"] < got["ts_ns"]
            assert put["pid"] != got["pid"]
    assert not trace.all("pipe.sent", "pipe.received"), "a queue's own pipe is no pipe of the user's"
    feeder = trace.one("thread.created", name="QueueFeederThread")
    assert feeder["internal"] is True
    assert {event["line"] for event in trace.all("lane.blocked", reason="queue_get")} <= {15}


def test_a_full_queue_and_task_done(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import queue
        import sys

        def eat(box):
            for _ in range(2):
                box.get()
                box.task_done()

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            box = context.JoinableQueue(1)
            box.put(1)
            try:
                box.put(2, timeout=0.01)
            except queue.Full:
                print("full")
            eater = context.Process(target=eat, args=(box,))
            eater.start()
            box.put(2)
            box.join()
            eater.join()
            try:
                box.task_done()
            except ValueError as error:
                print(error)
    """, method).trace  # fmt: skip
    obj = trace.one("queue.created", type="multiprocessing.JoinableQueue", name="box", maxsize=1)["obj"]
    full = trace.all("lane.blocked", reason="queue_put")[0]
    assert (full["obj"], full["line"], full["timeout_s"]) == (obj, 16, 0.01)
    unblocked = next(event for event in trace.all("lane.unblocked", obj=obj) if event["ts_ns"] > full["ts_ns"])
    assert unblocked["result"] is False
    assert [event["unfinished"] for event in trace.all("queue.task_done", obj=obj)][-1] == 0


def test_condition_and_event(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys

        def wait(condition, event, ready):
            with condition:
                ready.set()
                condition.wait()
                condition.wait(0.01)
            event.wait()

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            condition, event, ready = context.Condition(), context.Event(), context.Event()
            waiter = context.Process(target=wait, args=(condition, event, ready))
            waiter.start()
            ready.wait()
            with condition:
                condition.notify()
            event.set()
            waiter.join()
            print(event.is_set())
    """, method).trace  # fmt: skip
    condition = trace.one("condition.created")
    assert condition["lock"] == trace.one("lock.created", type="multiprocessing.RLock")["obj"]
    child = trace.all("condition.waited", obj=condition["obj"])[0]["pid"]
    # The first wait may find that it was notified before it could block.
    assert trace.all("lane.blocked", reason="condition", pid=child, obj=condition["obj"])[-1]["line"] == 9
    assert trace.one("condition.notified", n=1)["waiters"] == 1
    assert len(trace.all("event.set")) == 2
    holds = trace.all("lock.acquired", "lock.released", obj=condition["lock"])
    assert [event["kind"] for event in holds] == ["lock.acquired", "lock.released"] * 4
