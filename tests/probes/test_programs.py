"""Other programs: exec in place of this one, posix_spawn and system beside it."""

from tests.probes.conftest import Lab


def test_exec_and_what_becomes_of_the_process(lab: Lab) -> None:
    lab.write("""
        import sys
        print("second", sys.argv[1:])
    """, "second.py")  # fmt: skip
    trace = lab.assert_same("""
        import os
        import sys

        second = os.path.join(os.path.dirname(__file__), "second.py")
        try:
            os.execv("/no/such/program", ["x"])
        except FileNotFoundError as error:
            print(error, flush=True)
        os.execl(sys.executable, "python", second, "argument")
    """).trace
    replaced = trace.one("process.exec'd")
    assert (replaced["path"], replaced["line"]) == (lab.python, 10)
    begins = trace.all("process.started", pid=replaced["pid"])
    assert [event["method"] for event in begins] == ["main", "exec"]
    assert "second ['argument']" in trace.output()


def test_execvp_looks_in_many_folders_and_says_it_once(lab: Lab) -> None:
    trace = lab.assert_same("""
        import os

        if os.fork() == 0:
            os.execvp("true", ["true"])
        print(os.wait()[1])
    """).trace
    assert trace.one("process.exec'd")["path"].endswith("/true")


def test_posix_spawn_and_system(lab: Lab) -> None:
    trace = lab.assert_same("""
        import os

        child = os.posix_spawn("/bin/true", ["true"], os.environ)
        print(os.waitpid(child, 0)[1])
        print(os.system("exit 3"))
        print(os.popen("echo popen").read())
        print(os.spawnlp(os.P_WAIT, "true", "true"))
        try:
            os.posix_spawn("/no/such/program", ["x"], {})
        except FileNotFoundError as error:
            print(error)
    """).trace
    spawned = trace.one("process.spawned", method="posix_spawn")
    assert (spawned["name"], spawned["line"]) == ("true", 4)
    assert trace.all("process.reaped", child=spawned["child"])[0]["line"] == 5
    assert [event["line"] for event in trace.all("lane.blocked", reason="waitpid") if event["line"] == 6] == [6]
    assert trace.one("process.spawned", method="subprocess")["line"] == 7


def test_waitid(lab: Lab) -> None:
    trace = lab.assert_same("""
        import os

        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.read(reader, 1)
            os._exit(4)
        os.write(writer, b"x")
        print(os.waitid(os.P_PID, child, os.WEXITED).si_status)
    """).trace
    child = trace.one("process.forked")["child"]
    assert trace.one("lane.blocked", reason="waitpid")["obj"] == str(child)
    assert trace.one("process.reaped", child=child)["status"] == 4 << 8
