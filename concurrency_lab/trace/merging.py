"""Several traces, of programs that ran at the same time on one machine -> one trace. Pure.

What two programs shared has the same id in both (a manager's object, a connection), so it joins by itself.
"""

import heapq
from collections.abc import Iterator
from typing import Any

from concurrency_lab.trace.codec import Event, Header, Trace

# From the best end of a run to the worst: the whole ended as its worst part did.
_STATUSES = ("finished", "stopped", "limited", "failed", "interrupted")


class MergeError(ValueError):
    """Traces that do not belong together; its text says why and what to do."""


def merge(traces: list[Trace]) -> Trace:
    """Return one trace of all of them; it begins with the earliest.

    Raises MergeError where their clocks cannot be compared or a process number means two processes.
    """
    _check_clocks([trace.header for trace in traces])
    traces = sorted(traces, key=lambda trace: int(trace.header["started_monotonic_ns"]))
    _check_pids(traces)
    header = _header(traces)
    first_ns = header["started_monotonic_ns"]
    parts = [
        _moved(trace, trace.header["started_monotonic_ns"] - first_ns, _renamed(trace, index), index)
        for index, trace in enumerate(traces)
    ]
    events = list(heapq.merge(*parts, key=lambda event: int(event["ts_ns"])))
    events.append(_end(traces, events))
    return Trace(header, [{**event, "seq": seq} for seq, event in enumerate(events)])


def _check_clocks(headers: list[Header]) -> None:
    for header in headers:
        if not header.get("boot") or "started_monotonic_ns" not in header:
            raise MergeError(
                f"The trace of {header['program']} does not say when it began by the machine's clock. "
                "Record it again with this version."
            )
    if len({header["boot"] for header in headers}) > 1:
        raise MergeError(
            "These traces are of different machines, or the machine was restarted in between: "
            "their clocks cannot be compared."
        )


def _check_pids(traces: list[Trace]) -> None:
    seen: set[int] = set()
    for trace in traces:
        pids = {event["pid"] for event in trace.events if "pid" in event}
        if pids & seen:
            raise MergeError(
                f"Process {min(pids & seen)} is in two of these traces: the same trace was given twice, or the number "
                "was used again. Record the programs anew."
            )
        seen |= pids


def _header(traces: list[Trace]) -> Header:
    first = traces[0].header
    source: dict[str, str] = {}
    for index, trace in enumerate(traces):
        names = _renamed(trace, index)
        source |= {names.get(path, path): text for path, text in trace.header["source"].items()}
    programs = " + ".join(trace.header["program"] for trace in traces)
    runs = [run for trace in traces for run in trace.header.get("merged", [trace.header["run"]])]
    cpus = max(trace.header["cpu_count"] for trace in traces)
    return {**first, "program": programs, "source": source, "cpu_count": cpus, "merged": runs}


def _renamed(trace: Trace, index: int) -> dict[str, str]:
    """Return new names for a program's own files: two programs may be of one name."""
    if not index:
        return {}
    return {path: f"{path} ({index + 1})" for path in trace.header["source"]}


def _moved(trace: Trace, by_ns: int, names: dict[str, str], index: int) -> Iterator[Event]:
    """Yield a trace's events by the clock of the whole, without the words about its run's own begin and end."""
    for event in trace.events:
        kind = event["kind"]
        if kind == "run.ended" or (kind == "run.started" and index):
            continue
        moved: dict[str, Any] = {**event, "ts_ns": event["ts_ns"] + by_ns}
        for field in ("file", "path"):
            if moved.get(field) in names:
                moved[field] = names[moved[field]]
        yield moved
        if kind == "process.started" and event.get("method") == "main":
            # Each was the main process of its own run: its program tells them apart.
            named = {key: moved[key] for key in ("seq", "ts_ns", "pid", "tid") if key in moved}
            yield named | {"kind": "process.named", "by": "inferred", "name": trace.header["program"]}


def _end(traces: list[Trace], events: list[Event]) -> Event:
    ends = [trace.events[-1] for trace in traces if trace.events and trace.events[-1]["kind"] == "run.ended"]
    statuses = [end["status"] for end in ends] + ["interrupted"] * (len(traces) - len(ends))
    worst = max(statuses, key=lambda status: _STATUSES.index(status) if status in _STATUSES else len(_STATUSES))
    texts = [end["text"] for end in ends if "text" in end]
    ended: Event = {
        "seq": 0,
        "ts_ns": events[-1]["ts_ns"] if events else 0,
        "kind": "run.ended",
        "by": "inferred",
        "status": worst,
        "dropped": sum(end.get("dropped", 0) for end in ends),
    }
    return {**ended, "text": " ".join(texts)} if texts else ended
