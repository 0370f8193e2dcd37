"""Runs that print without end: what it costs the server, and whether what is lost is counted."""

import json
import time
from collections.abc import Iterator
from typing import Any

from tests.faults import truth
from tests.faults.lab import Bench, Lab
from tests.faults.programs import LINES
from tests.faults.rows import Sample, Target, row

_COUNTS = (Target("server CPU", 10, 10, "%"), Target("lost uncounted", 0, 0), Target("took", None, None, "s"))


def _run(lab: Lab, program: str) -> tuple[list[dict[str, Any]], dict[str, float]]:
    cpu_s, began_s = truth.cpu_s(lab.process.pid), time.monotonic()
    run_id = lab.start(program)
    # Asked rarely: each question costs the server what is measured.
    while lab.run(run_id)["state"] != "ended":
        time.sleep(0.25)
        assert time.monotonic() - began_s < 240, "the run never ended"
    took_s = time.monotonic() - began_s
    share = 100 * (truth.cpu_s(lab.process.pid) - cpu_s) / took_s
    events = [json.loads(line) for line in lab.trace(run_id)[1:]]
    lab.wait_free()
    return events, {"server CPU": share, "took": took_s}


@row("lines", f"{LINES:,} lines printed", *_COUNTS, Target("lines told", None, None), most=2)
def lines(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("lines", LIMITS={"output_bytes": 1 << 30}) as lab:
        for _ in range(times):
            events, sample = _run(lab, "lines")
            told = sum(event["text"].count("\n") for event in events if event["kind"] == "output.written")
            dropped = sum(event["count"] for event in events if event["kind"] == "run.events_dropped")
            is_cut = events[-1]["status"] == "limited" or _says_lost(events)
            # Dropped are events of every kind: at least as many as lines are missing.
            sample["lost uncounted"] = 0 if is_cut or dropped >= LINES - told else LINES - told - dropped
            yield {**sample, "lines told": told}


@row("flood", "4 GB written", *_COUNTS, Target("text told", None, None, "MB"), most=5)
def flood(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("flood", LIMITS={"output_bytes": 8 << 30}) as lab:
        for _ in range(times):
            events, sample = _run(lab, "flood")
            told = sum(len(event["text"]) for event in events if event["kind"] == "output.written")
            is_told = told == 4 << 30 or events[-1]["status"] == "limited" or _says_lost(events)
            yield {**sample, "lost uncounted": int(not is_told), "text told": told / (1 << 20)}


@row(
    "flood-limited",
    "4 GB written, the server's own limit on output",
    Target("output let through", 32, 32, "MB"),
    Target("server CPU s", None, None, "s"),
)
def flood_limited(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("flood") as lab:
        for _ in range(times):
            cpu_s = truth.cpu_s(lab.process.pid)
            events, _ = _run(lab, "flood")
            assert events[-1]["status"] == "limited", events[-1]
            told = sum(len(event["text"]) for event in events if event["kind"] == "output.written")
            yield {"output let through": told / (1 << 20), "server CPU s": truth.cpu_s(lab.process.pid) - cpu_s}


def _says_lost(events: list[dict[str, Any]]) -> bool:
    """Return whether the trace says how much of the output it does not hold."""
    return any(event["kind"] == "warning.raised" and event["code"] == "output-lost" for event in events)
