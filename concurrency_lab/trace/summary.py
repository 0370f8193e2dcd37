"""A trace in numbers: lanes with their time per state, resources, findings. Pure."""

import itertools
from collections.abc import Sequence
from typing import Any

from concurrency_lab.trace import states
from concurrency_lab.trace.codec import Stream, Trace
from concurrency_lab.trace.findings import Finder
from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.lane import Lane, Resource

# Events that two readers take by turns: few enough to be still in the processor's cache for the second.
_BATCH = 1000
_STEP = (
    "Step mode: real threads, whose order the lab chose; it handed the GIL over between read and write, {:,} times. "
    "By itself, CPython may never switch there."
)


def summarize(trace: Trace | Stream) -> dict[str, Any]:
    """Return what `summary --json` prints; times in nanoseconds."""
    finder = Finder(bool(trace.header.get("watched")))
    fold = Fold()
    events = iter(trace.events)
    while batch := list(itertools.islice(events, _BATCH)):
        finder.take_all(batch)
        fold.feed(batch)
    return {
        "program": trace.header["program"],
        "step": bool(trace.header.get("step")),
        "handed_over": fold.handed_over,
        "status": fold.ended["status"] if fold.ended else "unfinished",
        "duration_ns": fold.end_ns,
        "events": fold.count,
        "lanes": [_lane(lane, fold.end_ns) for lane in fold.lanes.values()],
        "resources": [_resource(resource, fold) for resource in fold.resources.values()],
        "findings": [finding._asdict() for finding in finder.found()],
        "dropped": fold.dropped,
    }


def state_times_ns(lane: Lane, end_ns: int) -> dict[str, int]:
    """Return how long a lane was in each state; blocked is told apart by its reason."""
    times: dict[str, int] = {}
    if not lane.start_ns:
        # Of a damaged trace: a lane of which nothing is known.
        return times
    ends = [*lane.start_ns[1:], end_ns]
    for start, end, state, reason in zip(lane.start_ns, ends, lane.state, lane.reason, strict=True):
        name = states.STATE_NAMES[state]
        if state == states.BLOCKED and reason:
            name = f"blocked({states.REASON_NAMES[reason]})"
        elif state == states.DEAD:
            continue
        times[name] = times.get(name, 0) + max(0, end - start)
    return times


def _lane(lane: Lane, end_ns: int) -> dict[str, Any]:
    return {
        "pid": lane.pid,
        "tid": lane.tid,
        "task": lane.key if lane.kind == "task" else None,
        "name": lane.name,
        "parent": lane.parent,
        "internal": lane.internal,
        "states_ns": state_times_ns(lane, end_ns),
        "cpu_ns": lane.cpu_ns,
        "exit": lane.exit,
    }


def _resource(resource: Resource, fold: Fold) -> dict[str, Any]:
    held_ns = sum((fold.end_ns if to is None else to) - since for _, since, to in resource.holds)
    return {
        "obj": resource.obj,
        "kind": resource.kind,
        "type": resource.type,
        "name": resource.name,
        "file": resource.file,
        "line": resource.line,
        "held": len(resource.holds),
        "held_ns": held_ns,
        "max_depth": max(resource.depth, default=None),
    }


def as_text(summary: dict[str, Any]) -> str:
    """Return a summary for reading: a table of lanes, then resources and findings."""
    lines = [
        f"{summary['program']}: {summary['status']} after {_seconds(summary['duration_ns'])}, "
        f"{summary['events']:,} events, {summary['dropped']:,} dropped",
        "",
    ]
    if summary["step"]:
        lines[1:1] = [_STEP.format(summary["handed_over"])]
    lanes = [lane for lane in summary["lanes"] if not lane["internal"]]
    lines += _table(("lane", "pid", "tid", "states", "ended"), [_lane_row(lane) for lane in lanes])
    hidden = len(summary["lanes"]) - len(lanes)
    if hidden:
        lines.append(f"({hidden} lanes that libraries made for themselves are not listed.)")
    if summary["resources"]:
        rows = [_resource_row(resource) for resource in summary["resources"]]
        lines += ["", *_table(("resource", "type", "made at", "held"), rows)]
    lines += ["", *(f"{finding['code']}: {finding['text']}" for finding in summary["findings"])]
    return "\n".join(lines).rstrip() + "\n"


def _lane_row(lane: dict[str, Any]) -> tuple[str, ...]:
    times = sorted(lane["states_ns"].items(), key=lambda entry: -entry[1])
    states_text = ", ".join(f"{name} {_seconds(time_ns)}" for name, time_ns in times)
    ended = lane["exit"] or {}
    how = f"signal {ended['signal']}" if "signal" in ended else f"exit {ended['code']}" if ended else ""
    return lane["name"], str(lane["pid"]), str(lane["tid"] or "-"), states_text, how


def _resource_row(resource: dict[str, Any]) -> tuple[str, ...]:
    where = f"{resource['file']}:{resource['line']}" if resource["file"] else "-"
    held = f"{resource['held']} x, {_seconds(resource['held_ns'])}" if resource["held"] else "-"
    return resource["name"] or resource["obj"], resource["type"], where, held


def _seconds(time_ns: int) -> str:
    return f"{time_ns / 1e9:.3f} s" if time_ns >= 1_000_000_000 else f"{time_ns / 1e6:.1f} ms"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)]
