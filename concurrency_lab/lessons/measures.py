"""What really happened in a run, as one value, and the events that prove it: questions are graded by it.

A measure is a table of lesson.toml: `what` names a function below, the rest are its words (docs/lessons.md).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from concurrency_lab.lessons import checks
from concurrency_lab.lessons.evidence import SELECTOR_WORDS, Event, Evidence
from concurrency_lab.lessons.evidence import problem_of as selector_problem
from concurrency_lab.trace.states import REASON_CODES, STATE_NAMES

Words = Mapping[str, Any]
# So many events are enough to prove something.
_PROOFS = 12


class Measured(NamedTuple):
    """A value (None: the run did not come that far), and the seq of the events that prove it."""

    value: str | int | float | bool | None
    seqs: tuple[int, ...] = ()


class _Way(NamedTuple):
    find: Callable[[Evidence, Words], Measured]
    type: str
    words: tuple[str, ...]


def measure(evidence: Evidence, words: Words) -> Measured:
    """Return what these words come to in this run."""
    return WAYS[words["what"]].find(evidence, words)


def type_of(words: Words) -> str:
    """Return how a question without options is answered: number, yesno or text."""
    return WAYS[words["what"]].type


def problem_of(words: Words) -> str:
    """Return what is wrong with the words of a measure; "" if nothing is."""
    way = WAYS.get(words.get("what", ""))
    if way is None:
        return f"must say what, one of {', '.join(WAYS)}"
    if words["what"] == "holds":
        return "" if words.get("check") in checks.EVALUATORS else f"must name a check: {', '.join(checks.EVALUATORS)}"
    unknown = set(words) - {"what", *way.words}
    if unknown:
        return f"{words['what']!r} does not take {sorted(unknown)[0]!r}, but {', '.join(way.words) or 'nothing'}"
    # Elsewhere `kind` means a kind of lane or resource.
    return selector_problem(words) if "where" in way.words else ""


def _seqs(events: Iterable[Event | None]) -> tuple[int, ...]:
    return tuple(event["seq"] for event in events if event is not None)[:_PROOFS]


def _count(evidence: Evidence, words: Words) -> Measured:
    found = evidence.pick(words)
    return Measured(len(found), _seqs(found))


def _lanes(evidence: Evidence, words: Words) -> Measured:
    lanes = evidence.lanes(words["kind"], words.get("lane"))
    # The first word of each: the first event that happened in it.
    first: dict[str, Event] = {}
    for event in evidence.events:
        lane = evidence.lane_of(event)
        if lane is not None:
            first.setdefault(lane.key, event)
    return Measured(len(lanes), _seqs(first.get(lane.key) for lane in lanes))


def _line(evidence: Evidence, words: Words) -> Measured:
    found = evidence.lines_matching(words["matches"])
    nth = words.get("nth", 1)
    index = nth - 1 if nth > 0 else len(found) + nth
    if not 0 <= index < len(found):
        return Measured(None)
    return Measured(found[index][0], _seqs([found[index][1]]))


def _lines(evidence: Evidence, words: Words) -> Measured:
    found = evidence.lines_matching(words["matches"])
    if not found:
        return Measured(None)
    return Measured(" ".join(text for text, _ in found), _seqs(event for _, event in found))


def _who(evidence: Evidence, words: Words) -> Measured:
    found = evidence.pick({"nth": 1, **words})
    lane = evidence.lane_of(found[0]) if found else None
    return Measured(None) if lane is None else Measured(lane.name, _seqs(found))


def _order(evidence: Evidence, words: Words) -> Measured:
    first: dict[str, Event] = {}
    for event in evidence.pick(words):
        lane = evidence.lane_of(event)
        if lane is not None:
            first.setdefault(lane.name, event)
    return Measured(" ".join(first), _seqs(first.values())) if first else Measured(None)


def _value(evidence: Evidence, words: Words) -> Measured:
    found = evidence.pick({"nth": 1, **_selector(words)})
    return Measured(found[0].get(words["field"]), _seqs(found)) if found else Measured(None)


def _extreme(pick: Callable[..., Event]) -> Callable[[Evidence, Words], Measured]:
    def find(evidence: Evidence, words: Words) -> Measured:
        found = [event for event in evidence.pick(_selector(words)) if words["field"] in event]
        if not found:
            return Measured(None)
        event = pick(found, key=lambda event: event[words["field"]])
        return Measured(event[words["field"]], _seqs([event]))

    return find


def _selector(words: Words) -> dict[str, Any]:
    return {name: words[name] for name in SELECTOR_WORDS if name in words}


def _at_once(evidence: Evidence, words: Words) -> Measured:
    return Measured(evidence.at_once(words["of"], words.get("kind"), words.get("reason")))


def _finding(evidence: Evidence, words: Words) -> Measured:
    found = evidence.pick({"kind": "finding.made", "where": {"code": words["code"]}})
    return Measured(bool(found), _seqs(found))


def _holds(evidence: Evidence, words: Words) -> Measured:
    return Measured(not checks.EVALUATORS[words["check"]](evidence, dict(words)))


def _ending(evidence: Evidence, words: Words) -> Measured:
    ended = evidence.fold.ended
    if ended is None:
        return Measured(None)
    if ended["status"] != "finished":
        return Measured(ended["status"], _seqs([ended]))
    how = f"signal {ended['signal']}" if "signal" in ended else f"exit {ended['exit_code']}"
    return Measured(how, _seqs([ended]))


def _duration_s(evidence: Evidence, words: Words) -> Measured:
    return Measured(round(evidence.fold.end_ns / 1e9, 3))


def cpu_ns(evidence: Evidence, name: str | None = None) -> int:
    """Return the CPU time of the lanes of this name, or of all, those of libraries included."""
    lanes = evidence.fold.lanes.values() if name is None else evidence.lanes(None, name)
    return sum(lane.cpu_ns or 0 for lane in lanes)


def _cpu_s(evidence: Evidence, words: Words) -> Measured:
    return Measured(round(cpu_ns(evidence, words.get("lane")) / 1e9, 3))


def _cores(evidence: Evidence, words: Words) -> Measured:
    return Measured(round(cpu_ns(evidence, words.get("lane")) / max(1, evidence.fold.end_ns), 2))


def _state_s(evidence: Evidence, words: Words) -> Measured:
    state = STATE_NAMES.index(words["state"])
    reason = REASON_CODES[words["reason"]] if "reason" in words else None
    total_ns = 0
    for lane in evidence.lanes(None, words.get("lane")):
        for start, end, now, why in evidence.spans(lane):
            if now == state and reason in (None, why):
                total_ns += max(0, end - start)
    return Measured(round(total_ns / 1e9, 3))


_TIME_WORDS = ("lane",)
WAYS: dict[str, _Way] = {
    "count": _Way(_count, "number", SELECTOR_WORDS),
    "lanes": _Way(_lanes, "number", ("kind", "lane")),
    "line": _Way(_line, "text", ("matches", "nth")),
    "lines": _Way(_lines, "text", ("matches",)),
    "who": _Way(_who, "text", SELECTOR_WORDS),
    "order": _Way(_order, "text", SELECTOR_WORDS),
    "value": _Way(_value, "text", (*SELECTOR_WORDS, "field")),
    "most": _Way(_extreme(max), "number", (*SELECTOR_WORDS, "field")),
    "least": _Way(_extreme(min), "number", (*SELECTOR_WORDS, "field")),
    "at_once": _Way(_at_once, "number", ("of", "kind", "reason")),
    "finding": _Way(_finding, "yesno", ("code",)),
    "holds": _Way(_holds, "yesno", ()),
    "ending": _Way(_ending, "text", ()),
    "duration_s": _Way(_duration_s, "number", ()),
    "cpu_s": _Way(_cpu_s, "number", _TIME_WORDS),
    "cores": _Way(_cores, "number", _TIME_WORDS),
    "state_s": _Way(_state_s, "number", ("lane", "state", "reason")),
}
