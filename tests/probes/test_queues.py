"""queue.Queue and its kin: item by item, who put it and who got it."""

import itertools

import pytest

from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH


@pytest.mark.parametrize(
    ("kind", "order"), [("Queue", [0, 1, 2]), ("LifoQueue", [2, 1, 0]), ("PriorityQueue", [1, 0, 2])]
)
def test_every_get_names_its_put(lab: Lab, kind: str, order: list[int]) -> None:
    trace = lab.run(f"""
        import queue

        box = queue.{kind}()
        for item in (5, 3, 5):
            box.put(item)
        for _ in range(3):
            box.get()
    """).trace
    assert trace.one("queue.created", type=kind, name="box", maxsize=0)["line"] == 4
    puts, gots = trace.all("queue.put"), trace.all("queue.got")
    assert [event["depth"] for event in puts + gots] == [1, 2, 3, 2, 1, 0]
    assert [event["value"] for event in puts] == ["5", "3", "5"]
    assert [event["item"] for event in gots] == [puts[index]["item"] for index in order]


def test_simple_queue(lab: Lab) -> None:
    trace = lab.assert_same("""
        import queue
        import traceback

        box = queue.SimpleQueue()
        box.put("a")
        print(box.get(), box.qsize(), type(box), isinstance(box, queue.SimpleQueue))
        for arguments in ((True, 0.01), (False,), (True, -1)):
            try:
                box.get(*arguments)
            except (queue.Empty, ValueError):
                traceback.print_exc()
    """).trace
    assert trace.one("queue.put")["item"] == trace.one("queue.got")["item"]
    assert trace.one("lane.blocked", reason="queue_get")["timeout_s"] == 0.01
    assert trace.one("lane.unblocked")["result"] is False


def test_a_full_queue_blocks_its_producer_and_an_empty_one_its_consumer(lab: Lab) -> None:
    trace = lab.run("""
        import queue
        import threading

        box = queue.Queue(maxsize=1)
        back = queue.Queue()

        def produce():
            box.put("first")
            box.put("second")
            back.put("done")

        producer = threading.Thread(target=produce)
        producer.start()
        while not box.not_full._waiters:
            pass
        print(box.get(), box.get(), back.get())
        producer.join()
    """).trace
    box = trace.one("queue.created", name="box", maxsize=1)["obj"]
    wait = trace.one("lane.blocked", reason="queue_put", obj=box)
    assert (wait["line"], wait["ident"]) == (10, trace.one("thread.started")["ident"])
    flow = [(event["kind"], event["value"]) for event in trace.all("queue.put", "queue.got", obj=box)]
    assert flow == [
        ("queue.put", "'first'"), ("queue.got", "'first'"), ("queue.put", "'second'"), ("queue.got", "'second'"),
    ]  # fmt: skip


def test_join_and_task_done(lab: Lab) -> None:
    trace = lab.run("""
        import queue
        import threading

        box = queue.Queue()
        box.put(1)
        box.put(2)

        def consume():
            while not box.all_tasks_done._waiters:
                pass
            for _ in range(2):
                box.get()
                box.task_done()

        threading.Thread(target=consume).start()
        box.join()
    """).trace
    assert [event["unfinished"] for event in trace.all("queue.task_done")] == [1, 0]
    wait = trace.one("lane.blocked", reason="join", line=17)
    assert wait["obj"] == trace.one("queue.created")["obj"]


def test_a_subclass_with_a_store_of_its_own(lab: Lab) -> None:
    trace = lab.run("""
        import queue

        class Once(queue.Queue):
            def _init(self, maxsize):
                self.queue = set()

            def _put(self, item):
                self.queue.add(item)

            def _get(self):
                return self.queue.pop()

        class Loud(queue.Queue):
            def _put(self, item):
                super()._put(item)

        for box in (Once(), Loud()):
            box.put("a")
            box.get()
    """).trace
    puts, gots = trace.all("queue.put"), trace.all("queue.got")
    assert [event["item"] for event in gots] == [event["item"] for event in puts]
    assert len(puts) == 2


def test_a_storm_loses_no_item(lab: Lab) -> None:
    trace = lab.run("""
        import queue
        import threading

        box = queue.Queue(3)

        def produce():
            for number in range(100):
                box.put(number)

        def consume():
            for _ in range(100):
                box.get()

        workers = [threading.Thread(target=work) for work in (produce, consume) * 2]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    """).trace
    puts, gots = trace.all("queue.put"), trace.all("queue.got")
    assert [event["item"] for event in puts] == [event["item"] for event in gots]
    depth = 0
    for event in trace.all("queue.put", "queue.got"):
        depth += 1 if event["kind"] == "queue.put" else -1
        assert event["depth"] == depth
    waits = itertools.groupby(trace.all("lane.blocked", "lane.unblocked"), key=lambda event: event["ident"])
    assert sum(1 for _ in waits) > 1
