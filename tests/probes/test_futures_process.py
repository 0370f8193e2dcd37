"""ProcessPoolExecutor by all three start methods."""

import pytest

from tests.probes.conftest import Lab


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_tasks_and_worker_processes(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys
        from concurrent.futures import ProcessPoolExecutor

        def invert(number):
            return 60 // number

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                futures = [pool.submit(invert, number) for number in (1, 2, 0)]
                print([future.result() for future in futures[:2]])
                try:
                    futures[2].result()
                except ZeroDivisionError as error:
                    print(error)
                print(list(pool.map(invert, range(1, 5), chunksize=2)))
    """, method).trace  # fmt: skip
    pool = trace.one("pool.created", type="ProcessPoolExecutor", name="pool", size=1)["obj"]
    submitted, started, ended = (trace.all(f"pool.task_{word}", obj=pool) for word in ("submitted", "started", "ended"))
    values = ["(1,)", "(2,)", "(0,)", "((1,), (2,))", "((3,), (4,))"]
    assert [event["value"] for event in submitted] == values
    assert [event["value"] for event in started] == values
    assert [event["task_id"] for event in submitted] == [event["task_id"] for event in started]
    assert [event["task_id"] for event in ended] == [event["task_id"] for event in started]
    assert [event["ok"] for event in ended] == [True, True, False, True, True]
    assert {event["function"] for event in submitted + started} == {"invert"}
    assert {event["line"] for event in submitted} == {12, 18}
    workers = {event["pid"] for event in started}
    assert workers <= {event["child"] for event in trace.all("process.spawned")}
    assert {event["reason"] for event in trace.all("lane.blocked", obj=pool)} <= {"queue_get"}
    assert all(event["internal"] for event in trace.all("thread.created"))
