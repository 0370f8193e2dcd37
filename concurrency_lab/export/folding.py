"""What the exports of lanes and spans begin with: a checked trace, folded, and what went wrong in it."""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from concurrency_lab.trace import codec, states
from concurrency_lab.trace.findings import Finder
from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.fold_core import Event, Origin
from concurrency_lab.trace.lane import Lane

# Events that two readers take by turns: few enough to be still in the processor's cache for the second.
_BATCH = 1000


class SpanFold(Fold):
    """The fold without what no export of spans tells: where the lanes went along, values of variables, output."""

    _keeps_path = False

    def __init__(self) -> None:
        super().__init__()
        # Every event comes with texts of its own, equal or not: of a million events they were a third of the memory.
        self._texts: dict[str, str] = {}

    def _add_span(self, lane: Lane, event: Event, state: int, reason: int, obj: str) -> None:
        super()._add_span(lane, event, state, reason, self._texts.setdefault(obj, obj))

    def _flow(self, kind: str, origin: Origin, to_lane: str, to_ns: int, obj: str) -> None:
        super()._flow(kind, origin, to_lane, to_ns, self._texts.setdefault(obj, obj))

    def _on_output_written(self, event: Event, lane: Lane) -> None:
        self._ran(lane, event)


class Problem(NamedTuple):
    """A finding, and when it was certain."""

    ts_ns: int
    code: str
    lanes: list[str]
    text: str


class Story(NamedTuple):
    """A whole run."""

    header: codec.Header
    fold: Fold
    problems: list[Problem]


class Span(NamedTuple):
    """What a lane was for a while. The codes are those of `states`."""

    start_ns: int
    end_ns: int
    state: int
    reason: int
    source: int
    line: int
    obj: str


def read_story(lines: Iterable[str], fold: SpanFold) -> Story:
    """Read and check a trace, and have the fold take it in; raise TraceError."""
    header, events = codec.stream(lines)
    finder = Finder(bool(header.get("watched")))
    while batch := list(itertools.islice(events, _BATCH)):
        finder.take_all(batch)
        fold.feed(batch)
    problems = [Problem(*entry[:4]) for entry in fold.findings]
    if not problems:
        problems = [Problem(fold.end_ns, found.code, found.lanes, found.text) for found in finder.found()]
    return Story(header, fold, problems)


def spans_of(lane: Lane, end_ns: int) -> Iterator[Span]:
    """Yield what a lane was from its first sign of life to its end; the last span lasts to the end of the run."""
    if not lane.start_ns:
        # It was spoken of, and never seen.
        return
    ends = itertools.chain(itertools.islice(lane.start_ns, 1, None), (end_ns,))
    columns = (lane.start_ns, ends, lane.state, lane.reason, lane.source, lane.line, lane.obj)
    for start, end, state, *rest in zip(*columns, strict=True):
        if state != states.DEAD:
            yield Span(start, max(start, end), state, *rest)


def state_name(span: Span) -> str:
    """Return a span's state as `summary` names it: blocked is told apart by its reason."""
    name = states.STATE_NAMES[span.state]
    return f"{name}({states.REASON_NAMES[span.reason]})" if span.state == states.BLOCKED and span.reason else name


def resource_name(fold: Fold, obj: str) -> str:
    """Return what the program calls a resource, or the lane that is waited for; else its id."""
    resource = fold.resources.get(obj)
    if resource is not None:
        return resource.name or obj
    lane = fold.lanes.get(obj)
    return lane.name if lane is not None else obj
