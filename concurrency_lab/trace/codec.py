"""A trace as text: one header line, then one event a line (NDJSON), and back with every check.

Validates at the boundary, so that everything behind it can trust what it is given.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from concurrency_lab.trace import kinds, states
from concurrency_lab.trace.lines import decode, decode_all, encode

FORMAT = "concurrency-lab/1"
_FORMAT_NAME, _, _FORMAT_MAJOR = FORMAT.partition("/")

Event = dict[str, Any]
Header = dict[str, Any]

HEADER_FIELDS = (
    kinds.Field("format", "str", "concurrency-lab/1: another number before a dot is another language"),
    kinds.Field("run", "str", "the run's id"),
    kinds.Field("program", "str", "file name of the program"),
    kinds.Field("lesson", "str", "its lesson, if it is one", optional=True),
    kinds.Field("source", "object", "path -> text of the user's source files"),
    kinds.Field("python", "str", "version of the interpreter"),
    kinds.Field("platform", "str", "sys.platform and machine"),
    kinds.Field("started_at", "str", "ISO 8601, UTC"),
    kinds.Field("argv", "array", "the program's arguments"),
    kinds.Field("params", "object", "a lesson's parameters: name -> value"),
    kinds.Field("start_method", "str", "multiprocessing's default start method"),
    kinds.Field("cpu_count", "int", "cores"),
    kinds.Field("case", "str", "which of the lesson's variants and tries it is", optional=True),
    kinds.Field("step", "bool", "step mode: the lab hands the GIL over between reads and writes", optional=True),
    kinds.Field("watched", "bool", "what went wrong is told in the trace, as finding.made", optional=True),
    kinds.Field("variables", "bool", "its globals' values are told, as variable.changed", optional=True),
    kinds.Field("started_monotonic_ns", "int", "CLOCK_MONOTONIC at the run's start: where ts_ns counts from", True),
    kinds.Field("boot", "str", "the machine's boot id: within one boot that clock is the same for all", optional=True),
    kinds.Field("merged", "array", "the runs' ids, if it was made of several traces by `merge`", optional=True),
)

# Lines that are parsed at a time, and how many kinds of events are remembered as good.
_BATCH = 1000
_MOST_SHAPES = 10_000

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "tid": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "object": (dict,),
    "array": (list,),
}


class TraceError(ValueError):
    """A trace that cannot be read; its text says which line and what is wrong with it."""


class Trace(NamedTuple):
    """A whole trace."""

    header: Header
    events: list[Event]


class Stream(NamedTuple):
    """A trace whose events come one by one, once."""

    header: Header
    events: Iterator[Event]


def dumps(value: Header | Event) -> str:
    """Return one line of a trace, without its line end."""
    return encode(value)


def write(header: Header, events: Iterable[Event]) -> Iterator[str]:
    """Yield the lines of a trace, each with its line end."""
    yield dumps(header) + "\n"
    for event in events:
        yield dumps(event) + "\n"


def read(lines: Iterable[str]) -> Trace:
    """Read and check a whole trace; see `stream` for what is checked."""
    header, events = stream(lines)
    return Trace(header, list(events))


def stream(lines: Iterable[str]) -> Stream:
    """Read and check a trace without keeping its events: they are checked as they are taken.

    Raises TraceError for text that is not a trace, another major version, a field of the wrong
    type, a gap in `seq` or time running backwards; at most some
    events before that one are then not given. Unknown kinds and fields are kept as they are:
    every reader skips what it does not know.
    """
    rest = iter(lines)
    for number, line in enumerate(rest, 1):
        if line.strip():
            batches = map(Checker(number + 1).check, _batches(rest))
            return Stream(read_header(line, number), itertools.chain.from_iterable(batches))
    raise TraceError("The file is empty: a trace begins with a header line.")


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(itertools.islice(lines, _BATCH)):
        yield batch


class Checker:
    """Checks the events behind a header, some lines at a time.

    `seq` is the number of events that were good, `ts_ns` the time of the last one, `status` how the run ended,
    None as long as that was not said.
    """

    def __init__(self, first_number: int = 2) -> None:
        self.seq = 0
        self.ts_ns = 0
        self.status: str | None = None
        self._number = first_number
        # Kind, source, names and types of the fields of events that were found good: the next one like it is good, too.
        self._good: set[tuple[Any, ...]] = set()

    def check(self, lines: list[str]) -> list[Event]:
        """Return the events of the next lines; raise TraceError."""
        events = decode_all(lines)
        # A million events are looked at many at a time; one by one only to say which of them is wrong.
        if events is None or not self._are_good(events):
            events = list(self._one_by_one(lines))
        self._number += len(lines)
        if len(self._good) > _MOST_SHAPES:
            self._good.clear()
        if events and events[-1]["kind"] == "run.ended":
            self.status = events[-1]["status"]
        return events

    def pass_over(self, lines: int, ts_ns: int, status: str | None) -> None:
        """Go on behind lines of which another has found that they are good events."""
        self.seq += lines
        self._number += lines
        self.ts_ns = ts_ns
        self.status = status or self.status

    def _are_good(self, events: list[Event]) -> bool:
        try:
            shapes = {(event["kind"], event["by"], *event, *map(type, event.values())) for event in events}
        except (KeyError, TypeError):
            return False
        if not shapes <= self._good:
            return False
        seqs = [event["seq"] for event in events]
        times_ns = [self.ts_ns, *(event["ts_ns"] for event in events)]
        if seqs != list(range(self.seq, self.seq + len(events))) or times_ns != sorted(times_ns):
            return False
        self.seq += len(events)
        self.ts_ns = times_ns[-1]
        return True

    def _one_by_one(self, lines: list[str]) -> Iterator[Event]:
        for number, line in enumerate(lines, self._number):
            if not line.strip():
                continue
            event = read_event(line, number)
            if event["seq"] != self.seq:
                raise TraceError(f"Line {number}: seq is {event['seq']}, expected {self.seq}: an event is missing.")
            if event["ts_ns"] < self.ts_ns:
                text = f"ts_ns {event['ts_ns']} is before the event above it ({self.ts_ns})"
                raise TraceError(f"Line {number}: {text}.")
            self.seq += 1
            self.ts_ns = event["ts_ns"]
            self._good.add((event["kind"], event["by"], *event, *map(type, event.values())))
            yield event


def read_header(line: str, number: int = 1) -> Header:
    """Read and check the header line."""
    header = _parse(line, number)
    name, _, version = str(header.get("format", "")).partition("/")
    if name != _FORMAT_NAME:
        raise TraceError(f'Line {number}: this is no trace: its header must say "format":"{FORMAT}".')
    if version.partition(".")[0] != _FORMAT_MAJOR:
        raise TraceError(
            f"Line {number}: the trace has format version {version}; this program reads version {_FORMAT_MAJOR}. "
            "Use a newer Concurrency Lab."
        )
    for field in HEADER_FIELDS:
        _check(header, field, number, "header")
    return header


def read_event(line: str, number: int = 1) -> Event:
    """Read and check one event line."""
    event = _parse(line, number)
    _check_event(event, number)
    return event


def _check_event(event: Event, number: int) -> None:
    for field in kinds.COMMON:
        _check(event, field, number, "event")
    if event["by"] not in states.SOURCES:
        raise TraceError(f'Line {number}: "by" is {event["by"]!r}, not one of {", ".join(states.SOURCES)}.')
    kind = kinds.BY_NAME.get(event["kind"])
    if kind is not None:
        for field in kind.fields:
            _check(event, field, number, kind.name)
        if kind.name in kinds.NEED_OBJ and "obj" not in event:
            raise TraceError(f'Line {number}: {kind.name} without "obj" (what it is about).')


def _parse(line: str, number: int) -> dict[str, Any]:
    try:
        value = decode(line)
    except (ValueError, RecursionError) as error:
        cut = "" if line.endswith("\n") else " The file ends in this line: it may be cut off."
        raise TraceError(f"Line {number}: not JSON ({error}).{cut}") from None
    if not isinstance(value, dict):
        raise TraceError(f"Line {number}: expected a JSON object, found {type(value).__name__}.")
    return value


def _check(value: dict[str, Any], field: kinds.Field, number: int, what: str) -> None:
    found = value.get(field.name)
    if found is None:
        if not field.optional:
            raise TraceError(f'Line {number}: {what} without "{field.name}" ({field.meaning}).')
        return
    wanted = _JSON_TYPES[field.type]
    if not isinstance(found, wanted) or (isinstance(found, bool) and bool not in wanted):
        raise TraceError(f'Line {number}: "{field.name}" must be {field.type}, found {found!r:.60}.')
