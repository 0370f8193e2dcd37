"""concurrent.futures with threads."""

from tests.probes.conftest import Lab


def test_tasks_and_workers(lab: Lab) -> None:
    result = lab.assert_same("""
        import threading
        from concurrent.futures import ThreadPoolExecutor, as_completed, wait

        gate = threading.Event()

        def work(number):
            gate.wait()
            return 10 // number

        with ThreadPoolExecutor(max_workers=2) as pool:
            futures = [pool.submit(work, number) for number in (1, 2, 0)]
            threading.Timer(0.02, gate.set).start()
            print(futures[0].result(), len(list(as_completed(futures))), len(wait(futures).done))
            try:
                futures[2].result()
            except ZeroDivisionError as error:
                print(error)
    """)
    trace = result.trace
    pool = trace.one("pool.created", name="pool", size=2, type="ThreadPoolExecutor")
    submitted, started, ended = (
        trace.all(f"pool.task_{word}", obj=pool["obj"]) for word in ("submitted", "started", "ended")
    )
    assert [event["value"] for event in submitted] == ["(1,)", "(2,)", "(0,)"]
    assert {event["line"] for event in submitted} == {12}
    assert {event["function"] for event in started} == {"work"}
    oks = {event["task_id"]: event["ok"] for event in ended}
    assert [oks[event["task_id"]] for event in submitted] == [True, True, False]
    assert trace.all("lane.blocked", reason="future")[0]["line"] == 14
    workers = {event["ident"] for event in started}
    assert all("internal" not in event for event in trace.all("thread.created"))
    assert len(workers) <= 2


def test_errors_are_the_originals(lab: Lab) -> None:
    lab.assert_same("""
        import traceback
        from concurrent.futures import Future, ThreadPoolExecutor

        def fail():
            raise ValueError("inside")

        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(fail)
            try:
                future.result()
            except ValueError:
                traceback.print_exc()
        try:
            pool.submit(fail)
        except RuntimeError:
            traceback.print_exc()
        try:
            Future().result(timeout=0.01)
        except TimeoutError:
            traceback.print_exc()
    """)


def test_whose_result_was_waited_for(lab: Lab) -> None:
    trace = lab.assert_same("""
        import threading
        import time
        from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

        def work(wanted):
            wanted.wait()

        def when_awaited(future, act, *args):
            while not future._condition._waiters:
                time.sleep(0.001)
            act(*args)

        wanted = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            first, second = pool.submit(work, wanted), pool.submit(print, "never")
            print(second.cancel())
            threading.Thread(target=when_awaited, args=(first, wanted.set)).start()
            first.result()
            try:
                second.result()
            except CancelledError:
                print("cancelled")
        own = Future()
        threading.Thread(target=when_awaited, args=(own, own.set_result, 1)).start()
        own.result()
    """).trace  # fmt: skip
    first, second = trace.all("pool.task_submitted")
    started = [event["task_id"] for event in trace.all("pool.task_started", "pool.task_ended")]
    assert started == [first["task_id"]] * 2, "a cancelled task is thrown away, not run"
    assert trace.one("future.resolved", obj=second["future"])["ok"] is False
    fold = trace.fold()
    main = next(iter(fold.lanes))
    worker = next(lane for lane in fold.lanes.values() if lane.name.startswith("ThreadPoolExecutor"))
    own = trace.all("lane.blocked", reason="future")[-1]["obj"]
    giver = next(flow[1] for flow in fold.flows if flow[5] == own)
    assert [flow[1:4:2] for flow in fold.flows if flow[5] == first["future"]] == [(worker.key, main)]
    assert fold.lanes[giver].kind == "thread"
