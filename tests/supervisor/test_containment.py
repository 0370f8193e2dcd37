"""Nothing of a run lives on, whoever is killed: the OS is the witness, not our word."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from concurrency_lab.supervisor import launch
from concurrency_lab.supervisor.spec import RunSpec
from concurrency_lab.trace import codec

from .conftest import Lab, hostile_run, is_alive, supervisor_of, wait_until

ROOT = Path(__file__).resolve().parents[2]


def none_alive(pids: list[int]) -> bool:
    return not any(map(is_alive, pids))


def test_stop_ends_all_and_completes_the_trace(lab: Lab) -> None:
    stream, pids = hostile_run(lab)
    with contextlib.closing(stream), stream.makefile() as lines:
        stream.sendall(b"stop\n")
        trace = codec.read(lines)
    assert none_alive(pids)
    assert trace.events[-1]["status"] == "stopped"
    assert sum(event["kind"] == "process.killed" for event in trace.events) == len(pids)


def test_closing_the_stream_ends_all(lab: Lab) -> None:
    stream, pids = hostile_run(lab)
    stream.close()
    wait_until(lambda: none_alive(pids), "every process of the run has ended")


def test_a_killed_supervisor_takes_its_run_along(lab: Lab) -> None:
    stream, pids = hostile_run(lab)
    with contextlib.closing(stream):
        os.kill(supervisor_of(pids), signal.SIGKILL)
        wait_until(lambda: none_alive(pids), "every process of the run has ended")
        assert b'"run.ended"' not in b"".join(iter(lambda: stream.recv(65536), b""))


def test_a_killed_warden_takes_all_runs_along(lab: Lab) -> None:
    stream, pids = hostile_run(lab)
    with contextlib.closing(stream), stream.makefile() as lines:
        os.kill(lab.warden.pid, signal.SIGKILL)
        wait_until(lambda: none_alive(pids), "every process of the run has ended")
        assert codec.read(lines).events[-1]["status"] == "interrupted"


def test_a_killed_owner_takes_warden_and_runs_along(tmp_path: Path) -> None:
    owner = tmp_path / "owner.py"
    owner.write_text(
        textwrap.dedent("""
            import sys, time
            from concurrency_lab.supervisor.client import Warden
            from concurrency_lab.supervisor.spec import RunSpec
            warden = Warden.start()
            streams = [warden.run(RunSpec(str(n), sys.argv[1], cwd=sys.argv[2])) for n in range(3)]
            print(warden.pid, flush=True)
            time.sleep(600)
        """)
    )
    program = tmp_path / "program.py"
    program.write_text("import os, time\nopen('pids', 'a').write(f'{os.getpid()}\\n')\ntime.sleep(600)\n")
    arguments = [sys.executable, str(owner), str(program), str(tmp_path)]
    with subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        warden = int(process.stdout.readline())
        file = tmp_path / "pids"
        pids = wait_until(lambda: file.exists() and len(p := file.read_text().split()) == 3 and p, "3 runs")
        process.kill()
    wait_until(lambda: none_alive([warden, *map(int, pids)]), "everything has ended")


def test_a_stopped_program_is_ended_too(lab: Lab) -> None:
    stream = lab.warden.run(lab.spec("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"))
    with contextlib.closing(stream), stream.makefile() as lines:
        wait_until(lambda: "T (stopped)" in _states_below(lab.warden.pid), "the program is stopped")
        stream.sendall(b"stop\n")
        assert codec.read(lines).events[-1]["status"] == "stopped"


def _states_below(pid: int) -> str:
    found = ""
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            text = status.read_text()
            if "clab" not in text.splitlines()[0]:
                found += text
    return found


def test_an_interpreter_that_cannot_be_started(lab: Lab) -> None:
    spec = lab.spec("pass")
    broken = lab.folder / "python"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    spec = RunSpec("test", spec.program, python=str(broken))
    with pytest.raises(FileNotFoundError):
        launch.start_program(spec, str(lab.folder), None)


def test_a_program_inherits_no_descriptor_of_ours(lab: Lab) -> None:
    _, fold = lab.record("import os; print([fd for fd in range(3, 64) if os.path.exists(f'/proc/self/fd/{fd}')])")
    assert "".join(text for *_, text in fold.output) == "[]\n"
