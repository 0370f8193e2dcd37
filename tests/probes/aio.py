"""What tests of asyncio share: a trace whose events say which task did them, as the supervisor has it."""

from concurrency_lab.trace.tasks import Tasks
from tests.probes import reader


def attributed(trace: reader.Trace) -> reader.Trace:
    """Say of each event which task did it."""
    tasks: dict[int, Tasks] = {}
    for event in trace.events:
        tasks.setdefault(event["pid"], Tasks()).attribute(event["ident"], event)
    return trace


def named(trace: reader.Trace) -> dict[str, str]:
    """Return task name -> id; the last name counts."""
    return {event["name"]: event["obj"] for event in trace.all("task.created", "task.named")}


def assert_one_at_a_time(trace: reader.Trace) -> None:
    """At any instant at most one task of a thread runs, and what a thread says in between is that task's."""
    running: dict[tuple[int, int], str] = {}
    for event in trace.events:
        thread = event["pid"], event["ident"]
        kind = event["kind"]
        if kind == "task.started" or event.get("running"):
            assert thread not in running, event
            running[thread] = event["task"]
        elif kind in ("task.switched", "task.ended"):
            assert running.pop(thread) == event["task"], event
        else:
            assert event.get("task") == running.get(thread), event
    assert not running
