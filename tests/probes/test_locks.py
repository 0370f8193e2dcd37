"""Lock and RLock: who holds, who waits, and that they behave like the originals."""

from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH


def test_a_contended_lock(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        lock = threading.Lock()
        inside = threading.Event()

        def work():
            inside.set()
            with lock:
                pass

        with lock:
            worker = threading.Thread(target=work)
            worker.start()
            inside.wait()
            worker.join(0.05)
        worker.join()
    """).trace
    lock = trace.one("lock.created", type="Lock", name="lock")
    assert lock["line"] == 4
    worker = trace.one("thread.started")["ident"]
    names = ("lock.acquired", "lock.released", "lane.blocked", "lane.unblocked")
    assert trace.kinds(*names, obj=lock["obj"], ident=worker) == [
        "lane.blocked", "lane.unblocked", "lock.acquired", "lock.released",
    ]  # fmt: skip
    holds = trace.all("lock.acquired", "lock.released", obj=lock["obj"])
    assert [event["kind"] for event in holds] == ["lock.acquired", "lock.released"] * 2
    assert [event["line"] for event in holds] == [12, 12, 9, 9]


def test_one_owner_at_a_time_in_a_storm(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        lock = threading.Lock()

        def work():
            for _ in range(500):
                with lock:
                    pass

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    """).trace
    holder = None
    holds = trace.all("lock.acquired", "lock.released")
    assert len(holds) == 4000
    for event in holds:
        if event["kind"] == "lock.acquired":
            assert holder is None
            holder = event["ident"]
        else:
            assert holder == event["ident"]
            holder = None


def test_rlock_counts_its_holds(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        class Account:
            def __init__(self):
                self.lock = threading.RLock()

        lock = Account().lock
        with lock:
            lock.acquire()
            lock.release()
    """).trace
    assert trace.one("lock.created")["name"] == "self.lock"
    steps = trace.all("lock.acquired", "lock.released")
    assert [event["depth"] for event in steps] == [1, 2, 1, 0]


def test_failed_tries(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        lock = threading.Lock()
        lock.acquire()
        lock.acquire(False)
        lock.acquire(timeout=0.01)
    """).trace
    assert [event["line"] for event in trace.all("lock.try_failed")] == [6, 7]
    assert trace.one("lane.blocked", reason="lock")["timeout_s"] == 0.01


def test_library_locks_stay_silent(lab: Lab) -> None:
    trace = lab.run("""
        import logging
        import queue

        logging.getLogger("x").warning("hello")
        queue.Queue()
    """).trace
    assert not trace.all("lock.created")
    assert not trace.all("condition.created")


def test_a_dataclass_makes_locks_for_the_user(lab: Lab) -> None:
    trace = lab.run("""
        import dataclasses
        import threading

        @dataclasses.dataclass
        class Account:
            lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

        Account()
    """).trace
    assert trace.one("lock.created")["line"] == 9


def test_they_look_and_fail_like_the_originals(lab: Lab) -> None:
    lab.assert_same("""
        import _thread
        import copy
        import pickle
        import threading
        import traceback
        import weakref

        def attempt(function, *args, **kwargs):
            try:
                print(function(*args, **kwargs))
            except BaseException as error:
                print(type(error).__name__, error)
                traceback.print_exc()

        for make in (threading.Lock, threading.RLock, _thread.allocate_lock, threading._allocate_lock):
            lock = make()
            print(type(lock), lock, isinstance(lock, type(make())), bool(weakref.ref(lock)()))
            print(isinstance(lock, _thread.LockType), make.__module__, make.__qualname__)
            print(hash(lock) == hash(lock), hasattr(lock, "__dict__"))
            attempt(type(lock))
            attempt(lock.release)
            attempt(lock.acquire, True, -2)
            attempt(lock.acquire, False, 1)
            attempt(lock.acquire, True, 1e300)
            attempt(lock.acquire, timeout="x")
            print(lock.acquire(), lock)
            attempt(pickle.dumps, lock)
            attempt(copy.copy, lock)
            lock.release()
            with lock as got:
                print(got)
        print(pickle.loads(pickle.dumps(threading.Lock)) is threading.Lock)
    """)


def test_replacing_the_lock_by_the_programs_own(lab: Lab) -> None:
    lab.assert_same("""
        import threading

        real = threading.Lock

        def Lock():
            print("mine")
            return real()

        threading.Lock = Lock
        event = threading.Event()
        worker = threading.Thread(target=event.set)
        worker.start()
        worker.join()
        print(event.is_set(), threading.Condition(threading.Lock()).acquire())
    """)


def test_an_interrupt_while_waiting_leaves_the_same_traceback(lab: Lab) -> None:
    lab.assert_same("""
        import signal
        import threading

        def interrupt(number, frame):
            raise TimeoutError("too long")

        signal.signal(signal.SIGALRM, interrupt)
        lock = threading.Lock()
        lock.acquire()
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            lock.acquire()
        except TimeoutError:
            print("still locked", lock.locked())
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with lock:
            print("never")
    """)
