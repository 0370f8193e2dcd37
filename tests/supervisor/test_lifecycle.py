"""What the OS is seen to do to real processes, whether or not their own probes say anything."""

import contextlib
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from concurrency_lab.trace import states
from concurrency_lab.trace.fold import Fold

from .conftest import Lab

WAIT_FOR_GO = """
    import os, time

    def wait_for_go():
        while not os.path.exists("go"):
            time.sleep(0.002)
"""


def until_go(lab: Lab, text: str, awaited: str, check: Callable[[dict[str, Any]], None]) -> Fold:
    """Run a program that waits for a file; make it when this kind of event of a child has come, checked first.

    The trace comes live, so what it says is held against what is at that time, however late a busy machine says it.
    """
    events: list[dict[str, Any]] = []
    with contextlib.closing(lab.warden.run(lab.spec(WAIT_FOR_GO + text))) as stream, stream.makefile() as lines:
        next(lines)
        for line in lines:
            events.append(json.loads(line))
            if events[-1]["kind"] == awaited and events[-1]["pid"] != events[1]["pid"]:
                check(events[-1])
                (lab.folder / "go").touch()
    fold = Fold().feed(events)
    assert fold.illegal == 0
    return fold


def stat_fields(pid: int) -> list[str]:
    """Return a process's state, parent's pid and so on, as the OS says now."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def test_a_zombie_is_one_from_its_end_to_its_parents_wait(lab: Lab) -> None:
    def is_one_now(event: dict[str, Any]) -> None:
        assert event["by"] == "os"
        assert stat_fields(event["pid"])[0] == "Z"

    text = """
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    wait_for_go()
    print("still a zombie", flush=True)
    os.waitpid(pid, 0)
    """
    fold = until_go(lab, text, "process.exited", is_one_now)
    main, child = fold.lanes.values()
    assert (child.kind, child.parent, child.exit) == ("process", main.key, {"code": 7})
    assert child.state[-2:] == [states.ZOMBIE, states.DEAD]
    seen_ns = next(ts for ts, _, _, text in fold.output if text.startswith("still"))
    assert child.start_ns[-2] < seen_ns < child.start_ns[-1]
    assert ("joined", child.key, main.key) in {(flow[0], flow[1], flow[3]) for flow in fold.flows}


def test_a_killed_process_ends_with_its_signal_and_loses_nothing(lab: Lab) -> None:
    trace, fold = lab.record("""
        import os, signal
        pid = os.fork()
        if pid == 0:
            for i in range(2000):
                print(i)
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(pid, 0)
    """)
    main, child = fold.lanes.values()
    assert child.exit == {"signal": signal.SIGKILL}
    printed = "".join(text for _, lane, _, text in fold.output if lane == child.key)
    assert printed.split() == [str(i) for i in range(2000)]
    assert main.exit == {"code": 0}
    assert trace.events[-1]["exit_code"] == 0


def test_the_main_process_killed(lab: Lab) -> None:
    trace, fold = lab.record("import os; print('before'); os.kill(os.getpid(), 9)")
    assert trace.events[-1] | {"seq": 0, "ts_ns": 0} == {
        "seq": 0, "ts_ns": 0, "kind": "run.ended", "by": "os", "status": "finished", "signal": 9,
    }  # fmt: skip
    assert "".join(text for *_, text in fold.output) == "before\n"


def test_an_orphan_is_one_from_its_parents_end_and_has_its_new_parent(lab: Lab) -> None:
    def is_adopted_now(event: dict[str, Any]) -> None:
        assert int(stat_fields(event["pid"])[1]) == event["ppid"]
        assert Path(f"/proc/{event['ppid']}/comm").read_text() == "clab-supervisor\n"

    text = """
    if os.fork() == 0:
        wait_for_go()
        print(os.getppid())
    """
    fold = until_go(lab, text, "process.orphaned", is_adopted_now)
    main, child = fold.lanes.values()
    ((adopted_ns, ppid),) = child.orphaned
    printed_ns, _, _, text = fold.output[0]
    assert int(text) == ppid
    assert main.start_ns[main.state.index(states.ZOMBIE)] <= adopted_ns < printed_ns < child.start_ns[-1]
    assert child.state[-1] == states.DEAD


def test_programs_without_probes_are_seen_from_outside(lab: Lab) -> None:
    _, fold = lab.record("""
        import os, subprocess, sys
        subprocess.run([sys.executable, "-I", "-S", "-c", "print('from outside')"], env={})
        subprocess.run(["sh", "-c", "sleep 1; echo and a shell; exit 4"])
    """)
    names = {lane.pid: lane.exit for lane in fold.lanes.values()}
    assert sorted(exit["code"] for exit in names.values() if exit) == [0, 0, 0, 4]
    assert "".join(text for *_, text in fold.output) == "from outside\nand a shell\n"


def test_a_program_without_probes_that_sleeps_is_not_said_to_run(lab: Lab) -> None:
    _, fold = lab.record("import subprocess; subprocess.run(['sleep', '1'])")
    _, sleeper = fold.lanes.values()
    time_ns = dict.fromkeys(sleeper.state, 0)
    for start, end, state in zip(sleeper.start_ns, sleeper.start_ns[1:], sleeper.state, strict=False):
        time_ns[state] += end - start
    assert time_ns.get(states.BLOCKED, 0) > time_ns.get(states.RUNNING, 0)


def test_a_program_that_clears_its_environment(lab: Lab) -> None:
    trace, _ = lab.record("""
        import os, sys
        os.execve(sys.executable, [sys.executable, "-c", "raise SystemExit(5)"], {})
    """)
    assert (trace.events[-1]["status"], trace.events[-1]["exit_code"]) == ("finished", 5)


def test_running_is_seen_on_a_cpu(lab: Lab) -> None:
    """A thread that computes is seen on a CPU for about as long as the kernel says it was."""
    _, fold = lab.record("""
        import time
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
    """)
    (main,) = fold.lanes.values()
    running_ns = sum(
        end - start
        for start, end, state in zip(main.start_ns, main.start_ns[1:], main.state, strict=False)
        if state == states.RUNNING
    )
    assert main.cpu_ns is not None
    assert main.cpu_ns >= 300_000_000
    assert running_ns >= 290_000_000


def test_output_leaves_the_program_as_at_a_terminal(lab: Lab) -> None:
    """Each line whole and at once: a fork copies no finished line, and what was not finished is lost with os._exit."""
    _, fold = lab.record("""
        import os, sys
        print("before")
        if os.fork() == 0:
            print("child")
            os._exit(0)
        os.wait()
        sys.stderr.write("error")
        os._exit(0)
    """)
    main, child = fold.lanes
    printed = {key: "".join(text for _, lane, _, text in fold.output if lane == key) for key in fold.lanes}
    assert printed == {main: "before\nerror", child: "child\n"}
    assert all(lane in fold.lanes for _, lane, _, _ in fold.output)
