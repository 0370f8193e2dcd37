"""os.fork, wait, kill and _exit."""

from tests.probes.conftest import BOTH, Lab

pytestmark = BOTH


def test_fork_and_wait(lab: Lab) -> None:
    trace = lab.run("""
        import os

        child = os.fork()
        if child == 0:
            os._exit(3)
        os.waitpid(child, 0)
    """).trace
    main = trace.one("process.started", method="main")
    fork = trace.one("process.forked")
    child = trace.one("process.started", method="fork", pid=fork["child"])
    assert (fork["pid"], fork["line"], child["ppid"]) == (main["pid"], 4, main["pid"])
    assert "program.py" in main["argv"]
    assert fork["ts_ns"] < child["ts_ns"]
    assert trace.one("process.exit_called", code=3)["pid"] == fork["child"]
    assert trace.one("process.reaped", child=fork["child"], line=7)["status"] == 3 << 8


def test_every_process_begins_with_process_started(lab: Lab) -> None:
    trace = lab.run("""
        import os
        import sys

        if sys.argv[1:]:
            sys.exit()
        if os.fork() == 0:
            os.execv(sys.executable, [sys.executable, __file__, "again"])
        os.wait()
    """).trace
    child = trace.one("process.forked")["child"]
    for pid in {event["pid"] for event in trace.events}:
        assert trace.all(pid=pid)[0]["kind"] == "process.started"
    # The second program of the same process goes on where the first one's series ended.
    assert [event["method"] for event in trace.all("process.started", pid=child)] == ["fork", "exec"]


def test_a_wait_blocks_until_a_child_ends(lab: Lab) -> None:
    trace = lab.run("""
        import os
        import signal
        import time

        child = os.fork()
        if child == 0:
            time.sleep(60)
        os.waitpid(child, os.WNOHANG)
        os.kill(child, signal.SIGTERM)
        os.wait()
        for wait in (os.wait, lambda: os.waitpid(-1, 0), lambda: os.wait3(0), lambda: os.wait4(-1, 0)):
            try:
                wait()
            except ChildProcessError as error:
                print(error)
    """).trace
    child = trace.one("process.forked")["child"]
    assert trace.one("signal.sent")["target"] == child
    assert trace.one("signal.sent")["line"] == 10
    reaped = trace.one("process.reaped", child=child)
    assert (reaped["line"], reaped["status"]) == (11, 15)
    assert all(event["line"] == 11 for event in trace.all("lane.blocked", reason="waitpid"))


def test_all_kinds_of_wait_give_what_they_give(lab: Lab) -> None:
    result = lab.assert_same("""
        import os

        def child(code):
            pid = os.fork()
            if pid == 0:
                os._exit(code)
            return pid

        print(os.waitpid(child(1), 0)[1], child(2) == os.wait()[0], os.wait3(0) if child(3) < 0 else os.wait3(0)[1])
        print(os.wait4(child(4), 0)[1], os.waitid(os.P_PID, child(5), os.WEXITED).si_status)
        try:
            os.waitpid("x", 0)
        except TypeError as error:
            print(error)
    """)
    assert [event["status"] >> 8 for event in result.trace.all("process.reaped")] == [1, 2, 3, 4, 5]


def test_uncaught_errors_and_exit_codes(lab: Lab) -> None:
    lab.assert_same("raise KeyError('gone')")
    lab.assert_same("import sys\nsys.exit('a message')")
    lab.assert_same("import os\nos.fork(1)")
    lab.assert_same("import time\ntime.sleep(-1)")
    lab.assert_same("import time\ntime.sleep('x')")
    lab.assert_same("import os\nos.kill(os.getpid(), 9)")
    lab.assert_same("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(9)")
