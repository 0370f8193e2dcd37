"""What goes wrong is said by the run itself: a deadlock while it hangs, and the run is not ended for it."""

import contextlib
import json
from typing import Any

from concurrency_lab.supervisor.supervisor import Supervisor
from concurrency_lab.trace import codec

from .conftest import Lab

DEADLOCK = """
    import threading
    first, second = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)
    def move(mine, other):
        with mine:
            both.wait()
            with other:
                pass
    for pair in ((first, second), (second, first)):
        threading.Thread(target=move, args=pair, daemon=True).start()
    threading.Event().wait(600)
"""


def test_a_deadlock_is_said_while_the_run_hangs(lab: Lab) -> None:
    spec = lab.spec(DEADLOCK)
    with contextlib.closing(lab.warden.run(spec)) as stream, stream.makefile() as lines:
        said = next(line for line in lines if json.loads(line).get("kind") == "finding.made")
        # It still runs: nothing but our own stop ends it.
        stream.sendall(b"stop\n")
        rest = [json.loads(line) for line in lines]
    finding = codec.read_event(said)
    assert (finding["code"], finding["by"], len(finding["lanes"])) == ("deadlock", "inferred", 2)
    assert {step["resource"] for step in finding["args"]["steps"]} <= {"first", "second", "Lock"}
    assert (rest[-1]["kind"], rest[-1]["status"]) == ("run.ended", "stopped")
    # It is said once.
    assert [event for event in rest if event["kind"] == "finding.made"] == []


def test_the_rest_is_said_just_before_the_end(lab: Lab) -> None:
    trace, fold = lab.record("""
        import os
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    """)
    kinds = [event["kind"] for event in trace.events]
    assert kinds[-2:] == ["finding.made", "run.ended"]
    ((_, code, lanes, text, args),) = fold.findings
    child = next(lane for lane in fold.lanes.values() if lane.parent is not None)
    assert (code, lanes) == ("zombie-left", [child.key, child.parent])
    assert child.name in text
    assert args["names"] == [child.name]


def test_a_mistake_of_the_watch_ends_the_watch_and_not_the_run() -> None:
    said: list[dict[str, Any]] = []
    supervisor: Any = Supervisor.__new__(Supervisor)
    supervisor._watch_failed = False
    supervisor._say = said.append

    def look(_value: int) -> list[Any]:
        raise KeyError("lane")

    supervisor._look(look, 1)
    supervisor._look(look, 2)
    assert [(event["kind"], event["code"]) for event in said] == [("warning.raised", "watch-failed")]
