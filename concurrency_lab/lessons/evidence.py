"""A finished run as checks, measures and moments look at it: its lanes, its lines, and events picked by words."""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.kinds import KINDS
from concurrency_lab.trace.lane import Lane
from concurrency_lab.trace.states import BLOCKED, NEW, REASON_CODES, RUNNING

Event = dict[str, Any]
Selector = Mapping[str, Any]
SELECTOR_WORDS = ("kind", "lane", "at", "where", "matches", "nth")
_KNOWN_KINDS = {kind.name for kind in KINDS}


def problem_of(selector: Selector) -> str:
    """Return what is wrong with the words that pick events; "" if nothing is."""
    kind = selector.get("kind")
    if kind is not None and kind not in _KNOWN_KINDS:
        return f"names a kind {kind!r}, which is not in docs/trace-format.md"
    if not isinstance(selector.get("where", {}), dict):
        return "says where, which must be a table: where = { reason = 'lock' }"
    nth = selector.get("nth", 1)
    if type(nth) is not int or nth == 0:
        return "says nth, which must be a whole number: the first is 1, the last -1"
    try:
        re.compile(selector.get("matches", ""))
    except (re.error, TypeError) as error:
        return f"says matches, which is not a regular expression: {error}"
    return ""


class Evidence:
    """A finished run: its parameters, its events, and what the fold made of them."""

    def __init__(self, header: Mapping[str, Any], events: Iterable[Event], fold: Fold) -> None:
        self.params: dict[str, Any] = header.get("params", {})
        self.fold = fold
        self.events = list(events)
        self._lines_of = {path: text.splitlines() for path, text in {**header["source"], **fold.sources}.items()}
        self._by_tid: dict[tuple[int, int], list[Lane]] = {}
        for lane in fold.lanes.values():
            if lane.kind != "task" and lane.tid is not None:
                self._by_tid.setdefault((lane.pid, lane.tid), []).append(lane)

    # -- lanes -------------------------------------------------------------------------------------------

    def lanes(self, kind: str | None = None, name: str | None = None) -> list[Lane]:
        """Return the program's own lanes of this kind and name: none that a library made for itself."""
        return [
            lane
            for lane in self.fold.lanes.values()
            if not lane.internal
            and (kind is None or lane.kind == kind)
            and (name is None or fnmatch.fnmatchcase(lane.name, name))
        ]

    def lane_of(self, event: Event) -> Lane | None:
        """Return the lane in which an event happened; None for what happened to the run as a whole."""
        if "pid" not in event:
            return None
        if "task" in event:
            return self.fold.lanes.get(event["task"])
        tid: int = event.get("tid") or event["pid"]
        lanes = self._by_tid.get((event["pid"], tid), [])
        # The OS gives the number of a dead thread to a new one: the last that had begun is meant.
        begun = [lane for lane in lanes if _begun_ns(lane) <= event["ts_ns"]]
        return max(begun or lanes, key=_begun_ns, default=None)

    # -- what was printed --------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """Return what was printed, line by line in the order of their ends; chunks of several lanes do not mix."""
        return [line for line, _ in self.lines_told()]

    def lines_told(self) -> list[tuple[str, Event | None]]:
        """Return the printed lines, each with the event that wrote the last of its text."""
        told: list[tuple[str, Event | None]] = []
        begun: dict[tuple[Any, ...], str] = {}
        last: dict[tuple[Any, ...], Event] = {}
        for event in self.events:
            if event["kind"] != "output.written":
                continue
            key = (event["pid"], event.get("tid"), event.get("task"), event["stream"])
            *whole, rest = (begun.get(key, "") + event["text"]).split("\n")
            # print() writes the end of a line apart, which alone would say nothing about the line.
            ended = last[key] if begun.get(key) and event["text"].startswith("\n") else event
            told += [(line, event if number else ended) for number, line in enumerate(whole)]
            begun[key], last[key] = rest, event
        return told + [(rest, last[key]) for key, rest in begun.items() if rest]

    def lines_matching(self, pattern: str) -> list[tuple[str, Event | None]]:
        """Return the first group, or all, of every line that matches as a whole, with its event."""
        found = []
        for line, event in self.lines_told():
            match = re.fullmatch(pattern, line)
            if match:
                found.append((match[1] if match.re.groups and match[1] is not None else line, event))
        return found

    # -- events ------------------------------------------------------------------------------------------

    def pick(self, selector: Selector) -> list[Event]:
        """Return the events that these words mean, in order; `nth` picks one of them."""
        found = [event for event in self._candidates(selector) if self._fits(event, selector)]
        nth = selector.get("nth")
        if nth is None:
            return found
        index = nth - 1 if nth > 0 else nth
        return found[index : index + 1 or None] if -len(found) <= index < len(found) else []

    def _candidates(self, selector: Selector) -> Iterator[Event]:
        kind = selector.get("kind")
        return (event for event in self.events if kind is None or event["kind"] == kind)

    def _fits(self, event: Event, selector: Selector) -> bool:
        if any(event.get(name) != value for name, value in selector.get("where", {}).items()):
            return False
        if "matches" in selector and not re.search(selector["matches"], event.get("text", "")):
            return False
        if "at" in selector and selector["at"] not in self.source_line(event):
            return False
        lane = self.lane_of(event)
        if lane is not None and lane.internal:
            return False
        return "lane" not in selector or (lane is not None and fnmatch.fnmatchcase(lane.name, selector["lane"]))

    def source_line(self, event: Event) -> str:
        """Return the text of the source line at which an event happened."""
        lines = self._lines_of.get(event.get("file", ""), [])
        line = event.get("line", 0)
        return lines[line - 1] if 0 < line <= len(lines) else ""

    def spans(self, lane: Lane) -> Iterator[tuple[int, int, int, int]]:
        """Yield start, end, state and reason (codes) of everything that a lane went through."""
        # One that was only heard of went through nothing.
        ends = [*lane.start_ns[1:], self.fold.end_ns][: len(lane.start_ns)]
        return zip(lane.start_ns, ends, lane.state, lane.reason, strict=True)

    # -- numbers -----------------------------------------------------------------------------------------

    def amount(self, value: float | str) -> float:
        """Return what a number, or a sum of numbers and parameters, comes to."""
        if not isinstance(value, str):
            return value
        return sum(int(word) if word.isdigit() else int(self.params[word]) for word in re.split(r"\s*\+\s*", value))

    def at_once(self, of: str, kind: str | None = None, reason: str | None = None) -> int:
        """Return the most tasks in work, holders of one resource, or lanes running or blocked, at one time."""
        if of == "tasks":
            return most_at_once((task[0], task[5]) for task in self.fold.tasks.values())
        if of == "holders":
            resources = [one for one in self.fold.resources.values() if kind is None or one.kind == kind]
            return max((most_at_once((hold[1], hold[2]) for hold in one.holds) for one in resources), default=0)
        state = RUNNING if of == "running" else BLOCKED
        code = None if reason is None else REASON_CODES[reason]
        spans = []
        for lane in self.lanes(kind):
            for start, end, now, why in self.spans(lane):
                if now == state and code in (None, why):
                    spans.append((start, end))
        return most_at_once(spans)


def _begun_ns(lane: Lane) -> int:
    return next(
        (start for start, state in zip(lane.start_ns, lane.state, strict=True) if state != NEW), lane.created_ns
    )


def most_at_once(spans: Iterable[tuple[int, int | None]]) -> int:
    """Return how many of these intervals overlap at most; one without an end lasts for ever."""
    changes: list[tuple[float, int]] = []
    for start, end in spans:
        changes += [(start, 1), (float("inf") if end is None else end, -1)]
    at_once = most = 0
    # At the same instant an end counts before a start: -1 sorts first.
    for _, change in sorted(changes):
        at_once += change
        most = max(most, at_once)
    return most
