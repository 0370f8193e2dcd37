"""Value, Array and shared_memory by all three start methods."""

import pytest

from tests.probes.conftest import Lab

pytestmark = pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])


def test_values_arrays_and_their_locks(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import ctypes
        import multiprocessing
        import sys

        class Point(ctypes.Structure):
            _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_int)]

        def add(total, numbers, point, raw):
            with total.get_lock():
                total.value += 5
            numbers[1] = total.value
            point.y = 3
            raw.value = 9

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            total = context.Value("i", 2)
            numbers = context.Array("d", 3)
            point = context.Value(Point, 1, 2)
            raw = context.Value("i", 0, lock=False)
            child = context.Process(target=add, args=(total, numbers, point, raw))
            child.start()
            child.join()
            print(total.value, numbers[:], point.y, raw.value, type(total).__name__)
            try:
                total.value = "no number"
            except TypeError as error:
                print(error)
    """, method).trace  # fmt: skip
    child = trace.one("process.spawned", where=lambda event: "internal" not in event)["child"]
    total, numbers, point = (trace.one("shared.created", name=name)["obj"] for name in ("total", "numbers", "point"))
    assert len({total, numbers, point}) == 3
    reads = [(event["value"], event["line"]) for event in trace.all("shared.read", obj=total, pid=child)]
    assert reads == [("2", 11), ("7", 12)]
    written = trace.one("shared.written", obj=total, pid=child)
    assert (written["value"], written["line"]) == ("7", 11)
    assert trace.one("shared.written", obj=numbers)["name"] == "[1]"
    assert trace.one("shared.read", obj=point)["value"] == "3"
    lock = trace.one("lock.created", name="total.get_lock()", type="multiprocessing.RLock")["obj"]
    holds = trace.all("lock.acquired", "lock.released", obj=lock, pid=child)
    assert [event["depth"] for event in holds] == [1, 2, 1, 2, 1, 0, 1, 0]


def test_shared_memory(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import sys
        from multiprocessing import shared_memory

        def fill(name, items):
            block = shared_memory.SharedMemory(name)
            block.buf[0] = 7
            block.close()
            items[0] = 5
            items.shm.close()

        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            mine = shared_memory.SharedMemory(create=True, size=10)
            items = shared_memory.ShareableList([1, 2])
            child = context.Process(target=fill, args=(mine.name, items))
            child.start()
            child.join()
            print(mine.buf[0], items[0])
            mine.close()
            mine.unlink()
            items.shm.close()
            items.shm.unlink()
    """, method).trace  # fmt: skip
    obj = trace.one("shared.created", name="mine", type="SharedMemory")["obj"]
    attached = trace.one("shared.attached", name="block")
    assert attached["obj"] == obj
    assert trace.one("shared.unlinked", obj=obj)["line"] == 22
    written = trace.one("shared.written")
    assert (written["name"], written["value"], written["pid"]) == ("[0]", "5", attached["pid"])
    assert trace.one("shared.read")["obj"] == written["obj"]
