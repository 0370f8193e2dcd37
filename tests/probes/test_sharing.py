"""What processes share has one id in all of them, whichever way it came there."""

import pytest

from tests.probes.conftest import Lab

PROGRAM = """
    import multiprocessing
    import sys
    from concurrent.futures import ProcessPoolExecutor

    class Box:
        def __init__(self, context):
            self.lock = context.Lock()
            self.items = context.Queue()
            self.count = context.Value("i", 0)
            self.full = context.Event()

    def use(locks, box, notes):
        with locks[1]:
            pass
        with box.lock:
            box.count.value = 1
        box.items.put("x")
        box.full.set()
        notes["x"] = 1

    def keep(lock):
        global kept
        kept = lock

    def work(number):
        with kept:
            return number

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        locks, box = [context.Lock(), context.RLock()], Box(context)
        manager = context.Manager()
        notes = manager.dict()
        child = context.Process(target=use, args=(locks, box, notes))
        child.start()
        print(box.items.get())
        child.join()
        with context.Pool(1, keep, (locks[0],)) as pool:
            print(pool.map(work, range(2)))
        with ProcessPoolExecutor(1, mp_context=context, initializer=keep, initargs=(locks[0],)) as executor:
            print(executor.submit(work, 1).result())
        notes["lock"] = manager.Lock()
        with notes["lock"]:
            pass
        manager.shutdown()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_one_id_in_all_processes(lab: Lab, method: str) -> None:
    trace = lab.run(PROGRAM, method).trace
    parent = trace.one("process.started", method="main")["pid"]
    child = next(event["child"] for event in trace.all("process.spawned") if "Process-2" in event["name"])
    made = {
        event["name"]: event["obj"]
        for event in trace.events
        if event["kind"].endswith(".created") and event["pid"] == parent
    }
    for kind, name in (
        ("lock.acquired", "locks[1]"),
        ("lock.acquired", "self.lock"),
        ("queue.put", "self.items"),
        ("event.set", "self.full"),
        ("shared.written", "self.count"),
        ("manager.called", "notes"),
    ):
        assert trace.all(kind, obj=made[name], pid=child), (kind, name)
    users = {event["pid"] for event in trace.all("lock.acquired", obj=made["locks[0]"])}
    assert len(users) == 2, "the pool's worker and the executor's"
    assert parent not in users
    called = {event["obj"] for event in trace.all("manager.called", method="acquire")}
    assert len(called) == 1
