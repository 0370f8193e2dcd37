"""What a lesson promises about its trace, evaluated on a real one. Pure; imports nothing but the fold's type.

A check is a table of lesson.toml: `check` names a function below, the rest are its words. An amount is said by
`count`, `at_least` or `at_most`: a number, or a sum of numbers and parameters, as in "WORKERS + 1".
"""

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.lane import Lane
from concurrency_lab.trace.states import BLOCKED, REASON_CODES

Check = dict[str, Any]
Evaluator = Callable[["Evidence", Check], list[str]]


class Evidence:
    """A finished run: its parameters, its events, and what the fold made of them."""

    def __init__(self, header: dict[str, Any], events: Iterable[dict[str, Any]], fold: Fold) -> None:
        self.params: dict[str, Any] = header.get("params", {})
        self.events = list(events)
        self.fold = fold

    def lanes(self, kind: str) -> list[Lane]:
        """Return the program's own lanes of this kind: none that a library made for itself."""
        return [lane for lane in self.fold.lanes.values() if lane.kind == kind and not lane.internal]

    def lines(self) -> list[str]:
        """Return what was printed, line by line in the order of their ends; chunks of several lanes do not mix."""
        lines = []
        begun: dict[tuple[str, int], str] = {}
        for _, lane, stream, text in self.fold.output:
            *whole, rest = (begun.get((lane, stream), "") + text).split("\n")
            lines += whole
            begun[lane, stream] = rest
        return lines + [rest for rest in begun.values() if rest]

    def amount(self, value: int | str) -> int:
        """Return what a number, or a sum of numbers and parameters, comes to."""
        if isinstance(value, int):
            return value
        return sum(int(word) if word.isdigit() else int(self.params[word]) for word in re.split(r"\s*\+\s*", value))


def failures(
    checks: Iterable[Check], header: dict[str, Any], events: Iterable[dict[str, Any]], fold: Fold
) -> list[str]:
    """Return a sentence for every check that this run does not pass."""
    evidence = Evidence(header, events, fold)
    found = []
    for check in checks:
        evaluate = EVALUATORS.get(check.get("check", ""))
        if evaluate is None:
            found.append(f"There is no check {check.get('check')!r}; there are {', '.join(EVALUATORS)}.")
        else:
            found += evaluate(evidence, check)
    return found


def _counted(evidence: Evidence, check: Check, found: int, what: str) -> list[str]:
    """Compare a number with the amount that the check states."""
    said = {word: evidence.amount(check[word]) for word in ("count", "at_least", "at_most") if word in check}
    if not said:
        return [f"The check for {what} states no count, at_least or at_most."]
    wrong = {
        "count": lambda limit: found != limit,
        "at_least": lambda limit: found < limit,
        "at_most": lambda limit: found > limit,
    }
    words = {"count": "", "at_least": "at least ", "at_most": "at most "}
    return [
        f"{what}: {found} found, {words[word]}{limit} expected." for word, limit in said.items() if wrong[word](limit)
    ]


def _lanes(evidence: Evidence, check: Check) -> list[str]:
    return _counted(evidence, check, len(evidence.lanes(check["kind"])), f"{check['kind']} lanes")


def _children_of_main(evidence: Evidence, check: Check) -> list[str]:
    processes = evidence.lanes("process")
    children = [lane for lane in processes if lane.parent == processes[0].key]
    return _counted(evidence, check, len(children), "children of the main process")


def _flows(evidence: Evidence, check: Check) -> list[str]:
    found = [flow for flow in evidence.fold.flows if flow[0] == check["kind"]]
    return _counted(evidence, check, len(found), f"flows {check['kind']}")


def _flows_alternate(evidence: Evidence, check: Check) -> list[str]:
    flows = sorted((flow for flow in evidence.fold.flows if flow[0] == check["kind"]), key=lambda flow: flow[4])
    if len(flows) < 2:
        return [f"flows {check['kind']}: too few to take turns."]
    for before, after in itertools.pairwise(flows):
        if (before[1], before[3]) != (after[3], after[1]):
            return [
                f"flows {check['kind']} do not take turns: {before[1]} -> {before[3]}, then {after[1]} -> {after[3]}."
            ]
    return []


def _events(evidence: Evidence, check: Check) -> list[str]:
    found = [event for event in evidence.events if event["kind"] == check["kind"]]
    return _counted(evidence, check, len(found), f"events {check['kind']}")


def _blocked(evidence: Evidence, check: Check) -> list[str]:
    code = REASON_CODES[check["reason"]]
    found = 0
    for lane in evidence.fold.lanes.values():
        if not lane.internal:
            found += list(zip(lane.state, lane.reason, strict=True)).count((BLOCKED, code))
    return _counted(evidence, check, found, f"spans blocked ({check['reason']})")


def _output(evidence: Evidence, check: Check) -> list[str]:
    found = [line for line in evidence.lines() if re.fullmatch(check["matches"], line)]
    return _counted(evidence, check, len(found), f"lines that match {check['matches']!r}")


def _alternates(evidence: Evidence, check: Check) -> list[str]:
    speakers = [match[1] for line in evidence.lines() if (match := re.fullmatch(check["matches"], line))]
    if len(speakers) < 2:
        return [f"lines that match {check['matches']!r}: too few to take turns."]
    if speakers[0] != check["first"]:
        return [f"{speakers[0]} speaks first, not {check['first']}."]
    for number, (before, after) in enumerate(itertools.pairwise(speakers), 2):
        if before == after:
            return [f"{after} speaks twice in a row, in line {number}."]
    return []


def _tasks_at_once(evidence: Evidence, check: Check) -> list[str]:
    changes = []
    for started_ns, _, _, _, _, ended_ns, _ in evidence.fold.tasks.values():
        changes += [(started_ns, 1), (evidence.fold.end_ns if ended_ns is None else ended_ns, -1)]
    at_once = most = 0
    # At the same instant an end counts before a start: -1 sorts first.
    for _, change in sorted(changes):
        at_once += change
        most = max(most, at_once)
    return _counted(evidence, check, most, "tasks at the same time")


def _one_holder(evidence: Evidence, check: Check) -> list[str]:
    resources = [resource for resource in evidence.fold.resources.values() if resource.kind == check["kind"]]
    if not any(resource.holds for resource in resources):
        return [f"no {check['kind']} was ever held."]
    for resource in resources:
        holds = sorted(resource.holds, key=lambda hold: hold[1])
        for before, after in itertools.pairwise(holds):
            if before[2] is None or before[2] > after[1]:
                return [f"{resource.obj} is held by {before[0]} and {after[0]} at the same time."]
    return []


def _depth_ends_at(evidence: Evidence, check: Check) -> list[str]:
    found = []
    for resource in evidence.fold.resources.values():
        if resource.kind == "queue" and resource.depth:
            found += _counted(evidence, check, resource.depth[-1], f"items left in {resource.name or resource.obj}")
    return found


def _ended(evidence: Evidence, check: Check) -> list[str]:
    ended = evidence.fold.ended or {}
    if ended.get("status") != "finished" or ended.get("exit_code") != check["exit_code"]:
        how = {name: ended[name] for name in ("status", "exit_code", "signal") if name in ended}
        return [f"the run did not finish with exit code {check['exit_code']}, but so: {how or 'not at all'}."]
    return []


EVALUATORS: dict[str, Evaluator] = {
    "lanes": _lanes,
    "children_of_main": _children_of_main,
    "flows": _flows,
    "flows_alternate": _flows_alternate,
    "events": _events,
    "blocked": _blocked,
    "output": _output,
    "alternates": _alternates,
    "tasks_at_once": _tasks_at_once,
    "one_holder": _one_holder,
    "depth_ends_at": _depth_ends_at,
    "ended": _ended,
}
