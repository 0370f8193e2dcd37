"""asyncio's locks and queues, said of the tasks that use them."""

from tests.probes.aio import assert_one_at_a_time, attributed, named
from tests.probes.conftest import Lab


def test_a_lock_from_hand_to_hand(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio

        async def visit(lock):
            async with lock:
                await asyncio.sleep(0.001)

        async def main():
            lock = asyncio.Lock()
            await asyncio.gather(*[asyncio.create_task(visit(lock), name=name) for name in "ABC"])
            try:
                lock.release()
            except RuntimeError as error:
                print(error)
            print(lock.locked(), sorted(vars(lock))[-1:])

        asyncio.run(main())
    """).trace)  # fmt: skip
    assert_one_at_a_time(trace)
    tasks = named(trace)
    lock = trace.one("lock.created", type="asyncio.Lock", name="lock")["obj"]
    holds = [
        (event["kind"], event["task"], event["line"]) for event in trace.all("lock.acquired", "lock.released", obj=lock)
    ]
    expected = [(f"lock.{what}", tasks[name], 5) for name in "ABC" for what in ("acquired", "released")]
    assert holds == expected
    waits = trace.all("task.switched", reason="lock")
    assert [(event["task"], event["target"], event["awaits"]) for event in waits] == [
        (tasks[name], lock, "Lock lock") for name in "BC"
    ]
    wakers = [
        event["task"] for event in trace.all("task.scheduled", obj=tasks["B"], where=lambda event: "task" in event)
    ]
    assert wakers == [tasks["A"]]


def test_conditions_events_and_barriers(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio

        async def wait(condition, gate, barrier):
            async with condition:
                await condition.wait()
            await gate.wait()
            await barrier.wait()

        async def main():
            condition, gate, barrier = asyncio.Condition(), asyncio.Event(), asyncio.Barrier(2)
            task = asyncio.create_task(wait(condition, gate, barrier), name="waiter")
            await asyncio.sleep(0)
            async with condition:
                condition.notify()
            await asyncio.sleep(0.001)
            gate.set()
            await asyncio.sleep(0.001)
            await barrier.wait()
            await task
            gate.clear()

        asyncio.run(main())
    """).trace)  # fmt: skip
    assert_one_at_a_time(trace)
    waiter = named(trace)["waiter"]
    condition, gate = trace.one("condition.created"), trace.one("event.created")
    barrier = trace.one("barrier.created", parties=2)
    waits = [(event["reason"], event["target"], event["line"]) for event in trace.all("task.switched", task=waiter)
             if "reason" in event]  # fmt: skip
    assert waits == [
        ("condition", condition["obj"], 6),
        ("event", gate["obj"], 7),
        ("barrier", barrier["obj"], 8),
    ]
    assert condition["lock"] == trace.one("lock.created")["obj"]
    notified = trace.one("condition.notified", obj=condition["obj"])
    assert (notified["waiters"], notified["n"], notified["line"]) == (1, 1, 15)
    assert trace.one("event.set")["waiters"] == 1
    assert trace.one("event.cleared")["obj"] == gate["obj"]
    owner = None
    for event in trace.all("lock.acquired", "lock.released", obj=condition["lock"]):
        assert owner in (None, event["task"]), "two owners at once"
        owner = event["task"] if event["kind"] == "lock.acquired" else None


def test_semaphores(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio

        async def visit(seats):
            async with seats:
                await asyncio.sleep(0.001)

        async def main():
            seats = asyncio.BoundedSemaphore(2)
            await asyncio.gather(*[visit(seats) for _ in range(4)])
            try:
                seats.release()
            except ValueError as error:
                print(error)
            print(seats.locked(), seats)

        asyncio.run(main())
    """).trace)  # fmt: skip
    seats = trace.one("semaphore.created", type="asyncio.BoundedSemaphore", name="seats", permits=2)["obj"]
    acquired, released = (trace.all(f"semaphore.{word}", obj=seats) for word in ("acquired", "released"))
    visitors = [event["obj"] for event in trace.all("task.created", coro="visit")]
    assert [event["task"] for event in acquired] == visitors
    assert sorted(event["task"] for event in released) == sorted(visitors)
    assert {event["line"] for event in acquired + released} == {5}
    assert [event["task"] for event in trace.all("task.switched", reason="semaphore", target=seats)] == visitors[2:]


def test_queues(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio

        async def eat(box, heap):
            while True:
                print(await box.get(), heap.get_nowait())
                box.task_done()

        async def main():
            box = asyncio.Queue(1)
            heap = asyncio.PriorityQueue()
            for number in (3, 1, 2):
                await heap.put(number)
            eater = asyncio.create_task(eat(box, heap), name="eater")
            for letter in "ABC":
                await box.put(letter)
            await box.join()
            try:
                heap.get_nowait()
            except asyncio.QueueEmpty:
                print("empty")
            eater.cancel()

        asyncio.run(main())
    """).trace)  # fmt: skip
    assert_one_at_a_time(trace)
    main, eater = (event["obj"] for event in trace.all("task.created")[:2])
    box = trace.one("queue.created", type="asyncio.Queue", name="box", maxsize=1)["obj"]
    heap = trace.one("queue.created", type="asyncio.PriorityQueue", name="heap", maxsize=0)["obj"]
    for obj, put, got in ((box, "'A' 'B' 'C'", "'A' 'B' 'C'"), (heap, "3 1 2", "1 2 3")):
        puts, gots = trace.all("queue.put", obj=obj), trace.all("queue.got", obj=obj)
        assert " ".join(event["value"] for event in puts) == put
        assert " ".join(event["value"] for event in gots) == got
        assert {event["task"] for event in puts} == {main}
        assert {event["task"] for event in gots} == {eater}
        items = {event["item"]: event["value"] for event in puts}
        assert all(items[event["item"]] == event["value"] for event in gots)
    reasons = [event["reason"] for event in trace.all("task.switched", task=main, target=box)]
    assert reasons[0] == "queue_put"
    assert reasons[-1] == "join"
    assert [event["unfinished"] for event in trace.all("queue.task_done", obj=box)][-1] == 0


def test_a_librarys_own_stay_silent(lab: Lab) -> None:
    (lab.folder / "library").mkdir()
    (lab.folder / "library" / "tools.py").write_text("import asyncio\n\ndef make():\n    return asyncio.Lock()\n")
    trace = lab.run("""
        import asyncio, os, sys
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "library"))
        import tools

        async def main():
            async with tools.make():
                await asyncio.sleep(0)

        asyncio.run(main())
    """).trace  # fmt: skip
    assert not trace.all("lock.created", "lock.acquired")
