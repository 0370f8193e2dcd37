"""A traced program does what it does untraced: the same output, errors and exit code, whatever it is up to."""

from pathlib import Path

import pytest

from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH


def test_nothing_of_ours_shows(lab: Lab) -> None:
    lab.assert_same("""
        import os
        import sys

        print(sys.path, sys.argv, __name__, __file__, sys.flags, sys.dont_write_bytecode)
        print(os.pipe(), os.dup(0), sorted(os.listdir("/proc/self/fd")))
        print("sitecustomize" in sys.modules, [name for name in dir() if "lab" in name])
        print(os.environ.get("CONCURRENCY_LAB_OUTPUT"))
        import threading, queue, time, _thread, signal
        for thing in (threading.Thread, threading.Event, threading.RLock, queue.Queue, queue.SimpleQueue, time.sleep,
                      threading.Condition.wait, _thread.start_new_thread, os.fork, signal.signal, os.write):
            print(thing.__module__, thing.__qualname__, thing.__name__)
        import inspect, pickle
        print(inspect.signature(threading.Thread), inspect.signature(threading.Event.wait))
        for function in (time.sleep, os.kill, os.waitpid, threading.Lock, queue.Queue):
            print(pickle.loads(pickle.dumps(function)) is function)
        import copy, types
        class Clock:
            sleep, make, fork, simple = time.sleep, threading.Lock, os.fork, queue.SimpleQueue

        print(Clock().sleep(0), Clock().make(), Clock.sleep, type(Clock().simple()), copy.deepcopy(os.kill) is os.kill)
        print(isinstance(time.sleep, types.BuiltinFunctionType), type(time.sleep), inspect.signature(os.kill))
        print(sys.meta_path[-1], threading.active_count(), threading.enumerate())
    """)


def test_a_sitecustomize_of_the_users(lab: Lab, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import sys\nprint('my own', sys.modules['sitecustomize'].__file__[-16:])\n")
    boot = lab.environment()["PYTHONPATH"]
    program = lab.start("import sys\nprint(sys.path[1:3])", PYTHONPATH=f"{boot}:{own}")
    out, errors = program.communicate(timeout=50)
    assert out.startswith(f"my own sitecustomize.py\n['{own}', ")
    assert errors == ""
    assert lab.trace().one("process.started")


def test_helper_interpreters_are_left_alone(lab: Lab) -> None:
    trace = lab.run("""
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()
    """).trace
    assert len(trace.all("process.started")) == 1


def test_it_is_another_package_than_the_programs_concurrency_lab(lab: Lab) -> None:
    (lab.programs / "concurrency_lab.py").write_text("print('the program's own')".replace("'s", "s"))
    lab.assert_same("import concurrency_lab\nprint(concurrency_lab.__file__)")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_program_that_cleans_up_behind_itself(lab: Lab, method: str) -> None:
    trace = lab.assert_same("""
        import multiprocessing
        import os
        import sys
        import threading

        def work(numbers):
            lock = threading.Lock()
            with lock:
                numbers.put(sorted(os.environ) if os.environ.get("CONCURRENCY_LAB_HOME") is None else [])

        if __name__ == "__main__":
            os.environ.clear()
            os.chdir("/")
            os.closerange(3, 500)
            multiprocessing.set_start_method(sys.argv[1])
            numbers = multiprocessing.Queue()
            worker = multiprocessing.Process(target=work, args=(numbers,))
            worker.start()
            print(len(numbers.get()) < 3)
            worker.join()
            print(worker.exitcode)
            sys.stdout.close()
    """, method).trace  # fmt: skip
    # Its children are traced none the less.
    child = trace.one("process.spawned", where=lambda event: "internal" not in event)["child"]
    assert trace.one("lock.created", pid=child)["file"].endswith("program.py")


def test_a_file_that_got_our_descriptors_number_is_not_closed(lab: Lab) -> None:
    lab.assert_same("""
        import os
        import threading

        os.closerange(3, 500)
        fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(300)]
        lock = threading.Lock()
        for _ in range(40_000):
            with lock:
                pass
        print([os.fstat(fd).st_rdev for fd in fds] == [os.stat(os.devnull).st_rdev] * 300)
    """)


def test_a_warning_that_no_encoding_was_named_blames_the_programs_line(lab: Lab) -> None:
    lab.assert_same("""
        import os
        import subprocess
        import sys

        code = "import subprocess\\nsubprocess.run('true', shell=True, text=True)"
        subprocess.run([sys.executable, "-X", "warn_default_encoding", "-c", code])
    """)


def test_objects_are_not_kept_alive(lab: Lab) -> None:
    lab.assert_same("""
        import gc
        import queue
        import threading
        import weakref
        from concurrent.futures import Future

        gc.disable()

        class Thing:
            pass

        def use(thing):
            lock, condition, box = threading.Lock(), threading.Condition(), queue.Queue()
            with lock, condition:
                box.put(thing)
            box.get()
            try:
                lock.release()
            except RuntimeError:
                pass
            return [weakref.ref(x) for x in (lock, condition, box, threading.Event(), threading.Semaphore(), Future())]

        thing = Thing()
        alive = weakref.ref(thing)
        parts = use(thing)
        worker = threading.Thread(target=use, args=(thing,))
        worker.start()
        worker.join()
        parts.append(weakref.ref(worker))
        del thing, worker
        print(alive(), [part() for part in parts])
    """)


def test_late_use_while_the_interpreter_ends(lab: Lab) -> None:
    lab.assert_same("""
        import atexit
        import sys
        import threading

        lock = threading.Lock()
        atexit.register(lock.release)
        atexit.register(lock.acquire)
        atexit.register(print, "at exit")

        class Late:
            def __init__(self):
                self.lock = threading.RLock()
                self.event = threading.Event()
                self.write = sys.stdout.write

            def __del__(self):
                with self.lock:
                    self.event.set()
                self.write("late\\n")

        keep = Late()
        keep.itself = keep
        sys.keep = keep
    """)


def test_recursion_and_interrupts_pass_through(lab: Lab) -> None:
    lab.assert_same("""
        import threading

        lock = threading.RLock()

        def dive(depth):
            with lock:
                return dive(depth + 1)

        try:
            dive(0)
        except RecursionError:
            print("deep enough", lock)
        print(lock.acquire(False))
    """)
