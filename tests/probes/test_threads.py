"""Threads: made, started, ended, joined; by whom, and at which line of the user's."""

from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH


def test_a_thread_from_its_making_to_its_join(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        def work():
            pass

        worker = threading.Thread(target=work, name="digger")
        worker.start()
        worker.join()
    """).trace
    made = trace.one("thread.created", name="digger", daemon=False)
    assert made["line"] == 7
    assert "internal" not in made
    life = trace.all(obj=made["obj"])
    names = [event["kind"] for event in life if not event["kind"].startswith("lane.")]
    assert names == ["thread.created", "thread.launched", "thread.started", "thread.ended", "thread.joined"]
    main, started = made["ident"], trace.one("thread.started")
    assert started["ident"] != main
    assert [event["line"] for event in life if event["ident"] == main and event["kind"] != "lane.unblocked"][:2] == [
        7,
        8,
    ]
    assert trace.one("thread.joined")["line"] == 9


def test_join_blocks_until_the_thread_ends_and_not_when_it_has(lab: Lab) -> None:
    trace = lab.run("""
        import threading

        gate = threading.Event()
        worker = threading.Thread(target=gate.wait)
        worker.start()
        worker.join(0.01)
        gate.set()
        worker.join()
        worker.join()
    """).trace
    obj = trace.one("thread.created")["obj"]
    waits = trace.all("lane.blocked", reason="join", obj=obj)
    assert (waits[0]["line"], waits[0]["timeout_s"]) == (7, 0.01)
    first_end = trace.all("lane.unblocked", obj=obj)[0]
    assert first_end["result"] is False
    assert [event["line"] for event in trace.all("thread.joined")] == [9, 10]
    assert all(event["line"] != 10 for event in waits)


def test_subclass_timer_and_raw_thread(lab: Lab) -> None:
    trace = lab.run("""
        import _thread
        import threading

        class Digger(threading.Thread):
            def __init__(self):
                super().__init__(name="subclass")

            def run(self):
                pass

        done = threading.Lock()
        done.acquire()
        for thread in (Digger(), threading.Timer(0, print)):
            thread.start()
            thread.join()
        _thread.start_new_thread(done.release, ())
        done.acquire()
    """).trace
    made = trace.all("thread.created")
    assert [event["name"] for event in made] == ["subclass", "Thread-1", "release"]
    assert not any("internal" in event for event in made)
    assert made[1]["line"] == 14
    assert len(trace.all("thread.started")) == 3


def test_a_crash_names_the_error_and_its_line(lab: Lab) -> None:
    result = lab.assert_same("""
        import threading

        def work():
            raise ValueError("broken")

        worker = threading.Thread(target=work, name="digger")
        worker.start()
        worker.join()
    """)
    crash = result.trace.one("thread.crashed", error="ValueError: broken")
    assert crash["line"] == 5


def test_the_wait_at_exit_is_said_to_be_one(lab: Lab) -> None:
    trace = lab.run("""
        import threading
        import time

        threading.Thread(target=time.sleep, args=(0.05,)).start()
    """).trace
    assert trace.one("lane.blocked", reason="sleep")["line"] == 0
    wait = trace.one("lane.blocked", reason="join")
    assert wait["at_exit"] is True
    assert wait["obj"] == trace.one("thread.created")["obj"]


def test_sleep_says_for_how_long(lab: Lab) -> None:
    trace = lab.run("""
        import time

        time.sleep(0.01)
    """).trace
    sleep = trace.one("lane.blocked", reason="sleep", timeout_s=0.01)
    assert sleep["line"] == 4
    assert trace.one("lane.unblocked")["ts_ns"] - sleep["ts_ns"] >= 10_000_000


def test_fork_in_a_thread(lab: Lab) -> None:
    result = lab.assert_same("""
        import os
        import threading

        def work():
            pid = os.fork()
            if pid == 0:
                print("child", threading.main_thread() is threading.current_thread(), flush=True)
                os._exit(0)
            os.waitpid(pid, 0)

        lock = threading.Lock()
        worker = threading.Thread(target=work)
        with lock:
            worker.start()
            worker.join()
    """)
    assert "child True" in result.stdout
    fork = result.trace.one("process.forked")
    assert fork["ident"] == result.trace.one("thread.started")["ident"]
    child = result.trace.one("process.started", method="fork")
    assert (child["pid"], child["ppid"]) == (fork["child"], fork["pid"])
    assert fork["ts_ns"] < child["ts_ns"]
    # The child's copy of the lock is another lock.
    assert result.trace.one("lock.created", pid=child["pid"])["obj"].startswith(f"{child['pid']}.")


def test_a_daemon_is_what_it_is_when_it_starts(lab: Lab) -> None:
    trace = lab.assert_same("""
        import threading

        class Helper(threading.Thread):
            def __init__(self):
                super().__init__(target=str)
                self.daemon = True

        late = threading.Thread(target=str, name="late")
        late.daemon = True
        plain = threading.Thread(target=str, name="plain")
        for thread in (late, plain, Helper()):
            thread.start()
            thread.join()
    """).trace  # fmt: skip
    assert [event["daemon"] for event in trace.all("thread.launched")] == [True, False, True]
    assert [lane.daemon for lane in trace.fold().lanes.values() if lane.kind == "thread"] == [True, False, True]


# As where a program lies in the standard library: no folder is the user's.
RAW_THREAD = """
    import _thread

    done = _thread.allocate_lock()
    done.acquire()
    _thread.start_new_thread(done.release, ())
    done.acquire()
"""


def test_a_program_is_the_users_wherever_it_lies(lab: Lab) -> None:
    program = str(lab.programs / "program.py")
    trace = lab.run(RAW_THREAD, CONCURRENCY_LAB_USER="", CONCURRENCY_LAB_PROGRAM=program).trace
    made = trace.one("thread.created")
    assert (made["name"], made["line"], "internal" in made) == ("release", 6, False)


def test_a_raw_thread_of_a_library_has_its_native_id(lab: Lab) -> None:
    trace = lab.run(RAW_THREAD, CONCURRENCY_LAB_USER="").trace
    made = trace.one("thread.created")
    assert made["internal"]
    assert trace.one("thread.started", obj=made["obj"])["native"] != trace.one("process.started")["pid"]
