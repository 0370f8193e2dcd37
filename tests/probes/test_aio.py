"""asyncio's tasks: when they run, what they wait for, how they end."""

import pytest

from tests.probes.aio import assert_one_at_a_time, attributed, named
from tests.probes.conftest import Lab

AWAITS = """
    import asyncio

    async def sleeper():
        await asyncio.sleep(0.01)
        return "slept"

    async def failing():
        await asyncio.sleep(0)
        raise ValueError("oops")

    async def numbers(box):
        yield await box.get()

    async def generator(box):
        async for number in numbers(box):
            return number

    async def main():
        gate = asyncio.Event()
        box = asyncio.Queue()
        child = asyncio.create_task(sleeper(), name="sleeper")
        print(await child)
        listener = asyncio.create_task(generator(box), name="listener")
        bad = asyncio.create_task(failing(), name="bad")
        await asyncio.sleep(0)
        box.put_nowait(7)
        print(await asyncio.gather(listener, bad, return_exceptions=True))
        late = asyncio.create_task(gate.wait(), name="late")
        await asyncio.sleep(0)
        late.cancel()
        try:
            await late
        except asyncio.CancelledError:
            print("cancelled")
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.01, future.set_result, 1)
        print(await future)

    asyncio.run(main())
"""


def test_tasks_and_what_they_await(lab: Lab) -> None:
    trace = attributed(lab.assert_same(AWAITS).trace)
    assert_one_at_a_time(trace)
    tasks = named(trace)
    main = trace.all("task.created", coro="main")[0]["obj"]
    created = trace.all("task.created", where=lambda event: event["obj"] in (tasks["sleeper"], tasks["bad"]))
    assert [(event["coro"], event["line"], event["task"]) for event in created] == [
        ("sleeper", 22, main),
        ("failing", 25, main),
    ]
    waits = trace.all("task.switched", task=main, running=False)
    assert [(event.get("reason"), event.get("awaits"), event["line"]) for event in waits if event["line"]] == [
        ("future", "task sleeper", 23),
        ("future", "gather of 2", 28),
        ("future", "task late", 33),
        ("future", "future", 38),
    ]
    assert waits[0]["target"] == tasks["sleeper"]
    assert len(waits) == 4 + 2, "sleep(0) waits for nothing but its turn"
    (asleep,) = trace.all("task.switched", task=tasks["sleeper"], running=False)
    assert (asleep["reason"], asleep["awaits"], asleep["line"]) == ("sleep", "sleep 0.01", 5)
    (listening,) = trace.all("task.switched", task=tasks["listener"], running=False)
    assert (listening["reason"], listening["awaits"], listening["line"]) == ("queue_get", "Queue get box", 13)
    ended = {event["task"]: event["result"] for event in trace.all("task.ended")}
    assert [ended[tasks[name]] for name in ("sleeper", "listener", "bad", "late")] == ["ok", "ok", "error", "cancelled"]
    joined = [event["obj"] for event in trace.all("task.joined", task=main)]
    assert joined == [tasks[name] for name in ("sleeper", "listener", "bad", "late")]


def test_between_its_steps_a_task_is_made_ready_by_somebody(lab: Lab) -> None:
    trace = attributed(lab.run(AWAITS).trace)
    tasks = named(trace)
    states: dict[str, str] = {}
    for event in trace.events:
        kind, task = event["kind"], event.get("obj")
        if kind == "task.created":
            states[task] = "ready"
        elif kind == "task.scheduled" and event.get("task") != task:
            assert states[task] == "blocked", event
            states[task] = "ready"
        elif kind == "task.started" or event.get("running"):
            assert states[event["task"]] == "ready", event
        elif kind == "task.switched":
            states[event["task"]] = "blocked" if "reason" in event else "ready"
    main = trace.all("task.created", coro="main")[0]["obj"]
    wakes = trace.all("task.scheduled", obj=tasks["listener"])
    assert [(event["task"], event["line"]) for event in wakes] == [(main, 27)]
    # A timer is nobody's doing.
    assert [event.get("task") for event in trace.all("task.scheduled", obj=tasks["sleeper"])] == [None]


def test_the_loop_waits_where_no_task_can_run(lab: Lab) -> None:
    trace = attributed(lab.run("""
        import asyncio
        import time

        async def main():
            await asyncio.sleep(0.01)
            time.sleep(0.01)

        asyncio.run(main())
    """).trace)  # fmt: skip
    idle = trace.all("lane.blocked", reason="io")[0]
    assert "task" not in idle
    assert idle["line"] == 9
    stands_still = trace.one("lane.blocked", reason="sleep")
    assert (stands_still["task"], stands_still["line"]) == (trace.all("task.created")[0]["obj"], 7)


def test_to_thread_and_executors(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        def dig(depth):
            return depth * 2

        async def main():
            print(await asyncio.to_thread(dig, 2))
            with ThreadPoolExecutor(1) as own:
                print(await asyncio.get_running_loop().run_in_executor(own, dig, 3))

        asyncio.run(main())
    """).trace)  # fmt: skip
    main = trace.all("task.created", coro="main")[0]["obj"]
    submitted, started = trace.all("pool.task_submitted"), trace.all("pool.task_started")
    assert [(event["function"], event["line"], event["task"]) for event in submitted] == [
        ("dig", 9, main),
        ("dig", 11, main),
    ]
    assert [event["task_id"] for event in started] == [event["task_id"] for event in submitted]
    assert {event["ident"] for event in started}.isdisjoint({event["ident"] for event in submitted})
    assert trace.all("task.switched", task=main, running=False)[0]["awaits"] == "to_thread dig"


def test_groups_time_outs_and_waits(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio

        async def main():
            gate = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                one = group.create_task(gate.wait(), name="one")
                group.create_task(asyncio.sleep(0.001), name="two")
                asyncio.get_running_loop().call_later(0.002, gate.set)
            try:
                await asyncio.wait_for(asyncio.Event().wait(), 0.01)
            except TimeoutError:
                print("timed out")
            done, _ = await asyncio.wait([asyncio.create_task(asyncio.sleep(0.001), name="three")])
            print(len(done))

        asyncio.run(main())
    """).trace)  # fmt: skip
    assert_one_at_a_time(trace)
    tasks = named(trace)
    main = trace.all("task.created", coro="main")[0]["obj"]
    awaits = [event["awaits"] for event in trace.all("task.switched", task=main, running=False)]
    assert awaits[0] == "task group"
    assert awaits[-1] == "wait"
    joined = [event["obj"] for event in trace.all("task.joined", task=main)]
    assert {tasks["one"], tasks["two"], tasks["three"]} <= set(joined)
    # The loop's own farewell tasks are the library's.
    internal = trace.all("task.created", internal=True)
    assert "BaseEventLoop.shutdown_asyncgens" in {event["coro"] for event in internal}
    assert not {tasks[name] for name in ("one", "two", "three")} & {event["obj"] for event in internal}


def test_tasks_written_in_python_are_told_the_same(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio

        class Task(asyncio.tasks._PyTask):
            pass

        async def work():
            await asyncio.sleep(0.001)

        async def main():
            loop = asyncio.get_running_loop()
            loop.set_task_factory(lambda loop, coro, **options: Task(coro, loop=loop, **options))
            task = asyncio.create_task(work(), name="python")
            task.set_name("renamed")
            await task
            print(type(task).__name__, task.get_name())

        asyncio.run(main())
    """).trace)  # fmt: skip
    assert_one_at_a_time(trace)
    (asleep,) = trace.all("task.switched", task=named(trace)["renamed"], running=False)
    assert (asleep["awaits"], asleep["line"]) == ("sleep 0.001", 8)


def test_eager_tasks(lab: Lab) -> None:
    if lab.version == "3.11":
        pytest.skip("there are none in 3.11")
    trace = attributed(lab.assert_same("""
        import asyncio

        async def quick():
            return 1

        async def slow():
            await asyncio.sleep(0.001)
            return 2

        async def main():
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            one, two = asyncio.create_task(quick(), name="quick"), asyncio.create_task(slow(), name="slow")
            print(one.done(), two.done(), await one, await two)

        asyncio.run(main())
    """).trace)  # fmt: skip
    assert_one_at_a_time(trace)
    main, quick, slow = [event["obj"] for event in trace.all("task.created")[:3]]
    assert [event["obj"] for event in trace.all("task.created", task=main)] == [quick, slow]
    assert trace.kinds("task.started", "task.switched", "task.ended", task=quick) == ["task.started", "task.ended"]
    assert [event["reason"] for event in trace.all("task.switched", task=slow, running=False)] == ["sleep"]


def test_what_is_said_of_forgotten_exceptions_and_in_debug_mode_is_the_same(lab: Lab) -> None:
    lab.assert_same("""
        import asyncio
        import gc
        import traceback

        async def fail():
            raise ValueError("never looked at")

        def callback():
            raise KeyError("in a callback")

        async def main():
            # A busy machine makes callbacks slow; that is not what is compared.
            asyncio.get_running_loop().slow_callback_duration = 60
            loop = asyncio.get_running_loop()
            context = []
            loop.set_exception_handler(lambda loop, told: context.append(told))
            task = asyncio.create_task(fail())
            loop.call_soon(callback)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            del task
            gc.collect()
            for told in context:
                print(told["message"], [frame.name for frame in told.get("source_traceback", ())][-2:])
                traceback.print_exception(told["exception"])
            try:
                await asyncio.create_task(fail())
            except ValueError:
                traceback.print_exc()
            task = asyncio.create_task(asyncio.sleep(0.001))
            await asyncio.sleep(0)
            task.print_stack()
            print([line.name for line in traceback.extract_stack()[-1:]])

        asyncio.run(main(), debug=False)
        asyncio.run(main(), debug=True)
    """)


def test_leaving_a_loop_by_an_exception(lab: Lab) -> None:
    trace = attributed(lab.assert_same("""
        import asyncio

        async def main():
            asyncio.create_task(asyncio.sleep(60))
            await asyncio.sleep(0)
            raise SystemExit(3)

        asyncio.run(main())
    """).trace)  # fmt: skip
    assert_one_at_a_time(trace)
    assert [event["result"] for event in trace.all("task.ended")][:2] == ["error", "cancelled"]


def test_a_failed_task_that_nobody_keeps_complains_at_once(lab: Lab) -> None:
    lab.assert_same("""
        import asyncio
        import gc
        import sys

        gc.disable()
        told = []

        async def fail():
            1 / 0

        async def main():
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda loop, context: told.append(context["message"]))
            asyncio.Task(fail())
            await asyncio.sleep(0)
            print(told)
            if sys.version_info >= (3, 12):
                loop.set_task_factory(asyncio.eager_task_factory)
                loop.create_task(fail())
                print(told)

        asyncio.run(main())
    """)
