"""What a lesson promises about its trace, evaluated on a real one. Pure.

A check is a table of lesson.toml: `check` names a function below, the rest are its words (docs/lessons.md). An amount
is said by `count`, `at_least` or `at_most`: a number, or a sum of numbers and parameters, as in "WORKERS + 1".
"""

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

from concurrency_lab.lessons.evidence import SELECTOR_WORDS, Event, Evidence
from concurrency_lab.trace.states import BLOCKED, REASON_CODES, STATE_NAMES

Check = dict[str, Any]
Evaluator = Callable[[Evidence, Check], list[str]]


def failures(checks: Iterable[Check], evidence: Evidence) -> list[str]:
    """Return a sentence for every check that this run does not pass."""
    found = []
    for check in checks:
        evaluate = EVALUATORS.get(check.get("check", ""))
        if evaluate is None:
            found.append(f"There is no check {check.get('check')!r}; there are {', '.join(EVALUATORS)}.")
        else:
            found += evaluate(evidence, check)
    return found


def _counted(evidence: Evidence, check: Check, found: float, what: str) -> list[str]:
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
    found = evidence.lanes(check["kind"], check.get("lane"))
    return _counted(evidence, check, len(found), f"{check['kind']} lanes")


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
    selector = {word: check[word] for word in SELECTOR_WORDS if word in check}
    return _counted(evidence, check, len(evidence.pick(selector)), f"events {_shown(selector)}")


def _before(evidence: Evidence, check: Check) -> list[str]:
    first, then = evidence.pick(check["first"]), evidence.pick(check["then"])
    for found, selector in ((first, check["first"]), (then, check["then"])):
        if not found:
            return [f"no event {_shown(selector)}."]
    if _time(first[0]) > min(map(_time, then)):
        return [f"{_shown(check['first'])} comes first at {_time(first[0])} ns, after {_shown(check['then'])}."]
    return []


def _time(event: Event) -> int:
    return int(event["ts_ns"])


def _shown(selector: Check) -> str:
    return " ".join(f"{word}={value}" for word, value in selector.items())


def _blocked(evidence: Evidence, check: Check) -> list[str]:
    code = REASON_CODES[check["reason"]]
    found = 0
    for lane in evidence.lanes(None, check.get("lane")):
        found += list(zip(lane.state, lane.reason, strict=True)).count((BLOCKED, code))
    return _counted(evidence, check, found, f"spans blocked ({check['reason']})")


def _states(evidence: Evidence, check: Check) -> list[str]:
    lanes = evidence.lanes(None, check["lane"])
    for lane in lanes:
        passed = iter([STATE_NAMES[state] for state in lane.state])
        if all(state in passed for state in check["states"]):
            return []
    seen = "; ".join(", ".join(STATE_NAMES[state] for state in lane.state) for lane in lanes)
    return [f"no lane {check['lane']!r} passed through {', '.join(check['states'])}, but: {seen or 'there is none'}."]


def _output(evidence: Evidence, check: Check) -> list[str]:
    found = [line for line in evidence.lines() if re.fullmatch(check["matches"], line)]
    return _counted(evidence, check, len(found), f"lines that match {check['matches']!r}")


def _output_order(evidence: Evidence, check: Check) -> list[str]:
    lines = iter(evidence.lines())
    for pattern in check["lines"]:
        if not any(re.fullmatch(pattern, line) for line in lines):
            return [f"no line matches {pattern!r} behind those before it: {evidence.lines()}."]
    return []


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
    return _counted(evidence, check, evidence.at_once("tasks"), "tasks at the same time")


def _at_once(evidence: Evidence, check: Check) -> list[str]:
    found = evidence.at_once(check["of"], check.get("kind"), check.get("reason"))
    return _counted(evidence, check, found, f"{check['of']} at the same time")


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


def _finding(evidence: Evidence, check: Check) -> list[str]:
    found = evidence.pick({"kind": "finding.made", "where": {"code": check["code"]}})
    if not any(word in check for word in ("count", "at_least", "at_most")):
        check = {**check, "at_least": 1}
    return _counted(evidence, check, len(found), f"findings {check['code']}")


def _measure(evidence: Evidence, check: Check) -> list[str]:
    # Here, since a measure may in turn be whether a check holds.
    from concurrency_lab.lessons import measures

    value = measures.measure(evidence, check["measure"]).value
    if "is" in check:
        return [] if value == check["is"] else [f"{check['measure']} comes to {value!r}, not {check['is']!r}."]
    if not isinstance(value, int | float):
        return [f"{check['measure']} comes to {value!r}, which is no number."]
    return _counted(evidence, check, value, f"what {check['measure']} comes to")


def _ended(evidence: Evidence, check: Check) -> list[str]:
    ended = evidence.fold.ended or {}
    wanted = {
        "status": "finished",
        **{name: check[name] for name in ("status", "exit_code", "signal") if name in check},
    }
    found = {name: ended[name] for name in ("status", "exit_code", "signal") if name in ended}
    if any(found.get(name) != value for name, value in wanted.items()):
        return [f"the run did not end with {wanted}, but so: {found or 'not at all'}."]
    return []


def _exit(evidence: Evidence, check: Check) -> list[str]:
    wanted = {name: check[name] for name in ("code", "signal") if name in check}
    lanes = evidence.lanes("process", check["lane"])
    if any(lane.exit == wanted for lane in lanes):
        return []
    return [f"no process {check['lane']!r} ended with {wanted}, but so: {[lane.exit for lane in lanes]}."]


EVALUATORS: dict[str, Evaluator] = {
    "lanes": _lanes,
    "children_of_main": _children_of_main,
    "flows": _flows,
    "flows_alternate": _flows_alternate,
    "events": _events,
    "before": _before,
    "blocked": _blocked,
    "states": _states,
    "output": _output,
    "output_order": _output_order,
    "alternates": _alternates,
    "tasks_at_once": _tasks_at_once,
    "at_once": _at_once,
    "one_holder": _one_holder,
    "depth_ends_at": _depth_ends_at,
    "finding": _finding,
    "measure": _measure,
    "ended": _ended,
    "exit": _exit,
}
