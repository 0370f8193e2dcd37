"""A finished run of a lesson: what its questions come to, where its moments are, and the run in numbers. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from concurrency_lab.lessons import measures
from concurrency_lab.lessons.evidence import Event, Evidence
from concurrency_lab.lessons.lesson import Lesson
from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.summary import state_times_ns

# So much is read at a glance, and compared as a whole.
_SHORT_LINES = 12
_SHORT_CHARACTERS = 600


def outcomes(lesson: Lesson | None, header: Mapping[str, Any], events: Iterable[Event]) -> dict[str, Any]:
    """Return the answers, moments and numbers of a run, as the API gives them; a run of no lesson has numbers only."""
    kept = list(events)
    evidence = Evidence(header, kept, Fold().feed(kept))
    case = header.get("case") or (lesson.first.id if lesson else "")
    answers = {}
    for question in lesson.questions if lesson else ():
        if question.case == case or question.compare:
            measured = measures.measure(evidence, question.measure)
            answers[question.id] = {"value": measured.value, "seqs": list(measured.seqs)}
    moments = {
        moment.id: _instant(evidence, moment.event)
        for moment in (lesson.moments if lesson else ())
        if moment.cases is None or case in moment.cases
    }
    return {
        "case": case,
        "params": header.get("params", {}),
        "answers": answers,
        "moments": moments,
        "numbers": numbers(evidence),
        "output": short_output(evidence),
        "ended": evidence.fold.ended or {"status": "interrupted"},
    }


def short_output(evidence: Evidence) -> str | None:
    """Return all that was printed, None where nobody would read that much."""
    lines = evidence.lines()
    text = "\n".join(lines)
    return text if len(lines) <= _SHORT_LINES and len(text) <= _SHORT_CHARACTERS else None


def _instant(evidence: Evidence, event: Mapping[str, Any]) -> dict[str, Any] | None:
    found = evidence.pick({"nth": 1, **event})
    if not found:
        return None
    lane = evidence.lane_of(found[0])
    return {"seq": found[0]["seq"], "ts_ns": found[0]["ts_ns"], "lane": None if lane is None else lane.key}


def _switches(measured: list[Event]) -> int:
    return sum(event.get("switches", 0) + event.get("preempted", 0) for event in measured)


def numbers(evidence: Evidence) -> dict[str, Any]:
    """Return what two runs are compared by."""
    fold = evidence.fold
    states_ns: dict[str, int] = {}
    for lane in evidence.lanes():
        for state, time_ns in state_times_ns(lane, fold.end_ns).items():
            states_ns[state] = states_ns.get(state, 0) + time_ns
    measured = [event for event in evidence.events if event["kind"] == "lane.measured"]
    # A thread that ends at once may be gone before the OS is asked.
    counted = all(lane.cpu_ns is not None for lane in (*evidence.lanes("process"), *evidence.lanes("thread")))
    end = next((event for event in reversed(evidence.events) if event["kind"] == "run.ended"), {})
    return {
        # A program that failed or was ended is in nothing the best.
        "went_well": end.get("status") == "finished" and end.get("exit_code") == 0,
        "duration_ms": round(fold.end_ns / 1e6, 1),
        "cpu_ms": round(measures.cpu_ns(evidence) / 1e6, 1) if counted else None,
        "lanes": len(evidence.lanes()),
        "processes": len(evidence.lanes("process")),
        "threads": len(evidence.lanes("thread")),
        "switches": _switches(measured) if counted else None,
        "printed": next(reversed([line for line in evidence.lines() if line.strip()]), ""),
        "states_ms": {state: round(time_ns / 1e6, 1) for state, time_ns in states_ns.items()},
    }
