"""The program's globals, told at its events: which, when, and that the program never notices."""

import pytest

from tests.probes.conftest import BOTH, Lab
from tests.probes.reader import Event, Trace

ON = {"CONCURRENCY_LAB_VARIABLES": "1"}


def history(trace: Trace, name: str, **fields: int) -> list[str | None]:
    """Return the values that a variable was seen to have; None: it was deleted."""
    return [event.get("value") for event in trace.all("variable.changed", name=name, **fields)]


def told_before(trace: Trace, event: Event, name: str) -> str | None:
    """Return the value told last before an event."""
    before = [told for told in trace.all("variable.changed", name=name) if told["ts_ns"] <= event["ts_ns"]]
    value: str | None = before[-1].get("value")
    return value


@BOTH
def test_a_change_is_told_before_the_lock_is_given_back(lab: Lab) -> None:
    trace = lab.run(
        """
        import threading

        balance = 100
        lock = threading.Lock()

        def draw(amount):
            global balance
            for _ in range(2):
                with lock:
                    balance = balance - amount

        for amount in (30, 5):
            thread = threading.Thread(target=draw, args=(amount,))
            thread.start()
            thread.join()
        """,
        **ON,
    ).trace
    assert history(trace, "balance") == ["100", "70", "40", "35", "30"]
    released = trace.all("lock.released")
    assert [told_before(trace, event, "balance") for event in released] == ["70", "40", "35", "30"]
    # Told by the lane that did it, at its line.
    changed = trace.all("variable.changed", name="balance")[1:]
    assert [(event["ident"], event["line"]) for event in changed] == [
        (event["ident"], event["line"]) for event in released
    ]
    assert history(trace, "thread") == ["<Thread-1 (draw)>", "<Thread-2 (draw)>"]


def test_which_variables_and_how_they_are_written(lab: Lab) -> None:
    done = lab.run(
        """
        from __future__ import annotations
        import collections
        import math
        import queue
        import threading
        from threading import Lock, Thread

        class Account:
            def __repr__(self):
                print("asked")
                return "?"

            __eq__ = __hash__ = __len__ = __repr__

        class Meta(type):
            def __eq__(self, other):
                print("asked")
                return True

            __hash__ = type.__hash__
            __name__ = __module__ = __mro__ = property(lambda self: print("asked"))

        class Odd(metaclass=Meta):
            __class__ = __dict__ = property(lambda self: print("asked"))

        def function(): ...

        number, text, data, nothing, big = 7, "a" * 200, b"x", None, 1 << 9999
        nested = [1, [2, [3]], {"k": (4, [5])}]
        table, names, last = {"x": 1}, {"n"}, collections.deque([1, 2])
        account, odd, several = Account(), Odd(), [Account(), Odd()]
        lock, queue_ = Lock(), queue.Queue()
        same = lock
        _own, __hidden = 1, 2
        threads = [Thread(target=print, name="one")]
        for i in range(60):
            globals()[f"more_{i}"] = i
        print()
        """,
        **ON,
    )
    assert done.stdout == "\n"
    told = {event["name"]: event["value"] for event in done.trace.all("variable.changed")}
    assert len(told) == 50
    shown = {name: value for name, value in told.items() if not name.startswith("more_")}
    assert shown == {
        "number": "7", "text": "'" + "a" * 78 + "…", "data": "b'x'", "nothing": "None", "big": "<int>",
        "nested": "[1, [2, …], {'k': …}]", "table": "{'x': 1}", "names": "{'n'}", "last": "[1, 2]",
        "account": "<Account>", "odd": "<Odd>", "several": "[<Account>, <Odd>]", "lock": "<Lock>",
        "queue_": "<Queue>", "same": "<Lock lock>", "_own": "1", "threads": "[<one>]", "i": "59",
    }  # fmt: skip


@BOTH
def test_a_change_within_is_found(lab: Lab) -> None:
    trace = lab.run(
        """
        import threading

        lock = threading.Lock()
        things, inner, table = [1], [[1]], {"a": 1}
        with lock:
            things.append(2)
        with lock:
            inner[0].append(2)
        with lock:
            table["a"] = 1000
        with lock:
            table["a"] = 1001
        with lock:
            things = tuple(things)
        with lock:
            del things
        with lock:
            things = ()
        print()
        things = "last"
        """,
        **ON,
    ).trace
    assert history(trace, "things") == ["[1]", "[1, 2]", "(1, 2)", None, "()", "'last'"]
    assert history(trace, "inner") == ["[[1]]", "[[1, 2]]"]
    assert history(trace, "table") == ["{'a': 1}", "{'a': 1000}", "{'a': 1001}"]


def test_each_process_tells_its_own(lab: Lab) -> None:
    lab.write("level = 1\n\n\ndef rise():\n    global level\n    level += 1\n    print(level)\n", "other.py")
    trace = lab.run(
        """
        import multiprocessing
        import os
        import other

        count = 1

        def work(value):
            global count
            count = value
            print()
            count = value + 1

        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                process = multiprocessing.get_context(method).Process(target=work, args=(5,))
                process.start()
                process.join()
            if not os.fork():
                count = 8
                os._exit(0)
            os.wait()
            other.rise()
            count = 2
        """,
        **ON,
    ).trace
    main = trace.one("process.started", method="main")["pid"]
    spawned = trace.one("process.started", method="spawn", internal=None)["pid"]
    forked = {event["pid"]: history(trace, "count", pid=event["pid"]) for event in trace.all("process.started")}
    assert forked.pop(main) == ["1", "2"]
    assert history(trace, "other.level", pid=main) == ["2"]
    assert forked.pop(spawned)[-2:] == ["5", "6"]
    # What a forked one inherits comes first: else nobody could see what it changed.
    assert sorted(values for values in forked.values() if values) == [["1", "5", "6"], ["1", "8"]]


@BOTH
def test_a_program_that_never_rests_is_looked_at_now_and_then(lab: Lab) -> None:
    trace = lab.run(
        """
        import threading

        lock = threading.Lock()
        count = 0
        while count < 20_000:
            with lock:
                count += 1
        print(count)
        """,
        **ON,
    ).trace
    values = [int(value or 0) for value in history(trace, "count")]
    assert values == sorted(set(values))
    # All at first, then no more of them than the clock allows; the end is never missed.
    assert values[:900] == list(range(900))
    told = trace.all("variable.changed", name="count")
    spent_ms = (told[-1]["ts_ns"] - told[0]["ts_ns"]) // 1_000_000
    assert len(values) <= 2000 + 2 * (spent_ms + 1)
    assert values[-1] == 20_000
    assert len(trace.all("lock.released")) == 20_000


@BOTH
def test_the_program_ends_as_it_would(lab: Lab) -> None:
    source = """
        import atexit
        import threading
        import weakref

        class Thing:
            def __del__(self):
                print("gone")

        thing = Thing()
        lock, again = threading.Lock(), threading.RLock()
        with lock:
            del thing
        print("after")
        things = [Thing()]
        with lock:
            things.clear()
        print("after")
        gone = Thing()
        reference = weakref.ref(gone)
        with lock:
            gone = None
        print(reference(), sorted(name for name in globals() if name[:2] != "__"))

        def deep(count):
            with lock:
                pass
            return deep(count + 1)

        try:
            deep(0)
        except RecursionError:
            print("deep", lock.locked())

        end = Thing()
        atexit.register(again.release)
        atexit.register(again.acquire)
        failed = [1, 2][5]
    """
    plain = lab.run_plain(source)
    told = lab.run(source, code=1, **ON)
    assert (told.stdout, told.stderr, told.code) == (plain.stdout, plain.stderr, plain.code)


@pytest.mark.parametrize("accelerator", ["native"], indirect=True)
def test_a_lock_is_given_back_though_a_handler_raises(lab: Lab) -> None:
    """The signal is pending when `with` is left: nothing between checks for it but our look."""
    source = """
        import _thread
        import threading

        class Signal:
            __del__ = staticmethod(_thread.interrupt_main)

        for lock in (threading.Lock(), threading.RLock()):
            thing = Signal()
            try:
                with lock:
                    thing = None
            except KeyboardInterrupt as error:
                trace = error.__traceback__
                print("interrupted", trace.tb_lineno, trace.tb_next)
            taken = []
            thread = threading.Thread(target=lambda: taken.append(lock.acquire(False)))
            thread.start()
            thread.join()
            print("free", taken)
    """
    assert lab.run(source, **ON).stdout == lab.run_plain(source).stdout


def test_nothing_is_told_where_it_was_not_asked_for(lab: Lab) -> None:
    done = lab.run("""
        import sys
        value = 1
        print([name for name in sys.modules if name.endswith("globals_seen")])
    """)
    assert done.stdout == "[]\n"
    assert done.trace.all("variable.changed") == []
