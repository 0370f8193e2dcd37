"""subprocess.Popen."""

from tests.probes.conftest import Lab


def test_spawned_waited_for_and_reaped(lab: Lab) -> None:
    trace = lab.run("""
        import subprocess

        child = subprocess.Popen(["sleep", "60"])
        child.terminate()
        child.wait()
        subprocess.run(["true"], check=True)
    """).trace
    sleeper, quick = trace.all("process.spawned", method="subprocess")
    assert (sleeper["name"], sleeper["line"], quick["name"], quick["line"]) == ("sleep 60", 4, "true", 7)
    assert trace.one("signal.sent")["target"] == sleeper["child"]
    assert trace.one("process.reaped", child=sleeper["child"])["status"] == 15
    assert trace.one("process.reaped", child=quick["child"])["status"] == 0
    assert {event["line"] for event in trace.all("lane.blocked")} <= {6, 7}


def test_a_python_child_is_traced_too(lab: Lab) -> None:
    lab.write("import time\ntime.sleep(0.01)\n", "other.py")
    trace = lab.run("""
        import pathlib
        import subprocess
        import sys

        other = pathlib.Path(__file__).with_name("other.py")
        subprocess.run([sys.executable, str(other)], check=True)
    """).trace
    child = trace.one("process.spawned")["child"]
    assert trace.one("process.started", method="exec")["pid"] == child
    assert trace.one("lane.blocked", reason="sleep", pid=child)["file"].endswith("other.py")


def test_children_of_one_program_have_names_of_their_own(lab: Lab) -> None:
    lab.write("print()", "other.py")
    trace = lab.run(r"""
        import pathlib
        import subprocess
        import sys

        other = pathlib.Path(__file__).with_name("other.py")
        subprocess.run([sys.executable, "-S", other, "0"], check=True)
        subprocess.run([sys.executable, other, "40081", "last one"], check=True)
        subprocess.run([sys.executable, "-c", "\nprint()\n"], check=True)
        subprocess.run((b"/bin/sh", "-c", "exit 0"), check=True)
        subprocess.run("/bin/echo two  words", shell=True, check=True)
        subprocess.run(pathlib.Path("/bin/true"), check=True)
        subprocess.run(["/bin/echo", "12345678901234567890", "123456789"], check=True)
    """).trace
    python = lab.python.rpartition("/")[2]
    assert [event["name"] for event in trace.all("process.spawned")] == [
        "other.py 0",
        "other.py … last one",
        f"{python} -c",
        "sh -c exit 0",
        "echo two words",
        "true",
        "echo 12345678901234567890 12345…",
    ]


def test_errors_are_the_originals(lab: Lab) -> None:
    lab.assert_same("import subprocess\nsubprocess.Popen(['/no/such/program'])")
    lab.assert_same("import subprocess\nsubprocess.run(['sleep', '9'], timeout=0.05)")
    lab.assert_same("import subprocess\nsubprocess.run(['false'], check=True)")
