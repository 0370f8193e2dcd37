"""multiprocessing.Pool: tasks find their workers; idle workers and the pool's own threads make no noise."""

import pytest

from tests.probes.conftest import Lab


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_apply_async(lab: Lab, method: str) -> None:
    result = lab.assert_same("""
        import multiprocessing
        import sys

        def divide(number):
            return 10 // number

        if __name__ == "__main__":
            pool = multiprocessing.get_context(sys.argv[1]).Pool(2)
            results = [pool.apply_async(divide, (number,)) for number in (1, 2, 0, 5)]
            pool.close()
            pool.join()
            print([result.get() for result in results if result.successful()])
            results[2].get()
    """, method)  # fmt: skip
    trace = result.trace
    pool = trace.one("pool.created", name="pool", size=2, type="Pool")
    assert pool["line"] == 9
    submitted, started, ended = (
        trace.all(f"pool.task_{word}", obj=pool["obj"]) for word in ("submitted", "started", "ended")
    )
    assert [(event["function"], event["value"], event["line"]) for event in submitted] == [
        ("divide", f"({number},)", 10) for number in (1, 2, 0, 5)
    ]
    ids = [event["task_id"] for event in submitted]
    assert sorted(event["task_id"] for event in started) == sorted(ids)
    oks = {event["task_id"]: event["ok"] for event in ended}
    assert [oks[task_id] for task_id in ids] == [True, True, False, True]
    workers = {event["child"] for event in trace.all("process.spawned", where=lambda event: "Worker" in event["name"])}
    assert {event["pid"] for event in started} <= workers
    assert {event["line"] for event in started} == {5}
    assert len(workers) == 2
    for worker in workers:
        blocks = trace.all("lane.blocked", pid=worker)
        assert {event["reason"] for event in blocks} <= {"queue_get"}
        assert len(blocks) <= 6
    assert trace.one("lane.blocked", reason="join", line=12)["obj"] == pool["obj"]
    assert {event["child"] for event in trace.all("process.reaped")} >= workers


def test_map_imap_and_with(lab: Lab) -> None:
    trace = lab.assert_same("""
        import multiprocessing

        def square(number):
            return number * number

        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(square, range(5), chunksize=2))
                print(list(pool.imap(square, [1, 2])), sorted(pool.imap_unordered(square, iter((3, 4)))))
                print(pool.starmap(pow, [(2, 3)]), pool.apply(square, (9,)))
                print(pool.map(square, (number for number in range(2))))
    """).trace
    assert trace.one("pool.created")["name"] == "pool"
    submitted = trace.all("pool.task_submitted")
    values = [event["value"] for event in submitted if event["function"] == "square"]
    assert values[:3] == ["(0, 1)", "(2, 3)", "(4,)"]
    assert values[3:5] == ["(1,)", "(2,)"]
    ids = [event["task_id"] for event in submitted]
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(event["task_id"] for event in trace.all("pool.task_started"))
    assert trace.all("lane.blocked", reason="future", line=9)


def test_an_iterable_that_fails(lab: Lab) -> None:
    lab.assert_same("""
        import multiprocessing

        def numbers():
            yield 1
            raise LookupError("no more")

        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                for name in ("map", "imap", "imap_unordered"):
                    try:
                        print(list(getattr(pool, name)(abs, numbers())))
                    except LookupError as error:
                        print(error)
    """)


def test_odd_functions_are_named_and_not_asked(lab: Lab) -> None:
    trace = lab.assert_same("""
        import functools
        import multiprocessing.pool
        from concurrent.futures import ThreadPoolExecutor
        from unittest.mock import Mock

        def work(number):
            return number

        with multiprocessing.pool.ThreadPool(1) as pool, ThreadPoolExecutor(1) as executor:
            for function in (work, functools.partial(work), Mock(return_value=1), int):
                print(pool.apply(function, (1,)), executor.submit(function, 1).result())
    """).trace
    names = [event["function"] for event in trace.all("pool.task_submitted")]
    assert names == ["work", "work", "work", "work", "Mock", "Mock", "int", "int"]


def test_thread_pool(lab: Lab) -> None:
    trace = lab.assert_same("""
        from multiprocessing.pool import ThreadPool

        with ThreadPool(2) as pool:
            print(pool.map(abs, [-1, -2, -3], chunksize=1))
    """).trace
    assert trace.one("pool.created", type="ThreadPool", size=2)
    assert len(trace.all("pool.task_ended", ok=True)) == 3
    hidden = {event["obj"] for event in trace.all("thread.created", internal=True)}
    assert len(hidden) == 3
    assert not trace.all("lane.blocked", reason="sleep")


def test_an_idle_pool_says_nothing(lab: Lab) -> None:
    trace = lab.run("""
        import multiprocessing
        import time

        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2):
                time.sleep(0.5)
    """).trace
    assert len(trace.all("lane.blocked", where=lambda event: event["reason"] != "join")) == 3
