"""A trace as text: one header line, then one event a line (NDJSON), and back with every check.

Validates at the boundary, so that everything behind it can trust what it is given.
"""

import itertools
import json
import json.encoder
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from concurrency_lab.trace import kinds, states

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
    kinds.Field("watched", "bool", "what went wrong is told in the trace, as finding.made", optional=True),
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


def _make_encoder() -> Callable[[Header | Event], str]:
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    # JSONEncoder makes this anew for every value, which takes 3 of the 4.5 us of an event.
    pieces = make(None, encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, True)
    return lambda value: "".join(pieces(value, 0))


_encode = _make_encoder()


def dumps(value: Header | Event) -> str:
    """Return one line of a trace, without its line end."""
    return _encode(value)


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
    type, a gap in `seq` or time running backwards. Unknown kinds and fields are kept as they are:
    every reader skips what it does not know.
    """
    rest = iter(lines)
    for number, line in enumerate(rest, 1):
        if line.strip():
            return Stream(read_header(line, number), _read_events(rest, number + 1))
    raise TraceError("The file is empty: a trace begins with a header line.")


def _read_events(lines: Iterator[str], first_number: int) -> Iterator[Event]:
    expected = last_ts = 0
    # Kind, source, names and types of the fields of events that were found good: the next one like it is good, too.
    good: set[tuple[Any, ...]] = set()
    while batch := list(itertools.islice(lines, _BATCH)):
        for number, event in _parse_batch(batch, first_number):
            shape = (str(event.get("kind")), str(event.get("by")), *event, *map(type, event.values()))
            if shape not in good:
                _check_event(event, number)
                good.add(shape)
            ts_ns = event["ts_ns"]
            if event["seq"] != expected:
                raise TraceError(f"Line {number}: seq is {event['seq']}, expected {expected}: an event is missing.")
            if ts_ns < last_ts:
                raise TraceError(f"Line {number}: ts_ns {ts_ns} is before the event above it ({last_ts}).")
            expected += 1
            last_ts = ts_ns
            yield event
        first_number += len(batch)
        if len(good) > _MOST_SHAPES:
            good.clear()


def _parse_batch(batch: list[str], first_number: int) -> Iterator[tuple[int, Event]]:
    """Parse many lines as one JSON array, which takes half the time; one by one where that does not work."""
    try:
        events = json.loads("[" + ",".join(batch) + "]")
    except (ValueError, RecursionError):
        events = []
    if len(events) == len(batch) and set(map(type, events)) == {dict}:
        return enumerate(events, first_number)
    numbered = enumerate(batch, first_number)
    return ((number, _parse(line, number)) for number, line in numbered if line.strip())


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


def _parse(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TraceError(f"Line {number}: not JSON ({error}).") from None
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
