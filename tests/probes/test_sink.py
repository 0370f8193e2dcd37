"""The segments: nothing lost by SIGKILL, drops counted exactly, no stall, no trace of ours in the process."""

import mmap
import signal
import struct
import time

from tests.probes import reader
from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH

# Not sys.stdin: that tells of its waits, and every event is counted here.
LOOP = """
    import threading

    lock = threading.Lock()

    def work(count):
        for _ in range(count):
            lock.acquire()
            lock.release()

    for line in open(0):
        work(int(line))
        print("done", flush=True)
"""


def _locks(events: list[reader.Event]) -> int:
    return sum(event["kind"] in ("lock.acquired", "lock.released") for event in events)


def _dropped(events: list[reader.Event]) -> int:
    return sum(event["count"] for event in events if event["kind"] == "run.events_dropped")


def test_sigkill_loses_nothing(lab: Lab) -> None:
    shared = lab.folder / "count"
    shared.write_bytes(b"\0" * mmap.PAGESIZE)
    program = lab.start("""
        import mmap
        import struct
        import sys
        import threading

        with open(sys.argv[1], "r+b") as file:
            count = mmap.mmap(file.fileno(), 0)
        lock = threading.Lock()
        number = 0
        print("ready", flush=True)
        while True:
            with lock:
                number += 1
            struct.pack_into("Q", count, 0, number)
    """, str(shared))  # fmt: skip
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 20
    while (counted := struct.unpack_from("Q", shared.read_bytes())[0]) < 40_000:
        assert time.monotonic() < deadline
    program.kill()
    program.communicate()
    assert program.returncode == -signal.SIGKILL
    counted = struct.unpack_from("Q", shared.read_bytes())[0]
    released = len(lab.trace().all("lock.released"))
    assert counted <= released <= counted + 1


def test_a_reader_that_never_comes_costs_events_that_are_counted(lab: Lab) -> None:
    program = lab.start(LOOP, CONCURRENCY_LAB_MAX_SEGMENTS="2")
    out, errors = program.communicate("60000\n", timeout=50)
    assert (out, errors, program.returncode) == ("done\n", "", 0)
    events = reader.read(lab.segments)
    written = sum(event["kind"] == "output.written" for event in events)
    assert _dropped(events) > 50_000
    assert _locks(events) + written + _dropped(events) == 2 * 60_000 + len(["done", "\n"])
    # The count comes in a segment beyond the bound.
    assert len(list(lab.segments.iterdir())) == 3


def test_a_reader_that_catches_up_gets_the_count_and_the_rest(lab: Lab) -> None:
    program = lab.start(LOOP, CONCURRENCY_LAB_MAX_SEGMENTS="1")
    assert program.stdin is not None
    assert program.stdout is not None
    events: list[reader.Event] = []
    for count in (5_000, 20_000, 1_000):
        program.stdin.write(f"{count}\n")
        program.stdin.flush()
        assert program.stdout.readline() == "done\n"
        events += reader.consume(lab.segments)
    program.communicate(timeout=50)
    events += reader.read(lab.segments)
    written = sum(event["kind"] == "output.written" for event in events)
    assert _locks(events) + written + _dropped(events) == 2 * 26_000 + 6
    assert len([event for event in events if event["kind"] == "run.events_dropped"]) == 2
    # The file table was said again, or these lines would have no file.
    assert all(event["file"].endswith("program.py") for event in events if event["line"])


def test_threads_share_a_series_without_a_hole(lab: Lab) -> None:
    trace = lab.run("""
        import sys
        import threading

        sys.setswitchinterval(1e-6)

        def work(name):
            lock = threading.Lock()
            for number in range(3000):
                with lock:
                    pass
                # Not more than the stream's buffer takes: before 3.13 CPython itself garbles what
                # threads write while another one flushes (gh-119506).
                if number % 100 == 0:
                    print(name * 40)

        workers = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    """).trace
    assert len(trace.all("lock.acquired", "lock.released")) == 4 * 6000
    assert sorted(trace.output().replace("\n", "")) == sorted("abcd" * 40 * 30)


def test_forks_in_a_storm(lab: Lab) -> None:
    trace = lab.run("""
        import os
        import threading

        lock = threading.Lock()

        def work():
            for _ in range(2000):
                with lock:
                    pass

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for number in range(20):
            pid = os.fork()
            if pid == 0:
                mine = threading.Lock()
                with mine:
                    os._exit(0)
            os.waitpid(pid, 0)
        for worker in workers:
            worker.join()
    """).trace
    assert len(trace.all("process.started", method="fork")) == 20
    assert [event["status"] for event in trace.all("process.reaped")] == [0] * 20
    assert len(trace.all("lock.acquired")) == 4000 + 20


def test_the_run_folder_may_vanish(lab: Lab) -> None:
    program = lab.start(LOOP)
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("10\n")
    program.stdin.flush()
    program.stdout.readline()
    for path in lab.segments.iterdir():
        path.unlink()
    lab.segments.rmdir()
    out, errors = program.communicate("30000\n", timeout=50)
    assert (out, errors, program.returncode) == ("done\n", "", 0)
